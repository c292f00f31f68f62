/** Settlement: payments of other protocols, verified, recorded by the request they pay for, and moved over AMP's clearing. */
export { type ChannelKeep, type ClearingPayerOptions, clearingPayer, type KeptChannel } from './clearing-payer.ts'
export { type ClearingRailOptions, clearingRail } from './clearing-rail.ts'
export { openPayments, type Payment, type Payments } from './payments.ts'
export { type Proof, readProof, signProof } from './proof.ts'
export { openPurse, type Payer, type PayerChannel, type Purse } from './purse.ts'
export type { Rail, RailChannel } from './rail.ts'
export { type Asked, requestDigest } from './request.ts'
export { type Order, openTill, type Standing, type Till } from './till.ts'
