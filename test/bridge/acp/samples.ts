/** Generated messages of ACP in all five versions, with their fields counted apart. */
import { createHmac, sign } from 'node:crypto'
import fc from 'fast-check'
import type { Settings } from '../../../bridge/adapter.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { ampPayment } from '../../../bridge/payment-handler.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { canonicalJson } from '../../../schemas/index.ts'
import { everybody } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { flipBit, requestFields } from '../signers.ts'
import { agent, now } from '../tap-agent.ts'

/** What the tests' operator knows: a platform, one that signs too, a merchant of events, a merchant by its account. */
export const secrets = {
  token: 'token-of-a-platform',
  signing: 'token-of-a-platform-that-signs',
  webhook: 'secret of the tea house',
}
export const acpTestSettings: Settings = {
  protocols: {
    acp: {
      clients: [
        { token: secrets.token, agent: 'chat-platform' },
        { token: secrets.signing, agent: 'careful-platform', kid: agent.keyid },
      ],
      webhooks: [{ secret: secrets.webhook, merchant: 'tea-house' }],
    },
  },
  merchants: [
    {
      cardAcceptorId: 'acct_tea_1',
      currency: 'USD',
      merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' },
    },
  ],
}

const plan = fc.record({
  kind: fc.constantFrom('session', 'session', 'session', 'waiting', 'delegate', 'complete', 'request', 'event'),
  way: fc.constantFrom('token', 'signing', 'signing', 'signing', 'none'),
  version: fc.constantFrom('2025-09-29', '2025-12-12', '2026-01-16', '2026-01-30', '2026-04-17'),
  id: fc.stringMatching(/^[a-z][a-z0-9_-]{4,20}$/),
  key: fc.uuid(),
  isTimed: fc.boolean(),
  age: fc.integer({ min: 0, max: 60 }),
  money: fc.record({
    currency: fc.constantFrom('usd', 'jpy', 'kwd'),
    price: fc.integer({ min: 1, max: 9_999_999 }),
    quantity: fc.integer({ min: 1, max: 9 }),
    tax: fc.integer({ min: 0, max: 999 }),
    discount: fc.integer({ min: 0, max: 1 }),
  }),
  ampAt: fc.constantFrom(0, 1),
})
export type AcpPlan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

const otherDeclared = {
  id: 'card',
  name: 'com.example.card',
  version: '2026-01-30',
  config: { merchant_id: 'acct_tea_1', merchant: { note: 'of another handler' } },
}
const ampDeclared = {
  id: 'amp',
  name: ampPayment.name,
  version: '2026-11-20',
  config: {
    network: 'https://network.amp.example',
    merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' },
  },
}

/** A session in the shape of its version, written from the published schemas and apart from the bridge's own code. */
export const acpSession = ({
  version,
  id,
  status = 'ready_for_payment',
  money: { currency, price, quantity, tax, discount },
  ampAt = 0,
}: Pick<AcpPlan, 'version' | 'id' | 'money'> & { status?: string; ampAt?: number }): Record<string, unknown> => {
  const isOlder = version < '2026-01-30'
  const base = price * quantity
  const line = isOlder
    ? {
        id: 'li_1',
        item: { id: 'oolong', quantity },
        base_amount: base,
        discount: 0,
        subtotal: base,
        tax: 0,
        total: base,
      }
    : {
        id: 'li_1',
        item: { id: 'oolong' },
        name: 'Oolong',
        unit_amount: price,
        quantity,
        totals: [{ type: 'total', display_text: 'Total', amount: base }],
      }
  return {
    id,
    ...(version >= '2026-01-30' ? { protocol: { version } } : {}),
    ...(isOlder
      ? {
          payment_provider: {
            provider: 'stripe',
            supported_payment_methods: ['card'],
            merchant_id: 'acct_tea_1',
          },
        }
      : {
          capabilities: {
            payment: { handlers: ampAt === 0 ? [ampDeclared, otherDeclared] : [otherDeclared, ampDeclared] },
          },
        }),
    status,
    currency,
    line_items: [line],
    ...(version === '2025-09-29' ? { fulfillment_option_id: 'option_1' } : {}),
    fulfillment_options: [],
    totals: [
      { type: 'items_base_amount', display_text: 'Items', amount: base },
      ...(discount > 0 ? [{ type: 'discount', display_text: 'Discount', amount: discount }] : []),
      ...(tax > 0 ? [{ type: 'tax', display_text: 'Tax', amount: tax }] : []),
      { type: 'total', display_text: 'Total', amount: base + tax - discount },
    ],
    messages: [],
    links: [{ type: 'terms_of_use', url: 'https://tea.example/terms' }],
    buyer: { email: 'someone@example.com' },
  }
}

