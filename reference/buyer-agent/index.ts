/** A buyer agent: a client that registers, binds a wallet, asks for mandates and pays through its credential provider. */
import { setTimeout } from 'node:timers/promises'
import {
  type Message,
  type OperationName,
  type ProblemCode,
  problemKinds,
  type RequestOf,
  type ResponseOf,
} from '../../schemas/index.ts'
import {
  accept,
  askedOf,
  enforces,
  issueTokenRequest,
  type Outcome,
  proveKey,
  refuse,
  reviewItems,
  sha256,
  signTokenRequest,
  type World,
} from '../core/index.ts'
import { callOperation } from '../http/neighbours.ts'
import type { PartyKey } from '../http/operation.ts'
import { sendAgain } from './again.ts'
import { type Shop, visit } from './shop.ts'

export type { MeansOfPayment, Shop } from './shop.ts'

type Checkout = Message<'common/checkout'>

/** Where an agent finds its credential provider, and the identifier of the network its signatures are for. */
export type BuyerAgentOptions = {
  readonly key: PartyKey
  readonly credentialProviderEndpoint: string
  readonly networkId: string
  readonly world: World
  /** Known after registration. */
  readonly agentId?: string
}

/** What the agent holds when a mandate is activated. */
export type HeldMandate = {
  readonly mandateId: string
  readonly bindingId: string
  readonly mandateType: Message<'trust/mandate-type'>
  readonly identity: string
  readonly mandate: string
}

/**
 * What an applicant hands in for the eight review items: a reference for each, and the digest of what is found there.
 * `contentOf` gives that content; without it the reference itself is all there is.
 */
export const evidenceOf = (
  base: string,
  contentOf: (item: keyof typeof reviewItems) => string = (item) => `${base}/${item}`,
): Message<'trust/register-agent-application'>['evidence'] =>
  Object.keys(reviewItems).map((name) => {
    const item = name as keyof typeof reviewItems
    return { item, evidence: `${base}/${item}`, evidenceDigest: sha256(contentOf(item)) }
  })

/** How long to wait for a user, and how often to look. */
export type Patience = { readonly timeoutMs?: number; readonly everyMs?: number }

/** Looks again and again until there is an answer; at the end of patience the last one. */
const lookUntil = async <Value>(
  look: () => Promise<Outcome<Value> | undefined>,
  inTheEnd: Outcome<Value>,
  { timeoutMs = 600_000, everyMs = 500 }: Patience,
): Promise<Outcome<Value>> => {
  for (let waited = 0; ; waited += everyMs) {
    const seen = await look()
    if (seen !== undefined) return seen
    if (waited >= timeoutMs) return inTheEnd
    await setTimeout(everyMs)
  }
}

