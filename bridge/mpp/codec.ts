/** The Payment authentication scheme on the wire: challenges, credentials and receipts, as text and back. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member, parseJson } from '../json.ts'
import { textOf } from '../jws.ts'

/** A challenge. `request` is JSON here, base64url of its RFC 8785 form on the wire. */
export type Challenge = {
  readonly id: string
  readonly realm: string
  readonly method: string
  readonly intent: string
  readonly request: JsonObject
  readonly expires?: string
  readonly digest?: string
  readonly description?: string
  readonly opaque?: string
  /** Header field the credential comes in, where it is not `Authorization`. */
  readonly header?: string
}

/** What answers a challenge. */
export type Credential = { readonly challenge: Challenge; readonly payload: Json; readonly source?: string }

/** What a payment ended in; further members belong to the method. */
export type Receipt = JsonObject & {
  readonly status: 'success'
  readonly method: string
  readonly timestamp: string
  readonly reference: string
}

export const encode = (value: unknown): string => Buffer.from(canonicalJson(value)).toString('base64url')

/** JSON of a base64url text, read strictly; nothing where it is none. */
export const decode = (text: string): Json | undefined => {
  if (!/^[A-Za-z0-9_-]{1,16384}$/.test(text)) return undefined
  const json = parseJson(Buffer.from(text, 'base64url').toString('utf8'))
  return json.ok ? json.value : undefined
}

type Unnamed = Omit<Challenge, 'id'>

/** What the identifier of a challenge is over: seven places, empty where there is nothing; a header of its own before the last. */
const placesOf = ({ realm, method, intent, request, expires, digest, opaque, header }: Unnamed): readonly string[] => [
  realm,
  method,
  intent,
  encode(request),
  expires ?? '',
  digest ?? '',
  ...(header === undefined || /^authorization$/i.test(header) ? [] : [header]),
  opaque ?? '',
]

/** The identifier a server with this secret gives a challenge: it binds every member but the description. */
export const challengeIdOf = (challenge: Unnamed, secret: string | Uint8Array): string =>
  createHmac('sha256', secret).update(placesOf(challenge).join('|')).digest('base64url')

/** Whether a challenge was issued with this secret. */
export const isIssued = (challenge: Challenge, secret: string | Uint8Array): boolean => {
  const [ours, theirs] = [challengeIdOf(challenge, secret), challenge.id].map((text) => Buffer.from(text))
  return ours !== undefined && theirs !== undefined && ours.length === theirs.length && timingSafeEqual(ours, theirs)
}

const quote = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

const optional = ['description', 'digest', 'expires', 'header', 'opaque'] as const

/** A challenge as a value of `WWW-Authenticate`. */
export const writeChallenge = (challenge: Challenge): string => {
  const { id, realm, method, intent, request } = challenge
  const parts = Object.entries({ id, realm, method, intent, request: encode(request) })
  for (const name of optional) if (challenge[name] !== undefined) parts.push([name, challenge[name]])
  return `Payment ${parts.map(([name, value]) => `${name}=${quote(value)}`).join(', ')}`
}

