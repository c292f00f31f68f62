/** KYAPay on the wire: JWTs in one header, told apart by `typ`, with older claim names read by a table. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Detection } from '../adapter.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { epochOf, type Jws, readJws, textOf } from '../jws.ts'
import { type ForeignMessage, headerOf } from '../message.ts'

/** What a token says: who asks (kya), what may be charged (pay), or both. */
export type TokenType = 'kya' | 'pay' | 'kya-pay'

/** Spellings of `typ`, the older ones too. */
const types: Readonly<Record<string, TokenType>> = {
  'kya+jwt': 'kya',
  'pay+jwt': 'pay',
  'kya-pay+jwt': 'kya-pay',
  'kya+pay+jwt': 'kya-pay',
}

/** Older claim names by newer ones, at the top and inside `hid`. */
const renames: Readonly<Record<string, string>> = {
  bid: 'hid',
  sdm: 'tdm',
  ssi: 'tsi',
  btg: 'itg',
  spr: 'tpr',
  sps: 'tps',
  amount: 'amt',
  value: 'val',
  nameFirst: 'given_name',
  nameLast: 'family_name',
  skyfireEmail: 'email',
}

/** The newer name of a claim. */
export const claimName = (name: string): string => (Object.hasOwn(renames, name) ? (renames[name] ?? name) : name)

/** A token, typed and untrusted; `claims` have the newer names, `jws` is as it came. */
export type Token = {
  readonly type: TokenType
  readonly jws: Jws
  readonly claims: JsonObject
  readonly issuer: string
  readonly kid: string
  readonly jti: string
  readonly audience: string
  readonly issuedAt: number
  readonly expires: number
}

/** A request with at most one token that says who asks and at most one that says what may be charged. */
export type KyaWire = { readonly message: ForeignMessage; readonly tokens: readonly Token[] }

const header = 'header/kyapay-token'

/** Finds it by the header its own draft names, or by the type of a bearer token. */
export const detect = (message: ForeignMessage): Detection =>
  headerOf(message, 'kyapay-token') === undefined
    ? { mine: false, reasons: ['there is no header KYAPay-Token'] }
    : { mine: true, reasons: ['there is a header KYAPay-Token'] }

const renamed = (claims: JsonObject): JsonObject | undefined => {
  const entries = Object.entries(claims).map(([name, value]): [string, Json] => [
    claimName(name),
    claimName(name) === 'hid' && isObject(value) ? (renamed(value) ?? null) : value,
  ])
  const names = entries.map(([name]) => name)
  return new Set(names).size === names.length ? Object.fromEntries(entries) : undefined
}

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `a token has no ${name}`, field: `token/${name}` })
const malformed = (detail: string) => refuse('message-malformed', { detail, field: header })

const readToken = (text: string): Outcome<Token> => {
  const jws = readJws(text)
  if (!jws) return malformed('a token is no compact JWS with JSON claims')
  const typ = (textOf(jws.header, 'typ') ?? '').toLowerCase()
  const type = Object.hasOwn(types, typ) ? types[typ] : undefined
  if (!type) return malformed('a token is of no type of KYAPay')
  const claims = renamed(jws.claims)
  if (!claims) return malformed('a token names a claim by its older and its newer name')
  const [issuer, jti, audience, subject] = ['iss', 'jti', 'aud', 'sub'].map((name) => textOf(claims, name))
  const kid = textOf(jws.header, 'kid')
  const [issuedAt, expires] = ['iat', 'exp'].map((name) => epochOf(claims, name))
  if (!kid) return missing('kid')
  if (!issuer) return missing('iss')
  if (!subject) return missing('sub')
  if (!audience) return missing('aud')
  if (!jti) return missing('jti')
  if (issuedAt === undefined) return missing('iat')
  if (expires === undefined) return missing('exp')
  if (type !== 'pay') for (const name of ['hid', 'aid']) if (!isObject(member(claims, name))) return missing(name)
  if (type !== 'kya') for (const name of ['amt', 'cur', 'val', 'stp']) if (!textOf(claims, name)) return missing(name)
  return accept({ type, jws, claims, issuer, kid, jti, audience, issuedAt, expires })
}

/** Reads all tokens of the header. Two that say the same kind of thing contradict each other, so they are refused. */
export const parse = (message: ForeignMessage): Outcome<KyaWire> => {
  const texts = (headerOf(message, 'kyapay-token') ?? '').split(',').map((text) => text.trim())
  if (texts.length > 2) return malformed('there are more than two tokens')
  const tokens: Token[] = []
  for (const text of texts) {
    const token = readToken(text)
    if (!token.ok) return token
    tokens.push(token.value)
  }
  const says = (part: 'kya' | 'pay'): number => tokens.filter(({ type }) => type.split('-').includes(part)).length
  if (says('kya') > 1 || says('pay') > 1) return malformed('two tokens say the same kind of thing')
  return accept({ message, tokens })
}
