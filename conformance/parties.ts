/** The people of a run: every party, agent and user the suite plays, with keys and names made from the seed. */
import { createECDH, createHash, createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import type { Message } from '../schemas/index.ts'

/** Somebody who signs: identifier as `keyid` and `iss` name it, private key, public JWK with `kid`. */
export type Party = {
  readonly id: string
  readonly kid: string
  readonly privateKey: KeyObject
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

const hmac = (key: string | Buffer, ...parts: readonly (string | Buffer)[]): Buffer => {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** HKDF-SHA256 (RFC 5869) of one secret for many labels: what they have in common is worked out once. */
const derivation = (secret: string, salt: string): ((label: string, length: number) => Buffer) => {
  const root = hmac(salt, secret)
  return (label, length) => {
    const blocks: Buffer[] = []
    for (let made = 0; made < length; made += 32)
      blocks.push(hmac(root, blocks.at(-1) ?? '', label, Buffer.of(blocks.length + 1)))
    return Buffer.concat(blocks).subarray(0, length)
  }
}

/**
 * Dice of a seed and a label; two labels never throw alike. With a `run`, names, nonces and keys are of that run alone:
 * a target that still remembers another run of the same seed takes them for what they are, new.
 */
export const diceOf = (seed: number, label: string, run = ''): Dice => {
  let thrown = 0
  const ofSeed = derivation(`amp-conformance-${seed}`, '')
  const ofRun = run === '' ? ofSeed : derivation(`amp-conformance-${seed}`, run)
  const bytes = (length: number): Buffer => ofRun(`${label}/${thrown++}`, length)
  const dice: Dice = {
    word: () => bytes(8).toString('hex'),
    nonce: () => bytes(16).toString('base64url'),
    number: (least, greatest) => least + (ofSeed(`${label}/${thrown++}`, 6).readUIntBE(0, 6) % (greatest - least + 1)),
    party: async (id) => {
      const secret = (BigInt(`0x${bytes(40).toString('hex')}`) % (order - 1n)) + 1n
      const scalar = Buffer.from(secret.toString(16).padStart(64, '0'), 'hex')
      const curve = createECDH('prime256v1')
      curve.setPrivateKey(scalar)
      const point = curve.getPublicKey()
      const coordinates = {
        kty: 'EC' as const,
        crv: 'P-256' as const,
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      }
      const { kty, crv, x, y } = coordinates
      const kid = sha256(JSON.stringify({ crv, kty, x, y })).slice(0, 22)
      const privateKey = createPrivateKey({ key: { ...coordinates, d: scalar.toString('base64url') }, format: 'jwk' })
      return { id, kid, privateKey, jwk: { ...coordinates, kid, use: 'sig', alg: 'ES256' } }
    },
  }
  return dice
}

/** base64url SHA-256 of a text. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')
