/** The contract of an adapter: what a foreign message passes through before it becomes, at most, a draft. */
import type { Outcome, Refusal } from '../reference/core/outcome.ts'
import type { Message } from '../schemas/index.ts'
import type { Accounts, FieldRule } from './accounting.ts'
import type { JsonObject } from './json.ts'
import type { KeyDirectory } from './keys.ts'
import type { ForeignMessage } from './message.ts'
import type { NonceStore } from './nonces.ts'
import type { TokenAmounts } from './token-amounts.ts'

/** What never crosses rails by itself (law 7): a source that cannot say it is reported as absent, not as none. */
export type NeverCrosses = {
  readonly liability: 'absent'
  readonly guarantee: 'absent'
  readonly revocation: 'absent'
}

export const neverCrosses: NeverCrosses = { liability: 'absent', guarantee: 'absent', revocation: 'absent' }

/** Where a draft came from. */
export type DraftSource = { readonly protocol: string; readonly version: string; readonly agent: string }

type DraftBase = NeverCrosses & {
  readonly kind: 'mandate-draft'
  /** The only status there is on this side (law 1): the user activates a mandate at the wallet, nobody else. */
  readonly status: 'inactive'
  readonly source: DraftSource
}

/** What an agent asks for while the user is present: one checkout. */
export type ImmediateDraft = DraftBase & {
  readonly mode: 'IMMEDIATE'
  readonly intent: Message<'trust/intent-immediate'>
  readonly checkout: Message<'common/checkout'>
}

/** What an agent asks to be allowed later: bounds and an end, no checkout. */
export type AutonomousDraft = DraftBase & {
  readonly mode: 'AUTONOMOUS'
  readonly intent: Message<'trust/intent-autonomous'>
}

/** The input of an AMP mandate session, proposed by an agent and authorised by nobody yet. */
export type Draft = ImmediateDraft | AutonomousDraft

/**
 * How far a part of a message was checked: `verified` (a trusted key signed it), `bad-signature`, `expired`,
 * `unverified` (signed, by a key nobody here knows), `unsigned`, `composed` (written by the bridge), `absent`.
 */
export type EvidenceStatus =
  | 'verified'
  | 'bad-signature'
  | 'expired'
  | 'unverified'
  | 'unsigned'
  | 'composed'
  | 'absent'

/** One statement about a part of the message, never the part itself. */
export type Evidence = { readonly kind: string; readonly status: EvidenceStatus; readonly why?: string }

/** Whether the message only looks around or asks to pay; a browsing message never opens a payment path. */
export type Interaction = 'browse' | 'payment'

/** A signature of a key in a trusted directory, a secret the operator shares with the sender, or nothing. */
export type Proof = 'signature' | 'shared-secret' | 'none'

/** Who sent the message, as far as its own protocol proves it. It is an alias for KYA, never an AMP credential. */
export type ForeignIdentity = {
  readonly protocol: string
  readonly interaction: Interaction
  readonly agent: { readonly id: string; readonly name?: string; readonly domain?: string }
  /** What the identity stands on; with `none` nobody vouches for the sender, and the members below are left out. */
  readonly proof: Proof
  /** Name of the key directory that vouches for the agent. */
  readonly directory?: string
  readonly keyid?: string
  /** RFC 7638 thumbprint of the key, since key ids rotate. */
  readonly thumbprint?: string
  readonly algorithm?: string
  /** Host, or party, the message was signed for. */
  readonly audience?: string
  /** Epoch seconds. */
  readonly created?: number
  readonly expires?: number
}

/** A trusted message in AMP's words. */
export type Translation = {
  readonly identity: ForeignIdentity
  readonly evidence: readonly Evidence[]
  readonly draft?: Draft
} & Accounts

/** What an adapter thinks of a message, with its reasons. */
export type Detection = { readonly mine: boolean; readonly reasons: readonly string[] }

/** A merchant as the operator of the bridge knows it, by the card acceptor id a foreign message names. */
export type MerchantSetting = {
  readonly cardAcceptorId: string
  readonly acquirerId?: string
  readonly currency: string
  readonly merchant: Message<'common/merchant'>
}

/** What the operator of the bridge decides and no message can. */
export type Settings = {
  /** Currency of amounts that come without one, for merchants that are not listed. */
  readonly currency?: string
  readonly merchants?: readonly MerchantSetting[]
  /** Takes RSA-PSS with SHA-256 in HTTP message signatures too; the registry of RFC 9421 does not list it. */
  readonly allowPs256?: boolean
  /** What one adapter alone is told, by protocol: each adapter reads its own entry strictly and names it in its page. */
  readonly protocols?: Readonly<Record<string, JsonObject>>
}

/** Everything verification may reach: injected, so that every translation can be replayed. */
export type BridgeContext = {
  /** Epoch seconds. */
  readonly now: number
  readonly directory: KeyDirectory
  readonly nonces: NonceStore
  readonly settings: Settings
}

declare const verifiedMark: unique symbol

/** A value whose origin was proven. Only `verify` of an adapter makes one, and `toAmp` takes nothing else (law 5). */
export type Verified<Value> = Value & { readonly [verifiedMark]: true }

/** To be called by `verify` of an adapter alone, as its last step. */
export const asVerified = <Value>(value: Value): Verified<Value> => value as Verified<Value>

/** One kind of message of a protocol with the fate of every field: the matrix and the accounts both read it. */
export type MessageKind = {
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly yields: string
  readonly rules: readonly FieldRule[]
}

/**
 * What of AMP may leave through an adapter. `given` holds what the other protocol demands and AMP does not know (ids of
 * a consumer, of a token reference): the caller vouches for it, and it is scanned for card data like everything else.
 */
