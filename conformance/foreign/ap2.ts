/** Agent Payments Protocol 0.2: chains of mandates as delegate SD-JWTs, each hop signed by the key the one before names. */
import type { Message } from '../../schemas/index.ts'
import { flipped, hashOf, jws, layer, resaid } from './jws.ts'
import { type ForeignProtocol, type ForeignRequest, type Manner, withoutCategory } from './protocol.ts'

const checkoutMember = 'ap2.mandates.CheckoutMandateSdJwt'
const paymentMember = 'ap2.mandates.PaymentMandateSdJwt'

type Family = 'checkout' | 'payment'

/** The open mandate an agent's provider vouches for: it hands over to the key of the agent. */
const open = (family: Family, constraints: readonly object[], { agent, created, expires, nonce }: Manner): string => {
  const cnf = { jwk: agent.handed.jwk }
  const mandate = { vct: `mandate.${family}.open.1`, constraints, cnf, iat: created, exp: expires }
  return layer({ typ: 'example+sd-jwt', kid: agent.es256.kid }, {}, [mandate], `${nonce}-${family}`, agent.es256)
}

/** A closed mandate below an open one, for whom it is shown to; two tildes join them. */
const closed = (family: Family, above: string, content: object, manner: Manner): string => {
  const { agent, authority, created, expires, nonce } = manner
  const claims = { iat: created, aud: `https://${authority}`, nonce, sd_hash: hashOf(above) }
  const mandate = { vct: `mandate.${family}.1`, ...content, iat: created, exp: expires }
  return `${above}~${layer({ typ: 'kb+sd-jwt' }, claims, [mandate], `${nonce}-closed-${family}`, agent.handed)}`
}

const posted = (content: object): ForeignRequest => ({
  method: 'POST',
  path: '/ap2',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
})

const sellerOf = ({ merchant }: Message<'common/checkout'>) => ({
  id: merchant.reference_merchant_id,
  name: merchant.merchant_name,
})

/** The order as its merchant signs it, with a key nobody told the bridge of. */
const orderOf = (order: Message<'common/checkout'>, { agent }: Manner): string => {
  const { total_amount, goods, reference_checkout_id } = order
  const total = Number(total_amount.value)
  const claims = {
    id: reference_checkout_id,
    merchant: sellerOf(order),
    line_items: goods.map(({ goods_name, goods_unit_amount, goods_quantity }) => ({
      id: 'line-a',
      item: { id: 'item-a', title: goods_name, price: Number(goods_unit_amount.value) },
      quantity: Number(goods_quantity),
      totals: [{ type: 'total', amount: Number(goods_unit_amount.value) * Number(goods_quantity) }],
    })),
    status: 'ready_for_complete',
    currency: total_amount.currency,
    totals: [
      { type: 'subtotal', amount: total },
      { type: 'total', amount: total },
    ],
    links: [],
  }
  return jws({ typ: 'JWT', kid: `shop-${agent.kid}` }, claims, agent.handed)
}

const pay = (order: Message<'common/checkout'>, manner: Manner): ForeignRequest => {
  const { currency, value } = order.total_amount
  const seller = sellerOf(order)
  const [amount, checkout] = [Number(value), orderOf(order, manner)]
  const bought = open('checkout', [{ type: 'checkout.allowed_merchants', allowed: [seller] }], manner)
  const range = { type: 'payment.amount_range', currency, max: amount }
  const purchase = { checkout_jwt: checkout, checkout_hash: hashOf(checkout) }
  const payment = {
    transaction_id: hashOf(checkout),
    payee: seller,
    payment_amount: { amount, currency },
    payment_instrument: { id: 'wallet-a', type: 'amp', description: 'Wallet' },
  }
  return posted({
    [checkoutMember]: closed('checkout', bought, purchase, manner),
    [paymentMember]: closed('payment', open('payment', [range], manner), payment, manner),
  })
}

/** The bounds of an intent as an open payment; its words have no place in AP2. */
const delegate = ({ constraints, expiry_time }: Message<'trust/intent-autonomous'>, manner: Manner): ForeignRequest => {
  const { budget_amount: budget, payment_amount_max: most = budget } = constraints
  const bounds = [
    { type: 'payment.amount_range', currency: most.currency, max: Number(most.value) },
    // A budget alone of all amounts is in major units; the suite asks for dollars.
    { type: 'payment.budget', currency: budget.currency, max: Number(budget.value) / 100 },
    { type: 'payment.agent_recurrence', frequency: 'ON_DEMAND' },
  ]
  const expires = Date.parse(expiry_time) / 1000
  return posted({ [paymentMember]: open('payment', bounds, { ...manner, expires }) })
}

