/** The pools of the guarantee as accounts of the ledger: endowed once, never overdrawn, what goes out and comes back are transfers. */
import type { Kysely, Transaction } from 'kysely'
import { type Amount, accept, hashOf, type Outcome } from '../../core/index.ts'
import { type MoneyTables, openAccount, transfer } from '../../ledger/index.ts'
import type { NetworkContext } from '../context.ts'
import type { NetworkDatabase } from '../records.ts'

const moneyIn = (database: NetworkDatabase): Transaction<MoneyTables> => database as unknown as Transaction<MoneyTables>

/** Kinds of the ledger: `user` is the one that cannot be overdrawn, `funding` is where money enters the books. */
const kinds = { pool: 'user', funding: 'funding', partner: 'clearing' } as const

/** One pool of the network for each currency. */
const poolOf = (currency: string): string => `guarantee-pool-${currency}`
const fundingOf = (currency: string): string => `guarantee-funding-${currency}`
/** What a payment partner got from the guarantee. */
const partnerOf = (walletId: string, currency: string): string =>
  `guarantee-partner-${hashOf(walletId).slice(0, 16)}-${currency}`

const open = (database: Kysely<MoneyTables>, owner: string, currency: string, kind: keyof typeof kinds, id: string) =>
  openAccount(database, { accountId: id, kind: kinds[kind], owner, currency })

/** Opens pools and puts in what the operator gives, once. */
export const endowPools = async (
  { database, world, key }: Pick<NetworkContext, 'database' | 'world' | 'key'>,
  endowments: readonly Amount[],
): Promise<void> => {
  for (const amount of endowments)
    await database.transaction().execute(async (transaction) => {
      const money = moneyIn(transaction)
      const { currency } = amount
      await open(money, key.id, currency, 'pool', poolOf(currency))
      await open(money, key.id, currency, 'funding', fundingOf(currency))
      const known = await money
        .selectFrom('transfers')
        .select('transfer_id')
        .where('transfer_id', '=', `guarantee-endowment-${currency}`)
        .executeTakeFirst()
      if (!known && amount.value > 0n)
        await transfer(money, {
          ...{ transferId: `guarantee-endowment-${currency}`, from: fundingOf(currency), to: poolOf(currency) },
          ...{ amount, at: world.now() },
        })
    })
}

/** What is in the pool of a currency. */
export const balanceOf = async (database: NetworkDatabase, currency: string): Promise<bigint> => {
  const row = await moneyIn(database)
    .selectFrom('accounts')
    .select('balance')
    .where('account_id', '=', poolOf(currency))
    .executeTakeFirst()
  return row?.balance ?? 0n
}

/** Moves money between the pool and a partner, once for each transfer identifier; nothing is moved where it is nothing. */
export const moveBetween = async (
  transaction: NetworkDatabase,
  { key, world }: Pick<NetworkContext, 'key' | 'world'>,
  way: 'to-partner' | 'to-pool',
  { walletId, amount, transferId }: { readonly walletId: string; readonly amount: Amount; readonly transferId: string },
): Promise<Outcome<true>> => {
  if (amount.value === 0n) return accept(true)
  const money = moneyIn(transaction)
  const { currency } = amount
  await open(money, key.id, currency, 'pool', poolOf(currency))
  await open(money, walletId, currency, 'partner', partnerOf(walletId, currency))
  const [pool, partner] = [poolOf(currency), partnerOf(walletId, currency)]
  const [from, to] = way === 'to-partner' ? [pool, partner] : [partner, pool]
  return transfer(money, { transferId, from, to, amount, at: world.now() })
}
