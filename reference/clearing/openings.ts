/** Channels over HTTP: opened and topped up with borrowed budget, shown, closed. */
import type { Message } from '../../schemas/index.ts'
import {
  channelIdOf,
  checkDescriptor,
  type Descriptor,
  isSignedBy,
  readUnits,
  type Side,
} from '../core/clearing/index.ts'
import { accept, enforces, type Outcome, type Refusal, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { readAnchor } from './anchors.ts'
import { openChannel, topUpChannel } from './channels.ts'
import { again, type ClearingContext } from './context.ts'
import { closeChannel } from './endings.ts'
import { borrow, returnGrant, settleGrants } from './grants.ts'
import { seat, thumbprintOf } from './participants.ts'
import { channelToWire, type LiveChannel } from './records.ts'
import type { Listener } from './waiting.ts'

type Wire = Message<'extensions/clearing/channel'>
type Opening = Message<'extensions/clearing/open-channel-request'>
type TopUp = Message<'extensions/clearing/top-up-channel-request'>

/** A channel and the side a caller is on; anybody else is told nothing (EXT-CLEARING-18). */
export const ownChannel = async (
  { engine, world }: Pick<ClearingContext, 'engine' | 'world'>,
  channelId: string,
  callerId: string,
): Promise<Outcome<{ readonly live: LiveChannel; readonly side: Side }>> => {
  const live = await engine.find(channelId)
  if (live?.row.payer === callerId) return accept({ live, side: 'payer' })
  if (live?.row.payee === callerId) return accept({ live, side: 'payee' })
  return live && !enforces(world, 'EXT-CLEARING-18') ? accept({ live, side: 'payer' }) : refuse('channel-unknown')
}

const at = (refusal: Refusal, field: string): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { field, ...refusal },
})

/** Which rule stands behind a refusal of a descriptor, so that a mutant can leave it out. */
const ruleOf = (code: string): string =>
  code === 'channel-descriptor-mismatch'
    ? 'EXT-CLEARING-4'
    : code === 'signer-key-invalid'
      ? 'EXT-CLEARING-5'
      : code === 'channel-expired'
        ? 'EXT-CLEARING-20'
        : 'EXT-CLEARING-2'

/** Whether a descriptor is for this clearing and this caller (EXT-CLEARING-2, 4, 5). */
const checked = async (context: ClearingContext, descriptor: Descriptor, agentId: string) => {
  const { neighbours, world, key } = context
  const network = await neighbours.find('network', descriptor.network)
  const keyThumbprint = await thumbprintOf(context, agentId)
  const terms = checkDescriptor(descriptor, {
    clearing: key.id,
    network: network?.id ?? '',
    caller: { agentId, keyThumbprint },
    now: world.now(),
  })
  if (terms.ok || enforces(world, ruleOf(terms.refusal.code))) return terms
  return accept({ cap: 1n, notBefore: world.now(), notAfter: world.now() + 3_600 })
}

/** A mandate is drawn on in one currency at one scale (EXT-CLEARING-2). */
const sameMoney = async ({ database }: ClearingContext, descriptor: Descriptor): Promise<Outcome<true>> => {
  const { mandateId, currency, scale } = descriptor
  const known = await database
    .selectFrom('clearing_mandates')
    .select(['currency', 'scale'])
    .where('mandate_id', '=', mandateId)
    .where('currency', '<>', '')
    .executeTakeFirst()
  if (known && known.currency !== currency) return refuse('currency-mismatch', { field: '/descriptor/currency' })
  if (known && known.scale !== BigInt(scale)) return refuse('scale-mismatch', { field: '/descriptor/scale' })
  return accept(true)
}

