/** Payment, as a wallet shows it: binding, guards before payment and debit, one debit for one payment. */
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, needed, refused, sandwich, told } from '../../expect.ts'
import { usd } from '../../stages/orders.ts'
import { walletStage } from '../../stages/wallet.ts'

const check = chapterOf('payment', 'wallet', walletStage)

const binding = [
  check(['AMP-PAY-008', 'AMP-PAY-005'], 'the user confirms a binding and is verified first', async (stage) => {
    const user = await stage.seedUser()
    const { authId, answer } = await stage.proposeBinding(await stage.newAgent())
    accepted('wallet.createAuthorization', answer)
    const early = await stage.reportOf(authId, 200)
    holds(early === undefined, 'no binding before the user agreed', early?.message ?? null)
    refused(
      await stage.decide(user, authId, 'approve', user.pin === '111111' ? '222222' : '111111'),
      'identity-check-failed',
    )
    accepted('wallet.completeIdv', await stage.decide(user, authId, 'approve'))
    const { message } = needed(await stage.reportOf(authId), 'the wallet reported no binding')
    equal(message.outcome, 'SUCCESS', 'the outcome reported')
  }),
  check('AMP-PAY-009', 'a binding is reported with the evidence of the identity check', async (stage) => {
    const { report } = await stage.bind()
    equal(
      [report.authContext, report.idvResult, report.walletAccount.walletId],
      ['ENROLLMENT', 'PASS', stage.session.served('wallet').id],
      'the report',
    )
    holds(
      Math.abs(Date.parse(report.idvTime) / 1000 - stage.session.now()) <= 120,
      'the time of the identity check',
      report.idvTime,
    )
  }),
  check(['AMP-PAY-006', 'AMP-TRUST-100'], 'each user has a signing key of their own', async (stage) => {
    const [one, other] = [await stage.bind(), await stage.bind()]
    const keys = [one.report.ispKey, other.report.ispKey]
    holds(
      keys.every((key) => !('d' in key)),
      'public keys',
      keys,
    )
    equal(new Set(keys.map(({ x, y }) => `${x}.${y}`)).size, 2, 'the number of different keys')
  }),
  check('AMP-PAY-015', 'what the wallet tells its network holds no login, PIN or account', async (stage) => {
    const bound = await stage.bind()
    const { accounts } = given(
      'wallet.inquiryAccount',
      await stage.client.call('wallet.inquiryAccount', {}, bound.user),
    )
    const sent = JSON.stringify(bound.report)
    const shown = [bound.user.loginId, bound.user.pin, bound.user.userId, ...accounts.map(({ accountId }) => accountId)]
    equal(
      shown.filter((secret) => sent.includes(secret)),
      [],
      'original account data in the report',
    )
  }),
  check('AMP-PAY-018', 'a binding the user ended backs no mandate', async (stage) => {
    const [bound, other] = [await stage.bind(), await stage.bind()]
    accepted(
      'wallet.revokeBinding',
      await stage.client.call('wallet.revokeBinding', { bindingId: bound.bindingId }, bound.user),
    )
    await sandwich({
      control: () => stage.propose(other, stage.autonomous(1_000)).then(({ answer }) => answer),
      changed: () => stage.propose(bound, stage.autonomous(1_000)).then(({ answer }) => answer),
      refusedAs: 'binding-revoked',
    })
  }),
  check('AMP-PAY-014', 'a mandate names the account by a binding of this user', async (stage) => {
    const [bound, other] = [await stage.bind(), await stage.bind()]
    await sandwich({
      control: () => stage.propose(bound, stage.autonomous(1_000)).then(({ answer }) => answer),
      changed: () =>
        stage.propose({ ...bound, bindingId: other.bindingId }, stage.autonomous(1_000)).then(({ answer }) => answer),
      refusedAs: 'binding-unknown',
    })
  }),
]

