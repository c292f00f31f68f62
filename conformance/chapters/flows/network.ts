/** Flows, as a network shows them: requests that meet, budgets that add up, results that reach everybody concerned. */
import { momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, taken, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { type NetworkStage, networkStage, type Token } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'
import type { Answer } from '../../target/client.ts'

const check = chapterOf('flows', 'network', networkStage)

const passed = (answers: readonly Answer[]): number => answers.filter(({ status }) => status === 200).length

const cancelPatienceMilliseconds = 2_000

const pause = (milliseconds: number): Promise<false> =>
  new Promise((resolve) => setTimeout(() => resolve(false), milliseconds))

/** Holds the wallet's answer to one guard before token back until `release`; `arrived` tells that it was asked. */
const holdGuard = (stage: NetworkStage, reference: string) => {
  let release = (): void => {}
  let arrive = (): void => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve
  })
  stage.neighbours.script(
    'wallet.checkIntent',
    ({ checkout }) => checkout.reference_checkout_id === reference,
    async () => {
      arrive()
      await released
      return { stage: 'S2', decision: 'pass', checkedAt: momentOf(stage.session.now()) }
    },
  )
  return { arrived, release: () => release() }
}

const meetings = [
  check(
    ['AMP-WALLET-031', 'AMP-TRUST-076'],
    'a token request whose mandate is cancelled while the wallet looks at it yields nothing',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const checkout = stage.order(1_000)
      const guard = holdGuard(stage, checkout.reference_checkout_id)
      const asked = stage.apply(held, checkout)
      await Promise.race([guard.arrived, asked])
      const cancelled = stage.cancel(held)
      /** A network may as well let the cancellation wait for the guard; then the token came before it. */
      const acknowledgedFirst = await Promise.race([cancelled.then(() => true), pause(cancelPatienceMilliseconds)])
      guard.release()
      accepted('network.cancelMandate', await cancelled)
      const answer = await asked
      if (acknowledgedFirst || answer.status !== 200) refused(answer, 'mandate-revoked')
      else {
        const { paymentToken } = given('network.applyCredential', answer)
        refused(await stage.pay({ paymentToken, checkout }), 'mandate-revoked')
      }
      const debits = stage.neighbours.all('wallet.pay', ({ mandateId }) => mandateId === held.mandateId)
      equal(debits.length, 0, 'debits asked for')
    },
  ),
  check(
    'AMP-WALLET-032',
    'payments that meet a cancellation are debited whole or not at all, and later ones are refused',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(90_000))
      const bought: Token[] = []
      for (let count = 0; count < 10; count++) bought.push(await stage.token(held))
      const early = bought.slice(0, 5).map((token) => stage.pay(token))
      accepted('network.cancelMandate', await stage.cancel(held))
      const late = await Promise.all(bought.slice(5).map((token) => stage.pay(token)))
      for (const answer of late) refused(answer, ['mandate-revoked', 'payment-token-used', 'payment-token-expired'])
      const paid = passed(await Promise.all(early))
      const debits = stage.neighbours.all('wallet.pay', ({ mandateId }) => mandateId === held.mandateId)
      equal(new Set(debits.map(({ message }) => message.paymentId)).size, paid, 'debits asked for')
      equal((await stage.mandateOf(held)).budget.captured, usd(paid * 1_000), 'what was captured')
    },
  ),
  check(
    ['AMP-TRUST-031', 'AMP-TRUST-088'],
    'of twenty requests for the last unit of a budget one wins',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(3_000))
      taken(await stage.pay(await stage.token(held)))
      await stage.token(held)
      const requests = await Promise.all(Array.from({ length: 20 }, () => stage.requestOf(held, stage.order(1_000))))
      const answers = await Promise.all(
        requests.map((request) => stage.client.call('network.applyCredential', request, stage.provider)),
      )
      equal(passed(answers), 1, 'tokens issued')
      for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'budget-exceeded')
      const { budget } = await stage.mandateOf(held)
      equal(
        [budget.held, budget.captured, budget.remaining],
        [usd(2_000), usd(1_000), usd(0)],
        'held, captured and remaining',
      )
    },
  ),
  check(['AMP-TRUST-070', 'AMP-TRUST-075'], 'a mandate whose approvals meet is activated once', async (stage) => {
    const drafted = await stage.draft(await stage.bind(), stage.autonomous(5_000))
    const layers = await Promise.all(Array.from({ length: 10 }, () => stage.sign(drafted)))
    const answers = await Promise.all(layers.map((layer) => stage.approve(drafted, layer)))
    equal(passed(answers), 1, 'approvals that counted')
    for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'authorization-decided')
    const { events } = await stage.mandateOf(drafted)
    const activations = events.filter(({ mandateStatus }) => mandateStatus === 'activated')
    equal(activations.length, 1, 'activations on record')
  }),
  check('AMP-TRUST-104', 'of registrations of one key that meet one counts', async (stage) => {
    const key = await stage.dice.party(`agent-key-${stage.dice.word()}`)
    const registrations = await Promise.all(Array.from({ length: 8 }, () => stage.registrationOf(key)))
    const answers = await Promise.all(registrations.map((registration) => stage.send(registration)))
    equal(passed(answers), 1, 'agents registered')
    for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'agent-key-taken')
  }),
]

