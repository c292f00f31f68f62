/** Mastercard Agent Pay, inbound and experimental: what public pages say, and the Verifiable Intent that comes with it. */
import { accept } from '../../reference/core/outcome.ts'
import type { Adapter } from '../adapter.ts'
import type { ForeignMessage } from '../message.ts'
import { agentPayMessages } from './fields.ts'
import { agentPayVersion, toAmp } from './to-amp.ts'
import { type AgentPayTrusted, verify } from './verify.ts'
import { detect } from './wire.ts'

export const mastercardAgentPay: Adapter<{ readonly message: ForeignMessage }, AgentPayTrusted> = {
  protocol: 'mastercard-agent-pay',
  versions: [agentPayVersion],
  experimental: true,
  messages: agentPayMessages,
  detect,
  parse: (message) => accept({ message }),
  verify,
  toAmp,
}
