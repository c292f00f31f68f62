/** Examples of ACP for the playground: a session handed over, an event, and both ways out. */
import { randomUUID } from 'node:crypto'
import { ampPayment } from '../payment-handler.ts'
import type { Example } from '../playground/examples.ts'
import { handlerDeclaration } from './session.ts'
import { acpNewest } from './versions.ts'
import { signEvent } from './webhook.ts'

const shop = 'https://tea.example'
const token = `example-${randomUUID()}`
const secret = `example-${randomUUID()}`
const merchant = { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' }

const session = {
  id: 'session-1',
  protocol: { version: acpNewest },
  capabilities: {
    payment: { handlers: [handlerDeclaration('amp', { network: 'https://network.amp.example', merchant })] },
  },
  status: 'ready_for_payment',
  currency: 'usd',
  line_items: [{ id: 'line-1', item: { id: 'oolong' }, name: 'Oolong', unit_amount: 1_250, quantity: 1, totals: [] }],
  fulfillment_options: [],
  totals: [
    { type: 'subtotal', display_text: 'Subtotal', amount: 1_250 },
    { type: 'tax', display_text: 'Tax', amount: 100 },
    { type: 'total', display_text: 'Total', amount: 1_350 },
  ],
  messages: [],
  links: [{ type: 'terms_of_use', url: `${shop}/terms` }],
}

/** Makes the examples anew; `mandate` is one that is activated. Times are epoch seconds. */
export const acpExamples = (now: number, mandate: object): readonly Example[] => {
  const settings = {
    protocols: {
      acp: { clients: [{ token, agent: 'chat-platform' }], webhooks: [{ secret, merchant: 'tea-house' }] },
    },
  }
  const same = { protocol: 'acp', keys: { keys: [] }, settings, now }
  const post = (path: string, body: string, headers: Record<string, string>) => ({
    method: 'POST',
    url: `https://bridge.example${path}`,
    headers: { 'content-type': 'application/json', 'api-version': acpNewest, ...headers },
    body,
  })
  const event = JSON.stringify({
    type: 'order_create',
    data: {
      type: 'order',
      id: 'order-1',
      checkout_session_id: 'session-1',
      permalink_url: `${shop}/orders/1`,
      status: 'created',
    },
  })
  return [
    {
      ...same,
      title: 'a session that takes AMP wallets',
      direction: 'in',
      input: post('/offers', JSON.stringify(session), {
        authorization: `Bearer ${token}`,
        'idempotency-key': randomUUID(),
      }),
    },
    {
      ...same,
      title: 'an order event its merchant signed',
      direction: 'in',
      input: post('/agentic_checkout/webhooks/order_events', event, {
        'merchant-signature': signEvent(event, secret, now),
      }),
    },
    {
      ...same,
      title: `a mandate is delegated to ${ampPayment.instrument}`,
      direction: 'out',
      input: {
        kind: 'mandate',
        value: mandate,
        given: {
          delegates: true,
          checkoutId: 'session-1',
          merchantId: 'tea-house',
          idempotencyKey: randomUUID(),
        },
      },
    },
  ]
}
