/** The books: every change is one window, a transaction that moves money from account to account and leaves its transfers. */
import { sql } from 'kysely'
import { type Column, type Engine, rowsAs } from './rows.ts'
import type { ClearingTransaction, TransferKind } from './tables.ts'

export type Transfer = {
  readonly kind: TransferKind
  readonly from: string
  readonly to: string
  readonly amount: bigint
  /** Makes a transfer happen once: a second one of this reference fails. */
  readonly reference?: string
}

/** Another writer was faster, or what is in memory is no longer what is in the books. */
export class Overtaken extends Error {}

/** What a window is written with. `windowId` is one more than the last; two writers cannot both take it. */
export type Writing = {
  readonly transaction: ClearingTransaction
  readonly engine: Engine
  readonly windowId: bigint
  readonly cycle: bigint
  readonly at: bigint
}

/** Writes the head of a window. Throws where its number is taken. */
export const beginWindow = async ({ transaction, windowId, cycle, at }: Writing, ticks: bigint): Promise<void> => {
  await transaction.insertInto('clearing_windows').values({ window_id: windowId, cycle, ticks, at }).execute()
}

/** Parameters with their type, for engines that cannot tell it from where they stand. */
const big = (value: bigint) => sql`cast(${value} as bigint)`
const text = (value: string) => sql`cast(${value} as text)`

const column = (name: string, values: readonly bigint[]): Column => ({ name, type: 'bigint', values })
const textColumn = (name: string, values: readonly string[]): Column => ({ name, type: 'text', values })

/** Writes transfers of one currency and scale, many at once. */
export const writeTransfers = async (
  { transaction, engine, windowId, at }: Writing,
  money: { readonly currency: string; readonly scale: bigint },
  transfers: readonly Transfer[],
  first = 0,
): Promise<void> => {
  if (transfers.length === 0) return
  const rows = rowsAs(engine, 'r', [
    column(
      'position',
      transfers.map((_, index) => BigInt(first + index)),
    ),
    textColumn(
      'kind',
      transfers.map(({ kind }) => kind),
    ),
    textColumn(
      'from_account',
      transfers.map(({ from }) => from),
    ),
    textColumn(
      'to_account',
      transfers.map(({ to }) => to),
    ),
    column(
      'amount',
      transfers.map(({ amount }) => amount),
    ),
    textColumn(
      'reference',
      transfers.map(({ reference }) => reference ?? ''),
    ),
  ])
  await sql`insert into clearing_transfers
    (window_id, position, kind, from_account, to_account, currency, scale, amount, at, reference)
    select ${big(windowId)}, r.position, r.kind, r.from_account, r.to_account, ${text(money.currency)},
      ${big(money.scale)}, r.amount, ${big(at)}, nullif(r.reference, '') from ${rows}`.execute(transaction)
}

/** Credits accounts, many at once. Throws where one does not exist. */
export const credit = async ({ transaction, engine }: Writing, credits: ReadonlyMap<string, bigint>): Promise<void> => {
  if (credits.size === 0) return
  const rows = rowsAs(engine, 'r', [
    textColumn('account_id', [...credits.keys()]),
    column('amount', [...credits.values()]),
  ])
  const { numAffectedRows } = await sql`update clearing_accounts set credits = credits + r.amount from ${rows}
    where clearing_accounts.account_id = r.account_id`.execute(transaction)
  if (numAffectedRows !== BigInt(credits.size)) throw new Overtaken('an account to credit does not exist')
}

/** Debits one account where it bears that; false where it would fall below its floor (EXT-CLEARING-33). */
export const debit = async ({ transaction }: Writing, accountId: string, amount: bigint): Promise<boolean> => {
  const { numAffectedRows } = await sql`update clearing_accounts set debits = debits + ${amount}
    where account_id = ${accountId} and (kind = 'rail' or credits - debits - ${amount} >= floor)`.execute(transaction)
  return numAffectedRows === 1n
}

/** Debits many accounts, each where it bears that; gives back which ones did. */
export const debitEach = async (
  { transaction, engine }: Writing,
  debits: ReadonlyMap<string, bigint>,
): Promise<ReadonlySet<string>> => {
  if (debits.size === 0) return new Set()
  const rows = rowsAs(engine, 'r', [
    textColumn('account_id', [...debits.keys()]),
    column('amount', [...debits.values()]),
  ])
  const done = await sql<{ account_id: string }>`update clearing_accounts set debits = debits + r.amount from ${rows}
    where clearing_accounts.account_id = r.account_id
    and (kind = 'rail' or credits - debits - r.amount >= floor)
    returning clearing_accounts.account_id`.execute(transaction)
  return new Set(done.rows.map(({ account_id }) => account_id))
}

/** Draws on the budget of a mandate where that is left (EXT-CLEARING-7); a negative amount gives back. */
export const draw = async ({ transaction }: Writing, mandateId: string, amount: bigint): Promise<boolean> => {
  const { numAffectedRows } = await sql`update clearing_mandates set drawn = drawn + ${amount}
    where mandate_id = ${mandateId} and drawn + ${amount} <= granted`.execute(transaction)
  return numAffectedRows === 1n
}

/** Adds what was delivered to the positions of the cycle, many participants at once. */
export const addPositions = async (
  { transaction, engine, cycle }: Writing,
  money: { readonly currency: string; readonly scale: bigint },
  changes: ReadonlyMap<string, { readonly received: bigint; readonly paid: bigint }>,
): Promise<void> => {
  if (changes.size === 0) return
  const all = [...changes]
  const rows = rowsAs(engine, 'r', [
    textColumn(
      'participant_id',
      all.map(([participant]) => participant),
    ),
    column(
      'received',
      all.map(([, { received }]) => received),
    ),
    column(
      'paid',
      all.map(([, { paid }]) => paid),
    ),
  ])
  await sql`insert into clearing_positions (cycle, currency, scale, participant_id, received, paid)
    select ${big(cycle)}, ${text(money.currency)}, ${big(money.scale)}, r.participant_id, r.received, r.paid from ${rows} where true
    on conflict (cycle, currency, scale, participant_id) do update set
      received = clearing_positions.received + excluded.received,
      paid = clearing_positions.paid + excluded.paid`.execute(transaction)
}
