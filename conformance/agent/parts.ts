/** The credential provider and the merchant a buyer agent meets, played by the suite: they remember what they handed out. */
import type { Message } from '../../schemas/index.ts'
import { momentOf, signIdentity, signMandate } from '../assurance.ts'
import type { Cast } from '../neighbours/parts.ts'
import { type Parts, Refusal } from '../neighbours/server.ts'
import type { Party } from '../parties.ts'
import { orderOver, usd } from '../stages/orders.ts'
import type { Turn } from './errand.ts'

type Checkout = Message<'common/checkout'>
type Session = {
  readonly request: Message<'trust/create-mandate-session-request'>
  readonly mandateId: string
  looked: number
  mandate?: string
}
type Bound = { readonly bindingId: string; readonly identity: string; readonly isp: Party; readonly walletId: string }

/** What the suite handed out, for checks to compare with what comes back. */
export type Handed = {
  readonly agents: Map<string, Message<'common/public-jwk'>>
  readonly bindings: Map<string, Bound>
  readonly mandates: Map<string, { readonly mandate: string; readonly identity: string }>
  readonly checkouts: Map<string, Checkout>
  readonly tokens: Map<string, string>
}

/** A product on sale, its price, and what it costs once an order is fixed. */
export const onSale = { price: 2_000, budget: 5_000, dear: 9_000, mcc: '5411' } as const

