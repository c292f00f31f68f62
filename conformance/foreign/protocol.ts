/** Protocols of others as the suite speaks them, made from their specifications and from nothing of a bridge. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Message } from '../../schemas/index.ts'
import type { Dice } from '../parties.ts'

/** An agent of another protocol, with the key a bridge is told of. */
export type ForeignAgent = {
  readonly id: string
  readonly name: string
  readonly kid: string
  readonly key: KeyObject
  readonly jwk: Message<'hooks/trust-keys-request'>['keys'][number]
}

/** A message on its way to a bridge; `headers` are sent as they stand. */
export type ForeignRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How a message is signed. Times are epoch seconds. */
export type Manner = {
  /** Host, with a port where it is not the default one, of the endpoint the message is for. */
  readonly authority: string
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly agent: ForeignAgent
}

/** One protocol: what its agents send, and how long a message of it may last. */
export type ForeignProtocol = {
  /** Its name among the extensions of a bridge. */
  readonly protocol: string
  /** Seconds a message may be valid for. */
  readonly windowMax: number
  /** A message that proposes to pay an order; protocols that only identify have none. */
  readonly pay?: (order: Message<'common/checkout'>, manner: Manner) => Promise<ForeignRequest>
  /** A message that asks for bounds of later purchases. */
  readonly delegate?: (intent: Message<'trust/intent-autonomous'>, manner: Manner) => Promise<ForeignRequest>
  /** A message that proposes nothing. */
  readonly look: (manner: Manner) => Promise<ForeignRequest>
}

/** A word without digits, in which nobody sees the number of a card. */
export const letters = (dice: Dice): string =>
  [...dice.word()].map((digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)]).join('')

/** An agent with an Ed25519 key the dice decide. */
export const foreignAgent = (dice: Dice): ForeignAgent => {
  const word = letters(dice)
  const seed = createHash('sha256').update(`foreign ${word}${dice.word()}`).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  const kid = `agent-key-${word}`
  return {
    id: `agent-${word}`,
    name: `Agent ${word}`,
    kid,
    key,
    jwk: { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig' },
  }
}
