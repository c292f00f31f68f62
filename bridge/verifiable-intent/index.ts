/** Verifiable Intent, inbound: what a card holder signed elsewhere, as evidence and a proposal. */
import type { Adapter } from '../adapter.ts'
import { intentMessages } from './fields.ts'
import { intentVersion, toAmp } from './to-amp.ts'
import { type IntentTrusted, verify } from './verify.ts'
import { detect, type IntentWire, parse } from './wire.ts'

export const verifiableIntent: Adapter<IntentWire, IntentTrusted> = {
  protocol: 'verifiable-intent',
  versions: [intentVersion],
  experimental: false,
  messages: intentMessages,
  detect,
  parse,
  verify,
  toAmp,
}
