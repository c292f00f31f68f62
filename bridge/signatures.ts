/** Raw signature checks by algorithm: the caller names the algorithm, and it has to be the key's own. */
import { constants, verify } from 'node:crypto'
import type { TrustedKey } from './keys.ts'

/**
 * What the bridge can verify: Ed25519 (RFC 8032), ECDSA on P-256, RSASSA-PSS with a salt as long as the hash, and
 * RSASSA-PKCS1-v1_5 for JWTs of protocols that still use it. Each adapter names the ones it takes.
 */
export type SignatureAlgorithm = 'Ed25519' | 'ES256' | 'PS256' | 'PS512' | 'RS256'

/** Spellings of the algorithms in RFC 9421, JOSE, Visa's page and Visa's sample. Nothing else is known here. */
const spellings: Readonly<Record<string, SignatureAlgorithm>> = {
  ed25519: 'Ed25519',
  Ed25519: 'Ed25519',
  EdDSA: 'Ed25519',
  'rsa-pss-sha256': 'PS256',
  PS256: 'PS256',
  'rsa-pss-sha512': 'PS512',
  PS512: 'PS512',
  'rsa-v1_5-sha256': 'RS256',
  RS256: 'RS256',
  'ecdsa-p256-sha256': 'ES256',
  ES256: 'ES256',
}

const keyTypes: Readonly<Record<SignatureAlgorithm, TrustedKey['type']>> = {
  Ed25519: 'Ed25519',
  ES256: 'P-256',
  PS256: 'RSA',
  PS512: 'RSA',
  RS256: 'RSA',
}

/** The algorithm a message names, or nothing where it is not allowed: `none`, HMAC and all others. */
export const algorithmOf = (name: string): SignatureAlgorithm | undefined =>
  Object.hasOwn(spellings, name) ? spellings[name] : undefined

/** Whether a key is of the algorithm's type and, where its directory ties it to an algorithm, to this one. */
export const fits = (key: TrustedKey, algorithm: SignatureAlgorithm): boolean =>
  key.type === keyTypes[algorithm] && (key.algorithm === undefined || algorithmOf(key.algorithm) === algorithm)

/** Whether `signature` is the key's over `data`. The key has to fit the algorithm. */
export const isSignedBy = (
  key: TrustedKey,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean => {
  if (!fits(key, algorithm)) return false
  if (algorithm === 'Ed25519') return signature.length === 64 && verify(null, data, key.key, signature)
  if (algorithm === 'ES256')
    return signature.length === 64 && verify('sha256', data, { key: key.key, dsaEncoding: 'ieee-p1363' }, signature)
  if (algorithm === 'RS256') return verify('sha256', data, key.key, signature)
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return verify(algorithm === 'PS512' ? 'sha512' : 'sha256', data, { key: key.key, ...padding }, signature)
}

/** Bytes of base64 or base64url, canonical or nothing. */
export const bytesOf = (text: string): Uint8Array | undefined => {
  if (!/^([A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  const again = bytes.toString('base64')
  const given = text.replaceAll('-', '+').replaceAll('_', '/')
  return given === again || given === again.replace(/=+$/, '') ? bytes : undefined
}
