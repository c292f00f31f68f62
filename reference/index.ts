/** The reference as a library: start a server of any roles, and a buyer agent to talk to it. */
export { type BuyerAgent, createBuyerAgent, evidenceOf, type HeldMandate } from './buyer-agent/index.ts'
export { createClock } from './http/clock.ts'
export { makeKey, readKey } from './http/keys.ts'
export { callOperation } from './http/neighbours.ts'
export { type Reference, type ReferenceOptions, startReference } from './main.ts'
