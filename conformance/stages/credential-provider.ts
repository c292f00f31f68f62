/** The stage for a credential provider under test: the suite is its agents and its network. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { type Content, momentOf, proveKey, signIdentity, signTokenRequest } from '../assurance.ts'
import { given } from '../expect.ts'
import { type Party, sha256 } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Variation } from '../target/client.ts'
import { reviewItems } from './network.ts'
import { orderOver, usd } from './orders.ts'

type Application = RequestOf<'credential-provider.registerAgent'>

/** An agent the credential provider onboarded. */
export type Agent = { readonly agentId: string; readonly key: Party }

/** An agent bound to a wallet. */
export type Bound = { readonly agent: Agent; readonly bindingId: string; readonly identity: string }

export const providerStage = (scene: Scene) => {
  const { session, client, dice } = scene
  const { network, wallet } = session.parties
  const { neighbours } = session

  /** Anything in the form of a layer: the credential provider passes layers on, it does not judge them. */
  const layer = async (): Promise<string> =>
    signIdentity(
      {
        network,
        userReference: `user-${dice.word()}`,
        ispKey: (await dice.party('isp')).jwk,
        walletName: 'SUITE_WALLET',
        now: session.now(),
      },
      dice,
    )

  const applicationOf = async (key: Party, change: Partial<Application> = {}): Promise<Application> => ({
    profile: {
      name: `Agent ${dice.word()}`,
      developer: 'Suite',
      operator: 'Suite',
      modelFamily: 'suite',
      version: '1.0.0',
      capabilities: ['shopping'],
      prohibitedScenarios: ['gambling'],
    },
    agentKey: key.jwk,
    proofOfPossession: await proveKey(key, { audience: network.id, now: session.now() }, dice),
    evidence: reviewItems.map((item) => ({
      item,
      evidence: `https://evidence.example/${item}`,
      evidenceDigest: sha256(item),
    })) as unknown as Application['evidence'],
    ...change,
  })

  const applicant = (): Promise<Party> => dice.party('applicant')

  const sendApplication = (application: Application, by: Party, change?: Variation): Promise<Answer> =>
    client.call('credential-provider.registerAgent', application, by, change)

  const register = async (): Promise<Agent> => {
    const key = await applicant()
    const { agentId } = given('credential-provider.registerAgent', await sendApplication(await applicationOf(key), key))
    return { agentId, key: { ...key, id: agentId } }
  }

  const askToBind = ({ agentId, key }: Agent, change?: Variation): Promise<Answer> =>
    client.call('credential-provider.addPaymentMethod', { agentId, walletId: wallet.id }, key, change)

  const notify = (message: RequestOf<'credential-provider.notifyAuthorization'>, by = network): Promise<Answer> =>
    client.call('credential-provider.notifyAuthorization', message, by)

  const enrolled = async (sessionId: string) => ({
    authContext: 'ENROLLMENT' as const,
    outcome: 'SUCCESS' as const,
    sessionId,
    bindingId: `binding-${dice.word()}`,
    identity: await layer(),
    walletName: 'SUITE_WALLET',
    maskedLoginId: 'u***@example.com',
  })

  const bind = async (by?: Agent): Promise<Bound> => {
    const agent = by ?? (await register())
    const { sessionId } = given('credential-provider.addPaymentMethod', await askToBind(agent))
    const notice = await enrolled(sessionId)
    given('credential-provider.notifyAuthorization', await notify(notice))
    return { agent, bindingId: notice.bindingId, identity: notice.identity }
  }

  const bindings = async ({ agentId, key }: Agent) =>
    given(
      'credential-provider.queryPaymentMethodList',
      await client.call('credential-provider.queryPaymentMethodList', { agentId }, key),
    ).paymentMethods

  const autonomous = (budget = 5_000): Content => ({
    mandateType: 'AUTONOMOUS',
    intent: {
      raw: 'keep me supplied',
      desc: `Supplies ${dice.word()}`,
      expiry_time: momentOf(session.now() + 86_400),
      constraints: { budget_amount: usd(budget), merchant_mcc_list: ['5411'] },
    },
  })

  const askForMandate = ({ agent, bindingId }: Bound, content: Content = autonomous()): Promise<Answer> =>
    client.call(
      'credential-provider.createMandateSession',
      { agentId: agent.agentId, bindingId, ...content },
      agent.key,
    )

  const sessionOf = (sessionId: string, { key }: Agent): Promise<Answer> =>
    client.call('credential-provider.inquiryMandateSession', { sessionId }, key)

  /** A mandate the user confirmed, as the network tells of it. */
  const hold = async (bound: Bound) => {
    const { sessionId, mandateId } = given('credential-provider.createMandateSession', await askForMandate(bound))
    const mandate = await layer()
    given(
      'credential-provider.notifyAuthorization',
      await notify({
        authContext: 'MANDATE',
        outcome: 'SUCCESS',
        sessionId,
        mandateId,
        mandateType: 'AUTONOMOUS',
        mandateStatus: 'activated',
        mandate,
      }),
    )
    return { ...bound, sessionId, mandateId, mandate }
  }

  const notifyMandate = (
    mandateId: string,
    mandateStatus: Message<'trust/mandate-status'>,
    reason = 'told',
    by = network,
  ) =>
    client.call(
      'credential-provider.notifyMandate',
      { mandateId, mandateStatus, reason, at: momentOf(session.now()) },
      by,
    )

  const tokenRequest = async (held: Bound & { readonly mandateId: string; readonly mandate: string }) =>
    signTokenRequest(
      {
        agentId: held.agent.agentId,
        bindingId: held.bindingId,
        mandateId: held.mandateId,
        checkout: orderOver(dice, 1_000),
        assurance: { identity: held.identity, mandate: held.mandate, tokenRequest: await layer() },
      },
      { agent: held.agent.key, audience: network.id, now: session.now() },
      dice,
    )

  const apply = (request: RequestOf<'credential-provider.applyCredential'>, { key }: Agent): Promise<Answer> =>
    client.call('credential-provider.applyCredential', request, key)

  return {
    scene,
    session,
    client,
    dice,
    neighbours,
    network,
    wallet,
    applicationOf,
    applicant,
    sendApplication,
    register,
    askToBind,
    notify,
    enrolled,
    bind,
    bindings,
    autonomous,
    askForMandate,
    sessionOf,
    hold,
    notifyMandate,
    tokenRequest,
    apply,
  }
}

export type ProviderStage = ReturnType<typeof providerStage>
