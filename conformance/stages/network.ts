/** The stage for a network under test: the suite is credential provider, wallet with signature provider, and acquirer. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import {
  type Change,
  type Content,
  commitTo,
  momentOf,
  proveKey,
  signMandate,
  signTokenRequest,
  signTokenRequestLayer,
} from '../assurance.ts'
import { given, needed } from '../expect.ts'
import { type Party, sha256 } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Variation } from '../target/client.ts'
import { orderOver, paymentOrder, usd } from './orders.ts'

type Checkout = Message<'common/checkout'>

/** The eight items of the onboarding review. */
export const reviewItems = [
  'agent-profile',
  'know-your-customer',
  'anti-money-laundering-and-sanctions',
  'cyber-and-data-security',
  'privacy',
  'anti-bribery-and-corruption',
  'ai-compliance',
  'prohibited-scenarios',
] as const

/** Leaves out what is undefined: a layer a wrong agent does not send. */
const present = (assurance: Readonly<Record<string, string | undefined>>): Message<'trust/assurance'> =>
  Object.fromEntries(
    Object.entries(assurance).filter(([, layer]) => layer !== undefined),
  ) as unknown as Message<'trust/assurance'>

/** An agent the network registered. */
export type Agent = { readonly agentId: string; readonly name: string; readonly key: Party }

/** An agent bound to a user of the suite's wallet. */
export type Bound = {
  readonly agent: Agent
  readonly userReference: string
  readonly isp: Party
  readonly bindingId: string
  readonly identity: string
}

/** A mandate that waits for the wallet's report. */
export type Drafted = Bound & {
  readonly content: Content
  readonly authId: string
  readonly sessionId: string
  readonly mandateId: string
}

/** A mandate in force. */
export type Held = Drafted & { readonly mandate: string }

/** A token with the order it was issued for. */
export type Token = {
  readonly paymentToken: string
  readonly checkout: Checkout
  readonly request: RequestOf<'network.applyCredential'>
}

