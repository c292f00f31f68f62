/** Agentic Commerce Protocol, in and out. */
import type { Adapter } from '../adapter.ts'
import { answer } from './answer.ts'
import { acpMessages } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { toAmp } from './to-amp.ts'
import { type AcpTrusted, verify } from './verify.ts'
import { acpVersions } from './versions.ts'
import { type AcpWire, detect, parse } from './wire.ts'

export const acp: Adapter<AcpWire, AcpTrusted> = {
  protocol: 'acp',
  versions: acpVersions,
  experimental: false,
  messages: acpMessages,
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  answer,
}
