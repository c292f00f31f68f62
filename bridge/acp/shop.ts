/** An ACP merchant over AMP: carts, sessions at a fixed price, completion by AMP wallets, orders told by signed events. */
import { Router } from 'express'
import type { Outcome } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { paymentOf, readAmpInstrument, saysAmp } from '../payment-handler.ts'
import { type Article, type Cart, type CartItem, isCartOf, showCart, soldOf } from './cart.ts'
import { refusalAnswer } from './delegate.ts'
import { type AcpOperation, type AcpRequest, acpDoor, type DoorParts } from './door.ts'
import { settledSession } from './from-amp.ts'
import { type AcpAnswer, acpError } from './idempotency.ts'
import { fromAmpCheckout } from './session.ts'
import { acpNewest, acpTraits, acpVersions } from './versions.ts'
import { signEvent } from './webhook.ts'

type Checkout = Message<'common/checkout'>
type OrderState = Message<'payment/order-state'>

/** What the shop stands on. */
export type ShopParts = DoorParts & {
  /** Where the shop is, without a slash at the end. */
  readonly baseUrl: string
  readonly network: string
  /** ISO 4217; what is sold here, in its minor units. */
  readonly currency: string
  readonly articles: ReadonlyMap<string, Article>
  /** `merchant.startCheckout` of AMP: fixes the order and its price. */
  readonly startCheckout: (items: readonly CartItem[]) => Promise<Outcome<Message<'payment/start-checkout-response'>>>
  /** `merchant.startPayment` of AMP. */
  readonly startPayment: (request: Message<'payment/start-payment-request'>) => Promise<Outcome<OrderState>>
  /** `merchant.inquiryOrder` of AMP: how an order stands that was being paid. */
  readonly inquiryOrder: (checkoutId: string) => Promise<Outcome<OrderState>>
  /** Sends an event to the platform; the header is made already. */
  readonly tell?: (body: string, headers: Readonly<Record<string, string>>) => Promise<void>
  readonly webhookSecret?: string
  readonly newId: () => string
}

/** A session with the AMP checkout it stands on: the order goes to the acquirer as it was answered last. */
type Session = {
  readonly caller: string
  readonly checkout: Checkout
  readonly shown: JsonObject
  /** Epoch seconds: until then the price holds. */
  readonly expiresAt: number
}

const cartSeconds = 86_400
const keptMax = 10_000

/** Makes room: what is over goes first. Whether there is room. */
const hasRoom = <Kept extends { readonly expiresAt: number }>(kept: Map<string, Kept>, now: number): boolean => {
  if (kept.size >= keptMax) for (const [id, { expiresAt }] of kept) if (expiresAt + cartSeconds <= now) kept.delete(id)
  return kept.size < keptMax
}

const noRoom = acpError(503, 'service_unavailable', 'There is no room for more now')

const itemsOf = (body: JsonObject): readonly CartItem[] | undefined => {
  const list: Json | undefined = member(body, 'line_items') ?? member(body, 'items')
  if (!Array.isArray(list) || list.length === 0 || list.length > 100) return undefined
  const items = list.map((each: Json): CartItem | undefined => {
    const id = isObject(each) ? textOf(each, 'id') : undefined
    const quantity = isObject(each) ? (member(each, 'quantity') ?? 1) : 0
    const isWhole =
      typeof quantity === 'number' && Number.isSafeInteger(quantity) && quantity > 0 && quantity < 1_000_000
    return id !== undefined && isWhole ? { id, quantity } : undefined
  })
  return items.every((item) => item !== undefined) ? items : undefined
}

const notFound = (what: string): AcpAnswer => acpError(404, 'not_found', `There is no such ${what}`)
const noItems = acpError(400, 'invalid', 'line_items names items with whole quantities', { param: '$.line_items' })
const soldOut = acpError(422, 'out_of_stock', 'Nothing of this is sold here', { param: '$.line_items' })

