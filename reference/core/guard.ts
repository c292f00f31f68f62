/** The Intent Guard: four stages, each a table of rules; the wallet decides, a refusal names its stage. */
import type { Message } from '../../schemas/index.ts'
import { type Amount, fromWire, toWire } from './amount.ts'
import { type Budget, remainingOf } from './mandate.ts'
import { accept, type Outcome } from './outcome.ts'
import { firstBroken, type Rule } from './rule.ts'
import { parseTime } from './time.ts'
import type { World } from './world.ts'

type Checkout = Message<'common/checkout'>
type Constraints = Message<'trust/constraints'>
type Stage = Message<'trust/guard-stage'>

const stageOf =
  <Context>(stage: Stage, rules: readonly Rule<Context>[]) =>
  (context: Context, world: Pick<World, 'deviation'>): Outcome<true> => {
    const refusal = firstBroken(rules, context, world)
    return refusal ? { ok: false, refusal: { ...refusal, stage } } : accept(true)
  }

/** Sum of unit amounts times quantities in minor units, or nothing where currencies differ. */
const sumOf = (checkout: Checkout): bigint | undefined => {
  const { currency } = checkout.total_amount
  if (checkout.goods.some((line) => line.goods_unit_amount.currency !== currency)) return undefined
  return checkout.goods.reduce(
    (sum, line) => sum + BigInt(line.goods_unit_amount.value) * BigInt(line.goods_quantity),
    0n,
  )
}

const currenciesOf = (constraints: Constraints): readonly string[] =>
  [constraints.budget_amount, constraints.payment_amount_max, constraints.payment_amount_min].flatMap(
    (amount) => amount?.currency ?? [],
  )

/** What S1 looks at: the pending mandate, the limits of the user, and what was delegated today. */
export type DisplayContext = {
  readonly description: string
  readonly budget: Amount
  readonly checkout: Checkout | undefined
  readonly constraints: Constraints | undefined
  readonly expiryTime: string | undefined
  readonly walletCurrency: string
  readonly limits: { readonly perMandate: Amount | undefined; readonly perDay: Amount | undefined }
  readonly delegatedToday: bigint
  readonly now: number
}

/** S1, before display (AMP-TRUST-047, 087): clear, complete, within the limits of the user. */
export const displayRules: readonly Rule<DisplayContext>[] = [
  {
    id: 'AMP-TRUST-087:description',
    code: 'intent-unclear',
    holds: ({ description }) => description.trim().length > 0,
    occurrence: () => ({ field: '/intent/desc' }),
  },
  {
    id: 'AMP-TRUST-087:amount',
    code: 'intent-unclear',
    holds: ({ budget }) => budget.value > 0n,
    occurrence: () => ({ detail: 'there is nothing to pay' }),
  },
  {
    id: 'AMP-TRUST-087:sum',
    code: 'intent-unclear',
    holds: ({ checkout }) => checkout === undefined || sumOf(checkout) === BigInt(checkout.total_amount.value),
    occurrence: () => ({ field: '/checkout/total_amount', detail: 'the goods do not add up to the total' }),
  },
  {
    id: 'AMP-TRUST-087:validity',
    code: 'intent-unclear',
    holds: ({ expiryTime, now }) => expiryTime === undefined || (parseTime(expiryTime) ?? 0) > now,
    occurrence: () => ({ field: '/intent/expiry_time', detail: 'the end lies in the past' }),
  },
  {
    id: 'AMP-TRUST-087:merchants',
    code: 'intent-unclear',
    holds: ({ constraints }) =>
      constraints === undefined ||
      [constraints.merchant_name_list, constraints.merchant_mcc_list, constraints.merchant_allow_list].some(
        (list) => list !== undefined,
      ),
    occurrence: () => ({ field: '/intent/constraints', detail: 'no merchant, category or allow list is named' }),
  },
  {
    id: 'AMP-TRUST-087:bounds',
    code: 'intent-unclear',
    holds: ({ constraints }) =>
      constraints === undefined ||
      (new Set(currenciesOf(constraints)).size === 1 &&
        BigInt(constraints.payment_amount_min?.value ?? 0) <=
          BigInt(constraints.payment_amount_max?.value ?? constraints.budget_amount.value)),
    occurrence: () => ({ field: '/intent/constraints', detail: 'the bounds contradict each other' }),
  },
  {
    id: 'AMP-WALLET-062',
    code: 'limit-per-mandate-exceeded',
    holds: ({ limits, budget }) => limits.perMandate === undefined || budget.value <= limits.perMandate.value,
    occurrence: ({ limits }) => (limits.perMandate ? { limit: toWire(limits.perMandate) } : {}),
  },
  {
    id: 'AMP-WALLET-064',
    code: 'limit-daily-exceeded',
    holds: ({ limits, budget, delegatedToday }) =>
      limits.perDay === undefined || delegatedToday + budget.value <= limits.perDay.value,
    occurrence: ({ limits }) => (limits.perDay ? { limit: toWire(limits.perDay) } : {}),
  },
  {
    id: 'AMP-TRUST-087:currency',
    code: 'currency-mismatch',
    holds: ({ budget, walletCurrency }) => budget.currency === walletCurrency,
    occurrence: () => ({ detail: 'the account of the user is in another currency and no quoted rate is attached' }),
  },
]

