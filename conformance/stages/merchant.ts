/** The stage for a merchant under test: the suite is shopper, network, signature provider, agent and acquirer. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { type Change, momentOf, signIdentity, signMandate, signTokenRequestLayer } from '../assurance.ts'
import { given, needed } from '../expect.ts'
import type { Scene } from '../scene.ts'
import type { Answer } from '../target/client.ts'
import { usd } from './orders.ts'

type Checkout = Message<'common/checkout'>
type Type = 'IMMEDIATE' | 'AUTONOMOUS'

/** What is wrong with a chain: each layer as it is signed, or a layer that is left out. */
export type WrongChain = {
  readonly identity?: Change
  readonly mandate?: Change
  readonly tokenRequest?: Change
  readonly without?: 'tokenRequest'
  /** The layers are about this order instead. */
  readonly about?: Checkout
  /** Somebody else signs a layer under the name of the right one. */
  readonly forged?: 'identity' | 'mandate' | 'tokenRequest'
}

export const merchantStage = (scene: Scene) => {
  const { session, client, dice } = scene
  const { network, acquirer } = session.parties
  const { neighbours } = session

  const products = async (): Promise<readonly Message<'payment/product'>[]> =>
    given('merchant.searchProducts', await client.call('merchant.searchProducts', {}, undefined)).products

  /** An order of one thing the merchant sells in US dollars. */
  const order = async (): Promise<Checkout> => {
    const product = needed(
      (await products()).find(({ unitAmount }) => unitAmount.currency === 'USD'),
      'the merchant sells nothing in USD',
    )
    const { checkout } = given(
      'merchant.startCheckout',
      await client.call(
        'merchant.startCheckout',
        { items: [{ productId: product.productId, quantity: 1 }] },
        undefined,
      ),
    )
    return checkout
  }

  /** The chain of a user and an agent for an order. */
  const chainOf = async (
    ordered: Checkout,
    type: Type,
    wrong: WrongChain = {},
  ): Promise<Message<'trust/assurance'>> => {
    const checkout = wrong.about ?? ordered
    const now = session.now()
    const [isp, agent] = [await dice.party('isp'), await dice.party('agent')]
    const forger = (real: typeof isp) => dice.party(real.id).then((fake) => ({ ...fake, kid: real.kid }))
    const as = async (layer: WrongChain['forged'], real: typeof isp) => (wrong.forged === layer ? forger(real) : real)
    const identity = await signIdentity(
      {
        network: await as('identity', network),
        userReference: `user-${dice.word()}`,
        ispKey: isp.jwk,
        walletName: 'SUITE_WALLET',
        now,
      },
      dice,
      wrong.identity,
    )
    const content =
      type === 'IMMEDIATE'
        ? { mandateType: 'IMMEDIATE' as const, intent: { raw: 'buy this', desc: 'One order' }, checkout }
        : {
            mandateType: 'AUTONOMOUS' as const,
            intent: {
              raw: 'keep me supplied',
              desc: 'Supplies',
              expiry_time: momentOf(now + 86_400),
              constraints: { budget_amount: usd(10_000_000), merchant_mcc_list: [checkout.merchant.merchant_mcc] },
            },
          }
    const mandate = await signMandate(
      {
        content,
        isp: await as('mandate', isp),
        agentKey: agent.jwk,
        networkId: network.id,
        identity,
        mandateId: `mandate-${dice.word()}`,
        bindingId: `binding-${dice.word()}`,
        walletName: 'SUITE_WALLET',
        maskedLoginId: 'u***@example.com',
        now,
      },
      dice,
      wrong.mandate,
    )
    if (type === 'IMMEDIATE' || wrong.without === 'tokenRequest') return { identity, mandate }
    const tokenRequest = await signTokenRequestLayer(
      { agent: await as('tokenRequest', agent), networkId: network.id, mandate, checkout, now },
      dice,
      wrong.tokenRequest,
    )
    return { identity, mandate, tokenRequest }
  }

  const tokenCode = (): string => `28100123${dice.word()}${dice.word()}`

  const paymentOf = async (
    checkout: Checkout,
    type: Type = 'AUTONOMOUS',
    wrong?: WrongChain,
  ): Promise<RequestOf<'merchant.startPayment'>> => ({
    checkoutId: checkout.reference_checkout_id,
    paymentToken: tokenCode(),
    assurance: await chainOf(checkout, type, wrong),
  })

  const send = (message: RequestOf<'merchant.startPayment'>): Promise<Answer> =>
    client.call('merchant.startPayment', message, undefined)

  const pay = async (checkout: Checkout, type?: Type, wrong?: WrongChain): Promise<Answer> =>
    send(await paymentOf(checkout, type, wrong))

  const stateOf = async ({ reference_checkout_id: checkoutId }: Checkout): Promise<Message<'payment/order-state'>> =>
    given('merchant.inquiryOrder', await client.call('merchant.inquiryOrder', { checkoutId }, undefined))

  /** Whether a call of the acquirer is about an order. */
  const about =
    ({ reference_checkout_id }: Checkout) =>
    (message: { readonly checkout: Checkout }): boolean =>
      message.checkout.reference_checkout_id === reference_checkout_id

  const collected = (checkout: Checkout) => neighbours.all('acquirer.pay', about(checkout))

  return {
    scene,
    session,
    client,
    dice,
    neighbours,
    network,
    acquirer,
    products,
    order,
    chainOf,
    paymentOf,
    send,
    pay,
    stateOf,
    about,
    collected,
    tokenCode,
  }
}

export type MerchantStage = ReturnType<typeof merchantStage>
