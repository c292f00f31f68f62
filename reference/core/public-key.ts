/** Public keys of others, made ready to verify once: a few keys sign most of what comes in. */
import { type CryptoKey, importJWK, type JWK } from 'jose'

const keysKept = 1_000
const kept = new Map<string, Promise<CryptoKey>>()

/** A public P-256 key for ES256, by its public members alone. Throws where they make none. */
export const publicKeyOf = ({ kty = '', crv = '', x = '', y = '' }: JWK): Promise<CryptoKey> => {
  const name = JSON.stringify([kty, crv, x, y])
  const known = kept.get(name)
  if (known) return known
  const key = importJWK({ kty, crv, x, y } as JWK, 'ES256') as Promise<CryptoKey>
  const [oldest] = kept.keys()
  if (oldest !== undefined && kept.size >= keysKept) kept.delete(oldest)
  kept.set(name, key)
  key.catch(() => kept.delete(name))
  return key
}
