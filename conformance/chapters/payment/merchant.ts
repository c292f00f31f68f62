/** Payment, as a merchant shows it: the chain is verified before anything goes on, and an order is paid once. */
import type { ProblemCode } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, eachOnce, equal, holds, refused, told } from '../../expect.ts'
import { Refusal, silence } from '../../neighbours/server.ts'
import type { WrongChain } from '../../stages/chain.ts'
import { type MerchantStage, merchantStage } from '../../stages/merchant.ts'
import { claim, gone, header, hidden, later } from '../changes.ts'

const check = chapterOf('payment', 'merchant', merchantStage)

const ended = later(-600, 'exp')

type Row = readonly [string, WrongChain, ProblemCode]

/** Wrong identity layers. */
const identityRows: readonly Row[] = [
  ['signed by somebody else', { forged: 'identity' }, 'assurance-signature-invalid'],
  ['unsigned', { identity: header('alg', 'none') }, 'assurance-algorithm-not-allowed'],
  ['of another type', { identity: header('typ', 'jwt') }, 'assurance-type-invalid'],
  ['under an unknown key', { identity: header('kid', 'some-other-key') }, 'assurance-key-unknown'],
  ['of another issuer', { identity: claim('iss', 'https://other.example') }, 'assurance-issuer-mismatch'],
  ['of nobody', { identity: gone('sub') }, 'assurance-claim-missing'],
  ['without key', { identity: gone('cnf') }, 'assurance-key-mismatch'],
  ['over', { identity: ended }, 'assurance-expired'],
]

/** Wrong mandate layers. */
const mandateRows: readonly Row[] = [
  ['signed by somebody else', { forged: 'mandate' }, 'assurance-signature-invalid'],
  ['unsigned', { mandate: header('alg', 'none') }, 'assurance-algorithm-not-allowed'],
  ['over another identity', { mandate: claim('sd_hash', 'x'.repeat(43)) }, 'assurance-link-broken'],
  ['for another verifier', { mandate: claim('aud', 'https://other.example') }, 'assurance-audience-mismatch'],
  ['without passed identity check', { mandate: claim('idv_result', 'FAIL') }, 'assurance-identity-check-failed'],
  ['without intent', { mandate: hidden('intent') }, 'assurance-disclosure-missing'],
  ['over', { mandate: ended }, 'assurance-expired'],
]

/** Wrong token request layers. */
const tokenRequestRows: readonly Row[] = [
  ['missing', { without: 'tokenRequest' }, 'assurance-layer-missing'],
  ['signed by somebody else', { forged: 'tokenRequest' }, 'assurance-signature-invalid'],
  ['unsigned', { tokenRequest: header('alg', 'none') }, 'assurance-algorithm-not-allowed'],
  ['over another mandate', { tokenRequest: claim('sd_hash', 'x'.repeat(43)) }, 'assurance-link-broken'],
  ['for another verifier', { tokenRequest: claim('aud', 'https://other.example') }, 'assurance-audience-mismatch'],
  ['without checkout', { tokenRequest: hidden('checkout') }, 'assurance-disclosure-missing'],
  ['over', { tokenRequest: ended }, 'assurance-expired'],
]

/** Each wrong chain is refused for its own reason, nothing reaches the acquirer, and the right chain pays the order. */
const refuses = async (stage: MerchantStage, type: 'IMMEDIATE' | 'AUTONOMOUS', rows: readonly Row[]): Promise<void> => {
  for (const [, wrong, code] of rows) {
    const checkout = await stage.order()
    refused(await stage.pay(checkout, type, wrong), code)
    equal(stage.collected(checkout).length, 0, 'orders that reached the acquirer')
    accepted('merchant.startPayment', await stage.pay(checkout, type))
  }
}

const verification = [
  check(
    ['AMP-PAY-053', 'AMP-TRUST-165', 'AMP-PAY-041'],
    'a wrong identity layer goes no further than the merchant',
    (stage) => refuses(stage, 'AUTONOMOUS', identityRows),
  ),
  check(['AMP-PAY-053', 'AMP-TRUST-099'], 'a wrong mandate layer goes no further than the merchant', (stage) =>
    refuses(stage, 'AUTONOMOUS', mandateRows),
  ),
  check(['AMP-PAY-053', 'AMP-TRUST-101'], 'a wrong token request layer goes no further than the merchant', (stage) =>
    refuses(stage, 'AUTONOMOUS', tokenRequestRows),
  ),
  check('AMP-FLOW-015', 'in direct payment identity and mandate layer are checked', (stage) =>
    refuses(stage, 'IMMEDIATE', [...identityRows.slice(0, 2), ...mandateRows.slice(0, 3)]),
  ),
  check('AMP-PAY-052', 'a chain about another order pays nothing', async (stage) => {
    const [checkout, other] = [await stage.order(), await stage.order()]
    for (const type of ['IMMEDIATE', 'AUTONOMOUS'] as const)
      refused(await stage.pay(checkout, type, { about: other }), 'checkout-mismatch')
    equal(stage.collected(checkout).length, 0, 'orders that reached the acquirer')
    accepted('merchant.startPayment', await stage.pay(checkout))
  }),
]

