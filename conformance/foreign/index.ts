/** Every protocol the suite speaks to a bridge. */
import { acp } from './acp.ts'
import { ap2, ap2InA2a } from './ap2.ts'
import { erc8004, forterTacp } from './evidence.ts'
import { kyapay } from './kyapay.ts'
import { mastercardAgentPay } from './mastercard-agent-pay.ts'
import { mpp } from './mpp.ts'
import type { ForeignProtocol } from './protocol.ts'
import { visaTap, webBotAuth } from './signed-request.ts'
import { earlyUcp, ucp } from './ucp.ts'
import { verifiableIntent } from './verifiable-intent.ts'
import { visaIntelligentCommerce } from './visa-intelligent-commerce.ts'
import { x402 } from './x402.ts'

export const foreignProtocols: readonly ForeignProtocol[] = [
  visaTap,
  webBotAuth,
  visaIntelligentCommerce,
  mastercardAgentPay,
  verifiableIntent,
  kyapay,
  ap2,
  ap2InA2a('0.3'),
  ap2InA2a('1.0'),
  earlyUcp,
  ucp('2026-04-08'),
  ucp('2026-08-25'),
  acp('2025-09-29'),
  acp('2025-12-12'),
  acp('2026-01-16'),
  acp('2026-01-30'),
  acp('2026-04-17'),
  ...x402,
  ...mpp,
  forterTacp,
  erc8004,
]
