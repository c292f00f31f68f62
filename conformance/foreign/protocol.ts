/** Protocols of others as the suite speaks them, made from their specifications and from nothing of a bridge. */
import { createECDH, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { Message } from '../../schemas/index.ts'
import type { Dice } from '../parties.ts'
import { type Account, accountOf } from './typed-data.ts'

type PublicJwk = Message<'hooks/trust-keys-request'>['keys'][number]

/** A P-256 key with the public half others are told. */
export type Signer = { readonly kid: string; readonly key: KeyObject; readonly jwk: PublicJwk }

/** An agent of another protocol, with the keys a bridge is told of. */
export type ForeignAgent = {
  readonly id: string
  readonly name: string
  /** Its Ed25519 key. */
  readonly kid: string
  readonly key: KeyObject
  /** Its P-256 key, for protocols that sign objects. */
  readonly es256: Signer
  /** A P-256 key a bridge is not told of: protocols that hand over hand over to it. */
  readonly handed: Signer
  /** Its account on chains, which no bridge is told of. */
  readonly account: Account
  /** What it shares with a bridge where its protocol signs nothing. */
  readonly secret: string
  /** What a bridge is told. */
  readonly keys: readonly PublicJwk[]
}

/**
 * What not every protocol has: the host a message is for, the agent as its directory names it, a list of whom to believe,
 * a signature, any time, the one from which a message counts, the one until which it does, answers in AMP's shape.
 */
export type Unsaid = 'host' | 'directory-name' | 'directory' | 'signature' | 'time' | 'begin' | 'end' | 'accounts'

/** What a bridge is told of an agent, by its hooks. */
export type Telling =
  | { readonly hook: 'trustKeys'; readonly told: Message<'hooks/trust-keys-request'> }
  | { readonly hook: 'registerMerchant'; readonly told: Message<'hooks/register-merchant-request'> }
  | { readonly hook: 'takeAsset'; readonly told: Message<'hooks/take-asset-request'> }

type Checkout = Message<'common/checkout'>
type Intent = Message<'trust/intent-autonomous'>

/** The order AMP has to be told of; what is left out the protocol has no words for. */
export type Ordered = Pick<Checkout, 'total_amount'> &
  Partial<Pick<Checkout, 'goods' | 'reference_checkout_id'>> & {
    readonly merchant: Partial<Checkout['merchant']>
  }

/** The bounds AMP has to be told of; what is left out the protocol has no words for. */
export type Bounded = Pick<Intent, 'constraints'> & Partial<Intent>

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
  /** Which version of it, where several are spoken. */
  readonly version?: string
  /** Seconds a message may be valid for; left out where the protocol sets no limit. */
  readonly windowMax?: number
  /** Seconds a bridge may allow for clocks that differ; none where it is left out. */
  readonly skewMax?: number
  /** What it has not; checks ask nothing of it that hangs on that. */
  readonly lacks?: readonly Unsaid[]
  /** Members of the body that hold objects of their own, as accounts name them: a bridge accounts for what is in them. */
  readonly opened?: readonly string[]
  /** What a bridge has to be told before it takes a message; the keys of the agent where this is left out. */
  readonly tellings?: (agent: ForeignAgent) => readonly Telling[]
  /** A message that proposes to pay an order. */
  readonly pay?: (order: Checkout, manner: Manner) => Promise<ForeignRequest>
  /** What of an order reaches AMP; all of it where this is left out. */
  readonly ordered?: (order: Checkout, agent: ForeignAgent) => Ordered
  /** A message that asks for bounds of later purchases, which end when the message does. */
  readonly delegate?: (intent: Intent, manner: Manner) => Promise<ForeignRequest>
  /** What of bounds reaches AMP; all of them where this is left out. */
  readonly bounded?: (intent: Intent, agent: ForeignAgent) => Bounded
  /** A message that proposes nothing; left out where every message proposes something. */
  readonly look?: (manner: Manner) => Promise<ForeignRequest>
  /** Whether an answer in its own shape takes the message, or says that the user has to decide; a status of 2xx elsewhere. */
  readonly hears?: (status: number, body: unknown) => boolean
  /** What somebody without the key makes of a message, a flipped bit of its signature first; left out where the request is signed. */
  readonly forgeries?: (request: ForeignRequest, bit: number) => readonly [ForeignRequest, ...ForeignRequest[]]
}

/** A protocol by the name checks have it under. */
export const nameOf = ({ protocol, version }: Pick<ForeignProtocol, 'protocol' | 'version'>): string =>
  version === undefined ? protocol : `${protocol} ${version}`

/** What protocols have words for that say everything of a shop but what it sells. */
export const withoutCategory = ({ total_amount, goods, reference_checkout_id, merchant }: Checkout): Ordered => {
  const { reference_merchant_id, merchant_name } = merchant
  return { total_amount, goods, reference_checkout_id, merchant: { reference_merchant_id, merchant_name } }
}

/** A bridge is told whose tokens about agents count: those an agent signs as its own issuer. */
export const asIssuer = (agent: ForeignAgent): readonly Telling[] => [
  { hook: 'trustKeys', told: { holder: 'issuer', id: issuerOf(agent), keys: [agent.es256.jwk] } },
]

/** The address an agent issues tokens under. */
export const issuerOf = ({ id }: Pick<ForeignAgent, 'id'>): string => `https://${id}.example`

/** The key of P-256 a text stands for. */
const p256 = (text: string, kid: string): Signer => {
  const d = createHash('sha256').update(text).digest()
  // The order of the group begins with ff: a number that begins with 01 is below it.
  d[0] = 1
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const at = { x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
  const jwk = { kty: 'EC' as const, crv: 'P-256' as const, ...at }
  const key = createPrivateKey({ key: { ...jwk, d: d.toString('base64url') }, format: 'jwk' })
  return { kid, key, jwk: { ...jwk, kid, use: 'sig' } }
}

const lettersOf = (hex: string): string =>
  [...hex].map((digit) => 'abcdefghijklmnop'[Number.parseInt(digit, 16)]).join('')

/** A word without digits, in which nobody sees the number of a card. */
export const letters = (dice: Dice): string => lettersOf(dice.word())

/** An agent with keys the dice decide. */
export const foreignAgent = (dice: Dice): ForeignAgent => {
  const word = letters(dice)
  const secret = `foreign ${word}${dice.word()}`
  const seed = createHash('sha256').update(secret).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  const kid = `agent-key-${word}`
  const es256 = p256(`${secret} es256`, `agent-es256-${word}`)
  return {
    id: `agent-${word}`,
    name: `Agent ${word}`,
    kid,
    key,
    es256,
    handed: p256(`${secret} handed`, `agent-handed-${word}`),
    account: accountOf(createHash('sha256').update(`${secret} account`).digest()),
    secret: lettersOf(createHash('sha256').update(`${secret} shared`).digest('hex')),
    keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig' }, es256.jwk],
  }
}
