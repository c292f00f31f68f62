/** Channels as they end: closed by a side, revoked with their mandate, swept when their time is over. */
import { closingTime, requestClose, revoke, type Side } from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { credit, draw, type Transfer, type Writing, writeTransfers } from './books.ts'
import type { ClearingEngine } from './engine.ts'
import { followed, inWindow } from './in-window.ts'
import { type LiveChannel, readChannel } from './records.ts'
import { heldAccount, owedAccount, participantAccount } from './tables.ts'

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
