/** Payment, as a network shows it: bindings, tokens, budget, payments, what happens once. */
import { chapterOf } from '../../check.ts'
import { accepted, eachOnce, equal, given, holds, needed, refused, sandwich, taken, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { networkStage } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('payment', 'network', networkStage)

const bindings = [
  check(['AMP-PAY-018', 'AMP-PAY-017'], 'a binding that ended backs neither mandate nor token', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const { bindingStatus, mandatesRevoked } = accepted(
      'network.revokeBinding',
      await stage.client.call('network.revokeBinding', { bindingId: held.bindingId }, stage.wallet),
    )
    equal([bindingStatus, mandatesRevoked], ['revoked', 1], 'status, and mandates that ended with it')
    refused(await stage.askFor(held, stage.autonomous(1_000)), 'binding-revoked')
    refused(await stage.apply(held, stage.order(1_000)), 'binding-revoked')
    equal((await stage.mandateOf(held)).mandateStatus, 'revoked', 'the status of the mandate')
  }),
  check(['AMP-PAY-011', 'AMP-PAY-019'], 'a mandate is asked for on a binding of this agent alone', async (stage) => {
    const [bound, other] = [await stage.bind(), await stage.bind()]
    await sandwich({
      control: () => stage.askFor(bound, stage.autonomous(1_000)),
      changed: () => stage.askFor({ ...bound, bindingId: other.bindingId }, stage.autonomous(1_000)),
      refusedAs: 'binding-unknown',
    })
  }),
  check('AMP-FLOW-009', 'a user is bound to an agent once', async (stage) => {
    const bound = await stage.bind()
    const { authId } = given('network.createAuthorization', await stage.enrol(bound.agent))
    refused(await stage.report(stage.enrolmentReport(authId, bound.isp, bound.userReference)), 'binding-exists')
  }),
  check('AMP-PAY-007', 'a binding nobody confirmed is no binding', async (stage) => {
    const agent = await stage.register()
    const { authId, sessionId } = given('network.createAuthorization', await stage.enrol(agent))
    const { bindingId } = accepted(
      'network.notifyAuthorization',
      await stage.report({ authContext: 'ENROLLMENT', outcome: 'FAILED', authId, failure: 'user-rejected' }),
    )
    equal(bindingId ?? null, null, 'the binding answered')
    const notice = await stage.heard(
      'credential-provider.notifyAuthorization',
      (message) => message.sessionId === sessionId,
    )
    equal(notice?.message.outcome ?? 'nothing', 'FAILED', 'what the credential provider was told')
  }),
]

