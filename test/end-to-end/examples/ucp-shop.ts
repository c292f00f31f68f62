/** A UCP business on loopback that takes AMP wallets: it proves who calls by TAP and UCP, and sells as a merchant of AMP. */
import express, { type Request, type Response } from 'express'
import {
  adapterOf,
  type BridgeContext,
  type BridgeResult,
  memoryNonces,
  paymentOf,
  readAmpInstrument,
  readMessage,
  translate,
  translateOut,
  ucpProfile,
} from '../../../bridge/index.ts'
import { call, must } from '../../../demo/people.ts'
import type { Message } from '../../../schemas/index.ts'
import { listening } from '../../bridge/x402/house.ts'
import type { Tell } from './scene.ts'

type Checkout = Message<'common/checkout'>

/** What the shop stands on: an AMP it is a merchant of, and the directory that knows platforms and agents. */
type ShopParts = Pick<BridgeContext, 'directory'> & {
  readonly amp: string
  readonly network: string
  readonly merchant: Message<'common/merchant'>
  readonly now: () => number
  readonly tell: Tell
}

/** What the bridge makes of AMP in UCP's words, as the answer of the business. */
const inUcp = (kind: 'checkout' | 'payment', value: unknown, given: object, now: number): Record<string, unknown> => {
  const adapter = adapterOf('ucp')
  if (!adapter) throw new Error('the bridge knows no UCP')
  const document = JSON.parse(JSON.stringify({ kind, value, given }))
  const made = translateOut({ ok: true, value: document }, adapter, { now, settings: {} })
  if (made.outcome !== 'translated') throw new Error(`it cannot be said in UCP: ${made.problem.code}`)
  return made.message.body as Record<string, unknown>
}

/** The request as it was signed. */
const received = ({ method, originalUrl, rawHeaders, body }: Request, origin: string) =>
  readMessage({
    method,
    url: `${origin}${originalUrl}`,
    fields: Array.from({ length: rawHeaders.length / 2 }, (_, at) => ({
      name: rawHeaders[at * 2] ?? '',
      value: rawHeaders[at * 2 + 1] ?? '',
    })),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  })

/** Who calls, by the proof of one protocol; a request without that proof is turned away. */
const proven = async (
  protocol: 'visa-tap' | 'ucp',
  message: ReturnType<typeof readMessage>,
  context: BridgeContext,
): Promise<Extract<BridgeResult, { outcome: 'translated' }>> => {
  const result = await translate(
    message,
    context,
    [adapterOf(protocol)].flatMap((each) => each ?? []),
  )
  if (result.outcome !== 'translated' || result.identity.proof !== 'signature')
    throw new Error(`${protocol}: ${result.outcome === 'refused' ? result.problem.code : 'not proven'}`)
  return result
}

/** Opens the shop. */
export const openUcpShop = async ({ amp, network, merchant, directory, now, tell }: ShopParts) => {
  const nonces = memoryNonces()
  const checkouts = new Map<string, { readonly checkout: Checkout; readonly shown: Record<string, unknown> }>()
  let origin = ''
  const app = express()
  app.use(express.raw({ type: () => true, limit: 65_536 }))
  app.get('/.well-known/ucp', (_request, response) => {
    const handler = { id: 'amp', config: { network, merchant } }
    response.json(ucpProfile({ version: '2026-08-25', endpoint: origin, keys: [], handler }))
  })
  const proof = async (request: Request): Promise<string> => {
    const message = received(request, origin)
    const context = { now: now(), directory, nonces, settings: {} }
    const agent = await proven('visa-tap', message, context)
    const platform = await proven('ucp', message, context)
    return `${agent.identity.agent.name} of ${platform.identity.agent.domain}`
  }
  const start = async (request: Request, response: Response): Promise<void> => {
    const who = await proof(request)
    tell('UCP shop', 'UCP shop', `knows ${who} by TAP and by UCP`)
    const { line_items: lines } = JSON.parse(request.body.toString()) as {
      readonly line_items: readonly { readonly item: { readonly id: string }; readonly quantity: number }[]
    }
    const items = lines.map(({ item, quantity }) => ({ productId: item.id, quantity }))
    const { checkout } = must(await call(amp, 'merchant.startCheckout', { items }))
    const shown = inUcp('checkout', checkout, { network, handlerId: 'amp', version: '2026-08-25' }, now())
    checkouts.set(checkout.reference_checkout_id, { checkout, shown })
    response.status(201).json(shown)
  }
  const complete = async (request: Request, response: Response): Promise<void> => {
    await proof(request)
    const known = checkouts.get(String(request.params.id))
    if (!known) throw new Error('there is no such session')
    const { payment } = JSON.parse(request.body.toString())
    const instrument = must(readAmpInstrument(payment.instruments[0], 'body/payment/instruments/0'))
    // The order goes to the acquirer as the shop answered it last, never as the completion has it (EXT-HANDLER-3).
    const order = must(await call(amp, 'merchant.startPayment', must(paymentOf(known.checkout, instrument))))
    const paid = {
      paymentId: order.paymentId,
      paymentRequestId: order.checkoutId,
      paymentStatus: order.paymentStatus,
      paymentAmount: order.paymentAmount,
    }
    const place = { orderId: order.checkoutId, permalinkUrl: `https://shop.amp.example/orders/${order.checkoutId}` }
    response.json(inUcp('payment', paid, { checkout: known.shown, ...place }, now()))
  }
  app.post('/checkout-sessions', start)
  app.post('/checkout-sessions/:id/complete', complete)
  const served = await listening(app)
  origin = served.url
  return served
}