/** A budget as it has to stand after everything so far. */
type Book = { total: number; limit: number; held: number; captured: number }

const bookOf = ({ total, limit, held, captured }: Book) => ({
  total: usd(total),
  limit: usd(limit),
  held: usd(held),
  captured: usd(captured),
  remaining: usd(limit - held - captured),
})

/** One step at random: a token, a payment that succeeds or fails, a lower limit. Gives back what it was. */
const step = async (
  stage: NetworkStage,
  held: Awaited<ReturnType<NetworkStage['hold']>>,
  open: { token: Token; value: number }[],
  book: Book,
): Promise<string> => {
  const dice = stage.dice.number(1, 100)
  const free = book.limit - book.held - book.captured
  if (dice <= 45 || open.length === 0) {
    const value = stage.dice.number(1, 4_000)
    const checkout = stage.order(value)
    const request = await stage.requestOf(held, checkout)
    const answer = await stage.client.call('network.applyCredential', request, stage.provider)
    if (value > free) {
      refused(answer, 'budget-exceeded')
      return `a token over ${value} of ${free} refused`
    }
    const { paymentToken } = accepted('network.applyCredential', answer)
    open.push({ token: { paymentToken, checkout, request }, value })
    book.held += value
    return `a token over ${value}`
  }
  if (dice <= 85) {
    const [{ token, value }] = open.splice(stage.dice.number(0, open.length - 1), 1) as [(typeof open)[number]]
    const declines = dice > 70
    const end = stage.neighbours.script(
      'wallet.pay',
      ({ checkout }) => checkout.reference_checkout_id === token.checkout.reference_checkout_id && declines,
      () => new Refusal('balance-insufficient', { stage: 'S4' }),
    )
    const answer = await stage.pay(token)
    end()
    if (declines) refused(answer, 'balance-insufficient')
    else accepted('network.pay', answer)
    book.held -= value
    if (!declines) book.captured += value
    return `a payment of ${value} ${declines ? 'declined' : 'debited'}`
  }
  const limit = book.limit - stage.dice.number(1, 500)
  const adjust = { mandateId: held.mandateId, limit: usd(Math.max(limit, 1)) }
  const answer = await stage.client.call('network.adjustMandate', adjust, stage.wallet)
  if (limit < book.held + book.captured) {
    refused(answer, 'limit-below-used')
    return `a limit of ${limit} refused`
  }
  accepted('network.adjustMandate', answer)
  book.limit = limit
  return `a limit of ${limit}`
}

const stepsWalked = 24

const laws = [
  check(
    ['AMP-TRUST-084', 'AMP-TRUST-031'],
    'a budget adds up after every step of a random walk of tokens, debits, declines and lower limits',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(30_000))
      const book: Book = { total: 30_000, limit: 30_000, held: 0, captured: 0 }
      const open: { token: Token; value: number }[] = []
      for (let count = 0; count < stepsWalked; count++) {
        const what = await step(stage, held, open, book)
        const { budget, mandateStatus } = await stage.mandateOf(held)
        equal(budget, bookOf(book), `the budget after step ${count + 1}, ${what},`)
        if (mandateStatus !== 'activated') return
      }
    },
  ),
  check('AMP-TRUST-031', 'an order in another currency takes nothing of a budget', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const state = stage.stateOf(held)
    const before = await state()
    const euros = { currency: 'EUR', value: '1000' }
    const checkout = stage.order(1_000, {
      total_amount: euros,
      goods: [{ goods_name: 'Thing', goods_unit_amount: euros, goods_quantity: '1' }],
    })
    refused(await stage.apply(held, checkout), 'currency-mismatch')
    equal(await state(), before, 'status and budget')
    accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
  }),
]

