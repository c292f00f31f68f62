/** Trust, as a wallet with its identity signature provider shows it: display guard, decision, later guards, life cycle. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { type Content, momentOf } from '../../assurance.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, needed, refused, sandwich, taken, told } from '../../expect.ts'
import { readLayer } from '../../layers.ts'
import { usd } from '../../stages/orders.ts'
import { type Bound, type Held, type WalletStage, walletStage } from '../../stages/wallet.ts'
import type { Answer } from '../../target/client.ts'

const check = chapterOf('trust', 'wallet', walletStage)

type Autonomous = Extract<Content, { mandateType: 'AUTONOMOUS' }>
type Immediate = Extract<Content, { mandateType: 'IMMEDIATE' }>

const delegated = (stage: WalletStage, budget = 50_000, more = {}): Autonomous =>
  stage.autonomous(budget, more) as Autonomous
const direct = (stage: WalletStage, value = 5_000): Immediate => stage.immediate(stage.order(value)) as Immediate

/** Mandates that are not clear, complete, or fit for a wallet in US dollars. */
const unclear: readonly (readonly [string, (stage: WalletStage) => Content, ProblemCode])[] = [
  ['a description of blanks', (stage) => ({ ...direct(stage), intent: { raw: 'buy', desc: '   ' } }), 'intent-unclear'],
  ['nothing to pay', (stage) => direct(stage, 0), 'intent-unclear'],
  [
    'goods that do not add up',
    (stage) => {
      const content = direct(stage)
      return { ...content, checkout: { ...content.checkout, total_amount: usd(4_999) } }
    },
    'intent-unclear',
  ],
  [
    'an end in the past',
    (stage) => {
      const content = delegated(stage)
      return { ...content, intent: { ...content.intent, expiry_time: momentOf(stage.session.now() - 3_600) } }
    },
    'intent-unclear',
  ],
  [
    'no scope of merchants',
    (stage) => {
      const content = delegated(stage)
      return { ...content, intent: { ...content.intent, constraints: { budget_amount: usd(50_000) } } }
    },
    'intent-unclear',
  ],
  [
    'a least amount above the greatest',
    (stage) => delegated(stage, 50_000, { payment_amount_min: usd(900), payment_amount_max: usd(800) }),
    'intent-unclear',
  ],
  [
    'another currency than the account',
    (stage) => delegated(stage, 50_000, { budget_amount: { currency: 'EUR', value: '50000' } }),
    'currency-mismatch',
  ],
]

const proposal = (stage: WalletStage, bound: Bound, content: Content): Promise<Answer> =>
  stage.propose(bound, content).then(({ answer }) => answer)

/** Choices an AUTONOMOUS mandate does not cover; each differs from a covered one in one thing. */
const scope = { merchant_name_list: undefined, merchant_mcc_list: ['5411'], payment_amount_max: usd(20_000) }
const outside: readonly (readonly [
  string,
  object,
  (stage: WalletStage) => ReturnType<WalletStage['order']>,
  ProblemCode,
])[] = [
  ['another category', {}, (stage) => shopWith(stage, { merchant_mcc: '7995' }), 'merchant-out-of-scope'],
  [
    'a name not listed',
    { merchant_name_list: ['Corner Shop'] },
    (stage) => shopWith(stage, { merchant_name: 'Other Shop' }),
    'merchant-out-of-scope',
  ],
  [
    'an identifier not allowed',
    { merchant_allow_list: ['M-1'] },
    (stage) => shopWith(stage, { reference_merchant_id: 'M-2' }),
    'merchant-out-of-scope',
  ],
  [
    'a blocked identifier',
    { merchant_block_list: ['M-9'] },
    (stage) => shopWith(stage, { reference_merchant_id: 'M-9' }),
    'merchant-out-of-scope',
  ],
  [
    'another region',
    { merchant_region_list: ['SG'] },
    (stage) => shopWith(stage, { merchant_region: 'US' }),
    'merchant-out-of-scope',
  ],
  [
    'more than the greatest amount',
    { payment_amount_max: usd(1_500) },
    (stage) => stage.order(1_501),
    'amount-out-of-range',
  ],
  ['less than the least amount', { payment_amount_min: usd(900) }, (stage) => stage.order(899), 'amount-out-of-range'],
  [
    'goods that do not add up',
    {},
    (stage) =>
      stage.order(1_000, { goods: [{ goods_name: 'Thing', goods_unit_amount: usd(999), goods_quantity: '1' }] }),
    'amount-out-of-range',
  ],
  [
    'another currency',
    {},
    (stage) =>
      stage.order(1_000, {
        total_amount: { currency: 'EUR', value: '1000' },
        goods: [{ goods_name: 'Thing', goods_unit_amount: { currency: 'EUR', value: '1000' }, goods_quantity: '1' }],
      }),
    'currency-mismatch',
  ],
  ['more than the budget', { payment_amount_max: undefined }, (stage) => stage.order(50_001), 'budget-exceeded'],
]

