/** Compact JWS with ES256 as the suite signs it: whatever the header says, so that checks can send wrong ones. */
import { type KeyObject, sign } from 'node:crypto'

const encode = (value: string | Buffer): string => Buffer.from(value).toString('base64url')

/** ES256 over some bytes, as JOSE and HTTP message signatures write it. */
export const signatureOver = (data: string | Uint8Array, key: KeyObject): Buffer =>
  sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' })

/** Header, payload and signature. */
export const signCompact = (header: object, payload: string, key: KeyObject): string => {
  const signed = `${encode(JSON.stringify(header))}.${encode(payload)}`
  return `${signed}.${encode(signatureOver(signed, key))}`
}
