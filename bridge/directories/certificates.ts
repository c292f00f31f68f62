/** `x5c` beside a key: a chain that has to lead from that very key to a root the operator pinned. */
import { X509Certificate } from 'node:crypto'
import { isObject, type Json, member } from '../json.ts'
import type { TrustedKey } from '../keys.ts'

const chainMax = 5

const isAlive = (certificate: X509Certificate, now: number): boolean =>
  Date.parse(certificate.validFrom) / 1000 <= now && now < Date.parse(certificate.validTo) / 1000

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

/** Reads PEM roots. Throws where one cannot be read. */
export const readRoots = (pems: readonly string[]): readonly X509Certificate[] =>
  pems.flatMap((pem) =>
    [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)].map(
      ([text]) => new X509Certificate(text),
    ),
  )

const readChain = (value: Json | undefined): readonly X509Certificate[] => {
  if (!Array.isArray(value) || value.length === 0 || value.length > chainMax) return []
  try {
    return value.map((text) => new X509Certificate(Buffer.from(String(text), 'base64')))
  } catch {
    return []
  }
}

/** Whether the chain beside a JWK vouches for its key at a moment (epoch seconds): same key, each link signed, rooted. */
export const isVouchedFor = (
  jwk: Json,
  { key }: TrustedKey,
  roots: readonly X509Certificate[],
  now: number,
): boolean => {
  const chain = isObject(jwk) ? readChain(member(jwk, 'x5c')) : []
  const [leaf] = chain
  const last = chain.at(-1)
  if (!leaf || !last || !chain.every((certificate) => isAlive(certificate, now))) return false
  if (!leaf.publicKey.equals(key)) return false
  const linked = chain.slice(1).every((issuer, index) => {
    const subject = chain[index]
    return subject !== undefined && issuer.ca && isIssuedBy(subject, issuer)
  })
  const isRooted = roots.some(
    (root) => isAlive(root, now) && (root.fingerprint256 === last.fingerprint256 || isIssuedBy(last, root)),
  )
  return linked && isRooted
}
