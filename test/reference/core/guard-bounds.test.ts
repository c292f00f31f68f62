/** The guard at its bounds: what just fits passes, one unit or one word more is refused, and each refusal says where and how much is left. */
import { describe, expect, it } from 'vitest'
import {
  beforeDebit,
  beforeDisplay,
  beforePayment,
  beforeToken,
  type DisplayContext,
  type OrderContext,
  type TokenContext,
} from '../../../reference/core/index.ts'
import type { Message } from '../../../schemas/index.ts'

type Checkout = Message<'common/checkout'>
type Constraints = Message<'trust/constraints'>

const world = { deviation: {} }
const usd = (value: string) => ({ currency: 'USD', value })
const eur = (value: string) => ({ currency: 'EUR', value })

const checkout: Checkout = {
  total_amount: usd('3000'),
  merchant: { reference_merchant_id: 'm-1', merchant_name: 'Tea House', merchant_mcc: '5499', merchant_region: 'SG' },
  goods: [
    { goods_name: 'Tea', goods_unit_amount: usd('1000'), goods_quantity: '2' },
    { goods_name: 'Cup', goods_unit_amount: usd('1000'), goods_quantity: '1' },
  ],
  reference_checkout_id: 'checkout-1',
}
const constraints: Constraints = { budget_amount: usd('10000'), merchant_name_list: ['Tea House'] }
const [tea, cup] = checkout.goods as [Checkout['goods'][number], Checkout['goods'][number]]

const display: DisplayContext = {
  description: 'Tea',
  budget: { currency: 'USD', value: 3000n },
  checkout,
  constraints,
  expiryTime: undefined,
  walletCurrency: 'USD',
  limits: { perMandate: { currency: 'USD', value: 3000n }, perDay: { currency: 'USD', value: 5000n } },
  delegatedToday: 2000n,
  now: 1_795_000_000,
}

describe('S1', () => {
  it.each<[string, Partial<DisplayContext>]>([
    ['no checkout', { checkout: undefined }],
    ['no limits of the user', { limits: { perMandate: undefined, perDay: undefined }, delegatedToday: 10n ** 9n }],
    ['no constraints', { constraints: undefined }],
    ['an end one second later', { expiryTime: new Date(1_795_000_001_000).toISOString() }],
    ['a category list', { constraints: { budget_amount: usd('1'), merchant_mcc_list: ['5499'] } }],
    ['an allow list', { constraints: { budget_amount: usd('1'), merchant_allow_list: ['m-1'] } }],
    [
      'one amount only',
      { constraints: { ...constraints, payment_amount_min: usd('8'), payment_amount_max: usd('8') } },
    ],
    ['a least amount that is the whole budget', { constraints: { ...constraints, payment_amount_min: usd('10000') } }],
    ['a greatest amount without a least', { constraints: { ...constraints, payment_amount_max: usd('0') } }],
  ])('passes %s', (_, change) => {
    expect(beforeDisplay({ ...display, ...change }, world)).toEqual({ ok: true, value: true })
  })

  it.each<[string, Partial<DisplayContext>, object]>([
    ['blank words', { description: ' \n' }, { code: 'intent-unclear', field: '/intent/desc' }],
    [
      'less than nothing',
      { budget: { currency: 'USD', value: -1n } },
      { code: 'intent-unclear', detail: 'there is nothing to pay' },
    ],
    [
      'goods in two currencies',
      { checkout: { ...checkout, goods: [{ ...tea, goods_unit_amount: eur('1000') }, cup] } },
      {
        code: 'intent-unclear',
        field: '/checkout/total_amount',
        detail: 'the goods do not add up to the total',
      },
    ],
    [
      'an end that is now',
      { expiryTime: new Date(1_795_000_000_000).toISOString() },
      { code: 'intent-unclear', field: '/intent/expiry_time', detail: 'the end lies in the past' },
    ],
    [
      'an end that is no time',
      { expiryTime: 'tomorrow' },
      { code: 'intent-unclear', field: '/intent/expiry_time', detail: 'the end lies in the past' },
    ],
    [
      'a region alone',
      { constraints: { budget_amount: usd('1'), merchant_region_list: ['SG'] } },
      {
        code: 'intent-unclear',
        field: '/intent/constraints',
        detail: 'no merchant, category or allow list is named',
      },
    ],
    [
      'a least amount above the budget',
      { constraints: { ...constraints, payment_amount_min: usd('10001') } },
      { code: 'intent-unclear', field: '/intent/constraints', detail: 'the bounds contradict each other' },
    ],
    [
      'a least amount in another currency',
      { constraints: { ...constraints, payment_amount_min: eur('1') } },
      { code: 'intent-unclear', field: '/intent/constraints', detail: 'the bounds contradict each other' },
    ],
    [
      'one unit above what one mandate may cost',
      { budget: { currency: 'USD', value: 3001n } },
      { code: 'limit-per-mandate-exceeded', limit: usd('3000') },
    ],
    ['one unit above the day', { delegatedToday: 2001n }, { code: 'limit-daily-exceeded', limit: usd('5000') }],
    [
      'an account in another currency',
      { walletCurrency: 'HKD' },
      {
        code: 'currency-mismatch',
        detail: 'the account of the user is in another currency and no quoted rate is attached',
      },
    ],
  ])('refuses %s, and says where', (_, change, refusal) => {
    expect(beforeDisplay({ ...display, ...change }, world)).toEqual({ ok: false, refusal: { ...refusal, stage: 'S1' } })
  })
})

