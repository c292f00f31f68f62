/** Generated AMP documents that have words in AP2. */
import fc from 'fast-check'
import type { AmpDocument } from '../../../bridge/adapter.ts'
import type { Message } from '../../../schemas/index.ts'
import type { OutboundSample } from '../outbound.ts'
import { jwkOf } from '../signers.ts'
import { now } from '../tap-agent.ts'
import { agentKey, books, cnfOf, nextOf, orderOf, rootOf, tea } from './chains.ts'

const amount = (currency: string, value: number | bigint) => ({ currency, value: String(value) })
const currency = fc.constantFrom('JPY', 'USD', 'KWD')
const minor = fc.integer({ min: 1, max: 999_999_999 })

/** The open mandate of a checkout as its user signed it. */
const openCheckout = rootOf({
  vct: 'mandate.checkout.open.1',
  constraints: [{ type: 'checkout.line_items', items: [{ id: 'l', acceptable_items: [], quantity: 1 }] }],
  cnf: cnfOf(agentKey),
  iat: now,
}).text

const base: Omit<Message<'trust/mandate'>, 'mandateType' | 'budget'> = {
  mandateId: 'mandate-1',
  mandateStatus: 'activated',
  agentId: 'agent-1',
  agentName: 'Tea Agent',
  bindingId: 'binding-1',
  description: 'Tea for a month',
  createdAt: '2026-11-20T10:00:00Z',
  validUntil: '2026-12-20T10:00:00Z',
  events: [{ at: '2026-11-20T10:00:00Z', event: 'activated', mandateStatus: 'activated', by: 'user' }],
}

/** What is left of a budget, and what one payment may be. */
export const openMandate = fc
  .record({
    currency,
    remaining: minor,
    max: fc.option(minor, { nil: undefined }),
    min: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
    isListed: fc.boolean(),
    count: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    isPayment: fc.boolean(),
  })
  .filter(({ remaining, max, min }) => (min ?? 0) <= Math.min(remaining, max ?? remaining))

/** A mandate with bounds, and what AP2 demands for it. */
export const openDocument = (
  made: typeof openMandate extends fc.Arbitrary<infer Value> ? Value : never,
): AmpDocument => {
  const sum = (value: number) => amount(made.currency, value)
  return {
    kind: 'mandate',
    value: {
      ...base,
      mandateType: 'AUTONOMOUS',
      budget: {
        total: sum(made.remaining + 10),
        limit: sum(made.remaining + 5),
        held: sum(0),
        captured: sum(5),
        remaining: sum(made.remaining),
      },
      constraints: {
        budget_amount: sum(made.remaining + 10),
        ...(made.max === undefined ? {} : { payment_amount_max: sum(made.max) }),
        ...(made.min === undefined ? {} : { payment_amount_min: sum(made.min) }),
        ...(made.isListed
          ? { merchant_name_list: [tea.name, books.name], merchant_allow_list: [tea.id, books.id] }
          : {}),
        ...(made.count === undefined ? {} : { payment_frequency: { count: made.count, period: 'week' } }),
        retries_max: 3,
      },
    },
    given: {
      agentKey: jwkOf(agentKey) as Record<string, string>,
      ...(made.isListed ? { merchants: [tea, books] } : {}),
      ...(made.isPayment
        ? { openCheckout, credentialIds: ['credential-1'] }
        : { lineItems: [{ id: 'l', acceptable_items: [{ id: 'oolong', title: 'Oolong' }], quantity: 2 }] }),
    },
  }
}

const closed = fc
  .record({ currency, price: minor, quantity: fc.integer({ min: 1, max: 9 }) })
  .map((made): AmpDocument => {
    const order = orderOf({
      id: 'order-1',
      currency: made.currency,
      lines: [{ item: 'oolong', price: made.price, quantity: made.quantity }],
    })
    const total = amount(made.currency, order.total)
    return {
      kind: 'mandate',
      value: {
        ...base,
        mandateType: 'IMMEDIATE',
        budget: {
          total,
          limit: total,
          held: amount(made.currency, 0),
          captured: amount(made.currency, 0),
          remaining: total,
        },
        checkout: {
          total_amount: total,
          merchant: {
            reference_merchant_id: tea.id,
            merchant_name: tea.name,
            merchant_mcc: '5499',
            merchant_website_url: tea.website,
          },
          goods: [
            {
              goods_name: 'Oolong',
              goods_unit_amount: amount(made.currency, made.price),
              goods_quantity: String(made.quantity),
            },
          ],
          reference_checkout_id: 'order-1',
        },
      },
      given: { checkoutJwt: order.text },
    }
  })

const checkout = fc
  .record({
    currency,
    lines: fc.array(fc.record({ price: minor, quantity: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    other: fc.integer({ min: -1, max: 500 }),
    hasIds: fc.boolean(),
  })
  .map(({ currency: code, lines, other, hasIds }): AmpDocument => {
    const subtotal = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
    return {
      kind: 'checkout',
      value: {
        total_amount: amount(code, subtotal + other),
        merchant: {
          reference_merchant_id: tea.id,
          merchant_name: tea.name,
          merchant_mcc: '5499',
          merchant_region: 'SG',
        },
        goods: lines.map(({ price, quantity }, index) => ({
          goods_name: `Tea ${index}`,
          goods_unit_amount: amount(code, price),
          goods_quantity: String(quantity),
        })),
        reference_checkout_id: 'order-1',
      },
      given: hasIds ? { itemIds: lines.map((_, index) => `tea-${index}`) } : {},
    }
  })

const closedMandate = (() => {
  const root = rootOf({
    vct: 'mandate.payment.open.1',
    constraints: [{ type: 'payment.amount_range', currency: 'USD', max: 1 }],
    cnf: cnfOf(agentKey),
    iat: now,
  })
  const last = nextOf(root, agentKey, { vct: 'mandate.payment.1' }, { aud: 'a', nonce: 'n' })
  return `${root.text}~${last.text}`
})()

const receipts = fc
  .record({ value: minor, status: fc.constantFrom('SUCCESS', 'FAIL', 'order'), isNamed: fc.boolean() })
  .map(({ value, status, isNamed }): AmpDocument => {
    const given = {
      issuer: 'https://processor.example',
      closedMandate,
      ...(isNamed ? { pspConfirmationId: 'psp-1' } : {}),
    }
    if (status === 'order')
      return {
        kind: 'order',
        value: {
          referenceOrderId: 'order-1',
          orderDescription: 'Tea',
          orderAmount: amount('USD', value),
          merchant: { referenceMerchantId: tea.id, merchantName: tea.name, merchantMCC: '5499' },
        },
        given,
      }
    return {
      kind: 'payment',
      value: {
        paymentId: 'payment-1',
        paymentRequestId: 'request-1',
        paymentStatus: status as 'SUCCESS',
        paymentAmount: amount('USD', value),
        ...(status === 'SUCCESS'
          ? { paymentTime: '2026-11-20T10:00:01Z' }
          : { failure: { code: 'balance-insufficient', title: 'The balance is not enough' } }),
      },
      given,
    }
  })

const problem = fc.constantFrom('budget-exceeded', 'mandate-inactive', 'foreign-signature-invalid').map(
  (code): AmpDocument => ({
    kind: 'problem',
    value: { type: `https://example.com/${code}`, title: 'No', status: 422, code, retry: 'never', detail: 'not so' },
    given: {},
  }),
)

export const ap2Outbound: fc.Arbitrary<OutboundSample> = fc
  .oneof(openMandate.map(openDocument), closed, checkout, receipts, problem)
  .map((document) => ({ document, context: { now, settings: {} } }))
