/** Clearing, as a network shows it: budget of mandates lent to clearings, held in one step, given back, and its end told. */
import { calculateJwkThumbprint } from 'jose'
import type { Message, RequestOf } from '../../../schemas/index.ts'
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, sandwich, taken } from '../../expect.ts'
import { sha256 } from '../../parties.ts'
import type { Scene } from '../../scene.ts'
import { type Held, networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

type Request = RequestOf<'network.grantClearing'>

/** The stage of a network, with a clearing at its side. */
const lendingStage = (scene: Scene) => {
  const stage = networkStage(scene)
  const { session, client, dice } = stage
  const { clearing } = session.parties

  /** A delegated mandate that names a payee, which only its allow list can. */
  const delegated = (payeeId: string, budget: number, more: Partial<Message<'trust/constraints'>> = {}) => {
    const content = stage.autonomous(budget)
    if (content.mandateType !== 'AUTONOMOUS') throw new Error('a delegated mandate is autonomous')
    const constraints = { budget_amount: usd(budget), merchant_allow_list: [payeeId], ...more }
    return { ...content, intent: { ...content.intent, constraints } }
  }

  const payee = (): string => `agent-${dice.word()}`

  const hold = async (budget = 10_000, payeeId = payee(), more?: Partial<Message<'trust/constraints'>>) => ({
    held: await stage.hold(delegated(payeeId, budget, more)),
    payeeId,
  })

  /** What a clearing asks for under a mandate. */
  const requestOf = async (
    { held, payeeId }: { readonly held: Held; readonly payeeId: string },
    value: number,
    change: Partial<Request> = {},
  ): Promise<Request> => {
    const { kty, crv, x, y } = held.agent.key.jwk
    return {
      grantId: `grant-${dice.word()}`,
      channelId: sha256(dice.word()),
      mandateId: held.mandateId,
      mandateHash: sha256(held.mandate),
      payerAgentId: held.agent.agentId,
      payerKeyThumbprint: await calculateJwkThumbprint({ kty, crv, x, y }),
      payeeId,
      amount: usd(value),
      notAfter: momentOf(session.now() + 3_600),
      ...change,
    }
  }

  const ask = (request: Request) => client.call('network.grantClearing', request, clearing)
  const release = ({ grantId, channelId, mandateId }: Request, delivered: number) =>
    client.call('network.releaseClearing', { grantId, channelId, mandateId, delivered: usd(delivered) }, clearing)
  const budgetOf = async (held: Held) => {
    const { budget } = await stage.mandateOf(held)
    return [budget.held.value, budget.captured.value, budget.remaining.value]
  }
  return { ...stage, clearing, payee, delegated, holdFor: hold, grantRequest: requestOf, ask, release, budgetOf }
}

const check = chapterOf('clearing', 'network', lendingStage)

export const networkClearingChecks = [
  check('EXT-CLEARING-38', 'budget is lent under the mandate as it was signed, and under no other', async (stage) => {
    const lent = await stage.holdFor()
    const now = stage.session.now()
    const other = await stage.register()
    for (const [field, change] of [
      ['payerAgentId', { payerAgentId: other.agentId }],
      ['payerKeyThumbprint', { payerKeyThumbprint: 'A'.repeat(43) }],
      ['mandateHash', { mandateHash: sha256(`${lent.held.mandate}~`) }],
      ['notAfter', { notAfter: momentOf(now + 30 * 86_400) }],
    ] as const)
      await sandwich({
        control: async () => stage.ask(await stage.grantRequest(lent, 10)),
        changed: async () => stage.ask(await stage.grantRequest(lent, 10, change)),
        refusedAs: 'channel-descriptor-mismatch',
        where: { field: `/${field}` },
      })
    refused(await stage.ask(await stage.grantRequest(lent, 10, { mandateId: 'mandate-of-nobody' })), 'mandate-unknown')
    const wrong = { amount: { currency: 'JPY', value: '10' } }
    refused(await stage.ask(await stage.grantRequest(lent, 10, wrong)), 'currency-mismatch')
  }),
  check(
    'EXT-CLEARING-38',
    'nothing is lent under a mandate of one order, a revoked one, or a stopped agent',
    async (stage) => {
      const direct = await stage.hold(stage.immediate(stage.order(5_000)))
      const once = { held: direct, payeeId: stage.payee() }
      const soon = { notAfter: momentOf(stage.session.now() + 60) }
      refused(await stage.ask(await stage.grantRequest(once, 10, soon)), 'channel-descriptor-mismatch', {
        field: '/mandateId',
      })
      const lent = await stage.holdFor()
      taken(await stage.ask(await stage.grantRequest(lent, 10)))
      taken(
        await stage.client.call(
          'network.suspendAgent',
          { agentId: lent.held.agent.agentId, reason: 'review' },
          stage.provider,
        ),
      )
      refused(await stage.ask(await stage.grantRequest(lent, 10)), 'agent-suspended')
      taken(await stage.client.call('network.reinstateAgent', { agentId: lent.held.agent.agentId }, stage.provider))
      taken(await stage.ask(await stage.grantRequest(lent, 10)))
      taken(await stage.cancel(lent.held))
      refused(await stage.ask(await stage.grantRequest(lent, 10)), 'mandate-revoked')
    },
  ),
  check('EXT-CLEARING-39', 'grants and tokens together never exceed the limit', async (stage) => {
    const lent = await stage.holdFor(1_000)
    const first = accepted('network.grantClearing', await stage.ask(await stage.grantRequest(lent, 600)))
    equal([first.budget.held.value, first.budget.remaining.value], ['600', '400'], 'held and remaining')
    refused(await stage.ask(await stage.grantRequest(lent, 401)), 'budget-exceeded')
    const order = stage.order(500)
    const merchant = { ...order.merchant, reference_merchant_id: lent.payeeId }
    refused(await stage.apply(lent.held, { ...order, merchant }), 'budget-exceeded')
    const rush = await Promise.all(
      Array.from({ length: 6 }, async () => stage.ask(await stage.grantRequest(lent, 150))),
    )
    equal(rush.filter(({ status }) => status === 200).length, 2, 'grants of 150 out of 400')
    equal(await stage.budgetOf(lent.held), ['900', '0', '100'], 'held, captured and remaining')
  }),
  check('EXT-CLEARING-40', 'a grant asked for again is held once', async (stage) => {
    const lent = await stage.holdFor()
    const request = await stage.grantRequest(lent, 300)
    const first = accepted('network.grantClearing', await stage.ask(request))
    const again = accepted('network.grantClearing', await stage.ask(request))
    equal([again.grantId, again.status, again.amount], [first.grantId, 'held', usd(300)], 'the grant')
    equal(await stage.budgetOf(lent.held), ['300', '0', '9700'], 'held, captured and remaining')
    refused(await stage.ask({ ...request, amount: usd(301) }), 'payment-request-reused')
  }),
  check('EXT-CLEARING-41', 'what was delivered is captured and the rest is free again', async (stage) => {
    const lent = await stage.holdFor()
    const request = await stage.grantRequest(lent, 800)
    taken(await stage.ask(request))
    const released = accepted('network.releaseClearing', await stage.release(request, 250))
    equal([released.status, released.delivered], ['released', usd(250)], 'status and delivered')
    equal(await stage.budgetOf(lent.held), ['0', '250', '9750'], 'held, captured and remaining')
    taken(await stage.release(request, 250))
    equal(await stage.budgetOf(lent.held), ['0', '250', '9750'], 'held, captured and remaining after the same again')
    const ended = await stage.grantRequest(lent, 500)
    taken(await stage.ask(ended))
    refused(await stage.release(ended, 501), 'delivered-exceeds-authorised')
    given('network.cancelMandate', await stage.cancel(lent.held))
    accepted('network.releaseClearing', await stage.release(ended, 100))
    equal((await stage.budgetOf(lent.held)).slice(0, 2), ['0', '350'], 'held and captured after the end')
  }),
  check('EXT-CLEARING-42', 'a clearing that holds budget hears of the end of the mandate', async (stage) => {
    const [lent, idle] = [await stage.holdFor(), await stage.holdFor()]
    taken(await stage.ask(await stage.grantRequest(lent, 100)))
    for (const { held } of [lent, idle]) given('network.cancelMandate', await stage.cancel(held))
    const told = await stage.neighbours.next(
      'clearing.notifyMandate',
      ({ mandateId }) => mandateId === lent.held.mandateId,
    )
    equal(told?.message.mandateStatus ?? 'nothing', 'revoked', 'what the clearing was told')
    const idly = stage.neighbours.all('clearing.notifyMandate', ({ mandateId }) => mandateId === idle.held.mandateId)
    equal(idly.length, 0, 'notices of a mandate it holds nothing of')
  }),
  check('EXT-CLEARING-43', 'only payees of the allow list are lent for, up to the largest payment', async (stage) => {
    const lent = await stage.holdFor(10_000, undefined, { payment_amount_max: usd(500) })
    await sandwich({
      control: async () => stage.ask(await stage.grantRequest(lent, 500)),
      changed: async () => stage.ask(await stage.grantRequest(lent, 100, { payeeId: stage.payee() })),
      refusedAs: 'merchant-out-of-scope',
    })
    refused(await stage.ask(await stage.grantRequest(lent, 501)), 'amount-out-of-range')
    const payeeId = stage.payee()
    const scoped = await stage.holdFor(10_000, payeeId, { merchant_mcc_list: ['5411'] })
    refused(await stage.ask(await stage.grantRequest(scoped, 10)), 'merchant-out-of-scope')
    const blocked = await stage.holdFor(10_000, payeeId, { merchant_block_list: [payeeId] })
    const answer = await stage.ask(await stage.grantRequest(blocked, 10))
    holds(answer.status !== 200, 'a refusal for a payee of the block list', answer.status)
  }),
]