const orders = [
  check('AMP-PAY-039', 'a checkout names goods whose sum is its total, and ends', async (stage) => {
    const [product] = await stage.products()
    if (!product) return holds(false, 'a product', 'none')
    const { checkout, expiresAt } = accepted(
      'merchant.startCheckout',
      await stage.client.call(
        'merchant.startCheckout',
        { items: [{ productId: product.productId, quantity: 3 }] },
        undefined,
      ),
    )
    const sum = checkout.goods.reduce(
      (all, line) => all + BigInt(line.goods_unit_amount.value) * BigInt(line.goods_quantity),
      0n,
    )
    equal(
      [checkout.total_amount.value, checkout.total_amount.value],
      [String(sum), String(BigInt(product.unitAmount.value) * 3n)],
      'the total',
    )
    holds(Date.parse(expiresAt) / 1000 > stage.session.now(), 'an end ahead', expiresAt)
  }),
  check('AMP-PAY-042', 'the acquirer gets order, token and chain as they came', async (stage) => {
    const checkout = await stage.order()
    const request = await stage.paymentOf(checkout)
    accepted('merchant.startPayment', await stage.send(request))
    const [sent] = stage.collected(checkout)
    equal(
      [sent?.message.checkout, sent?.message.paymentToken, sent?.message.assurance],
      [checkout, request.paymentToken, request.assurance],
      'what the acquirer was sent',
    )
  }),
  check('AMP-PAY-048', 'a paid order says so', async (stage) => {
    const checkout = await stage.order()
    const { orderStatus, paymentStatus } = accepted('merchant.startPayment', await stage.pay(checkout))
    equal(
      [orderStatus, paymentStatus, (await stage.stateOf(checkout)).orderStatus],
      ['paid', 'SUCCESS', 'paid'],
      'status of order and payment',
    )
  }),
  check('AMP-PAY-049', 'why a payment failed reaches the shopper, and another may follow', async (stage) => {
    const checkout = await stage.order()
    const end = stage.neighbours.script(
      'acquirer.pay',
      stage.about(checkout),
      () => new Refusal('balance-insufficient', { stage: 'S4' }),
    )
    refused(await stage.pay(checkout), 'balance-insufficient', { stage: 'S4' })
    end()
    const { orderStatus, failure } = await stage.stateOf(checkout)
    equal([orderStatus, failure?.code, failure?.stage], ['failed', 'balance-insufficient', 'S4'], 'the order')
    accepted('merchant.startPayment', await stage.pay(checkout))
  }),
  check('AMP-PAY-054', 'an order is paid once, however many pay it at once', async (stage) => {
    const checkout = await stage.order()
    const requests = await Promise.all(Array.from({ length: 8 }, () => stage.paymentOf(checkout)))
    const answers = await Promise.all(requests.map(stage.send))
    equal(answers.filter(({ status }) => status === 200).length, 1, 'payments that passed')
    for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 'checkout-used')
    const collected = eachOnce(stage.collected(checkout), ({ message }) => message.merchantOrderId)
    equal(collected.length, 1, 'orders that reached the acquirer')
  }),
  check('AMP-FLOW-016', 'a payment the acquirer says nothing of stays open until it is asked for', async (stage) => {
    const checkout = await stage.order()
    const end = stage.neighbours.script('acquirer.pay', stage.about(checkout), () => silence)
    const { orderStatus } = accepted('merchant.startPayment', await stage.pay(checkout))
    end()
    equal(orderStatus, 'paying', 'the status')
    const asked = (message: { readonly merchantOrderId: string }): boolean =>
      stage.collected(checkout).some((sent) => sent.message.merchantOrderId === message.merchantOrderId)
    const settled = stage.neighbours.script('acquirer.inquiryPayment', asked, () => ({
      paymentId: `payment-${stage.dice.word()}`,
      paymentRequestId: `request-${stage.dice.word()}`,
      paymentStatus: 'SUCCESS',
      paymentAmount: checkout.total_amount,
    }))
    equal((await stage.stateOf(checkout)).orderStatus, 'paid', 'the status once the acquirer told')
    settled()
  }),
  check('AMP-PAY-046', 'a payment of another amount does not pay an order', async (stage) => {
    const checkout = await stage.order()
    const end = stage.neighbours.script('acquirer.pay', stage.about(checkout), () => ({
      paymentId: `payment-${stage.dice.word()}`,
      paymentRequestId: `request-${stage.dice.word()}`,
      paymentStatus: 'SUCCESS',
      paymentAmount: { currency: checkout.total_amount.currency, value: '1' },
    }))
    const answer = await stage.pay(checkout)
    end()
    holds((answer.body as { orderStatus?: string }).orderStatus !== 'paid', 'an order that is not paid', told(answer))
  }),
  check(
    'AMP-FLOW-018',
    'an order past its end is not paid',
    async (stage) => {
      const checkout = await stage.order()
      try {
        await stage.session.moveClock(86_400)
        refused(await stage.pay(checkout), 'checkout-expired')
        equal((await stage.stateOf(checkout)).orderStatus, 'expired', 'the status')
      } finally {
        await stage.session.moveClock(0)
      }
    },
    'alone',
  ),
]

export const merchantPaymentChecks = [...verification, ...orders]
