/** Visa Intelligent Commerce, in and out. */
import type { Adapter } from '../adapter.ts'
import { answer } from './answer.ts'
import { vicMessages } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { toAmp, vicVersions } from './to-amp.ts'
import { type VicTrusted, verify } from './verify.ts'
import { detect, parse, type VicWire } from './wire.ts'

export const visaIntelligentCommerce: Adapter<VicWire, VicTrusted> = {
  protocol: 'visa-intelligent-commerce',
  versions: vicVersions,
  experimental: false,
  messages: vicMessages,
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  answer,
}
