/** Refunds and disputes between a merchant and the network: the acquirer passes them on, each to whom it concerns. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import type { AcquirerContext, AcquirerTables } from './tables.ts'

type Row = AcquirerTables['acquirer_payments']
type Received = Message<'common/acknowledgement'>

/** The order of a merchant that a payment was collected for (EXT-HTTP-34). */
const orderOf = async (
  { database, world }: AcquirerContext,
  merchantOrderId: string,
  merchantId: string,
): Promise<Outcome<Row & { readonly paymentId: string }>> => {
  const query = database.selectFrom('acquirer_payments').selectAll().where('merchant_order_id', '=', merchantOrderId)
  const own = enforces(world, 'EXT-HTTP-34:refund') ? query.where('merchant_id', '=', merchantId) : query
  const row = await own.executeTakeFirst()
  return row && row.payment_id !== null
    ? accept({ ...row, paymentId: row.payment_id })
    : refuse('payment-unknown', { field: '/merchantOrderId' })
}

const refund = async (
  context: AcquirerContext,
  { merchantOrderId, ...request }: Message<'extensions/refund/acquirer-refund-request'>,
  { caller }: Call,
): Promise<Outcome<Message<'extensions/refund/refund'>>> => {
  const order = await orderOf(context, merchantOrderId, caller.id)
  if (!order.ok) return order
  const { paymentId, network_id: networkId } = order.value
  const network = networkId ?? (await context.neighbours.find('network'))?.id
  if (network === undefined) return refuse('peer-unavailable', { detail: 'no network is known' })
  /** The name of the refund makes it happen once; a key of its own would repeat an answer that may have changed since. */
  return context.neighbours.call('network.refund', network, { ...request, paymentId })
}

/** Keeps whom a dispute concerns, and tells the merchant; it is acknowledged once the merchant has it. */
const relay = async (
  context: AcquirerContext,
  notification: Message<'extensions/dispute/notification'>,
  { caller }: Call,
): Promise<Outcome<Received>> => {
  const { disputeId, dispute, notifyId } = notification
  const order = await context.database
    .selectFrom('acquirer_payments')
    .select(['merchant_id', 'network_id'])
    .where('payment_id', '=', dispute.paymentId)
    .executeTakeFirst()
  if (!order || (order.network_id ?? caller.id) !== caller.id)
    return refuse('payment-unknown', { field: '/dispute/paymentId' })
  await context.database
    .insertInto('acquirer_disputes')
    .values({ dispute_id: disputeId, merchant_id: order.merchant_id, network_id: caller.id })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return context.neighbours.call('merchant.notifyDispute', order.merchant_id, notification, {
    idempotencyKey: `merchant-${notifyId}`.padEnd(16, '-').slice(0, 128),
  })
}

/** What the merchant answers goes on to the network that told of the dispute. */
const answer = async (
  { database, neighbours, world }: AcquirerContext,
  request: Message<'extensions/dispute/answer-dispute-request'>,
  { caller, idempotencyKey }: Call,
): Promise<Outcome<Message<'extensions/dispute/dispute'>>> => {
  const known = await database
    .selectFrom('acquirer_disputes')
    .selectAll()
    .where('dispute_id', '=', request.disputeId)
    .executeTakeFirst()
  const own = known && (known.merchant_id === caller.id || !enforces(world, 'EXT-HTTP-34:refund'))
  if (!own) return refuse('dispute-unknown', { field: '/disputeId' })
  return neighbours.call('network.answerDispute', known.network_id, request, {
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
}

export const disputeOperations = (context: AcquirerContext): ServedOperations => ({
  'acquirer.refund': (request, call) => refund(context, request, call),
  'acquirer.notifyDispute': (notification, call) => relay(context, notification, call),
  'acquirer.answerDispute': (request, call) => answer(context, request, call),
})
