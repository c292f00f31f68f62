/** Budget borrowed from the network of a mandate: asked for before a channel opens, given back when it is closed. */
import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import { type Descriptor, fromMinor, microMax, toMinor } from '../core/clearing/index.ts'
import { accept, enforces, fromWire, type Outcome, type Refusal, refuse } from '../core/index.ts'
import { enqueue } from '../ledger/index.ts'
import { admit } from './admission.ts'
import type { Writing } from './books.ts'
import { type Grant, takeGrant } from './budget.ts'
import { again, type ClearingContext, type ClearingRoleDatabase, type ClearingRoleTables } from './context.ts'
import { inWindow } from './in-window.ts'

type Row = Selectable<ClearingRoleTables['clearing_borrowings']>

/** What is to be borrowed: `units` for a channel, under a purpose that is asked for once. */
export type Borrowing = {
  readonly purpose: string
  readonly channelId: string
  readonly descriptor: Descriptor
  readonly units: bigint
}

/** The largest amount in minor units that has a wire form. */
const minorMax = 10n ** 18n - 1n
/** A request to a network is answered or given up within seconds; what is older was left behind by a server that died. */
const patienceSeconds = 60

/** The role's own tables in a transaction of the books. */
const own = ({ transaction }: Writing): ClearingRoleDatabase => transaction as unknown as ClearingRoleDatabase

/** Whole minor units that cover an amount, and what they are in atomic units. */
const covering = ({ currency, scale }: Descriptor, units: bigint): Outcome<{ minor: bigint; units: bigint }> => {
  const minor = -toMinor(-units, currency, scale).minor
  const back = fromMinor(minor, currency, scale)
  if (!back.ok) return back
  return minor > minorMax || back.value > microMax
    ? refuse('micro-amount-overflow', { field: '/descriptor/cap' })
    : accept({ minor, units: back.value })
}

/** Writes down what is about to be asked, so that it is given back whatever happens in between. */
const note = async (
  context: ClearingContext,
  borrowing: Borrowing,
  size: { minor: bigint; units: bigint },
): Promise<Row> => {
  const { database, world } = context
  const { purpose, channelId, descriptor } = borrowing
  const fresh: Row = {
    purpose,
    grant_id: world.id('grant'),
    channel_id: channelId,
    mandate_id: descriptor.mandateId,
    network_id: descriptor.network,
    currency: descriptor.currency,
    scale: BigInt(descriptor.scale),
    ...size,
    status: 'asked',
    at: BigInt(world.now()),
  }
  await database
    .insertInto('clearing_borrowings')
    .values(fresh)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await database
    .updateTable('clearing_borrowings')
    .set({ ...fresh })
    .where('purpose', '=', purpose)
    .where('status', '=', 'returned')
    .execute()
  return database.selectFrom('clearing_borrowings').selectAll().where('purpose', '=', purpose).executeTakeFirstOrThrow()
}

/** Puts a grant into the books, where it was not given up meanwhile. */
const take = (context: ClearingContext, row: Row): Promise<Outcome<true>> =>
  inWindow(context.engine, async (writing) => {
    const { numUpdatedRows } = await own(writing)
      .updateTable('clearing_borrowings')
      .set({ status: 'taken' })
      .where('grant_id', '=', row.grant_id)
      .where('status', 'in', ['asked', 'taken'])
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return refuse('peer-unavailable', { detail: 'the network answered too late' })
    const grant: Grant = {
      grantId: row.grant_id,
      mandateId: row.mandate_id,
      channelId: row.channel_id,
      currency: row.currency,
      scale: Number(row.scale),
      minor: row.minor,
      units: row.units,
    }
    return takeGrant(writing, grant)
  })

const silent: ReadonlySet<string> = new Set([
  'peer-unavailable',
  'peer-answer-invalid',
  'internal-error',
  'shutting-down',
])

/** A refusal of the network as the payer is told it: what it says of the grant is about the descriptor. */
const passedOn = (refusal: Refusal): Refusal =>
  silent.has(refusal.code)
    ? refuse('peer-unavailable').refusal
    : { ...refusal, ...(refusal.field === undefined ? {} : { field: `/descriptor${refusal.field}` }) }

/**
 * Borrows budget for a channel (EXT-CLEARING-7). Refuses what the network refuses, `peer-unavailable`, and
 * `credit-exceeded` where the payer owes more than the network stands in for.
 */
export const borrow = async (
  context: ClearingContext,
  borrowing: Borrowing,
  payerKeyThumbprint: string,
): Promise<Outcome<true>> => {
  const { descriptor } = borrowing
  const size = covering(descriptor, borrowing.units)
  if (!size.ok) return size
  const row = await note(context, borrowing, size.value)
  const answer = await context.neighbours.call(
    'network.grantClearing',
    row.network_id,
    {
      grantId: row.grant_id,
      channelId: row.channel_id,
      mandateId: row.mandate_id,
      mandateHash: descriptor.mandateHash,
      payerAgentId: descriptor.payerAgentId,
      payerKeyThumbprint,
      payeeId: descriptor.payeeId,
      amount: { currency: row.currency, value: row.minor.toString() },
      notAfter: descriptor.notAfter,
    },
    { idempotencyKey: `grant:${row.grant_id}` },
  )
  if (!answer.ok) {
    if (!silent.has(answer.refusal.code)) await forgetAsked(context, row)
    return { ok: false, refusal: passedOn(answer.refusal) }
  }
  const taken = await again(() => take(context, row))
  if (!taken.ok) return taken
  const limit = fromMinor(fromWire(answer.value.creditLimit).value, row.currency, Number(row.scale))
  const bounded = limit.ok && limit.value < microMax && enforces(context.world, 'EXT-CLEARING-33')
  const creditLimit = bounded ? limit.value : microMax
  const { payerAgentId: participantId, currency, scale } = descriptor
  return again(() => admit(context.engine, { participantId, currency, scale, creditLimit }))
}