const cartOperations = (parts: ShopParts): readonly AcpOperation[] => {
  const carts = new Map<string, Cart>()
  const { articles, currency, now } = parts
  const put = ({ caller, body, version }: AcpRequest, id: string, status: number): AcpAnswer => {
    if (!acpTraits[version].hasCarts) return acpError(400, 'unsupported', 'This version has no carts')
    const items = itemsOf(body)
    if (!items) return noItems
    const { sold, missing } = soldOf(items, articles)
    if (sold.length === 0) return soldOut
    if (!hasRoom(carts, now())) return noRoom
    const cart = { id, caller, items: sold, expiresAt: now() + cartSeconds }
    carts.set(id, cart)
    return { status, body: showCart(cart, articles, currency, missing) }
  }
  const own = ({ caller, id }: AcpRequest): Cart | undefined => {
    const cart = carts.get(id)
    return isCartOf(cart, caller, now()) ? cart : undefined
  }
  const replace = (request: AcpRequest): AcpAnswer => (own(request) ? put(request, request.id, 200) : notFound('cart'))
  return [
    { method: 'post', path: '/carts', act: (request) => put(request, `cart_${parts.newId()}`, 201) },
    {
      method: 'get',
      path: '/carts/:id',
      act: (request) => {
        const cart = own(request)
        return cart ? { status: 200, body: showCart(cart, articles, currency) } : notFound('cart')
      },
    },
    // The text says POST, the description of the interface PUT: both replace the cart.
    { method: 'put', path: '/carts/:id', act: replace },
    { method: 'post', path: '/carts/:id', act: replace },
    {
      method: 'post',
      path: '/carts/:id/cancel',
      act: (request) => {
        const cart = own(request)
        if (!cart) return notFound('cart')
        carts.delete(cart.id)
        return { status: 200, body: showCart(cart, articles, currency) }
      },
    },
  ]
}

const ended: ReadonlySet<string> = new Set(['completed', 'canceled', 'expired'])
const statusOf = ({ shown }: Session): string => textOf(shown, 'status') ?? ''

const announce = async (session: Session, order: OrderState, parts: ShopParts): Promise<void> => {
  const { tell, webhookSecret, now } = parts
  if (!tell || webhookSecret === undefined) return
  const data = {
    type: 'order',
    id: order.checkoutId,
    checkout_session_id: session.checkout.reference_checkout_id,
    permalink_url: `${parts.baseUrl}/orders/${order.checkoutId}`,
    status: 'created',
    totals: member(session.shown, 'totals') ?? [],
  }
  const body = JSON.stringify({ type: 'order_create', data })
  await tell(body, { 'content-type': 'application/json', 'merchant-signature': signEvent(body, webhookSecret, now()) })
}

