/** Channels as they begin and grow: opened and topped up, each one window of the books. */
import { canonicalJson } from '../../schemas/index.ts'
import { channelIdOf, type Descriptor, type isSignedBy, type Terms, topUp } from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { readAnchor, type WireAnchor } from './anchors.ts'
import { type Grant, hold, takeGrant } from './budget.ts'
import type { ClearingEngine } from './engine.ts'
import { followed, inWindow } from './in-window.ts'
import { type LiveChannel, readChannel } from './records.ts'
import { participantAccount } from './tables.ts'

export type Opening = {
  readonly descriptor: Descriptor
  readonly terms: Terms
  readonly anchor?: WireAnchor | undefined
  readonly grant?: Grant | undefined
  /** How the signature of the anchor is verified. */
  readonly verify?: typeof isSignedBy | undefined
}

/** Opens a channel that fits (EXT-CLEARING-3 to 7). The same descriptor again is the same channel, closed or not. */
export const openChannel = async (engine: ClearingEngine, opening: Opening): Promise<Outcome<LiveChannel>> => {
  const { descriptor, terms, grant } = opening
  const idBytes = channelIdOf(descriptor)
  const id = idBytes.toString('base64url')
  const known = await engine.find(id)
  if (known) return accept(known)
  const { profile, payerAgentId: payer, payeeId: payee, mandateId, currency } = descriptor
  const anchor = readAnchor(opening.anchor, { profile, authorised: 0n }, idBytes, descriptor.signerKey, opening.verify)
  if (!anchor.ok) return anchor
  const scale = BigInt(descriptor.scale)
  const opened = await inWindow(engine, async (writing) => {
    if (await readChannel(writing.transaction, id)) return accept(true)
    const granted = grant ? await takeGrant(writing, grant) : accept(true)
    if (!granted.ok) return granted
    const payeeAccount = await writing.transaction
      .selectFrom('clearing_accounts')
      .select('account_id')
      .where('account_id', '=', participantAccount(payee, currency, descriptor.scale))
      .executeTakeFirst()
    if (!payeeAccount) return refuse('participant-unknown', { field: '/descriptor/payeeId' })
    const held = await hold(writing, { id, payer, mandateId, currency, scale }, terms.cap)
    if (!held.ok) return held
    await writing.transaction
      .insertInto('clearing_channels')
      .values({
        channel_id: id,
        payer,
        payee,
        mandate_id: mandateId,
        currency,
        scale,
        profile,
        descriptor: canonicalJson(descriptor),
        signer_key: descriptor.signerKey,
        status: 'open',
        cap: terms.cap,
        authorised: 0n,
        delivered: 0n,
        not_before: BigInt(terms.notBefore),
        not_after: BigInt(terms.notAfter),
        grace_seconds: BigInt(descriptor.graceSeconds),
        anchor: anchor.value,
        proof: null,
        link_index: 0n,
        revoked_at: null,
        closes_at: null,
        due_at: BigInt(terms.notAfter + descriptor.graceSeconds),
        opened_at: writing.at,
        closed_at: null,
      })
      .execute()
    return accept(true)
  })
  if (!opened.ok) return opened
  const live = await engine.find(id)
  return live ? accept(live) : refuse('channel-unknown')
}

export type TopUp = {
  readonly topUpId: string
  readonly amount: bigint
  readonly anchor?: WireAnchor | undefined
  readonly grant?: Grant | undefined
}

/** Raises the cap, or starts the next chain, once for each identifier (EXT-CLEARING-8). */
export const topUpChannel = async (
  engine: ClearingEngine,
  live: LiveChannel,
  request: TopUp,
): Promise<Outcome<LiveChannel>> => {
  await engine.settled()
  const { topUpId, amount, grant } = request
  const topped = await inWindow(
    engine,
    async (writing) => {
      const fresh = await readChannel(writing.transaction, live.id)
      if (!fresh) return refuse('channel-unknown')
      const before = await writing.transaction
        .selectFrom('clearing_top_ups')
        .select('amount')
        .where('channel_id', '=', live.id)
        .where('top_up_id', '=', topUpId)
        .executeTakeFirst()
      if (before)
        return before.amount === amount ? accept(fresh) : refuse('payment-request-reused', { field: '/topUpId' })
      const raised = topUp(fresh.state, amount, engine.now())
      if (!raised.ok) return raised
      const { signerKey } = JSON.parse(fresh.row.descriptor) as Descriptor
      const anchor = request.anchor ? readAnchor(request.anchor, fresh.state, live.idBytes, signerKey) : accept(null)
      if (!anchor.ok) return anchor
      const granted = grant ? await takeGrant(writing, grant) : accept(true)
      if (!granted.ok) return granted
      const { payer, mandate_id: mandateId, currency, scale } = fresh.row
      const held =
        amount === 0n ? accept(true) : await hold(writing, { id: live.id, payer, mandateId, currency, scale }, amount)
      if (!held.ok) return held
      await writing.transaction
        .insertInto('clearing_top_ups')
        .values({ channel_id: live.id, top_up_id: topUpId, amount, anchor: anchor.value })
        .execute()
      await writing.transaction
        .updateTable('clearing_channels')
        .set({
          cap: raised.value.cap,
          ...(anchor.value === null ? {} : { anchor: anchor.value, link_index: 0n, proof: null }),
        })
        .where('channel_id', '=', live.id)
        .execute()
      return accept(await readChannel(writing.transaction, live.id))
    },
    followed(engine, live),
  )
  return topped.ok ? accept(live) : topped
}
