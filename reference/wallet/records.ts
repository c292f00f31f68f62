/** Reading the wallet's records: authorizations, its copies of mandates, and how they stand now. */
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  type Budget,
  enforces,
  type MandateStatus,
  type Outcome,
  refuse,
  statusAt,
  type World,
} from '../core/index.ts'
import type { AuthorizationRow, MandateRow, WalletDatabase } from './tables.ts'

/** What a network put before the user, as it came. */
export type Displayed = Message<'wallet/create-authorization-request'>
export type DisplayedMandate = Extract<Displayed, { authContext: 'MANDATE' }>

export const displayedOf = (row: AuthorizationRow): Displayed => JSON.parse(row.request)

/** Status of the wallet's copy now, its end counted in. */
export const liveStatus = (row: MandateRow, world: World): MandateStatus =>
  statusAt(row.status, Number(row.valid_until), world.now())

/** Budget by the wallet's own records. Holds are kept by the network; the wallet counts what it debited. */
export const budgetOf = (row: MandateRow): Budget => ({
  currency: row.currency,
  total: row.total,
  limit: row.limit_value,
  held: 0n,
  captured: row.captured,
})

export const findAuthorization = async (
  database: WalletDatabase,
  authId: string,
): Promise<Outcome<AuthorizationRow>> => {
  const row = await database
    .selectFrom('wallet_authorizations')
    .selectAll()
    .where('auth_id', '=', authId)
    .executeTakeFirst()
  return row ? accept(row) : refuse('authorization-unknown', { field: '/authId' })
}

const findMandate = (database: WalletDatabase, mandateId: string): Promise<MandateRow | undefined> =>
  database.selectFrom('wallet_mandates').selectAll().where('mandate_id', '=', mandateId).executeTakeFirst()

/** A mandate of this user; those of others are unknown (EXT-HTTP-34). */
export const mandateOfUser = async (
  database: WalletDatabase,
  world: World,
  mandateId: string,
  userId: string,
): Promise<Outcome<MandateRow>> => {
  const row = await findMandate(database, mandateId)
  const own = row !== undefined && (row.user_id === userId || !enforces(world, 'EXT-HTTP-34'))
  return own ? accept(row) : refuse('mandate-unknown', { field: '/mandateId' })
}

/** A mandate of this user as a network names both (AMP-TRUST-083). */
export const mandateOfNetwork = async (
  { database, world }: { readonly database: WalletDatabase; readonly world: World },
  mandateId: string,
  userReference: string,
  networkId: string,
): Promise<Outcome<MandateRow>> => {
  let query = database
    .selectFrom('wallet_mandates')
    .innerJoin('wallet_users', 'wallet_users.user_id', 'wallet_mandates.user_id')
    .selectAll('wallet_mandates')
    .where('mandate_id', '=', mandateId)
    .where('network_id', '=', networkId)
  if (enforces(world, 'AMP-TRUST-083')) query = query.where('user_reference', '=', userReference)
  const row = await query.executeTakeFirst()
  return row ? accept(row) : refuse('mandate-unknown', { field: '/mandateId' })
}
