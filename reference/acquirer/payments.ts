/** Payments an acquirer collects: one per order of a merchant, submitted as it came; the result goes back the same way. */
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, hashOf, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { contractOf } from './contracts.ts'
import type { AcquirerContext, AcquirerTables } from './tables.ts'

type Request = Message<'payment/acquirer-pay-request'>
type Payment = Message<'payment/payment'>
type Received = Message<'common/acknowledgement'>
type Row = Selectable<AcquirerTables['acquirer_payments']>

const received: Outcome<Received> = accept({ received: true })

const networkOf = async ({ neighbours }: AcquirerContext): Promise<Outcome<string>> => {
  const network = await neighbours.find('network')
  return network ? accept(network.id) : refuse('peer-unavailable', { detail: 'no network is known' })
}

/** The order as the network expects it; merchant data as this acquirer attests it (AMP-PAY-042, contradiction 14). */
const orderOf = (
  { goods, total_amount, reference_checkout_id }: Message<'common/checkout'>,
  merchant: Message<'common/merchant'>,
): Message<'payment/order'> => ({
  referenceOrderId: reference_checkout_id,
  orderDescription: goods
    .map(({ goods_name, goods_quantity }) => `${goods_quantity} x ${goods_name}`)
    .join(', ')
    .slice(0, 256),
  orderAmount: total_amount,
  merchant: {
    referenceMerchantId: merchant.reference_merchant_id,
    merchantName: merchant.merchant_name,
    merchantMCC: merchant.merchant_mcc,
  },
})

const keep = (context: AcquirerContext, requestId: string, payment: Payment) =>
  context.database
    .updateTable('acquirer_payments')
    .set({ payment: JSON.stringify(payment), payment_id: payment.paymentId })
    .where('payment_request_id', '=', requestId)
    .execute()

const find = ({ database, world }: AcquirerContext, merchantId: string, orderId: string): Promise<Row | undefined> => {
  const named = database.selectFrom('acquirer_payments').selectAll().where('merchant_order_id', '=', orderId)
  const own = enforces(world, 'EXT-HTTP-34') ? named.where('merchant_id', '=', merchantId) : named
  return own.executeTakeFirst()
}

/** The record of an order of a merchant, made by the first request for it; other content under its name is refused. */
const recordOf = async (
  context: AcquirerContext,
  request: Request,
  merchantId: string,
  networkId: string,
): Promise<Outcome<Row>> => {
  const { database, world } = context
  const { merchantOrderId, checkout } = request
  const row: Row = {
    merchant_id: merchantId,
    merchant_order_id: merchantOrderId,
    payment_request_id: world.id('request'),
    checkout_id: checkout.reference_checkout_id,
    payment: null,
    payment_id: null,
    network_id: networkId,
    request_hash: hashOf(request),
    told: 0n,
  }
  await database
    .insertInto('acquirer_payments')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const known = (await find(context, merchantId, merchantOrderId)) ?? row
  const same = known.request_hash === null || known.request_hash === row.request_hash
  return same || !enforces(world, 'AMP-PAY-052:acquirer')
    ? accept(known)
    : refuse('payment-request-reused', { field: '/merchantOrderId' })
}

/** AMP-PAY-042, 046, 047, 049: token, order and chain go on as they came, result or reason come back as they come. */
const pay = async (context: AcquirerContext, request: Request, call: Call): Promise<Outcome<Payment>> => {
  const { world } = context
  const merchant = await contractOf(context, call.caller.id, request.checkout.merchant)
  if (!merchant.ok) return merchant
  const network = await networkOf(context)
  if (!network.ok) return network
  const known = await recordOf(context, request, call.caller.id, network.value)
  if (!known.ok) return known
  const once = enforces(world, 'AMP-PAY-054:acquirer')
  const paymentRequestId = once ? known.value.payment_request_id : world.id('request')
  const paid = await context.neighbours.call(
    'network.pay',
    known.value.network_id ?? network.value,
    {
      paymentRequestId,
      order: orderOf(request.checkout, merchant.value),
      paymentAmount: request.checkout.total_amount,
      paymentMethod: { paymentMethodType: 'CONNECT_WALLET', paymentMethodId: request.paymentToken },
      paymentFactor: { isTokenizationPayment: 'true', tokenizationPaymentScenario: 'AgenticPay' },
      assurance: request.assurance,
    },
    { idempotencyKey: `collect-${paymentRequestId}` },
  )
  if (paid.ok) await keep(context, paymentRequestId, paid.value)
  return paid
}

/** What the network knows of an order of the merchant that asks. */
const inquire = async (context: AcquirerContext, orderId: string, call: Call): Promise<Outcome<Payment>> => {
  const known = await find(context, call.caller.id, orderId)
  if (!known) return refuse('payment-unknown', { field: '/merchantOrderId' })
  const network = await networkOf(context)
  if (!network.ok) return network
  const payment = await context.neighbours.call('network.inquiryPayment', known.network_id ?? network.value, {
    paymentRequestId: known.payment_request_id,
  })
  if (payment.ok) await keep(context, known.payment_request_id, payment.value)
  return payment
}

/**
 * Takes a result from the network that was asked and passes it on to the merchant (AMP-PAY-047). It is acknowledged
 * once the merchant has it, so that the network tells it again until then, and told once (EXT-HTTP-46).
 */
const relay = async (
  context: AcquirerContext,
  notice: Message<'payment/payment-notification'>,
  call: Call,
): Promise<Outcome<Received>> => {
  const { database, world, neighbours } = context
  const known = await database
    .selectFrom('acquirer_payments')
    .selectAll()
    .where('payment_request_id', '=', notice.paymentRequestId)
    .executeTakeFirst()
  const asked = known && (known.network_id ?? call.caller.id)
  if (!known || (asked !== call.caller.id && enforces(world, 'EXT-HTTP-34')))
    return refuse('payment-unknown', { field: '/paymentRequestId' })
  if (notice.referenceOrderId !== known.checkout_id && enforces(world, 'AMP-PAY-047:order'))
    return refuse('order-mismatch', { field: '/referenceOrderId' })
  if (Number(known.told) === 1)
    return enforces(world, 'EXT-HTTP-46') ? received : refuse('payment-request-reused', { field: '/paymentRequestId' })
  const { referenceOrderId: _, ...payment } = notice
  await keep(context, notice.paymentRequestId, payment)
  const told = await neighbours.call('merchant.notifyPayment', known.merchant_id, notice, {
    idempotencyKey: `result-${notice.paymentId}`,
  })
  if (!told.ok) return told
  await database
    .updateTable('acquirer_payments')
    .set({ told: 1n })
    .where('payment_request_id', '=', notice.paymentRequestId)
    .execute()
  return received
}

export const paymentOperations = (context: AcquirerContext): ServedOperations => ({
  'acquirer.pay': (request, call) => pay(context, request, call),
  'acquirer.inquiryPayment': ({ merchantOrderId }, call) => inquire(context, merchantOrderId, call),
  'acquirer.notifyPayment': (notice, call) => relay(context, notice, call),
})
