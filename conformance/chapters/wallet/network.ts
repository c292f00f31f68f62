/** Wallet services, as the network behind them shows them: cancellation, limits, bills. */

import type { Message } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, taken, told } from '../../expect.ts'
import { silence } from '../../neighbours/server.ts'
import { type NetworkStage, networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('wallet', 'network', networkStage)

/** Gives one user of the suite's wallet limits. */
const limiting = (stage: NetworkStage, user: string, limits: Message<'wallet/limits'>, delegated = 0) =>
  stage.neighbours.script(
    'wallet.inquiryLimits',
    ({ userReference }) => userReference === user,
    () => ({ limits, delegatedToday: usd(delegated), timeZone: 'UTC' }),
  )

const cancellation = [
  check('AMP-WALLET-030', 'a cancelled mandate is revoked, and everybody concerned is told', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    const { mandateStatus } = accepted('network.cancelMandate', await stage.cancel(held))
    equal([mandateStatus, (await stage.mandateOf(held)).mandateStatus], ['revoked', 'revoked'], 'the status')
    const notice = await stage.heard(
      'credential-provider.notifyMandate',
      ({ mandateId }) => mandateId === held.mandateId,
    )
    equal(notice?.message.mandateStatus ?? 'nothing', 'revoked', 'what the credential provider was told')
  }),
  check(
    'AMP-WALLET-031',
    'from the acknowledgement of a cancellation on, no token is issued, in flight or not',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(90_000))
      const requests = await Promise.all(Array.from({ length: 12 }, () => stage.requestOf(held, stage.order(1_000))))
      const send = (request: (typeof requests)[number]) =>
        stage.client.call('network.applyCredential', request, stage.provider)
      const early = requests.slice(0, 6).map(send)
      accepted('network.cancelMandate', await stage.cancel(held))
      for (const answer of await Promise.all(requests.slice(6).map(send))) refused(answer, 'mandate-revoked')
      await Promise.all(early)
      const { budget } = await stage.mandateOf(held)
      equal(budget.captured, usd(0), 'what was captured')
    },
  ),
  check('AMP-WALLET-032', 'a token of a cancelled mandate pays nothing', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    const bought = await stage.token(held)
    taken(await stage.cancel(held))
    refused(await stage.pay(bought), ['mandate-revoked', 'payment-token-used', 'payment-token-expired'])
    const debits = stage.neighbours.all('wallet.pay', ({ mandateId }) => mandateId === held.mandateId)
    equal(debits.length, 0, 'debits asked for')
  }),
  check('AMP-WALLET-029', 'another wallet cannot cancel a mandate', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    const stranger = await stage.newParty('wallet')
    refused(
      await stage.client.call('network.cancelMandate', { mandateId: held.mandateId }, stranger),
      'mandate-unknown',
    )
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
  }),
  check('AMP-WALLET-034', 'a limit is lowered, never below what is taken, and holds', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    taken(await stage.pay(await stage.token(held, 1_000)))
    const adjust = (value: number) =>
      stage.client.call('network.adjustMandate', { mandateId: held.mandateId, limit: usd(value) }, stage.wallet)
    refused(await adjust(6_000), 'limit-not-lower')
    refused(await adjust(999), 'limit-below-used')
    const { budget } = accepted('network.adjustMandate', await adjust(2_000))
    equal([budget.limit, budget.remaining], [usd(2_000), usd(1_000)], 'limit and what remains')
    refused(await stage.apply(held, stage.order(1_001)), 'budget-exceeded')
  }),
  check('AMP-WALLET-034', 'the limit of a mandate that ended is not moved any more', async (stage) => {
    const held = await stage.hold(stage.autonomous(5_000))
    taken(await stage.cancel(held))
    const state = stage.stateOf(held)
    const before = await state()
    const adjust = { mandateId: held.mandateId, limit: usd(2_000) }
    refused(await stage.client.call('network.adjustMandate', adjust, stage.wallet), 'mandate-revoked')
    equal(await state(), before, 'status and budget')
  }),
]

const limits = [
  check(
    ['AMP-WALLET-062', 'AMP-WALLET-063', 'AMP-WALLET-060'],
    'a budget above the limit per mandate is refused with the limit',
    async (stage) => {
      const bound = await stage.bind()
      const end = limiting(stage, bound.userReference, { perMandate: usd(3_000) })
      const problem = refused(await stage.askFor(bound, stage.autonomous(3_001)), 'limit-per-mandate-exceeded')
      equal(problem.limit ?? null, usd(3_000), 'the limit named')
      accepted('network.createAuthorization', await stage.askFor(bound, stage.autonomous(3_000)))
      end()
    },
  ),
  check(
    ['AMP-WALLET-064', 'AMP-WALLET-065', 'AMP-WALLET-061'],
    'a budget above what is left of the day is refused with the limit',
    async (stage) => {
      const bound = await stage.bind()
      const end = limiting(stage, bound.userReference, { perDay: usd(5_000) }, 3_000)
      const problem = refused(await stage.askFor(bound, stage.autonomous(2_001)), 'limit-daily-exceeded')
      equal(problem.limit ?? null, usd(5_000), 'the limit named')
      accepted('network.createAuthorization', await stage.askFor(bound, stage.autonomous(2_000)))
      end()
    },
  ),
  check(
    ['AMP-WALLET-053', 'AMP-WALLET-055', 'AMP-WALLET-054'],
    'the limits of the user are read when a mandate is asked for',
    async (stage) => {
      const bound = await stage.bind()
      taken(await stage.askFor(bound, stage.autonomous(1_000)))
      const read = stage.neighbours.all(
        'wallet.inquiryLimits',
        ({ userReference }) => userReference === bound.userReference,
      )
      holds(read.length > 0, 'wallet.inquiryLimits', 'nothing')
    },
  ),
  check(
    ['AMP-WALLET-060', 'AMP-WALLET-062'],
    'where the limits cannot be read no mandate is asked for',
    async (stage) => {
      const bound = await stage.bind()
      const content = stage.autonomous(1_000)
      const end = stage.neighbours.script(
        'wallet.inquiryLimits',
        ({ userReference }) => userReference === bound.userReference,
        () => silence,
      )
      const answer = await stage.askFor(bound, content)
      end()
      holds(answer.status !== 200, 'a refusal', told(answer))
      const shown = stage.neighbours.all(
        'wallet.createAuthorization',
        (message) => message.authContext === 'MANDATE' && message.intent.desc === content.intent.desc,
      )
      equal(shown.length, 0, 'what the wallet was asked to show')
      accepted('network.createAuthorization', await stage.askFor(bound, stage.autonomous(1_000)))
    },
  ),
]

const bills = [
  check(
    ['AMP-WALLET-027', 'AMP-WALLET-028', 'AMP-WALLET-009'],
    'bills tell what was paid under a mandate',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(5_000))
      const bought = await stage.token(held, 1_200)
      const { paymentId } = given('network.pay', await stage.pay(bought))
      const list = async (userReference: string) =>
        given(
          'network.inquiryBillList',
          await stage.client.call('network.inquiryBillList', { userReference }, stage.wallet),
        ).bills
      const [bill] = await list(held.userReference)
      equal(
        [bill?.paymentId, bill?.mandateId, bill?.amount, bill?.paymentStatus, bill?.merchantName],
        [paymentId, held.mandateId, usd(1_200), 'SUCCESS', bought.checkout.merchant.merchant_name],
        'the bill',
      )
      equal(await list(`user-${stage.dice.word()}`), [], 'bills of somebody else')
    },
  ),
]

export const networkServiceChecks = [...cancellation, ...limits, ...bills]
