/** Generated messages of UCP, in every version and every way of signing, with their fields counted apart. */
import fc from 'fast-check'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { ampPayment } from '../../../bridge/payment-handler.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { directoryOf, everybody, type Party, ucpBotPlatform, ucpPlatform } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { flipBit, leaves, requestFields, signatureFields } from '../signers.ts'
import { now } from '../tap-agent.ts'
import { bodySigned, checkoutMandate, merchantAuthorization, ucpSigned } from './parties.ts'

const money = fc.record({
  currency: fc.constantFrom('USD', 'JPY', 'KWD'),
  price: fc.integer({ min: 1, max: 9_999_999 }),
  quantity: fc.integer({ min: 1, max: 9 }),
  tax: fc.integer({ min: 0, max: 999 }),
  discount: fc.integer({ min: 0, max: 1 }),
})

const plan = fc.record({
  kind: fc.constantFrom('checkout', 'checkout', 'checkout', 'mandate', 'complete', 'request', 'order', 'waiting'),
  way: fc.constantFrom('es256', 'es256', 'ed25519', 'detached', 'none'),
  version: fc.constantFrom('2026-01-23', '2026-04-08', '2026-08-25'),
  id: fc.stringMatching(/^[a-z][a-z0-9_-]{4,20}$/),
  key: fc.uuid(),
  age: fc.option(fc.integer({ min: 0, max: 60 })),
  money,
  isAuthorized: fc.boolean(),
  isEnveloped: fc.constantFrom(false, false, false, true),
  isChain: fc.boolean(),
  isMerchantJwt: fc.boolean(),
  intent: fc.option(fc.stringMatching(/^[e-o ]{4,20}[e-o]$/)),
  mcc: fc.constantFrom('5499', '5812'),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

/** A UCP checkout, written from the published schema and apart from the bridge's own code. */
export const ucpCheckout = ({
  version,
  id,
  status = 'ready_for_complete',
  money: { currency, price, quantity, tax, discount },
  intent = null,
  mcc = '5499',
}: Pick<Plan, 'version' | 'id' | 'money'> & Partial<Pick<Plan, 'intent' | 'mcc'>> & { status?: string }) => ({
  ucp: {
    version,
    status: 'success',
    capabilities: { 'dev.ucp.shopping.checkout': [{ version }] },
    payment_handlers: {
      [ampPayment.name]: [
        {
          id: 'amp',
          version: '2026-11-20',
          config: {
            network: 'https://network.amp.example',
            merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: mcc },
          },
        },
      ],
      'com.example.other': [{ id: 'other', version }],
    },
  },
  id,
  status,
  currency,
  line_items: [
    {
      id: 'li_1',
      item: { id: 'item_1', title: 'Oolong', price },
      quantity,
      totals: [
        { type: 'subtotal', amount: price * quantity },
        { type: 'total', amount: price * quantity },
      ],
    },
  ],
  totals: [
    { type: 'subtotal', amount: price * quantity },
    ...(tax > 0 ? [{ type: 'tax', display_text: 'Tax', amount: tax }] : []),
    ...(discount > 0 ? [{ type: 'discount', amount: -discount }] : []),
    { type: 'total', amount: price * quantity + tax - discount },
  ],
  links: [{ type: 'terms_of_service', url: 'https://tea.example/terms' }],
  continue_url: 'https://tea.example/continue',
  buyer: { email: 'someone@example.com' },
  ...(intent === null ? {} : { context: { intent, address_country: 'US' } }),
})

const orderOf = ({ version, id }: Plan) => ({
  ucp: { version, capabilities: { 'dev.ucp.shopping.order': [{ version }] } },
  id: 'order-1',
  checkout_id: id,
  permalink_url: 'https://tea.example/orders/1',
  currency: 'USD',
  line_items: [],
  fulfillment: { events: [] },
  totals: [],
})

const partyOf = ({ way }: Plan): Party => (way === 'ed25519' ? ucpBotPlatform : ucpPlatform)

type Content = { readonly path: string; readonly body: unknown; readonly embedded?: unknown }

const instruments = [{ id: 'pi_1', handler_id: 'other', type: 'card', credential: { type: 'opaque', token: 'tok_1' } }]

const contentOf = async (made: Plan): Promise<Content> => {
  const { kind, id, isAuthorized, isEnveloped, isChain, isMerchantJwt } = made
  const base = `/ucp/v1/checkout-sessions`
  if (kind === 'request') return { path: base, body: { line_items: [{ item: { id: 'item_1' }, quantity: 1 }] } }
  if (kind === 'order') return { path: '/webhooks/orders', body: orderOf(made) }
  if (kind === 'complete') return { path: `${base}/${id}/complete`, body: { payment: { instruments } } }
  const checkout: Record<string, unknown> = ucpCheckout({
    ...made,
    ...(kind === 'waiting' ? { status: 'incomplete' } : {}),
  })
  if (isAuthorized) checkout.ap2 = { merchant_authorization: await merchantAuthorization(checkout) }
  if (kind !== 'mandate') {
    const answer = { jsonrpc: '2.0', id: 1, result: { structuredContent: checkout, content: [] } }
    return { path: isEnveloped ? '/mcp' : '/offers', body: isEnveloped ? answer : checkout }
  }
  const mandate = checkoutMandate(checkout, { isChain, isMerchantJwt })
  const body = { payment: { instruments }, ap2: { checkout_mandate: mandate } }
  return { path: `${base}/${id}/complete`, body, embedded: checkout }
}

const build = async (made: Plan): Promise<Sample> => {
  const { way, key, age, kind } = made
  const { path, body, embedded } = await contentOf(made)
  const party = partyOf(made)
  const plain: TapRequest = {
    method: 'POST',
    url: `https://bridge.example${path}`,
    headers: {
      'content-type': 'application/json',
      'ucp-agent': `profile="${party.issuer}"`,
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  }
  const isHttp = way === 'es256' || way === 'ed25519'
  const message =
    way === 'none'
      ? plain
      : isHttp
        ? await ucpSigned(plain, party, age === null ? undefined : now - age)
        : await bodySigned(plain, party)
  return {
    message,
    identityOnly: way === 'none' || (kind !== 'checkout' && kind !== 'mandate'),
    context: (more) => everybody({}, more),
    fields: new Map<string, unknown>([
      ...requestFields(message),
      ...(isHttp ? signatureFields(message) : []),
      ...(embedded === undefined ? [] : leaves(embedded, 'mandate/checkout')),
    ]),
  }
}

/** One message of a kind, signed one way; what is not said is plain. */
export const ucpSample = (made: Partial<Plan>): Promise<Sample> =>
  build({
    kind: 'checkout',
    way: 'es256',
    version: '2026-08-25',
    id: 'session-1',
    key: '550e8400-e29b-41d4-a716-446655440000',
    age: 10,
    money: { currency: 'USD', price: 1_250, quantity: 2, tax: 0, discount: 0 },
    isAuthorized: false,
    isEnveloped: false,
    isChain: false,
    isMerchantJwt: false,
    intent: null,
    mcc: '5499',
    ...made,
  })

const has = (name: string, each: Tampering): Tampering => ({
  ...each,
  apply: (sample, pick) => (sample.fields.has(name) ? each.apply(sample, pick) : undefined),
})
const signed = (each: Tampering): Tampering => has('signature/keyid', each)
const issuerOf = ({ message }: Sample): string =>
  /profile="([^"]+)"/.exec(message.headers['ucp-agent'] ?? '')?.[1] ?? ''
