/** A buyer agent: a client that registers, binds a wallet, asks for mandates and pays through its credential provider. */
import type { Message, OperationName, RequestOf, ResponseOf } from '../../schemas/index.ts'
import {
  issueTokenRequest,
  type Outcome,
  proveKey,
  reviewItems,
  sha256,
  signTokenRequest,
  type World,
} from '../core/index.ts'
import { callOperation } from '../http/neighbours.ts'
import type { PartyKey } from '../http/operation.ts'

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

/** Evidence references for the eight review items, as an applicant hands them in. */
export const evidenceOf = (base: string): Message<'trust/register-agent-application'>['evidence'] =>
  Object.keys(reviewItems).map((item) => ({
    item: item as keyof typeof reviewItems,
    evidence: `${base}/${item}`,
    evidenceDigest: sha256(`${base}/${item}`),
  }))

/** A buyer agent; every method gives a value or the refusal it met. */
export const createBuyerAgent = (options: BuyerAgentOptions) => {
  const { key, credentialProviderEndpoint, networkId, world } = options
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  let agentId = options.agentId

  const ask = <Name extends Extract<OperationName, `credential-provider.${string}`>>(
    name: Name,
    request: RequestOf<Name>,
    idempotencyKey?: string,
  ): Promise<Outcome<ResponseOf<Name>>> =>
    callOperation(
      name,
      request,
      {
        endpoint: credentialProviderEndpoint,
        keyId: `${agentId ?? 'applicant'}#${key.publicJwk.kid}`,
        privateKey: key.privateKey,
        idempotencyKey,
      },
      world,
    )

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

    /** How a mandate session stands. */
    session: (sessionId: string) => ask('credential-provider.inquiryMandateSession', { sessionId }),

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

export type BuyerAgent = ReturnType<typeof createBuyerAgent>
