/** Keys of parties and agents: P-256, named by their RFC 7638 thumbprint. */
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Message } from '../../schemas/index.ts'
import type { PartyKey } from './operation.ts'

type PublicJwk = Message<'common/public-jwk'>

/** The public members of a P-256 key under its thumbprint. */
export const publicJwkOf = async (jwk: JWK): Promise<PublicJwk> => {
  const { x = '', y = '' } = jwk
  const plain = { kty: 'EC' as const, crv: 'P-256' as const, x, y }
  return { ...plain, kid: await calculateJwkThumbprint(plain) }
}

/** A fresh key of a party or agent. */
export const makeKey = async (id: string): Promise<PartyKey> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { id, privateKey, publicJwk: await publicJwkOf(await exportJWK(privateKey)) }
}

/** A key read from a stored private JWK. */
export const readKey = async (id: string, jwk: JWK): Promise<PartyKey> => ({
  id,
  privateKey: (await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey,
  publicJwk: await publicJwkOf(jwk),
})
