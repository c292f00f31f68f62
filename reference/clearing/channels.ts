/** What happens to channels beside ticks: opened, topped up, closed, revoked, swept; each one window of the books. */
import { type Kysely, sql } from 'kysely'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import {
  anchorPreimage,
  type Channel,
  channelIdOf,
  closingTime,
  type Descriptor,
  fitsAnchor,
  isSignedBy,
  microMax,
  readUnits,
  requestClose,
  revoke,
  type Side,
  signerKeyOf,
  type Terms,
  topUp,
} from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { inTransaction } from '../ledger/index.ts'
import { beginWindow, credit, debit, draw, type Transfer, type Writing, writeTransfers } from './books.ts'
import type { ClearingEngine } from './engine.ts'
import { anchorFromWire, type LiveChannel, readChannel } from './records.ts'
import {
  type ClearingTables,
  heldAccount,
  owedAccount,
  participantAccount,
  railAccount,
  settlementAccount,
} from './tables.ts'

type WireAnchor = Message<'extensions/clearing/anchor'>
type Money = { readonly currency: string; readonly scale: bigint }

/** Runs work as one window, after those that are being written; a refusal leaves nothing behind. */
export const inWindow = <Value>(
  engine: ClearingEngine,
  work: (writing: Writing) => Promise<Outcome<Value>>,
  after: (last: { windowId: bigint; cycle: bigint }, value: Value) => void = () => {},
): Promise<Outcome<Value>> =>
  engine.inTurn(async (last) => {
    const outcome = await inTransaction(engine.database as Kysely<ClearingTables>, async (transaction) => {
      const writing = {
        transaction,
        engine: engine.engine,
        windowId: last.windowId + 1n,
        cycle: last.cycle,
        at: BigInt(engine.now()),
      }
      await beginWindow(writing, 0n)
      return work(writing)
    })
    if (outcome.ok) {
      last.windowId += 1n
      after(last, outcome.value)
    }
    return outcome
  })

/** What was written of a channel becomes what memory holds, before the next window is judged against it. */
const followed =
  (engine: ClearingEngine, live: LiveChannel) =>
  (_: unknown, fresh: LiveChannel | undefined): void => {
    if (!fresh) return
    engine.follow([fresh])
    engine.adopt(live, fresh)
  }

