/** The AP2 extension of UCP: a business signs its checkout detached, a mandate embeds the checkout that was signed. */
import { type KeyObject, sign } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member, parseJson } from '../json.ts'
import { digestOf, readJws, readSdJwt, textOf } from '../jws.ts'
import type { TrustedKey } from '../keys.ts'
import { algorithmOf, isSignedBy, type SignatureAlgorithm } from '../signatures.ts'

/** A private key of a party of UCP with the id its profile publishes it by: P-256 or Ed25519. */
export type UcpSigner = { readonly kid: string; readonly key: KeyObject }

/** What UCP signs JWS with here; the others it names (ES384, ES512) need keys no directory of the bridge holds. */
const jwsAlgorithms: readonly SignatureAlgorithm[] = ['ES256', 'Ed25519']

/** Bytes signed with a key of either kind; ECDSA as r and s, never DER. */
export const signBytes = ({ key }: UcpSigner, data: Uint8Array): Uint8Array =>
  key.asymmetricKeyType === 'ed25519' ? sign(null, data, key) : sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })

/** A JWS whose payload is elsewhere (RFC 7515 appendix F): the header, its text, and the signature. */
export type Detached = { readonly header: JsonObject; readonly part: string; readonly signature: Uint8Array }

const detachedForm = /^([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)$/

/** Reads a detached JWS; nothing where it is none. `crit` may name `b64` alone. Never throws. */
export const readDetached = (text: string): Detached | undefined => {
  const [, part, signature] = detachedForm.exec(text) ?? []
  if (part === undefined || signature === undefined || text.length > 8_192) return undefined
  const header = parseJson(Buffer.from(part, 'base64url').toString('utf8'))
  if (!header.ok || !isObject(header.value)) return undefined
  const critical = member(header.value, 'crit')
  if (critical !== undefined && JSON.stringify(critical) !== '["b64"]') return undefined
  return { header: header.value, part, signature: Buffer.from(signature, 'base64url') }
}

/** The algorithm a detached JWS names, where it is taken. */
export const detachedAlgorithm = ({ header }: Detached): SignatureAlgorithm | undefined => {
  const algorithm = algorithmOf(textOf(header, 'alg') ?? '')
  return algorithm && jwsAlgorithms.includes(algorithm) ? algorithm : undefined
}

/** Whether a detached JWS over these bytes is the key's; `b64: false` signs them as they are (RFC 7797). */
export const isDetachedBy = (detached: Detached, payload: Uint8Array, key: TrustedKey): boolean => {
  const algorithm = detachedAlgorithm(detached)
  const isRaw = member(detached.header, 'b64') === false
  const encoded = isRaw ? payload : Buffer.from(Buffer.from(payload).toString('base64url'))
  return (
    algorithm !== undefined &&
    isSignedBy(key, algorithm, Buffer.concat([Buffer.from(`${detached.part}.`), encoded]), detached.signature)
  )
}

/** What a merchant authorization is over: the whole checkout but `ap2`, in RFC 8785 form. */
const signedCheckout = (checkout: JsonObject): Uint8Array => {
  const { ap2: _ap2, ...rest } = checkout
  return Buffer.from(canonicalJson(rest))
}

/** Whether a business signed this checkout with this key. */
export const isCheckoutSignedBy = (checkout: JsonObject, authorization: Detached, key: TrustedKey): boolean =>
  isDetachedBy(authorization, signedCheckout(checkout), key)

/** A checkout with the authorization of its business in it, to be called by whoever holds the business's key. */
export const authorizeCheckout = (checkout: JsonObject, signer: UcpSigner): JsonObject => {
  const alg = signer.key.asymmetricKeyType === 'ed25519' ? 'EdDSA' : 'ES256'
  const part = Buffer.from(JSON.stringify({ alg, kid: signer.kid })).toString('base64url')
  const input = Buffer.from(`${part}.${Buffer.from(signedCheckout(checkout)).toString('base64url')}`)
  const signature = Buffer.from(signBytes(signer, input)).toString('base64url')
  return { ...checkout, ap2: { merchant_authorization: `${part}..${signature}` } }
}

/** The authorization a checkout carries, or nothing. */
export const authorizationIn = (checkout: JsonObject): string | undefined => {
  const ap2 = member(checkout, 'ap2')
  return isObject(ap2) ? textOf(ap2, 'merchant_authorization') : undefined
}

/** A checkout found in a mandate, with the compact JWS it came as. */
export type EmbeddedCheckout = { readonly checkout: JsonObject; readonly jwt: string }

/** Mandates disclosed in one hop: objects with a `vct`, wherever they stand. */
const mandatesIn = (value: Json): readonly JsonObject[] => {
  if (Array.isArray(value)) return value.flatMap(mandatesIn)
  if (!isObject(value)) return []
  const own = textOf(value, 'vct') === undefined ? [] : [value]
  return [...own, ...Object.values(value).flatMap(mandatesIn)]
}

/**
 * The checkout a closed checkout mandate embeds: a plain SD-JWT or a delegate chain (hops joined by two tildes). Nothing
 * where none is disclosed, or where its hash is not that of the checkout. The chain itself is not judged here.
 */
export const checkoutInMandate = (mandate: string): EmbeddedCheckout | undefined => {
  const hops = mandate.split('~~').map((hop) => (hop.endsWith('~') ? hop : `${hop}~`))
  // A key binding JWT at the end has no tilde of its own; the mandate stands before it.
  const texts = hops.flatMap((hop) => [hop, hop.replace(/[^~]+~$/, '')])
  for (const text of texts.reverse()) {
    const found = mandatesIn(readSdJwt(text)?.resolved ?? {}).find(
      (each) => textOf(each, 'vct') === 'mandate.checkout.1',
    )
    const jwt = found ? textOf(found, 'checkout_jwt') : undefined
    if (!found || jwt === undefined) continue
    if (textOf(found, 'checkout_hash') !== digestOf(jwt)) return undefined
    const claims = readJws(jwt)?.claims
    return claims ? { checkout: claims, jwt } : undefined
  }
  return undefined
}