const open = async (
  context: ClearingContext,
  { descriptor, anchor }: Opening,
  callerId: string,
): Promise<Outcome<Wire>> => {
  const { engine, world } = context
  const idBytes = channelIdOf(descriptor)
  const id = idBytes.toString('base64url')
  const known = descriptor.payerAgentId === callerId ? await engine.find(id) : undefined
  if (known && enforces(world, 'EXT-CLEARING-6')) return accept(channelToWire(known))
  if (known) return refuse('channel-closed')
  const terms = await checked(context, descriptor, callerId)
  if (!terms.ok) return terms
  const verify = enforces(world, 'EXT-CLEARING-14') ? isSignedBy : () => true
  const { profile, signerKey, payeeId, currency, scale } = descriptor
  const anchored = readAnchor(anchor, { profile, authorised: 0n }, idBytes, signerKey, verify)
  if (!anchored.ok) return anchored
  const money = await sameMoney(context, descriptor)
  if (!money.ok) return money
  const payee = await seat(context, payeeId, currency, scale)
  if (!payee.ok) return at(payee.refusal, '/descriptor/payeeId')
  const payer = await seat(context, callerId, currency, scale)
  if (!payer.ok) return payer
  const purpose = `open:${id}`
  const borrowing = { purpose, channelId: id, descriptor, units: terms.value.cap }
  const borrowed = await borrow(context, borrowing, descriptor.payerKeyThumbprint)
  if (!borrowed.ok) return borrowed
  const opened = await again(() => openChannel(engine, { descriptor, terms: terms.value, anchor, verify }))
  if (opened.ok) return accept(channelToWire(opened.value))
  await returnGrant(context, purpose)
  return opened
}

const raise = async (context: ClearingContext, request: TopUp, callerId: string): Promise<Outcome<Wire>> => {
  const { engine, world } = context
  const found = await ownChannel(context, request.channelId, callerId)
  if (!found.ok) return found
  const { live, side } = found.value
  if (side !== 'payer') return refuse('channel-unknown')
  const amount = request.amount === undefined ? accept(0n) : readUnits(request.amount)
  if (!amount.ok) return at(amount.refusal, '/amount')
  const topUpId = enforces(world, 'EXT-CLEARING-8') ? request.topUpId : world.id('top-up')
  const known = await context.database
    .selectFrom('clearing_top_ups')
    .select('amount')
    .where('channel_id', '=', live.id)
    .where('top_up_id', '=', topUpId)
    .executeTakeFirst()
  if (amount.value > 0n && !known) {
    const descriptor: Descriptor = JSON.parse(live.row.descriptor)
    const purpose = `top-up:${live.id}:${topUpId}`
    const borrowed = await borrow(
      context,
      { purpose, channelId: live.id, descriptor, units: amount.value },
      descriptor.payerKeyThumbprint,
    )
    if (!borrowed.ok) return borrowed
  }
  const topped = await again(() =>
    topUpChannel(engine, live, { topUpId, amount: amount.value, anchor: request.anchor }),
  )
  return topped.ok ? accept(channelToWire(topped.value)) : topped
}

const nothing: Listener = { durable: () => {}, stale: () => {}, refused: () => {} }

const close = async (context: ClearingContext, channelId: string, callerId: string): Promise<Outcome<Wire>> => {
  const { engine, world } = context
  const found = await ownChannel(context, channelId, callerId)
  if (!found.ok) return found
  const { live, side } = found.value
  /** Only a mutant takes what was signed for as delivered. */
  if (!enforces(world, 'EXT-CLEARING-23')) engine.offerDelivery(live, live.state.authorised, nothing)
  const as = enforces(world, 'EXT-CLEARING-24') ? side : side === 'payee' ? 'payer' : 'payee'
  const closed = await again(() => closeChannel(engine, live, as))
  if (!closed.ok) return closed
  if (closed.value.state.status === 'closed') await settleGrants(context, live.id)
  return accept(channelToWire(closed.value))
}

export const channelOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.openChannel': (request, { caller }) => open(context, request, caller.id),
  'clearing.topUpChannel': (request, { caller }) => raise(context, request, caller.id),
  'clearing.closeChannel': ({ channelId }, { caller }) => close(context, channelId, caller.id),
  'clearing.inquiryChannel': async ({ channelId }, { caller }) => {
    await context.engine.settled()
    const found = await ownChannel(context, channelId, caller.id)
    return found.ok ? accept(channelToWire(found.value.live)) : found
  },
})
