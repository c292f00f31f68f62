/** AMP in ACP's words: a session a merchant answers, what a platform sends by a mandate, how a payment ended, an error. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { formatTime, parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundMessage } from '../adapter.ts'
import { numberOf } from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, leavesOf, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { ampPayment, type GivenCredential, makeAmpInstrument } from '../payment-handler.ts'
import { type AcpOut, outNames, outRulesOf } from './fields.ts'
import { fromAmpCheckout } from './session.ts'
import { type AcpVersion, acpNewest, acpTraits, isAcpVersion } from './versions.ts'

type Mandate = Message<'trust/mandate'>

/** A message with the rules it is accounted by. */
type Made = { readonly kind: AcpOut; readonly message: OutboundMessage }

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `ACP demands ${name}`, field: `given/${name}` })

const versionOf = (given: JsonObject): Outcome<AcpVersion> => {
  const asked = member(given, 'version') ?? acpNewest
  if (isAcpVersion(asked) && acpTraits[asked].writes) return accept(asked)
  return refuse('version-unsupported', { detail: 'this version of ACP is not written here', field: 'given/version' })
}

const sessionOf = (checkout: Message<'common/checkout'>, given: JsonObject, version: AcpVersion): Outcome<Made> => {
  const network = textOf(given, 'network')
  if (network === undefined) return missing('network')
  const links = member(given, 'links') ?? []
  const body = fromAmpCheckout(checkout, {
    version,
    network,
    handlerId: textOf(given, 'handlerId') ?? 'amp',
    status: textOf(given, 'status') ?? 'ready_for_payment',
    links: Array.isArray(links) ? links : [links],
  })
  return body.ok
    ? accept({ kind: 'checkout', message: { name: outNames.checkout, status: 200, body: body.value } })
    : body
}

const states = {
  inactive: 'mandate-inactive',
  expired: 'mandate-expired',
  finished: 'mandate-finished',
  revoked: 'mandate-revoked',
} as const

const headersOf = (version: AcpVersion, key: string) => ({
  'content-type': 'application/json',
  'api-version': version,
  'idempotency-key': key,
})

const complete = (mandate: Mandate, given: JsonObject, version: AcpVersion, key: string, id: string): Outcome<Made> => {
  const [handlerId, token] = [textOf(given, 'handlerId'), textOf(given, 'token')]
  if (handlerId === undefined) return missing('handlerId')
  if (token === undefined) return missing('token')
  const assurance = member(given, 'assurance') as GivenCredential['assurance'] | undefined
  if (assurance === undefined) return missing('assurance')
  const instrument = makeAmpInstrument(mandate.mandateId, handlerId, { token, assurance })
  if (!instrument.ok) return instrument
  const message = {
    name: outNames.complete,
    method: 'POST',
    path: `/checkout_sessions/${encodeURIComponent(id)}/complete`,
    headers: headersOf(version, key),
    body: { payment_data: { handler_id: handlerId, instrument: instrument.value } },
  }
  return accept({ kind: 'complete', message })
}

/** What one payment of a mandate may cost at most: an allowance is never wider (EXT-HANDLER-9). */
export const mostOf = ({ budget, checkout, constraints }: Mandate): Message<'common/amount'> =>
  [budget.remaining, checkout?.total_amount, constraints?.payment_amount_max]
    .filter((amount) => amount !== undefined)
    .reduce((least, amount) => (BigInt(amount.value) < BigInt(least.value) ? amount : least))

const delegate = (mandate: Mandate, given: JsonObject, version: AcpVersion, key: string, id: string): Outcome<Made> => {
  const merchantId = textOf(given, 'merchantId')
  if (merchantId === undefined) return missing('merchantId')
  const amount = mostOf(mandate)
  const value = numberOf(amount, 'value/budget/remaining')
  if (!value.ok) return value
  const [own = 0, asked = own] = [mandate.validUntil, textOf(given, 'expiresAt')].map((time) => parseTime(time ?? ''))
  const message = {
    name: outNames.delegate,
    method: 'POST',
    path: '/agentic_commerce/delegate_payment',
    headers: headersOf(version, key),
    body: {
      payment_method: { type: ampPayment.instrument, mandate_id: mandate.mandateId, metadata: {} },
      allowance: {
        reason: 'one_time',
        max_amount: value.value,
        currency: amount.currency.toLowerCase(),
        checkout_session_id: id,
        merchant_id: merchantId,
        expires_at: formatTime(Math.min(own, asked)),
      },
      risk_signals: [],
      metadata: {},
    },
  }
  return accept({ kind: 'delegate', message })
}

const payBy = (mandate: Mandate, given: JsonObject, version: AcpVersion): Outcome<Made> => {
  const { mandateStatus, checkout } = mandate
  if (mandateStatus !== 'activated')
    return refuse(states[mandateStatus], { detail: 'only an activated mandate pays', mandateStatus })
  const [id, key] = [textOf(given, 'checkoutId'), textOf(given, 'idempotencyKey')]
  if (id === undefined) return missing('checkoutId')
  if (key === undefined) return missing('idempotencyKey')
  if (checkout && checkout.reference_checkout_id !== id)
    return refuse('checkout-mismatch', { detail: 'the mandate is about another checkout', field: 'given/checkoutId' })
  return member(given, 'delegates') === true
    ? delegate(mandate, given, version, key, id)
    : complete(mandate, given, version, key, id)
}

