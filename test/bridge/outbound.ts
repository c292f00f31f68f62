/** What every adapter with the direction `out` brings to the laws: AMP documents it has words for. */
import type fc from 'fast-check'
import type { AmpDocument, OutboundContext } from '../../bridge/adapter.ts'
import { acpOutbound } from './acp/outbound.ts'
import { ap2Outbound } from './ap2/outbound.ts'
import { mppOutbound } from './mpp/outbound.ts'
import { ucpOutbound } from './ucp/outbound.ts'
import { vicOutbound } from './visa-intelligent-commerce/outbound.ts'
import { x402Outbound } from './x402/outbound.ts'

/** A document, and what the bridge is told when it translates it. */
export type OutboundSample = { readonly document: AmpDocument; readonly context: OutboundContext }

/** By protocol: an adapter that speaks out without an entry here fails the laws. */
export const outbound: Readonly<Record<string, fc.Arbitrary<OutboundSample>>> = {
  ucp: ucpOutbound,
  acp: acpOutbound,
  'visa-intelligent-commerce': vicOutbound,
  x402: x402Outbound,
  mpp: mppOutbound,
  ap2: ap2Outbound,
}
