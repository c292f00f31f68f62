/** AMP in UCP's words: a checkout a business answers, the completion by a mandate, how a payment ended, an error. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundMessage } from '../adapter.ts'
import { numberOf } from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type GivenCredential, makeAmpInstrument } from '../payment-handler.ts'
import { fromAmpCheckout } from './checkout.ts'
import { outNames, outRulesOf } from './fields.ts'
import { isUcpVersion, type UcpVersion, ucpNewest, ucpTraits } from './versions.ts'

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `UCP demands ${name}`, field: `given/${name}` })

const versionOf = (given: JsonObject): Outcome<UcpVersion> => {
  const asked = member(given, 'version') ?? ucpNewest
  if (isUcpVersion(asked) && ucpTraits[asked].writes) return accept(asked)
  return refuse('version-unsupported', { detail: 'this version of UCP is not written here', field: 'given/version' })
}

const checkoutOf = (checkout: Message<'common/checkout'>, given: JsonObject): Outcome<OutboundMessage> => {
  const version = versionOf(given)
  if (!version.ok) return version
  const [network, expiresAt, continueUrl] = ['network', 'expiresAt', 'continueUrl'].map((name) => textOf(given, name))
  if (network === undefined) return missing('network')
  const links = member(given, 'links') ?? []
  const body = fromAmpCheckout(checkout, {
    version: version.value,
    network,
    handlerId: textOf(given, 'handlerId') ?? 'amp',
    status: textOf(given, 'status') ?? 'ready_for_complete',
    links: Array.isArray(links) ? links : [links],
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(continueUrl === undefined ? {} : { continueUrl }),
  })
  return body.ok ? accept({ name: outNames.checkout, status: 200, body: body.value }) : body
}

const states = {
  inactive: 'mandate-inactive',
  expired: 'mandate-expired',
  finished: 'mandate-finished',
  revoked: 'mandate-revoked',
} as const

const complete = (mandate: Message<'trust/mandate'>, given: JsonObject): Outcome<OutboundMessage> => {
  const { mandateStatus, checkout, mandateId } = mandate
  if (mandateStatus !== 'activated')
    return refuse(states[mandateStatus], { detail: 'only an activated mandate pays', mandateStatus })
  const names = ['checkoutId', 'handlerId', 'token', 'profile', 'idempotencyKey'] as const
  const absent = names.find((name) => textOf(given, name) === undefined)
  if (absent) return missing(absent)
  const [checkoutId = '', handlerId = '', token = '', profile = '', key = ''] = names.map((name) => textOf(given, name))
  if (checkout && checkout.reference_checkout_id !== checkoutId)
    return refuse('checkout-mismatch', { detail: 'the mandate is about another checkout', field: 'given/checkoutId' })
  const assurance = member(given, 'assurance') as GivenCredential['assurance'] | undefined
  if (assurance === undefined) return missing('assurance')
  const instrument = makeAmpInstrument(mandateId, handlerId, { token, assurance })
  if (!instrument.ok) return instrument
  return accept({
    name: outNames.mandate,
    method: 'POST',
    path: `/checkout-sessions/${encodeURIComponent(checkoutId)}/complete`,
    headers: {
      'content-type': 'application/json',
      'ucp-agent': `profile="${profile}"`,
      'idempotency-key': key,
    },
    body: { payment: { instruments: [instrument.value] } },
  })
}

const declined = (payment: Message<'payment/payment'>): Json => ({
  type: 'error',
  code: 'payment_failed',
  content: payment.failure?.title ?? 'The payment failed',
  severity: 'recoverable',
})

/** Instruments as a business answers them: no credential ever (EXT-HANDLER-4). */
const shown = (payment: JsonObject): JsonObject => {
  const list = member(payment, 'instruments')
  const instruments = (Array.isArray(list) ? list : []).map((each: Json) => {
    if (!isObject(each)) return each
    const { credential: _credential, ...rest } = each
    return rest
  })
  return { ...payment, instruments }
}

const total = (checkout: JsonObject): Json | undefined => {
  const totals = member(checkout, 'totals')
  const found = (Array.isArray(totals) ? totals : []).find((each: Json) => isObject(each) && each.type === 'total')
  return isObject(found) ? member(found, 'amount') : undefined
}