/** Runs S1. Refusals: `intent-unclear`, `limit-per-mandate-exceeded`, `limit-daily-exceeded`, `currency-mismatch`. */
export const beforeDisplay = stageOf('S1', displayRules)

/** What S2 looks at: the chosen checkout against mandate, budget and history. */
export type TokenContext = {
  readonly checkout: Checkout
  readonly confirmedCheckout: Checkout | undefined
  readonly constraints: Constraints | undefined
  readonly budget: Budget
  /** Payments of this mandate in the current period of its frequency. */
  readonly paymentsInPeriod: number
  /** Tokens of this mandate that failed. */
  readonly failures: number
}

const merchantIs = (list: readonly string[] | undefined, value: string | undefined): boolean =>
  list === undefined || (value !== undefined && list.includes(value))

const merchantRule = (
  name: string,
  holds: (merchant: Checkout['merchant'], constraints: Constraints) => boolean,
): Rule<TokenContext> => ({
  id: `AMP-TRUST-088:${name}`,
  code: 'merchant-out-of-scope',
  holds: ({ checkout, constraints }) => constraints === undefined || holds(checkout.merchant, constraints),
  occurrence: () => ({ field: '/checkout/merchant' }),
})

const between = (value: bigint, min: bigint | undefined, max: bigint | undefined): boolean =>
  (min === undefined || value >= min) && (max === undefined || value <= max)

const bound = (amount: Message<'common/amount'> | undefined): bigint | undefined => amount && BigInt(amount.value)

/** S2, before the token (AMP-TRUST-088): budget, currency, merchant scope, amount per payment, frequency. */
export const tokenRules: readonly Rule<TokenContext>[] = [
  {
    id: 'AMP-TRUST-088:checkout',
    code: 'checkout-mismatch',
    holds: ({ checkout, confirmedCheckout }) =>
      confirmedCheckout === undefined || sameCheckout(checkout, confirmedCheckout),
    occurrence: () => ({ field: '/checkout' }),
  },
  {
    id: 'AMP-TRUST-088:currency',
    code: 'currency-mismatch',
    holds: ({ checkout, budget }) =>
      checkout.total_amount.currency === budget.currency && sumOf(checkout) !== undefined,
    occurrence: () => ({ field: '/checkout/total_amount/currency' }),
  },
  merchantRule('merchant-name', ({ merchant_name }, { merchant_name_list }) =>
    merchantIs(merchant_name_list, merchant_name),
  ),
  merchantRule('merchant-mcc', ({ merchant_mcc }, { merchant_mcc_list }) =>
    merchantIs(merchant_mcc_list, merchant_mcc),
  ),
  merchantRule('merchant-allow', ({ reference_merchant_id }, { merchant_allow_list }) =>
    merchantIs(merchant_allow_list, reference_merchant_id),
  ),
  merchantRule(
    'merchant-block',
    ({ reference_merchant_id }, { merchant_block_list }) => !merchant_block_list?.includes(reference_merchant_id),
  ),
  merchantRule('merchant-region', ({ merchant_region }, { merchant_region_list }) =>
    merchantIs(merchant_region_list, merchant_region),
  ),
  {
    id: 'AMP-TRUST-088:payment-amount',
    code: 'amount-out-of-range',
    holds: ({ checkout, constraints }) =>
      between(
        BigInt(checkout.total_amount.value),
        bound(constraints?.payment_amount_min),
        bound(constraints?.payment_amount_max),
      ) && BigInt(checkout.total_amount.value) > 0n,
    occurrence: () => ({ field: '/checkout/total_amount' }),
  },
  {
    id: 'AMP-TRUST-088:sum',
    code: 'amount-out-of-range',
    holds: ({ checkout }) => sumOf(checkout) === BigInt(checkout.total_amount.value),
    occurrence: () => ({ field: '/checkout/goods', detail: 'the goods do not add up to the total' }),
  },
  {
    id: 'AMP-TRUST-088:budget',
    code: 'budget-exceeded',
    holds: ({ checkout, budget }) => BigInt(checkout.total_amount.value) <= remainingOf(budget),
    occurrence: ({ budget }) => ({ limit: toWire({ currency: budget.currency, value: remainingOf(budget) }) }),
  },
  {
    id: 'AMP-TRUST-042:frequency',
    code: 'frequency-exceeded',
    holds: ({ constraints, paymentsInPeriod }) =>
      constraints?.payment_frequency === undefined || paymentsInPeriod < constraints.payment_frequency.count,
  },
  {
    id: 'AMP-TRUST-042:retries',
    code: 'retries-exhausted',
    holds: ({ constraints, failures }) => constraints?.retries_max === undefined || failures <= constraints.retries_max,
  },
]

