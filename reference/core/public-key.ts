/** Public keys of others, made ready to verify once: a few keys sign most of what comes in. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { JWK } from 'jose'

const keysKept = 1_000
const kept = new Map<string, KeyObject>()

/** A public P-256 key for ES256, by its public members alone. Throws where they make none. */
export const publicKeyOf = ({ kty, crv, x = '', y = '' }: JWK): KeyObject => {
  if (kty !== 'EC' || crv !== 'P-256') throw new TypeError('not P-256')
  const name = `${x.length} ${x}${y}`
  const known = kept.get(name)
  if (known) return known
  const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= keysKept) kept.delete(oldest)
  kept.set(name, key)
  return key
}
