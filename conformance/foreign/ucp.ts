/** Universal Commerce Protocol: a platform hands over a checkout that is ready, or asks a business for one. */
import { sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import type { Message } from '../../schemas/index.ts'
import { digestOf } from '../target/signature.ts'
import { flippedBytes } from './jws.ts'
import type { ForeignProtocol, ForeignRequest, Manner } from './protocol.ts'
import { otherBody } from './signed-request.ts'

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

/** Signs the body alone, by a JWS without it in a header, as UCP wanted it at first. */
const signedDetached = (path: string, content: object, { agent }: Manner): ForeignRequest => {
  const body = JSON.stringify(content)
  const part = (text: string): string => Buffer.from(text).toString('base64url')
  const header = part(JSON.stringify({ alg: 'ES256', kid: agent.es256.kid }))
  const { key } = agent.es256
  const signature = sign('sha256', Buffer.from(`${header}.${part(body)}`), { key, dsaEncoding: 'ieee-p1363' })
  const headers = {
    'content-type': 'application/json',
    'request-signature': `${header}..${signature.toString('base64url')}`,
  }
  return { method: 'POST', path, headers, body }
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

/** UCP before 2026-04-08: a signature says neither when it was made nor whom it is for. */
export const earlyUcp: ForeignProtocol = {
  protocol: 'ucp',
  version: '2026-01-23',
  lacks: ['host', 'time'],
  pay: async (order, manner) => signedDetached('/offers', checkoutOf(order, '2026-01-23'), manner),
  look: async (manner) => {
    // Without a time, what is signed has to differ for one message not to be another that comes again.
    const content = { line_items: [{ item: { id: `item-${manner.nonce}` }, quantity: 1 }] }
    return signedDetached('/ucp/checkout-sessions', content, manner)
  },
  forgeries: (request, bit) => {
    const [header, signature = ''] = (request.headers['request-signature'] ?? '').split('..')
    const flipped = `${header}..${flippedBytes(signature, bit, 'base64url')}`
    return [{ ...request, headers: { ...request.headers, 'request-signature': flipped } }, otherBody(request)] as const
  },
}
