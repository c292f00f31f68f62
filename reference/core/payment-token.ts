/** Payment tokens as CGCP codes: 28, version digit, three institution digits, business type 23, payload. */
import { createHash } from 'node:crypto'

const institution = '666'
const form = /^28([0-9])([0-9]{3})23([A-Za-z0-9]{16,64})$/

/** What a CGCP code says. */
export type PaymentToken = { readonly version: string; readonly institution: string; readonly payload: string }

/** Reads a CGCP code; a payload below 16 characters is no payment token (AMP-PAY-038, contradiction 13). */
export const parsePaymentToken = (code: string): PaymentToken | undefined => {
  const [, version, place, payload] = form.exec(code) ?? []
  return version && place && payload ? { version, institution: place, payload } : undefined
}

/** A fresh code from two nonces of 16 random bytes each: its payload holds 32 hex characters of their digest. */
export const issuePaymentToken = (nonces: readonly [string, string]): string =>
  `281${institution}23${createHash('sha256').update(nonces.join('.')).digest('hex').slice(0, 32)}`

/** What is stored instead of the code: it identifies the token and cannot pay. */
export const paymentTokenDigest = (code: string): string => createHash('sha256').update(code).digest('base64url')
