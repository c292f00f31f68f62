/** Web Bot Auth, inbound: who an agent is, by a key its URL publishes. */
import type { Adapter } from '../adapter.ts'
import { botMessages } from './fields.ts'
import { botVersion, toAmp } from './to-amp.ts'
import { type BotTrusted, verify } from './verify.ts'
import { type BotWire, detect, parse } from './wire.ts'

export const webBotAuth: Adapter<BotWire, BotTrusted> = {
  protocol: 'web-bot-auth',
  versions: [botVersion],
  experimental: false,
  messages: botMessages,
  detect,
  parse,
  verify,
  toAmp,
}
