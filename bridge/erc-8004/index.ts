/** ERC-8004, inbound, as evidence only. */
import type { Adapter } from '../adapter.ts'
import { ercMessages } from './fields.ts'
import { ercVersion, toAmp } from './to-amp.ts'
import { type ErcTrusted, verify } from './verify.ts'
import { detect, type ErcWire, parse } from './wire.ts'

export const erc8004: Adapter<ErcWire, ErcTrusted> = {
  protocol: 'erc-8004',
  versions: [ercVersion],
  experimental: false,
  messages: ercMessages,
  detect,
  parse,
  verify,
  toAmp,
}
