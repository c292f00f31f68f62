/** The wallet as the checks of the HTTP binding see it. */
import type { OperationName } from '../../schemas/index.ts'
import { given, needed } from '../expect.ts'
import { silence } from '../neighbours/server.ts'
import type { Scene } from '../scene.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'
import { walletStage } from './wallet.ts'

export const walletBinding = (scene: Scene): BindingStage => {
  const stage = walletStage(scene)
  const { dice, network, session } = stage

  const enrolment = async (): Promise<Probe> =>
    probe(
      'wallet.createAuthorization',
      {
        authContext: 'ENROLLMENT',
        authId: `auth-${dice.word()}`,
        agent: stage.summaryOf(await stage.newAgent()),
      },
      network,
    )

  const opened = async () => {
    const { authId, answer } = await stage.proposeBinding(await stage.newAgent())
    given('wallet.createAuthorization', answer)
    return authId
  }

  return {
    scene,
    signed: enrolment,
    once: async () => {
      const [user, authId] = await Promise.all([stage.seedUser(), opened()])
      return probe('wallet.completeIdv', { authId, decision: 'approve', pin: user.pin }, user)
    },
    safe: async () => probe('wallet.inquiryAuthorization', { authId: await opened() }, network),
    stranger: session.parties.acquirer,
    callerOf: async (name: OperationName) => {
      if (name === 'wallet.login') return undefined
      return /\.(createAuthorization|inquiryAuthorization|checkIntent|pay|inquiryPayment|notifyMandate|refund|notifyDispute)$/.test(
        name,
      )
        ? network
        : stage.seedUser()
    },
    state: async () => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(10_000))
      return stage.stateOf(held)
    },
    foreign: async () => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(10_000))
      return probe('wallet.inquiryMandate', { mandateId: held.mandateId }, await stage.seedUser())
    },
    listing: async () => {
      const user = await stage.seedUser()
      for (const _ of [1, 2, 3]) await stage.bind(user)
      const other = await stage.seedUser()
      const list = (by: typeof user): Probe => probe('wallet.inquiryAgentList', {}, by)
      return {
        ...list(user),
        count: 3,
        foreign: list(other),
        idsOf: (body) => (body as { agents: { agentId: string }[] }).agents.map(({ agentId }) => agentId),
      }
    },
    notice: async () => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(10_000))
      return probe(
        'wallet.notifyMandate',
        {
          mandateId: held.mandateId,
          mandateStatus: 'revoked',
          reason: 'the binding ended',
          at: new Date(session.now() * 1000).toISOString(),
        },
        network,
      )
    },
    untold: async () => {
      const user = await stage.seedUser()
      const authId = await opened()
      const end = session.neighbours.script(
        'network.notifyAuthorization',
        (message) => message.authId === authId,
        () => silence,
      )
      await stage.decide(user, authId, 'approve')
      needed(await stage.reportOf(authId), 'the wallet told its network nothing')
      end()
      const about = () => session.neighbours.all('network.notifyAuthorization', (message) => message.authId === authId)
      for (let waited = 0; waited < 15_000 && about().length < 2; waited += 100)
        await new Promise((resolve) => setTimeout(resolve, 100))
      return about().map(({ headers }) => ({ idempotencyKey: headers['idempotency-key'] }))
    },
  }
}
