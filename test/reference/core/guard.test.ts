/** The four guard stages: what fits passes, one thing changed is refused for its own reason, and a mutant can leave a rule out. */
import { describe, expect, it } from 'vitest'
import {
  beforeDebit,
  beforeDisplay,
  beforePayment,
  beforeToken,
  type DebitContext,
  type DisplayContext,
  issuePaymentToken,
  type OrderContext,
  parsePaymentToken,
  type TokenContext,
} from '../../../reference/core/index.ts'
import type { Message, ProblemCode } from '../../../schemas/index.ts'

const world = { deviation: {} }
const usd = (value: string) => ({ currency: 'USD', value })

const checkout: Message<'common/checkout'> = {
  total_amount: usd('3000'),
  merchant: { reference_merchant_id: 'm-1', merchant_name: 'Tea House', merchant_mcc: '5499', merchant_region: 'SG' },
  goods: [{ goods_name: 'Tea', goods_unit_amount: usd('1500'), goods_quantity: '2' }],
  reference_checkout_id: 'checkout-1',
}

const constraints: Message<'trust/constraints'> = {
  budget_amount: usd('10000'),
  merchant_name_list: ['Tea House'],
  merchant_mcc_list: ['5499'],
}

const display: DisplayContext = {
  description: 'Tea',
  budget: { currency: 'USD', value: 3000n },
  checkout,
  constraints: undefined,
  expiryTime: undefined,
  walletCurrency: 'USD',
  limits: { perMandate: { currency: 'USD', value: 3000n }, perDay: { currency: 'USD', value: 5000n } },
  delegatedToday: 2000n,
  now: 1_790_000_000,
}

describe('S1', () => {
  it('passes what is clear, complete and within the limits', () => {
    expect(beforeDisplay(display, world).ok).toBe(true)
  })

  it.each<[string, Partial<DisplayContext>, ProblemCode]>([
    ['no description', { description: '  ' }, 'intent-unclear'],
    ['nothing to pay', { budget: { currency: 'USD', value: 0n } }, 'intent-unclear'],
    ['goods that do not add up', { checkout: { ...checkout, total_amount: usd('2999') } }, 'intent-unclear'],
    ['an end in the past', { expiryTime: '2020-01-01T00:00:00Z' }, 'intent-unclear'],
    ['no merchant named', { constraints: { budget_amount: usd('1') } }, 'intent-unclear'],
    [
      'bounds that contradict each other',
      { constraints: { ...constraints, payment_amount_min: usd('9'), payment_amount_max: usd('8') } },
      'intent-unclear',
    ],
    [
      'bounds in two currencies',
      { constraints: { ...constraints, payment_amount_max: { currency: 'EUR', value: '8' } } },
      'intent-unclear',
    ],
    [
      'more than one mandate may cost',
      { budget: { currency: 'USD', value: 3001n }, limits: { ...display.limits, perDay: undefined } },
      'limit-per-mandate-exceeded',
    ],
    ['more than may be delegated today', { delegatedToday: 2001n }, 'limit-daily-exceeded'],
    ['an account in another currency', { walletCurrency: 'HKD' }, 'currency-mismatch'],
  ])('refuses %s', (_, change, code) => {
    expect(beforeDisplay({ ...display, ...change }, world)).toMatchObject({ ok: false, refusal: { code, stage: 'S1' } })
  })
})

const token: TokenContext = {
  checkout,
  confirmedCheckout: undefined,
  constraints,
  budget: { currency: 'USD', total: 10_000n, limit: 10_000n, held: 3000n, captured: 4000n },
  paymentsInPeriod: 1,
  failures: 0,
}
const merchant = (change: object) => ({ checkout: { ...checkout, merchant: { ...checkout.merchant, ...change } } })
const bounded = (change: object) => ({ constraints: { ...constraints, ...change } })

