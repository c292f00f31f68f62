/** A merchant: sells goods, verifies the assurance chain before anything reaches its acquirer, and keeps orders. */
import { type Kysely, type Migration, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, minutes, type Outcome, refuse, verifyChain } from '../core/index.ts'
import type { RoleContext, RoleModule, ServedOperations } from '../http/operation.ts'

export type MerchantTables = {
  merchant_products: { product_id: string; name: string; currency: string; value: bigint; position: bigint }
  merchant_orders: {
    checkout_id: string
    checkout: string
    status: 'open' | 'paying' | 'paid' | 'failed'
    payment: string | null
    expires_at: bigint
  }
}

const statements = [
  `create table merchant_products (product_id text primary key, name text not null, currency text not null, value bigint not null check (value > 0), position bigint not null)`,
  `create table merchant_orders (checkout_id text primary key, checkout text not null,
    status text not null check (status in ('open', 'paying', 'paid', 'failed')), payment text, expires_at bigint not null)`,
]

export const merchantMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

/** Who sells: what the acquirer attests. */
export type MerchantProfile = Message<'common/merchant'>

type Context = RoleContext<Kysely<MerchantTables>> & { readonly profile: MerchantProfile }
type OrderRow = {
  checkout_id: string
  checkout: string
  status: 'open' | 'paying' | 'paid' | 'failed'
  payment: string | null
  expires_at: bigint
}

const checkoutLifetimeSeconds = minutes(30)