const tokens = [
  check(
    'AMP-TRUST-017',
    'a token request without the signature of its agent is refused, and each signature counts once',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const forger = await stage.dice.party('forger')
      const control = () => stage.apply(held, stage.order(1_000))
      await sandwich({
        control,
        changed: () => stage.apply(held, stage.order(1_000), { signedBy: forger }),
        refusedAs: 'request-signature-invalid',
        state: stage.stateOf(held),
        once: true,
      })
      for (const claims of [
        { aud: 'https://other.example' },
        { iss: `agent-${stage.dice.word()}` },
        { request_hash: 'x'.repeat(43) },
        { iat: stage.session.now() - 3_600 },
      ])
        refused(await stage.apply(held, stage.order(1_000), { claims }), 'request-signature-invalid')
      const claims = { nonce: stage.dice.nonce() }
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_000), { claims }))
      refused(await stage.apply(held, stage.order(1_000), { claims }), 'assurance-nonce-replayed')
    },
  ),
  check(['AMP-PAY-024', 'AMP-FLOW-014'], 'the wallet is given what its guard before token needs', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const { checkout, request } = await stage.token(held)
    const asked = await stage.neighbours.next(
      'wallet.checkIntent',
      (message) => message.checkout.reference_checkout_id === checkout.reference_checkout_id,
    )
    const { mandateId, userReference, mandate, tokenRequest } = needed(asked?.message, 'the wallet was not asked')
    equal(
      [mandateId, userReference, mandate, tokenRequest ?? null],
      [held.mandateId, held.userReference, held.mandate, request.assurance.tokenRequest ?? null],
      'what the wallet was asked',
    )
  }),
  check(
    ['AMP-PAY-035', 'AMP-PAY-036', 'AMP-PAY-025', 'AMP-TRUST-094'],
    'no token is issued where the guard before token refuses or says nothing, and the budget is free again',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const state = stage.stateOf(held)
      const before = await state()
      for (const reply of [new Refusal('merchant-out-of-scope', { stage: 'S2' }), silence]) {
        const checkout = stage.order(1_000)
        const end = stage.neighbours.script(
          'wallet.checkIntent',
          (message) => message.checkout.reference_checkout_id === checkout.reference_checkout_id,
          () => reply as Refusal,
        )
        const answer = await stage.apply(held, checkout)
        end()
        holds(answer.status !== 200, 'a refusal', told(answer))
        if (reply instanceof Refusal) refused(answer, 'merchant-out-of-scope', { stage: 'S2' })
        equal(await state(), before, 'status and budget')
      }
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
    },
  ),
  check('AMP-PAY-038', 'a payment token has the published form, and no two are alike', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const codes = [await stage.token(held), await stage.token(held), await stage.token(held)].map(
      ({ paymentToken }) => paymentToken,
    )
    holds(
      codes.every((code) => /^28\d\d{3}23[A-Za-z0-9]{16,}$/.test(code)),
      '28, version, institution, 23 and at least 16 characters',
      codes,
    )
    equal(new Set(codes).size, codes.length, 'the number of different tokens')
  }),
  check(
    'AMP-PAY-040',
    'a payment token ends, as it says itself, at most ten minutes after its issue',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const { expiresAt } = accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
      const left = Math.floor(Date.parse(expiresAt) / 1000) - stage.session.now()
      holds(left > 0 && left <= 660, 'an end within ten minutes', expiresAt)
    },
  ),
  check('AMP-PAY-040', 'a token nobody issued pays nothing', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const bought = await stage.token(held)
    const guessed = `${bought.paymentToken.slice(0, 8)}${stage.dice.word()}${stage.dice.word()}`
    refused(await stage.pay({ ...bought, paymentToken: guessed }), 'payment-token-unknown')
    accepted('network.pay', await stage.pay(bought))
  }),
  check(
    ['AMP-PAY-033', 'AMP-TRUST-040', 'AMP-TRUST-039'],
    'one delegated mandate yields several tokens within its budget, and holds what they may take',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(2_500))
      const { heldAmount, budget } = accepted('network.applyCredential', await stage.apply(held, stage.order(1_000)))
      equal(
        [heldAmount, budget.held, budget.remaining],
        [usd(1_000), usd(1_000), usd(1_500)],
        'what is held and what remains',
      )
      accepted('network.applyCredential', await stage.apply(held, stage.order(1_500)))
      refused(await stage.apply(held, stage.order(1)), 'budget-exceeded')
    },
  ),
  check(
    'AMP-TRUST-088',
    'of many requests for the last of a budget exactly as many win as it covers',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(3_000))
      const requests = await Promise.all(Array.from({ length: 12 }, () => stage.requestOf(held, stage.order(1_000))))
      const answers = await Promise.all(
        requests.map((request) => stage.client.call('network.applyCredential', request, stage.provider)),
      )
      equal(answers.filter(({ status }) => status === 200).length, 3, 'tokens issued')
      for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'budget-exceeded')
      const { budget } = await stage.mandateOf(held)
      equal([budget.held, budget.remaining], [usd(3_000), usd(0)], 'what is held and what remains')
    },
  ),
  check('AMP-PAY-023', 'one order is paid for by one token', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const checkout = stage.order(1_000)
    accepted('network.applyCredential', await stage.apply(held, checkout))
    refused(await stage.apply(held, checkout), 'checkout-used')
  }),
  check(
    ['AMP-PAY-026', 'AMP-PAY-028', 'AMP-PAY-027'],
    'a direct mandate yields a token for the order the user confirmed and no other',
    async (stage) => {
      const content = stage.immediate(stage.order(2_000))
      const held = await stage.hold(content)
      refused(await stage.apply(held, stage.order(2_000)), 'checkout-mismatch')
      accepted(
        'network.applyCredential',
        await stage.apply(held, content.mandateType === 'IMMEDIATE' ? content.checkout : stage.order(1)),
      )
    },
  ),
  check(
    ['AMP-PAY-040', 'AMP-TRUST-096'],
    'a token that was not used within ten minutes pays nothing, and what it held is free again',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(3_000))
      const bought = await stage.token(held)
      try {
        await stage.session.moveClock(700)
        refused(await stage.pay(bought), 'payment-token-expired')
        const { budget } = await stage.mandateOf(held)
        equal([budget.held, budget.remaining], [usd(0), usd(3_000)], 'what is held and what remains')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
]

