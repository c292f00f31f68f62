/** Generated AMP documents that have words in the Payment scheme. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { OutboundSample } from '../outbound.ts'
import { checkout, now } from '../tap-agent.ts'

const money = fc.record({
  currency: fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'),
  value: fc.integer({ min: 1, max: 9_999_999 }).map(String),
})

/** Checkouts, and how they are to be paid. */
export const due = fc
  .record({
    total: money,
    decimals: fc.constantFrom(3, 6, 18),
    token: fc.constantFrom('0x20c0000000000000000000000000000000000001', undefined),
    expires: fc.constantFrom('2026-11-20T12:00:00Z', undefined),
    name: fc.stringMatching(/^[a-z]{1,20}$/),
  })
  .map(
    ({ total, decimals, token, expires, name }): AmpDocument => ({
      kind: 'checkout',
      value: {
        ...checkout,
        total_amount: total,
        goods: [{ goods_name: name, goods_unit_amount: total, goods_quantity: '1' }],
      },
      given: {
        id: 'challenge-1',
        realm: 'shop.example',
        method: 'tempo',
        recipient: 'shop-1',
        decimals,
        ...(token === undefined ? {} : { token }),
        ...(expires === undefined ? {} : { expires }),
        methodDetails: { chainId: 4_217 },
        note: 'mine',
      },
    }),
  )

const payment = fc.record({ total: money, status: fc.constantFrom('SUCCESS', 'FAIL', 'PROCESSING') }).map(
  ({ total, status }): AmpDocument => ({
    kind: 'payment',
    value: {
      paymentId: 'payment-1',
      paymentRequestId: 'request-1',
      paymentStatus: status as 'SUCCESS',
      paymentAmount: total,
      ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
      ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
    },
    given: { method: 'amp', id: 'challenge-1' },
  }),
)

const problem = fc.boolean().map(
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
    given: { id: 'challenge-1' },
  }),
)

export const mppOutbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(due, payment, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