/** The network refused, so it holds nothing. */
const forgetAsked = async ({ database }: ClearingContext, { grant_id }: Row): Promise<void> => {
  await database
    .updateTable('clearing_borrowings')
    .set({ status: 'returned' })
    .where('grant_id', '=', grant_id)
    .where('status', '=', 'asked')
    .execute()
}

/** Gives a grant back in one transaction with what tells the network (EXT-CLEARING-41). */
const giveBack = async (context: ClearingContext, row: Row, deliveredMinor: bigint): Promise<Outcome<true>> => {
  if (!enforces(context.world, 'EXT-CLEARING-45')) return accept(true)
  return inWindow(context.engine, async (writing) => {
    const { numUpdatedRows } = await own(writing)
      .updateTable('clearing_borrowings')
      .set({ status: 'returned' })
      .where('grant_id', '=', row.grant_id)
      .where('status', '=', row.status)
      .executeTakeFirst()
    if (numUpdatedRows !== 1n) return accept(true)
    if (row.status === 'taken') {
      const kept = fromMinor(deliveredMinor, row.currency, Number(row.scale))
      const back = row.units - (kept.ok ? kept.value : 0n)
      await sql`update clearing_mandates set granted = granted - ${back}
        where mandate_id = ${row.mandate_id}`.execute(writing.transaction)
      await writing.transaction
        .updateTable('clearing_grants')
        .set({ delivered_minor: deliveredMinor, settled: 1n })
        .where('grant_id', '=', row.grant_id)
        .execute()
    }
    await enqueue(own(writing), {
      id: context.world.id('notice'),
      sender: context.key.id,
      operation: 'network.releaseClearing',
      peerId: row.network_id,
      body: {
        grantId: row.grant_id,
        channelId: row.channel_id,
        mandateId: row.mandate_id,
        delivered: { currency: row.currency, value: deliveredMinor.toString() },
      },
      now: context.world.now(),
    })
    return accept(true)
  })
}

/** Gives back what was borrowed for an opening that was refused after all. */
export const returnGrant = async (context: ClearingContext, purpose: string): Promise<void> => {
  const row = await context.database
    .selectFrom('clearing_borrowings')
    .leftJoin('clearing_channels', 'clearing_channels.channel_id', 'clearing_borrowings.channel_id')
    .selectAll('clearing_borrowings')
    .where('purpose', '=', purpose)
    .where('clearing_borrowings.status', '=', 'taken')
    .where('clearing_channels.channel_id', 'is', null)
    .executeTakeFirst()
  if (row) await again(() => giveBack(context, row, 0n))
}

/** Gives back what the grants of a channel that is closed still hold; delivery is taken from the first of them. */
export const settleGrants = async (context: ClearingContext, channelId: string): Promise<void> => {
  const channel = await context.database
    .selectFrom('clearing_channels')
    .select(['status', 'delivered', 'currency', 'scale'])
    .where('channel_id', '=', channelId)
    .executeTakeFirst()
  if (channel?.status !== 'closed') return
  const rows = await context.database
    .selectFrom('clearing_borrowings')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('status', '=', 'taken')
    .orderBy('at')
    .orderBy('purpose')
    .execute()
  let left = -toMinor(-channel.delivered, channel.currency, Number(channel.scale)).minor
  for (const row of rows) {
    const delivered = left < row.minor ? left : row.minor
    left -= delivered
    await again(() => giveBack(context, row, delivered))
  }
}

/** Gives back what nobody will use: grants of closed channels, and those of openings that came to nothing. */
export const sweepGrants = async (context: ClearingContext): Promise<void> => {
  const closed = await context.database
    .selectFrom('clearing_borrowings')
    .innerJoin('clearing_channels', 'clearing_channels.channel_id', 'clearing_borrowings.channel_id')
    .select('clearing_borrowings.channel_id')
    .distinct()
    .where('clearing_borrowings.status', '=', 'taken')
    .where('clearing_channels.status', '=', 'closed')
    .limit(500)
    .execute()
  for (const { channel_id } of closed) await settleGrants(context, channel_id)
  const stale = await context.database
    .selectFrom('clearing_borrowings')
    .leftJoin('clearing_channels', 'clearing_channels.channel_id', 'clearing_borrowings.channel_id')
    .selectAll('clearing_borrowings')
    .where('clearing_borrowings.at', '<=', BigInt(context.world.now() - patienceSeconds))
    .where(({ eb, or, and }) =>
      or([
        eb('clearing_borrowings.status', '=', 'asked'),
        and([eb('clearing_borrowings.status', '=', 'taken'), eb('clearing_channels.channel_id', 'is', null)]),
      ]),
    )
    .limit(500)
    .execute()
  for (const row of stale) await again(() => giveBack(context, row, 0n))
}