/** An order at a shop that fits every list above but in what is changed. */
function shopWith(stage: WalletStage, change: object): ReturnType<WalletStage['order']> {
  const order = stage.order(1_000)
  return {
    ...order,
    merchant: {
      reference_merchant_id: 'M-1',
      merchant_name: 'Corner Shop',
      merchant_mcc: '5411',
      merchant_region: 'SG',
      ...change,
    },
  }
}

const defined = (constraints: object): object =>
  Object.fromEntries(Object.entries(constraints).filter(([, value]) => value !== undefined))

/** Payments that are not the order the guard let pass. */
const swapped: readonly (readonly [string, (order: ReturnType<WalletStage['debitOf']>) => object])[] = [
  ['another order', ({ order }) => ({ order: { ...order, referenceOrderId: `${order.referenceOrderId}x` } })],
  [
    'another merchant',
    ({ order }) => ({ order: { ...order, merchant: { ...order.merchant, referenceMerchantId: 'M-other' } } }),
  ],
  [
    'another merchant name',
    ({ order }) => ({ order: { ...order, merchant: { ...order.merchant, merchantName: 'Other' } } }),
  ],
  ['another category', ({ order }) => ({ order: { ...order, merchant: { ...order.merchant, merchantMCC: '7995' } } })],
  ['another order amount', ({ order }) => ({ order: { ...order, orderAmount: usd(1) } })],
  ['another amount', ({ paymentAmount }) => ({ paymentAmount: usd(BigInt(paymentAmount.value) + 1n) })],
  ['another currency', ({ paymentAmount }) => ({ paymentAmount: { ...paymentAmount, currency: 'EUR' } })],
]

/** Both payments of a mandate that is over, or not yet there. */
const neither = async (stage: WalletStage, held: Held, code: ProblemCode): Promise<void> => {
  const checkout = held.content.mandateType === 'IMMEDIATE' ? held.content.checkout : stage.order(1_000)
  const before = await stage.balance(held.bound.user)
  refused(await stage.checkIntent(held, checkout), code)
  refused(await stage.pay(held, checkout), code)
  equal(await stage.balance(held.bound.user), before, 'the balance')
}

const displayGuard = [
  check(
    ['AMP-TRUST-087', 'AMP-TRUST-047'],
    'a mandate that is unclear or incomplete is refused before display',
    async (stage) => {
      const bound = await stage.bind()
      for (const [, content, code] of unclear)
        await sandwich({
          control: () => proposal(stage, bound, delegated(stage)),
          changed: () => proposal(stage, bound, content(stage)),
          refusedAs: code,
          where: { stage: 'S1' },
        })
    },
  ),
  check('AMP-TRUST-049', 'what the guard before display refused is never put before the user', async (stage) => {
    const bound = await stage.bind()
    const { answer, authId } = await stage.propose(bound, direct(stage, 0))
    holds(answer.status !== 200, 'a refusal', told(answer))
    refused(await stage.decide(bound.user, authId, 'approve'), 'authorization-unknown')
    refused(await stage.client.call('wallet.inquiryAuthorization', { authId }, stage.network), 'authorization-unknown')
    const told_ = await stage.reportOf(authId, 200)
    holds(told_ === undefined, 'no report to the network', told_?.message ?? null)
  }),
  check('AMP-TRUST-127', 'a mandate over another identity layer than the one on record is refused', async (stage) => {
    const [bound, other] = [await stage.bind(), await stage.bind()]
    await sandwich({
      control: () => proposal(stage, bound, delegated(stage)),
      changed: () => proposal(stage, { ...bound, identity: other.identity }, delegated(stage)),
      refusedAs: 'assurance-stored-mismatch',
    })
  }),
]

