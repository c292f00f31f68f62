/** Generated AMP documents that have words in UCP. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { OutboundSample } from '../outbound.ts'
import { now } from '../tap-agent.ts'
import { ucpCheckout } from './samples.ts'

const written = fc.constantFrom('2026-04-08', '2026-08-25')
const minor = fc.integer({ min: 1, max: 9_999_999 })
const currency = fc.constantFrom('USD', 'JPY', 'KWD')
const id = fc.stringMatching(/^[a-z][a-z0-9_-]{4,20}$/)

/** Checkouts whose lines add up, as AMP wants them. */
export const ampCheckout = fc
  .record({
    currency,
    lines: fc.array(
      fc.record({
        name: fc.stringMatching(/^[E-O][e-o]{2,10}( [e-o]{2,8})?$/),
        price: minor,
        quantity: fc.integer({ min: 1, max: 99 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    id,
    mcc: fc.constantFrom('5499', '5812'),
    url: fc.boolean(),
    region: fc.boolean(),
  })
  .map(({ currency: code, lines, id: reference, mcc, url, region }) => ({
    total_amount: {
      currency: code,
      value: String(lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)),
    },
    merchant: {
      reference_merchant_id: 'tea-house',
      merchant_name: 'Tea House',
      merchant_mcc: mcc,
      ...(url ? { merchant_website_url: 'https://tea.example/' } : {}),
      ...(region ? { merchant_region: 'US' } : {}),
    },
    goods: lines.map(({ name, price, quantity }) => ({
      goods_name: name,
      goods_unit_amount: { currency: code, value: String(price) },
      goods_quantity: String(quantity),
    })),
    reference_checkout_id: reference,
  }))

const layer = 'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln~'
/** A payment token and the chain it was issued on, in their shapes. */
export const credential = {
  token: '28100023abcdefghijklmnopqr',
  assurance: { identity: layer, mandate: layer, tokenRequest: layer },
}

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
            status: 'incomplete',
            links: [{ type: 'terms_of_service', url: 'https://tea.example/terms' }],
            expiresAt: '2026-11-20T11:00:00Z',
            continueUrl: 'https://tea.example/continue',
          }
        : {}),
    },
  }),
)

/** An activated mandate, for one checkout or with bounds. */
export const activated = (value: string, code: string, of?: object) => ({
  mandateId: 'mandate-1',
  mandateType: of ? ('IMMEDIATE' as const) : ('AUTONOMOUS' as const),
  mandateStatus: 'activated' as const,
  agentId: 'agent-1',
  agentName: 'Tea Agent',
  bindingId: 'binding-1',
  description: 'Tea',
  createdAt: '2026-11-20T10:00:00Z',
  validUntil: '2026-12-20T10:00:00Z',
  budget: Object.fromEntries(
    Object.entries({ total: value, limit: value, held: '0', captured: '0', remaining: value }).map(([name, each]) => [
      name,
      { currency: code, value: each },
    ]),
  ) as never,
  ...(of ? { checkout: of as never } : { constraints: { budget_amount: { currency: code, value } } }),
  events: [
    {
      at: '2026-11-20T10:00:00Z',
      event: 'activated' as const,
      mandateStatus: 'activated' as const,
      by: 'user' as const,
    },
  ],
})

const mandate = fc.record({ value: ampCheckout, isImmediate: fc.boolean(), key: fc.uuid() }).map(
  ({ value, isImmediate, key }): AmpDocument => ({
    kind: 'mandate',
    value: activated(value.total_amount.value, value.total_amount.currency, isImmediate ? value : undefined) as never,
    given: {
      checkoutId: value.reference_checkout_id,
      handlerId: 'amp',
      profile: 'https://platform.example/profile',
      idempotencyKey: key,
      ...credential,
    },
  }),
)

const payment = fc
  .record({
    version: written,
    id,
    status: fc.constantFrom('SUCCESS' as const, 'FAIL' as const, 'PROCESSING' as const),
    money: fc.record({
      currency,
      price: minor,
      quantity: fc.integer({ min: 1, max: 9 }),
      tax: fc.integer({ min: 0, max: 99 }),
      discount: fc.constant(0),
    }),
  })
  .map(({ version, id: reference, status, money }): AmpDocument => {
    const before = {
      ...ucpCheckout({ version: version as '2026-04-08', id: reference, money }),
      payment: { instruments: [{ id: 'mandate-1', handler_id: 'amp', type: 'amp_wallet', credential: { type: 'x' } }] },
    }
    return {
      kind: 'payment',
      value: {
        paymentId: 'payment-1',
        paymentRequestId: 'request-1',
        paymentStatus: status,
        paymentAmount: { currency: money.currency, value: String(money.price * money.quantity + money.tax) },
        ...(status === 'SUCCESS' ? { paymentTime: '2026-11-20T10:00:01Z' } : {}),
        ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } } : {}),
      },
      given: {
        checkout: before as never,
        ...(status === 'SUCCESS' ? { permalinkUrl: 'https://tea.example/orders/1', orderId: 'order-1' } : {}),
      },
    }
  })

const order = fc.record({ version: fc.option(written), value: minor, currency }).map(
  ({ version, value, currency: code }): AmpDocument => ({
    kind: 'order',
    value: {
      referenceOrderId: 'order-1',
      orderDescription: 'Some tea',
      orderAmount: { currency: code, value: String(value) },
      merchant: { referenceMerchantId: 'tea-house', merchantName: 'Tea House', merchantMCC: '5499' },
    },
    given: {
      permalinkUrl: 'https://tea.example/orders/1',
      orderId: 'order-1',
      ...(version === null ? {} : { version }),
    },
  }),
)

const problem = fc.record({ detailed: fc.boolean(), version: fc.option(written), isPayment: fc.boolean() }).map(
  ({ detailed, version, isPayment }): AmpDocument => ({
    kind: 'problem',
    value: {
      type: 'https://example.com/problem',
      title: 'It cannot be done',
      status: 422,
      code: isPayment ? 'budget-exceeded' : 'checkout-unknown',
      retry: isPayment ? 'after' : 'never',
      ...(detailed ? { detail: 'nothing remains', field: '/paymentAmount/value' } : {}),
    },
    given: { ...(version === null ? {} : { version, continueUrl: 'https://tea.example/continue' }) },
  }),
)

export const ucpOutbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(checkout, mandate, payment, order, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
