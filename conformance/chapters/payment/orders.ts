/** Orders at a network as they come in life: in any script, and declined by a wallet. */
import { type Check, chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, told } from '../../expect.ts'
import { Refusal } from '../../neighbours/server.ts'
import { networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('payment', 'network', networkStage)

/** Names as shops write them: beyond ASCII, beyond the basic plane, combined, and from right to left. */
const scripts = ['茉莉花茶', 'Crème brûlée', 'чай с лимоном', 'شاي بالنعناع', '🍵 ×2']

export const networkOrderChecks: readonly Check[] = [
  check('AMP-PAY-052', 'an order is paid as it was signed, whatever script its goods are named in', async (stage) => {
    const held = await stage.hold(stage.autonomous(50_000))
    for (const name of scripts) {
      const plain = stage.order(1_000)
      const goods = plain.goods.map((line) => ({ ...line, goods_name: name }))
      const checkout = { ...plain, goods }
      const { paymentToken } = accepted('network.applyCredential', await stage.apply(held, checkout))
      const paid = accepted('network.pay', await stage.pay({ paymentToken, checkout }))
      equal(paid.paymentAmount, usd(1_000), 'the amount paid')
    }
  }),
  check('AMP-TRUST-080', 'a mandate nobody confirmed backs no token, though its layers are right', async (stage) => {
    const bound = await stage.bind()
    const drafted = await stage.draft(bound, stage.autonomous(3_000))
    const unconfirmed = { ...drafted, mandate: await stage.sign(drafted) }
    refused(await stage.apply(unconfirmed, stage.order(1_000)), 'mandate-inactive')
    given('network.notifyAuthorization', await stage.approve(drafted, unconfirmed.mandate))
    accepted('network.applyCredential', await stage.apply(unconfirmed, stage.order(1_000)))
  }),
  check('AMP-TRUST-031', 'a debit the wallet declined takes nothing of the budget', async (stage) => {
    const held = await stage.hold(stage.autonomous(3_000))
    const bought = await stage.token(held, 2_000)
    const end = stage.neighbours.script(
      'wallet.pay',
      ({ mandateId }) => mandateId === held.mandateId,
      () => new Refusal('balance-insufficient', { stage: 'S4' }),
    )
    const declined = await stage.pay(bought)
    end()
    holds(declined.status !== 200, 'a refusal', told(declined))
    const { budget } = await stage.mandateOf(held)
    equal([budget.held, budget.captured, budget.remaining], [usd(0), usd(0), usd(3_000)], 'held, captured, remaining')
    accepted('network.applyCredential', await stage.apply(held, stage.order(3_000)))
  }),
]