/** Makes an account where there is none. */
const openAccount = async (
  { transaction }: Writing,
  accountId: string,
  owner: string,
  kind: 'participant' | 'rail',
  { currency, scale }: Money,
  floor = 0n,
): Promise<void> => {
  await transaction
    .insertInto('clearing_accounts')
    .values({ account_id: accountId, owner, kind, currency, scale, debits: 0n, credits: 0n, floor })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Who is admitted, in one currency and scale, and how far the balance may fall below nothing. */
export type Admission = {
  readonly participantId: string
  readonly currency: string
  readonly scale: number
  readonly creditLimit: bigint
  /** Public JWK its requests are signed with, as JSON. */
  readonly agentKey?: string | undefined
}

/** Admits a participant or changes its limit. Refuses `credit-exceeded` where it owes more than the new limit already. */
export const admit = (engine: ClearingEngine, admission: Admission): Promise<Outcome<true>> =>
  inWindow(engine, async (writing) => {
    const { participantId, currency, scale, creditLimit, agentKey } = admission
    const money = { currency, scale: BigInt(scale) }
    const accountId = participantAccount(participantId, currency, scale)
    await openAccount(writing, railAccount(currency, scale), 'rail', 'rail', money)
    await openAccount(writing, settlementAccount(currency, scale), 'settlement', 'participant', money)
    await openAccount(writing, accountId, participantId, 'participant', money)
    const { numAffectedRows } = await sql`update clearing_accounts set floor = ${-creditLimit}
      where account_id = ${accountId} and credits - debits >= ${-creditLimit}`.execute(writing.transaction)
    if (numAffectedRows !== 1n) return refuse('credit-exceeded')
    const key = agentKey ?? null
    await writing.transaction
      .insertInto('clearing_participants')
      .values({ participant_id: participantId, agent_key: key })
      .onConflict((conflict) =>
        key === null ? conflict.doNothing() : conflict.column('participant_id').doUpdateSet({ agent_key: key }),
      )
      .execute()
    return accept(true)
  })

/** Money that arrived over the rail. The same reference again changes nothing. */
export const prefund = (
  engine: ClearingEngine,
  participantId: string,
  money: { readonly currency: string; readonly scale: number; readonly value: bigint },
  reference: string,
): Promise<Outcome<true>> =>
  inWindow(engine, async (writing) => {
    const known = await writing.transaction
      .selectFrom('clearing_transfers')
      .select('amount')
      .where('reference', '=', `prefund:${reference}`)
      .executeTakeFirst()
    if (known) return accept(true)
    const { currency, scale, value } = money
    const to = participantAccount(participantId, currency, scale)
    const account = await writing.transaction
      .selectFrom('clearing_accounts')
      .select(['credits'])
      .where('account_id', '=', to)
      .executeTakeFirst()
    if (!account) return refuse('participant-unknown')
    if (account.credits + value > microMax) return refuse('micro-amount-overflow')
    const from = railAccount(currency, scale)
    await debit(writing, from, value)
    await credit(writing, new Map([[to, value]]))
    const transfer: Transfer = { kind: 'prefund', from, to, amount: value, reference: `prefund:${reference}` }
    await writeTransfers(writing, { currency, scale: BigInt(scale) }, [transfer])
    return accept(true)
  })

/** Budget of a mandate that the network lent for a channel. The same grant again changes nothing (EXT-CLEARING-7). */
export type Grant = {
  readonly grantId: string
  readonly mandateId: string
  readonly channelId: string
  readonly currency: string
  readonly scale: number
  readonly minor: bigint
  readonly units: bigint
}

/** Takes a grant into the books, once. Refuses `currency-mismatch` where the mandate is drawn on in other money. */
export const takeGrant = async ({ transaction }: Writing, grant: Grant): Promise<Outcome<true>> => {
  const { grantId, mandateId, channelId, currency, scale, minor, units } = grant
  await transaction
    .insertInto('clearing_mandates')
    .values({ mandate_id: mandateId, currency, scale: BigInt(scale), granted: 0n, drawn: 0n, ended_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const inserted = await transaction
    .insertInto('clearing_grants')
    .values({
      grant_id: grantId,
      mandate_id: mandateId,
      channel_id: channelId,
      units,
      minor,
      delivered_minor: null,
      settled: 0n,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows !== 1n) return accept(true)
  /** A mandate that ended before anybody drew on it is known without its currency. */
  const counted = await sql`update clearing_mandates set granted = granted + ${units}, currency = ${currency},
    scale = ${BigInt(scale)} where mandate_id = ${mandateId} and (currency = '' or currency = ${currency})
    and (currency = '' or scale = ${BigInt(scale)})`.execute(transaction)
  return counted.numAffectedRows === 1n ? accept(true) : refuse('currency-mismatch')
}

/** Holds an amount for a channel: under the mandate, from the payer's balance, onto the channel (EXT-CLEARING-7, 33). */
const hold = async (
  writing: Writing,
  channel: { readonly id: string; readonly payer: string; readonly mandateId: string } & Money,
  amount: bigint,
): Promise<Outcome<true>> => {
  const ended = await writing.transaction
    .selectFrom('clearing_mandates')
    .select('ended_at')
    .where('mandate_id', '=', channel.mandateId)
    .executeTakeFirst()
  if (!ended) return refuse('mandate-unknown')
  if (ended.ended_at !== null) return refuse('mandate-revoked')
  if (!(await draw(writing, channel.mandateId, amount))) return refuse('budget-exceeded')
  const from = participantAccount(channel.payer, channel.currency, Number(channel.scale))
  if (!(await debit(writing, from, amount))) return refuse('credit-exceeded')
  await writeTransfers(writing, channel, [{ kind: 'hold', from, to: heldAccount(channel.id), amount }])
  return accept(true)
}

/** The anchor of a request as it is kept, verified for its channel (EXT-CLEARING-14). */
export const readAnchor = (
  wire: WireAnchor | undefined,
  channel: Pick<Channel, 'profile' | 'authorised'>,
  channelId: Uint8Array,
  signerKey: string,
  verify: typeof isSignedBy = isSignedBy,
): Outcome<string | null> => {
  if (!wire) return channel.profile === 'voucher' ? accept(null) : refuse('chain-anchor-invalid', { field: '/anchor' })
  const unitPrice = readUnits(wire.unitPrice)
  if (!unitPrice.ok) return { ok: false, refusal: { ...unitPrice.refusal, field: '/anchor/unitPrice' } }
  const anchor = anchorFromWire(wire, channelId)
  const key = signerKeyOf(Buffer.from(signerKey, 'base64url'))
  const valid =
    key !== undefined && fitsAnchor(channel, anchor) && verify(key, anchorPreimage(anchor), anchor.signature)
  return valid ? accept(canonicalJson(wire)) : refuse('chain-anchor-invalid', { field: '/anchor' })
}

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

/** Gives back what was not delivered (EXT-CLEARING-23) and closes the row. */
const settle = async (writing: Writing, { id, row, state }: LiveChannel): Promise<void> => {
  const { transaction } = writing
  const { payer, currency, scale, mandate_id: mandateId } = row
  const to = participantAccount(payer, currency, Number(scale))
  const parts: Transfer[] = [
    { kind: 'release', from: heldAccount(id), to, amount: state.cap - state.authorised },
    { kind: 'release', from: owedAccount(id), to, amount: state.authorised - state.delivered },
  ]
  const transfers = parts.filter(({ amount }) => amount > 0n)
  const back = state.cap - state.delivered
  const position = await transaction
    .selectFrom('clearing_transfers')
    .select(({ fn }) => fn.max('position').as('position'))
    .where('window_id', '=', writing.windowId)
    .executeTakeFirst()
  await writeTransfers(
    writing,
    row,
    transfers,
    position?.position === undefined || position.position === null ? 0 : Number(position.position) + 1,
  )
  if (back > 0n) {
    await credit(writing, new Map([[to, back]]))
    await draw(writing, mandateId, -back)
  }
  await transaction
    .updateTable('clearing_channels')
    .set({ status: 'closed', closed_at: writing.at })
    .where('channel_id', '=', id)
    .execute()
}

/** Ends a channel for one side: at once for the payee, after the grace for the payer (EXT-CLEARING-24). Safe to repeat. */
export const closeChannel = async (
  engine: ClearingEngine,
  live: LiveChannel,
  side: Side,
): Promise<Outcome<LiveChannel>> => {
  await engine.settled()
  const closed = await inWindow(
    engine,
    async (writing) => {
      const fresh = await readChannel(writing.transaction, live.id)
      if (!fresh) return refuse('channel-unknown')
      const next = requestClose(fresh.state, side, engine.now())
      if (next.status === 'closed' && fresh.state.status !== 'closed') await settle(writing, fresh)
      else if (next !== fresh.state)
        await writing.transaction
          .updateTable('clearing_channels')
          .set({ status: next.status, closes_at: BigInt(next.closesAt ?? 0), due_at: BigInt(closingTime(next)) })
          .where('channel_id', '=', live.id)
          .execute()
      return accept(await readChannel(writing.transaction, live.id))
    },
    followed(engine, live),
  )
  return closed.ok ? accept(live) : closed
}

/**
 * The end of a mandate: no channel of it takes a tick from its payer any more (EXT-CLEARING-19). Safe to repeat. A
 * mandate nobody drew on yet is remembered too, for a channel of it may be about to open.
 */
export const endMandate = async (engine: ClearingEngine, mandateId: string): Promise<readonly string[]> => {
  const ended = await inWindow(
    engine,
    async (writing) => {
      const { transaction } = writing
      await transaction
        .insertInto('clearing_mandates')
        .values({ mandate_id: mandateId, currency: '', scale: 0n, granted: 0n, drawn: 0n, ended_at: writing.at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      await transaction
        .updateTable('clearing_mandates')
        .set({ ended_at: writing.at })
        .where('mandate_id', '=', mandateId)
        .where('ended_at', 'is', null)
        .execute()
      const rows = await transaction
        .selectFrom('clearing_channels')
        .select('channel_id')
        .where('mandate_id', '=', mandateId)
        .where('status', '<>', 'closed')
        .execute()
      const changed: LiveChannel[] = []
      for (const { channel_id: id } of rows) {
        const fresh = await readChannel(transaction, id)
        if (!fresh) continue
        const next = revoke(fresh.state, engine.now())
        await transaction
          .updateTable('clearing_channels')
          .set({
            status: next.status,
            revoked_at: BigInt(next.revokedAt ?? 0),
            closes_at: BigInt(next.closesAt ?? 0),
            due_at: BigInt(closingTime(next)),
          })
          .where('channel_id', '=', id)
          .execute()
        const after = await readChannel(transaction, id)
        if (after) changed.push(after)
      }
      return accept(changed)
    },
    (_, changed) => engine.follow(changed),
  )
  if (!ended.ok) throw new Error(ended.refusal.code)
  return ended.value.map(({ id }) => id)
}

const sweepMax = 500

/** Closes channels whose time is over, some hundreds in one window; gives back how many. */
export const sweepChannels = async (engine: ClearingEngine): Promise<number> => {
  const due = await engine.database
    .selectFrom('clearing_channels')
    .select('channel_id')
    .where('status', 'in', ['open', 'closing'])
    .where('due_at', '<=', BigInt(engine.now()))
    .limit(sweepMax)
    .execute()
  if (due.length === 0) return 0
  await engine.settled()
  const swept = await inWindow(
    engine,
    async (writing) => {
      const closed: LiveChannel[] = []
      for (const { channel_id: id } of due) {
        const fresh = await readChannel(writing.transaction, id)
        if (!fresh || fresh.state.status === 'closed' || closingTime(fresh.state) > engine.now()) continue
        await settle(writing, fresh)
        const after = await readChannel(writing.transaction, id)
        if (after) closed.push(after)
      }
      return accept(closed)
    },
    (_, closed) => engine.follow(closed),
  )
  if (!swept.ok) throw new Error(swept.refusal.code)
  return swept.value.length
}
