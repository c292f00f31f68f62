/** Agentic Commerce Protocol: a platform hands over a session that is ready, delegates a payment, or asks for a session. */
import { sign } from 'node:crypto'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignAgent, ForeignProtocol, ForeignRequest, Manner, Telling } from './protocol.ts'
import { otherBody } from './signed-request.ts'

type Version = '2025-09-29' | '2025-12-12' | '2026-01-16' | '2026-01-30' | '2026-04-17'

/** From this version on a session may name its merchant in a handler; before, only by its pages. */
const namesMerchant: Version = '2026-01-30'

const handler = 'example.agentic_mobile_protocol.wallet'

/** A platform shows its bearer token and signs the body, in RFC 8785 form, with the key the operator knows for it. */
const posted = (
  path: string,
  version: Version,
  content: object,
  { agent, created, nonce }: Manner,
): ForeignRequest => ({
  method: 'POST',
  path,
  headers: {
    'content-type': 'application/json',
    authorization: `Bearer ${agent.secret}`,
    'api-version': version,
    'idempotency-key': nonce,
    timestamp: momentOf(created),
    signature: sign(null, Buffer.from(canonicalJson(content)), agent.key).toString('base64url'),
  },
  body: JSON.stringify(content),
})

/** The shop of an agent, which a bridge is told of, and its address. */
const shopOf = ({ id }: Pick<ForeignAgent, 'id'>) => ({
  page: `https://${id}.shop.example`,
  merchant: { reference_merchant_id: `M-${id}`, merchant_name: `Shop ${id}`, merchant_mcc: '5499' },
})

/** The order as merchants answered it at first: flat amounts in lines, the quantity with the item, no handlers. */
const earlySessionOf = (order: Message<'common/checkout'>, version: Version, { agent }: Manner) => {
  const { total_amount, goods, reference_checkout_id } = order
  const total = Number(total_amount.value)
  return {
    id: reference_checkout_id,
    payment_provider: {
      provider: 'suite',
      ...(version === '2026-01-16' ? { merchant_id: `account-${agent.id}` } : {}),
      supported_payment_methods: ['card'],
    },
    status: 'ready_for_payment',
    currency: total_amount.currency.toLowerCase(),
    line_items: goods.map(({ goods_name, goods_quantity }) => ({
      id: 'line-a',
      item: { id: goods_name, quantity: Number(goods_quantity) },
      ...{ base_amount: total, discount: 0, subtotal: total, tax: 0, total },
    })),
    fulfillment_options: [],
    ...(version === '2025-09-29' ? { fulfillment_option_id: 'option-a' } : {}),
    totals: [
      { type: 'items_base_amount', display_text: 'Price', amount: total },
      { type: 'total', display_text: 'Total', amount: total },
    ],
    messages: [],
    links: [{ type: 'terms_of_use', url: `${shopOf(agent).page}/terms` }],
  }
}

/** The order as a merchant answers it, with itself in the configuration of the AMP handler. */
const sessionOf = (order: Message<'common/checkout'>, version: Version, _manner: Manner) => {
  const { total_amount, merchant, goods, reference_checkout_id } = order
  const total = Number(total_amount.value)
  const config = { network: 'https://network.suite.example', merchant }
  const totals = (amount: number) => [
    { type: 'items_base_amount', display_text: 'Price', amount },
    { type: 'total', display_text: 'Total', amount },
  ]
  return {
    id: reference_checkout_id,
    protocol: { version },
    capabilities: { payment: { handlers: [{ id: 'amp', name: handler, version: '2026-11-20', config }] } },
    status: 'ready_for_payment',
    currency: total_amount.currency.toLowerCase(),
    line_items: goods.map(({ goods_name, goods_unit_amount, goods_quantity }) => ({
      id: 'line-a',
      item: { id: 'item-a' },
      name: goods_name,
      quantity: Number(goods_quantity),
      unit_amount: Number(goods_unit_amount.value),
      totals: totals(total),
    })),
    fulfillment_options: [],
    totals: totals(total),
    messages: [],
    links: [],
  }
}

/** An allowance: one payment, up to an amount, at one merchant, until an end. */
const allowanceOf = ({ expiry_time, constraints }: Message<'trust/intent-autonomous'>, { nonce }: Manner) => ({
  payment_method: { type: 'amp_wallet' },
  allowance: {
    reason: 'one_time',
    max_amount: Number(constraints.budget_amount.value),
    currency: constraints.budget_amount.currency.toLowerCase(),
    checkout_session_id: `session-${nonce}`,
    merchant_id: `M-${nonce}`,
    expires_at: expiry_time,
  },
  metadata: {},
})

/** A bridge is told the merchant of a shop, by the address of its pages. */
const listed = (id: string): Telling => {
  const { page, merchant } = shopOf({ id })
  return { hook: 'registerMerchant', told: { id: page, merchant } }
}

/** ACP: a request says when it was made, and neither until when it counts nor which host it is for. */
export const acp = (version: Version): ForeignProtocol => ({
  protocol: 'acp',
  version,
  lacks: ['host', 'end'],
  tellings: ({ id, name, keys, secret }) => [
    { hook: 'trustKeys', told: { holder: 'agent', id, name, keys: [...keys], secret } },
    ...(version < namesMerchant ? [listed(id)] : []),
  ],
  pay: async (order, manner) => {
    const early = version < namesMerchant
    return posted('/offers', version, (early ? earlySessionOf : sessionOf)(order, version, manner), manner)
  },
  ...(version < namesMerchant ? { ordered: (order, agent) => ({ ...order, merchant: shopOf(agent).merchant }) } : {}),
  delegate: async (intent, manner) =>
    posted('/agentic_commerce/delegate_payment', version, allowanceOf(intent, manner), manner),
  bounded: ({ expiry_time, constraints: { budget_amount } }) => ({ expiry_time, constraints: { budget_amount } }),
  look: async (manner) =>
    posted('/checkout_sessions', version, { line_items: [{ id: 'item-a', quantity: 1 }], currency: 'usd' }, manner),
  hears: (status, body) =>
    status < 300 || (status === 409 && /approval|sign_in/.test((body as { code?: string } | null)?.code ?? '')),
  forgeries: (request, bit) => [
    {
      ...request,
      headers: { ...request.headers, signature: flippedBytes(request.headers.signature ?? '', bit, 'base64url') },
    },
    // The signature is over the content, not over the bytes.
    ...[otherBody(request)].filter(({ body }) => body.trim() !== request.body),
  ],
})
