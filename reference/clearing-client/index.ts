/** The client of a clearing: pay and be paid in ticks, over connections that may break. */
export type { Standing, Tick, TickLine } from './line.ts'
export { createMeter, type Meter, type Tariff } from './meter.ts'
export type { Trader } from './party.ts'
export {
  type ChannelTerms,
  createPayer,
  type Payer,
  type PayerChannel,
} from './payer.ts'
export { createSeller, type Seller, type SellerChannel } from './seller.ts'
export { type ChannelStore, fileStore, type KeptChannel, memoryStore } from './store.ts'
export type { Via } from './wire.ts'