/** The parts of an agent's world. `turn` says what happens on the errand under way. */
export const agentParts = (
  { parties, now, dice }: Pick<Cast, 'parties' | 'now' | 'dice'>,
  product: { readonly productId: string; readonly name: string },
  turn: () => Turn,
): { readonly parts: Parts; readonly handed: Handed } => {
  const handed: Handed = {
    agents: new Map(),
    bindings: new Map(),
    mandates: new Map(),
    checkouts: new Map(),
    tokens: new Map(),
  }
  const sessions = new Map<string, Session>()
  const bindingSessions = new Map<string, string>()
  const paid = new Map<string, string>()
  const authUrl = (id: string): string => `https://wallet.example/authorize/${id}`

  const bind = async (walletId: string): Promise<string> => {
    const isp = await dice.party(`isp-${dice.word()}`)
    const facts = {
      network: parties.network,
      userReference: `user-${dice.word()}`,
      ispKey: isp.jwk,
      walletName: 'SUITE_WALLET',
      now: now(),
    }
    const bindingId = `binding-${dice.word()}`
    handed.bindings.set(bindingId, { bindingId, isp, walletId, identity: await signIdentity(facts, dice) })
    return bindingId
  }

  const shown = (bindingId: string): Message<'payment/binding'>[] => {
    const bound = handed.bindings.get(bindingId)
    if (!bound) return []
    const account = { walletId: bound.walletId, walletName: 'SUITE_WALLET', maskedLoginId: 'u***@example.com' }
    return [{ bindingId, bindingStatus: 'activated', ...account, identity: bound.identity, createdAt: momentOf(now()) }]
  }

  /** The mandate layer over what the agent asked for, once the user confirmed it. */
  const confirm = async (session: Session): Promise<{ mandate: string; identity: string } | Refusal> => {
    const { request, mandateId } = session
    const bound = handed.bindings.get(request.bindingId)
    const agentKey = handed.agents.get(request.agentId)
    if (!bound || !agentKey) return new Refusal('binding-unknown')
    const { isp, identity } = bound
    const networkId = parties.network.id
    const facts = {
      isp,
      identity,
      agentKey,
      networkId,
      mandateId,
      bindingId: request.bindingId,
      walletName: 'SUITE_WALLET',
      maskedLoginId: 'u***@example.com',
      now: now(),
    }
    session.mandate ??= await signMandate({ content: request, ...facts }, dice)
    const held = { mandate: session.mandate, identity }
    handed.mandates.set(mandateId, held)
    return held
  }

  const parts: Parts = {
    'credential-provider.registerAgent': ({ message: { agentKey, profile } }) => {
      const agentId = `agent-${dice.word()}`
      handed.agents.set(agentId, agentKey)
      return {
        agentId,
        agentStatus: 'active',
        credentialProviderId: parties['credential-provider'].id,
        profile,
        agentKey,
        registeredAt: momentOf(now()),
        reviewDueAt: momentOf(now() + 365 * 86_400),
      }
    },
    'credential-provider.addPaymentMethod': async ({ message: { agentId, walletId } }) => {
      if (!handed.agents.has(agentId)) return new Refusal('agent-unknown')
      const sessionId = `session-${dice.word()}`
      bindingSessions.set(sessionId, await bind(walletId))
      return { sessionId, status: 'PENDING_IDV', authUrl: authUrl(sessionId) }
    },
    'credential-provider.queryPaymentMethodList': ({ message: { sessionId } }) => {
      const bindings =
        sessionId === undefined ? [...handed.bindings.keys()].slice(-1) : [bindingSessions.get(sessionId) ?? '']
      return { status: 'COMPLETED', paymentMethods: bindings.flatMap(shown) }
    },
    'credential-provider.createMandateSession': ({ message }) => {
      if (!handed.bindings.has(message.bindingId)) return new Refusal('binding-unknown')
      const sessionId = `session-${dice.word()}`
      const mandateId = `mandate-${dice.word()}`
      sessions.set(sessionId, { request: message, mandateId, looked: 0 })
      return { sessionId, status: 'PENDING_IDV', mandateId, mandateStatus: 'inactive', authUrl: authUrl(sessionId) }
    },
    'credential-provider.inquiryMandateSession': async ({ message: { sessionId } }) => {
      const session = sessions.get(sessionId)
      if (!session) return new Refusal('session-unknown')
      const { request, mandateId } = session
      const about = { sessionId, bindingId: request.bindingId, mandateId, mandateType: request.mandateType }
      // The user takes a moment: an agent that does not look again never gets to its mandate.
      if (session.looked++ === 0) return { ...about, status: 'PENDING_IDV', mandateStatus: 'inactive' }
      if (turn() === 'user-rejects')
        return { ...about, status: 'FAILED', mandateStatus: 'inactive', failure: 'user-rejected' }
      const held = await confirm(session)
      return held instanceof Refusal ? held : { ...about, status: 'COMPLETED', mandateStatus: 'activated', ...held }
    },
    'credential-provider.applyCredential': ({ message: { mandateId, checkout, assurance } }) => {
      if (!handed.mandates.has(mandateId)) return new Refusal('mandate-unknown')
      const total = checkout.total_amount
      if (turn() === 'guard-refuses') return new Refusal('budget-exceeded', { stage: 'S2', limit: usd(1) })
      const none = usd(0)
      const code = `28100123${dice.word()}${dice.word()}`
      handed.tokens.set(code, checkout.reference_checkout_id)
      return {
        paymentToken: code,
        expiresAt: momentOf(now() + 600),
        mandateId,
        mandateType: assurance.tokenRequest === undefined ? 'IMMEDIATE' : 'AUTONOMOUS',
        mandateStatus: 'activated',
        heldAmount: total,
        budget: { total, limit: total, held: total, captured: none, remaining: none },
      }
    },
    'merchant.searchProducts': () => ({ products: [{ ...product, unitAmount: usd(onSale.price) }] }),
    'merchant.startCheckout': () => {
      const value = turn() === 'price-over-budget' ? onSale.dear : onSale.price
      const plain = orderOver(dice, value)
      const goods = plain.goods.map((line) => ({ ...line, goods_name: product.name }))
      const checkout = { ...plain, goods }
      handed.checkouts.set(checkout.reference_checkout_id, checkout)
      return { checkout, expiresAt: momentOf(now() + 1_800) }
    },
    'merchant.startPayment': ({ message: { checkoutId, paymentToken } }) => {
      const checkout = handed.checkouts.get(checkoutId)
      if (!checkout) return new Refusal('checkout-unknown')
      paid.set(checkoutId, paymentToken)
      return orderState(checkoutId, checkout)
    },
    'merchant.inquiryOrder': ({ message: { checkoutId } }) => {
      const checkout = handed.checkouts.get(checkoutId)
      if (!checkout) return new Refusal('checkout-unknown')
      return paid.has(checkoutId) ? orderState(checkoutId, checkout) : { checkoutId, orderStatus: 'open' }
    },
  }
  const orderState = (checkoutId: string, { total_amount }: Checkout): Message<'payment/order-state'> => ({
    checkoutId,
    orderStatus: 'paid',
    paymentStatus: 'SUCCESS',
    paymentId: `payment-${dice.word()}`,
    paymentAmount: total_amount,
  })
  return { parts, handed }
}
