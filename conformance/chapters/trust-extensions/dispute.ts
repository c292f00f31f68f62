/** Disputes: at a network from one click to the end, at a merchant each notification once and in order. */
import type { Message, RequestOf } from '../../../schemas/index.ts'
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, eachOnce, equal, given, holds, needed, refused, taken } from '../../expect.ts'
import { Refusal } from '../../neighbours/server.ts'
import { sha256 } from '../../parties.ts'
import { acquirerStage } from '../../stages/acquirer.ts'
import { merchantStage } from '../../stages/merchant.ts'
import { usd } from '../../stages/orders.ts'
import { offering, type Paid, type TrustStage, trustStage } from '../../stages/trust.ts'
import { walletStage } from '../../stages/wallet.ts'

const network = chapterOf('dispute', 'network', offering('dispute', trustStage))
const merchant = chapterOf('dispute', 'merchant', offering('dispute', merchantStage))
const acquirer = chapterOf('dispute', 'acquirer', offering('dispute', acquirerStage))
const wallet = chapterOf('dispute', 'wallet', offering('dispute', walletStage))

const day = 86_400
type Dispute = Message<'extensions/dispute/dispute'>
type Open = RequestOf<'network.openDispute'>

const openingOf = (stage: TrustStage, { held, paymentId, value }: Paid, change: Partial<Open> = {}): Open => ({
  ...{ disputeRequestId: `dispute-request-${stage.dice.word()}`, userReference: held.userReference, paymentId },
  ...{ disputeType: 'CHARGEBACK', disputeAmount: usd(value), disputeReason: 'never ordered' },
  ...change,
})

const open = (stage: TrustStage, message: Open) => stage.client.call('network.openDispute', message, stage.wallet)

/** A dispute about a payment of 20.00. */
const opened = async (stage: TrustStage, change: Partial<Open> = {}) => {
  const paid = await stage.delegated(2_000)
  return { paid, dispute: given('network.openDispute', await open(stage, openingOf(stage, paid, change))) }
}

const defend = (stage: TrustStage, { disputeId }: Pick<Dispute, 'disputeId'>) =>
  stage.client.call(
    'network.answerDispute',
    { disputeId, answer: 'DEFEND', defenseDigest: sha256(stage.dice.word()) },
    stage.acquirer,
  )

const accept = (stage: TrustStage, { disputeId }: Pick<Dispute, 'disputeId'>) =>
  stage.client.call('network.answerDispute', { disputeId, answer: 'ACCEPT' }, stage.acquirer)

const standing = async (stage: TrustStage, { disputeId }: Pick<Dispute, 'disputeId'>) =>
  accepted('network.inquiryDispute', await stage.client.call('network.inquiryDispute', { disputeId }, stage.wallet))

/** What the acquirer was told of a dispute so far, each number once. */
const told = (stage: TrustStage, { disputeId }: Pick<Dispute, 'disputeId'>) => {
  const all = stage.neighbours.all('acquirer.notifyDispute', (one) => one.disputeId === disputeId)
  return [...new Map(all.map(({ message }) => [message.sequence, message.disputeNotificationType]))].sort(
    ([one], [other]) => one - other,
  )
}

/** What the payer was given back of a payment. */
const credits = (stage: TrustStage, { paymentId }: { readonly paymentId: string }) => {
  const all = stage.neighbours.all('wallet.refund', (one) => one.paymentId === paymentId)
  return eachOnce(all, ({ message }) => message.refundId).map(({ message }) => message.refundAmount)
}

const heard = async (stage: TrustStage, { disputeId }: Pick<Dispute, 'disputeId'>, type: string): Promise<void> => {
  const about = (one: Message<'extensions/dispute/notification'>): boolean =>
    one.disputeId === disputeId && one.disputeNotificationType === type
  const found = await stage.neighbours.next('acquirer.notifyDispute', about, 15_000)
  holds(found !== undefined, `the acquirer to be told ${type}`, 'nothing')
}

const later = async (stage: TrustStage, days: number, play: () => Promise<void>): Promise<void> => {
  await stage.session.moveClock(Math.round(days * day))
  try {
    await play()
  } finally {
    await stage.session.moveClock(0)
  }
}