const bodyOf = (made: AcpPlan): Record<string, unknown> => {
  const { kind, id, money } = made
  if (kind === 'session') return acpSession(made)
  if (kind === 'waiting') return acpSession({ ...made, status: 'not_ready_for_payment' })
  if (kind === 'request') return { line_items: [{ id: 'oolong' }], currency: 'usd', capabilities: {} }
  if (kind === 'event')
    return {
      type: 'order_create',
      data: { type: 'order', checkout_session_id: id, permalink_url: 'https://tea.example/o/1', status: 'created' },
    }
  if (kind === 'complete')
    return {
      payment_data: { handler_id: 'card', instrument: { type: 'card', credential: { type: 'spt', token: 'vt_1' } } },
    }
  return {
    payment_method: { type: 'amp_wallet', metadata: {} },
    allowance: {
      reason: 'one_time',
      max_amount: money.price,
      currency: money.currency,
      checkout_session_id: id,
      merchant_id: 'acct_tea_1',
      expires_at: '2026-11-20T12:00:00Z',
    },
    risk_signals: [],
    metadata: { source: 'chat' },
  }
}

const paths: Readonly<Record<string, string>> = {
  session: '/offers',
  waiting: '/offers',
  request: '/checkout_sessions',
  event: '/agentic_checkout/webhooks/order_events',
  complete: '/checkout_sessions/s-1/complete',
  delegate: '/agentic_commerce/delegate_payment',
}

const at = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+/, '')

const build = (made: AcpPlan): Sample => {
  const { kind, way, version, key, isTimed, age } = made
  const body = JSON.stringify(bodyOf(made))
  const isEvent = kind === 'event'
  const code = createHmac('sha256', secrets.webhook)
    .update(`${now - age}.${body}`)
    .digest('hex')
  const signature = sign(null, Buffer.from(canonicalJson(JSON.parse(body))), agent.key).toString('base64url')
  const proof: Record<string, string> = isEvent
    ? { 'merchant-signature': `t=${now - age},v1=${code}` }
    : {
        'idempotency-key': key,
        ...(way === 'none' ? {} : { authorization: `Bearer ${secrets[way as 'token']}` }),
        ...(way === 'signing' ? { signature } : {}),
        ...(isTimed ? { timestamp: at(now - age) } : {}),
      }
  const message: TapRequest = {
    method: 'POST',
    url: `https://bridge.example${paths[kind]}`,
    headers: { 'content-type': 'application/json', 'api-version': version, ...proof },
    body,
  }
  const headers = way === 'signing' && !isEvent ? [['header/signature', signature] as const] : []
  return {
    message,
    identityOnly: way === 'none' || !['session', 'delegate'].includes(kind),
    context: (more) => everybody(acpTestSettings, more),
    fields: new Map<string, unknown>([...requestFields(message), ...headers]),
  }
}

/** One message of a kind; what is not said is plain. */
export const acpSample = (made: Partial<AcpPlan>): Sample =>
  build({
    kind: 'session',
    way: 'token',
    version: '2026-04-17',
    id: 'session-1',
    key: '550e8400-e29b-41d4-a716-446655440000',
    isTimed: true,
    age: 10,
    money: { currency: 'usd', price: 1_250, quantity: 2, tax: 0, discount: 0 },
    ampAt: 0,
    ...made,
  })

const when = (is: (sample: Sample) => boolean, each: Tampering): Tampering => ({
  ...each,
  apply: (sample, pick) => (is(sample) ? each.apply(sample, pick) : undefined),
})
const isKnown = ({ fields }: Sample): boolean => fields.has('header/authorization')
const isSigned = ({ fields }: Sample): boolean => fields.has('header/signature')
const isTimed = (sample: Sample): boolean => isKnown(sample) && sample.fields.has('header/timestamp')
const withHeader = ({ message }: Sample, name: string, change: (value: string) => string) => ({
  message: { ...message, headers: { ...message.headers, [name]: change(message.headers[name] ?? '') } },
})
const timeOf = ({ fields }: Sample): number => Date.parse(String(fields.get('header/timestamp'))) / 1000

export const acpSamples: SampleSource = {
  sometimesReplays: true,
  valid: plan.map((made) => async () => build(made)),
  tamperings: [
    when(isKnown, {
      name: 'the token',
      code: 'foreign-agent-unknown',
      apply: (sample) => withHeader(sample, 'authorization', (text) => `${text}x`),
    }),
    when(isKnown, {
      name: 'who is known',
      code: 'foreign-agent-unknown',
      apply: () => ({ context: { settings: {} } }),
    }),
    when(isKnown, {
      name: 'room in the nonce store',
      code: 'directory-unavailable',
      apply: () => ({ context: { nonces: memoryNonces(0) } }),
    }),
    when(isSigned, {
      name: 'one bit of the signature',
      code: 'foreign-signature-invalid',
      apply: (sample, pick) =>
        withHeader(sample, 'signature', (text) => Buffer.from(flipBit(text, pick), 'base64').toString('base64url')),
    }),
    when(isTimed, {
      name: 'the time, to long after it was made',
      code: 'foreign-expired',
      apply: (sample) => ({ context: { now: timeOf(sample) + 300 } }),
    }),
    when(isTimed, {
      name: 'the time, to long before it was made',
      code: 'foreign-not-yet-valid',
      apply: (sample) => ({ context: { now: timeOf(sample) - 61 } }),
    }),
    {
      name: 'the version, to one nobody speaks',
      code: 'foreign-wire-form-unsupported',
      apply: (sample) => withHeader(sample, 'api-version', () => '2026-01-22'),
    },
  ],
}