const decision = [
  check('AMP-TRUST-062', 'nothing is signed or reported before the user agrees', async (stage) => {
    const bound = await stage.bind()
    const { answer, authId } = await stage.propose(bound, delegated(stage))
    taken(answer)
    const early = await stage.reportOf(authId, 300)
    holds(early === undefined, 'silence until the user decided', early?.message ?? null)
    const { authStatus, mandate } = given(
      'wallet.inquiryAuthorization',
      await stage.client.call('wallet.inquiryAuthorization', { authId }, stage.network),
    )
    equal([authStatus, mandate ?? null], ['AUTH_IN_PROCESS', null], 'status and mandate layer')
    accepted('wallet.completeIdv', await stage.decide(bound.user, authId, 'approve'))
    needed(await stage.reportOf(authId), 'the wallet did not report the decision')
  }),
  check(['AMP-TRUST-064', 'AMP-TRUST-057'], 'no mandate comes of a failed identity check', async (stage) => {
    const bound = await stage.bind()
    const { authId } = await stage.propose(bound, delegated(stage))
    const wrong = bound.user.pin === '111111' ? '222222' : '111111'
    refused(await stage.decide(bound.user, authId, 'approve', wrong), 'identity-check-failed')
    const answer = await stage.decide(bound.user, authId, 'approve', null)
    holds(answer.status !== 200, 'a refusal without PIN', told(answer))
    const report = await stage.reportOf(authId, 200)
    holds(report === undefined || report.message.outcome === 'FAILED', 'no mandate reported', report?.message ?? null)
    accepted('wallet.completeIdv', await stage.decide(bound.user, authId, 'approve'))
  }),
  check(
    ['AMP-TRUST-065', 'AMP-TRUST-066'],
    'what the user rejects is reported as failed and pays for nothing',
    async (stage) => {
      const bound = await stage.bind()
      const content = direct(stage)
      const proposed = await stage.propose(bound, content)
      accepted('wallet.completeIdv', await stage.decide(bound.user, proposed.authId, 'reject'))
      const { message } = needed(await stage.reportOf(proposed.authId), 'the wallet did not report the decision')
      equal(message.outcome === 'FAILED' ? message.failure : message.outcome, 'user-rejected', 'the report')
      const before = await stage.balance(bound.user)
      const answer = await stage.pay({ ...proposed, mandate: '' }, content.checkout)
      holds(answer.status !== 200, 'a refusal of the debit', told(answer))
      equal(await stage.balance(bound.user), before, 'the balance')
      refused(await stage.decide(bound.user, proposed.authId, 'approve'), 'authorization-decided')
    },
  ),
  check('AMP-TRUST-068', 'result of the identity check and signed mandate go back to the network', async (stage) => {
    const held = await stage.hold(await stage.bind(), delegated(stage))
    const { message } = needed(await stage.reportOf(held.authId), 'the wallet reported nothing')
    if (message.outcome !== 'SUCCESS') return holds(false, 'a success', message)
    equal([message.authContext, message.idvResult], ['MANDATE', 'PASS'], 'context and result')
    const seconds = Math.abs(Date.parse(message.idvTime) / 1000 - stage.session.now())
    holds(seconds <= 120, 'the time of the identity check', message.idvTime)
    const { authStatus, mandate } = given(
      'wallet.inquiryAuthorization',
      await stage.client.call('wallet.inquiryAuthorization', { authId: held.authId }, stage.network),
    )
    equal([authStatus, mandate ?? null], ['SUCCESS', held.mandate], 'status and layer on inquiry')
  }),
  check('AMP-TRUST-051', 'the words of the user are no claim of their own under the signature', async (stage) => {
    const held = await stage.hold(await stage.bind(), delegated(stage))
    const layer = needed(readLayer(held.mandate), 'the mandate layer cannot be read')
    const claims = JSON.stringify(layer.claims)
    holds(!claims.includes(held.content.intent.raw), 'claims without the raw request', claims)
  }),
  check('AMP-TRUST-052', 'what is signed is the mandate that was shown and nothing else', async (stage) => {
    const bound = await stage.bind()
    for (const content of [direct(stage), delegated(stage)]) {
      const held = await stage.hold(bound, content)
      const layer = needed(readLayer(held.mandate), 'the mandate layer cannot be read')
      const shown = Object.fromEntries(layer.disclosures.map(({ name, value }) => [name, value]))
      equal(shown.intent, content.intent, 'the intent')
      equal(shown.checkout ?? null, content.mandateType === 'IMMEDIATE' ? content.checkout : null, 'the checkout')
      const names = Object.keys(shown).filter(
        (name) => !['intent', 'token_info', 'mandate_info', 'checkout'].includes(name),
      )
      equal(names, [], 'further disclosures')
    }
  }),
]