describe('S2', () => {
  it('passes up to the last unit of the budget', () => {
    expect(beforeToken(token, world).ok).toBe(true)
  })

  it.each<[string, Partial<TokenContext>, ProblemCode]>([
    [
      'another checkout than confirmed',
      { confirmedCheckout: { ...checkout, reference_checkout_id: 'other' } },
      'checkout-mismatch',
    ],
    ['another currency', { budget: { ...token.budget, currency: 'EUR' } }, 'currency-mismatch'],
    ['another merchant name', merchant({ merchant_name: 'Tea H0use' }), 'merchant-out-of-scope'],
    ['another category though the name fits', merchant({ merchant_mcc: '7995' }), 'merchant-out-of-scope'],
    ['a merchant that is not allowed', bounded({ merchant_allow_list: ['m-2'] }), 'merchant-out-of-scope'],
    ['a merchant that is blocked', bounded({ merchant_block_list: ['m-1'] }), 'merchant-out-of-scope'],
    ['another region', bounded({ merchant_region_list: ['HK'] }), 'merchant-out-of-scope'],
    [
      'a merchant of no stated region',
      { ...merchant({ merchant_region: undefined }), ...bounded({ merchant_region_list: ['SG'] }) },
      'merchant-out-of-scope',
    ],
    ['more than one payment may cost', bounded({ payment_amount_max: usd('2999') }), 'amount-out-of-range'],
    ['less than one payment has to cost', bounded({ payment_amount_min: usd('3001') }), 'amount-out-of-range'],
    [
      'goods that do not add up',
      { checkout: { ...checkout, goods: [{ goods_name: 'Tea', goods_unit_amount: usd('1'), goods_quantity: '2' }] } },
      'amount-out-of-range',
    ],
    ['one unit more than is left', { budget: { ...token.budget, held: 3001n } }, 'budget-exceeded'],
    [
      'one payment more than allowed',
      bounded({ payment_frequency: { count: 1, period: 'day' } }),
      'frequency-exceeded',
    ],
    ['one failure more than allowed', { ...bounded({ retries_max: 0 }), failures: 1 }, 'retries-exhausted'],
  ])('refuses %s', (_, change, code) => {
    expect(beforeToken({ ...token, ...change }, world)).toMatchObject({ ok: false, refusal: { code, stage: 'S2' } })
  })

  it('passes a merchant out of scope only in the mutant that leaves the rule out', () => {
    const outside = { ...token, ...merchant({ merchant_name: 'Other' }) }
    expect(beforeToken(outside, { deviation: { ignores: new Set(['AMP-TRUST-088:merchant-name']) } }).ok).toBe(true)
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

describe('S3', () => {
  it('passes the order bound to the token', () => {
    expect(beforePayment(order, world).ok).toBe(true)
  })

  it.each<[string, Partial<OrderContext>]>([
    ['another order', { order: { ...order.order, referenceOrderId: 'checkout-2' } }],
    [
      'another merchant',
      { order: { ...order.order, merchant: { ...order.order.merchant, referenceMerchantId: 'm-2' } } },
    ],
    ['another order amount', { order: { ...order.order, orderAmount: usd('3001') } }],
    ['another payment amount', { paymentAmount: usd('2999') }],
    ['another currency', { paymentAmount: { currency: 'EUR', value: '3000' } }],
  ])('refuses %s', (_, change) => {
    expect(beforePayment({ ...order, ...change }, world)).toMatchObject({
      ok: false,
      refusal: { code: 'order-mismatch', stage: 'S3' },
    })
  })
})

const debit: DebitContext = {
  debit: { currency: 'USD', value: 3000n },
  limit: 10_000n,
  captured: 7000n,
  currency: 'USD',
  accountCurrency: 'USD',
  balance: 3000n,
}

describe('S4', () => {
  it('passes the last unit of limit and balance', () => {
    expect(beforeDebit(debit, world).ok).toBe(true)
  })

  it.each<[string, Partial<DebitContext>, ProblemCode]>([
    ['another currency than the mandate', { currency: 'EUR' }, 'currency-mismatch'],
    ['another currency than the account', { accountCurrency: 'EUR' }, 'currency-mismatch'],
    ['one unit above the running total', { captured: 7001n }, 'budget-exceeded'],
    ['one unit more than the balance', { balance: 2999n }, 'balance-insufficient'],
  ])('refuses %s', (_, change, code) => {
    expect(beforeDebit({ ...debit, ...change }, world)).toMatchObject({ ok: false, refusal: { code, stage: 'S4' } })
  })
})

describe('a payment token', () => {
  it('is a CGCP code with enough payload, and different each time (AMP-PAY-038)', () => {
    const code = issuePaymentToken(['a', 'b'])
    expect(parsePaymentToken(code)?.payload).toHaveLength(32)
    expect(code).not.toBe(issuePaymentToken(['a', 'c']))
  })

  it.each([
    `28166623${'a'.repeat(15)}`,
    `29166623${'a'.repeat(16)}`,
    `28166624${'a'.repeat(16)}`,
    `28166623${'a'.repeat(15)}!`,
    '',
  ])('is not %s', (code) => {
    expect(parsePaymentToken(code)).toBeUndefined()
  })
})