const down = () => Promise.reject(new Error('down'))

const withHeader = ({ message }: Sample, name: string, change: (value: string) => string) => ({
  message: { ...message, headers: { ...message.headers, [name]: change(message.headers[name] ?? '') } },
})
const withBody = ({ message }: Sample, change: (body: string) => string) => ({
  message: { ...message, body: change(message.body ?? '') },
})

export const ucpSamples: SampleSource = {
  sometimesReplays: true,
  valid: plan.map((made) => () => build(made)),
  tamperings: [
    has('signature/created', {
      name: 'the time, to a day after the start',
      code: 'foreign-expired',
      apply: ({ fields }) => ({ context: { now: Number(fields.get('signature/created')) + 86_400 } }),
    }),
    has('signature/created', {
      name: 'the time, to long before the start',
      code: 'foreign-not-yet-valid',
      apply: ({ fields }) => ({ context: { now: Number(fields.get('signature/created')) - 61 } }),
    }),
    ...[
      {
        name: 'who is known',
        code: 'foreign-agent-unknown',
        apply: (sample: Sample) => ({ context: { directory: directoryOf(issuerOf(sample)) } }),
      },
      {
        name: 'the directory, which is down',
        code: 'directory-unavailable',
        apply: () => ({ context: { directory: { name: 'test-directory', find: down, findIssuer: down } } }),
      },
      {
        name: 'room in the nonce store',
        code: 'directory-unavailable',
        apply: () => ({ context: { nonces: memoryNonces(0) } }),
      },
      {
        name: 'the profile it says it has',
        code: 'foreign-agent-unknown',
        apply: (sample: Sample) => withHeader(sample, 'ucp-agent', (text) => text.replace('platform', 'evil')),
      },
    ].map(signed),
    signed({
      name: 'one bit of the signature',
      code: 'foreign-signature-invalid',
      apply: (sample, pick) =>
        withHeader(sample, 'signature', (text) => text.replace(/:(.+):/, (_, bytes) => `:${flipBit(bytes, pick)}:`)),
    }),
    signed({
      name: 'the body under the signed digest',
      code: 'foreign-object-mismatch',
      apply: (sample) => withBody(sample, (body) => `${body} `),
    }),
    signed({
      name: 'the host',
      code: 'foreign-signature-invalid',
      apply: ({ message }) => ({ message: { ...message, url: message.url.replace('bridge.', 'bridges.') } }),
    }),
    signed({
      name: 'the idempotency key',
      code: 'foreign-signature-invalid',
      // Still a UUID: a digit more may make the number of a card of its end, and is refused for that first.
      apply: (sample) =>
        withHeader(sample, 'idempotency-key', (text) => text.replace(/.$/, (last) => (last === '7' ? '8' : '7'))),
    }),
    signed({
      name: 'what is covered, the profile no more',
      code: 'foreign-fields-missing',
      apply: (sample) => withHeader(sample, 'signature-input', (text) => text.replace(' "ucp-agent"', '')),
    }),
    {
      name: 'the version, to one nobody speaks',
      code: 'foreign-wire-form-unsupported',
      apply: (sample) =>
        sample.fields.has('body/ucp/version')
          ? withBody(sample, (body) =>
              body.replace(/"version":"2026-0\d-\d\d","status"/, '"version":"2026-02-02","status"'),
            ).message.body === sample.message.body
            ? undefined
            : withBody(sample, (body) =>
                body.replace(/"version":"2026-0\d-\d\d","status"/, '"version":"2026-02-02","status"'),
              )
          : undefined,
    },
  ],
}
