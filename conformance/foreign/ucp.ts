/** Universal Commerce Protocol: a platform hands over a checkout that is ready, or asks a business for one. */
import { sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import type { Message } from '../../schemas/index.ts'
import { digestOf } from '../target/signature.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'

const handler = 'example.agentic_mobile_protocol.wallet'

/** Signs method, host, path, idempotency key and body, as UCP wants it: without a tag, the key of the platform by its id. */
const signed = async (path: string, content: object, manner: Manner): Promise<ForeignRequest> => {
  const { authority, created, expires, nonce, agent } = manner
  const body = JSON.stringify(content)
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': nonce,
    'content-digest': digestOf(body),
  }
  const message = await httpbis.signMessage(
    {
      name: 'sig1',
      fields: ['@method', '@authority', '@path', 'idempotency-key', 'content-digest', 'content-type'],
      params: ['created', 'expires', 'keyid'],
      paramValues: { created: new Date(created * 1000), expires: new Date(expires * 1000), keyid: agent.kid },
      key: { sign: async (data) => sign(null, data, agent.key) },
    },
    { method: 'POST', url: `https://${authority}${path}`, headers },
  )
  const { Signature: signature = '', 'Signature-Input': input = '' } = message.headers as Record<string, string>
  return { method: 'POST', path, headers: { ...headers, signature, 'signature-input': input }, body }
}

/** The order as a business answers it, with itself in the configuration of the AMP handler. */
const checkoutOf = (
  { total_amount, merchant, goods, reference_checkout_id }: Message<'common/checkout'>,
  version: string,
) => {
  const total = Number(total_amount.value)
  return {
    ucp: {
      version,
      status: 'success',
      capabilities: { 'dev.ucp.shopping.checkout': [{ version }] },
      payment_handlers: {
        [handler]: [
          { id: 'amp', version: '2026-11-20', config: { network: 'https://network.suite.example', merchant } },
        ],
      },
    },
    id: reference_checkout_id,
    status: 'ready_for_complete',
    currency: total_amount.currency,
    line_items: goods.map(({ goods_name }) => ({
      id: 'line-a',
      item: { id: 'item-a', title: goods_name, price: total },
      quantity: 1,
      totals: [{ type: 'total', amount: total }],
    })),
    totals: [
      { type: 'subtotal', amount: total },
      { type: 'total', amount: total },
    ],
    links: [],
  }
}

/** UCP: a message counts for a day at most. */
export const ucp = (version: '2026-04-08' | '2026-08-25'): ForeignProtocol => ({
  protocol: 'ucp',
  version,
  windowMax: 86_400,
  pay: (order, manner) => signed('/offers', checkoutOf(order, version), manner),
  look: (manner) => signed('/ucp/checkout-sessions', { line_items: [{ item: { id: 'item-a' }, quantity: 1 }] }, manner),
})
