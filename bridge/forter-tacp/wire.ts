/** Forter TACP on the wire: an envelope of one JWE per recipient, or the JWS a recipient found in its own. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type JsonObject, member, parseJson } from '../json.ts'
import { epochOf, type Jws, readJws, textOf } from '../jws.ts'
import type { ForeignMessage } from '../message.ts'

/** A sealed envelope: who may open it is all that can be read. */
export type Sealed = { readonly kind: 'sealed'; readonly version: string; readonly recipients: readonly string[] }

/** What a recipient found in it. */
export type Opened = {
  readonly kind: 'opened'
  readonly jws: Jws
  readonly issuer: string
  readonly kid: string
  readonly audience: string
  readonly jti: string
  readonly issuedAt: number
  readonly expires: number
}

/** A message, typed and untrusted. */
export type TacWire = { readonly message: ForeignMessage; readonly content: Sealed | Opened }

const sealedMax = 100 * 1_024

/** The envelope of a body: base64 of JSON, or the JSON itself. */
const envelopeOf = ({ json, body }: ForeignMessage): JsonObject | undefined => {
  let value = json
  if (value === undefined && body.length <= sealedMax && /^[A-Za-z0-9+/_-]{16,}={0,2}\s*$/.test(body)) {
    const read = parseJson(Buffer.from(body, 'base64').toString('utf8'))
    value = read.ok ? read.value : undefined
  }
  if (!isObject(value) || !Array.isArray(member(value, 'recipients'))) return undefined
  const list = member(value, 'recipients')
  const isOurs =
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((each) => isObject(each) && textOf(each, 'kid') && textOf(each, 'jwe'))
  return isOurs ? value : undefined
}

/** The inner message of a body: `{"tac": "<compact JWS>"}`, our own form for what the recipient has opened. */
const innerOf = ({ json }: ForeignMessage): string | undefined => (isObject(json) ? textOf(json, 'tac') : undefined)

/** Finds an envelope by its recipients, or what was inside by the member `tac`. */
export const detect = (message: ForeignMessage): Detection => {
  if (envelopeOf(message)) return { mine: true, reasons: ['the body is an envelope with recipients and JWEs'] }
  if (innerOf(message) !== undefined) return { mine: true, reasons: ['the body holds an opened message in tac'] }
  return { mine: false, reasons: ['the body is no message of TACP'] }
}

const malformed = (detail: string) => refuse('message-malformed', { detail, field: 'body/tac' })
const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `there is no ${name}`, field: `tac/${name}` })

const open = (text: string): Outcome<Opened> => {
  const jws = readJws(text)
  if (!jws) return malformed('tac is no compact JWS with JSON claims')
  const [issuer, audience, jti] = ['iss', 'aud', 'jti'].map((name) => textOf(jws.claims, name))
  const kid = textOf(jws.header, 'kid')
  const [issuedAt, expires] = ['iat', 'exp'].map((name) => epochOf(jws.claims, name))
  if (!kid) return missing('kid')
  if (!issuer) return missing('iss')
  if (!audience) return missing('aud')
  if (!jti) return missing('jti')
  if (issuedAt === undefined) return missing('iat')
  if (expires === undefined) return missing('exp')
  return accept({ kind: 'opened', jws, issuer, kid, audience, jti, issuedAt, expires })
}

/** Reads a message. The bridge holds no key of a recipient and opens nothing. */
export const parse = (message: ForeignMessage): Outcome<TacWire> => {
  const inner = innerOf(message)
  if (inner !== undefined) {
    const opened = open(inner)
    return opened.ok ? accept({ message, content: opened.value }) : opened
  }
  const envelope = envelopeOf(message)
  if (!envelope) return refuse('message-malformed', { detail: 'the body is no message of TACP', field: 'body' })
  const list = member(envelope, 'recipients')
  const recipients = (Array.isArray(list) ? list : []).flatMap((each) =>
    isObject(each) ? (textOf(each, 'kid') ?? []) : [],
  )
  return accept({ message, content: { kind: 'sealed', version: textOf(envelope, 'version') ?? '', recipients } })
}
