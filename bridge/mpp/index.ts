/** Machine Payments Protocol: challenges, credentials and receipts in and out, and an `amp` method to pay by. */
import type { Adapter } from '../adapter.ts'
import { mppAmounts } from './amounts.ts'
import { mppMessages } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { mppVersions, toAmp } from './to-amp.ts'
import { type MppTrusted, verify } from './verify.ts'
import { detect, type MppWire, parse } from './wire.ts'

export { payingCalls, payingFetch } from './client.ts'
export { ampClient, ampServer } from './peer.ts'
export { type Price, priced, pricedCalls, type ServerParts, type Session } from './server.ts'

export const mpp: Adapter<MppWire, MppTrusted> = {
  protocol: 'mpp',
  versions: mppVersions,
  experimental: false,
  messages: mppMessages,
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  tokenAmounts: mppAmounts,
}