const token: TokenContext = {
  checkout,
  confirmedCheckout: undefined,
  constraints,
  budget: { currency: 'USD', total: 10_000n, limit: 10_000n, held: 3000n, captured: 4000n },
  paymentsInPeriod: 1,
  failures: 1,
}
const bounded = (change: Partial<Constraints>) => ({ constraints: { ...constraints, ...change } })
const free = { ...checkout, total_amount: usd('0'), goods: [{ ...tea, goods_unit_amount: usd('0') }] }

describe('S2', () => {
  it.each<[string, Partial<TokenContext>]>([
    ['no constraints', { constraints: undefined, failures: 99, paymentsInPeriod: 99 }],
    ['the least of a payment', bounded({ payment_amount_min: usd('3000') })],
    ['the most of a payment', bounded({ payment_amount_max: usd('3000') })],
    ['the last payment of a period', bounded({ payment_frequency: { count: 2, period: 'day' } })],
    ['the last retry', bounded({ retries_max: 1 })],
    ['the first of two regions', bounded({ merchant_region_list: ['SG', 'HK'] })],
    ['a merchant that others are blocked beside', bounded({ merchant_block_list: ['m-2'] })],
    [
      'the checkout that was confirmed, its merchant written in another order',
      {
        confirmedCheckout: {
          ...checkout,
          merchant: Object.fromEntries(Object.entries(checkout.merchant).reverse()) as Checkout['merchant'],
        },
      },
    ],
  ])('passes %s', (_, change) => {
    expect(beforeToken({ ...token, ...change }, world)).toEqual({ ok: true, value: true })
  })

  it.each<[string, Checkout]>([
    ['total', { ...checkout, total_amount: usd('3001') }],
    ['currency of the total', { ...checkout, total_amount: eur('3000') }],
    ['reference', { ...checkout, reference_checkout_id: 'checkout-2' }],
    ['merchant', { ...checkout, merchant: { ...checkout.merchant, merchant_name: 'Tea Hause' } }],
    [
      'merchant, by what is left out',
      { ...checkout, merchant: { ...checkout.merchant, merchant_region: undefined } as never },
    ],
    ['number of goods', { ...checkout, goods: [tea] }],
    ['number of goods, by one more', { ...checkout, goods: [tea, cup, cup] }],
    ['first name', { ...checkout, goods: [{ ...tea, goods_name: 'Teas' }, cup] }],
    ['last name', { ...checkout, goods: [tea, { ...cup, goods_name: 'Cups' }] }],
    ['quantity', { ...checkout, goods: [tea, { ...cup, goods_quantity: '2' }] }],
    ['unit amount', { ...checkout, goods: [tea, { ...cup, goods_unit_amount: usd('1001') }] }],
    ['currency of a unit', { ...checkout, goods: [tea, { ...cup, goods_unit_amount: eur('1000') }] }],
    ['order of the goods', { ...checkout, goods: [cup, tea] }],
  ])('refuses a checkout that differs from the confirmed one in its %s', (_, confirmedCheckout) => {
    expect(beforeToken({ ...token, confirmedCheckout }, world)).toEqual({
      ok: false,
      refusal: { code: 'checkout-mismatch', field: '/checkout', stage: 'S2' },
    })
  })

  it.each<[string, Partial<TokenContext>, object]>([
    [
      'goods in two currencies',
      { checkout: { ...checkout, goods: [tea, { ...cup, goods_unit_amount: eur('1000') }] } },
      { code: 'currency-mismatch', field: '/checkout/total_amount/currency' },
    ],
    [
      'a merchant out of scope',
      bounded({ merchant_name_list: ['Coffee House'] }),
      { code: 'merchant-out-of-scope', field: '/checkout/merchant' },
    ],
    ['nothing to pay', { checkout: free }, { code: 'amount-out-of-range', field: '/checkout/total_amount' }],
    [
      'one unit below the least',
      bounded({ payment_amount_min: usd('3001') }),
      { code: 'amount-out-of-range', field: '/checkout/total_amount' },
    ],
    [
      'goods that do not add up',
      { checkout: { ...checkout, goods: [tea] } },
      { code: 'amount-out-of-range', field: '/checkout/goods', detail: 'the goods do not add up to the total' },
    ],
    [
      'one unit more than is left',
      { budget: { ...token.budget, held: 3001n } },
      { code: 'budget-exceeded', limit: usd('2999') },
    ],
    [
      'one payment more than a period has',
      bounded({ payment_frequency: { count: 1, period: 'day' } }),
      { code: 'frequency-exceeded' },
    ],
    ['one retry more than allowed', { ...bounded({ retries_max: 1 }), failures: 2 }, { code: 'retries-exhausted' }],
  ])('refuses %s, and says where', (_, change, refusal) => {
    expect(beforeToken({ ...token, ...change }, world)).toEqual({ ok: false, refusal: { ...refusal, stage: 'S2' } })
  })
})