const atNetwork = [
  network('EXT-DISPUTE-1', 'one step opens a dispute and binds the evidence of its payment', async (stage) => {
    const { paid, dispute } = await opened(stage)
    const { records } = await stage.recomputed(paid.paymentId)
    const known = records.map(({ entry }) => entry.commitment)
    equal([dispute.disputeStatus, dispute.disputeAmount], ['CREATED', usd(2_000)], 'status and amount')
    equal(dispute.evidence, known.slice(0, dispute.evidence.length), 'the evidence it is bound to')
    holds(dispute.evidence.length >= 5, 'everything that is on record of the payment', dispute.evidence.length)
  }),
  network('EXT-DISPUTE-2', 'no more is disputed than is left of the payment', async (stage) => {
    const paid = await stage.delegated(2_000)
    const refund = { refundRequestId: `r-${stage.dice.word()}`, paymentId: paid.paymentId, refundAmount: usd(500) }
    taken(await stage.client.call('network.refund', refund, stage.acquirer))
    const large = openingOf(stage, paid, { disputeAmount: usd(1_501) })
    refused(await open(stage, large), 'refund-exceeds-payment', { field: '/disputeAmount' })
    const most = openingOf(stage, paid, { disputeAmount: usd(1_500) })
    taken(await open(stage, most))
    refused(await open(stage, openingOf(stage, paid, { disputeAmount: usd(1) })), 'dispute-exists')
    taken(await open(stage, most))
  }),
  network('EXT-DISPUTE-3', 'a dispute that ended does not change, and what is owed goes back once', async (stage) => {
    const { paid, dispute } = await opened(stage)
    const ended = accepted('network.answerDispute', await accept(stage, dispute))
    equal(ended.disputeStatus, 'ACCEPTED', 'the dispute the merchant accepted')
    refused(await accept(stage, dispute), 'dispute-state-invalid')
    refused(await defend(stage, dispute), 'dispute-state-invalid')
    const { disputeId } = dispute
    refused(await stage.client.call('network.cancelDispute', { disputeId }, stage.wallet), 'dispute-state-invalid')
    equal(credits(stage, paid), [usd(2_000)], 'what went back to the payer')
  }),
  network(
    'EXT-DISPUTE-4',
    'a defense after its due time is refused',
    async (stage) => {
      const { dispute } = await opened(stage)
      taken(await defend(stage, dispute))
      await later(stage, 15, async () => {
        refused(await defend(stage, dispute), 'dispute-late')
      })
    },
    'alone',
  ),
  network(
    ['EXT-DISPUTE-5', 'EXT-DISPUTE-9'],
    'a silent merchant is reminded once, and then counts as having accepted',
    async (stage) => {
      const { paid, dispute } = await opened(stage)
      await later(stage, 13.5, async () => {
        await heard(stage, dispute, 'DEFENSE_DUE_ALERT')
        equal((await standing(stage, dispute)).disputeStatus, 'CREATED', 'the dispute before its due time')
      })
      await later(stage, 14.1, async () => {
        await heard(stage, dispute, 'DISPUTE_ACCEPTED')
        equal((await standing(stage, dispute)).disputeStatus, 'ACCEPTED', 'the dispute after its due time')
        const about = (one: { readonly paymentId: string }): boolean => one.paymentId === paid.paymentId
        needed(await stage.neighbours.next('wallet.refund', about, 20_000), 'nothing went back to the payer')
      })
      equal(
        told(stage, dispute),
        [
          [1, 'DISPUTE_CREATED'],
          [2, 'DEFENSE_DUE_ALERT'],
          [3, 'DISPUTE_ACCEPTED'],
        ],
        'what the acquirer was told',
      )
    },
    'alone',
  ),
  network('EXT-DISPUTE-6', 'a dispute is judged to a result of its own type, and then money moves', async (stage) => {
    const { paid, dispute } = await opened(stage)
    const { disputeId } = dispute
    taken(await defend(stage, dispute))
    const wrong = await stage.scene.hooks.send('judgeDispute', { disputeId, result: 'VALIDATE_SUCCESS' })
    equal(JSON.parse(wrong.answer).code, 'dispute-state-invalid', 'a result of another type')
    const judged = await stage.scene.hooks.call('judgeDispute', { disputeId, result: 'ACCEPT_BY_MERCHANT' })
    equal([judged.disputeStatus, judged.disputeJudgedResult], ['JUDGED', 'ACCEPT_BY_MERCHANT'], 'the judgement')
    equal(credits(stage, paid).length, 1, 'credits of the payer')
  }),
  network('EXT-DISPUTE-7', 'notifications of a dispute are numbered from 1 without a gap', async (stage) => {
    const { dispute } = await opened(stage)
    taken(await defend(stage, dispute))
    taken(await stage.client.call('network.cancelDispute', { disputeId: dispute.disputeId }, stage.wallet))
    await heard(stage, dispute, 'DISPUTE_CANCELLED')
    equal(
      told(stage, dispute),
      [
        [1, 'DISPUTE_CREATED'],
        [2, 'DEFENSE_SUPPLIED'],
        [3, 'DISPUTE_CANCELLED'],
      ],
      'what the acquirer was told',
    )
  }),
  network(
    'EXT-DISPUTE-10',
    'what was not taken within a day is shown to the party it was for, and to no other',
    async (stage) => {
      const paid = await stage.delegated(2_000)
      const about = (one: Message<'extensions/dispute/notification'>): boolean =>
        one.dispute.paymentId === paid.paymentId
      const end = stage.neighbours.script('acquirer.notifyDispute', about, () => new Refusal('internal-error'))
      const dispute = given('network.openDispute', await open(stage, openingOf(stage, paid)))
      await heard(stage, dispute, 'DISPUTE_CREATED')
      const letters = async (by: typeof stage.acquirer) => {
        const { notices } = accepted(
          'network.inquiryDeadLetters',
          await stage.client.call('network.inquiryDeadLetters', { pageSize: 100 }, by),
        )
        return notices.filter(({ body }) => JSON.parse(body).disputeId === dispute.disputeId)
      }
      equal(await letters(stage.acquirer), [], 'what is still on its way')
      await later(stage, 1.1, async () => {
        const mine = await letters(stage.acquirer)
        equal(
          mine.map(({ operation, body }) => [operation, JSON.parse(body).sequence]),
          [['acquirer.notifyDispute', 1]],
          'what was given up',
        )
        equal(await letters(await stage.newParty('acquirer')), [], 'what another acquirer is shown of it')
      })
      end()
    },
    'alone',
  ),
  network('EXT-HTTP-34', 'a dispute of others is not known', async (stage) => {
    const { dispute } = await opened(stage)
    const { disputeId } = dispute
    const other = await stage.newParty('acquirer')
    refused(await stage.client.call('network.inquiryDispute', { disputeId }, other), 'dispute-unknown')
    refused(await stage.client.call('network.answerDispute', { disputeId, answer: 'ACCEPT' }, other), 'dispute-unknown')
    equal((await standing(stage, dispute)).disputeStatus, 'CREATED', 'the dispute')
  }),
]

