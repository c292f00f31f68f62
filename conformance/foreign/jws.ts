/** Tokens other protocols sign: compact JWS with ES256, SD-JWT layers, and what somebody without the key makes of them. */
import { createHash, sign } from 'node:crypto'
import type { Signer } from './protocol.ts'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** base64url SHA-256 of a text. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** A compact JWS with ES256. */
export const jws = (header: object, claims: object, { key }: Pick<Signer, 'key'>): string => {
  const input = `${part({ alg: 'ES256', ...header })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** A layer that discloses one mandate after another; it ends with a tilde. */
export const layer = (
  header: object,
  claims: object,
  mandates: readonly object[],
  salt: string,
  by: Pick<Signer, 'key'>,
): string => {
  const disclosures = mandates.map((mandate, index) => part([index === 0 ? salt : `${salt}-${index}`, mandate]))
  const payload = {
    delegate_payload: disclosures.map((text) => ({ '...': hashOf(text) })),
    ...claims,
    _sd_alg: 'sha-256',
  }
  return [jws(header, payload, by), ...disclosures, ''].join('~')
}

/** Bytes with one bit flipped, in the encoding they came in. */
export const flippedBytes = (text: string, bit: number, encoding: 'base64' | 'base64url' | 'hex'): string => {
  const bytes = Buffer.from(text, encoding)
  const at = bit % (bytes.length * 8)
  bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
  return bytes.toString(encoding)
}

/** A token, with or without disclosures, with one bit of its signature flipped. */
export const flipped = (text: string, bit: number): string => {
  const [token = '', ...disclosures] = text.split('~')
  const [header, claims, signature = ''] = token.split('.')
  return [`${header}.${claims}.${flippedBytes(signature, bit, 'base64url')}`, ...disclosures].join('~')
}

/** A token that says one thing more below the signature it had. */
export const retold = (text: string): string => {
  const [header, claims = '', signature] = text.split('.')
  return `${header}.${part({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), more: true })}.${signature}`
}

/** A layer whose first mandate says one thing more below the signature it had. */
export const resaid = (text: string): string => {
  const [token = '', disclosure = '', ...others] = text.split('~')
  const [header, claims = '', signature] = token.split('.')
  const [salt, mandate] = JSON.parse(Buffer.from(disclosure, 'base64url').toString())
  const other = part([salt, { ...mandate, more: true }])
  const payload = JSON.parse(Buffer.from(claims, 'base64url').toString())
  payload.delegate_payload[0] = { '...': hashOf(other) }
  return [`${header}.${part(payload)}.${signature}`, other, ...others].join('~')
}
