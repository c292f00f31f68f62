/** Compact JWS and SD-JWT from strangers: read strictly, believed only after a key somebody trusts was tried. */
import { createHash, createPublicKey } from 'node:crypto'
import { isObject, type Json, type JsonObject, member, parseJson } from './json.ts'
import { type TrustedKey, thumbprintOf } from './keys.ts'
import { algorithmOf, isSignedBy, type SignatureAlgorithm } from './signatures.ts'

/** A JWS that could be read; nothing in it is trusted yet. */
export type Jws = {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signingInput: string
  readonly signature: Uint8Array
}

const lengthMax = 32_768
const part = /^[A-Za-z0-9_-]+$/

const readPart = (text: string): JsonObject | undefined => {
  const json = parseJson(Buffer.from(text, 'base64url').toString('utf8'))
  return json.ok && isObject(json.value) ? json.value : undefined
}

/** Reads a compact JWS with JSON claims, no member twice; nothing where it is none. Never throws. */
export const readJws = (text: string): Jws | undefined => {
  const [header = '', claims = '', signature = '', ...more] = text.split('.')
  if (text.length > lengthMax || more.length > 0 || ![header, claims, signature].every((each) => part.test(each)))
    return undefined
  const read = [readPart(header), readPart(claims)]
  const [head, body] = read
  if (!head || !body) return undefined
  // A critical extension nobody here understands has to refuse the token (RFC 7515 section 4.1.11).
  if (Object.hasOwn(head, 'crit')) return undefined
  return {
    header: head,
    claims: body,
    signingInput: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** A claim that is a string, or nothing. */
export const textOf = (object: JsonObject, name: string): string | undefined => {
  const value = member(object, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A claim that is a moment in epoch seconds, or nothing: no strings, no fractions, no booleans. */
export const epochOf = (object: JsonObject, name: string): number | undefined => {
  const value = member(object, name)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** The algorithm a JWS names, where it is one of those allowed; never taken from the token alone. */
export const allowedAlgorithm = (jws: Jws, allowed: readonly SignatureAlgorithm[]): SignatureAlgorithm | undefined => {
  const algorithm = algorithmOf(textOf(jws.header, 'alg') ?? '')
  return algorithm && allowed.includes(algorithm) ? algorithm : undefined
}

/** Whether a JWS is the key's, by an algorithm the caller chose. */
export const isJwsSignedBy = (jws: Jws, key: TrustedKey, algorithm: SignatureAlgorithm): boolean =>
  isSignedBy(key, algorithm, Buffer.from(jws.signingInput, 'ascii'), jws.signature)

/** A P-256 public key a credential confirms (`cnf.jwk`), or nothing: no private member, no other curve. */
export const confirmedKey = (claims: JsonObject): TrustedKey | undefined => {
  const cnf = member(claims, 'cnf')
  const jwk = isObject(cnf) ? member(cnf, 'jwk') : undefined
  if (!isObject(jwk) || textOf(jwk, 'kty') !== 'EC' || textOf(jwk, 'crv') !== 'P-256' || Object.hasOwn(jwk, 'd'))
    return undefined
  const { kty, crv, x, y } = jwk as Record<string, string>
  try {
    const key = createPublicKey({ key: { kty, crv, x, y } as Record<string, string>, format: 'jwk' })
    const thumbprint = thumbprintOf(jwk)
    return { kid: textOf(jwk, 'kid') ?? thumbprint, thumbprint, type: 'P-256', key }
  } catch {
    return undefined
  }
}

/** base64url of SHA-256 over ASCII text: digests of disclosures, `sd_hash`, hashes of JWTs. */
export const digestOf = (text: string): string => createHash('sha256').update(text, 'ascii').digest('base64url')

/** How many values disclosures may unfold to: one that refers to others many times over would never end. */
const unfoldedMax = 20_000

/** An SD-JWT (RFC 9901) as presented, with its disclosures put where their digests stand. */
export type SdJwt = {
  readonly jws: Jws
  readonly serialized: string
  /** Disclosures as presented, by digest. */
  readonly disclosures: ReadonlyMap<string, { readonly text: string; readonly value: Json }>
  /** Claims with every disclosed value in its place; digests nobody disclosed are left out. */
  readonly resolved: JsonObject
}

const readDisclosure = (text: string): Json | undefined => {
  if (!part.test(text)) return undefined
  const json = parseJson(Buffer.from(text, 'base64url').toString('utf8'))
  return json.ok && Array.isArray(json.value) && (json.value.length === 2 || json.value.length === 3)
    ? json.value
    : undefined
}

/**
 * Reads an SD-JWT strictly: every disclosure has a digest in the token, none comes twice, none redefines a claim.
 * `text` ends with a tilde. Nothing where it is none. Digests named both in `_sd` and in an array, as Verifiable Intent
 * writes them, count once.
 */
export const readSdJwt = (serialized: string): SdJwt | undefined => {
  if (serialized.length > lengthMax * 2 || !serialized.endsWith('~')) return undefined
  const [token = '', ...texts] = serialized.slice(0, -1).split('~')
  const jws = readJws(token)
  if (!jws) return undefined
  const disclosures = new Map<string, { text: string; value: Json }>()
  for (const text of texts) {
    const value = readDisclosure(text)
    const digest = digestOf(text)
    if (value === undefined || disclosures.has(digest)) return undefined
    disclosures.set(digest, { text, value })
  }
  const used = new Set<string>()
  let isClash = false
  let unfolded = 0
  const resolve = (value: Json): Json => {
    unfolded += 1
    if (unfolded > unfoldedMax) return null
    if (Array.isArray(value))
      return value.flatMap((each) => {
        const digest = isObject(each) && Object.keys(each).length === 1 ? member(each, '...') : undefined
        if (typeof digest !== 'string') return [resolve(each)]
        const found = disclosures.get(digest)?.value
        if (!Array.isArray(found) || found.length !== 2) return []
        used.add(digest)
        return [resolve(found[1] as Json)]
      })
    if (!isObject(value)) return value
    const out: [string, Json][] = Object.entries(value).flatMap(([name, inner]): [string, Json][] =>
      name === '_sd' || name === '_sd_alg' ? [] : [[name, resolve(inner)]],
    )
    const digests = member(value, '_sd')
    for (const digest of Array.isArray(digests) ? digests : []) {
      const found = typeof digest === 'string' ? disclosures.get(digest)?.value : undefined
      if (!Array.isArray(found) || found.length !== 3) continue
      const [, name, inner] = found
      if (typeof name !== 'string' || Object.hasOwn(value, name) || ['_sd', '...'].includes(name)) isClash = true
      else {
        used.add(digest as string)
        out.push([name, resolve(inner as Json)])
      }
    }
    return Object.fromEntries(out)
  }
  const resolved = resolve(jws.claims)
  if (isClash || unfolded > unfoldedMax || used.size !== disclosures.size || !isObject(resolved)) return undefined
  return { jws, serialized, disclosures, resolved }
}
