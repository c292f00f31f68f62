/** The people of a run: every party, agent and user the suite plays, with keys and names made from the seed. */
import { createECDH, createHash, hkdfSync } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from 'jose'
import type { Message } from '../schemas/index.ts'

/** Somebody who signs: identifier as `keyid` and `iss` name it, private key, public JWK with `kid`. */
export type Party = {
  readonly id: string
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly jwk: Message<'common/public-jwk'>
}

/** Order of the group of P-256: a private key is a number below it. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Randomness that the seed decides: the same seed gives the same amounts and programs, and where no run is named the same names and keys. */
export type Dice = {
  /** A word of 16 characters, another one at each call. */
  readonly word: () => string
  /** 22 characters of base64url, another one at each call. */
  readonly nonce: () => string
  /** A whole number, least and greatest included. */
  readonly number: (least: number, greatest: number) => number
  /** A key pair under an identifier. */
  readonly party: (id: string) => Promise<Party>
}

/**
 * Dice of a seed and a label; two labels never throw alike. With a `run`, names, nonces and keys are of that run alone:
 * a target that still remembers another run of the same seed takes them for what they are, new.
 */
export const diceOf = (seed: number, label: string, run = ''): Dice => {
  let thrown = 0
  const thrownBytes = (length: number, salt: string): Buffer =>
    Buffer.from(hkdfSync('sha256', `amp-conformance-${seed}`, salt, `${label}/${thrown++}`, length))
  const bytes = (length: number): Buffer => thrownBytes(length, run)
  const dice: Dice = {
    word: () => bytes(8).toString('hex'),
    nonce: () => bytes(16).toString('base64url'),
    number: (least, greatest) => least + (thrownBytes(6, '').readUIntBE(0, 6) % (greatest - least + 1)),
    party: async (id) => {
      const secret = (BigInt(`0x${bytes(40).toString('hex')}`) % (order - 1n)) + 1n
      const curve = createECDH('prime256v1')
      curve.setPrivateKey(secret.toString(16).padStart(64, '0'), 'hex')
      const point = curve.getPublicKey()
      const coordinates = {
        kty: 'EC' as const,
        crv: 'P-256' as const,
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      }
      const kid = (await calculateJwkThumbprint(coordinates)).slice(0, 22)
      const d = Buffer.from(secret.toString(16).padStart(64, '0'), 'hex').toString('base64url')
      const privateKey = (await importJWK({ ...coordinates, d } as JWK, 'ES256', { extractable: true })) as CryptoKey
      return { id, kid, privateKey, jwk: { ...coordinates, kid, use: 'sig', alg: 'ES256' } }
    },
  }
  return dice
}

/** base64url SHA-256 of a text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
