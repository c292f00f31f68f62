/** The credential provider as the checks of the HTTP binding see it. */
import type { Scene } from '../scene.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'
import { providerStage } from './credential-provider.ts'

export const providerBinding = (scene: Scene): BindingStage => {
  const stage = providerStage(scene)
  const { network, session } = stage

  const ask = async (): Promise<Probe> => {
    const { agentId, key } = await stage.register()
    return probe('credential-provider.addPaymentMethod', { agentId, walletId: stage.wallet.id }, key)
  }

  return {
    scene,
    signed: ask,
    pair: async () => {
      const { agentId, key } = await stage.register()
      const to = (walletId: string): Probe => probe('credential-provider.addPaymentMethod', { agentId, walletId }, key)
      return [to(stage.wallet.id), to('https://other-wallet.example')]
    },
    once: ask,
    safe: async () => {
      const { agentId, key } = await stage.register()
      return probe('credential-provider.queryPaymentMethodList', { agentId }, key)
    },
    stranger: session.parties.acquirer,
    callerOf: async (name) => {
      // An application is signed with the key inside it: a broken one has no key to be signed with.
      if (name === 'credential-provider.registerAgent') return 'nobody'
      if (name === 'credential-provider.inquiryStatusList') return undefined
      return /\.notify/.test(name) ? network : (await stage.register()).key
    },
    state: async () => {
      const bound = await stage.bind()
      return async () => stage.bindings(bound.agent)
    },
    foreign: async () => {
      const held = await stage.hold(await stage.bind())
      return probe(
        'credential-provider.inquiryMandateSession',
        { sessionId: held.sessionId },
        (await stage.register()).key,
      )
    },
    listing: async () => {
      const agent = await stage.register()
      for (const _ of [1, 2, 3]) await stage.bind(agent)
      const other = await stage.register()
      const list = ({ agentId, key }: typeof agent): Probe =>
        probe('credential-provider.queryPaymentMethodList', { agentId }, key)
      return {
        ...list(agent),
        count: 3,
        foreign: list(other),
        idsOf: (body) =>
          (body as { paymentMethods: { bindingId: string }[] }).paymentMethods.map(({ bindingId }) => bindingId),
      }
    },
    notice: async () => {
      const held = await stage.hold(await stage.bind())
      return probe(
        'credential-provider.notifyMandate',
        {
          mandateId: held.mandateId,
          mandateStatus: 'revoked',
          reason: 'told',
          at: new Date(session.now() * 1000).toISOString(),
        },
        network,
      )
    },
  }
}
