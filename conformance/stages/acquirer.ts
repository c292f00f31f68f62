/** The stage for an acquirer under test: the suite is its merchants and the network. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import { given } from '../expect.ts'
import type { Party } from '../parties.ts'
import type { Scene } from '../scene.ts'
import type { Answer, Variation } from '../target/client.ts'
import { type ChainType, chainFor, type WrongChain } from './chain.ts'
import { orderOver } from './orders.ts'

type Collection = RequestOf<'acquirer.pay'>
type Notice = RequestOf<'acquirer.notifyPayment'>

/** A merchant the acquirer knows, and what it attests of it. */
export type Shop = { readonly party: Party; readonly merchant: Message<'common/merchant'> }

export const acquirerStage = (scene: Scene) => {
  const { session, client, dice, hooks } = scene
  const { network } = session.parties
  const { neighbours } = session

  /** A merchant the target knows the keys of; without contract unless `shop` makes one. */
  const stranger = async (): Promise<Shop> => {
    const party = await dice.party(`https://merchant-${dice.word()}.example`)
    await hooks.call('registerPeer', {
      role: 'merchant',
      id: party.id,
      name: 'Suite merchant',
      endpoint: `${neighbours.url}/merchant`,
      jwks: { keys: [party.jwk] },
    })
    return { party, merchant: orderOver(dice, 1).merchant }
  }

  /** A merchant under contract. */
  const shop = async (): Promise<Shop> => {
    const made = await stranger()
    await hooks.call('registerMerchant', { id: made.party.id, merchant: made.merchant })
    return made
  }

  /** A verified order of a merchant, with token and chain. */
  const collection = async (
    { merchant }: Shop,
    type: ChainType = 'AUTONOMOUS',
    wrong?: WrongChain,
  ): Promise<Collection> => {
    const checkout = orderOver(dice, dice.number(100, 90_000), { merchant })
    return {
      merchantOrderId: `order-${dice.word()}`,
      checkout,
      paymentToken: `28100123${dice.word()}${dice.word()}`,
      assurance: await chainFor(scene, checkout, type, wrong),
    }
  }

  const pay = (message: Collection, { party }: Shop, change?: Variation): Promise<Answer> =>
    client.call('acquirer.pay', message, party, change)

  const inquire = ({ merchantOrderId }: Collection, { party }: Shop): Promise<Answer> =>
    client.call('acquirer.inquiryPayment', { merchantOrderId }, party)

  /** Whether a payment the network is asked for is that of an order. */
  const about =
    ({ paymentToken }: Collection) =>
    ({ paymentMethod }: { readonly paymentMethod: { readonly paymentMethodId: string } }): boolean =>
      paymentMethod.paymentMethodId === paymentToken

  const submitted = (message: Collection) => neighbours.all('network.pay', about(message))

  /** A payment as the network says it, of what it was asked for. */
  const paymentOf = (
    { paymentRequestId, paymentAmount }: RequestOf<'network.pay'>,
    paymentStatus: Message<'payment/payment-status'>,
  ): Message<'payment/payment'> => ({
    paymentId: `payment-${dice.word()}`,
    paymentRequestId,
    paymentStatus,
    paymentAmount,
  })

  /** An order whose payment the network took and has not concluded, with the notice that will conclude it. */
  const open = async (by: Shop, type?: ChainType) => {
    const message = await collection(by, type)
    let asked: RequestOf<'network.pay'> | undefined
    const end = neighbours.script('network.pay', about(message), (sent) => {
      asked = sent.message
      return paymentOf(sent.message, 'PROCESSING')
    })
    const { paymentId, paymentRequestId } = given('acquirer.pay', await pay(message, by))
    end()
    const notice: Notice = {
      paymentId,
      paymentRequestId,
      paymentStatus: 'SUCCESS',
      paymentAmount: message.checkout.total_amount,
      paymentTime: new Date(session.now() * 1000).toISOString(),
      referenceOrderId: asked?.order.referenceOrderId ?? message.checkout.reference_checkout_id,
    }
    return { message, notice }
  }

  const notify = (notice: Notice, by: Party = network, change?: Variation): Promise<Answer> =>
    client.call('acquirer.notifyPayment', notice, by, change)

  /** What the merchant was told of a payment. */
  const told = ({ paymentId }: Notice) =>
    neighbours.all('merchant.notifyPayment', (message) => message.paymentId === paymentId)

  return {
    scene,
    session,
    client,
    dice,
    hooks,
    neighbours,
    network,
    stranger,
    shop,
    collection,
    pay,
    inquire,
    about,
    submitted,
    paymentOf,
    open,
    notify,
    told,
  }
}

export type AcquirerStage = ReturnType<typeof acquirerStage>
