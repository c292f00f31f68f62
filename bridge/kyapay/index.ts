/** KYAPay, inbound: tokens that say who an agent is and what it may be charged. */
import type { Adapter } from '../adapter.ts'
import { kyaMessages } from './fields.ts'
import { kyaVersion, toAmp } from './to-amp.ts'
import { type KyaTrusted, verify } from './verify.ts'
import { detect, type KyaWire, parse } from './wire.ts'

export const kyapay: Adapter<KyaWire, KyaTrusted> = {
  protocol: 'kyapay',
  versions: [kyaVersion],
  experimental: false,
  messages: kyaMessages,
  detect,
  parse,
  verify,
  toAmp,
}
