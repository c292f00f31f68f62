/** x402 on the wire: what is due or what is paid, found in a header, a body, an A2A message or an MCP call. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member, parseJson } from '../json.ts'
import { textOf } from '../jws.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { type Scheme, schemes } from './terms.ts'

/** Requirements of either version, as far as the bridge reads them. */
export type Requirements = {
  readonly scheme: Scheme
  readonly network: string
  readonly asset: string
  readonly amount: string
  readonly payTo: string
  readonly seconds: number
  readonly extra: JsonObject
}

type Found = {
  readonly message: ForeignMessage
  /** The object of x402, and the field of the message that holds it. */
  readonly object: JsonObject
  readonly place: string
  readonly version: 1 | 2
  readonly resource: { readonly url?: string; readonly description?: string }
}

/** A 402 that an agent brings to have it paid. Each way to pay is read; one that is none of ours is left out. */
export type Due = Found & { readonly kind: 'required'; readonly accepts: readonly (Requirements | undefined)[] }
/** A payment an agent has signed. */
export type Paid = Found & { readonly kind: 'payment'; readonly accepted?: Requirements; readonly payload: JsonObject }
export type X402Wire = Due | Paid

/** URIs of the A2A extension: the specification's own, and the one the Python library still announces. */
export const a2aExtensions = {
  '0.2': 'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
  '0.1': 'https://github.com/google-a2a/a2a-x402/v0.1',
} as const

/** Member names of x402 in other protocols' envelopes. */
const envelopes: readonly (readonly string[])[] = [
  ['params', 'message', 'metadata', 'x402.payment.payload'],
  ['params', 'message', 'metadata', 'x402.payment.required'],
  ['result', 'status', 'message', 'metadata', 'x402.payment.required'],
  ['status', 'message', 'metadata', 'x402.payment.required'],
  ['params', '_meta', 'x402/payment'],
  ['result', 'structuredContent'],
  ['error', 'data'],
]

const step = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
const at = (json: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((value, name) => (isObject(value) ? member(value, name) : undefined), json)

const looksLike = (value: Json | undefined): value is JsonObject =>
  isObject(value) &&
  member(value, 'x402Version') !== undefined &&
  ['accepts', 'payload', 'paymentPayload'].some((name) => Object.hasOwn(value, name))

const headers = ['payment-signature', 'x-payment', 'payment-required'] as const

type Spot = { readonly place: string; readonly object: Json | undefined }

/** Where a message holds x402, and what: headers first, as a request with both is a payment. */
export const spotOf = (message: ForeignMessage): Spot | undefined => {
  for (const name of headers) {
    const value = headerOf(message, name)
    if (value === undefined) continue
    const json = /^[A-Za-z0-9+/]+={0,2}$/.test(value)
      ? parseJson(Buffer.from(value, 'base64').toString('utf8'))
      : undefined
    return { place: `header/${name}`, object: json?.ok ? json.value : undefined }
  }
  if (looksLike(message.json)) return { place: 'body', object: message.json }
  const path = envelopes.find((each) => looksLike(at(message.json, each)))
  return path && { place: ['body', ...path.map(step)].join('/'), object: at(message.json, path) }
}

/** Whether what stands there pays on an `amp` network: that is for the facilitator, and goes on to the server that asked. */
const isForFacilitator = ({ object }: Spot): boolean => {
  if (!isObject(object) || Object.hasOwn(object, 'accepts')) return false
  const inner = member(object, 'paymentPayload')
  const payment = isObject(inner) ? inner : object
  const accepted = member(payment, 'accepted')
  const network = textOf(isObject(accepted) ? accepted : payment, 'network')
  return network !== undefined && /^amp:/.test(network)
}

/** Finds x402 by its headers, or by its version beside what it is about. */
export const detect = (message: ForeignMessage): Detection => {
  const spot = spotOf(message)
  if (!spot) return { mine: false, reasons: ['no header, body, A2A message or MCP call holds x402'] }
  return isForFacilitator(spot)
    ? { mine: false, reasons: [`${spot.place} pays on an amp network, which its facilitator settles`] }
    : { mine: true, reasons: [`${spot.place} is x402`] }
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })

/** Requirements where they are whole; a scheme nobody here knows is no way to pay. */
const readRequirements = (value: Json | undefined, version: 1 | 2): Requirements | undefined => {
  if (!isObject(value)) return undefined
  const [network, asset, payTo] = ['network', 'asset', 'payTo'].map((name) => textOf(value, name))
  const amount = textOf(value, version === 1 ? 'maxAmountRequired' : 'amount')
  const scheme = schemes.find((each) => each === member(value, 'scheme'))
  const extra = member(value, 'extra') ?? {}
  const seconds = member(value, 'maxTimeoutSeconds')
  if (!scheme || !network || !asset || !payTo || !amount || !isObject(extra)) return undefined
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) return undefined
  return { scheme, network, asset, amount, payTo, seconds, extra }
}

const resourceOf = (value: Json | undefined): Found['resource'] => {
  if (!isObject(value)) return {}
  const [url, description] = [textOf(value, 'url'), textOf(value, 'description')]
  return { ...(url ? { url } : {}), ...(description ? { description } : {}) }
}

/** Version 1 says what is bought in each requirement. */
const resourceOfV1 = (value: Json | undefined): Found['resource'] =>
  isObject(value)
    ? resourceOf({ url: member(value, 'resource') ?? null, description: member(value, 'description') ?? null })
    : {}

const readPayment = (
  found: Omit<Found, 'resource'>,
  payment: JsonObject,
  asked: Json | undefined,
): Outcome<X402Wire> => {
  const { version, place } = found
  const payload = member(payment, 'payload')
  if (!isObject(payload)) return malformed('a payment has no payload', `${place}/payload`)
  const said = version === 1 ? asked : member(payment, 'accepted')
  const accepted = readRequirements(said, version)
  if (version === 2 && !accepted) return malformed('what is accepted is no way to pay', `${place}/accepted`)
  if (version === 1 && textOf(payment, 'scheme') === undefined)
    return malformed('a payment names its scheme', `${place}/scheme`)
  const resource = version === 1 ? resourceOfV1(asked) : resourceOf(member(payment, 'resource'))
  return accept({ ...found, kind: 'payment', resource, payload, ...(accepted ? { accepted } : {}) })
}

/** Reads the x402 of a message. */
export const parse = (message: ForeignMessage): Outcome<X402Wire> => {
  const { place, object } = spotOf(message) ?? { place: 'body', object: undefined }
  if (!isObject(object)) return malformed('it is not base64 of a JSON object', place)
  const version = member(object, 'x402Version')
  if (version !== 1 && version !== 2)
    return refuse('foreign-wire-form-unsupported', {
      detail: 'x402 has versions 1 and 2',
      field: `${place}/x402Version`,
    })
  const found = { message, object, place, version } as const
  const inner = member(object, 'paymentPayload')
  if (isObject(inner)) return readPayment(found, inner, member(object, 'paymentRequirements'))
  if (Object.hasOwn(object, 'payload')) return readPayment(found, object, undefined)
  const accepts = member(object, 'accepts')
  if (!Array.isArray(accepts) || accepts.length === 0) return malformed('there is no way to pay', `${place}/accepts`)
  const resource = version === 1 ? resourceOfV1(accepts[0]) : resourceOf(member(object, 'resource'))
  return accept({
    ...found,
    kind: 'required',
    resource,
    accepts: accepts.map((each: Json) => readRequirements(each, version)),
  })
}
