/** Disputes as a merchant hears of them: each number is acted on once and in order, however often and in whatever order they come. */
import { type Kysely, type Migration, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import { receive } from '../core/trust/dispute.ts'
import type { RoleModule, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { MerchantContext } from './tables.ts'

/** Tables of disputes, beside those of the merchant. */
export const merchantDisputeMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql
      .raw(
        'create table merchant_disputes (dispute_id text primary key, payment_id text not null, taken bigint not null, status text not null)',
      )
      .execute(database)
    await sql.raw('create index merchant_disputes_payment on merchant_disputes (payment_id)').execute(database)
  },
}

/** Acts on a notification, drops it, or asks for it again after what precedes it (EXT-DISPUTE-8). */
const take = (
  { database, world }: MerchantContext,
  notification: Message<'extensions/dispute/notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> =>
  inTransaction(database, async (transaction) => {
    const { disputeId, dispute, sequence } = notification
    await transaction
      .insertInto('merchant_disputes')
      .values({ dispute_id: disputeId, payment_id: dispute.paymentId, taken: 0n, status: 'CREATED' })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const { taken } = await transaction
      .updateTable('merchant_disputes')
      .set(({ ref }) => ({ taken: ref('taken') }))
      .where('dispute_id', '=', disputeId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const what = enforces(world, 'EXT-DISPUTE-8') ? receive(Number(taken), notification) : 'act'
    if (what === 'wait') return refuse('notification-out-of-order')
    if (what === 'act')
      await transaction
        .updateTable('merchant_disputes')
        .set({ taken: BigInt(sequence), status: dispute.disputeStatus })
        .where('dispute_id', '=', disputeId)
        .execute()
    return accept({ received: true })
  })

/** How the newest dispute about a payment stands, as far as it was acted on. */
export const disputeStatusOf = async (
  { database }: MerchantContext,
  paymentId: string | undefined,
): Promise<Pick<Message<'payment/order-state'>, 'disputeStatus'>> => {
  if (paymentId === undefined) return {}
  const row = await database
    .selectFrom('merchant_disputes')
    .select('status')
    .where('payment_id', '=', paymentId)
    .where('taken', '>', 0n)
    .orderBy('taken', 'desc')
    .executeTakeFirst()
  return row ? { disputeStatus: row.status as Message<'extensions/dispute/status'> } : {}
}

/** What the staff of a shop does about orders that were paid, for tests. */
export const disputeHooks = ({ database, neighbours }: MerchantContext): NonNullable<RoleModule['hooks']> => ({
  refundOrder: async ({ checkoutId, refundRequestId, refundAmount }: Message<'hooks/refund-order-request'>) => {
    const order = await database
      .selectFrom('merchant_orders')
      .select('merchant_order_id')
      .where('checkout_id', '=', checkoutId)
      .executeTakeFirst()
    const acquirer = await neighbours.find('acquirer')
    if (!order?.merchant_order_id || !acquirer) return refuse('checkout-unknown', { field: '/checkoutId' })
    const request = { refundRequestId, merchantOrderId: order.merchant_order_id, refundAmount }
    return neighbours.call('acquirer.refund', acquirer.id, request)
  },
  answerDispute: async (request: Message<'hooks/answer-dispute-request'>) => {
    const acquirer = await neighbours.find('acquirer')
    return acquirer
      ? neighbours.call('acquirer.answerDispute', acquirer.id, request)
      : refuse('peer-unavailable', { detail: 'no acquirer is known' })
  },
})

export const disputeOperations = (context: MerchantContext): ServedOperations => ({
  'merchant.notifyDispute': (notification) => take(context, notification),
})
