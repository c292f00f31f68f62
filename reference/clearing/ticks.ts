/** Ticks from the wire into the engine: read, offered for the side that sends them, answered once they are durable. */
import type { Message } from '../../schemas/index.ts'
import { readUnits, type Side } from '../core/clearing/index.ts'
import { accept, enforces, type Outcome, type Refusal, refuse, type World } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import type { ClearingContext } from './context.ts'
import type { ClearingEngine } from './engine.ts'
import { ownChannel } from './openings.ts'
import { type LiveChannel, linkToWire, voucherFromWire, voucherToWire } from './records.ts'
import type { Listener } from './waiting.ts'

export type WireTick = Message<'extensions/clearing/tick-request'>
export type WireAnswer = Message<'extensions/clearing/tick-response'>

/** How a channel stands after a tick; the proof goes with a correction (EXT-CLEARING-12, 17). */
export const answerOf = (
  live: LiveChannel,
  result: WireAnswer['result'],
  world: Pick<World, 'deviation'>,
): WireAnswer => ({
  channelId: live.id,
  result,
  authorised: live.state.authorised.toString(),
  delivered: live.state.delivered.toString(),
  ...(result === 'corrected' && live.state.voucher && enforces(world, 'EXT-CLEARING-12')
    ? { voucher: voucherToWire(live.state.voucher) }
    : {}),
  ...(result === 'corrected' && enforces(world, 'EXT-CLEARING-17') ? linkToWire(live) : {}),
})

const misread = (refusal: Refusal, field: string): Refusal => ({ ...refusal, field })

/**
 * Offers one tick to the engine, and what its payee delivered with it. A refusal is given back at once; otherwise the
 * listener hears of it, twice where there is a delivery beside the tick.
 */
export const offerTick = (
  engine: ClearingEngine,
  live: LiveChannel,
  side: Side,
  { voucher, link, delivered }: WireTick,
  listener: Listener,
): Refusal | undefined => {
  if ((voucher === undefined) === (link === undefined) && (voucher !== undefined || delivered === undefined))
    return refuse('voucher-malformed', { field: '/voucher' }).refusal
  const amount = delivered === undefined ? undefined : readUnits(delivered)
  if (amount && !amount.ok) return misread(amount.refusal, '/delivered')
  if (amount && side !== 'payee') return refuse('caller-not-allowed', { field: '/delivered' }).refusal
  if (voucher) {
    const cumulative = readUnits(voucher.cumulative)
    if (!cumulative.ok) return misread(cumulative.refusal, '/voucher/cumulative')
    const refused = engine.offerVoucher(live, voucherFromWire(voucher, live.idBytes), side, listener)
    if (refused) return refused
  }
  if (link) {
    const refused = engine.offerLink(live, link.index, Buffer.from(link.link, 'base64url'), 0, side, listener)
    if (refused) return refused
  }
  return amount?.ok ? engine.offerDelivery(live, amount.value, listener) : undefined
}

/** The rule behind each refusal of a tick; a mutant that leaves it out answers as if the tick had been taken. */
const rules: Readonly<Record<string, string>> = {
  'voucher-conflict': 'EXT-CLEARING-10',
  'channel-cap-exceeded': 'EXT-CLEARING-13',
  'voucher-expired': 'EXT-CLEARING-13',
  'chain-link-wrong': 'EXT-CLEARING-15',
  'chain-skip-too-long': 'EXT-CLEARING-16',
  'chain-exhausted': 'EXT-CLEARING-16',
  'mandate-revoked': 'EXT-CLEARING-19',
  'channel-not-started': 'EXT-CLEARING-20',
  'channel-expired': 'EXT-CLEARING-20',
  'channel-closed': 'EXT-CLEARING-21',
  'delivered-exceeds-authorised': 'EXT-CLEARING-22',
  'micro-amount-negative': 'EXT-CLEARING-2',
  'micro-amount-zero': 'EXT-CLEARING-2',
  'micro-amount-fractional': 'EXT-CLEARING-2',
  'micro-amount-overflow': 'EXT-CLEARING-2',
}

const tick = async (
  { engine, world }: Pick<ClearingContext, 'engine' | 'world'>,
  request: WireTick,
  callerId: string,
): Promise<Outcome<WireAnswer>> => {
  const found = await ownChannel({ engine, world }, request.channelId, callerId)
  if (!found.ok) return found
  const { live, side } = found.value
  /** Only a mutant answers what it did not keep. */
  if (!enforces(world, 'EXT-CLEARING-25')) return accept(answerOf(live, 'accepted', world))
  const one = (part: WireTick): Promise<Outcome<WireAnswer['result']>> =>
    new Promise((resolve) => {
      const refused = (refusal: Refusal): void => resolve({ ok: false, refusal })
      const refusal = offerTick(engine, live, side, part, {
        durable: () => resolve(accept('accepted')),
        stale: (_, result) => resolve(accept(enforces(world, 'EXT-CLEARING-11') ? result : 'corrected')),
        refused: (_, why) => refused(why),
      })
      if (refusal) refused(refusal)
    })
  /** One after the other, so that a delivery is judged by what its own tick authorised. */
  const { delivered, ...paid } = request
  const tells = delivered !== undefined && (paid.voucher !== undefined || paid.link !== undefined)
  const first = await one(tells ? paid : request)
  const second = tells && first.ok ? await one({ channelId: request.channelId, delivered }) : first
  const last = first.ok && second.ok ? first : second
  if (last.ok) return accept(answerOf(live, last.value, world))
  const rule = rules[last.refusal.code]
  return rule !== undefined && !enforces(world, rule) ? accept(answerOf(live, 'accepted', world)) : last
}

export const tickOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.tick': (request, { caller }) => tick(context, request, caller.id),
})
