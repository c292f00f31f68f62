/** Checkouts of merchants' own protocols in AMP's shape: identifiers that fit, lines that add up, amounts untouched. */
import { createHash } from 'node:crypto'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { type Message, validate } from '../schemas/index.ts'
import { exponentOf } from './currency.ts'
import { isObject, type Json, type JsonObject } from './json.ts'

type Checkout = Message<'common/checkout'>
type Amount = Message<'common/amount'>

/** One line as the other protocol has it; `unit` in minor units. Nothing for `unit` where it is not a price of one piece. */
export type ForeignLine = { readonly name: string; readonly unit?: bigint; readonly quantity: number }

/** A further entry of the total (tax, shipping, a discount), in minor units. */
export type ForeignCharge = { readonly name: string; readonly value: bigint }

const linesMax = 100
const nameMax = 256
const quantityMax = 999_999

/** The objects of a list; none where it is no list. */
export const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

/** Minor units of a JSON number or nothing: a fraction, or a number that JSON cannot carry exactly, is never rounded. */
export const minorOf = (value: Json | undefined): bigint | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined

/** Minor units as a JSON number. Refused where JSON could not carry it exactly. */
export const numberOf = (amount: Amount, field: string): Outcome<number> => {
  const value = Number(amount.value)
  return Number.isSafeInteger(value)
    ? accept(value)
    : refuse('message-malformed', { detail: 'the amount is larger than a JSON number can carry', field })
}

/** An identifier of another protocol in AMP's alphabet: itself where it fits, else a digest that names it. */
export const identifierOf = (id: string, prefix: string): string =>
  /^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$/.test(id)
    ? id
    : `${prefix}-${createHash('sha256').update(id).digest('base64url')}`

const cut = (name: string): string => name.trim().slice(0, nameMax)

/**
 * Lines that add up to the total, as AMP wants them: the lines and charges as they are where they do, else one line for
 * the whole order, since AMP has no negative line. A name is cut to 256 characters.
 */
export const goodsOf = (
  total: Amount,
  lines: readonly ForeignLine[],
  charges: readonly ForeignCharge[],
): Checkout['goods'] => {
  const { currency } = total
  const goods = [
    ...lines.map(({ name, unit, quantity }) => ({ name, unit, quantity })),
    ...charges.filter(({ value }) => value !== 0n).map(({ name, value }) => ({ name, unit: value, quantity: 1 })),
  ]
  const isPlain = goods.every(
    ({ name, unit, quantity }) =>
      cut(name) !== '' &&
      unit !== undefined &&
      unit >= 0n &&
      Number.isSafeInteger(quantity) &&
      quantity > 0 &&
      quantity <= quantityMax,
  )
  const sum = goods.reduce((all, { unit = 0n, quantity }) => all + unit * BigInt(Math.trunc(quantity) || 0), 0n)
  if (isPlain && goods.length > 0 && goods.length <= linesMax && sum === BigInt(total.value))
    return goods.map(({ name, unit = 0n, quantity }) => ({
      goods_name: cut(name),
      goods_unit_amount: { currency, value: unit.toString() },
      goods_quantity: String(quantity),
    }))
  const names = lines.map(({ name, quantity }) => (quantity === 1 ? name : `${quantity} x ${name}`)).join(', ')
  return [{ goods_name: cut(names) || 'Order', goods_unit_amount: total, goods_quantity: '1' }]
}

/** A total of another protocol: minor units of a currency of ISO 4217, exactly. */
export const totalOf = (value: Json | undefined, currency: Json | undefined, field: string): Outcome<Amount> => {
  const code = typeof currency === 'string' ? currency.toUpperCase() : ''
  if (exponentOf(code) === undefined)
    return refuse('foreign-currency-missing', { detail: 'the currency is not one of ISO 4217', field })
  const minor = minorOf(value)
  if (minor === undefined || minor < 0n)
    return refuse('message-malformed', { detail: 'the total is not a whole number of minor units', field })
  return accept({ currency: code, value: minor.toString() })
}

/** What another protocol says of an order. */
type Said = {
  readonly id: string | undefined
  readonly total: Json | undefined
  readonly currency: Json | undefined
  readonly lines: readonly ForeignLine[]
  readonly charges: readonly ForeignCharge[]
}

/** An order in AMP's words, for a merchant that is known; `prefix` begins an identifier that has to be made. */
export const checkoutOf = (
  { id, total, currency, lines, charges }: Said,
  merchant: Checkout['merchant'],
  prefix: string,
): Outcome<Checkout> => {
  const amount = totalOf(total, currency, 'body/totals')
  if (!amount.ok) return amount
  if (id === undefined) return refuse('message-malformed', { detail: 'the order has no id', field: 'body/id' })
  const made: Checkout = {
    total_amount: amount.value,
    merchant,
    goods: goodsOf(amount.value, lines, charges),
    reference_checkout_id: identifierOf(id, prefix),
  }
  const [reason] = validate('common/checkout', made)
  const detail = `it makes no AMP checkout: ${reason?.path} ${reason?.message}`.slice(0, 256)
  return reason ? refuse('message-malformed', { detail, field: 'body' }) : accept(made)
}

/** One line on its way out, in minor units: a price of one piece, and what all of them come to. */
export type OutLine = {
  readonly id: string
  readonly name: string
  readonly unit: number
  readonly quantity: number
  readonly of: number
}

/**
 * Total and lines of an order as JSON numbers. Refused where an amount is too large for one, in several currencies, or
 * where the lines do not add up. `name` is the protocol they are for.
 */
export const amountsOf = (
  { total_amount, goods }: Checkout,
  name: string,
): Outcome<{ readonly total: number; readonly lines: readonly OutLine[] }> => {
  const total = numberOf(total_amount, 'value/total_amount')
  if (!total.ok) return total
  let sum = 0n
  const lines: OutLine[] = []
  for (const [index, line] of goods.entries()) {
    const field = `value/goods/${index}/goods_unit_amount`
    const unit = numberOf(line.goods_unit_amount, field)
    if (!unit.ok) return unit
    if (line.goods_unit_amount.currency !== total_amount.currency)
      return refuse('currency-mismatch', { detail: `${name} has one currency in an order`, field })
    const of = BigInt(unit.value) * BigInt(line.goods_quantity)
    sum += of
    const quantity = Number(line.goods_quantity)
    lines.push({ id: `line-${index + 1}`, name: line.goods_name, unit: unit.value, quantity, of: Number(of) })
  }
  if (sum !== BigInt(total_amount.value))
    return refuse('checkout-mismatch', { detail: 'the lines do not add up to the total', field: 'value/goods' })
  return accept({ total: total.value, lines })
}
