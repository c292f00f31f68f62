/** Purchases of AP2 as AMP checkouts: an order its merchant signed, a payment alone, or a cart of 0.1. */
import type { Message } from '../../schemas/index.ts'
import { type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { amountOf, minorOf, objectOf } from './constraints.ts'
import type { Order } from './order.ts'
import type { Plain } from './plain.ts'

type Checkout = Message<'common/checkout'>

const wordsMax = 1_000
/** A text no longer than AMP takes. */
export const short = (text: string, max = wordsMax): string =>
  text.length > max ? `${text.slice(0, max - 3)}...` : text

/** Host of an address, or nothing. */
export const hostOf = (website: string | undefined): string | undefined =>
  website !== undefined && URL.canParse(website) ? new URL(website).host : undefined

/** A merchant of AP2: its category is nowhere in AP2, so it is the one for none. */
const merchantOf = (merchant: JsonObject): Checkout['merchant'] => {
  const [id, name = '', website] = ['id', 'name', 'website'].map((each) => textOf(merchant, each))
  return {
    reference_merchant_id: id ?? hostOf(website) ?? name,
    merchant_name: name,
    merchant_mcc: '0000',
    ...(website === undefined ? {} : { merchant_website_url: website }),
  }
}

const whole = (name: string, total: Checkout['total_amount']): Checkout['goods'] => [
  { goods_name: short(`Order at ${name}`, 256), goods_unit_amount: total, goods_quantity: '1' },
]

/** An order as its merchant signed it, line by line. */
export const checkoutOfOrder = ({ id, currency, total, merchant, lines }: Order): Checkout => {
  const goods = lines.map((line) => {
    const item = objectOf(line, 'item')
    const price = minorOf(member(item, 'price'))
    return {
      goods_name: short(textOf(item, 'title') ?? textOf(item, 'id') ?? '', 256),
      goods_unit_amount: { currency, value: price === undefined ? '' : String(price) },
      goods_quantity: String(minorOf(member(line, 'quantity')) ?? ''),
    }
  })
  return {
    total_amount: { currency, value: String(total) },
    merchant: merchantOf(merchant),
    goods,
    reference_checkout_id: id,
  }
}

/** A payment whose order did not come along: one line, named by the hash of its checkout. */
export const checkoutOfPayment = (payment: JsonObject): Checkout => {
  const { amount, currency } = amountOf(payment) ?? { amount: '', currency: '' }
  const total = { currency, value: String(amount) }
  const merchant = merchantOf(objectOf(payment, 'payee'))
  return {
    total_amount: total,
    merchant,
    goods: whole(merchant.merchant_name, total),
    reference_checkout_id: textOf(payment, 'transaction_id') ?? '',
  }
}

/** A cart or a payment of 0.1. */
export const checkoutOfPurchase = ({ id, total, lines, merchant }: NonNullable<Plain['purchase']>): Checkout => ({
  total_amount: total,
  merchant: { reference_merchant_id: short(merchant, 64), merchant_name: merchant, merchant_mcc: '0000' },
  goods:
    lines.length === 0
      ? whole(merchant, total)
      : lines.map(({ label, amount }) => ({
          goods_name: short(label, 256),
          goods_unit_amount: amount,
          goods_quantity: '1',
        })),
  reference_checkout_id: id,
})
