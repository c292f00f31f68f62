/** What went back of a payment, read from its refunds. */
import type { Selectable } from 'kysely'
import type { NetworkDatabase } from '../records.ts'
import type { TrustTables } from './tables.ts'

export type RefundRow = Selectable<TrustTables['network_refunds']>

export const refundsOf = (database: NetworkDatabase, paymentId: string): Promise<RefundRow[]> =>
  database.selectFrom('network_refunds').selectAll().where('payment_id', '=', paymentId).execute()

/** What was given back of a payment, or is on its way back. */
export const refundedOf = async (database: NetworkDatabase, paymentId: string): Promise<bigint> =>
  (await refundsOf(database, paymentId))
    .filter(({ status }) => status !== 'FAIL')
    .reduce((sum, { amount }) => sum + amount, 0n)
