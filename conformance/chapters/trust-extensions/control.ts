/** Control in real time at a wallet: suspended is stopped at once, resumed goes on where it stood, and the owner sees it all. */
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, taken } from '../../expect.ts'
import { offering } from '../../stages/trust.ts'
import { type Held, type User, type WalletStage, walletStage } from '../../stages/wallet.ts'

const check = chapterOf('control', 'wallet', offering('control', walletStage))

const open = async (stage: WalletStage): Promise<Held> => stage.hold(await stage.bind(), stage.autonomous(90_000))

const suspend = (
  { client }: WalletStage,
  user: User,
  what: { readonly scope: 'mandate' | 'binding'; readonly id: string },
  suspended = true,
) => client.call('wallet.setSuspension', { ...what, suspended }, user)

const mandateOf = ({ mandateId }: Held) => ({ scope: 'mandate' as const, id: mandateId })

export const controlChecks = [
  check('EXT-CONTROL-1', 'a suspended mandate passes no S2 and no debit, though S2 passed before', async (stage) => {
    const held = await open(stage)
    const { user } = held.bound
    const ready = await stage.chosen(held, 1_000)
    taken(await suspend(stage, user, mandateOf(held)))
    const before = await stage.balance(user)
    refused(await stage.checkIntent(held, stage.order(500)), 'mandate-suspended', { stage: 'S2' })
    refused(await stage.pay(held, ready), 'mandate-suspended', { stage: 'S4' })
    equal(await stage.balance(user), before, 'the balance')
  }),
  check('EXT-CONTROL-1', 'a suspended binding stops every mandate of it, and no other', async (stage) => {
    const held = await open(stage)
    const { user, bindingId } = held.bound
    const second = await stage.hold(held.bound, stage.autonomous(5_000))
    const elsewhere = await stage.hold(await stage.bind(user), stage.autonomous(5_000))
    taken(await suspend(stage, user, { scope: 'binding', id: bindingId }))
    for (const one of [held, second])
      refused(await stage.checkIntent(one, stage.order(500)), 'mandate-suspended', { stage: 'S2' })
    taken(await stage.pay(elsewhere, await stage.chosen(elsewhere, 500)))
  }),
  check(
    'EXT-CONTROL-1',
    'of twenty debits that meet a suspension none is made after it was acknowledged',
    async (stage) => {
      const held = await open(stage)
      const { user } = held.bound
      const orders = []
      for (let count = 0; count < 20; count += 1) orders.push(await stage.chosen(held, 100))
      const debits = orders.map((order) => stage.pay(held, order))
      taken(await suspend(stage, user, mandateOf(held)))
      const acknowledged = await stage.balance(user)
      await Promise.all(debits)
      const late = await stage.pay(held, orders[0] ?? stage.order(100))
      refused(late, ['mandate-suspended'], { stage: 'S4' })
      const value = (text: string): number => Number(text.split(' ')[1])
      holds(value(await stage.balance(user)) === value(acknowledged), 'no debit after it', acknowledged)
    },
  ),
  check('EXT-CONTROL-2', 'a resumed mandate goes on where it stood, and one that ended stays ended', async (stage) => {
    const held = await open(stage)
    const { user } = held.bound
    taken(await stage.pay(held, await stage.chosen(held, 1_000)))
    const before = await stage.stateOf(held)()
    taken(await suspend(stage, user, mandateOf(held)))
    taken(await suspend(stage, user, mandateOf(held), false))
    equal(await stage.stateOf(held)(), before, 'status, budget and balance')
    given('wallet.pay', await stage.pay(held, await stage.chosen(held, 1_000)))
    const ready = await stage.chosen(held, 1_000)
    taken(await suspend(stage, user, mandateOf(held)))
    taken(await stage.client.call('wallet.cancelMandate', { mandateId: held.mandateId }, user))
    taken(await suspend(stage, user, mandateOf(held), false))
    refused(await stage.pay(held, ready), 'mandate-revoked')
  }),
  check('EXT-CONTROL-3', 'nobody suspends or resumes what belongs to another owner', async (stage) => {
    const held = await open(stage)
    const stranger = await stage.seedUser()
    refused(await suspend(stage, stranger, mandateOf(held)), 'mandate-unknown', { field: '/id' })
    const binding = { scope: 'binding' as const, id: held.bound.bindingId }
    refused(await suspend(stage, stranger, binding), 'binding-unknown', { field: '/id' })
    taken(await stage.pay(held, await stage.chosen(held, 500)))
    taken(await suspend(stage, held.bound.user, mandateOf(held)))
    refused(await suspend(stage, stranger, mandateOf(held), false), 'mandate-unknown', { field: '/id' })
    refused(await stage.checkIntent(held, stage.order(500)), 'mandate-suspended')
  }),
  check('EXT-CONTROL-4', 'the owner sees who did what, when, and with which money', async (stage) => {
    const held = await open(stage)
    const { agentName, events, budget } = await stage.view(held)
    holds(agentName !== '', 'the name of the agent', agentName)
    holds(
      events.length > 0 && events.every(({ by, at, event }) => Boolean(by && at && event)),
      'who, when and what',
      events,
    )
    equal(budget.total.value, '90000', 'the money it may use')
    const seen = accepted(
      'wallet.inquiryMandate',
      await stage.client.call('wallet.inquiryMandate', { mandateId: held.mandateId }, held.bound.user),
    )
    equal(seen.events, events, 'the same events again')
  }),
]