const laterGuards = [
  check(
    ['AMP-TRUST-088', 'AMP-TRUST-031'],
    'a choice outside the mandate is refused before the token',
    async (stage) => {
      const bound = await stage.bind(await stage.seedUser(usd(1_000_000)))
      for (const [, constraints, choice, code] of outside) {
        const held = await stage.hold(bound, delegated(stage, 50_000, defined({ ...scope, ...constraints })))
        await sandwich({
          control: () => stage.checkIntent(held, shopWith(stage, {})),
          changed: () => stage.checkIntent(held, choice(stage)),
          refusedAs: code,
          where: { stage: 'S2' },
        })
      }
    },
  ),
  check(
    'AMP-FLOW-016',
    'in direct payment another checkout than the confirmed one is refused before the token',
    async (stage) => {
      const content = direct(stage)
      const held = await stage.hold(await stage.bind(), content)
      const goods = content.checkout.goods.map((line) => ({ ...line, goods_name: `${line.goods_name} deluxe` }))
      await sandwich({
        control: () => stage.checkIntent(held, content.checkout),
        changed: () => stage.checkIntent(held, { ...content.checkout, goods }),
        refusedAs: 'checkout-mismatch',
      })
    },
  ),
  check('AMP-TRUST-086', 'the guard before token rests on the mandate the user signed', async (stage) => {
    const bound = await stage.bind()
    const [held, other] = [await stage.hold(bound, delegated(stage)), await stage.hold(bound, delegated(stage))]
    const checkout = stage.order(1_000)
    await sandwich({
      control: () => stage.checkIntent(held, checkout),
      changed: () => stage.checkIntent({ ...held, mandate: other.mandate }, checkout, { mandate: other.mandate }),
      refusedAs: 'assurance-stored-mismatch',
    })
  }),
  check('AMP-TRUST-042', 'frequency and retries the user confirmed are kept', async (stage) => {
    const bound = await stage.bind()
    const held = await stage.hold(bound, delegated(stage, 50_000, { payment_frequency: { count: 1, period: 'day' } }))
    accepted('wallet.pay', await stage.pay(held, await stage.chosen(held, 1_000)))
    refused(await stage.checkIntent(held, stage.order(1_000)), 'frequency-exceeded', { stage: 'S2' })
    const once = await stage.hold(bound, delegated(stage, 50_000, { retries_max: 0 }))
    const first = await stage.chosen(once, 1_000)
    holds((await stage.pay(once, first, { paymentAmount: usd(1) })).status !== 200, 'a failed payment', 'a success')
    refused(await stage.checkIntent(once, stage.order(1_000)), 'retries-exhausted', { stage: 'S2' })
  }),
  check('AMP-TRUST-089', 'a payment that is not the order of the token is refused', async (stage) => {
    const bound = await stage.bind(await stage.seedUser(usd(1_000_000)))
    const held = await stage.hold(bound, delegated(stage, 900_000))
    for (const [, change] of swapped) {
      const checkout = await stage.chosen(held, 1_000)
      const debit = stage.debitOf(held, checkout)
      await sandwich({
        control: async () => stage.pay(held, await stage.chosen(held, 1_000)),
        changed: () => stage.pay(held, checkout, change(debit)),
        refusedAs: 'order-mismatch',
        where: { stage: 'S3' },
      })
    }
  }),
  check(['AMP-TRUST-079', 'AMP-TRUST-030'], 'an order the guard before token never saw is refused', async (stage) => {
    const held = await stage.hold(await stage.bind(), delegated(stage))
    await sandwich({
      control: async () => stage.pay(held, await stage.chosen(held, 1_000)),
      changed: () => stage.pay(held, stage.order(1_000)),
      refusedAs: 'order-mismatch',
      where: { stage: 'S3' },
      state: () => stage.balance(held.bound.user),
    })
  }),
  check('AMP-TRUST-090', 'the debit keeps to running total, currency and balance', async (stage) => {
    const bound = await stage.bind(await stage.seedUser(usd(100_000)))
    const held = await stage.hold(bound, delegated(stage, 5_000))
    const [first, second, third] = [
      await stage.chosen(held, 3_000),
      await stage.chosen(held, 2_001),
      await stage.chosen(held, 2_000),
    ]
    accepted('wallet.pay', await stage.pay(held, first))
    refused(await stage.pay(held, second), 'budget-exceeded', { stage: 'S4' })
    accepted('wallet.pay', await stage.pay(held, third))
    equal(await stage.balance(bound.user), 'USD 95000', 'the balance')
    const poor = await stage.bind(await stage.seedUser(usd(999)))
    const rich = await stage.hold(poor, delegated(stage, 5_000))
    refused(await stage.pay(rich, await stage.chosen(rich, 1_000)), 'balance-insufficient', { stage: 'S4' })
    accepted('wallet.pay', await stage.pay(rich, await stage.chosen(rich, 999)))
  }),
  check(
    ['AMP-TRUST-096', 'AMP-TRUST-095', 'AMP-TRUST-092'],
    'after a failed guard no money moves, however often it is asked',
    async (stage) => {
      const held = await stage.hold(await stage.bind(), delegated(stage))
      const checkout = await stage.chosen(held, 1_000)
      const before = await stage.balance(held.bound.user)
      const failing = { paymentId: `payment-${stage.dice.word()}`, paymentAmount: usd(2_000) }
      for (let tries = 0; tries < 3; tries++) {
        const answer = await stage.pay(held, checkout, failing)
        holds(answer.status !== 200, 'a refusal', told(answer))
      }
      equal(await stage.balance(held.bound.user), before, 'the balance')
    },
  ),
  check('AMP-TRUST-091', 'a refusal of the guard names its stage', async (stage) => {
    const bound = await stage.bind()
    const { answer } = await stage.propose(bound, direct(stage, 0))
    const held = await stage.hold(bound, delegated(stage, 1_000))
    taken(await stage.checkIntent(held, stage.order(1_000)))
    const answers = [
      answer,
      await stage.checkIntent(held, stage.order(1_001)),
      await stage.pay(held, stage.order(1_000)),
    ]
    equal(
      answers.map(({ body }) => (body as { stage?: string }).stage ?? 'none'),
      ['S1', 'S2', 'S3'],
      'the stages named',
    )
  }),
]

