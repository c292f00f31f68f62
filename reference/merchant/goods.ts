/** Goods: what is on sale, and checkouts that fix goods, prices and total for half an hour. */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, formatTime, minutes, type Outcome, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import type { MerchantContext, MerchantTables } from './tables.ts'

export const checkoutLifetimeSeconds = minutes(30)
const totalMax = 999_999_999_999_999_999n

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

const bindingOf = (query: string): string => createHash('sha256').update(query).digest('base64url').slice(0, 16)

const writeToken = (from: number, query: string): string =>
  Buffer.from(`products\n${bindingOf(query)}\n${from}`).toString('base64url')

/** Where a page begins; nothing for a token of another list or query (EXT-HTTP-44). */
const readToken = (token: string, query: string): number | undefined => {
  const [list, binding, from = ''] = Buffer.from(token, 'base64url').toString('utf8').split('\n')
  const genuine = list === 'products' && binding === bindingOf(query) && /^\d{1,9}$/.test(from)
  return genuine && writeToken(Number(from), query) === token ? Number(from) : undefined
}

const search = async (
  { database }: MerchantContext,
  { query = '', pageSize = 20, pageToken }: Message<'payment/search-products-request'>,
): Promise<Outcome<Message<'payment/product-list'>>> => {
  const from = pageToken === undefined ? 0 : readToken(pageToken, query)
  if (from === undefined) return refuse('page-token-invalid', { field: '/pageToken' })
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const rows = await database
    .selectFrom('merchant_products')
    .selectAll()
    .orderBy('position')
    .orderBy('product_id')
    .execute()
  const found = rows.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)))
  const products = found.slice(from, from + pageSize).map(({ product_id, name, currency, value }) => ({
    productId: product_id,
    name,
    unitAmount: { currency, value: value.toString() },
  }))
  const more = from + pageSize < found.length
  return accept({ products, ...(more ? { nextPageToken: writeToken(from + pageSize, query) } : {}) })
}

/** The lines of an order with their goods. Refuses `product-unknown`, and `currency-mismatch` for mixed currencies. */
const linesOf = async (
  { database }: MerchantContext,
  items: Message<'payment/start-checkout-request'>['items'],
): Promise<Outcome<{ goods: Message<'common/goods'>[]; currency: string; total: bigint }>> => {
  const ids = items.map(({ productId }) => productId)
  const rows = await database.selectFrom('merchant_products').selectAll().where('product_id', 'in', ids).execute()
  const products = new Map(rows.map((row) => [row.product_id, row]))
  const goods: Message<'common/goods'>[] = []
  let currency = ''
  let total = 0n
  for (const [index, { productId, quantity }] of items.entries()) {
    const product = products.get(productId)
    if (!product) return refuse('product-unknown', { field: `/items/${index}/productId` })
    currency ||= product.currency
    if (product.currency !== currency) return refuse('currency-mismatch', { field: `/items/${index}/productId` })
    total += product.value * BigInt(quantity)
    goods.push({
      goods_name: product.name,
      goods_unit_amount: { currency, value: product.value.toString() },
      goods_quantity: String(quantity),
    })
  }
  return total > totalMax ? refuse('amount-out-of-range', { field: '/items' }) : accept({ goods, currency, total })
}

const startCheckout = async (
  context: MerchantContext,
  { items }: Message<'payment/start-checkout-request'>,
): Promise<Outcome<Message<'payment/start-checkout-response'>>> => {
  const { database, world, profile } = context
  const lines = await linesOf(context, items)
  if (!lines.ok) return lines
  const { goods, currency, total } = lines.value
  const checkout: Message<'common/checkout'> = {
    total_amount: { currency, value: total.toString() },
    merchant: profile,
    goods,
    reference_checkout_id: world.id('checkout'),
  }
  const expiresAt = world.now() + checkoutLifetimeSeconds
  await database
    .insertInto('merchant_orders')
    .values({
      checkout_id: checkout.reference_checkout_id,
      checkout: JSON.stringify(checkout),
      status: 'open',
      merchant_order_id: null,
      token_digest: null,
      payment: null,
      failure: null,
      expires_at: BigInt(expiresAt),
    })
    .execute()
  return accept({ checkout, expiresAt: formatTime(expiresAt) })
}

export const goodsOperations = (context: MerchantContext): ServedOperations => ({
  'merchant.searchProducts': (request) => search(context, request),
  'merchant.startCheckout': (request) => startCheckout(context, request),
})