const declined = (payment: Message<'payment/payment'>): Json => ({
  type: 'error',
  code: 'payment_declined',
  content_type: 'plain',
  content: payment.failure?.title ?? 'The payment failed',
})

const totalIn = (session: JsonObject): Json | undefined => {
  const totals = member(session, 'totals')
  const found = (Array.isArray(totals) ? totals : []).find((each: Json) => isObject(each) && each.type === 'total')
  return isObject(found) ? member(found, 'amount') : undefined
}

/** A session after its payment: completed, in progress, or ready again. The order is the merchant's own. */
export const settledSession = (
  session: JsonObject,
  payment: Message<'payment/payment'>,
  order: { readonly id: string; readonly permalinkUrl: string } | undefined,
): Outcome<JsonObject> => {
  const amount = numberOf(payment.paymentAmount, 'value/paymentAmount')
  if (!amount.ok) return amount
  const currency = textOf(session, 'currency')?.toUpperCase()
  if (totalIn(session) !== amount.value || currency !== payment.paymentAmount.currency)
    return refuse('checkout-mismatch', { detail: 'the payment is not of the total', field: 'value/paymentAmount' })
  const { order: _order, ...kept } = session
  if (payment.paymentStatus === 'PROCESSING') return accept({ ...kept, status: 'complete_in_progress', messages: [] })
  if (payment.paymentStatus === 'FAIL')
    return accept({ ...kept, status: 'ready_for_payment', messages: [declined(payment)] })
  if (!order) return missing('orderId')
  const placed = {
    id: order.id,
    checkout_session_id: textOf(session, 'id') ?? '',
    permalink_url: order.permalinkUrl,
  }
  return accept({ ...kept, status: 'completed', messages: [], order: placed })
}

const settle = (payment: Message<'payment/payment'>, given: JsonObject): Outcome<Made> => {
  const session = member(given, 'session')
  if (!isObject(session)) return missing('session')
  const [id, permalinkUrl] = [textOf(given, 'orderId'), textOf(given, 'permalinkUrl')]
  const order = id !== undefined && permalinkUrl !== undefined ? { id, permalinkUrl } : undefined
  const body = settledSession(session, payment, order)
  return body.ok
    ? accept({ kind: 'payment', message: { name: outNames.payment, status: 200, body: body.value } })
    : body
}

const eventOf = (order: Message<'payment/order'>, given: JsonObject): Outcome<Made> => {
  const [id, url] = [textOf(given, 'orderId'), textOf(given, 'permalinkUrl')]
  if (id === undefined) return missing('orderId')
  if (url === undefined) return missing('permalinkUrl')
  const amount = numberOf(order.orderAmount, 'value/orderAmount')
  if (!amount.ok) return amount
  const message = {
    name: outNames.order,
    method: 'POST',
    path: '/agentic_checkout/webhooks/order_events',
    headers: { 'content-type': 'application/json' },
    body: {
      type: textOf(given, 'event') ?? 'order_create',
      data: {
        type: 'order',
        id,
        checkout_session_id: order.referenceOrderId,
        permalink_url: url,
        status: textOf(given, 'orderStatus') ?? 'created',
        totals: [{ type: 'total', display_text: 'Total', amount: amount.value }],
      },
    },
  }
  return accept({ kind: 'order', message })
}

/** An error in ACP's own shape. */
export const errorBody = ({
  status,
  code,
  title,
  field,
}: Pick<Message<'common/problem'>, 'status' | 'code' | 'title' | 'field'>): JsonObject => ({
  type: status === 503 ? 'service_unavailable' : status >= 500 ? 'processing_error' : 'invalid_request',
  code: code.replaceAll('-', '_'),
  message: title,
  ...(field === undefined ? {} : { param: `$.${field.replace(/^(\/|body\/)+/, '').replaceAll('/', '.')}` }),
})

const madeOf = (document: AmpDocument): Outcome<Made> => {
  const { given } = document
  if (document.kind === 'problem') {
    const { value } = document
    return accept({
      kind: 'problem',
      message: { name: outNames.problem, status: value.status, body: errorBody(value) },
    })
  }
  const version = versionOf(given)
  if (!version.ok) return version
  if (document.kind === 'checkout') return sessionOf(document.value, given, version.value)
  if (document.kind === 'mandate') return payBy(document.value, given, version.value)
  return document.kind === 'payment' ? settle(document.value, given) : eventOf(document.value, given)
}

/** Carries an AMP document over. A checkout and a payment are what a merchant answers, a mandate what a platform sends. */
export const fromAmp = (document: AmpDocument): Outcome<Outbound> => {
  const made = madeOf(document)
  if (!made.ok) return made
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message: made.value.message, ...account(fields, outRulesOf(made.value.kind)) })
}
