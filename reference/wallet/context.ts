/** What every part of the wallet is built from, and how it finds users and networks. */
import type { Transaction } from 'kysely'
import { accept, type Outcome, refuse } from '../core/index.ts'
import type { Peer, RoleContext } from '../http/operation.ts'
import type { MoneyTables } from '../ledger/index.ts'
import type { UserRow, WalletDatabase } from './tables.ts'

/** What the operator decides. `masterKey`: 32 bytes; `consoleUrl`: where users authorise, without trailing slash. */
export type WalletSettings = {
  readonly walletName: string
  readonly timeZone: string
  readonly consoleUrl: () => string
  readonly masterKey: Uint8Array
}

export type WalletContext = RoleContext<WalletDatabase> & { readonly settings: WalletSettings }

/** The double-entry tables of the same database or transaction. */
export const moneyIn = (transaction: WalletDatabase): Transaction<MoneyTables> =>
  transaction as unknown as Transaction<MoneyTables>

export const clearingAccount = (currency: string): string => `clearing-${currency}`
export const fundingAccount = (currency: string): string => `funding-${currency}`

/** The user of a session, by identifier. */
export const userById = async (database: WalletDatabase, userId: string): Promise<UserRow> =>
  database.selectFrom('wallet_users').selectAll().where('user_id', '=', userId).executeTakeFirstOrThrow()

/** The user a network means. Refuses `user-unknown`. */
export const userByReference = async (database: WalletDatabase, reference: string): Promise<Outcome<UserRow>> => {
  const row = await database
    .selectFrom('wallet_users')
    .selectAll()
    .where('user_reference', '=', reference)
    .executeTakeFirst()
  return row ? accept(row) : refuse('user-unknown', { field: '/userReference' })
}

/** The network that keeps the records of a user: that of the newest mandate, of the newest binding, or the only one known. */
export const networkOf = async (
  { database, neighbours }: WalletContext,
  userId: string,
): Promise<Outcome<Peer['id']>> => {
  const mandate = await database
    .selectFrom('wallet_mandates')
    .select('network_id')
    .where('user_id', '=', userId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (mandate) return accept(mandate.network_id)
  const binding = await database
    .selectFrom('wallet_bindings')
    .select('network_id')
    .where('user_id', '=', userId)
    .orderBy('bound_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (binding) return accept(binding.network_id)
  const network = await neighbours.find('network')
  return network ? accept(network.id) : refuse('peer-unavailable', { detail: 'no network is known' })
}
