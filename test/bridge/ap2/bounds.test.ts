/** Proves that open mandates become AMP bounds that are never wider, exactly in every number of decimals, or are refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BridgeResult } from '../../../bridge/adapter.ts'
import { checkConstraints } from '../../../bridge/ap2/constraints.ts'
import { exponentOf } from '../../../bridge/currency.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { translate } from '../../../bridge/translate.ts'
import type { Message } from '../../../schemas/index.ts'
import { now } from '../tap-agent.ts'
import { agentKey, books, cnfOf, rootOf, tea } from './chains.ts'
import { ap2Context } from './samples.ts'

type Constraints = Message<'trust/constraints'>

const run = (
  constraints: readonly object[],
  more: object = {},
  settings: object = {},
  merchants: object = {},
): Promise<BridgeResult> => {
  const mandate = {
    vct: 'mandate.payment.open.1',
    constraints,
    cnf: cnfOf(agentKey),
    iat: now,
    exp: now + 20 * 86_400,
    ...more,
  }
  const context = ap2Context(settings)
  return translate(
    readDescription({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ payment_mandate: rootOf(mandate).text }),
    }),
    { ...context, settings: { ...context.settings, ...merchants } },
  )
}

const boundsOf = (result: BridgeResult): { readonly constraints: Constraints; readonly expires: string } => {
  if (result.outcome !== 'translated' || result.draft?.mode !== 'AUTONOMOUS')
    throw new Error(result.outcome === 'refused' ? `${result.problem.code} ${result.problem.field}` : 'no bounds')
  return { constraints: result.draft.intent.constraints, expires: result.draft.intent.expiry_time }
}

const usd = (value: number) => ({ currency: 'USD', value: String(value) })
const range = (max: number, more: object = {}) => ({ type: 'payment.amount_range', currency: 'USD', max, ...more })
const budget = (max: number) => ({ type: 'payment.budget', currency: 'USD', max })
const often = (frequency: string, more: object = {}) => ({ type: 'payment.agent_recurrence', frequency, ...more })
const payees = (...allowed: object[]) => ({ type: 'payment.allowed_payees', allowed })
const once = { count: 1, period: 'month' }
const end = '2026-12-10T10:00:00Z'

const rows: readonly (readonly [
  what: string,
  constraints: readonly object[],
  more: object,
  bounds: object,
  expires: string,
])[] = [
  [
    'one payment',
    [range(5_000)],
    {},
    { budget_amount: usd(5_000), payment_amount_max: usd(5_000), payment_frequency: once },
    end,
  ],
  [
    'a smallest amount',
    [range(5_000, { min: 100 })],
    {},
    {
      budget_amount: usd(5_000),
      payment_amount_max: usd(5_000),
      payment_amount_min: usd(100),
      payment_frequency: once,
    },
    end,
  ],
  [
    'the smaller of two ranges',
    [range(5_000), range(4_000, { min: 7 }), range(6_000, { min: 3 })],
    {},
    { budget_amount: usd(4_000), payment_amount_max: usd(4_000), payment_amount_min: usd(7), payment_frequency: once },
    end,
  ],
  [
    'a budget smaller than one payment',
    [range(5_000), budget(40.5)],
    {},
    { budget_amount: usd(4_050), payment_amount_max: usd(5_000), payment_frequency: once },
    end,
  ],
  [
    'a recurrence on demand',
    [range(5_000), budget(1_000), often('ON_DEMAND')],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000) },
    end,
  ],
  [
    'so many on demand',
    [range(5_000), budget(1_000), often('ON_DEMAND', { max_occurrences: 3 })],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000), payment_frequency: { count: 3, period: 'month' } },
    end,
  ],
  [
    'one a day',
    [range(5_000), budget(1_000), often('DAILY')],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000), payment_frequency: { count: 1, period: 'day' } },
    end,
  ],
  [
    'one a day, five in all',
    [range(5_000), budget(1_000), often('DAILY', { max_occurrences: 5 })],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000), payment_frequency: { count: 1, period: 'day' } },
    '2026-11-25T10:00:00Z',
  ],
  [
    'one every two weeks',
    [range(5_000), budget(1_000), often('BIWEEKLY')],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000), payment_frequency: once },
    end,
  ],
  [
    'one a year',
    [range(5_000), budget(1_000), often('ANNUALLY', { max_occurrences: 2 })],
    {},
    { budget_amount: usd(100_000), payment_amount_max: usd(5_000), payment_frequency: once },
    end,
  ],
  [
    'sellers on both lists',
    [range(5_000), payees(tea, books), payees(books)],
    {},
    {
      budget_amount: usd(5_000),
      payment_amount_max: usd(5_000),
      merchant_name_list: ['Book House'],
      payment_frequency: once,
    },
    end,
  ],
  [
    'a payee and an amount set in advance',
    [range(5_000)],
    { payee: tea, payment_amount: { amount: 70, currency: 'USD' } },
    {
      budget_amount: usd(70),
      payment_amount_max: usd(70),
      payment_amount_min: usd(70),
      merchant_name_list: ['Tea House'],
      payment_frequency: once,
    },
    end,
  ],
  [
    'a window that ends',
    [range(5_000), { type: 'payment.execution_date', not_after: '2026-11-30' }],
    {},
    { budget_amount: usd(5_000), payment_amount_max: usd(5_000), payment_frequency: once },
    '2026-11-30T23:59:59Z',
  ],
  [
    'no end of its own',
    [range(5_000)],
    { exp: undefined },
    { budget_amount: usd(5_000), payment_amount_max: usd(5_000), payment_frequency: once },
    '2026-12-20T10:00:00Z',
  ],
  [
    'an end beyond what the operator allows',
    [range(5_000)],
    { exp: now + 300 * 86_400 },
    { budget_amount: usd(5_000), payment_amount_max: usd(5_000), payment_frequency: once },
    '2026-12-20T10:00:00Z',
  ],
]

const refusals: readonly (readonly [what: string, constraints: readonly object[], more: object, code: string])[] = [
  ['no amount', [payees(tea)], {}, 'foreign-fields-missing'],
  ['two currencies', [range(1), { ...range(1), currency: 'EUR' }], {}, 'foreign-fields-missing'],
  ['decimals of minor units', [range(1.5)], {}, 'foreign-object-mismatch'],
  [
    'a budget with more decimals than its currency',
    [range(1), { type: 'payment.budget', currency: 'USD', max: 1.005 }],
    {},
    'foreign-object-mismatch',
  ],
  ['a range nothing is in', [range(5), range(9, { min: 6 })], {}, 'foreign-object-mismatch'],
  ['lists that share nobody', [range(1), payees(tea), payees(books)], {}, 'foreign-object-mismatch'],
  ['a currency ISO 4217 does not have', [{ ...range(1), currency: 'ZZZ' }], {}, 'foreign-currency-missing'],
  [
    'a provider that initiates payments',
    [range(1), { type: 'payment.allowed_pisps', allowed: [] }],
    {},
    'foreign-constraint-unknown',
  ],
  ['a date set in advance', [range(1)], { execution_date: '2026-11-21' }, 'foreign-constraint-unknown'],
  [
    'a beginning that is still to come',
    [range(1), { type: 'payment.execution_date', not_before: '2026-11-21' }],
    {},
    'foreign-constraint-unknown',
  ],
  [
    'a card set in advance',
    [range(1)],
    { payment_instrument: { id: 'c', type: 'card' } },
    'foreign-constraint-unknown',
  ],
  [
    'instruments that are no wallets',
    [range(1), { type: 'payment.allowed_payment_instruments', allowed: [{ id: 'c', type: 'card' }] }],
    {},
    'foreign-constraint-unknown',
  ],
  [
    'a window that is over',
    [range(1), { type: 'payment.execution_date', not_after: '2026-11-19' }],
    {},
    'foreign-expired',
  ],
]

describe('an open mandate', () => {
  it.each(rows)('with %s is bound so', async (_what, constraints, more, bounds, expires) => {
    expect(boundsOf(await run(constraints, more))).toEqual({ constraints: bounds, expires })
  })

  it.each(refusals)('with %s is refused', async (_what, constraints, more, code) => {
    const result = await run(constraints, more)
    expect(result.outcome === 'refused' ? result.problem.code : result.outcome).toBe(code)
  })

  it('names sellers by AMP ids where the operator knows all of them', async () => {
    const listed = (id: string, amp: string) => ({
      cardAcceptorId: id,
      currency: 'USD',
      merchant: { reference_merchant_id: amp, merchant_name: 'x', merchant_mcc: '5499' },
    })
    const known = { merchants: [listed('tea-1', 'amp-tea'), listed('book-1', 'amp-books')] }
    const both = boundsOf(await run([range(1), payees(tea, books)], {}, {}, known))
    expect(both.constraints.merchant_allow_list).toEqual(['amp-tea', 'amp-books'])
    const one = boundsOf(await run([range(1), payees(tea, { ...books, id: 'book-2' })], {}, {}, known))
    expect(one.constraints.merchant_allow_list).toBeUndefined()
  })
})

describe('amounts', () => {
  const currencies = fc.constantFrom('JPY', 'USD', 'KWD')

  it('are exact in currencies with 0, 2 and 3 decimals: minor units as they are, budgets from major units', async () => {
    await fc.assert(
      fc.asyncProperty(currencies, fc.integer({ min: 1, max: 999_999_999 }), async (currency, minor) => {
        const decimals = exponentOf(currency) ?? 0
        const major = Number((minor / 10 ** decimals).toFixed(decimals))
        const { constraints } = boundsOf(
          await run([
            { type: 'payment.amount_range', currency, max: minor },
            { type: 'payment.budget', currency, max: major },
            often('ON_DEMAND'),
          ]),
        )
        expect(constraints.budget_amount).toEqual({ currency, value: String(minor) })
        expect(constraints.payment_amount_max).toEqual({ currency, value: String(minor) })
      }),
      { numRuns: 60 },
    )
  })
})

describe('bounds', () => {
  const list = fc.uniqueArray(fc.constantFrom(tea, books), { minLength: 1, maxLength: 2 })
  const constraint: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.record({
      type: fc.constant('payment.amount_range'),
      currency: fc.constant('USD'),
      max: fc.integer({ min: 10, max: 900 }),
      min: fc.integer({ min: 0, max: 9 }),
    }),
    fc.record({
      type: fc.constant('payment.budget'),
      currency: fc.constant('USD'),
      max: fc.integer({ min: 1, max: 9 }),
    }),
    list.map((allowed) => ({ type: 'payment.allowed_payees', allowed })),
    fc.constant({ type: 'payment.execution_date', not_after: '2026-11-25' }),
  )

  /** Whether AMP would let this payment through, by its bounds alone. */
  const doesAmpAllow = (
    { constraints, expires }: ReturnType<typeof boundsOf>,
    payee: JsonObject,
    amount: bigint,
    at: number,
  ): boolean =>
    amount <= BigInt(constraints.budget_amount.value) &&
    amount <= BigInt(constraints.payment_amount_max?.value ?? constraints.budget_amount.value) &&
    amount >= BigInt(constraints.payment_amount_min?.value ?? 0) &&
    (constraints.merchant_name_list?.includes(String(payee.name)) ?? true) &&
    at < Date.parse(expires) / 1000

  it('allow no payment the constraints would not', async () => {
    let allowed = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(constraint, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(tea, books),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 25 }),
        async (constraints, payee, amount, days) => {
          const result = await run(constraints)
          if (result.outcome !== 'translated') return
          const at = now + days * 86_400
          if (!doesAmpAllow(boundsOf(result), payee, BigInt(amount), at)) return
          allowed += 1
          const payment = { payee, payment_amount: { amount, currency: 'USD' } }
          const list = constraints.map((claims) => ({ type: String(claims.type), claims }))
          expect(checkConstraints(list, { now: at, payment }, 'payment')).toEqual({ ok: true, value: true })
        },
      ),
      { numRuns: 300 },
    )
    expect(allowed).toBeGreaterThan(10)
  })
})