const payments = [
  check(['AMP-PAY-043', 'AMP-PAY-046'], 'a payment is debited at the wallet and its result answered', async (stage) => {
    const held = await stage.hold(stage.autonomous(3_000))
    const bought = await stage.token(held)
    const payment = accepted('network.pay', await stage.pay(bought))
    equal([payment.paymentStatus, payment.paymentAmount], ['SUCCESS', usd(1_000)], 'status and amount')
    const debit = await stage.neighbours.next('wallet.pay', ({ paymentId }) => paymentId === payment.paymentId)
    const { mandateId, userReference, paymentAmount, checkout, order } = debit?.message ?? {}
    equal(
      [mandateId ?? 'nothing', userReference, paymentAmount, checkout, order?.referenceOrderId],
      [held.mandateId, held.userReference, usd(1_000), bought.checkout, bought.checkout.reference_checkout_id],
      'what the wallet was asked to debit',
    )
    const { budget } = await stage.mandateOf(held)
    equal(
      [budget.held, budget.captured, budget.remaining],
      [usd(0), usd(1_000), usd(2_000)],
      'held, captured and remaining',
    )
  }),
  check('AMP-PAY-044', 'a token pays once, and the same request again is the same payment', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const bought = await stage.token(held)
    const request = stage.paymentOf(bought)
    const send = (message: typeof request) => stage.client.call('network.pay', message, stage.acquirer)
    const first = accepted('network.pay', await send(request))
    equal(accepted('network.pay', await send(request)).paymentId, first.paymentId, 'the payment')
    refused(await stage.pay(bought), 'payment-token-used')
    refused(await send({ ...request, paymentAmount: usd(1) }), 'payment-request-reused')
    const debits = stage.neighbours.all('wallet.pay', ({ mandateId }) => mandateId === held.mandateId)
    equal(eachOnce(debits, ({ message }) => message.paymentId).length, 1, 'debits asked for')
  }),
  check('AMP-PAY-054', 'payments with one token that meet debit once', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const bought = await stage.token(held)
    const answers = await Promise.all(Array.from({ length: 10 }, () => stage.pay(bought)))
    equal(answers.filter(({ status }) => status === 200).length, 1, 'payments that passed')
    const ids = stage.neighbours
      .all('wallet.pay', ({ mandateId }) => mandateId === held.mandateId)
      .map(({ message }) => message.paymentId)
    equal(new Set(ids).size, 1, 'debits asked for')
  }),
  check('AMP-TRUST-089', 'a payment that is not the order of its token is refused', async (stage) => {
    const held = await stage.hold(stage.autonomous(90_000))
    const changes = [
      ({ order }: ReturnType<typeof stage.paymentOf>) => ({ order: { ...order, referenceOrderId: 'order-other' } }),
      ({ order }: ReturnType<typeof stage.paymentOf>) => ({
        order: { ...order, merchant: { ...order.merchant, referenceMerchantId: 'M-other' } },
      }),
      ({ order }: ReturnType<typeof stage.paymentOf>) => ({ order: { ...order, orderAmount: usd(1) } }),
      () => ({ paymentAmount: usd(999) }),
      () => ({ paymentAmount: { currency: 'EUR', value: '1000' } }),
    ]
    for (const change of changes) {
      const bought = await stage.token(held)
      refused(await stage.pay(bought, change(stage.paymentOf(bought))), 'order-mismatch', { stage: 'S3' })
    }
    accepted('network.pay', await stage.pay(await stage.token(held)))
  }),
  check(
    ['AMP-TRUST-095', 'AMP-PAY-045'],
    'a debit the wallet declined fails the payment with its reason and frees the budget',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const bought = await stage.token(held)
      const end = stage.neighbours.script(
        'wallet.pay',
        ({ mandateId }) => mandateId === held.mandateId,
        () => new Refusal('balance-insufficient', { stage: 'S4' }),
      )
      const request = stage.paymentOf(bought)
      refused(await stage.client.call('network.pay', request, stage.acquirer), 'balance-insufficient', { stage: 'S4' })
      end()
      const { paymentStatus, failure } = accepted(
        'network.inquiryPayment',
        await stage.client.call(
          'network.inquiryPayment',
          { paymentRequestId: request.paymentRequestId },
          stage.acquirer,
        ),
      )
      equal([paymentStatus, failure?.code, failure?.stage], ['FAIL', 'balance-insufficient', 'S4'], 'the payment')
      refused(await stage.pay(bought), 'payment-token-used')
      const { budget } = await stage.mandateOf(held)
      equal([budget.held, budget.captured], [usd(0), usd(0)], 'held and captured')
    },
  ),
  check(
    'AMP-FLOW-016',
    'a debit the wallet says nothing of stays open until it is asked for, and is never guessed',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const bought = await stage.token(held)
      const about = ({ mandateId }: { mandateId: string }): boolean => mandateId === held.mandateId
      const end = stage.neighbours.script('wallet.pay', about, () => silence)
      const request = stage.paymentOf(bought)
      const { paymentStatus, paymentId } = accepted(
        'network.pay',
        await stage.client.call('network.pay', request, stage.acquirer),
      )
      end()
      equal(paymentStatus, 'PROCESSING', 'the status')
      const settled = stage.neighbours.script(
        'wallet.inquiryPayment',
        (message) => message.paymentId === paymentId,
        () => ({
          paymentId,
          paymentStatus: 'SUCCESS',
          debitAmount: usd(1_000),
          debitTime: new Date(stage.session.now() * 1000).toISOString(),
        }),
      )
      const inquired = accepted(
        'network.inquiryPayment',
        await stage.client.call(
          'network.inquiryPayment',
          { paymentRequestId: request.paymentRequestId },
          stage.acquirer,
        ),
      )
      settled()
      equal(inquired.paymentStatus, 'SUCCESS', 'the status once the wallet told')
      equal((await stage.mandateOf(held)).budget.captured, usd(1_000), 'what was captured')
    },
  ),
  check(
    ['AMP-PAY-037', 'AMP-TRUST-029'],
    'the evidence of a payment is kept: layers, token, payment',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const bought = await stage.token(held)
      taken(await stage.pay(bought))
      const { records } = accepted(
        'network.inquiryEvidence',
        await stage.client.call('network.inquiryEvidence', { mandateId: held.mandateId }, stage.provider),
      )
      const content = (kind: string): string => records.find((record) => record.kind === kind)?.content ?? 'missing'
      equal(
        [content('identity'), content('mandate'), content('token-request')],
        [held.identity, held.mandate, bought.request.assurance.tokenRequest],
        'the layers kept',
      )
      holds(
        records.some(({ kind }) => kind === 'token') &&
          records.some(({ kind }) => kind === 'payment' || kind === 'debit'),
        'token and payment',
        records.map(({ kind }) => kind),
      )
    },
  ),
  check('AMP-TRUST-029', 'a payment that failed leaves evidence too', async (stage) => {
    const held = await stage.hold(stage.autonomous(9_000))
    const end = stage.neighbours.script(
      'wallet.pay',
      ({ mandateId }) => mandateId === held.mandateId,
      () => new Refusal('balance-insufficient', { stage: 'S4' }),
    )
    refused(await stage.pay(await stage.token(held)), 'balance-insufficient')
    end()
    const { records } = accepted(
      'network.inquiryEvidence',
      await stage.client.call('network.inquiryEvidence', { mandateId: held.mandateId }, stage.provider),
    )
    const kinds = records.map(({ kind }) => kind)
    holds(kinds.includes('payment') && !kinds.includes('debit'), 'the payment, and no debit', kinds)
  }),
  check(
    'AMP-TRUST-099',
    'a chain that reaches the network by the acquirer has to be the one on record',
    async (stage) => {
      const held = await stage.hold(stage.autonomous(9_000))
      const other = await stage.hold(stage.autonomous(9_000))
      const bought = await stage.token(held)
      const { assurance } = bought.request
      refused(
        await stage.pay(bought, { assurance: { ...assurance, mandate: other.mandate } }),
        'assurance-stored-mismatch',
      )
      accepted('network.pay', await stage.pay(bought, { assurance }))
    },
  ),
]

export const networkPaymentChecks = [...bindings, ...tokens, ...payments]
