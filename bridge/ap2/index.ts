/** AP2: mandates of the Agent Payments Protocol, 0.2 both ways and 0.1 inbound. */
import type { Adapter } from '../adapter.ts'
import { answer } from './answer.ts'
import { ap2Inbound } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { ap2Outbound } from './out-fields.ts'
import { ap2Versions, toAmp } from './to-amp.ts'
import { type Ap2Trusted, verify } from './verify.ts'
import { type Ap2Wire, detect, parse } from './wire.ts'

export const ap2: Adapter<Ap2Wire, Ap2Trusted> = {
  protocol: 'ap2',
  versions: Object.values(ap2Versions),
  experimental: false,
  messages: [...ap2Inbound, ...ap2Outbound],
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  answer,
}