const atMerchant = [
  merchant(
    'EXT-DISPUTE-8',
    'each notification counts once and in order, however often and in whatever order',
    async (stage) => {
      const checkout = await stage.order()
      given('merchant.startPayment', await stage.pay(checkout))
      const { paymentId = '' } = await stage.stateOf(checkout)
      const disputeId = `dispute-${stage.dice.word()}`
      const types = ['DISPUTE_CREATED', 'DEFENSE_SUPPLIED', 'DISPUTE_CANCELLED'] as const
      const statuses = ['CREATED', 'DEFENSE_SUPPLIED', 'CANCELLED'] as const
      const send = (sequence: 1 | 2 | 3) => {
        const now = stage.session.now()
        const dispute: Dispute = {
          ...{ disputeId, paymentId, disputeType: 'CHARGEBACK', disputeAmount: checkout.total_amount },
          ...{ disputeStatus: statuses[sequence - 1] ?? 'CREATED', evidence: [sha256(disputeId)], defense: [] },
          ...{ createdTime: momentOf(now), defenseDueTime: momentOf(now + 14 * day) },
        }
        const disputeNotificationType = types[sequence - 1] ?? 'DISPUTE_CREATED'
        const message = { notifyId: `${disputeId}-${sequence}`, disputeId, sequence, disputeNotificationType, dispute }
        return stage.client.call('merchant.notifyDispute', message, stage.acquirer)
      }
      const status = async () => (await stage.stateOf(checkout)).disputeStatus ?? 'none'
      refused(await send(2), 'notification-out-of-order')
      equal(await status(), 'none', 'the dispute before its first notification')
      for (const sequence of [1, 1, 2, 1] as const) taken(await send(sequence))
      equal(await status(), 'DEFENSE_SUPPLIED', 'the dispute after the second, and the first again')
      taken(await send(3))
      for (const sequence of [2, 3, 1] as const) taken(await send(sequence))
      equal(await status(), 'CANCELLED', 'the dispute at its end')
    },
  ),
]

