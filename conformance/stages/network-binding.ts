/** The network as the checks of the HTTP binding see it. */
import { given, needed } from '../expect.ts'
import { silence } from '../neighbours/server.ts'
import type { Scene } from '../scene.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'
import { networkStage } from './network.ts'

export const networkBinding = (scene: Scene): BindingStage => {
  const stage = networkStage(scene)
  const { dice, neighbours, provider, wallet, acquirer, session } = stage

  /** A binding waits to be confirmed: every report of it is accepted once. */
  const enrolment = async (): Promise<Probe> => {
    const agent = await stage.register()
    return probe(
      'network.createAuthorization',
      { authContext: 'ENROLLMENT', sessionId: `session-${dice.word()}`, agentId: agent.agentId, walletId: wallet.id },
      provider,
    )
  }

  return {
    scene,
    signed: enrolment,
    once: enrolment,
    safe: async () => probe('network.inquiryAgent', { agentId: (await stage.register()).agentId }, provider),
    stranger: acquirer,
    callerOf: async (name) => {
      if (/\.(grantClearing|releaseClearing)$/.test(name)) return session.parties.clearing
      if (/\.(pay|inquiryPayment|refund|inquiryRefund|answerDispute)$/.test(name)) return acquirer
      return /\.(registerAgent|inquiryAgent|suspendAgent|reinstateAgent|revokeAgent|createChallenge|rotateAgentKey|createAuthorization|applyCredential|inquiryEvidence)$/.test(
        name,
      )
        ? provider
        : wallet
    },
    state: async () => stage.stateOf(await stage.hold(stage.autonomous(10_000))),
    foreign: async () => {
      const held = await stage.hold(stage.autonomous(10_000))
      return probe('network.inquiryMandate', { mandateId: held.mandateId }, await stage.newParty('wallet'))
    },
    listing: async () => {
      const bound = await stage.bind()
      for (const _ of [1, 2, 3]) await stage.hold(stage.autonomous(1_000), bound)
      const other = await stage.bind()
      const list = (userReference: string): Probe => probe('network.inquiryMandateList', { userReference }, wallet)
      return {
        ...list(bound.userReference),
        count: 3,
        foreign: list(other.userReference),
        idsOf: (body) => (body as { mandates: { mandateId: string }[] }).mandates.map(({ mandateId }) => mandateId),
      }
    },
    untold: async () => {
      const held = await stage.hold(stage.autonomous(10_000))
      const about = ({ mandateId }: { mandateId: string }): boolean => mandateId === held.mandateId
      const end = neighbours.script('credential-provider.notifyMandate', about, () => silence)
      given('network.cancelMandate', await stage.cancel(held))
      needed(
        await neighbours.next('credential-provider.notifyMandate', about),
        'the network told nobody of the cancellation',
      )
      end()
      const tellings = () => neighbours.all('credential-provider.notifyMandate', about)
      for (let waited = 0; waited < 15_000 && tellings().length < 2; waited += 100)
        await new Promise((resolve) => setTimeout(resolve, 100))
      return tellings().map(({ headers }) => ({ idempotencyKey: headers['idempotency-key'] }))
    },
  }
}
