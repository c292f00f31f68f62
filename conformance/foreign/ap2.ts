/** Agent Payments Protocol 0.2: chains of mandates as delegate SD-JWTs, each hop signed by the key the one before names. */
import { createHash, sign } from 'node:crypto'
import type { Message } from '../../schemas/index.ts'
import type { ForeignProtocol, ForeignRequest, Manner, Signer } from './protocol.ts'

const checkoutMember = 'ap2.mandates.CheckoutMandateSdJwt'
const paymentMember = 'ap2.mandates.PaymentMandateSdJwt'

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

const jws = (header: object, claims: object, { key }: Signer): string => {
  const input = `${part({ alg: 'ES256', ...header })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** A hop that discloses one mandate; it ends with a tilde. */
const hop = (header: object, claims: object, mandate: object, salt: string, by: Signer): string => {
  const disclosure = part([salt, mandate])
  const payload = { delegate_payload: [{ '...': hashOf(disclosure) }], ...claims, _sd_alg: 'sha-256' }
  return `${jws(header, payload, by)}~${disclosure}~`
}

type Family = 'checkout' | 'payment'

/** The open mandate an agent's provider vouches for: it hands over to the key of the agent. */
const open = (family: Family, constraints: readonly object[], { agent, created, expires, nonce }: Manner): string => {
  const cnf = { jwk: agent.handed.jwk }
  const mandate = { vct: `mandate.${family}.open.1`, constraints, cnf, iat: created, exp: expires }
  return hop({ typ: 'example+sd-jwt', kid: agent.es256.kid }, {}, mandate, `${nonce}-${family}`, agent.es256)
}

/** A closed mandate below an open one, for whom it is shown to; two tildes join them. */
const closed = (family: Family, above: string, content: object, manner: Manner): string => {
  const { agent, authority, created, expires, nonce } = manner
  const claims = { iat: created, aud: `https://${authority}`, nonce, sd_hash: hashOf(above) }
  const mandate = { vct: `mandate.${family}.1`, ...content, iat: created, exp: expires }
  return `${above}~${hop({ typ: 'kb+sd-jwt' }, claims, mandate, `${nonce}-closed-${family}`, agent.handed)}`
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

/** A hop with one bit of its signature flipped. */
const flipped = (text: string, bit: number): string => {
  const [token = '', ...disclosures] = text.split('~')
  const [header, claims, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const at = bit % (bytes.length * 8)
  bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
  return [`${header}.${claims}.${bytes.toString('base64url')}`, ...disclosures].join('~')
}

/** A hop that says something else below the signature it had. */
const resaid = (text: string): string => {
  const [token = '', disclosure = ''] = text.split('~')
  const [header, claims = '', signature] = token.split('.')
  const [salt, mandate] = JSON.parse(Buffer.from(disclosure, 'base64url').toString())
  const other = part([salt, { ...mandate, exp: mandate.exp + 1 }])
  const payload = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()) }
  return `${header}.${part({ ...payload, delegate_payload: [{ '...': hashOf(other) }] })}.${signature}~${other}~`
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

/** AP2 0.2. It says no host, no words of a user, no category of a shop, and names an agent by the key it handed over to. */
export const ap2: ForeignProtocol = {
  protocol: 'ap2',
  skewMax: 300,
  lacks: ['host', 'directory-name', 'words', 'category'],
  opened: [checkoutMember, paymentMember].map((name) => `body/${name}`),
  pay: async (order, manner) => pay(order, manner),
  delegate: async (intent, manner) => delegate(intent, manner),
  look: async (manner) => look(manner),
  forgeries: (request, bit) => [
    atHop(request, 0, (each) => flipped(each, bit)),
    atHop(request, 1, (each) => flipped(each, bit)),
    atHop(request, 0, resaid),
    atHop(request, 1, resaid),
  ],
}