/** A buyer agent; every method gives a value or the refusal it met. */
export const createBuyerAgent = (options: BuyerAgentOptions) => {
  const { key, credentialProviderEndpoint, networkId, world } = options
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  let agentId = options.agentId

  const keyId = (): string =>
    `${enforces(world, 'AMP-TRUST-104:caller') && agentId !== undefined ? agentId : 'applicant'}#${key.publicJwk.kid}`

  const ask = <Name extends Extract<OperationName, `credential-provider.${string}`>>(
    name: Name,
    request: RequestOf<Name>,
  ): Promise<Outcome<ResponseOf<Name>>> => {
    const exchange = {
      endpoint: credentialProviderEndpoint,
      keyId: keyId(),
      privateKey: key.privateKey,
      idempotencyKey: world.nonce(),
    }
    return sendAgain(() => callOperation(name, askedOf(world, name, request), exchange, world))
  }

  const self = (): string => {
    if (agentId === undefined) throw new Error('the agent is not registered yet')
    return agentId
  }

  return {
    agentId: self,

    /** Applies at the credential provider with the key it made itself (AMP-TRUST-014, 015). */
    register: async (
      profile: Message<'trust/agent-profile'>,
      evidence: Message<'trust/register-agent-application'>['evidence'],
    ): Promise<Outcome<Message<'trust/agent'>>> => {
      const agentKey = key.publicJwk as Message<'common/public-jwk'>
      const proofOfPossession = await proveKey(agentKey, networkId, signer, world)
      const agent = await ask('credential-provider.registerAgent', { profile, agentKey, proofOfPossession, evidence })
      if (agent.ok) agentId = agent.value.agentId
      return agent
    },

    /** Asks to be bound to a wallet; the user decides at `authUrl`. */
    bind: (walletId: string) => ask('credential-provider.addPaymentMethod', { agentId: self(), walletId }),

    /** The binding of a session, once the user confirmed. */
    binding: async (sessionId: string): Promise<Message<'payment/binding'> | undefined> => {
      const list = await ask('credential-provider.queryPaymentMethodList', { agentId: self(), sessionId })
      return list.ok ? list.value.paymentMethods[0] : undefined
    },

    /** How a binding session stands, with its binding once the user confirmed. */
    bindingSession: (sessionId: string) =>
      ask('credential-provider.queryPaymentMethodList', { agentId: self(), sessionId }),

    /** Asks for a mandate on one checkout, the user being present. */
    requestImmediate: (bindingId: string, intent: Message<'trust/intent-immediate'>, checkout: Checkout) =>
      ask('credential-provider.createMandateSession', {
        agentId: self(),
        bindingId,
        mandateType: 'IMMEDIATE',
        intent,
        checkout,
      }),

    /** Asks for a mandate within bounds, to act later. */
    requestAutonomous: (bindingId: string, intent: Message<'trust/intent-autonomous'>) =>
      ask('credential-provider.createMandateSession', {
        agentId: self(),
        bindingId,
        mandateType: 'AUTONOMOUS',
        intent,
      }),

    /** The binding of a session, waited for; `binding-unknown` where the user did not confirm. */
    awaitBinding: (sessionId: string, patience: Patience = {}): Promise<Outcome<Message<'payment/binding'>>> =>
      lookUntil(
        async () => {
          const list = await ask('credential-provider.queryPaymentMethodList', { agentId: self(), sessionId })
          if (!list.ok) return list
          const [binding] = list.value.paymentMethods
          if (binding) return accept(binding)
          return list.value.status === 'FAILED' ? refuse('binding-unknown') : undefined
        },
        refuse('binding-unknown', { detail: 'nobody decided yet' }),
        patience,
      ),

    /** How a mandate session stands. */
    session: (sessionId: string) => ask('credential-provider.inquiryMandateSession', { sessionId }),

    /**
     * The mandate of a session, waited for; otherwise the problem it failed with, or `mandate-inactive` where nobody
     * decided yet. After a failed check nothing more is asked for under it (AMP-TRUST-094).
     */
    awaitMandate: (sessionId: string, patience: Patience = {}): Promise<Outcome<HeldMandate>> =>
      lookUntil(
        async () => {
          const session = await ask('credential-provider.inquiryMandateSession', { sessionId })
          if (!session.ok) return session
          const { status, failure, mandateId, bindingId, mandateType, identity, mandate } = session.value
          if (status === 'FAILED') return refuse(failureCodeOf(failure))
          return identity === undefined || mandate === undefined
            ? undefined
            : accept({ mandateId, bindingId, mandateType, identity, mandate })
        },
        refuse('mandate-inactive', { mandateStatus: 'inactive', detail: 'nobody decided yet' }),
        patience,
      ),

    /** A merchant, by its endpoint. */
    visit: (merchantEndpoint: string): Shop =>
      visit(merchantEndpoint, { keyId: keyId(), privateKey: key.privateKey }, world),

    /** Asks for a payment token: signs the checkout (L3) when the user is away, and the request in any case (AMP-TRUST-017). */
    applyForToken: async (
      held: HeldMandate,
      checkout: Checkout,
    ): Promise<
      Outcome<{
        readonly token: ResponseOf<'credential-provider.applyCredential'>
        readonly assurance: Message<'trust/assurance'>
      }>
    > => {
      const tokenRequest =
        held.mandateType === 'AUTONOMOUS'
          ? {
              tokenRequest: await issueTokenRequest(
                { audience: networkId, mandate: held.mandate, checkout },
                signer,
                world,
              ),
            }
          : {}
      const assurance = { identity: held.identity, mandate: held.mandate, ...tokenRequest }
      const request = { agentId: self(), bindingId: held.bindingId, mandateId: held.mandateId, checkout, assurance }
      const requestSignature = await signTokenRequest(request, networkId, signer, world)
      const token = await ask('credential-provider.applyCredential', { ...request, requestSignature })
      return token.ok ? { ok: true, value: { token: token.value, assurance } } : token
    },
  }
}

/** The code a session failed with, where it is one of the table. */
export const failureCodeOf = (failure: string | undefined): ProblemCode =>
  problemKinds.has(failure as ProblemCode) ? (failure as ProblemCode) : 'mandate-expired'

export type BuyerAgent = ReturnType<typeof createBuyerAgent>
