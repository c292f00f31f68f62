/** Proves how AP2 0.1 is read: leniently in its spellings, exactly in its amounts, and never as more than it proves. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BridgeResult } from '../../../bridge/adapter.ts'
import { ap2Settings } from '../../../bridge/ap2/settings.ts'
import { exponentOf } from '../../../bridge/currency.ts'
import { Misconfigured } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { translate } from '../../../bridge/translate.ts'
import { ap2Context } from './samples.ts'

const run = (data: unknown, settings: object = {}, text = JSON.stringify(data)): Promise<BridgeResult> =>
  translate(
    readDescription({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'content-type': 'application/json' },
      body: text,
    }),
    ap2Context(settings),
  )

const codeOf = (result: BridgeResult) => (result.outcome === 'refused' ? result.problem.code : result.outcome)
const evidenceOf = (result: BridgeResult, kind: string) => result.evidence.find((each) => each.kind === kind)

const amount = (value: unknown, currency = 'USD') => ({ currency, value })
const cart = (total: unknown, more: object = {}, currency = 'USD') => ({
  'ap2.mandates.CartMandate': {
    contents: {
      id: 'cart-1',
      user_cart_confirmation_required: true,
      merchant_name: 'Tea House',
      cart_expiry: '2026-12-01T00:00:00Z',
      payment_request: {
        method_data: [],
        details: { id: 'order-1', display_items: [], total: { label: 'Total', amount: amount(total, currency) } },
      },
      ...more,
    },
  },
})
const intent = (more: object = {}) => ({
  'ap2.mandates.IntentMandate': {
    natural_language_description: 'some tea',
    user_cart_confirmation_required: false,
    intent_expiry: '2026-12-01T00:00:00Z',
    ...more,
  },
})
const budget = { intentBudget: { currency: 'USD', amount: '12.50' } }

describe('an amount of 0.1', () => {
  const currencies = fc.constantFrom('JPY', 'USD', 'KWD')

  it('is what its major units say, in 0, 2 and 3 decimals, as a number or a text', async () => {
    await fc.assert(
      fc.asyncProperty(
        currencies,
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.boolean(),
        async (currency, minor, isText) => {
          const decimals = exponentOf(currency) ?? 0
          const text = (minor / 10 ** decimals).toFixed(decimals)
          const result = await run(cart(isText ? text : Number(text), {}, currency))
          expect(
            result.outcome === 'translated' && result.draft?.mode === 'IMMEDIATE' && result.draft.checkout.total_amount,
          ).toEqual({
            currency,
            value: String(minor),
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['more decimals than its currency has', cart(12.345), 'message-malformed'],
    ['a sign', cart(-1), 'message-malformed'],
    ['no number', cart('12,50'), 'message-malformed'],
    ['a currency nobody has', cart(1, {}, 'ZZZ'), 'foreign-currency-missing'],
  ])('with %s is refused', async (_what, data, code) => {
    expect(codeOf(await run(data))).toBe(code)
  })

  it.each(['12.500000000000001', '1e2', '9007199254740993'])(
    'written %s is refused before it is rounded',
    async (text) => {
      const body = JSON.stringify(cart(1)).replace('"value":1', `"value":${text}`)
      expect(codeOf(await run(undefined, {}, body))).toBe('message-malformed')
    },
  )
})

describe('a cart', () => {
  it('becomes lines where each is one, and one line for all where one is not', async () => {
    const items = (value: number) => ({
      payment_request: {
        details: {
          id: 'order-1',
          displayItems: [
            { label: 'Oolong', amount: amount(10) },
            { label: 'Coupon', amount: amount(value) },
          ],
          total: { label: 'Total', amount: amount(12) },
        },
      },
    })
    const goods = async (value: number) => {
      const result = await run(cart(12, items(value)))
      if (result.outcome !== 'translated' || result.draft?.mode !== 'IMMEDIATE') throw new Error(codeOf(result))
      return result.draft.checkout.goods.map(({ goods_name: name }) => name)
    }
    expect(await goods(2)).toEqual(['Oolong', 'Coupon'])
    expect(await goods(-2)).toEqual(['Order at Tea House'])
  })

  it.each([
    ['that expired', cart(1, { cart_expiry: '2026-11-01T00:00:00Z' }), 'foreign-expired'],
    ['that does not say who sells', cart(1, { merchant_name: undefined }), 'foreign-fields-missing'],
    [
      'without an id',
      cart(1, { payment_request: { details: { total: { amount: amount(1) } } } }),
      'foreign-fields-missing',
    ],
  ])('%s is refused', async (_what, data, code) => {
    expect(codeOf(await run(data))).toBe(code)
  })

  it.each([
    ['nothing', undefined, 'absent'],
    ['a placeholder', 'sig_merchant_1', 'unsigned'],
    ['a token of nobody we know', 'eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJiIn0.c2ln', 'unverified'],
  ])('with %s for its merchant is graded so', async (_what, merchant_authorization, status) => {
    const data = cart(1)
    const result = await run({
      'ap2.mandates.CartMandate': { ...data['ap2.mandates.CartMandate'], merchant_authorization },
    })
    expect(result.outcome).toBe('translated')
    expect(evidenceOf(result, 'merchant-authorization')?.status).toBe(status)
    expect(evidenceOf(result, 'cart')?.status).toBe('unsigned')
    if (result.outcome === 'translated') expect(result.identity.proof).toBe('none')
  })
})

describe('a payment of 0.1', () => {
  const payment = (id: string, value: number) => ({
    'ap2.mandates.PaymentMandate': {
      payment_mandate_contents: {
        payment_details_id: id,
        payment_details_total: { label: 'Total', amount: amount(value) },
        merchant_agent: 'TeaAgent',
      },
      user_authorization: 'cart-hash_payment-hash',
    },
  })

  it('is for its cart: the same order, the same amount, and the seller of the cart', async () => {
    const result = await run({ ...cart(12.5), ...payment('order-1', 12.5) })
    expect(
      result.outcome === 'translated' &&
        result.draft?.mode === 'IMMEDIATE' &&
        result.draft.checkout.merchant.merchant_name,
    ).toBe('Tea House')
    expect(evidenceOf(result, 'user-authorization')?.status).toBe('unsigned')
    expect(codeOf(await run({ ...cart(12.5), ...payment('order-2', 12.5) }))).toBe('foreign-object-mismatch')
    expect(codeOf(await run({ ...cart(12.5), ...payment('order-1', 12.51) }))).toBe('foreign-object-mismatch')
  })

  it('alone is one line at whom it names', async () => {
    const result = await run(payment('order-1', 12.5))
    expect(result.outcome === 'translated' && result.draft).toMatchObject({
      mode: 'IMMEDIATE',
      checkout: { merchant: { merchant_name: 'TeaAgent' }, reference_checkout_id: 'order-1' },
    })
  })
})

describe('an intent', () => {
  it('bounds what the operator says one may cost, and carries the words of the user', async () => {
    const result = await run(intent({ merchants: ['Tea House'], skus: ['oolong'] }), budget)
    expect(result.outcome === 'translated' && result.draft).toMatchObject({
      mode: 'AUTONOMOUS',
      status: 'inactive',
      intent: {
        raw: 'some tea',
        expiry_time: '2026-12-01T00:00:00Z',
        constraints: { budget_amount: { currency: 'USD', value: '1250' }, merchant_name_list: ['Tea House'] },
      },
    })
  })

  it('asks for nothing where the user confirms each cart, which is so unless it says otherwise', async () => {
    for (const more of [{ user_cart_confirmation_required: true }, { user_cart_confirmation_required: undefined }]) {
      const result = await run(intent(more), budget)
      expect(result.outcome === 'translated' && result.draft).toBeUndefined()
    }
  })

  it('is refused without an amount, without an end, and after it', async () => {
    expect(codeOf(await run(intent()))).toBe('foreign-fields-missing')
    expect(codeOf(await run(intent({ intent_expiry: 'soon' }), budget))).toBe('foreign-fields-missing')
    expect(codeOf(await run(intent({ intent_expiry: '2026-11-20T09:59:59Z' }), budget))).toBe('foreign-expired')
  })

  it('does not outlive what the operator allows', async () => {
    const result = await run(intent({ intent_expiry: '2099-01-01T00:00:00Z' }), { ...budget, openLifetimeMax: 86_400 })
    expect(
      result.outcome === 'translated' && result.draft?.mode === 'AUTONOMOUS' && result.draft.intent.expiry_time,
    ).toBe('2026-11-21T10:00:00Z')
  })
})

it('two of the same in one message are refused', async () => {
  const part = (data: object) => ({ kind: 'data', data })
  expect(codeOf(await run({ parts: [part(cart(1)), part(cart(2))] }))).toBe('message-malformed')
})

describe('settings', () => {
  const read = (ap2: object) => () => ap2Settings({ protocols: { ap2: ap2 as never } })

  it.each([
    { audiences: 'https://a.example' },
    { openLifetimeMax: 0 },
    { closedLifetimeMax: 2_592_001 },
    { outLifetimeMax: '60' },
    { lineItems: 'maybe' },
    { instruments: [1] },
    { intentBudget: { currency: 'USD', amount: 12.5 } },
    { intentBudget: { currency: 'USD', amount: '0' } },
  ])('that cannot work are a mistake: %j', (ap2) => {
    expect(read(ap2)).toThrow(Misconfigured)
  })

  it('have defaults', () => {
    expect(read({})()).toEqual({
      openLifetimeMax: 2_592_000,
      closedLifetimeMax: 3_600,
      outLifetimeMax: 86_400,
      lineItems: 'say',
      instruments: ['amp'],
    })
  })
})
