/** Generated AMP documents that have words in x402. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { OutboundSample } from '../outbound.ts'
import { checkout, now } from '../tap-agent.ts'

const money = fc.record({
  currency: fc.constantFrom('USD', 'JPY', 'KWD', 'EUR'),
  value: fc.integer({ min: 1, max: 9_999_999 }).map(String),
})

/** Checkouts, and where they are to be paid. */
export const due = fc
  .record({
    total: money,
    version: fc.constantFrom(1, 2, undefined),
    scheme: fc.constantFrom('exact', 'upto', 'batch-settlement', undefined),
    decimals: fc.constantFrom(6, 18, 3),
    carrier: fc.constantFrom('a2a', undefined),
    extension: fc.constantFrom('0.1', '0.2', undefined),
    name: fc.stringMatching(/^[a-z]{1,20}$/),
  })
  .map(
    ({ total, version, scheme, decimals, carrier, extension, name }): AmpDocument => ({
      kind: 'checkout',
      value: {
        ...checkout,
        total_amount: total,
        goods: [{ goods_name: name, goods_unit_amount: total, goods_quantity: '1' }],
      },
      given: {
        network: 'eip155:84532',
        asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
        payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
        resource: 'https://shop.example/tea',
        decimals,
        ...(version === undefined ? {} : { version }),
        ...(scheme === undefined || version === 1 ? {} : { scheme }),
        ...(carrier === undefined ? {} : { carrier }),
        ...(extension === undefined ? {} : { extension }),
        extra: { name: 'USDC', version: '2' },
        note: 'mine',
      },
    }),
  )

const payment = fc
  .record({ total: money, status: fc.constantFrom('SUCCESS', 'FAIL', 'PROCESSING'), payer: fc.boolean() })
  .map(
    ({ total, status, payer }): AmpDocument => ({
      kind: 'payment',
      value: {
        paymentId: 'payment-1',
        paymentRequestId: 'request-1',
        paymentStatus: status as 'SUCCESS',
        paymentAmount: total,
        ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
        ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
      },
      given: { network: 'amp:main', decimals: 6, ...(payer ? { payer: 'agent-1' } : {}) },
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
    given: {},
  }),
)

export const x402Outbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(due, payment, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
