/** Visa Intelligent Commerce on the wire: which operation a request is, in which spelling, and what it has to hold. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { type HttpSignature, readHttpSignature, type SignatureProfile, tagsOf } from '../http-signature.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { places, type Route, routeOf, textAt } from './dialects.ts'

/** How the sender is proven: a secret shared with the operator, or a key in its directory. */
export type Proof =
  | { readonly way: 'pay-token'; readonly at: number; readonly mac: string }
  | { readonly way: 'signature'; readonly signature: HttpSignature }

/** A request, typed and untrusted. `item` is the one mandate, transaction or confirmation it is about. */
export type VicWire = {
  readonly message: ForeignMessage
  readonly route: Route
  readonly body: JsonObject
  readonly item?: JsonObject
  readonly proof: Proof
}

/** How a platform signs a request it hands to the bridge: the body has to be covered, or nothing in it is proven. */
export const platformProfile: SignatureProfile = {
  name: 'the platform',
  tags: ['amp-bridge', 'agent-payer-auth'],
  covers: [['@authority'], ['@path', '@target-uri'], ['content-digest']],
  needs: ['nonce'],
  windowMax: 480,
}

const pathname = (message: ForeignMessage): string => new URL(message.url).pathname

/** Finds it by method and path, which the API fixes. */
export const detect = (message: ForeignMessage): Detection => {
  const route = routeOf(message.method, pathname(message))
  if (route) return { mine: true, reasons: [`the path is that of ${route.operation} in the ${route.dialect} spelling`] }
  return { mine: false, reasons: ['the path is none of Visa Intelligent Commerce'] }
}

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const missing = (detail: string, field: string) => refuse('foreign-fields-missing', { detail, field })

const readProof = (message: ForeignMessage): Outcome<Proof> => {
  const token = headerOf(message, 'x-pay-token')
  if (token === undefined) {
    const signature = readHttpSignature(message, platformProfile)
    return signature.ok ? accept({ way: 'signature', signature: signature.value }) : signature
  }
  if (tagsOf(message, platformProfile.tags).length > 0)
    return malformed('a request is signed one way, not two', 'header/x-pay-token')
  const [, at, mac] = /^xv2:(\d{1,12}):([0-9a-f]{64})$/.exec(token) ?? []
  return at && mac
    ? accept({ way: 'pay-token', at: Number(at), mac })
    : malformed('x-pay-token is not one of xv2', 'header/x-pay-token')
}

/** The list an operation is about. */
const lists = {
  create: 'mandates',
  update: 'mandates',
  credentials: 'transactionData',
  confirm: 'confirmationData',
} as const

const oneOf = (body: JsonObject, name: string): Outcome<JsonObject> => {
  const list: Json | undefined = member(body, name)
  if (!Array.isArray(list) || list.length === 0) return missing(`${name} is not there`, `body/${name}`)
  // One draft is one question to the user; several at once would be answered with one yes.
  if (list.length > 1)
    return refuse('foreign-constraint-unknown', { detail: `AMP takes ${name} one by one`, field: `body/${name}` })
  const [item] = list
  return isObject(item) ? accept(item) : malformed(`${name} does not hold objects`, `body/${name}/0`)
}

const needed: Readonly<Record<string, readonly string[]>> = {
  mandates: [
    'mandateId',
    'description',
    'effectiveUntilTime',
    'declineThreshold/amount',
    'declineThreshold/currencyCode',
  ],
}

const checkItem = (item: JsonObject, name: string, { dialect }: Route): Outcome<JsonObject> => {
  const place = places[dialect]
  const names: readonly string[] =
    name === 'transactionData'
      ? [place.reference, place.amount, place.currency, place.merchantName, place.merchantUrl]
      : name === 'confirmationData'
        ? [place.reference, `${place.event}/transactionType`, `${place.event}/transactionStatus`]
        : (needed[name] ?? [])
  for (const path of names)
    if (textAt(item, path) === undefined) return missing(`${path} is not there`, `body/${name}/0/${path}`)
  return accept(item)
}

/** Reads a request. An encrypted body is refused: the bridge holds no key that could open it. */
export const parse = (message: ForeignMessage): Outcome<VicWire> => {
  const route = routeOf(message.method, pathname(message))
  if (!route) return malformed('the path is none of Visa Intelligent Commerce', 'url')
  if (!isObject(message.json)) return malformed('the body is not a JSON object', 'body')
  const body = message.json
  if (Object.hasOwn(body, 'encData'))
    return refuse('foreign-wire-form-unsupported', {
      detail: 'the body is encrypted for somebody else',
      field: 'body/encData',
    })
  const proof = readProof(message)
  if (!proof.ok) return proof
  if (!textAt(body, places[route.dialect].correlation))
    return missing('the request has no id of its client', `body/${places[route.dialect].correlation}`)
  const wire = { message, route, body, proof: proof.value }
  const name = Object.hasOwn(lists, route.operation) ? lists[route.operation as keyof typeof lists] : undefined
  if (!name) return accept(wire)
  const item = oneOf(body, name)
  if (!item.ok) return item
  const whole = checkItem(item.value, name, route)
  return whole.ok ? accept({ ...wire, item: whole.value }) : whole
}