const atWallet = [
  wallet('EXT-DISPUTE-1', 'the owner disputes a payment with one click, for what is left of it', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(90_000))
    const { paymentId } = given('wallet.pay', await stage.pay(held, await stage.chosen(held, 2_000)))
    const click = (by: { readonly userToken: string }) =>
      stage.client.call('wallet.openDispute', { paymentId, disputeReason: 'never ordered' }, by)
    const { disputeId } = accepted('wallet.openDispute', await click(held.bound.user))
    const asked = stage.neighbours.all('network.openDispute', (message) => message.paymentId === paymentId)
    equal(
      eachOnce(asked, ({ message }) => message.disputeRequestId).map(({ message }) => message.disputeAmount),
      [usd(2_000)],
      'what the network was asked for',
    )
    equal(accepted('wallet.openDispute', await click(held.bound.user)).disputeId, disputeId, 'the second click')
    refused(await click(await stage.seedUser()), 'payment-unknown', { field: '/paymentId' })
  }),
]

const atAcquirer = [
  acquirer('EXT-DISPUTE-11', 'the merchant of a payment hears of its dispute, and is answered for', async (stage) => {
    const [shop, other] = [await stage.shop(), await stage.shop()]
    const { paymentId } = given('acquirer.pay', await stage.pay(await stage.collection(shop), shop))
    const disputeId = `dispute-${stage.dice.word()}`
    const now = stage.session.now()
    const dispute: Dispute = {
      ...{ disputeId, paymentId, disputeType: 'CHARGEBACK', disputeAmount: usd(100), disputeStatus: 'CREATED' },
      ...{ evidence: [sha256(disputeId)], defense: [] },
      ...{ createdTime: momentOf(now), defenseDueTime: momentOf(now + 14 * day) },
    }
    const message = {
      ...{ notifyId: `${disputeId}-0001`, disputeId, sequence: 1, disputeNotificationType: 'DISPUTE_CREATED' as const },
      dispute,
    }
    const tell = (one: typeof message) => stage.client.call('acquirer.notifyDispute', one, stage.network)
    taken(await tell(message))
    const heard = await stage.neighbours.next('merchant.notifyDispute', (one) => one.disputeId === disputeId)
    equal(heard?.message, message, 'what the merchant was told')
    const strange = { ...message, dispute: { ...dispute, paymentId: `payment-${stage.dice.word()}` } }
    refused(await tell(strange), 'payment-unknown')
    const answer = { disputeId, answer: 'DEFEND' as const, defenseDigest: sha256('parcel receipt') }
    refused(await stage.client.call('acquirer.answerDispute', answer, other.party), 'dispute-unknown')
    const told = accepted(
      'acquirer.answerDispute',
      await stage.client.call('acquirer.answerDispute', answer, shop.party),
    )
    equal(told.disputeStatus, 'DEFENSE_SUPPLIED', 'the dispute after the answer')
    const passed = stage.neighbours.all('network.answerDispute', (one) => one.disputeId === disputeId)
    equal(
      eachOnce(passed, (one) => JSON.stringify(one.message)).map((one) => one.message),
      [answer],
      'what the network was told',
    )
  }),
]

export const disputeChecks = [...atNetwork, ...atMerchant, ...atWallet, ...atAcquirer]
