/** Agentic Commerce Protocol: a platform hands over a session that is ready, delegates a payment, or asks for a session. */
import { sign } from 'node:crypto'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { momentOf } from '../assurance.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'
import { otherBody } from './signed-request.ts'

type Version = '2026-01-30' | '2026-04-17'

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

/** The order as a merchant answers it, with itself in the configuration of the AMP handler. */
const sessionOf = (order: Message<'common/checkout'>, version: Version) => {
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

/** ACP: a request says when it was made, and neither until when it counts nor which host it is for. */
export const acp = (version: Version): ForeignProtocol => ({
  protocol: 'acp',
  version,
  lacks: ['host', 'end'],
  tellings: ({ id, name, keys, secret }) => [
    { hook: 'trustKeys', told: { holder: 'agent', id, name, keys: [...keys], secret } },
  ],
  pay: async (order, manner) => posted('/offers', version, sessionOf(order, version), manner),
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
