/** UCP on the wire: which operation a request is, or which object of a business somebody hands over, and how it is signed. */
import { parseDictionary } from 'structured-headers'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { type AmpInstrument, readAmpInstrument, saysAmp } from '../payment-handler.ts'
import { type Carried, metaOf, openEnvelope } from './envelope.ts'
import { readUcpSignature, type UcpSignature } from './signature.ts'
import { isUcpVersion, type UcpVersion } from './versions.ts'

/** What a message is. `object`: something a business answers that proposes nothing (cart, catalogue, error). */
export type UcpKind = 'request' | 'complete' | 'checkout' | 'order' | 'profile' | 'object'

/** A message, typed and untrusted. */
export type UcpWire = {
  readonly message: ForeignMessage
  readonly kind: UcpKind
  /** The object of UCP in the message, and where it stands: `body`, or below it in a JSON-RPC envelope. */
  readonly body: JsonObject
  readonly at: string
  /** The version the body names; requests name none. */
  readonly version?: UcpVersion
  /** Profile of the sender, as `UCP-Agent` says. A name to be known beforehand, never an address to fetch. */
  readonly profile?: string
  readonly signature?: UcpSignature
  /** Of a completion: the AMP instrument among those sent, and the mandate of AP2. */
  readonly instrument?: AmpInstrument
  readonly mandate?: string
  readonly sessionId?: string
}

const field = 'header/ucp-agent'
const malformed = (detail: string, where: string) => refuse('message-malformed', { detail, field: where })
const unsupported = (detail: string, where: string) => refuse('foreign-wire-form-unsupported', { detail, field: where })

const sessions = /\/checkout-sessions(?:\/([^/]+)(?:\/(complete|cancel))?)?$/
const others = /\/(?:carts(?:\/[^/]+(?:\/cancel)?)?|catalog\/(?:search|lookup|product)|orders\/[^/]+)$/

type Route = { readonly operation: 'complete' | 'other'; readonly sessionId?: string }

const routeOf = (message: ForeignMessage): Route | undefined => {
  const { pathname } = new URL(message.url)
  const found = sessions.exec(pathname)
  // As it stands in the path: an id that needs escaping is compared escaped.
  const id = found?.[1] === undefined ? {} : { sessionId: found[1] }
  if (found?.[2] === 'complete') return { operation: 'complete', ...id }
  return found || others.test(pathname) ? { operation: 'other', ...id } : undefined
}

/** Finds it by the header UCP-Agent, by a body with UCP metadata, or by the path of a checkout session. */
export const detect = (message: ForeignMessage): Detection => {
  if (headerOf(message, 'ucp-agent') !== undefined) return { mine: true, reasons: ['UCP-Agent names a profile'] }
  const carried = isObject(message.json) ? openEnvelope(message.json) : undefined
  if (carried && metaOf(carried.object)) return { mine: true, reasons: ['the body has a member ucp with a version'] }
  if (carried?.meta && Object.hasOwn(carried.meta, 'ucp-agent'))
    return { mine: true, reasons: ['the call names a profile as ucp-agent'] }
  if (sessions.test(new URL(message.url).pathname)) return { mine: true, reasons: ['the path is that of UCP checkout'] }
  return { mine: false, reasons: ['no UCP-Agent, no member ucp and no path of UCP checkout'] }
}

const isProfileUrl = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 512 && URL.canParse(value) && new URL(value).protocol === 'https:'

/** The profile of the sender: in the header, or in what an MCP call says about itself. */
const readProfile = (message: ForeignMessage, meta: JsonObject | undefined): Outcome<string | undefined> => {
  const header = headerOf(message, 'ucp-agent')
  const called = meta ? member(meta, 'ucp-agent') : undefined
  const inner = isObject(called) ? member(called, 'profile') : undefined
  if (header === undefined) {
    if (inner === undefined) return accept(undefined)
    return isProfileUrl(inner) ? accept(inner) : malformed('ucp-agent has to name an https profile', 'body')
  }
  try {
    const value = parseDictionary(header).get('profile')?.[0]
    if (isProfileUrl(value) && (inner === undefined || inner === value)) return accept(value)
  } catch {
    // Told below: the parser's own words would repeat the header.
  }
  return malformed('UCP-Agent has to name one https profile', field)
}

