/** Every adapter there is. A protocol is a folder and a line here; the matrix and the laws follow by themselves. */
import { acp } from './acp/index.ts'
import { type SealedAdapter, sealAdapter } from './adapter.ts'
import { ap2 } from './ap2/index.ts'
import { erc8004 } from './erc-8004/index.ts'
import { forterTacp } from './forter-tacp/index.ts'
import { kyapay } from './kyapay/index.ts'
import { mastercardAgentPay } from './mastercard-agent-pay/index.ts'
import { mpp } from './mpp/index.ts'
import { ucp } from './ucp/index.ts'
import { verifiableIntent } from './verifiable-intent/index.ts'
import { visaIntelligentCommerce } from './visa-intelligent-commerce/index.ts'
import { visaTap } from './visa-tap/index.ts'
import { webBotAuth } from './web-bot-auth/index.ts'
import { x402 } from './x402/index.ts'

/** The first that knows a message as its own takes it: protocols that ride on another's signature stand before it. */
export const adapters: readonly SealedAdapter[] = [
  sealAdapter(visaIntelligentCommerce),
  sealAdapter(mastercardAgentPay),
  sealAdapter(verifiableIntent),
  sealAdapter(kyapay),
  sealAdapter(ucp),
  sealAdapter(acp),
  sealAdapter(x402),
  sealAdapter(mpp),
  sealAdapter(visaTap),
  sealAdapter(webBotAuth),
  sealAdapter(forterTacp),
  sealAdapter(erc8004),
  sealAdapter(ap2),
]

/** The adapter of a protocol, or nothing. */
export const adapterOf = (protocol: string): SealedAdapter | undefined =>
  adapters.find((adapter) => adapter.protocol === protocol)
