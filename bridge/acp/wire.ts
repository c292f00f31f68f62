/** ACP on the wire: which operation a request is, which session or event somebody hands over, and in which version. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import type { Detection } from '../adapter.ts'
import { totalOf } from '../foreign-checkout.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { type AmpInstrument, ampPayment, readAmpInstrument, saysAmp } from '../payment-handler.ts'
import { type AcpVersion, acpNewest, acpTraits, isAcpVersion } from './versions.ts'

/** What a message is. `object`: something a merchant answers or publishes that proposes nothing. */
export type AcpKind = 'request' | 'complete' | 'session' | 'delegate' | 'event' | 'object'

/** What a token may be used for: one payment of one session at one merchant, up to an amount, until an end. */
export type AcpAllowance = {
  readonly maxAmount: Message<'common/amount'>
  readonly sessionId: string
  readonly merchantId: string
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** A message, typed and untrusted. */
export type AcpWire = {
  readonly message: ForeignMessage
  readonly kind: AcpKind
  readonly version: AcpVersion
  readonly body: JsonObject
  readonly instrument?: AmpInstrument
  readonly allowance?: AcpAllowance
  /** Of an event: the time and the code in `Merchant-Signature`. */
  readonly mac?: { readonly at: number; readonly code: string }
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })
const unsupported = (detail: string, field: string) => refuse('foreign-wire-form-unsupported', { detail, field })

const sessions = /\/checkout_sessions(?:\/[^/]+(?:\/(complete|cancel))?)?$/
const carts = /\/carts(?:\/[^/]+(?:\/cancel)?)?$/
const delegate = /\/agentic_commerce\/delegate_payment$/
const events = /\/agentic_checkout\/webhooks\/order_events$/

const has = (json: Json | undefined, ...names: readonly string[]): json is JsonObject =>
  isObject(json) && names.every((name) => Object.hasOwn(json, name))

/** A session as a merchant answers it: the members every version has, and no `ucp`. */
const isSession = (json: Json | undefined): json is JsonObject =>
  has(json, 'id', 'status', 'currency', 'line_items', 'totals', 'fulfillment_options') && !has(json, 'ucp')

const isDiscovery = (json: Json | undefined): boolean => {
  const protocol = isObject(json) ? member(json, 'protocol') : undefined
  return isObject(protocol) && member(protocol, 'name') === 'acp'
}

const kindOf = (message: ForeignMessage): AcpKind | undefined => {
  const { pathname } = new URL(message.url)
  if (events.test(pathname) || headerOf(message, 'merchant-signature') !== undefined) return 'event'
  if (isSession(message.json)) return 'session'
  if (isDiscovery(message.json)) return 'object'
  if (delegate.test(pathname)) return 'delegate'
  const found = sessions.exec(pathname)
  if (found) return found[1] === 'complete' ? 'complete' : 'request'
  const isVersioned = headerOf(message, 'api-version') !== undefined
  if (carts.test(pathname) && isVersioned) return 'request'
  const isAnswer = has(message.json, 'type', 'code', 'message') || has(message.json, 'id', 'created', 'metadata')
  return isVersioned && isAnswer ? 'object' : undefined
}

const reasons: Readonly<Record<AcpKind, string>> = {
  request: 'the path is that of ACP checkout or carts',
  complete: 'the path completes an ACP session',
  session: 'the body is an ACP checkout session',
  delegate: 'the path is that of ACP delegate_payment',
  event: 'an ACP merchant signs its order events so',
  object: 'the body is an ACP discovery document, error or token',
}

/** Finds it by its paths, by `Merchant-Signature`, or by a body in the shape of a session. */
export const detect = (message: ForeignMessage): Detection => {
  const kind = kindOf(message)
  return kind
    ? { mine: true, reasons: [reasons[kind]] }
    : { mine: false, reasons: ['no path, header or session of ACP'] }
}

/** The version a session shows where no header names it. */
const shownBy = (body: JsonObject): string => {
  const protocol = member(body, 'protocol')
  const own = isObject(protocol) ? textOf(protocol, 'version') : undefined
  if (own !== undefined) return own
  if (Object.hasOwn(body, 'capabilities')) return '2026-01-30'
  if (!Object.hasOwn(body, 'payment_provider')) return acpNewest
  if (Object.hasOwn(body, 'fulfillment_address') || Object.hasOwn(body, 'fulfillment_option_id')) return '2025-09-29'
  const provider = member(body, 'payment_provider')
  return isObject(provider) && Object.hasOwn(provider, 'merchant_id') ? '2026-01-16' : '2025-12-12'
}

const versionOf = (message: ForeignMessage, kind: AcpKind, body: JsonObject): Outcome<AcpVersion> => {
  const header = headerOf(message, 'api-version')
  const isRequest = kind === 'request' || kind === 'complete' || kind === 'delegate'
  if (header === undefined && isRequest) return missing('the request names no API-Version', 'header/api-version')
  const version = header ?? shownBy(body)
  return isAcpVersion(version)
    ? accept(version)
    : unsupported(
        'this version of ACP is not spoken here',
        header === undefined ? 'body/protocol' : 'header/api-version',
      )
}

