/** The clearing as the checks of the HTTP binding see it. */
import { momentOf } from '../assurance.ts'
import { given, needed } from '../expect.ts'
import { silence } from '../neighbours/server.ts'
import type { Scene } from '../scene.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'
import { clearingStage } from './clearing.ts'

const byNetwork = /\.(admitParticipant|prefund|notifyMandate|closeCycle|inquiryCycleFile|reportLeg)$/
const patienceMilliseconds = 15_000

export const clearingBinding = (scene: Scene): BindingStage => {
  const stage = clearingStage(scene)
  const { network, session, neighbours } = stage

  const admission = async (): Promise<Probe> => {
    const party = await stage.stranger()
    const request = { participantId: party.id, currency: 'USD', scale: 6, creditLimit: '100', agentKey: party.jwk }
    return probe('clearing.admitParticipant', request, network)
  }

  /** Each time it is carried out it gives another token. */
  const token = async (): Promise<Probe> => probe('clearing.openStream', { idleSeconds: 30 }, await stage.agent())

  return {
    scene,
    signed: admission,
    once: token,
    meeting: async () => {
      const { request, payer } = await stage.plan()
      return probe('clearing.openChannel', request, payer)
    },
    pair: async () => {
      const by = await stage.agent()
      return [
        probe('clearing.openStream', { idleSeconds: 30 }, by),
        probe('clearing.openStream', { idleSeconds: 31 }, by),
      ]
    },
    safe: async () => {
      const planned = await stage.open()
      return probe('clearing.inquiryChannel', { channelId: planned.channelId }, planned.payer)
    },
    stranger: session.parties.wallet,
    callerOf: async (name) => (byNetwork.test(name) ? network : stage.agent()),
    state: async () => {
      const planned = await stage.open()
      return async () => ({
        ...(await stage.figures(planned)()),
        payer: String(await stage.balance(planned.payer)),
        payee: String(await stage.balance(planned.payee)),
      })
    },
    foreign: async () => {
      const planned = await stage.open()
      return probe('clearing.inquiryChannel', { channelId: planned.channelId }, await stage.agent())
    },
    listing: async () => {
      const planned = await stage.open()
      for (const cumulative of [1n, 2n, 3n])
        given('clearing.tick', await stage.tick(planned, { voucher: stage.voucher(planned, cumulative) }))
      const other = await stage.open()
      const list = ({ channelId, payer }: typeof planned): Probe =>
        probe('clearing.inquiryStatement', { channelId }, payer)
      return {
        ...list(planned),
        count: 4,
        foreign: list(other),
        idsOf: (body) =>
          (body as { transfers: { transferId: string }[] }).transfers.map(({ transferId }) => transferId),
      }
    },
    notice: async () => {
      const { descriptor } = await stage.open()
      const at = momentOf(session.now())
      const notice = { mandateId: descriptor.mandateId, mandateStatus: 'revoked' as const, reason: 'cancelled', at }
      return probe('clearing.notifyMandate', notice, network)
    },
    untold: async () => {
      const planned = await stage.open()
      const about = ({ channelId }: { channelId: string }): boolean => channelId === planned.channelId
      const deaf = neighbours.script('network.releaseClearing', about, () => silence)
      given('clearing.closeChannel', await stage.close(planned, planned.payee))
      needed(await neighbours.next('network.releaseClearing', about), 'the network was told nothing of the closing')
      deaf()
      const tellings = () => neighbours.all('network.releaseClearing', about)
      for (let waited = 0; waited < patienceMilliseconds && tellings().length < 2; waited += 100)
        await new Promise((resolve) => setTimeout(resolve, 100))
      return tellings().map(({ headers }) => ({ idempotencyKey: headers['idempotency-key'] }))
    },
  }
}