const settle = (payment: Message<'payment/payment'>, given: JsonObject): Outcome<OutboundMessage> => {
  const checkout = member(given, 'checkout')
  if (!isObject(checkout)) return missing('checkout')
  const amount = numberOf(payment.paymentAmount, 'value/paymentAmount')
  if (!amount.ok) return amount
  if (total(checkout) !== amount.value || member(checkout, 'currency') !== payment.paymentAmount.currency)
    return refuse('checkout-mismatch', { detail: 'the payment is not of the total', field: 'value/paymentAmount' })
  const [url, order] = [textOf(given, 'permalinkUrl'), textOf(given, 'orderId')]
  const { ap2: _ap2, messages: _messages, order: _order, payment: instruments, ...kept } = checkout
  const body = { ...kept, ...(isObject(instruments) ? { payment: shown(instruments) } : {}) }
  const { paymentStatus } = payment
  if (paymentStatus === 'PROCESSING')
    return accept({ name: outNames.payment, status: 200, body: { ...body, status: 'complete_in_progress' } })
  if (paymentStatus === 'FAIL')
    return accept({
      name: outNames.payment,
      status: 200,
      body: { ...body, status: 'ready_for_complete', messages: [declined(payment)] },
    })
  if (url === undefined) return missing('permalinkUrl')
  if (order === undefined) return missing('orderId')
  return accept({
    name: outNames.payment,
    status: 200,
    body: { ...body, status: 'completed', order: { id: order, permalink_url: url } },
  })
}

const eventOf = (order: Message<'payment/order'>, given: JsonObject): Outcome<OutboundMessage> => {
  const version = versionOf(given)
  if (!version.ok) return version
  const [url, id] = [textOf(given, 'permalinkUrl'), textOf(given, 'orderId')]
  if (url === undefined) return missing('permalinkUrl')
  if (id === undefined) return missing('orderId')
  const amount = numberOf(order.orderAmount, 'value/orderAmount')
  if (!amount.ok) return amount
  const totals = ['subtotal', 'total'].map((type) => ({ type, amount: amount.value }))
  return accept({
    name: outNames.order,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: {
      ucp: { version: version.value, capabilities: { 'dev.ucp.shopping.order': [{ version: version.value }] } },
      id,
      checkout_id: order.referenceOrderId,
      permalink_url: url,
      currency: order.orderAmount.currency,
      line_items: [
        {
          id: 'line-1',
          item: { id: 'line-1', title: order.orderDescription, price: amount.value },
          quantity: { original: 1, total: 1, fulfilled: 0 },
          totals,
          status: 'processing',
        },
      ],
      fulfillment: {},
      totals,
    },
  })
}

/** Refusals that say the payment itself did not work; the platform may offer another instrument. */
const paymentRefusal = /^(payment|balance|budget|limit|mandate|amount|merchant-out|frequency|retries)-/

/** What went wrong in UCP's own words. */
export const errorBody = (
  { code, title, retry, field }: Pick<Message<'common/problem'>, 'code' | 'title' | 'retry' | 'field'>,
  version: UcpVersion,
  continueUrl?: string,
): JsonObject => ({
  ucp: { version, status: 'error' },
  messages: [
    {
      type: 'error',
      code: paymentRefusal.test(code) ? 'payment_failed' : code.replaceAll('-', '_'),
      content: title,
      severity: retry === 'never' ? 'unrecoverable' : 'recoverable',
      ...(field === undefined ? {} : { path: `$.${field.replace(/^\/+/, '').replaceAll('/', '.')}` }),
    },
  ],
  ...(continueUrl === undefined ? {} : { continue_url: continueUrl }),
})

const fail = (problem: Message<'common/problem'>, given: JsonObject): Outcome<OutboundMessage> => {
  const version = versionOf(given)
  if (!version.ok) return version
  const body = errorBody(problem, version.value, textOf(given, 'continueUrl'))
  return accept({ name: outNames.problem, status: 200, body })
}

const messageOf = (document: AmpDocument): Outcome<OutboundMessage> => {
  const { given } = document
  if (document.kind === 'checkout') return checkoutOf(document.value, given)
  if (document.kind === 'mandate') return complete(document.value, given)
  if (document.kind === 'payment') return settle(document.value, given)
  return document.kind === 'order' ? eventOf(document.value, given) : fail(document.value, given)
}

/** Carries an AMP document over. A checkout and a payment are what a business answers, a mandate what a platform sends. */
export const fromAmp = (document: AmpDocument): Outcome<Outbound> => {
  const message = messageOf(document)
  if (!message.ok) return message
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message: message.value, ...account(fields, outRulesOf(document.kind)) })
}
