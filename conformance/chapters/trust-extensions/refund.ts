/** Refunds: at a network counted against the payment, at a wallet credited once, at an acquirer passed on for its own merchants. */
import type { RequestOf } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, eachOnce, equal, given, refused, taken } from '../../expect.ts'
import { silence } from '../../neighbours/server.ts'
import { acquirerStage } from '../../stages/acquirer.ts'
import { usd } from '../../stages/orders.ts'
import { offering, type Paid, type TrustStage, trustStage } from '../../stages/trust.ts'
import { walletStage } from '../../stages/wallet.ts'

const network = chapterOf('refund', 'network', offering('refund', trustStage))
const wallet = chapterOf('refund', 'wallet', offering('refund', walletStage))
const acquirer = chapterOf('refund', 'acquirer', offering('refund', acquirerStage))

type Refund = RequestOf<'network.refund'>

const refundOf = (stage: TrustStage, { paymentId }: Pick<Paid, 'paymentId'>, value: number): Refund => ({
  refundRequestId: `refund-request-${stage.dice.word()}`,
  paymentId,
  refundAmount: usd(value),
})

const ask = (stage: TrustStage, message: Refund) => stage.client.call('network.refund', message, stage.acquirer)

const inquire = async (stage: TrustStage, { refundRequestId }: Refund) =>
  accepted(
    'network.inquiryRefund',
    await stage.client.call('network.inquiryRefund', { refundRequestId }, stage.acquirer),
  )

const atNetwork = [
  network(['EXT-REFUND-1', 'EXT-REFUND-4'], 'partial refunds add up to the payment and not beyond', async (stage) => {
    const paid = await stage.delegated(2_000)
    taken(await ask(stage, refundOf(stage, paid, 1_200)))
    refused(await ask(stage, refundOf(stage, paid, 801)), 'refund-exceeds-payment', { field: '/refundAmount' })
    const last = accepted('network.refund', await ask(stage, refundOf(stage, paid, 800)))
    equal([last.refundStatus, last.refundedTotal], ['SUCCESS', usd(2_000)], 'the last refund')
    refused(await ask(stage, refundOf(stage, paid, 1)), 'refund-exceeds-payment', { field: '/refundAmount' })
  }),
  network('EXT-REFUND-4', 'a refund that would exceed the payment moves nothing', async (stage) => {
    const paid = await stage.delegated(2_000)
    const large = refundOf(stage, paid, 2_001)
    refused(await ask(stage, large), 'refund-exceeds-payment', { field: '/refundAmount' })
    equal(stage.neighbours.all('wallet.refund', (one) => one.paymentId === paid.paymentId).length, 0, 'credits')
    equal((await ask(stage, refundOf(stage, paid, 2_000))).status, 200, 'status of the refund of all of it')
  }),
  network('EXT-REFUND-1', 'of twenty refunds at once only what was paid goes back', async (stage) => {
    const paid = await stage.delegated(2_000)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(stage, refundOf(stage, paid, 500))))
    equal(answers.filter(({ status }) => status === 200).length, 4, 'refunds that were made')
  }),
  network('EXT-REFUND-2', 'a payment that failed and one in another currency are not refunded', async (stage) => {
    const held = await stage.hold(stage.autonomous(90_000))
    const bought = await stage.token(held, 2_000)
    const request = stage.paymentOf(bought)
    let paymentId = ''
    const end = stage.neighbours.script(
      'wallet.pay',
      ({ mandateId }) => mandateId === held.mandateId,
      ({ message }) => {
        paymentId = message.paymentId
        const failure = { code: 'balance-insufficient', title: 'not enough', stage: 'S4' as const }
        return { paymentId, paymentStatus: 'FAIL', failure }
      },
    )
    await stage.client.call('network.pay', request, stage.acquirer)
    end()
    refused(await ask(stage, refundOf(stage, { paymentId }, 1)), 'payment-not-refundable')
    const paid = await stage.delegated(2_000, held)
    const foreign = { ...refundOf(stage, paid, 1), refundAmount: { currency: 'EUR', value: '1' } }
    refused(await ask(stage, foreign), 'currency-mismatch', { field: '/refundAmount' })
  }),
  network(
    'EXT-REFUND-3',
    'the same request is answered as the first, another under its name is refused',
    async (stage) => {
      const paid = await stage.delegated(2_000)
      const request = refundOf(stage, paid, 700)
      const first = accepted('network.refund', await ask(stage, request))
      const again = accepted('network.refund', await ask(stage, request))
      equal([again.refundId, again.refundedTotal], [first.refundId, usd(700)], 'the same request again')
      refused(await ask(stage, { ...request, refundAmount: usd(701) }), 'refund-request-reused', {
        field: '/refundRequestId',
      })
    },
  ),
  network('EXT-REFUND-5', 'a refund gives budget back only where the mandate says so', async (stage) => {
    const kinds = [
      [{}, '0', '88000'],
      [{ refunds_restore_budget: true }, '500', '88500'],
    ] as const
    for (const [more, restored, remaining] of kinds) {
      const held = await stage.hold(stage.autonomous(90_000, more))
      const paid = await stage.delegated(2_000, held)
      const { budgetRestored } = accepted('network.refund', await ask(stage, refundOf(stage, paid, 500)))
      const { budget } = await stage.mandateOf(held)
      equal([budgetRestored.value, budget.remaining.value], [restored, remaining], 'what came back, and what is left')
    }
  }),
  network(
    'EXT-REFUND-8',
    'a refund waits for a silent wallet, and is credited once it answers',
    async (stage) => {
      const paid = await stage.delegated(2_000)
      const about = ({ paymentId }: { readonly paymentId: string }): boolean => paymentId === paid.paymentId
      const end = stage.neighbours.script('wallet.refund', about, () => silence)
      const request = refundOf(stage, paid, 300)
      const waiting = accepted(
        'network.refund',
        await stage.client.call('network.refund', request, stage.acquirer, { timeoutMilliseconds: 20_000 }),
      )
      equal(waiting.refundStatus, 'PROCESSING', 'the refund nobody credited')
      end()
      await stage.neighbours.next('wallet.refund', about, 20_000)
      for (let tries = 0; tries < 100 && (await inquire(stage, request)).refundStatus === 'PROCESSING'; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 200))
      equal((await inquire(stage, request)).refundStatus, 'SUCCESS', 'the refund that was credited')
      const names = stage.neighbours.all('wallet.refund', about).map(({ message }) => message.refundId)
      equal(new Set(names).size, 1, 'names the credit was asked for under')
    },
    'first',
  ),
  network('EXT-HTTP-34', 'an acquirer refunds no payment of another', async (stage) => {
    const paid = await stage.delegated(2_000)
    const other = await stage.newParty('acquirer')
    refused(await stage.client.call('network.refund', refundOf(stage, paid, 100), other), 'payment-unknown')
    taken(await ask(stage, refundOf(stage, paid, 100)))
  }),
]

