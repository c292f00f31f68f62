/** Visa Trusted Agent Protocol, inbound. */
import type { Adapter } from '../adapter.ts'
import { tapMessages } from './fields.ts'
import { tapVersion, toAmp } from './to-amp.ts'
import { type TapTrusted, verify } from './verify.ts'
import { detect, parse, type TapWire } from './wire.ts'

export const visaTap: Adapter<TapWire, TapTrusted> = {
  protocol: 'visa-tap',
  versions: [tapVersion],
  experimental: false,
  messages: tapMessages,
  detect,
  parse,
  verify,
  toAmp,
}
