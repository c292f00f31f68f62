/** SD-JWTs (RFC 9901) as AMP uses them: one disclosure per top-level claim, signed with ES256. */
import { createHash } from 'node:crypto'
import { Disclosure } from '@sd-jwt/utils'
import { CompactSign, type CryptoKey, compactVerify, decodeProtectedHeader, type JWK, UnsecuredJWT } from 'jose'
import { publicKeyOf } from './public-key.ts'
import type { Unsigned, World } from './world.ts'

/** Longest serialised layer that is read, in characters. */
export const layerLengthMax = 16_384

/** One disclosure as presented, with its digest over the base64url text. */
export type Presented = { readonly name: string; readonly value: unknown; readonly digest: string }

/** A layer that could be read; nothing in it is trusted yet. */
export type ParsedLayer = {
  readonly serialized: string
  readonly jws: string
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly presented: readonly Presented[]
}

const hasher = (data: string | ArrayBuffer): Uint8Array =>
  createHash('sha256')
    .update(typeof data === 'string' ? data : new Uint8Array(data))
    .digest()
const hashing = { alg: 'sha-256', hasher }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const digestOf = (disclosure: string): string => createHash('sha256').update(disclosure, 'ascii').digest('base64url')

const parseDisclosure = (encoded: string): Presented => {
  const { key, value } = Disclosure.fromEncodeSync(encoded, hashing)
  if (key === undefined) throw new TypeError('an array disclosure')
  return { name: key, value, digest: digestOf(encoded) }
}

/** Reads a serialised layer; nothing where it is no SD-JWT of named disclosures ended by a tilde. Never throws. */
export const parseLayer = (serialized: string): ParsedLayer | undefined => {
  if (serialized.length > layerLengthMax || !serialized.endsWith('~')) return undefined
  const [jws = '', ...disclosures] = serialized.slice(0, -1).split('~')
  try {
    const header = decodeProtectedHeader(jws)
    const claims: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'))
    if (!isRecord(claims) || !isRecord(header)) return undefined
    return { serialized, jws, header, claims, presented: disclosures.map(parseDisclosure) }
  } catch {
    return undefined
  }
}

/** Whether a layer is signed with ES256 by this key; false for any key or signature that cannot be used. */
export const isSignedBy = async (layer: ParsedLayer, jwk: JWK | undefined): Promise<boolean> => {
  if (jwk?.kty !== 'EC' || jwk.crv !== 'P-256') return false
  try {
    await compactVerify(layer.jws, publicKeyOf(jwk), { algorithms: ['ES256'] })
    return true
  } catch {
    return false
  }
}

/** base64url SHA-256 over a layer as serialised, every disclosure and the trailing tilde included: the next layer's sd_hash. */
export const linkOf = (serialized: string): string =>
  createHash('sha256').update(serialized, 'ascii').digest('base64url')

/**
 * Signs a layer. Each entry of `disclosures` becomes one disclosure; where there are none, neither `_sd` nor `_sd_alg`
 * is written. Salts come from the world.
 */
export const signLayer = async (
  layer: 'identity' | 'mandate' | 'token-request',
  unsigned: Unsigned,
  privateKey: CryptoKey,
  world: World,
): Promise<string> => {
  const disclosures = Object.entries(unsigned.disclosures).map(
    ([key, value]) => new Disclosure([world.nonce(), key, value]),
  )
  const digests = disclosures.map((disclosure) => digestOf(disclosure.encode())).sort()
  const packed = digests.length > 0 ? { ...unsigned.claims, _sd_alg: 'sha-256', _sd: digests } : unsigned.claims
  const changed = (world.deviation.signs ?? ((_, same) => same))(layer, { ...unsigned, claims: packed })
  const kept = disclosures.filter(({ key, value }) => key !== undefined && changed.disclosures[key] === value)
  /** Only a deviation adds any. */
  const added = Object.entries(changed.disclosures)
    .filter(([key, value]) => unsigned.disclosures[key] !== value)
    .map(([key, value]) => new Disclosure([world.nonce(), key, value]))
  const claims =
    added.length === 0
      ? changed.claims
      : { ...changed.claims, _sd: [...digests, ...added.map((disclosure) => digestOf(disclosure.encode()))] }
  const jws =
    changed.header.alg === 'none'
      ? `${new UnsecuredJWT(claims).encode()}AA`
      : await new CompactSign(Buffer.from(JSON.stringify(claims)))
          .setProtectedHeader(changed.header as { alg: string })
          .sign(privateKey)
  const presented = [...kept, ...added].map((disclosure) => disclosure.encode())
  return `${[jws, ...presented].join('~')}~`
}