/** Puts goods on sale; goods that are there already stay as they are. */
export const stock = async (
  database: Kysely<MerchantTables>,
  products: readonly Message<'payment/product'>[],
): Promise<void> => {
  for (const [position, { productId, name, unitAmount }] of products.entries())
    await database
      .insertInto('merchant_products')
      .values({
        product_id: productId,
        name,
        currency: unitAmount.currency,
        value: BigInt(unitAmount.value),
        position: BigInt(position),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

const search = async (
  { database }: Context,
  request: Message<'payment/search-products-request'>,
): Promise<Outcome<Message<'payment/product-list'>>> => {
  const size = request.pageSize ?? 20
  const from =
    request.pageToken === undefined ? 0 : Number(Buffer.from(request.pageToken, 'base64url').toString('utf8'))
  if (!Number.isSafeInteger(from) || from < 0) return refuse('page-token-invalid', { field: '/pageToken' })
  const words = (request.query ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const rows = await database
    .selectFrom('merchant_products')
    .selectAll()
    .orderBy('position')
    .orderBy('product_id')
    .execute()
  const found = rows.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
  const page = found.slice(from, from + size)
  return accept({
    products: page.map(({ product_id, name, currency, value }) => ({
      productId: product_id,
      name,
      unitAmount: { currency, value: value.toString() },
    })),
    ...(from + size < found.length ? { nextPageToken: Buffer.from(String(from + size)).toString('base64url') } : {}),
  })
}

const startCheckout = async (
  { database, world, profile }: Context,
  { items }: Message<'payment/start-checkout-request'>,
): Promise<Outcome<Message<'payment/start-checkout-response'>>> => {
  const rows = await database
    .selectFrom('merchant_products')
    .selectAll()
    .where(
      'product_id',
      'in',
      items.map(({ productId }) => productId),
    )
    .execute()
  const products = new Map(rows.map((row) => [row.product_id, row]))
  const unknown = items.findIndex(({ productId }) => !products.has(productId))
  if (unknown >= 0) return refuse('product-unknown', { field: `/items/${unknown}/productId` })
  const lines = items.flatMap(({ productId, quantity }) => {
    const product = products.get(productId)
    return product ? [{ product, quantity }] : []
  })
  const currency = lines[0]?.product.currency ?? ''
  const foreign = lines.findIndex(({ product }) => product.currency !== currency)
  if (foreign >= 0) return refuse('currency-mismatch', { field: `/items/${foreign}/productId` })
  const total = lines.reduce((sum, { product, quantity }) => sum + product.value * BigInt(quantity), 0n)
  if (total > 999_999_999_999_999_999n) return refuse('amount-out-of-range', { field: '/items' })
  const checkout: Message<'common/checkout'> = {
    total_amount: { currency, value: total.toString() },
    merchant: profile,
    goods: lines.map(({ product, quantity }) => ({
      goods_name: product.name,
      goods_unit_amount: { currency, value: product.value.toString() },
      goods_quantity: String(quantity),
    })),
    reference_checkout_id: world.id('checkout'),
  }
  const expiresAt = world.now() + checkoutLifetimeSeconds
  await database
    .insertInto('merchant_orders')
    .values({
      checkout_id: checkout.reference_checkout_id,
      checkout: JSON.stringify(checkout),
      status: 'open',
      payment: null,
      expires_at: BigInt(expiresAt),
    })
    .execute()
  return accept({ checkout, expiresAt: formatTime(expiresAt) })
}

const stateOf = (row: OrderRow, now: number): Message<'payment/order-state'> => {
  const payment: Message<'payment/payment'> | null = JSON.parse(row.payment ?? 'null')
  const open = row.status === 'open' && now >= Number(row.expires_at) ? 'expired' : row.status
  if (payment === null) return { checkoutId: row.checkout_id, orderStatus: open }
  const { paymentStatus, paymentId, paymentAmount, failure } = payment
  return {
    checkoutId: row.checkout_id,
    orderStatus: open,
    paymentStatus,
    paymentId,
    paymentAmount,
    ...(failure ? { failure } : {}),
  }
}

const findOrder = ({ database }: Context, checkoutId: string): Promise<OrderRow | undefined> =>
  database.selectFrom('merchant_orders').selectAll().where('checkout_id', '=', checkoutId).executeTakeFirst()

const orderStatus = { SUCCESS: 'paid', FAIL: 'failed', PROCESSING: 'paying' } as const

/** AMP-PAY-048: the order follows the payment; a final result does not change again. */
const settle = async (context: Context, checkoutId: string, payment: Message<'payment/payment'>): Promise<void> => {
  await context.database
    .updateTable('merchant_orders')
    .set({ status: orderStatus[payment.paymentStatus], payment: JSON.stringify(payment) })
    .where('checkout_id', '=', checkoutId)
    .where('status', 'in', ['open', 'paying'])
    .execute()
}

const startPayment = async (
  context: Context,
  { checkoutId, paymentToken, assurance }: Message<'payment/start-payment-request'>,
): Promise<Outcome<Message<'payment/order-state'>>> => {
  const { world, neighbours, database } = context
  const order = await findOrder(context, checkoutId)
  if (!order) return refuse('checkout-unknown', { field: '/checkoutId' })
  if (order.status === 'paid' || order.status === 'paying') return refuse('checkout-used', { field: '/checkoutId' })
  if (world.now() >= Number(order.expires_at)) return refuse('checkout-expired', { field: '/checkoutId' })
  const network = await neighbours.find('network')
  if (!network) return refuse('peer-unavailable', { detail: 'no network is known' })
  const checkout: Message<'common/checkout'> = JSON.parse(order.checkout)
  /** AMP-PAY-053, AMP-FLOW-015, AMP-TRUST-099: nothing goes on before the whole chain verified against this order. */
  const chain = await verifyChain(
    assurance,
    { purpose: 'payment', networkKeys: network.jwks, audience: network.id, issuer: network.id, checkout },
    world,
  )
  if (!chain.ok && enforces(world, 'AMP-PAY-053')) return chain
  const acquirer = await neighbours.find('acquirer')
  if (!acquirer) return refuse('peer-unavailable', { detail: 'no acquirer is known' })
  const taken = await database
    .updateTable('merchant_orders')
    .set({ status: 'paying' })
    .where('checkout_id', '=', checkoutId)
    .where('status', 'in', ['open', 'failed'])
    .executeTakeFirst()
  if (taken.numUpdatedRows !== 1n) return refuse('checkout-used', { field: '/checkoutId' })
  const merchantOrderId = order.status === 'failed' ? world.id(checkoutId.slice(0, 60)) : checkoutId
  const paid = await neighbours.call(
    'acquirer.pay',
    acquirer.id,
    { merchantOrderId, checkout, paymentToken, assurance },
    { idempotencyKey: `order-${merchantOrderId}` },
  )
  if (paid.ok) {
    await settle(context, checkoutId, paid.value)
    const after = await findOrder(context, checkoutId)
    return accept(stateOf(after ?? order, world.now()))
  }
  if (paid.refusal.code === 'peer-unavailable') return accept({ checkoutId, orderStatus: 'paying' })
  await database
    .updateTable('merchant_orders')
    .set({ status: 'failed' })
    .where('checkout_id', '=', checkoutId)
    .where('status', '=', 'paying')
    .execute()
  return paid
}

const operations = (context: Context): ServedOperations => ({
  'merchant.searchProducts': (request) => search(context, request),
  'merchant.startCheckout': (request) => startCheckout(context, request),
  'merchant.startPayment': (request) => startPayment(context, request),
  'merchant.inquiryOrder': async ({ checkoutId }) => {
    const order = await findOrder(context, checkoutId)
    return order ? accept(stateOf(order, context.world.now())) : refuse('checkout-unknown', { field: '/checkoutId' })
  },
  'merchant.notifyPayment': async ({ referenceOrderId, ...payment }) => {
    await settle(context, referenceOrderId, payment)
    return accept({ received: true })
  },
})

export const merchantModule = (context: Context): RoleModule => ({
  role: 'merchant',
  operations: operations(context),
  callers: {},
})
