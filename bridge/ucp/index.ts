/** Universal Commerce Protocol, in and out. */
import type { Adapter } from '../adapter.ts'
import { answer } from './answer.ts'
import { ucpMessages } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { toAmp } from './to-amp.ts'
import { type UcpTrusted, verify } from './verify.ts'
import { ucpVersions } from './versions.ts'
import { detect, parse, type UcpWire } from './wire.ts'

export const ucp: Adapter<UcpWire, UcpTrusted> = {
  protocol: 'ucp',
  versions: ucpVersions,
  experimental: false,
  messages: ucpMessages,
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  answer,
}
