/** The merchant as the checks of the HTTP binding see it. Shoppers are anybody; the acquirer signs. */
import { needed } from '../expect.ts'
import type { Scene } from '../scene.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'
import { merchantStage } from './merchant.ts'

export const merchantBinding = (scene: Scene): BindingStage => {
  const stage = merchantStage(scene)
  const { dice, acquirer, session } = stage

  /** The result of a payment of an order that is open: a notice of it is acknowledged. */
  const result = async (): Promise<Probe> => {
    const { reference_checkout_id: referenceOrderId, total_amount: paymentAmount } = await stage.order()
    return probe(
      'merchant.notifyPayment',
      {
        referenceOrderId,
        paymentId: `payment-${dice.word()}`,
        paymentRequestId: `request-${dice.word()}`,
        paymentStatus: 'SUCCESS',
        paymentAmount,
        paymentTime: new Date(session.now() * 1000).toISOString(),
      },
      acquirer,
    )
  }

  return {
    scene,
    signed: result,
    once: async () => {
      const [product] = await stage.products()
      const { productId } = needed(product, 'the merchant sells nothing')
      return probe('merchant.startCheckout', { items: [{ productId, quantity: 1 }] }, undefined)
    },
    meeting: async () => probe('merchant.startPayment', await stage.paymentOf(await stage.order()), undefined),
    safe: async () => probe('merchant.searchProducts', {}, undefined),
    stranger: session.parties.wallet,
    callerOf: async (name) => (name.startsWith('merchant.notify') ? acquirer : undefined),
    state: async () => {
      const checkout = await stage.order()
      return () => stage.stateOf(checkout)
    },
    notice: result,
  }
}