/** Reads what an allowance is for. A card, or a recurring reason, is refused. */
export const readAllowance = (body: JsonObject): Outcome<AcpAllowance> => {
  const [method, given] = [member(body, 'payment_method'), member(body, 'allowance')]
  if (!isObject(method) || member(method, 'type') !== ampPayment.instrument)
    return unsupported('only an AMP wallet is delegated here; a card never passes', 'body/payment_method/type')
  if (!isObject(given)) return missing('there is no allowance', 'body/allowance')
  if (member(given, 'reason') !== 'one_time')
    return refuse('foreign-constraint-unknown', {
      detail: 'an allowance is for one time',
      field: 'body/allowance/reason',
    })
  const amount = totalOf(member(given, 'max_amount'), member(given, 'currency'), 'body/allowance/max_amount')
  if (!amount.ok) return amount
  const [sessionId, merchantId, end] = ['checkout_session_id', 'merchant_id', 'expires_at'].map((name) =>
    textOf(given, name),
  )
  if (sessionId === undefined) return missing('the allowance names no session', 'body/allowance/checkout_session_id')
  if (merchantId === undefined) return missing('the allowance names no merchant', 'body/allowance/merchant_id')
  const expiresAt = parseTime(end ?? '')
  if (expiresAt === undefined) return missing('the allowance has no end', 'body/allowance/expires_at')
  return accept({ maxAmount: amount.value, sessionId, merchantId, expiresAt })
}

const readInstrument = (body: JsonObject): Outcome<AmpInstrument | undefined> => {
  const data = member(body, 'payment_data')
  const instrument = isObject(data) ? member(data, 'instrument') : undefined
  if (!isObject(data) || !saysAmp(instrument)) return accept(undefined)
  const field = 'body/payment_data'
  const later = ['payment_terms', 'due_date', 'purchase_order_number'].find((name) => Object.hasOwn(data, name))
  if (later !== undefined && member(data, later) !== 'immediate')
    return refuse('foreign-constraint-unknown', { detail: 'an AMP wallet pays at once', field: `${field}/${later}` })
  const read = readAmpInstrument(instrument, `${field}/instrument`)
  if (!read.ok) return read
  return read.value.handler_id === member(data, 'handler_id')
    ? read
    : malformed('handler and instrument do not belong together', `${field}/handler_id`)
}

const readMac = (message: ForeignMessage): Outcome<NonNullable<AcpWire['mac']>> => {
  const field = 'header/merchant-signature'
  const header = headerOf(message, 'merchant-signature')
  if (header === undefined) return refuse('foreign-signature-missing', { detail: 'the event is not signed', field })
  const [, at, code] = /^t=(\d{1,12}),v1=([0-9a-fA-F]{64})$/.exec(header) ?? []
  return at && code
    ? accept({ at: Number(at), code: code.toLowerCase() })
    : malformed('Merchant-Signature is t=<seconds>,v1=<64 hex>', field)
}

/** Reads a message. A JSON-RPC envelope (the MCP binding) is refused: what it carries is read without it. */
export const parse = (message: ForeignMessage): Outcome<AcpWire> => {
  const kind = kindOf(message)
  if (!kind) return malformed('it is no message of ACP', 'url')
  const { json } = message
  if (message.body !== '' && !isObject(json)) return malformed('the body is not a JSON object', 'body')
  const body = isObject(json) ? json : {}
  if (Object.hasOwn(body, 'jsonrpc')) return unsupported('the body is an envelope of another transport', 'body/jsonrpc')
  const version = versionOf(message, kind, body)
  if (!version.ok) return version
  const wire = { message, kind, version: version.value, body }
  if (kind === 'event') {
    const mac = readMac(message)
    return mac.ok ? accept({ ...wire, mac: mac.value }) : mac
  }
  const isChange = message.method === 'POST' && kind !== 'session' && kind !== 'object'
  const key = headerOf(message, 'idempotency-key')
  if (isChange && acpTraits[version.value].needsKey && key === undefined)
    return missing('the request has no Idempotency-Key', 'header/idempotency-key')
  if (key !== undefined && (key.length < 1 || key.length > 255))
    return malformed('the Idempotency-Key has 1 to 255 characters', 'header/idempotency-key')
  if (kind === 'delegate') {
    const allowance = readAllowance(body)
    return allowance.ok ? accept({ ...wire, allowance: allowance.value }) : allowance
  }
  if (kind !== 'complete') return accept(wire)
  const instrument = readInstrument(body)
  if (!instrument.ok) return instrument
  return accept({ ...wire, ...(instrument.value ? { instrument: instrument.value } : {}) })
}
