/** Key directories: who may sign for whom. A key that is not in one before the message comes is not believed (law 6). */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { canonicalJson } from '../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from './json.ts'

/** An agent as its directory knows it. Several keys may belong to one agent. */
export type AgentRecord = { readonly id: string; readonly name?: string; readonly domain?: string }

/** A public key that somebody the operator trusts vouches for. */
export type TrustedKey = {
  readonly kid: string
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
  readonly type: 'Ed25519' | 'RSA' | 'P-256'
  /** The `alg` the directory ties the key to, as written there. */
  readonly algorithm?: string
  readonly key: KeyObject
}

/** A key of an agent. */
export type AgentKey = TrustedKey & { readonly agent: AgentRecord }

/**
 * Where keys are looked up. A directory never fetches an address taken from a message. A lookup that throws means the
 * directory cannot be read now: the bridge then refuses with `directory-unavailable` (fail closed).
 */
export type KeyDirectory = {
  /** Distinguishes directories: part of the identity of an agent and of the replay key. */
  readonly name: string
  readonly find: (kid: string) => Promise<AgentKey | undefined>
  /** Key of somebody who issues ID tokens about consumers, by issuer and key id. */
  readonly findIssuer: (issuer: string, kid: string) => Promise<TrustedKey | undefined>
}

/** The operator configured something that cannot work. Never caused by a message. */
export class Misconfigured extends Error {
  override name = 'Misconfigured'
}

/** Thumbprints of keys whose private halves are printed in RFC 9421 appendix B.1 and RFC 8037 appendix A. */
const publicTestKeys: ReadonlySet<string> = new Set([
  'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U',
  'oD0HwocPBSfpNy5W3bpJeyFGY_IQ_YpqxSjQ3Yd-CLA',
  'BHj8s0GPnMEQtkaULIM-PLgEhLBbuGUQ1vMxmBWZzEo',
  'ydQXMtvbsOsZyFir-Y7A8t7fKEM1gbKPvyFkdpu4fvI',
  'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
])

const required: Readonly<Record<string, readonly string[]>> = {
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
}
const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']
const rsaBitsMin = 2_048

const text = (object: JsonObject, name: string): string | undefined => {
  const value = member(object, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** RFC 7638 thumbprint of a public JWK. */
export const thumbprintOf = (jwk: JsonObject): string => {
  const members = required[text(jwk, 'kty') ?? ''] ?? []
  const canonical = canonicalJson(Object.fromEntries(members.map((name) => [name, member(jwk, name)])))
  return createHash('sha256').update(canonical).digest('base64url')
}

const typeOf = (key: KeyObject, jwk: JsonObject): TrustedKey['type'] | undefined => {
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  if (key.asymmetricKeyType === 'ec') return text(jwk, 'crv') === 'P-256' ? 'P-256' : undefined
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= rsaBitsMin ? 'RSA' : undefined
}

const takeKey = (jwk: Json): TrustedKey => {
  if (!isObject(jwk)) throw new Misconfigured('a key of the set is not an object')
  const kid = text(jwk, 'kid')
  if (!kid) throw new Misconfigured('a key of the set has no kid')
  if (secret.some((name) => Object.hasOwn(jwk, name))) throw new Misconfigured(`the key ${kid} is not public`)
  if ((text(jwk, 'use') ?? 'sig') !== 'sig') throw new Misconfigured(`the key ${kid} is not for signatures`)
  let key: KeyObject
  try {
    key = createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' })
  } catch {
    throw new Misconfigured(`the key ${kid} cannot be read`)
  }
  const type = typeOf(key, jwk)
  if (!type) throw new Misconfigured(`the key ${kid} is of a type or size that is not taken`)
  const algorithm = text(jwk, 'alg')
  return { kid, thumbprint: thumbprintOf(jwk), type, key, ...(algorithm ? { algorithm } : {}) }
}

/** Reads a key somebody else published; nothing where it cannot be taken, or where its private half is public. */
export const readKey = (jwk: Json): TrustedKey | undefined => {
  try {
    const key = takeKey(jwk)
    return publicTestKeys.has(key.thumbprint) ? undefined : key
  } catch {
    return undefined
  }
}

const readAgent = (value: Json | undefined): AgentRecord | undefined => {
  if (typeof value === 'string' && value !== '') return { id: value }
  if (!isObject(value)) return undefined
  const [id, name, domain] = [text(value, 'id'), text(value, 'name'), text(value, 'domain')]
  return id ? { id, ...(name ? { name } : {}), ...(domain ? { domain } : {}) } : undefined
}

const keysOf = (set: Json | undefined): readonly JsonObject[] => {
  const keys = isObject(set) ? member(set, 'keys') : undefined
  if (!Array.isArray(keys) || !keys.every(isObject)) throw new Misconfigured('a key set is an object with a list keys')
  return keys
}

const byKid = <Key extends TrustedKey>(
  keys: readonly Key[],
  trusted: (key: Key) => boolean,
): ReadonlyMap<string, Key> => {
  const map = new Map<string, Key>()
  for (const key of keys) {
    if (map.has(key.kid)) throw new Misconfigured(`the key id ${key.kid} is there twice`)
    map.set(key.kid, key)
  }
  for (const key of keys) if (!trusted(key)) map.delete(key.kid)
  return map
}

/** How a directory is made from a key set. */
export type DirectoryOptions = {
  readonly name: string
  /** Trusts keys whose private halves everybody knows: for tests and for vectors, never for money. */
  readonly allowPublicTestKeys?: boolean
}

/**
 * A fixed directory from a JWKS. A key belongs to the agent its member `agent` names (`"id"` or `{id, name, domain}`),
 * else to the set's own `agent`, else all keys of the set belong to one agent named after the directory. The set's
 * member `issuers` maps an ID token issuer to its own JWKS. Throws `Misconfigured`.
 */
export const staticDirectory = (set: unknown, options: DirectoryOptions): KeyDirectory => {
  const jwks = set as Json
  const fallback = readAgent(isObject(jwks) ? member(jwks, 'agent') : undefined) ?? { id: options.name }
  const trusted = (key: TrustedKey) => options.allowPublicTestKeys === true || !publicTestKeys.has(key.thumbprint)
  const agentKeys = keysOf(jwks).map((jwk) => ({ ...takeKey(jwk), agent: readAgent(member(jwk, 'agent')) ?? fallback }))
  const keys = byKid<AgentKey>(agentKeys, trusted)
  const issuers = isObject(jwks) ? (member(jwks, 'issuers') ?? {}) : {}
  if (!isObject(issuers)) throw new Misconfigured('issuers is an object of key sets')
  const issuerKeys = new Map(
    Object.entries(issuers).map(([issuer, keySet]) => [issuer, byKid(keysOf(keySet).map(takeKey), trusted)]),
  )
  return {
    name: options.name,
    find: async (kid) => keys.get(kid),
    findIssuer: async (issuer, kid) => issuerKeys.get(issuer)?.get(kid),
  }
}