const sessionOperations = (parts: ShopParts): readonly AcpOperation[] => {
  const sessions = new Map<string, Session>()
  const own = ({ caller, id }: AcpRequest): Session | undefined => {
    const session = sessions.get(id)
    if (session?.caller !== caller) return undefined
    const isOver = statusOf(session) === 'ready_for_payment' && parts.now() >= session.expiresAt
    return isOver ? { ...session, shown: { ...session.shown, status: 'expired' } } : session
  }
  const create = async ({ caller, version, body }: AcpRequest): Promise<AcpAnswer> => {
    if (!acpTraits[version].writes) return acpError(400, 'unsupported', 'AMP wallets pay from 2026-01-30 on')
    const items = itemsOf(body)
    if (!items) return noItems
    const { sold, missing } = soldOf(items, parts.articles)
    if (sold.length === 0 || missing.length > 0) return soldOut
    if (!hasRoom(sessions, parts.now())) return noRoom
    const started = await parts.startCheckout(sold)
    if (!started.ok) return refusalAnswer(started.refusal)
    const { checkout } = started.value
    const expiresAt = parseTime(started.value.expiresAt) ?? parts.now()
    const frame = {
      version,
      handlerId: 'amp',
      network: parts.network,
      status: 'ready_for_payment',
      links: [{ type: 'terms_of_use', url: `${parts.baseUrl}/terms` }],
    }
    const shown = fromAmpCheckout(checkout, frame)
    if (!shown.ok) return refusalAnswer(shown.refusal)
    sessions.set(checkout.reference_checkout_id, { caller, checkout, shown: shown.value, expiresAt })
    return { status: 201, body: shown.value }
  }
  const complete = async (request: AcpRequest): Promise<AcpAnswer> => {
    const session = own(request)
    if (!session) return notFound('session')
    if (statusOf(session) !== 'ready_for_payment')
      return acpError(409, 'conflict', 'The session is not ready for payment')
    const data = member(request.body, 'payment_data')
    const instrument = isObject(data) ? member(data, 'instrument') : undefined
    if (!saysAmp(instrument)) return acpError(400, 'unsupported', 'Pay by an AMP wallet', { param: '$.payment_data' })
    const read = readAmpInstrument(instrument, 'payment_data/instrument')
    if (!read.ok) return refusalAnswer(read.refusal)
    const payment = paymentOf(session.checkout, read.value)
    if (!payment.ok) return refusalAnswer(payment.refusal)
    sessions.set(request.id, { ...session, shown: { ...session.shown, status: 'complete_in_progress' } })
    // A throw leaves the session in progress: nobody knows how it ended, so it is asked for and not paid again.
    const paid = await parts.startPayment(payment.value)
    if (!paid.ok) {
      sessions.set(request.id, session)
      return refusalAnswer(paid.refusal)
    }
    return settle(request, session, paid.value)
  }
  const settle = async (request: AcpRequest, session: Session, order: OrderState): Promise<AcpAnswer> => {
    const outcome: Message<'payment/payment'> = {
      paymentId: order.paymentId ?? order.checkoutId,
      paymentRequestId: order.checkoutId,
      paymentStatus: order.paymentStatus ?? 'PROCESSING',
      paymentAmount: session.checkout.total_amount,
      ...(order.failure === undefined ? {} : { failure: order.failure }),
    }
    const placed = { id: order.checkoutId, permalinkUrl: `${parts.baseUrl}/orders/${order.checkoutId}` }
    const shown = settledSession(session.shown, outcome, placed)
    if (!shown.ok) return refusalAnswer(shown.refusal)
    const after = { ...session, shown: shown.value }
    sessions.set(request.id, after)
    if (statusOf(after) === 'completed') await announce(after, order, parts)
    return { status: 200, body: shown.value }
  }
  return [
    { method: 'post', path: '/checkout_sessions', act: create },
    {
      method: 'get',
      path: '/checkout_sessions/:id',
      act: async (request) => {
        const session = own(request)
        if (!session) return notFound('session')
        if (statusOf(session) !== 'complete_in_progress') return { status: 200, body: session.shown }
        const order = await parts.inquiryOrder(request.id)
        return order.ok ? settle(request, session, order.value) : { status: 200, body: session.shown }
      },
    },
    {
      method: 'post',
      path: '/checkout_sessions/:id',
      act: (request) => {
        const session = own(request)
        if (!session) return notFound('session')
        // AMP fixes an order with its price: another order is another session.
        return itemsOf(request.body)
          ? acpError(422, 'unsupported', 'The order is fixed: open another session', { param: '$.line_items' })
          : { status: 200, body: session.shown }
      },
    },
    { method: 'post', path: '/checkout_sessions/:id/complete', act: complete },
    {
      method: 'post',
      path: '/checkout_sessions/:id/cancel',
      act: (request) => {
        const session = own(request)
        if (!session) return notFound('session')
        const status = statusOf(session)
        if (ended.has(status) || status === 'complete_in_progress')
          return acpError(405, 'conflict', 'The session can no longer be canceled')
        const after = { ...session, shown: { ...session.shown, status: 'canceled' } }
        sessions.set(request.id, after)
        return { status: 200, body: after.shown }
      },
    },
  ]
}

/** The shop as a router: discovery, carts and sessions. State is kept by this process. */
export const acpShop = (parts: ShopParts): Router => {
  const router = Router()
  router.get('/.well-known/acp.json', (_request, response) => {
    response.json({
      protocol: {
        name: 'acp',
        version: acpNewest,
        supported_versions: acpVersions.filter((each) => acpTraits[each].writes),
      },
      api_base_url: parts.baseUrl,
      transports: ['rest'],
      capabilities: {
        services: ['checkout', 'carts', 'orders'],
        supported_currencies: [parts.currency.toLowerCase()],
      },
    })
  })
  router.use(acpDoor([...cartOperations(parts), ...sessionOperations(parts)], parts))
  return router
}
