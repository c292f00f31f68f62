/** Orders: the chain is verified before anything reaches the acquirer, and the order follows the payment. */
import { type Message, problemKinds } from '../../schemas/index.ts'
import {
  accept,
  enforces,
  type Outcome,
  paymentTokenDigest,
  type Refusal,
  refuse,
  sameAmount,
  verifyChain,
} from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { disputeStatusOf } from './disputes.ts'
import type { MerchantContext, OrderRow } from './tables.ts'

type State = Message<'payment/order-state'>
type Payment = Message<'payment/payment'>
type Request = Message<'payment/start-payment-request'>

const checkoutOf = (row: OrderRow): Message<'common/checkout'> => JSON.parse(row.checkout)

const stateOf = (row: OrderRow, now: number): State => {
  const over = row.status === 'open' && now >= Number(row.expires_at)
  const payment: Payment | null = JSON.parse(row.payment ?? 'null')
  const failure: Message<'payment/failure'> | null = JSON.parse(row.failure ?? 'null')
  const known = row.status === 'failed' ? 'FAIL' : row.status === 'paying' ? 'PROCESSING' : undefined
  const paymentStatus = payment?.paymentStatus ?? known
  return {
    checkoutId: row.checkout_id,
    orderStatus: over ? 'expired' : row.status,
    ...(paymentStatus ? { paymentStatus } : {}),
    ...(payment ? { paymentId: payment.paymentId, paymentAmount: payment.paymentAmount } : {}),
    ...(failure ? { failure } : {}),
  }
}

const findOrder = ({ database }: MerchantContext, checkoutId: string): Promise<OrderRow | undefined> =>
  database.selectFrom('merchant_orders').selectAll().where('checkout_id', '=', checkoutId).executeTakeFirst()

const knownOrder = async (context: MerchantContext, checkoutId: string): Promise<Outcome<OrderRow>> => {
  const order = await findOrder(context, checkoutId)
  return order ? accept(order) : refuse('checkout-unknown', { field: '/checkoutId' })
}

const orderStatus = { SUCCESS: 'paid', FAIL: 'failed', PROCESSING: 'paying' } as const

/** AMP-PAY-048: the order follows the payment of its newest attempt; a final result does not change again. */
const settle = async (context: MerchantContext, order: OrderRow, payment: Payment): Promise<void> => {
  const full = sameAmount(payment.paymentAmount, checkoutOf(order).total_amount)
  if (payment.paymentStatus === 'SUCCESS' && !full && enforces(context.world, 'AMP-PAY-046:merchant')) {
    context.log.warn({ checkoutId: order.checkout_id }, 'a payment of another amount is no payment of this order')
    return
  }
  await context.database
    .updateTable('merchant_orders')
    .set({
      status: orderStatus[payment.paymentStatus],
      payment: JSON.stringify(payment),
      failure: payment.failure ? JSON.stringify(payment.failure) : null,
    })
    .where('checkout_id', '=', order.checkout_id)
    .where(({ eb, and, or }) =>
      or([eb('status', '=', 'paying'), and([eb('status', '=', 'failed'), eb('payment', 'is', null)])]),
    )
    .where('merchant_order_id', '=', order.merchant_order_id ?? '')
    .execute()
}

const failWith = async (context: MerchantContext, merchantOrderId: string, { code, stage }: Refusal): Promise<void> => {
  const failure = { code, title: problemKinds.get(code)?.title ?? code, ...(stage ? { stage } : {}) }
  await context.database
    .updateTable('merchant_orders')
    .set({ status: 'failed', failure: JSON.stringify(failure) })
    .where('merchant_order_id', '=', merchantOrderId)
    .where('status', '=', 'paying')
    .execute()
}

/** Asks the acquirer what became of an attempt nobody answered for. */
const refresh = async (context: MerchantContext, order: OrderRow): Promise<OrderRow> => {
  const acquirer = await context.neighbours.find('acquirer')
  if (order.status !== 'paying' || order.merchant_order_id === null || !acquirer) return order
  const payment = await context.neighbours.call('acquirer.inquiryPayment', acquirer.id, {
    merchantOrderId: order.merchant_order_id,
  })
  if (payment.ok) await settle(context, order, payment.value)
  return (await findOrder(context, order.checkout_id)) ?? order
}