const lifeCycle = [
  check(
    ['AMP-TRUST-080', 'AMP-TRUST-077'],
    'a mandate the user has not confirmed yet backs no debit',
    async (stage) => {
      const bound = await stage.bind()
      const content = direct(stage)
      const proposed = await stage.propose(bound, content)
      taken(proposed.answer)
      const before = await stage.balance(bound.user)
      refused(await stage.pay({ ...proposed, mandate: '' }, content.checkout), 'mandate-inactive')
      equal(await stage.balance(bound.user), before, 'the balance')
    },
  ),
  check(
    ['AMP-TRUST-076', 'AMP-TRUST-081'],
    'a revoked mandate passes no guard and pays nothing, and the refusal says so',
    async (stage) => {
      const held = await stage.hold(await stage.bind(), delegated(stage))
      const checkout = await stage.chosen(held, 1_000)
      taken(await stage.client.call('wallet.cancelMandate', { mandateId: held.mandateId }, held.bound.user))
      await neither(stage, held, 'mandate-revoked')
      refused(await stage.pay(held, checkout), 'mandate-revoked')
    },
  ),
  check('AMP-TRUST-075', 'a mandate the network ended stays ended', async (stage) => {
    const held = await stage.hold(await stage.bind(), delegated(stage))
    const notice = (mandateStatus: 'expired' | 'activated') =>
      stage.client.call(
        'wallet.notifyMandate',
        { mandateId: held.mandateId, mandateStatus, reason: 'told', at: momentOf(stage.session.now()) },
        stage.network,
      )
    taken(await notice('expired'))
    await notice('activated')
    await neither(stage, held, 'mandate-expired')
  }),
  check('AMP-TRUST-071', 'a spent direct mandate pays nothing more', async (stage) => {
    const content = direct(stage)
    const held = await stage.hold(await stage.bind(), content)
    accepted('wallet.pay', await stage.pay(held, content.checkout))
    await neither(stage, held, 'mandate-finished')
  }),
  check(
    'AMP-TRUST-085',
    'a mandate past its end passes no guard and pays nothing',
    async (stage) => {
      const held = await stage.hold(await stage.bind(), stage.autonomous(5_000, {}, 600))
      const checkout = await stage.chosen(held, 1_000)
      try {
        await stage.session.moveClock(700)
        refused(await stage.checkIntent(held, stage.order(1_000)), 'mandate-expired')
        refused(await stage.pay(held, checkout), 'mandate-expired')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
  check('AMP-TRUST-083', 'mandate and user have to belong together', async (stage) => {
    const [held, other] = [await stage.hold(await stage.bind(), delegated(stage)), await stage.bind()]
    const checkout = await stage.chosen(held, 1_000)
    await sandwich({
      control: async () => stage.checkIntent(held, stage.order(1_000)),
      changed: () => stage.pay(held, checkout, { userReference: other.userReference }),
      refusedAs: 'mandate-unknown',
      state: () => stage.balance(other.user),
    })
  }),
]

export const walletTrustChecks = [...displayGuard, ...decision, ...laterGuards, ...lifeCycle]
