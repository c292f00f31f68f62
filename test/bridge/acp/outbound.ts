/** Generated AMP documents that have words in ACP. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { OutboundSample } from '../outbound.ts'
import { now } from '../tap-agent.ts'
import { activated, ampCheckout, credential } from '../ucp/outbound.ts'
import { acpSession } from './samples.ts'

const written = fc.constantFrom('2026-01-30', '2026-04-17')
const minor = fc.integer({ min: 1, max: 9_999_999 })
const id = fc.stringMatching(/^[a-z][a-z0-9_-]{4,20}$/)

const checkout = fc.record({ value: ampCheckout, version: fc.option(written), more: fc.boolean() }).map(
  ({ value, version, more }): AmpDocument => ({
    kind: 'checkout',
    value,
    given: {
      network: 'https://network.amp.example',
      ...(version === null ? {} : { version }),
      ...(more
        ? {
            handlerId: 'amp-1',
            status: 'not_ready_for_payment',
            links: [{ type: 'terms_of_use', url: 'https://tea.example/terms' }],
          }
        : {}),
    },
  }),
)

const mandate = fc
  .record({ value: ampCheckout, isImmediate: fc.boolean(), key: fc.uuid(), version: written, delegates: fc.boolean() })
  .map(({ value, isImmediate, key, version, delegates }): AmpDocument => {
    const { value: total, currency } = value.total_amount
    return {
      kind: 'mandate',
      value: activated(total, currency, isImmediate ? value : undefined) as never,
      given: {
        version,
        checkoutId: value.reference_checkout_id,
        idempotencyKey: key,
        ...(delegates
          ? { delegates: true, merchantId: 'acct_tea_1', expiresAt: '2026-11-20T12:00:00Z' }
          : { handlerId: 'amp', ...credential }),
      },
    }
  })

const payment = fc
  .record({
    version: written,
    id,
    status: fc.constantFrom('SUCCESS' as const, 'FAIL' as const, 'PROCESSING' as const),
    money: fc.record({
      currency: fc.constantFrom('usd' as const, 'jpy' as const, 'kwd' as const),
      price: minor,
      quantity: fc.integer({ min: 1, max: 9 }),
      tax: fc.integer({ min: 0, max: 99 }),
      discount: fc.constant(0),
    }),
  })
  .map(
    ({ version, id: reference, status, money }): AmpDocument => ({
      kind: 'payment',
      value: {
        paymentId: 'payment-1',
        paymentRequestId: 'request-1',
        paymentStatus: status,
        paymentAmount: {
          currency: money.currency.toUpperCase(),
          value: String(money.price * money.quantity + money.tax),
        },
        ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
        ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
      },
      given: {
        session: acpSession({ version, id: reference, money }) as never,
        ...(status === 'SUCCESS' ? { permalinkUrl: 'https://tea.example/orders/1', orderId: 'order-1' } : {}),
      },
    }),
  )

const order = fc.record({ value: minor, more: fc.boolean() }).map(
  ({ value, more }): AmpDocument => ({
    kind: 'order',
    value: {
      referenceOrderId: 'session-1',
      orderDescription: 'Some tea',
      orderAmount: { currency: 'USD', value: String(value) },
      merchant: { referenceMerchantId: 'tea-house', merchantName: 'Tea House', merchantMCC: '5499' },
    },
    given: {
      permalinkUrl: 'https://tea.example/orders/1',
      orderId: 'order-1',
      ...(more ? { event: 'order_update', orderStatus: 'shipped' } : {}),
    },
  }),
)

const problem = fc.record({ detailed: fc.boolean(), status: fc.constantFrom(404, 422, 500, 503) }).map(
  ({ detailed, status }): AmpDocument => ({
    kind: 'problem',
    value: {
      type: 'https://example.com/problem',
      title: 'It cannot be done',
      status,
      code: 'checkout-unknown',
      retry: 'never',
      ...(detailed ? { detail: 'nothing remains', field: '/paymentAmount/value' } : {}),
    },
    given: {},
  }),
)

export const acpOutbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(checkout, mandate, payment, order, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
