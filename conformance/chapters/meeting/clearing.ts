/** What meets on a channel at a clearing: no tick is lost or counted twice, and what was held is what comes of it. */
import fc from 'fast-check'
import type { Message } from '../../../schemas/index.ts'
import { momentOf } from '../../assurance.ts'
import { type Check, chapterOf } from '../../check.ts'
import { judgeProperty, type Property } from '../../engines/engine.ts'
import type { System } from '../../engines/system.ts'
import { type ChannelCommand, type ChannelState, cap, channelModel, figures, topUps } from '../../models/channel.ts'
import type { Party } from '../../parties.ts'
import { type ClearingStage, clearingStage } from '../../stages/clearing.ts'
import { codeOf, counted, keys } from './words.ts'

/** A channel of two agents under a mandate of its own. */
const openChannel = async (stage: ClearingStage, payer: Party, payee: Party): Promise<System<ChannelCommand>> => {
  const { client, network, session, dice } = stage
  const planned = await stage.open({ payer, payee, cap: BigInt(cap) })
  const { channelId, descriptor } = planned
  const names = topUps.map(() => `top-up-${dice.word()}`)
  const sides = { payer, payee }
  const at = momentOf(session.now())
  const notice = { mandateId: descriptor.mandateId, mandateStatus: 'revoked' as const, reason: 'cancelled', at }
  return {
    usable: () => true,
    prepare: async (command, idempotencyKey) => {
      const vary = { idempotencyKey }
      if (command.do === 'tick') {
        const message = { voucher: stage.voucher(planned, BigInt(command.amount)) }
        return () => stage.tick(planned, message, sides[command.by])
      }
      if (command.do === 'deliver') return () => stage.tick(planned, { delivered: String(command.amount) }, payee)
      if (command.do === 'topUp') {
        const amount = String(topUps[command.slot])
        const message = { channelId, topUpId: names[command.slot] as string, amount }
        return () => client.call('clearing.topUpChannel', message, payer, vary)
      }
      if (command.do === 'close')
        return () => client.call('clearing.closeChannel', { channelId }, sides[command.by], vary)
      if (command.do === 'revoke') return () => client.call('clearing.notifyMandate', notice, network, vary)
      return () => stage.inquiry(planned)
    },
    read: (command, answer) => {
      if (answer.status !== 200) return codeOf(answer)
      if (command.do === 'tick' || command.do === 'deliver')
        return (answer.body as Message<'extensions/clearing/tick-response'>).result
      if (command.do === 'topUp') return 'topped'
      if (command.do === 'revoke') return 'received'
      const { status, cap, authorised, delivered } = answer.body as Message<'extensions/clearing/channel'>
      if (command.do === 'close') return status
      const shown = { cap: Number(cap), authorised: Number(authorised), delivered: Number(delivered) }
      return figures({ status, ...shown })
    },
    look: { do: 'look' },
    isSafe: ({ do: what }) => what === 'look' || what === 'tick' || what === 'deliver',
  }
}

const ticking = fc.record({
  do: fc.constant('tick' as const),
  by: fc.constantFrom('payer' as const, 'payee' as const),
  amount: fc.constantFrom(100, 250, 400, 700, 1_000, 1_300, 1_500, 1_800, 1_801),
})
const delivering = fc.record({ do: fc.constant('deliver' as const), amount: fc.constantFrom(50, 100, 250, 700, 1_300) })
const topping = fc.record({ do: fc.constant('topUp' as const), slot: fc.nat({ max: topUps.length - 1 }), key: keys })
const closing = fc.record({
  do: fc.constant('close' as const),
  by: fc.constantFrom('payer' as const, 'payee' as const),
  key: keys,
})
const revoking = fc.record({ do: fc.constant('revoke' as const), key: keys })

const ticked = counted<ChannelCommand>((command) => command.do === 'tick')

const property: Property<ChannelState, ChannelCommand> = {
  name: 'clearing: the books of a channel',
  model: channelModel,
  command: fc.oneof(
    { arbitrary: ticking, weight: 8 },
    { arbitrary: delivering, weight: 3 },
    { arbitrary: topping, weight: 2 },
    { arbitrary: closing, weight: 1 },
    { arbitrary: revoking, weight: 1 },
  ),
  meeting: fc.oneof(
    { arbitrary: ticking, weight: 16 },
    { arbitrary: delivering, weight: 3 },
    { arbitrary: topping, weight: 2 },
    { arbitrary: closing, weight: 1 },
    { arbitrary: revoking, weight: 1 },
  ),
  apart: [
    (command, copy) => ('key' in command ? { ...command, key: copy } : command),
    (command, copy) => (command.do === 'tick' ? { ...command, amount: 100 * (copy + 1) } : command),
  ],
  enter: async (scene) => {
    const stage = clearingStage(scene)
    const [payer, payee] = [await stage.agent(), await stage.agent()]
    return () => openChannel(stage, payer, payee)
  },
  reach: {
    sequential: { 'a tick was taken': ticked.saw('accepted') },
    parallel: { 'two ticks met and both were taken': ticked.both('accepted') },
    burst: { 'ticks of one kind met': ticked.met('accepted') },
  },
}

/** The same with little but ticks, so that bursts of them come early in a program. */
const bursts: Property<ChannelState, ChannelCommand> = {
  ...property,
  name: 'clearing: bursts on a channel',
  command: fc.oneof({ arbitrary: delivering, weight: 1 }, { arbitrary: topping, weight: 1 }),
  meeting: fc.oneof({ arbitrary: ticking, weight: 9 }, { arbitrary: topping, weight: 2 }),
}

const check = chapterOf('meeting', 'clearing', clearingStage)

export const clearingMeetingChecks: readonly Check[] = [
  check(
    ['EXT-CLEARING-12', 'EXT-CLEARING-22', 'EXT-CLEARING-23'],
    'whatever is asked of a channel one after the other, it stands as its books say',
    ({ scene }) => judgeProperty(scene, property, 'sequential', { programs: 6 }),
  ),
  check(
    ['EXT-CLEARING-8', 'EXT-CLEARING-22', 'EXT-CLEARING-25'],
    'ticks, deliveries, top-ups and ends that meet on a channel are answered as in some order',
    ({ scene }) => judgeProperty(scene, property, 'parallel', { programs: 12 }),
  ),
  check(['EXT-CLEARING-8', 'EXT-CLEARING-10'], 'bursts of one tick or top-up count once', ({ scene }) =>
    judgeProperty(scene, bursts, 'burst', { programs: 8 }),
  ),
]