const tidings = [
  check(
    ['AMP-PAY-046', 'AMP-FLOW-018'],
    'the acquirer is told of the result of a payment that was open',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const bought = await stage.token(held)
      const end = stage.neighbours.script(
        'wallet.pay',
        ({ mandateId }) => mandateId === held.mandateId,
        () => silence,
      )
      const request = stage.paymentOf(bought)
      const ask = () => stage.client.call('network.pay', request, stage.acquirer)
      const { paymentId } = given('network.pay', await ask())
      end()
      const settled = stage.neighbours.script(
        'wallet.inquiryPayment',
        (message) => message.paymentId === paymentId,
        () => ({
          paymentId,
          paymentStatus: 'SUCCESS',
          debitAmount: usd(1_000),
          debitTime: momentOf(stage.session.now()),
        }),
      )
      const inquiry = { paymentRequestId: request.paymentRequestId }
      taken(await stage.client.call('network.inquiryPayment', inquiry, stage.acquirer))
      const notice = await stage.heard('acquirer.notifyPayment', (message) => message.paymentId === paymentId)
      settled()
      const { paymentStatus, paymentAmount, referenceOrderId } = notice?.message ?? {}
      equal(
        [paymentStatus ?? 'nothing', paymentAmount, referenceOrderId],
        ['SUCCESS', usd(1_000), bought.checkout.reference_checkout_id],
        'what the acquirer was told',
      )
    },
  ),
  check(
    ['AMP-TRUST-084', 'AMP-PAY-017'],
    'the wallet is told when the credential provider ends a binding, mandates and all',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const { bindingId, mandateId } = held
      accepted('network.revokeBinding', await stage.client.call('network.revokeBinding', { bindingId }, stage.provider))
      const notice = await stage.heard('wallet.notifyMandate', (message) => message.mandateId === mandateId)
      equal(notice?.message.mandateStatus ?? 'nothing', 'revoked', 'what the wallet was told')
      refused(await stage.apply(held, stage.order(1_000)), 'binding-revoked')
    },
  ),
  check(
    ['AMP-TRUST-071', 'AMP-TRUST-084'],
    'the credential provider is told when a mandate is used up',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(2_000))
      taken(await stage.pay(await stage.token(held, 2_000)))
      equal((await stage.mandateOf(held)).mandateStatus, 'finished', 'the status')
      const notice = await stage.heard(
        'credential-provider.notifyMandate',
        ({ mandateId }) => mandateId === held.mandateId,
      )
      equal(notice?.message.mandateStatus ?? 'nothing', 'finished', 'what the credential provider was told')
    },
  ),
  check('AMP-FLOW-009', 'a binding is put before the user at the wallet, naming the agent', async (stage) => {
    const agent = await stage.register()
    const { authId } = given('network.createAuthorization', await stage.enrol(agent))
    const shown = await stage.neighbours.next('wallet.createAuthorization', (message) => message.authId === authId)
    const message = shown?.message
    equal(
      [message?.authContext ?? 'nothing', message?.agent.agentId, message?.agent.credentialProviderId],
      ['ENROLLMENT', agent.agentId, stage.provider.id],
      'what the wallet was asked to show',
    )
  }),
  check('AMP-FLOW-009', 'a binding that ended can be made anew, and is another one', async (stage) => {
    const bound = await stage.bind()
    const { bindingId } = bound
    accepted('network.revokeBinding', await stage.client.call('network.revokeBinding', { bindingId }, stage.wallet))
    const { authId } = given('network.createAuthorization', await stage.enrol(bound.agent))
    const again = await stage.report(stage.enrolmentReport(authId, bound.isp, bound.userReference))
    const renewed = accepted('network.notifyAuthorization', again)
    holds(renewed.bindingId !== undefined && renewed.bindingId !== bindingId, 'another binding', told(again))
  }),
]

export const networkFlowChecks = [...meetings, ...laws, ...tidings]
