/** The client of a clearing: pay and be paid in ticks, over connections that may break.
 *
 * A payer: `const channel = await createPayer(trader).openChannel({ payeeId, mandate, currency: 'USD', cap: 1_000_000n,
 * notAfter })`, then `channel.tick(2n)` as often as wanted, `channel.durable()`, `channel.close()`. Or `channel.next(2n)`,
 * which gives the tick to hand to the seller.
 *
 * A seller: `const till = await createSeller(trader).join(channelId)`; for each tick `till.take(tick)` verifies it before
 * anything is served, `till.redeem(tick)` hands it in, `till.deliver(meter.delivered())` tells what was served, counted
 * by `createMeter({ price: '0.000002' })`; `till.close()` settles at once.
 */
export type { Standing, TickLine } from './line.ts'
export { createMeter, type Meter, type Tariff } from './meter.ts'
export type { Tick } from './outbox.ts'
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
