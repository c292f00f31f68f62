/** The stage for a merchant under test: the suite is shopper, network, signature provider, agent and acquirer. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { given, needed } from '../expect.ts'
import type { Scene } from '../scene.ts'
import type { Answer } from '../target/client.ts'
import { type ChainType, chainFor, type WrongChain } from './chain.ts'

type Checkout = Message<'common/checkout'>

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
  const chainOf = (ordered: Checkout, type: ChainType, wrong?: WrongChain): Promise<Message<'trust/assurance'>> =>
    chainFor(scene, ordered, type, wrong)

  const tokenCode = (): string => `28100123${dice.word()}${dice.word()}`

  const paymentOf = async (
    checkout: Checkout,
    type: ChainType = 'AUTONOMOUS',
    wrong?: WrongChain,
  ): Promise<RequestOf<'merchant.startPayment'>> => ({
    checkoutId: checkout.reference_checkout_id,
    paymentToken: tokenCode(),
    assurance: await chainOf(checkout, type, wrong),
  })

  const send = (message: RequestOf<'merchant.startPayment'>): Promise<Answer> =>
    client.call('merchant.startPayment', message, undefined)

  const pay = async (checkout: Checkout, type?: ChainType, wrong?: WrongChain): Promise<Answer> =>
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