/** Runs S2. */
export const beforeToken = stageOf('S2', tokenRules)

const sameAmounts = (a: Message<'common/amount'>, b: Message<'common/amount'>): boolean =>
  a.currency === b.currency && a.value === b.value

/** Field by field: total, merchant, goods and reference. */
export const sameCheckout = (a: Checkout, b: Checkout): boolean =>
  sameAmounts(a.total_amount, b.total_amount) &&
  a.reference_checkout_id === b.reference_checkout_id &&
  JSON.stringify(Object.entries(a.merchant).sort()) === JSON.stringify(Object.entries(b.merchant).sort()) &&
  a.goods.length === b.goods.length &&
  a.goods.every((line, index) => {
    const other = b.goods[index]
    return (
      other !== undefined &&
      line.goods_name === other.goods_name &&
      line.goods_quantity === other.goods_quantity &&
      sameAmounts(line.goods_unit_amount, other.goods_unit_amount)
    )
  })

/** What S3 looks at: the order as it arrived against the checkout bound to the token. */
export type OrderContext = {
  readonly order: Message<'payment/order'>
  readonly paymentAmount: Message<'common/amount'>
  readonly checkout: Checkout
}

const orderRule = (name: string, field: string, holds: (context: OrderContext) => boolean): Rule<OrderContext> => ({
  id: `AMP-TRUST-089:${name}`,
  code: 'order-mismatch',
  holds,
  occurrence: () => ({ field }),
})

/** S3, before payment (AMP-TRUST-089): the same order, amount, currency and merchant as bound to the token. */
export const orderRules: readonly Rule<OrderContext>[] = [
  orderRule(
    'order',
    '/order/referenceOrderId',
    ({ order, checkout }) => order.referenceOrderId === checkout.reference_checkout_id,
  ),
  orderRule(
    'merchant',
    '/order/merchant',
    ({ order, checkout }) =>
      order.merchant.referenceMerchantId === checkout.merchant.reference_merchant_id &&
      order.merchant.merchantName === checkout.merchant.merchant_name &&
      order.merchant.merchantMCC === checkout.merchant.merchant_mcc,
  ),
  orderRule('order-amount', '/order/orderAmount', ({ order, checkout }) =>
    sameAmounts(order.orderAmount, checkout.total_amount),
  ),
  orderRule(
    'payment-amount',
    '/paymentAmount/value',
    ({ paymentAmount, checkout }) => paymentAmount.value === checkout.total_amount.value,
  ),
  orderRule(
    'payment-currency',
    '/paymentAmount/currency',
    ({ paymentAmount, checkout }) => paymentAmount.currency === checkout.total_amount.currency,
  ),
]

/** Runs S3. */
export const beforePayment = stageOf('S3', orderRules)

/** What S4 looks at: the final debit against mandate, running total and account. */
export type DebitContext = {
  readonly debit: Amount
  readonly limit: bigint
  readonly captured: bigint
  readonly currency: string
  readonly accountCurrency: string
  readonly balance: bigint
}

/** S4, before the debit (AMP-TRUST-090): final amount, currency, running total; then the balance. */
export const debitRules: readonly Rule<DebitContext>[] = [
  {
    id: 'AMP-TRUST-090:currency',
    code: 'currency-mismatch',
    holds: ({ debit, currency, accountCurrency }) => debit.currency === currency && debit.currency === accountCurrency,
  },
  {
    id: 'AMP-TRUST-090:running-total',
    code: 'budget-exceeded',
    holds: ({ debit, limit, captured }) => captured + debit.value <= limit,
    occurrence: ({ limit, captured, currency }) => ({ limit: toWire({ currency, value: limit - captured }) }),
  },
  { id: 'AMP-TRUST-090:balance', code: 'balance-insufficient', holds: ({ debit, balance }) => debit.value <= balance },
]

/** Runs S4. */
export const beforeDebit = stageOf('S4', debitRules)

/** The amount a checkout asks for. */
export const amountOfCheckout = (checkout: Checkout): Amount => fromWire(checkout.total_amount)