export type AmpDocument = {
  readonly [Kind in keyof AmpValues]: {
    readonly kind: Kind
    readonly value: AmpValues[Kind]
    readonly given: JsonObject
  }
}[keyof AmpValues]

type AmpValues = {
  readonly mandate: Message<'trust/mandate'>
  readonly checkout: Message<'common/checkout'>
  readonly order: Message<'payment/order'>
  readonly payment: Message<'payment/payment'>
  readonly problem: Message<'common/problem'>
}

/** A message of another protocol, ready to be sent by whoever may: the bridge signs nothing (law 1). */
export type OutboundMessage = {
  /** Kind of message: the name of one of the adapter's `messages` with direction `out`. */
  readonly name: string
  /** Of a request; left out in an answer. */
  readonly method?: string
  readonly path?: string
  /** Of an answer; left out in a request. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/**
 * AMP in the words of another protocol. The accounts name AMP's fields: `value/...` and `given/...`, each carried to a
 * path of this object (`message/body/...`), derived, or lost.
 */
export type Outbound = { readonly message: OutboundMessage } & Accounts

/** What an outbound translation may reach. */
export type OutboundContext = Pick<BridgeContext, 'now' | 'settings'>

/** A mandate session that waits for the user. */
export type OpenedDraft = {
  readonly sessionId: string
  readonly mandateId?: string
  /** Where the user authorises: the wallet's trusted surface. */
  readonly authorizeUrl: string
  readonly status: 'inactive'
}

/** How the gateway decided about a message. */
export type Answered =
  | { readonly kind: 'opened'; readonly translation: Translation; readonly session: OpenedDraft }
  | { readonly kind: 'identified'; readonly translation: Translation }
  | { readonly kind: 'refused'; readonly problem: Refusal; readonly status: number; readonly title: string }

/** A protocol, translated. `Wire` is typed but untrusted, `Trusted` is what `verify` proved. */
export type Adapter<Wire, Trusted> = {
  readonly protocol: string
  /** Versions or commits the adapter was written against. */
  readonly versions: readonly string[]
  readonly experimental: boolean
  readonly messages: readonly MessageKind[]
  readonly detect: (message: ForeignMessage) => Detection
  readonly parse: (message: ForeignMessage) => Outcome<Wire>
  readonly verify: (wire: Wire, context: BridgeContext) => Promise<Outcome<Verified<Trusted>>>
  readonly toAmp: (trusted: Verified<Trusted>, settings: Settings) => Outcome<Translation>
  /** AMP to this protocol, where the adapter has the direction `out`. A kind it has no words for is refused. */
  readonly fromAmp?: (document: AmpDocument, context: OutboundContext) => Outcome<Outbound>
  /**
   * The protocol's own answer to a message, with `status`, perhaps `headers` and `body`; nothing where it has none, and
   * the gateway answers as AMP does. It says no more than is known: a draft is pending, never paid.
   */
  readonly answer?: (message: ForeignMessage, answered: Answered) => OutboundMessage | undefined
  /** Where the protocol counts tokens: a whole amount there is no card number, whatever it looks like (law 4). */
  readonly tokenAmounts?: TokenAmounts
}

/** An adapter with its own types sealed inside: the pipeline cannot mix the wire of one with the verifier of another. */
export type SealedAdapter = Pick<
  Adapter<never, never>,
  'protocol' | 'versions' | 'experimental' | 'messages' | 'detect' | 'fromAmp' | 'answer' | 'tokenAmounts'
> & {
  /** `begins` hears each step as it begins, for whoever shows the way of a message. */
  readonly run: (
    message: ForeignMessage,
    context: BridgeContext,
    begins?: (step: 'parse' | 'verify' | 'translate') => void,
  ) => Promise<Outcome<Translation>>
}

/** Seals an adapter: parse, verify, translate, in this order and no other (law 5). */
export const sealAdapter = <Wire, Trusted>(adapter: Adapter<Wire, Trusted>): SealedAdapter => ({
  protocol: adapter.protocol,
  versions: adapter.versions,
  experimental: adapter.experimental,
  messages: adapter.messages,
  detect: adapter.detect,
  ...(adapter.fromAmp ? { fromAmp: adapter.fromAmp } : {}),
  ...(adapter.answer ? { answer: adapter.answer } : {}),
  ...(adapter.tokenAmounts ? { tokenAmounts: adapter.tokenAmounts } : {}),
  run: async (message, context, begins) => {
    begins?.('parse')
    const wire = adapter.parse(message)
    if (!wire.ok) return wire
    begins?.('verify')
    const trusted = await adapter.verify(wire.value, context)
    if (!trusted.ok) return trusted
    begins?.('translate')
    return adapter.toAmp(trusted.value, context.settings)
  },
})

/** What the bridge says about a message: the shape the command prints and the gateway answers from. */
export type BridgeResult =
  | ({ readonly outcome: 'translated'; readonly protocol: string } & NeverCrosses & Translation)
  | {
      readonly outcome: 'refused'
      readonly protocol?: string
      readonly problem: Refusal
      readonly evidence: readonly Evidence[]
      readonly losses: Accounts['losses']
    }
  | {
      readonly outcome: 'not-this-protocol'
      readonly reasons: readonly string[]
      readonly evidence: readonly Evidence[]
      readonly losses: Accounts['losses']
    }

/** What the bridge says about AMP on its way out: the shape `translate --to` prints. */
export type OutboundResult =
  | ({ readonly outcome: 'translated'; readonly protocol: string } & NeverCrosses & Outbound)
  | { readonly outcome: 'refused'; readonly protocol: string; readonly problem: Refusal; readonly losses: readonly [] }
