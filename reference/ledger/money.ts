/** Double entry: every transfer takes from one account what it gives to another. */
import { type Kysely, sql, type Transaction } from 'kysely'
import { type Amount, accept, type Outcome, refuse } from '../core/index.ts'
import type { AccountKind, MoneyTables } from './tables.ts'

/** Opens an account with nothing in it; an account that is there already stays as it is. */
export const openAccount = async (
  database: Kysely<MoneyTables>,
  account: {
    readonly accountId: string
    readonly kind: AccountKind
    readonly owner: string
    readonly currency: string
  },
): Promise<void> => {
  await database
    .insertInto('accounts')
    .values({
      account_id: account.accountId,
      kind: account.kind,
      owner: account.owner,
      currency: account.currency,
      balance: 0n,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export type Transfer = {
  readonly transferId: string
  readonly from: string
  readonly to: string
  readonly amount: Amount
  readonly at: number
}

const move = (
  transaction: Transaction<MoneyTables>,
  accountId: string,
  currency: string,
  delta: bigint,
  overdraft: boolean,
) => {
  const update = transaction
    .updateTable('accounts')
    .set(({ eb }) => ({ balance: eb('balance', '+', delta) }))
    .where('account_id', '=', accountId)
    .where('currency', '=', currency)
  return (
    overdraft
      ? update
      : update.where(({ eb, or }) => or([eb('kind', '<>', 'user'), eb(eb('balance', '+', delta), '>=', 0n)]))
  ).executeTakeFirst()
}

/**
 * Moves money inside the caller's transaction. The same transfer again changes nothing; the same identifier with other
 * content is `payment-request-reused`; an account of a user that does not hold enough is `balance-insufficient`.
 */
export const transfer = async (
  transaction: Transaction<MoneyTables>,
  { transferId, from, to, amount, at }: Transfer,
): Promise<Outcome<true>> => {
  const row = {
    transfer_id: transferId,
    from_account: from,
    to_account: to,
    currency: amount.currency,
    amount: amount.value,
  }
  const inserted = await transaction
    .insertInto('transfers')
    .values({ ...row, at: BigInt(at) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows !== 1n) {
    const known = await transaction
      .selectFrom('transfers')
      .selectAll()
      .where('transfer_id', '=', transferId)
      .executeTakeFirstOrThrow()
    const same =
      known.from_account === from &&
      known.to_account === to &&
      known.currency === amount.currency &&
      known.amount === amount.value
    return same ? accept(true) : refuse('payment-request-reused')
  }
  /** Always in the order of the identifiers, so that two opposite transfers cannot wait for each other. */
  const moves = [
    { id: from, delta: -amount.value },
    { id: to, delta: amount.value },
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const { id, delta } of moves) {
    const moved = await move(transaction, id, amount.currency, delta, delta > 0n)
    if (moved.numUpdatedRows !== 1n) return refuse('balance-insufficient')
  }
  await transaction
    .insertInto('postings')
    .values(moves.map(({ id, delta }) => ({ transfer_id: transferId, account_id: id, amount: delta })))
    .execute()
  return accept(true)
}

/**
 * Whether the books are right: each balance is the sum of its postings, and every currency sums to zero. One statement,
 * so that it sees one moment whatever moves meanwhile.
 */
export const proveBooks = async (
  database: Kysely<MoneyTables>,
): Promise<{ readonly balanced: boolean; readonly accounts: number }> => {
  const { rows: accounts } = await sql<{ currency: string; balance: bigint; posted: string }>`
    select currency, balance, cast(coalesce(
      (select sum(amount) from postings where postings.account_id = accounts.account_id), 0) as text) as posted
    from accounts`.execute(database)
  const perCurrency = new Map<string, bigint>()
  for (const { currency, balance } of accounts) perCurrency.set(currency, (perCurrency.get(currency) ?? 0n) + balance)
  const balanced =
    accounts.every(({ balance, posted }) => balance === BigInt(posted)) &&
    [...perCurrency.values()].every((sum) => sum === 0n)
  return { balanced, accounts: accounts.length }
}
