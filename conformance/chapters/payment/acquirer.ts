/** Payment, as an acquirer shows it: an order goes on as it came, once, and its result comes back with the reason. */
import { chapterOf } from '../../check.ts'
import { accepted, equal, given, holds, refused, sandwich, taken, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import { type AcquirerStage, acquirerStage } from '../../stages/acquirer.ts'
import { usd } from '../../stages/orders.ts'

const check = chapterOf('payment', 'acquirer', acquirerStage)

const requestIds = (sent: ReturnType<AcquirerStage['submitted']>): number =>
  new Set(sent.map(({ message }) => message.paymentRequestId)).size

const submission = [
  check(
    ['AMP-PAY-042', 'AMP-PAY-014'],
    'order, amount and payment token reach the network as they came',
    async (stage) => {
      const shop = await stage.shop()
      const message = await stage.collection(shop)
      accepted('acquirer.pay', await stage.pay(message, shop))
      const [sent] = stage.submitted(message)
      const { order, paymentAmount, paymentMethod, paymentFactor } = sent?.message ?? {}
      equal(
        [order?.referenceOrderId, order?.orderAmount, paymentAmount, paymentMethod, paymentFactor],
        [
          message.checkout.reference_checkout_id,
          message.checkout.total_amount,
          message.checkout.total_amount,
          { paymentMethodType: 'CONNECT_WALLET', paymentMethodId: message.paymentToken },
          { isTokenizationPayment: 'true', tokenizationPaymentScenario: 'AgenticPay' },
        ],
        'what the network was sent',
      )
    },
  ),
  check(
    'AMP-PAY-042',
    'the network is told of the merchant under contract, whatever an order claims',
    async (stage) => {
      const shop = await stage.shop()
      const message = await stage.collection(shop)
      const merchant = { ...message.checkout.merchant, merchant_name: 'Somebody else', merchant_mcc: '7995' }
      const claimed = { ...message, checkout: { ...message.checkout, merchant } }
      const { status } = await stage.pay(claimed, shop)
      if (status !== 200) return
      const { merchant_mcc, merchant_name, reference_merchant_id } = shop.merchant
      equal(
        stage.submitted(message)[0]?.message.order.merchant,
        { referenceMerchantId: reference_merchant_id, merchantName: merchant_name, merchantMCC: merchant_mcc },
        'the merchant named to the network',
      )
    },
  ),
  check(
    ['AMP-PAY-054', 'AMP-FLOW-016', 'AMP-FLOW-018'],
    'the chain of either scenario reaches the network layer by layer',
    async (stage) => {
      const shop = await stage.shop()
      for (const type of ['IMMEDIATE', 'AUTONOMOUS'] as const) {
        const message = await stage.collection(shop, type)
        accepted('acquirer.pay', await stage.pay(message, shop))
        equal(stage.submitted(message)[0]?.message.assurance, message.assurance, `the chain of ${type}`)
      }
    },
  ),
  check('EXT-HTTP-33', 'an acquirer collects for no merchant without contract', async (stage) => {
    const [shop, stranger] = [await stage.shop(), await stage.stranger()]
    const foreign = await stage.collection(stranger)
    await sandwich({
      control: async () => stage.pay(await stage.collection(shop), shop),
      changed: () => stage.pay(foreign, stranger),
      refusedAs: 'caller-not-allowed',
      state: async () => stage.submitted(foreign).length,
    })
  }),
]

const once = [
  check(
    'AMP-PAY-054',
    'an order is collected once, however often and however close together it comes',
    async (stage) => {
      const shop = await stage.shop()
      const message = await stage.collection(shop)
      const answers = await Promise.all(Array.from({ length: 6 }, () => stage.pay(message, shop)))
      const later = accepted('acquirer.pay', await stage.pay(message, shop))
      for (const answer of answers.filter(({ status }) => status === 200))
        equal((answer.body as { paymentId?: string }).paymentId, later.paymentId, 'the payment')
      equal(requestIds(stage.submitted(message)), 1, 'payments the network was asked for')
    },
  ),
  check('AMP-PAY-052', 'an order that comes again with other content is refused', async (stage) => {
    const shop = await stage.shop()
    const message = await stage.collection(shop)
    accepted('acquirer.pay', await stage.pay(message, shop))
    const { checkout } = message
    const other = await stage.collection(shop)
    for (const changed of [
      { ...message, checkout: { ...checkout, total_amount: usd(BigInt(checkout.total_amount.value) + 1n) } },
      { ...message, checkout: { ...checkout, reference_checkout_id: other.checkout.reference_checkout_id } },
      { ...message, paymentToken: other.paymentToken },
    ]) {
      refused(await stage.pay(changed, shop), 'payment-request-reused', { field: '/merchantOrderId' })
      equal(
        requestIds(stage.submitted(changed)),
        changed.paymentToken === message.paymentToken ? 1 : 0,
        'payments asked for',
      )
    }
    accepted('acquirer.pay', await stage.pay(other, shop))
  }),
  check('EXT-HTTP-34', 'one order number of two merchants names two payments, each its own', async (stage) => {
    const [one, other] = [await stage.shop(), await stage.shop()]
    const mine = await stage.collection(one)
    const theirs = { ...(await stage.collection(other)), merchantOrderId: mine.merchantOrderId }
    const first = accepted('acquirer.pay', await stage.pay(mine, one))
    refused(await stage.inquire(mine, other), ['payment-unknown', 'caller-not-allowed'])
    const second = accepted('acquirer.pay', await stage.pay(theirs, other))
    holds(first.paymentId !== second.paymentId, 'two payments', first.paymentId)
    equal(
      [
        accepted('acquirer.inquiryPayment', await stage.inquire(mine, one)).paymentAmount,
        accepted('acquirer.inquiryPayment', await stage.inquire(theirs, other)).paymentAmount,
      ],
      [mine.checkout.total_amount, theirs.checkout.total_amount],
      'what each merchant is told',
    )
  }),
]

const results = [
  check('AMP-PAY-047', 'the result of a payment is answered to the merchant as the network said it', async (stage) => {
    const shop = await stage.shop()
    const message = await stage.collection(shop)
    const paid = accepted('acquirer.pay', await stage.pay(message, shop))
    equal(paid, stage.submitted(message)[0]?.answer ?? null, 'the payment')
    equal(accepted('acquirer.inquiryPayment', await stage.inquire(message, shop)), paid, 'the payment asked for later')
  }),
  check('AMP-PAY-047', 'a result the network tells later is told to the merchant of the order', async (stage) => {
    const { notice } = await stage.open(await stage.shop())
    equal(stage.told(notice).length, 0, 'results told before there was one')
    accepted('acquirer.notifyPayment', await stage.notify(notice))
    const heard = await stage.neighbours.next(
      'merchant.notifyPayment',
      ({ paymentId }) => paymentId === notice.paymentId,
    )
    equal(heard?.message ?? null, notice, 'what the merchant was told')
  }),
  check('EXT-HTTP-46', 'a result that is told twice reaches the merchant once', async (stage) => {
    const { notice } = await stage.open(await stage.shop())
    taken(await stage.notify(notice))
    await stage.neighbours.next('merchant.notifyPayment', ({ paymentId }) => paymentId === notice.paymentId)
    accepted('acquirer.notifyPayment', await stage.notify(notice))
    equal(new Set(stage.told(notice).map(({ headers }) => headers['idempotency-key'])).size, 1, 'results told')
  }),
  check('AMP-PAY-047', 'a result that names another order is passed on to nobody', async (stage) => {
    const shop = await stage.shop()
    const [{ notice }, other] = [await stage.open(shop), await stage.open(shop)]
    const crossed = { ...notice, referenceOrderId: other.notice.referenceOrderId }
    const answer = await stage.notify(crossed)
    holds(answer.status !== 200, 'a refusal', told(answer))
    equal(stage.told(notice).length, 0, 'results told')
    accepted('acquirer.notifyPayment', await stage.notify(notice))
  }),
  check('AMP-PAY-049', 'why a payment failed is answered to the merchant with its stage', async (stage) => {
    const shop = await stage.shop()
    for (const [code, at] of [
      ['balance-insufficient', 'S4'],
      ['budget-exceeded', 'S3'],
    ] as const) {
      const message = await stage.collection(shop)
      const end = stage.neighbours.script('network.pay', stage.about(message), () => new Refusal(code, { stage: at }))
      refused(await stage.pay(message, shop), code, { stage: at })
      end()
    }
    accepted('acquirer.pay', await stage.pay(await stage.collection(shop), shop))
  }),
  check('AMP-PAY-049', 'why a payment failed later is told to the merchant', async (stage) => {
    const { notice } = await stage.open(await stage.shop())
    const failure = { code: 'balance-insufficient', title: 'The account does not hold enough', stage: 'S4' as const }
    const failed = { ...notice, paymentStatus: 'FAIL' as const, failure }
    accepted('acquirer.notifyPayment', await stage.notify(failed))
    const heard = await stage.neighbours.next(
      'merchant.notifyPayment',
      ({ paymentId }) => paymentId === notice.paymentId,
    )
    equal([heard?.message.paymentStatus, heard?.message.failure], ['FAIL', failure], 'status and reason')
  }),
  check(
    'AMP-FLOW-016',
    'a payment the network says nothing of is not guessed at, and can be asked for',
    async (stage) => {
      const shop = await stage.shop()
      const message = await stage.collection(shop)
      const end = stage.neighbours.script('network.pay', stage.about(message), () => silence)
      const answer = await stage.pay(message, shop)
      end()
      const { paymentStatus } = (answer.body ?? {}) as { paymentStatus?: string }
      if (answer.status === 200) equal(paymentStatus, 'PROCESSING', 'the status of a payment nobody knows')
      else refused(answer, ['peer-unavailable', 'peer-answer-invalid'])
      const { paymentRequestId } = stage.submitted(message)[0]?.message ?? {}
      const settled = stage.neighbours.script(
        'network.inquiryPayment',
        (asked) => asked.paymentRequestId === paymentRequestId,
        (asked) => ({
          paymentId: `payment-${stage.dice.word()}`,
          paymentRequestId: asked.message.paymentRequestId,
          paymentStatus: 'SUCCESS',
          paymentAmount: message.checkout.total_amount,
        }),
      )
      const found = accepted('acquirer.inquiryPayment', await stage.inquire(message, shop))
      settled()
      equal([found.paymentStatus, found.paymentAmount], ['SUCCESS', message.checkout.total_amount], 'the payment')
    },
  ),
  check(
    'EXT-HTTP-34',
    'another network cannot tell the result of a payment',
    async (stage) => {
      const { notice } = await stage.open(await stage.shop())
      const stranger = await stage.dice.party(`https://network-${stage.dice.word()}.example`)
      await stage.hooks.call('registerPeer', {
        role: 'network',
        id: stranger.id,
        name: 'Other network',
        endpoint: `${stage.neighbours.url}/network`,
        jwks: { keys: [stranger.jwk] },
      })
      try {
        refused(await stage.notify(notice, stranger), ['payment-unknown', 'caller-not-allowed'])
        equal(stage.told(notice).length, 0, 'results told')
        given('acquirer.notifyPayment', await stage.notify(notice))
      } finally {
        await stage.session.introduce()
      }
    },
    'alone',
  ),
]

export const acquirerPaymentChecks = [...submission, ...once, ...results]