/** An open checkout alone asks for nothing yet. */
const look = (manner: Manner): ForeignRequest => {
  const seller = { id: 'seller-a', name: 'Seller' }
  const mandate = open('checkout', [{ type: 'checkout.allowed_merchants', allowed: [seller] }], manner)
  return posted({ [checkoutMember]: mandate })
}

/** Changes one hop of the chain a message holds, counted from its end; a chain that is shorter has its first changed. */
const atHop = (request: ForeignRequest, fromEnd: number, change: (hop: string) => string): ForeignRequest => {
  const body = JSON.parse(request.body) as Record<string, string>
  const name = body[paymentMember] === undefined ? checkoutMember : paymentMember
  const hops = (body[name] ?? '').split('~~').map((each, index, all) => (index < all.length - 1 ? `${each}~` : each))
  const at = Math.max(0, hops.length - 1 - fromEnd)
  const changed = hops.map((each, index) => (index === at ? change(each) : each))
  const chain = changed.map((each, index) => (index < changed.length - 1 ? `${each}~` : each)).join('')
  return { ...request, body: JSON.stringify({ ...body, [name]: chain }) }
}

const forgeriesOf = (request: ForeignRequest, bit: number): readonly [ForeignRequest, ...ForeignRequest[]] => [
  atHop(request, 0, (each) => flipped(each, bit)),
  atHop(request, 1, (each) => flipped(each, bit)),
  atHop(request, 0, resaid),
  atHop(request, 1, resaid),
]

/** AP2 0.2. It says no host, no words of a user, no category of a shop, and names an agent by the key it handed over to. */
export const ap2: ForeignProtocol = {
  protocol: 'ap2',
  skewMax: 300,
  lacks: ['host', 'directory-name'],
  opened: [checkoutMember, paymentMember].map((name) => `body/${name}`),
  pay: async (order, manner) => pay(order, manner),
  ordered: withoutCategory,
  delegate: async (intent, manner) => delegate(intent, manner),
  bounded: ({ expiry_time, constraints }) => ({ expiry_time, constraints }),
  look: async (manner) => look(manner),
  forgeries: forgeriesOf,
}

type Envelope = '0.3' | '1.0'

/** The data of a message in the JSON-RPC request of A2A that sends it. */
const enveloped = (envelope: Envelope, { body, ...request }: ForeignRequest): ForeignRequest => {
  const data = JSON.parse(body)
  const isOld = envelope === '0.3'
  const message = isOld
    ? { kind: 'message', messageId: 'message-a', role: 'user', parts: [{ kind: 'data', data }] }
    : { messageId: 'message-a', role: 'ROLE_USER', parts: [{ data }] }
  const method = isOld ? 'message/send' : 'SendMessage'
  return { ...request, path: '/a2a', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { message } }) }
}

const opened = ({ body, ...request }: ForeignRequest): ForeignRequest => {
  const [part] = JSON.parse(body).params.message.parts
  return { ...request, body: JSON.stringify(part.data) }
}

/** How the task of an answer stands. */
const stateOf = (body: unknown): string => {
  type Task = { readonly status?: { readonly state?: string } }
  const { result } = (body ?? {}) as { readonly result?: Task & { readonly task?: Task } }
  return (result?.task ?? result)?.status?.state ?? ''
}

/** AP2 inside A2A: what is refused is a task that was rejected, and no answer has room for accounts. */
export const ap2InA2a = (envelope: Envelope): ForeignProtocol => ({
  ...ap2,
  version: `over A2A ${envelope}`,
  lacks: [...(ap2.lacks ?? []), 'accounts'],
  pay: async (order, manner) => enveloped(envelope, pay(order, manner)),
  delegate: async (intent, manner) => enveloped(envelope, delegate(intent, manner)),
  look: async (manner) => enveloped(envelope, look(manner)),
  hears: (status, body) => status < 300 && /input.required|completed/i.test(stateOf(body)),
  forgeries: (request, bit) => {
    const [first, ...others] = forgeriesOf(opened(request), bit)
    return [enveloped(envelope, first), ...others.map((each) => enveloped(envelope, each))] as const
  },
})
