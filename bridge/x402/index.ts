/** x402: payment requirements and payments of both versions, in and out, and an `amp` network to pay on. */
import type { Adapter } from '../adapter.ts'
import { x402Amounts } from './amounts.ts'
import { x402Messages } from './fields.ts'
import { fromAmp } from './from-amp.ts'
import { toAmp, x402Versions } from './to-amp.ts'
import { verify, type X402Trusted } from './verify.ts'
import { detect, parse, type X402Wire } from './wire.ts'

export { type AmpClientScheme, ampClientSchemes } from './client.ts'
export { createFacilitator, type Facilitator, type FacilitatorParts } from './facilitator.ts'
export { facilitatorRouter } from './router.ts'
export { type AmpServerScheme, ampServerSchemes } from './server.ts'

export const x402: Adapter<X402Wire, X402Trusted> = {
  protocol: 'x402',
  versions: x402Versions,
  experimental: false,
  messages: x402Messages,
  detect,
  parse,
  verify,
  toAmp,
  fromAmp,
  tokenAmounts: x402Amounts,
}