const atWallet = [
  wallet('EXT-REFUND-6', 'a refund is credited once, and not beyond the debit', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(90_000))
    const { paymentId } = given('wallet.pay', await stage.pay(held, await stage.chosen(held, 2_000)))
    const { user, userReference } = held.bound
    const before = await stage.balance(user)
    const value = (text: string): number => Number(text.split(' ')[1])
    const message = (refundValue: number): RequestOf<'wallet.refund'> => ({
      ...{ refundId: `refund-${stage.dice.word()}`, paymentId, mandateId: held.mandateId, userReference },
      refundAmount: usd(refundValue),
    })
    const send = (one: RequestOf<'wallet.refund'>) => stage.client.call('wallet.refund', one, stage.network)
    const first = message(1_500)
    equal(accepted('wallet.refund', await send(first)).creditAmount, usd(1_500), 'what was credited')
    equal(accepted('wallet.refund', await send(first)).refundId, first.refundId, 'the same refund again')
    equal(value(await stage.balance(user)) - value(before), 1_500, 'what the owner got back')
    refused(await send(message(501)), 'refund-exceeds-payment', { field: '/refundAmount' })
    refused(await send({ ...first, refundAmount: usd(1) }), 'refund-request-reused', { field: '/refundId' })
    refused(await send({ ...message(1), paymentId: `payment-${stage.dice.word()}` }), 'payment-unknown')
    equal(value(await stage.balance(user)) - value(before), 1_500, 'what the owner has after the refused ones')
    taken(await send(message(500)))
  }),
]

const atAcquirer = [
  acquirer('EXT-REFUND-7', 'a merchant has its own orders refunded, and no other', async (stage) => {
    const [shop, other] = [await stage.shop(), await stage.shop()]
    const order = await stage.collection(shop)
    const { paymentId } = given('acquirer.pay', await stage.pay(order, shop))
    const message = (): RequestOf<'acquirer.refund'> => ({
      refundRequestId: `refund-request-${stage.dice.word()}`,
      merchantOrderId: order.merchantOrderId,
      refundAmount: usd(50),
      refundReason: 'returned',
    })
    const mine = message()
    const made = accepted('acquirer.refund', await stage.client.call('acquirer.refund', mine, shop.party))
    equal([made.paymentId, made.refundRequestId], [paymentId, mine.refundRequestId], 'what the network was asked for')
    refused(await stage.client.call('acquirer.refund', message(), other.party), 'payment-unknown')
    const asked = stage.neighbours.all('network.refund', (one) => one.paymentId === paymentId)
    equal(eachOnce(asked, (one) => one.message.refundRequestId).length, 1, 'refunds asked for')
  }),
]

export const refundChecks = [...atNetwork, ...atWallet, ...atAcquirer]
