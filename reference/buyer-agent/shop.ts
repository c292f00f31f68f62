/** What a buyer agent does at a merchant: look, fix an order, pay it with a token, ask how it stands. */
import type { Message, OperationName, RequestOf, ResponseOf } from '../../schemas/index.ts'
import { askedOf, type Outcome, sha256, type World } from '../core/index.ts'
import { callOperation, type Exchange } from '../http/neighbours.ts'
import { sendAgain } from './again.ts'

type Checkout = Message<'common/checkout'>

/** What pays an order: the token, and the chain the merchant verifies before it passes anything on. */
export type MeansOfPayment = {
  readonly token: Pick<Message<'payment/apply-credential-response'>, 'paymentToken'>
  readonly assurance: Message<'trust/assurance'>
}

/** A merchant as an agent meets it. `signer`: with whose key requests are signed. */
export const visit = (merchantEndpoint: string, signer: Pick<Exchange, 'keyId' | 'privateKey'>, world: World) => {
  const ask = <Name extends Extract<OperationName, `merchant.${string}`>>(
    name: Name,
    request: RequestOf<Name>,
    idempotencyKey?: string,
  ): Promise<Outcome<ResponseOf<Name>>> => {
    const exchange = { endpoint: merchantEndpoint, ...signer, idempotencyKey: idempotencyKey ?? world.nonce() }
    return sendAgain(() => callOperation(name, askedOf(world, name, request), exchange, world))
  }
  return {
    searchProducts: (request: RequestOf<'merchant.searchProducts'> = {}) => ask('merchant.searchProducts', request),

    /** Fixes an order; what it says is what the user confirms or the agent signs, unchanged (AMP-PAY-022, 032). */
    startCheckout: async (items: RequestOf<'merchant.startCheckout'>['items']): Promise<Outcome<Checkout>> => {
      const started = await ask('merchant.startCheckout', { items })
      return started.ok ? { ok: true, value: started.value.checkout } : started
    },

    /** Pays an order, once however often it is called: the same order and token are one call to the merchant. */
    pay: (checkoutId: string, { token, assurance }: MeansOfPayment) =>
      ask(
        'merchant.startPayment',
        { checkoutId, paymentToken: token.paymentToken, assurance },
        `pay-${payKey(checkoutId, token.paymentToken)}`,
      ),

    order: (checkoutId: string) => ask('merchant.inquiryOrder', { checkoutId }),
  }
}

const payKey = (checkoutId: string, paymentToken: string): string => sha256(`${checkoutId} ${paymentToken}`)

export type Shop = ReturnType<typeof visit>