/** AMP-PAY-053, AMP-FLOW-015, AMP-TRUST-099: the whole chain verifies against this order, under the network's keys. */
const verifyOrder = async (
  { neighbours, world }: MerchantContext,
  order: OrderRow,
  assurance: Message<'trust/assurance'>,
): Promise<Outcome<true>> => {
  const network = await neighbours.find('network')
  if (!network) return refuse('peer-unavailable', { detail: 'no network is known' })
  const { id, jwks } = network
  const chain = await verifyChain(
    assurance,
    { purpose: 'payment', networkKeys: jwks, audience: id, issuer: id, checkout: checkoutOf(order) },
    world,
  )
  return chain.ok || !enforces(world, 'AMP-PAY-053') ? accept(true) : chain
}

/** Takes an order for one attempt to pay it, once; of two that meet the first wins. */
const takeOrder = async (
  { database, world }: MerchantContext,
  order: OrderRow,
  tokenDigest: string,
): Promise<OrderRow | undefined> =>
  database
    .updateTable('merchant_orders')
    .set({
      status: 'paying',
      merchant_order_id: order.status === 'failed' ? world.id('order') : order.checkout_id,
      token_digest: tokenDigest,
      payment: null,
      failure: null,
    })
    .where('checkout_id', '=', order.checkout_id)
    .where('status', 'in', enforces(world, 'AMP-PAY-054:merchant') ? ['open', 'failed'] : ['open', 'failed', 'paying'])
    .returningAll()
    .executeTakeFirst()

const unknownOutcome = new Set([
  'peer-unavailable',
  'peer-answer-invalid',
  'internal-error',
  'idempotency-in-progress',
  'shutting-down',
  'rate-limited',
])

const startPayment = async (context: MerchantContext, request: Request): Promise<Outcome<State>> => {
  const { world, neighbours } = context
  const found = await knownOrder(context, request.checkoutId)
  if (!found.ok) return found
  const order = found.value
  const digest = paymentTokenDigest(request.paymentToken)
  const once = order.status === 'paid' || (order.status === 'paying' && enforces(world, 'AMP-PAY-054:merchant'))
  if (once)
    return order.token_digest === digest
      ? accept(stateOf(await refresh(context, order), world.now()))
      : refuse('checkout-used', { field: '/checkoutId' })
  const over = world.now() >= Number(order.expires_at)
  if (over && enforces(world, 'AMP-FLOW-018:merchant')) return refuse('checkout-expired', { field: '/checkoutId' })
  const verified = await verifyOrder(context, order, request.assurance)
  if (!verified.ok) return verified
  const acquirer = await neighbours.find('acquirer')
  if (!acquirer) return refuse('peer-unavailable', { detail: 'no acquirer is known' })
  const taken = await takeOrder(context, order, digest)
  if (!taken?.merchant_order_id) return refuse('checkout-used', { field: '/checkoutId' })
  const { merchant_order_id: merchantOrderId } = taken
  const { paymentToken, assurance } = request
  const paid = await neighbours.call(
    'acquirer.pay',
    acquirer.id,
    { merchantOrderId, checkout: checkoutOf(taken), paymentToken, assurance },
    { idempotencyKey: `order-${merchantOrderId}` },
  )
  if (paid.ok) await settle(context, taken, paid.value)
  else if (!unknownOutcome.has(paid.refusal.code)) {
    await failWith(context, merchantOrderId, paid.refusal)
    return paid
  }
  return accept(stateOf((await findOrder(context, request.checkoutId)) ?? taken, world.now()))
}

/** A failure may be that of an earlier attempt, so a later attempt asks the acquirer instead (EXT-HTTP-46). */
const takeNotice = async (
  context: MerchantContext,
  { referenceOrderId, ...payment }: Message<'payment/payment-notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  const order = await findOrder(context, referenceOrderId)
  if (!order) return refuse('checkout-unknown', { field: '/referenceOrderId' })
  const firstAttempt = order.merchant_order_id === order.checkout_id
  if (payment.paymentStatus === 'FAIL' && !firstAttempt) await refresh(context, order)
  else await settle(context, order, payment)
  return accept({ received: true })
}

export const orderOperations = (context: MerchantContext): ServedOperations => ({
  'merchant.startPayment': (request) => startPayment(context, request),
  'merchant.inquiryOrder': async ({ checkoutId }) => {
    const order = await knownOrder(context, checkoutId)
    if (!order.ok) return order
    const state = stateOf(await refresh(context, order.value), context.world.now())
    return accept({ ...state, ...(await disputeStatusOf(context, state.paymentId)) })
  },
  'merchant.notifyPayment': (notice) => takeNotice(context, notice),
})
