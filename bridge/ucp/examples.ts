/** Examples of UCP for the playground: a checkout handed over, a completion, and both ways out. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import { ampPayment } from '../payment-handler.ts'
import type { Example } from '../playground/examples.ts'
import { authorizeCheckout } from './merchant-authorization.ts'
import { signUcpRequest } from './signature.ts'

const profile = 'https://platform.example/profile'
const shop = 'https://tea.example'

const offer = (): JsonObject => ({
  ucp: {
    version: '2026-08-25',
    payment_handlers: {
      [ampPayment.name]: [
        {
          id: 'amp',
          version: ampPayment.version,
          config: {
            network: 'https://network.amp.example',
            merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' },
          },
        },
      ],
    },
  },
  id: 'session-1',
  status: 'ready_for_complete',
  currency: 'USD',
  line_items: [{ id: 'line-1', item: { id: 'oolong', title: 'Oolong', price: 1_250 }, quantity: 1, totals: [] }],
  totals: [
    { type: 'subtotal', amount: 1_250 },
    { type: 'tax', display_text: 'Tax', amount: 100 },
    { type: 'total', amount: 1_350 },
  ],
  links: [{ type: 'terms_of_service', url: `${shop}/terms` }],
})

/** Makes the examples anew; `mandate` is one that is activated. Times are epoch seconds. */
export const ucpExamples = async (now: number, mandate: object): Promise<readonly Example[]> => {
  const [platform, business] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  if (!platform || !business) return []
  const jwk = (key: typeof platform, kid: string) => ({ ...key.publicKey.export({ format: 'jwk' }), kid })
  const keys = {
    keys: [],
    issuers: {
      [profile]: { keys: [jwk(platform, 'platform-1')] },
      [shop]: { keys: [jwk(business, 'business-1')] },
    },
  }
  const send = (path: string, body: unknown) =>
    signUcpRequest(
      {
        method: 'POST',
        url: `https://bridge.example${path}`,
        headers: {
          'content-type': 'application/json',
          'ucp-agent': `profile="${profile}"`,
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify(body),
      },
      { kid: 'platform-1', key: platform.privateKey },
      { created: now },
    )
  const instrument = { id: 'pi_1', handler_id: 'other', type: 'card', credential: { type: 'opaque', token: 'tok_1' } }
  const same = { protocol: 'ucp', keys, settings: {}, now }
  const layer = 'eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln~'
  return [
    {
      ...same,
      title: 'a checkout its business signed',
      direction: 'in',
      input: await send('/offers', authorizeCheckout(offer(), { kid: 'business-1', key: business.privateKey })),
    },
    {
      ...same,
      title: 'a completion on another rail',
      direction: 'in',
      input: await send('/checkout-sessions/session-1/complete', { payment: { instruments: [instrument] } }),
    },
    {
      ...same,
      title: 'a mandate completes a session',
      direction: 'out',
      input: {
        kind: 'mandate',
        value: mandate,
        given: {
          checkoutId: 'session-1',
          handlerId: 'amp',
          profile,
          idempotencyKey: randomUUID(),
          token: '28100023abcdefghijklmnopqr',
          assurance: { identity: layer, mandate: layer, tokenRequest: layer },
        },
      },
    },
  ]
}
