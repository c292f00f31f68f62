/** Assurance layers as the suite reads them, on its own: SD-JWT (RFC 9901) over jose, nothing of the reference. */
import { createHash } from 'node:crypto'
import { compactVerify, importJWK, type JWK } from 'jose'

export type JsonObject = Readonly<Record<string, unknown>>

/** A layer as read: nothing in it is trusted. `disclosures` as presented, in order. */
export type Layer = {
  readonly text: string
  readonly jws: string
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly disclosures: readonly { readonly name: string; readonly value: unknown; readonly digest: string }[]
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hash = (text: string): string => createHash('sha256').update(text, 'ascii').digest('base64url')

/** What `sd_hash` of the next layer has to be. */
export const bindingHash = hash

const decode = (part: string | undefined): unknown =>
  JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part ?? '', 'base64url')))

const readDisclosure = (encoded: string) => {
  const parts: unknown = decode(encoded)
  if (!Array.isArray(parts) || parts.length !== 3 || typeof parts[0] !== 'string' || typeof parts[1] !== 'string')
    throw new TypeError('no named disclosure')
  return { name: parts[1], value: parts[2] as unknown, digest: hash(encoded) }
}

/** Reads a layer, or nothing where the text is none. Never throws. */
export const readLayer = (text: unknown): Layer | undefined => {
  if (typeof text !== 'string' || text.length > 16_384 || !text.endsWith('~')) return undefined
  const [jws = '', ...encoded] = text.slice(0, -1).split('~')
  const parts = jws.split('.')
  try {
    const header = decode(parts[0])
    const claims = decode(parts[1])
    if (parts.length !== 3 || !isObject(header) || !isObject(claims)) return undefined
    return { text, jws, header, claims, disclosures: encoded.map(readDisclosure) }
  } catch {
    return undefined
  }
}

/** Whether a layer carries an ES256 signature of this P-256 key. */
export const verifies = async (layer: Layer, jwk: unknown): Promise<boolean> => {
  if (!isObject(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256') return false
  try {
    const key = await importJWK({ kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y) } as JWK, 'ES256')
    await compactVerify(layer.jws, key, { algorithms: ['ES256'] })
    return true
  } catch {
    return false
  }
}