const order: OrderContext = {
  order: {
    referenceOrderId: 'checkout-1',
    orderDescription: 'Tea',
    orderAmount: usd('3000'),
    merchant: { referenceMerchantId: 'm-1', merchantName: 'Tea House', merchantMCC: '5499' },
  },
  paymentAmount: usd('3000'),
  checkout,
}
const ordered = (change: Partial<OrderContext['order']>) => ({ order: { ...order.order, ...change } })
const sold = (change: object) => ordered({ merchant: { ...order.order.merchant, ...change } })

describe('S3', () => {
  it.each<[string, string, Partial<OrderContext>]>([
    ['order', '/order/referenceOrderId', ordered({ referenceOrderId: 'checkout-2' })],
    ['identifier of the merchant', '/order/merchant', sold({ referenceMerchantId: 'm-2' })],
    ['name of the merchant', '/order/merchant', sold({ merchantName: 'Tea Hause' })],
    ['category of the merchant', '/order/merchant', sold({ merchantMCC: '7995' })],
    ['order amount', '/order/orderAmount', ordered({ orderAmount: usd('3001') })],
    ['currency of the order amount', '/order/orderAmount', ordered({ orderAmount: eur('3000') })],
    ['amount', '/paymentAmount/value', { paymentAmount: usd('3001') }],
    ['currency', '/paymentAmount/currency', { paymentAmount: eur('3000') }],
  ])('refuses another %s, at %s', (_, field, change) => {
    expect(beforePayment({ ...order, ...change }, world)).toEqual({
      ok: false,
      refusal: { code: 'order-mismatch', field, stage: 'S3' },
    })
  })
})

describe('S4', () => {
  const debit = {
    ...{ debit: { currency: 'USD', value: 3000n }, limit: 10_000n, captured: 7000n },
    ...{ currency: 'USD', accountCurrency: 'USD', balance: 3000n },
  }

  it('says how much of a mandate is left', () => {
    expect(beforeDebit({ ...debit, captured: 7500n }, world)).toEqual({
      ok: false,
      refusal: { code: 'budget-exceeded', limit: usd('2500'), stage: 'S4' },
    })
  })
})