const debit = [
  check(
    ['AMP-PAY-044', 'AMP-PAY-052'],
    'order and amount are checked before payment, the running total before the debit',
    async (stage) => {
      const bound = await stage.bind()
      const held = await stage.hold(bound, stage.autonomous(2_000))
      const checkout = await stage.chosen(held, 1_500)
      const second = await stage.chosen(held, 1_000)
      refused(await stage.pay(held, checkout, { paymentAmount: usd(1_501) }), 'order-mismatch', { stage: 'S3' })
      accepted('wallet.pay', await stage.pay(held, checkout))
      refused(await stage.pay(held, second), 'budget-exceeded', { stage: 'S4' })
    },
  ),
  check('AMP-FLOW-018', 'one payment identifier debits once, and no other payment hides behind it', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(9_000))
    const checkout = await stage.chosen(held, 1_000)
    const paymentId = `payment-${stage.dice.word()}`
    const first = accepted('wallet.pay', await stage.pay(held, checkout, { paymentId }))
    const before = await stage.balance(held.bound.user)
    const again = accepted('wallet.pay', await stage.pay(held, checkout, { paymentId }))
    equal(again, first, 'the answer to the same payment')
    const other = await stage.chosen(held, 2_000)
    refused(await stage.pay(held, other, { paymentId }), 'payment-request-reused')
    equal(await stage.balance(held.bound.user), before, 'the balance')
  }),
  check('AMP-PAY-045', 'a declined debit is told and remembered as failed', async (stage) => {
    const held = await stage.hold(await stage.bind(), stage.autonomous(9_000))
    const checkout = await stage.chosen(held, 1_000)
    const paymentId = `payment-${stage.dice.word()}`
    refused(await stage.pay(held, checkout, { paymentId, paymentAmount: usd(999) }), 'order-mismatch')
    const { paymentStatus, failure } = accepted(
      'wallet.inquiryPayment',
      await stage.client.call('wallet.inquiryPayment', { paymentId }, stage.network),
    )
    equal([paymentStatus, failure?.code], ['FAIL', 'order-mismatch'], 'status and reason')
  }),
  check('AMP-PAY-043', 'a debit takes exactly what was paid and says when', async (stage) => {
    const user = await stage.seedUser(usd(10_000))
    const held = await stage.hold(await stage.bind(user), stage.autonomous(9_000))
    const value = stage.dice.number(1, 8_999)
    const debited = accepted('wallet.pay', await stage.pay(held, await stage.chosen(held, value)))
    equal([debited.paymentStatus, debited.debitAmount], ['SUCCESS', usd(value)], 'status and amount')
    equal(await stage.balance(user), `USD ${10_000 - value}`, 'the balance')
    const inquired = given(
      'wallet.inquiryPayment',
      await stage.client.call('wallet.inquiryPayment', { paymentId: debited.paymentId }, stage.network),
    )
    equal(inquired, debited, 'the payment on inquiry')
  }),
]

const races = [
  check('AMP-TRUST-078', 'debits that meet never take more than the budget', async (stage) => {
    const user = await stage.seedUser(usd(100_000))
    const held = await stage.hold(await stage.bind(user), stage.autonomous(5_000))
    const checkouts = []
    for (let one = 0; one < 12; one++) checkouts.push(await stage.chosen(held, 1_000))
    const answers = await Promise.all(checkouts.map((checkout) => stage.pay(held, checkout)))
    const won = answers.filter(({ status }) => status === 200).length
    equal([won, await stage.balance(user)], [5, 'USD 95000'], 'debits that passed, and the balance')
    for (const answer of answers.filter(({ status }) => status !== 200))
      refused(answer, ['budget-exceeded', 'mandate-finished'])
  }),
  check('AMP-PAY-054', 'the same debit sent many times at once debits once', async (stage) => {
    const user = await stage.seedUser(usd(100_000))
    const held = await stage.hold(await stage.bind(user), stage.autonomous(50_000))
    const checkout = await stage.chosen(held, 1_000)
    const paymentId = `payment-${stage.dice.word()}`
    const answers = await Promise.all(Array.from({ length: 8 }, () => stage.pay(held, checkout, { paymentId })))
    holds(
      answers.some(({ status }) => status === 200),
      'one debit',
      answers.map(told).join('; '),
    )
    equal(await stage.balance(user), 'USD 99000', 'the balance')
  }),
]

export const walletPaymentChecks = [...binding, ...debit, ...races]
