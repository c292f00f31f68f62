/** An acquirer: collects verified orders of its merchants over the network, in the shape of the published rail. */
import { type Kysely, type Migration, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import type { Call, RoleContext, RoleModule, ServedOperations } from '../http/operation.ts'

export type AcquirerTables = {
  acquirer_payments: {
    merchant_id: string
    merchant_order_id: string
    payment_request_id: string
    checkout_id: string
    payment: string | null
  }
}

export const acquirerMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql
      .raw(`create table acquirer_payments (merchant_id text not null, merchant_order_id text not null, payment_request_id text not null unique,
        checkout_id text not null, payment text, primary key (merchant_id, merchant_order_id))`)
      .execute(database)
  },
}

/** `merchants`: what this acquirer attests of each merchant under contract, by party identifier. */
type Context = RoleContext<Kysely<AcquirerTables>> & {
  readonly merchants: ReadonlyMap<string, Message<'common/merchant'>>
}

const networkOf = async ({ neighbours }: Context): Promise<Outcome<string>> => {
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

const keep = (context: Context, requestId: string, payment: Message<'payment/payment'>) =>
  context.database
    .updateTable('acquirer_payments')
    .set({ payment: JSON.stringify(payment) })
    .where('payment_request_id', '=', requestId)
    .execute()

const find = ({ database }: Context, merchantId: string, orderId: string) =>
  database
    .selectFrom('acquirer_payments')
    .selectAll()
    .where('merchant_id', '=', merchantId)
    .where('merchant_order_id', '=', orderId)
    .executeTakeFirst()

const pay = async (
  context: Context,
  request: Message<'payment/acquirer-pay-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/payment'>>> => {
  const { database, world, neighbours } = context
  const merchant = context.merchants.get(call.caller.id)
  if (!merchant) return refuse('caller-not-allowed', { detail: 'no contract with this merchant' })
  const network = await networkOf(context)
  if (!network.ok) return network
  await database
    .insertInto('acquirer_payments')
    .values({
      merchant_id: call.caller.id,
      merchant_order_id: request.merchantOrderId,
      payment_request_id: world.id('request'),
      checkout_id: request.checkout.reference_checkout_id,
      payment: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const known = await find(context, call.caller.id, request.merchantOrderId)
  const paymentRequestId = known?.payment_request_id ?? world.id('request')
  /** AMP-PAY-046, 047, 049: result or reason go back to the merchant as they come. */
  const paid = await neighbours.call(
    'network.pay',
    network.value,
    {
      paymentRequestId,
      order: orderOf(request.checkout, merchant),
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

const inquire = async (context: Context, orderId: string, call: Call): Promise<Outcome<Message<'payment/payment'>>> => {
  const known = await find(context, call.caller.id, orderId)
  if (!known) return refuse('payment-unknown')
  const network = await networkOf(context)
  if (!network.ok) return network
  const payment = await context.neighbours.call('network.inquiryPayment', network.value, {
    paymentRequestId: known.payment_request_id,
  })
  if (payment.ok) await keep(context, known.payment_request_id, payment.value)
  return payment
}

/** Takes a result from the network and passes it on to the merchant (AMP-PAY-047). */
const relay = async (
  context: Context,
  notice: Message<'payment/payment-notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  const known = await context.database
    .selectFrom('acquirer_payments')
    .selectAll()
    .where('payment_request_id', '=', notice.paymentRequestId)
    .executeTakeFirst()
  if (!known) return refuse('payment-unknown')
  const { referenceOrderId: _, ...payment } = notice
  await keep(context, notice.paymentRequestId, payment)
  const told = await context.neighbours.call('merchant.notifyPayment', known.merchant_id, notice, {
    idempotencyKey: `result-${notice.paymentId}`,
  })
  return told.ok ? accept({ received: true }) : told
}

const operations = (context: Context): ServedOperations => ({
  'acquirer.pay': (request, call) => pay(context, request, call),
  'acquirer.inquiryPayment': ({ merchantOrderId }, call) => inquire(context, merchantOrderId, call),
  'acquirer.notifyPayment': (notice) => relay(context, notice),
})

export const acquirerModule = (context: Context): RoleModule => ({
  role: 'acquirer',
  operations: operations(context),
  callers: {},
})
