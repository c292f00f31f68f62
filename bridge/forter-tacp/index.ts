/** Forter's Trusted Agentic Commerce Protocol, inbound, as evidence only. */
import type { Adapter } from '../adapter.ts'
import { tacMessages } from './fields.ts'
import { tacVersion, toAmp } from './to-amp.ts'
import { type TacTrusted, verify } from './verify.ts'
import { detect, parse, type TacWire } from './wire.ts'

export const forterTacp: Adapter<TacWire, TacTrusted> = {
  protocol: 'forter-tacp',
  versions: [tacVersion],
  experimental: false,
  messages: tacMessages,
  detect,
  parse,
  verify,
  toAmp,
}
