/** AMP documents on their way out, as adapters that count tokens bring them to the laws. */
import fc from 'fast-check'
import type { AmpDocument } from '../../bridge/adapter.ts'
import { exponentOf } from '../../bridge/currency.ts'
import { checkout } from './tap-agent.ts'

export const money = fc.record({
  currency: fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'),
  value: fc.integer({ min: 1, max: 9_999_999 }).map(String),
})
type Money = typeof money extends fc.Arbitrary<infer Value> ? Value : never

/** Decimals of a token, 0, 2, 3, 6 or 18: as many as the currency has, or more. */
export const decimals = fc.constantFrom(0, 2, 3, 6, 18)

/** An order of one thing; decimals that are too few for its currency are those of the currency. */
export const dueOf = (total: Money, name: string, scale: number, given: AmpDocument['given']): AmpDocument => ({
  kind: 'checkout',
  value: {
    ...checkout,
    total_amount: total,
    goods: [{ goods_name: name, goods_unit_amount: total, goods_quantity: '1' }],
  },
  given: { ...given, decimals: Math.max(scale, exponentOf(total.currency) ?? 0), note: 'mine' },
})

/** A payment that ended in any way. */
export const payments = (given: AmpDocument['given']): fc.Arbitrary<AmpDocument> =>
  fc.record({ total: money, status: fc.constantFrom('SUCCESS' as const, 'FAIL' as const, 'PROCESSING' as const) }).map(
    ({ total, status }): AmpDocument => ({
      kind: 'payment',
      value: {
        paymentId: 'payment-1',
        paymentRequestId: 'request-1',
        paymentStatus: status,
        paymentAmount: total,
        ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
        ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
      },
      given,
    }),
  )

/** A problem, with and without its details. */
export const problems = (given: AmpDocument['given']): fc.Arbitrary<AmpDocument> =>
  fc.boolean().map(
    (detailed): AmpDocument => ({
      kind: 'problem',
      value: {
        type: 'https://example.com/budget-exceeded',
        title: 'The budget is used up',
        status: 422,
        code: 'budget-exceeded',
        retry: 'never',
        ...(detailed ? { detail: 'nothing remains', field: 'paymentAmount' } : {}),
      },
      given,
    }),
  )
