/** The acquirer as the checks of the HTTP binding see it. */
import { given, needed } from '../expect.ts'
import { silence } from '../neighbours/server.ts'
import type { Scene } from '../scene.ts'
import { acquirerStage } from './acquirer.ts'
import { type BindingStage, type Probe, probe } from './binding.ts'

const patienceMilliseconds = 15_000

export const acquirerBinding = (scene: Scene): BindingStage => {
  const stage = acquirerStage(scene)
  const { network, session } = stage

  const collect = async (): Promise<Probe> => {
    const shop = await stage.shop()
    return probe('acquirer.pay', await stage.collection(shop), shop.party)
  }

  /** An order that was paid, and how its merchant asks for the payment. */
  const paid = async () => {
    const shop = await stage.shop()
    const message = await stage.collection(shop)
    given('acquirer.pay', await stage.pay(message, shop))
    return { shop, message }
  }

  const asked = ({ message, shop }: Awaited<ReturnType<typeof paid>>, by = shop): Probe =>
    probe('acquirer.inquiryPayment', { merchantOrderId: message.merchantOrderId }, by.party)

  const result = async (): Promise<Probe> => {
    const { notice } = await stage.open(await stage.shop())
    return probe('acquirer.notifyPayment', notice, network)
  }

  return {
    scene,
    signed: collect,
    pair: async () => {
      const shop = await stage.shop()
      const next = async (): Promise<Probe> => probe('acquirer.pay', await stage.collection(shop), shop.party)
      return [await next(), await next()]
    },
    once: collect,
    safe: async () => asked(await paid()),
    stranger: session.parties.wallet,
    callerOf: async (name) => (name.startsWith('acquirer.notify') ? network : (await stage.shop()).party),
    state: async () => {
      const { shop, message } = await paid()
      return async () => given('acquirer.inquiryPayment', await stage.inquire(message, shop))
    },
    foreign: async () => asked(await paid(), await stage.shop()),
    notice: result,
    untold: async () => {
      const { notice } = await stage.open(await stage.shop())
      const deaf = stage.neighbours.script(
        'merchant.notifyPayment',
        ({ paymentId }) => paymentId === notice.paymentId,
        () => silence,
      )
      // The network goes on telling what is not acknowledged, and so the merchant hears of it again.
      const until = performance.now() + patienceMilliseconds
      while (stage.told(notice).length < 2 && performance.now() < until) {
        await stage.notify(notice)
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      deaf()
      needed(stage.told(notice)[0], 'the merchant was told nothing')
      return stage.told(notice).map(({ headers }) => ({ idempotencyKey: headers['idempotency-key'] }))
    },
  }
}