/** A challenge from its members, `request` as JSON already; nothing where one that has to be there is not. */
export const challengeOf = (members: JsonObject): Challenge | undefined => {
  const [id, realm, method, intent] = ['id', 'realm', 'method', 'intent'].map((name) => textOf(members, name))
  const request = member(members, 'request')
  if (
    !id ||
    !realm ||
    !isObject(request) ||
    !/^[a-z]{1,64}$/.test(method ?? '') ||
    !/^[A-Za-z0-9-]{1,64}$/.test(intent ?? '')
  )
    return undefined
  const more = optional.flatMap((name) => {
    const value = textOf(members, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { id, realm, method: method ?? '', intent: intent ?? '', request, ...Object.fromEntries(more) }
}

const parameter = /([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y
const scheme = /([A-Za-z][A-Za-z0-9-]*)(?:\s+|$)/y
const gap = /[\s,]*/y

const unquote = (text: string): string =>
  text.replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_, hex, char) =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : char,
  )

/** What a sticky pattern finds at a place, with the place after it and the gap that follows. */
const eat = (
  pattern: RegExp,
  text: string,
  at: number,
): { readonly found: RegExpExecArray; readonly next: number } | undefined => {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  if (!found) return undefined
  gap.lastIndex = at + found[0].length
  return { found, next: gap.lastIndex + (gap.exec(text)?.[0].length ?? 0) }
}

/** Schemes with their parameters, in one pass; a parameter that comes twice, or a text that is neither, spoils the whole. */
const readSchemes = (
  text: string,
): readonly { name: string; parameters: ReadonlyMap<string, string> }[] | undefined => {
  const all: { name: string; parameters: Map<string, string> }[] = []
  for (let at = text.length - text.trimStart().length; at < text.length; ) {
    const one = eat(parameter, text, at)
    const last = all.at(-1)
    if (one && last) {
      const [, name = '', quoted, token] = one.found
      if (last.parameters.has(name.toLowerCase())) return undefined
      last.parameters.set(name.toLowerCase(), quoted === undefined ? (token ?? '') : unquote(quoted))
      at = one.next
      continue
    }
    const begun = eat(scheme, text, at)
    if (!begun) return undefined
    all.push({ name: (begun.found[1] ?? '').toLowerCase(), parameters: new Map() })
    at = begun.next
  }
  return all
}

/** Every challenge of the scheme in a value of `WWW-Authenticate`; nothing where one of them cannot be read. */
export const readChallenges = (header: string): readonly Challenge[] | undefined => {
  const found: Challenge[] = []
  for (const { name, parameters } of readSchemes(header) ?? [
    { name: 'payment', parameters: new Map<string, string>() },
  ]) {
    if (name !== 'payment') continue
    const request = decode(parameters.get('request') ?? '')
    const challenge = request === undefined ? undefined : challengeOf({ ...Object.fromEntries(parameters), request })
    if (!challenge) return undefined
    found.push(challenge)
  }
  return found
}

/** Whether a value of `WWW-Authenticate` asks for something else as well. */
export const holdsOthers = (header: string): boolean =>
  (readSchemes(header) ?? []).some(({ name }) => name !== 'payment')

/** A credential as a value of `Authorization`. */
export const writeCredential = ({ challenge, payload, source }: Credential): string => {
  const wire = {
    challenge: { ...challenge, request: encode(challenge.request) },
    payload,
    ...(source ? { source } : {}),
  }
  return `Payment ${Buffer.from(JSON.stringify(wire)).toString('base64url')}`
}

/** A credential from its members; `request` is text over HTTP and an object over MCP. */
export const credentialOf = (value: Json | undefined): Credential | undefined => {
  if (!isObject(value)) return undefined
  const members = member(value, 'challenge')
  const payload = member(value, 'payload')
  if (!isObject(members) || payload === undefined) return undefined
  const sent = member(members, 'request')
  const request = typeof sent === 'string' ? decode(sent) : sent
  const challenge = request === undefined ? undefined : challengeOf({ ...members, request })
  if (!challenge) return undefined
  const source = textOf(value, 'source')
  return { challenge, payload, ...(source === undefined ? {} : { source }) }
}

/** The credentials in a value of `Authorization`: as text behind the scheme, not yet read. */
export const credentialsIn = (header: string): readonly string[] =>
  header.split(',').flatMap((part) => /^\s*Payment\s+(\S+)\s*$/i.exec(part)?.[1] ?? [])

/** A credential from the text behind the scheme. */
export const readCredential = (text: string): Credential | undefined => credentialOf(decode(text))

export const writeReceipt = (receipt: Receipt): string => Buffer.from(JSON.stringify(receipt)).toString('base64url')

/** A receipt from a value of `Payment-Receipt`. */
export const readReceipt = (text: string): Receipt | undefined => {
  const value = decode(text)
  if (!isObject(value) || member(value, 'status') !== 'success') return undefined
  return ['method', 'timestamp', 'reference'].every((name) => textOf(value, name) !== undefined)
    ? (value as Receipt)
    : undefined
}