const kindOf = (body: JsonObject, meta: JsonObject): UcpKind => {
  const has = (...names: readonly string[]): boolean => names.every((name) => Object.hasOwn(body, name))
  if (has('signing_keys') || has('keys')) return 'profile'
  if (has('checkout_id', 'permalink_url')) return 'order'
  if (has('id', 'status', 'line_items', 'totals', 'currency')) return 'checkout'
  return Object.hasOwn(meta, 'services') && !has('id') && !has('messages') ? 'profile' : 'object'
}

/** Instruments of a completion: in `payment.instruments`, in `payment_data` before 2026-04-08. */
const instrumentsOf = (body: JsonObject): readonly Json[] => {
  const [payment, data] = [member(body, 'payment'), member(body, 'payment_data')]
  const list = isObject(payment) ? member(payment, 'instruments') : undefined
  return [...(Array.isArray(list) ? list : []), ...(data === undefined ? [] : [data])]
}

const readCompletion = (body: JsonObject): Outcome<Pick<UcpWire, 'instrument' | 'mandate'>> => {
  const instruments = instrumentsOf(body)
  const own = instruments.filter(saysAmp)
  const ap2 = member(body, 'ap2')
  const mandate = isObject(ap2) ? textOf(ap2, 'checkout_mandate') : undefined
  const said = mandate === undefined ? {} : { mandate }
  const [first] = own
  if (!first) return accept(said)
  // An AMP payment is the whole of a checkout: what is split over several instruments is not what the user confirmed.
  if (instruments.length > 1)
    return refuse('foreign-constraint-unknown', {
      detail: 'an AMP wallet pays a checkout alone',
      field: 'body/payment/instruments',
    })
  const instrument = readAmpInstrument(first, 'body/payment/instruments/0')
  return instrument.ok ? accept({ ...said, instrument: instrument.value }) : instrument
}

type Meaning = { readonly kind: UcpKind } & Pick<UcpWire, 'sessionId' | 'instrument' | 'mandate'>

/** What a message without UCP metadata is: a completion, by its path or tool, or another request. */
const requestOf = (route: Route | undefined, { tool, object, meta, isEnvelope }: Carried): Outcome<Meaning> => {
  if (isEnvelope && tool === undefined) return accept({ kind: 'request' })
  if (route?.operation !== 'complete' && tool !== 'complete_checkout') return accept({ kind: 'request' })
  const completion = readCompletion(object)
  const session = route?.sessionId ?? (meta ? textOf(meta, 'id') : undefined)
  return completion.ok
    ? accept({ kind: 'complete', ...(session === undefined ? {} : { sessionId: session }), ...completion.value })
    : completion
}

/** Reads a message, also in the JSON-RPC envelope of another transport. */
export const parse = (message: ForeignMessage): Outcome<UcpWire> => {
  const route = routeOf(message)
  const { json } = message
  if (message.body !== '' && !isObject(json)) return malformed('the body is not a JSON object', 'body')
  const carried = openEnvelope(isObject(json) ? json : {})
  if (!carried) return unsupported('the envelope carries more than one object of UCP', 'body')
  const meta = metaOf(carried.object)
  const version = meta ? textOf(meta, 'version') : undefined
  if (version !== undefined && !isUcpVersion(version))
    return unsupported('this version of UCP is not spoken here', `${carried.at}/ucp/version`)
  if (!meta && !route && !carried.isEnvelope)
    return malformed('the path is none of UCP and the body has no member ucp', 'url')
  const profile = readProfile(message, carried.meta)
  if (!profile.ok) return profile
  const signature = readUcpSignature(message)
  if (!signature.ok) return signature
  const meaning: Outcome<Meaning> = meta ? accept({ kind: kindOf(carried.object, meta) }) : requestOf(route, carried)
  if (!meaning.ok) return meaning
  return accept({
    message,
    body: carried.object,
    at: carried.at,
    ...(version === undefined ? {} : { version }),
    ...(profile.value === undefined ? {} : { profile: profile.value }),
    ...(signature.value ? { signature: signature.value } : {}),
    ...meaning.value,
  })
}