export const networkStage = (scene: Scene) => {
  const { session, client, dice } = scene
  const { neighbours, parties } = session
  const provider = parties['credential-provider']
  const { wallet, acquirer } = parties
  const network = session.served('network')
  const audience = network.id
  const walletName = 'SUITE_WALLET'

  const profile = (): Message<'trust/agent-profile'> => ({
    name: `Agent ${dice.word()}`,
    developer: 'Suite',
    operator: 'Suite',
    modelFamily: 'suite',
    version: '1.0.0',
    capabilities: ['shopping'],
    prohibitedScenarios: ['gambling'],
  })

  const reviewed = (change: Partial<Message<'trust/review-record'>> = {}): Message<'trust/review-record'> => ({
    reviewedAt: momentOf(session.now()),
    items: reviewItems.map((item) => ({
      item,
      outcome: 'passed',
      steps: 'Read, asked, checked.',
      evidence: `https://evidence.example/${item}`,
      evidenceDigest: sha256(item),
    })),
    conclusion: 'Passed.',
    ...change,
  })

  /** A registration as a credential provider sends it; `change` is made before it commits to the review. */
  const registrationOf = async (
    key: Party,
    change: Partial<Message<'trust/review-record'>> = {},
    claims: {
      readonly proof?: Record<string, unknown>
      readonly commitment?: Record<string, unknown>
      readonly by?: Party
    } = {},
  ): Promise<RequestOf<'network.registerAgent'>> => {
    const application = { agentKey: key.jwk, profile: profile(), review: reviewed(change) }
    const now = session.now()
    return {
      ...application,
      proofOfPossession: await proveKey(key, { audience, now }, dice, claims.proof),
      commitment: await commitTo(application, { by: claims.by ?? provider, audience, now }, claims.commitment),
    }
  }

  const send = (message: RequestOf<'network.registerAgent'>, change?: Variation): Promise<Answer> =>
    client.call('network.registerAgent', message, provider, change)

  const register = async (): Promise<Agent> => {
    const key = await dice.party(`agent-key-${dice.word()}`)
    const registration = await registrationOf(key)
    const { agentId } = given('network.registerAgent', await send(registration))
    return { agentId, name: registration.profile.name, key: { ...key, id: agentId } }
  }

  const enrol = (agent: Agent): Promise<Answer> =>
    client.call(
      'network.createAuthorization',
      { authContext: 'ENROLLMENT', sessionId: `session-${dice.word()}`, agentId: agent.agentId, walletId: wallet.id },
      provider,
    )

  /** What the wallet says of a binding the user confirmed. */
  const enrolmentReport = (
    authId: string,
    isp: Party,
    userReference: string,
  ): Message<'trust/notify-authorization-request-enrollment'> => ({
    authContext: 'ENROLLMENT',
    outcome: 'SUCCESS',
    authId,
    idvResult: 'PASS',
    idvTime: momentOf(session.now()),
    ispKey: isp.jwk,
    walletAccount: { walletId: wallet.id, walletName, userReference, maskedLoginId: 'u***@example.com' },
  })

  const report = (
    message: RequestOf<'network.notifyAuthorization'>,
    by = wallet,
    change?: Variation,
  ): Promise<Answer> => client.call('network.notifyAuthorization', message, by, change)

  const bind = async (by?: Agent, userReference = `user-${dice.word()}`): Promise<Bound> => {
    const agent = by ?? (await register())
    const { authId } = given('network.createAuthorization', await enrol(agent))
    const isp = await dice.party(`isp-${dice.word()}`)
    const { bindingId, identity } = given(
      'network.notifyAuthorization',
      await report(enrolmentReport(authId, isp, userReference)),
    )
    return {
      agent,
      userReference,
      isp,
      bindingId: needed(bindingId, 'the network answered no binding'),
      identity: needed(identity, 'the network answered no identity layer'),
    }
  }

  const immediate = (checkout: Checkout): Content => ({
    mandateType: 'IMMEDIATE',
    intent: { raw: 'buy this', desc: `One order: ${checkout.goods[0]?.goods_name}` },
    checkout,
  })

  const autonomous = (budget: number, more: Partial<Message<'trust/constraints'>> = {}, seconds = 86_400): Content => ({
    mandateType: 'AUTONOMOUS',
    intent: {
      raw: 'keep me supplied',
      desc: `Supplies ${dice.word()}`,
      expiry_time: momentOf(session.now() + seconds),
      constraints: { budget_amount: usd(budget), merchant_mcc_list: ['5411'], ...more },
    },
  })

  const askFor = (
    bound: Bound,
    content: Content,
    sessionId = `session-${dice.word()}`,
    change?: Variation,
  ): Promise<Answer> => {
    const common = {
      authContext: 'MANDATE' as const,
      sessionId,
      agentId: bound.agent.agentId,
      bindingId: bound.bindingId,
    }
    return client.call('network.createAuthorization', { ...common, ...content }, provider, change)
  }

  const draft = async (bound: Bound, content: Content): Promise<Drafted> => {
    const { authId, mandateId, sessionId } = given('network.createAuthorization', await askFor(bound, content))
    return { ...bound, content, authId, sessionId, mandateId: needed(mandateId, 'the network named no mandate') }
  }

  /** The mandate layer as the wallet signs it; `change` is what a wrong one signs. */
  const sign = (drafted: Drafted, change?: Change, isp: Party = drafted.isp): Promise<string> =>
    signMandate(
      {
        content: drafted.content,
        isp,
        agentKey: drafted.agent.key.jwk,
        networkId: audience,
        identity: drafted.identity,
        mandateId: drafted.mandateId,
        bindingId: drafted.bindingId,
        walletName,
        maskedLoginId: 'u***@example.com',
        now: session.now(),
      },
      dice,
      change,
    )

  const approvalOf = (
    { authId }: Pick<Drafted, 'authId'>,
    mandate: string,
  ): Message<'trust/notify-authorization-request-mandate'> => ({
    authContext: 'MANDATE',
    outcome: 'SUCCESS',
    authId,
    idvResult: 'PASS',
    idvTime: momentOf(session.now()),
    mandate,
  })

  const approve = (drafted: Drafted, mandate: string, by = wallet): Promise<Answer> =>
    report(approvalOf(drafted, mandate), by)

  /** A mandate in force, of an agent and user of its own unless one is given. */
  const hold = async (content: Content, by?: Bound): Promise<Held> => {
    const drafted = await draft(by ?? (await bind()), content)
    const mandate = await sign(drafted)
    given('network.notifyAuthorization', await approve(drafted, mandate))
    return { ...drafted, mandate }
  }

  /** What a wrong agent does to its token request. */
  type Wrong = {
    readonly layer?: Change
    readonly layerBy?: Party
    readonly assurance?: Readonly<Record<string, string | undefined>>
    readonly request?: Partial<RequestOf<'network.applyCredential'>>
    readonly claims?: Record<string, unknown>
    readonly signedBy?: Party
  }

  /** A token request as the agent signs it. */
  const requestOf = async (
    held: Held,
    checkout: Checkout,
    wrong: Wrong = {},
  ): Promise<RequestOf<'network.applyCredential'>> => {
    const now = session.now()
    const { key } = held.agent
    const tokenRequest =
      held.content.mandateType === 'AUTONOMOUS'
        ? {
            tokenRequest: await signTokenRequestLayer(
              { agent: wrong.layerBy ?? key, networkId: audience, mandate: held.mandate, checkout, now },
              dice,
              wrong.layer,
            ),
          }
        : {}
    const assurance = { identity: held.identity, mandate: held.mandate, ...tokenRequest, ...wrong.assurance }
    const unsigned = {
      agentId: held.agent.agentId,
      bindingId: held.bindingId,
      mandateId: held.mandateId,
      checkout,
      assurance: present(assurance),
      ...wrong.request,
    }
    return signTokenRequest(unsigned, { agent: wrong.signedBy ?? key, audience, now }, dice, wrong.claims)
  }

  const order = (value: number, change?: Partial<Checkout>): Checkout => orderOver(dice, value, change)

  const apply = async (held: Held, checkout: Checkout, wrong?: Wrong, change?: Variation): Promise<Answer> =>
    client.call('network.applyCredential', await requestOf(held, checkout, wrong), provider, change)

  const token = async (held: Held, value = 1_000): Promise<Token> => {
    const checkout = held.content.mandateType === 'IMMEDIATE' ? held.content.checkout : order(value)
    const request = await requestOf(held, checkout)
    const { paymentToken } = given(
      'network.applyCredential',
      await client.call('network.applyCredential', request, provider),
    )
    return { paymentToken, checkout, request }
  }

  const paymentOf = (
    { paymentToken, checkout }: Pick<Token, 'paymentToken' | 'checkout'>,
    change: Partial<RequestOf<'network.pay'>> = {},
  ): RequestOf<'network.pay'> => ({
    paymentRequestId: `request-${dice.word()}`,
    order: paymentOrder(checkout),
    paymentAmount: checkout.total_amount,
    paymentMethod: { paymentMethodType: 'CONNECT_WALLET', paymentMethodId: paymentToken },
    paymentFactor: { isTokenizationPayment: 'true', tokenizationPaymentScenario: 'AgenticPay' },
    ...change,
  })

  const pay = (
    bought: Pick<Token, 'paymentToken' | 'checkout'>,
    change?: Partial<RequestOf<'network.pay'>>,
    vary?: Variation,
  ): Promise<Answer> => client.call('network.pay', paymentOf(bought, change), acquirer, vary)

  const mandateOf = async ({ mandateId }: Pick<Drafted, 'mandateId'>): Promise<Message<'trust/mandate'>> =>
    given('network.inquiryMandate', await client.call('network.inquiryMandate', { mandateId }, wallet))

  /** What a refused request may not move: status and budget of the mandate. */
  const stateOf = (held: Pick<Drafted, 'mandateId'>) => async () => {
    const { mandateStatus, budget } = await mandateOf(held)
    return { mandateStatus, budget }
  }

  const cancel = ({ mandateId }: Pick<Drafted, 'mandateId'>): Promise<Answer> =>
    client.call('network.cancelMandate', { mandateId }, wallet)

  const heard = <
    Name extends
      | 'credential-provider.notifyAuthorization'
      | 'credential-provider.notifyMandate'
      | 'wallet.notifyMandate'
      | 'acquirer.notifyPayment',
  >(
    name: Name,
    about: (message: RequestOf<Name>) => boolean,
    milliseconds?: number,
  ) => neighbours.next(name, about, milliseconds)

  /** A party the target is told of for this check alone. */
  const newParty = async (role: 'wallet' | 'credential-provider' | 'acquirer'): Promise<Party> => {
    const party = await dice.party(`https://${role}-${dice.word()}.example`)
    await scene.hooks.call('registerPeer', {
      role,
      id: party.id,
      name: `OTHER_${role.toUpperCase().slice(0, 6)}`,
      endpoint: `${neighbours.url}/${role}`,
      jwks: { keys: [party.jwk] },
    })
    return party
  }

  return {
    scene,
    session,
    client,
    dice,
    neighbours,
    network,
    provider,
    wallet,
    acquirer,
    registrationOf,
    send,
    register,
    enrol,
    enrolmentReport,
    report,
    bind,
    immediate,
    autonomous,
    askFor,
    draft,
    sign,
    approvalOf,
    approve,
    hold,
    requestOf,
    order,
    apply,
    token,
    paymentOf,
    pay,
    mandateOf,
    stateOf,
    cancel,
    heard,
    newParty,
  }
}

export type NetworkStage = ReturnType<typeof networkStage>
