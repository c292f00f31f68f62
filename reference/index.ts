/** The reference as a library: start a server of any roles, and a buyer agent to talk to it. */
export { type BuyerAgent, createBuyerAgent, evidenceOf, type HeldMandate } from './buyer-agent/index.ts'
export {
  type ChannelStore,
  type ChannelTerms,
  createMeter,
  createPayer,
  createSeller,
  fileStore,
  type Meter,
  memoryStore,
  type Payer,
  type PayerChannel,
  type Seller,
  type SellerChannel,
  type Tick,
  type Trader,
} from './clearing-client/index.ts'
export { createClock } from './http/clock.ts'
export { makeKey, readKey } from './http/keys.ts'
export { callOperation } from './http/neighbours.ts'
export type { PartyKey } from './http/operation.ts'
export { type Reference, type ReferenceOptions, startReference } from './main.ts'
