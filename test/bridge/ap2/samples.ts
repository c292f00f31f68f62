/** Generated messages of AP2 0.2 and 0.1, bare and in envelopes of A2A 0.3 and 1.0, with their fields counted apart. */
import fc from 'fast-check'
import { staticDirectory } from '../../../bridge/keys.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { directoryOf } from '../parties.ts'
import type { Sample, SampleSource, Tampering } from '../samples.ts'
import { flipJws, hashOf, jwkOf, jws, leaves, requestFields } from '../signers.ts'
import { contextOf, now } from '../tap-agent.ts'
import {
  agentKey,
  bank,
  books,
  cnfOf,
  join,
  type MadeHop,
  nextOf,
  orderOf,
  presentationOf,
  processor,
  provider,
  rootOf,
  secondAgent,
  shop,
  tea,
} from './chains.ts'

/** A directory in which everybody of AP2 is known. */
export const ap2Directory = staticDirectory(
  {
    keys: [{ ...jwkOf(provider.key, { kid: provider.kid }), agent: { id: provider.issuer } }],
    issuers: Object.fromEntries(
      [provider, bank, shop, processor].map(({ issuer, kid, key }) => [issuer, { keys: [jwkOf(key, { kid })] }]),
    ),
  },
  { name: 'test-directory' },
)

/** A context in which everybody is known; `settings` are those of the adapter. */
export const ap2Context = (settings: object = {}, more: object = {}) =>
  contextOf({ protocols: { ap2: settings as never } }, { directory: ap2Directory, ...more })

/** What a message is made of. */
const plan = fc.record({
  kind: fc.constantFrom(
    'open',
    'open-checkout',
    'executed',
    'handed-on',
    'payment',
    'presented',
    'receipt',
    'intent',
    'cart',
    'paid-cart',
    'card',
  ),
  envelope: fc.constantFrom('none', '0.3', '1.0', 'rpc'),
  cents: fc.integer({ min: 1, max: 9_999_999 }),
  quantity: fc.integer({ min: 1, max: 5 }),
  nonce: fc.stringMatching(/^[A-Za-z0-9_-]{8,30}$/),
  named: fc.boolean(),
  often: fc.boolean(),
  link: fc.constantFrom('sd_hash', 'issuer_jwt_hash'),
  words: fc.stringMatching(/^[e-o][e-o ]{3,20}$/),
  age: fc.integer({ min: 0, max: 60 }),
})
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never

/** Data of a message, and the fields of what in it is not plain text. */
type Made = {
  readonly data: Readonly<Record<string, unknown>>
  readonly fields: readonly (readonly [string, unknown])[]
  readonly isBody?: boolean
}

const hopFields = (family: string, hops: readonly MadeHop[]): [string, unknown][] =>
  hops.flatMap(({ said: { header, claims, hasDigests } }, index): [string, unknown][] => [
    ...leaves(header, `${family}/${index}/header`).map(([path, value]): [string, unknown] => [path, value]),
    ...leaves(claims, `${family}/${index}/claims`).map(([path, value]): [string, unknown] => [path, value]),
    ...(hasDigests ? ([[`${family}/${index}/digests`, undefined]] as [string, unknown][]) : []),
    [`${family}/${index}/signature`, undefined],
  ])

const orderFields = ({ header, claims }: ReturnType<typeof orderOf>): [string, unknown][] => [
  ...leaves(header, 'order/header').map(([path, value]): [string, unknown] => [path, value]),
  ...leaves(claims, 'order/claims').map(([path, value]): [string, unknown] => [path, value]),
  ['order/signature', undefined],
]

const checkoutKey = 'ap2.mandates.CheckoutMandateSdJwt'
const paymentKey = 'ap2.mandates.PaymentMandateSdJwt'
const instrument = { id: 'mandate-1', type: 'amp', description: 'a wallet' }

const openPair = ({ cents, quantity, named, often, age }: Plan, isBought: boolean) => {
  const times = { iat: now - 60 - age, exp: now + 3_600 }
  const checkout = rootOf(
    {
      vct: 'mandate.checkout.open.1',
      constraints: [
        {
          type: 'checkout.line_items',
          items: [
            {
              id: 'any',
              acceptable_items: [
                { id: 'oolong', title: 'Oolong' },
                { id: 'sencha', title: 'Sencha' },
              ],
              quantity,
            },
            { id: 'gift', acceptable_items: [{ id: 'sencha', title: 'Sencha' }], quantity: 1 },
          ],
        },
        { type: 'checkout.allowed_merchants', allowed: [tea, books] },
      ],
      cnf: cnfOf(agentKey),
      ...times,
    },
    { named },
  )
  const total = cents * (quantity + 1)
  const payment = rootOf(
    {
      vct: 'mandate.payment.open.1',
      constraints: [
        { type: 'payment.amount_range', currency: 'JPY', max: total + 100, min: 1 },
        { type: 'payment.allowed_payees', allowed: [books, tea] },
        { type: 'payment.reference', conditional_transaction_id: hashOf(checkout.text) },
        ...(often
          ? [
              { type: 'payment.budget', currency: 'JPY', max: total * 3 },
              { type: 'payment.agent_recurrence', frequency: 'WEEKLY', max_occurrences: 3 },
            ]
          : []),
        { type: 'payment.execution_date', not_before: '2026-11-01', not_after: '2026-12-31' },
        { type: 'payment.allowed_payment_instruments', allowed: [instrument, { id: 'card-1', type: 'card' }] },
        ...(isBought
          ? [
              {
                type: 'payment.allowed_pisps',
                allowed: [{ legal_name: 'P Ltd', brand_name: 'P', domain_name: 'p.example' }],
              },
            ]
          : []),
      ],
      cnf: cnfOf(agentKey),
      ...times,
      risk_data: { device: 'phone' },
    },
    { named },
  )
  return { checkout, payment }
}

const bought = ({ cents, quantity }: Plan) =>
  orderOf({
    id: 'order-1',
    currency: 'JPY',
    lines: [
      { item: 'sencha', price: cents, quantity: 1 },
      { item: 'oolong', price: cents, quantity },
    ],
  })

const closedPayment = (order: ReturnType<typeof orderOf>, more: object = {}) => ({
  vct: 'mandate.payment.1',
  transaction_id: order.hash,
  payee: tea,
  payment_amount: { amount: order.total, currency: 'JPY' },
  payment_instrument: instrument,
  ...more,
})

const closedCheckout = (order: ReturnType<typeof orderOf>) => ({
  vct: 'mandate.checkout.1',
  checkout_jwt: order.text,
  checkout_hash: order.hash,
})

const pisp = {
  pisp: { legal_name: 'P Ltd', brand_name: 'P', domain_name: 'p.example' },
  risk_data: { device: 'phone' },
}

const executed = (made: Plan): Made => {
  const { checkout, payment } = openPair(made, true)
  const order = bought(made)
  const { nonce, link } = made
  const boughtHop = nextOf(checkout, agentKey, closedCheckout(order), { aud: 'merchant', nonce: `${nonce}-a`, link })
  const paidHop = nextOf(payment, agentKey, closedPayment(order, pisp), { aud: 'provider', nonce: `${nonce}-b`, link })
  return {
    data: { [checkoutKey]: join(checkout, boughtHop), [paymentKey]: join(payment, paidHop) },
    fields: [
      ...hopFields('checkout', [checkout, boughtHop]),
      ...hopFields('payment', [payment, paidHop]),
      ...orderFields(order),
    ],
  }
}

const paymentOnly = (made: Plan, isHandedOn: boolean): Made => {
  const { nonce, link, cents } = made
  const order = bought(made)
  const range = { type: 'payment.amount_range', currency: 'JPY', max: order.total }
  const root = rootOf(
    {
      vct: 'mandate.payment.open.1',
      constraints: [range],
      cnf: cnfOf(agentKey),
      iat: now - 60,
      exp: now + 900,
      payee: tea,
    },
    { named: made.named },
  )
  const next = {
    vct: 'mandate.payment.open.1',
    constraints: [{ type: 'payment.allowed_payees', allowed: [tea] }],
    cnf: cnfOf(secondAgent),
    exp: now + 600 + (cents % 100),
  }
  const middle = nextOf(root, agentKey, next, { aud: 'second', nonce: `${nonce}-a`, link })
  const hops = isHandedOn
    ? [root, middle, nextOf(middle, secondAgent, closedPayment(order), { aud: 'provider', nonce, link })]
    : [root, nextOf(root, agentKey, closedPayment(order), { aud: 'provider', nonce, link })]
  return { data: { [paymentKey]: join(...hops) }, fields: hopFields('payment', hops) }
}

const presented = (made: Plan): Made => {
  const order = bought(made)
  const both = [closedCheckout(order), closedPayment(order)]
  const { text, hops } = presentationOf(both, made.nonce)
  const own = (family: string, index: number) =>
    hopFields(family, hops).filter(
      ([path]) => !path.includes('/delegate_payload/') || path.includes(`/delegate_payload/${index}/`),
    )
  return {
    data: { [made.often ? checkoutKey : paymentKey]: text },
    fields: [...own('checkout', 0), ...own('payment', 1), ...orderFields(order)],
  }
}

const receipt = (made: Plan): Made => {
  const chain = paymentOnly(made, false)
  const text = String(chain.data[paymentKey])
  const last = text.split('~~').at(-1) ?? ''
  const reference = made.named ? hashOf(last) : hashOf(last.split('~')[0] ?? '')
  const header = { alg: 'ES256', typ: 'JWT', kid: processor.kid }
  const claims = {
    status: made.often ? 'Success' : 'Error',
    iss: processor.issuer,
    iat: now - 2,
    reference,
    payment_id: made.nonce,
    ...(made.often
      ? { psp_confirmation_id: 'psp-1', network_confirmation_id: 'network-1' }
      : { error: 'declined', error_description: 'not today' }),
  }
  const { alg, ...rest } = header
  const isAlone = made.quantity > 2
  return {
    data: { ...(isAlone ? {} : chain.data), 'ap2.PaymentReceipt': jws(rest, claims, processor.key) },
    fields: [
      ...(isAlone ? [] : chain.fields),
      ...leaves({ ...rest, alg }, 'payment-receipt/header'),
      ...leaves(claims, 'payment-receipt/claims'),
      ['payment-receipt/signature', undefined],
    ],
  }
}

const plainIntent = ({ words, often }: Plan) => ({
  natural_language_description: words,
  user_cart_confirmation_required: often,
  merchants: ['Tea House'],
  skus: ['oolong'],
  requires_refundability: true,
  intent_expiry: '2026-12-31T00:00:00Z',
})

const major = (cents: number): number => Number((cents / 1000).toFixed(3))

const plainCart = ({ cents, nonce }: Plan, isSigned: boolean) => {
  const amount = { currency: 'KWD', value: major(cents) }
  const contents = {
    id: 'cart-1',
    user_signature_required: false,
    payment_request: {
      method_data: [{ supported_methods: 'amp' }],
      details: { id: 'order-1', displayItems: [{ label: 'Oolong', amount }], total: { label: 'Total', amount } },
      options: { requestPayerName: false },
    },
    merchant_name: 'Tea House',
    cart_expiry: '2026-12-31T00:00:00Z',
  }
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([k, v]) => [k, sorted(v)]),
          )
        : value
  const claims = {
    iss: shop.issuer,
    iat: now,
    exp: now + 600,
    jti: nonce,
    cart_hash: hashOf(JSON.stringify(sorted(contents))),
  }
  const authorization = isSigned ? jws({ kid: shop.kid }, claims, shop.key) : 'sig_placeholder'
  return { contents, merchant_authorization: authorization }
}

const plainPayment = ({ cents }: Plan) => ({
  payment_mandate_contents: {
    payment_mandate_id: 'pm-1',
    payment_details_id: 'order-1',
    payment_details_total: { label: 'Total', amount: { currency: 'KWD', value: major(cents) } },
    merchant_agent: 'TeaAgent',
    timestamp: '2026-11-20T10:00:00Z',
  },
  user_authorization: 'cart_payment',
})

const below = (value: unknown, name: string) => leaves(value, name)

const makers: Readonly<Record<Plan['kind'], (made: Plan) => Made>> = {
  open: (made) => {
    const { checkout, payment } = openPair(made, false)
    return {
      data: { [checkoutKey]: checkout.text, [paymentKey]: payment.text },
      fields: [...hopFields('checkout', [checkout]), ...hopFields('payment', [payment])],
    }
  },
  'open-checkout': (made) => {
    const { checkout } = openPair(made, false)
    return { data: { [checkoutKey]: checkout.text }, fields: hopFields('checkout', [checkout]) }
  },
  executed,
  'handed-on': (made) => paymentOnly(made, true),
  payment: (made) => paymentOnly(made, false),
  presented,
  receipt,
  intent: (made) => {
    const intent = plainIntent(made)
    return { data: { 'ap2.mandates.IntentMandate': intent }, fields: below(intent, 'intent') }
  },
  cart: (made) => {
    const cart = plainCart(made, made.named)
    return { data: { 'ap2.mandates.CartMandate': cart }, fields: below(cart, 'cart') }
  },
  'paid-cart': (made) => {
    const [cart, payment] = [plainCart(made, made.named), plainPayment(made)]
    return {
      data: { 'ap2.mandates.CartMandate': cart, 'ap2.mandates.PaymentMandate': payment },
      fields: [...below(cart, 'cart'), ...below(payment, 'payment-contents')],
    }
  },
  card: ({ words }) => ({
    data: {
      name: words,
      url: 'https://agent.example/a2a',
      capabilities: {
        extensions: [
          { uri: 'https://github.com/google-agentic-commerce/ap2/v1', params: { roles: ['shopper', 'guest'] } },
        ],
      },
      skills: [{ id: 'shop' }],
    },
    fields: [],
    isBody: true,
  }),
}

const wrapped = (
  envelope: Plan['envelope'],
  data: Readonly<Record<string, unknown>>,
): { readonly body: unknown; readonly at: string } => {
  const parts =
    envelope === '1.0'
      ? [{ text: 'here' }, { data }]
      : [
          { kind: 'text', text: 'here' },
          { kind: 'data', data },
        ]
  const message = { messageId: 'message-1', role: envelope === '1.0' ? 'ROLE_USER' : 'user', parts }
  if (envelope === 'none') return { body: { ...data, shopping_agent_id: 'tea-agent' }, at: 'body' }
  if (envelope === 'rpc')
    return {
      body: { jsonrpc: '2.0', id: 1, method: 'message/send', params: { message } },
      at: 'body/params/message/parts/1/data',
    }
  return { body: message, at: 'body/parts/1/data' }
}

type Ap2Sample = Sample & { readonly kind: Plan['kind']; readonly isSigned: boolean; readonly settings: object }

const settings = { intentBudget: { currency: 'KWD', amount: '12.345' } }

/** A message of a plan. */
const build = (made: Plan): Ap2Sample => {
  const { data, fields, isBody } = makers[made.kind](made)
  const { body, at } = isBody ? { body: data, at: '' } : wrapped(made.envelope, data)
  const message = {
    method: 'POST',
    url: 'https://merchant.example/a2a',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  const own = Object.keys(data).map((key) => `${at}/${key}`)
  const plain = requestFields(message).filter(
    ([name]) => isBody || !own.some((path) => name === path || name.startsWith(`${path}/`)),
  )
  return {
    message,
    kind: made.kind,
    settings,
    isSigned: !['intent', 'card'].includes(made.kind) && (!/cart/.test(made.kind) || made.named),
    identityOnly: ['open-checkout', 'receipt', 'card'].includes(made.kind) || (made.kind === 'intent' && made.often),
    context: (more) => ap2Context(settings, more),
    fields: new Map<string, unknown>([...plain, ...fields]),
  }
}

/** Changes one data string, wherever the envelope put it. */
const inData = (sample: Sample, key: string, change: (text: string) => string | undefined) => {
  let isChanged = false
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const changed = name === key && typeof each === 'string' ? change(each) : undefined
        if (changed !== undefined) isChanged = true
        return [name, changed ?? walk(each)]
      }),
    )
  }
  const body = JSON.stringify(walk(JSON.parse(sample.message.body ?? '{}')))
  return isChanged ? { message: { ...sample.message, body } } : undefined
}

const fixed: Plan = {
  kind: 'executed',
  envelope: '0.3',
  cents: 1_250,
  quantity: 2,
  nonce: 'fixed-nonce',
  named: true,
  often: true,
  link: 'sd_hash',
  words: 'some hojicha',
  age: 1,
}

/** Changes a message of one kind, whatever was generated, so that each change is tried on what it is about. */
const on =
  (kind: Plan['kind'], change: (sample: Sample, pick: number) => ReturnType<Tampering['apply']>): Tampering['apply'] =>
  (_sample, pick) =>
    change(build({ ...fixed, kind, nonce: `fixed-${pick}` }), pick)

/** One bit of the signature of hop `index` of a chain. */
const flippedHop = (key: string, index: number) => (sample: Sample, pick: number) =>
  inData(sample, key, (text) => {
    const hops = text.split('~~')
    const [token = '', ...rest] = (hops[index] ?? '').split('~')
    return hops.with(index, [flipJws(token, pick), ...rest].join('~')).join('~~')
  })

const signedOnly = (tampering: Tampering): Tampering => ({
  ...tampering,
  apply: (sample, pick) => ((sample as Ap2Sample).isSigned ? tampering.apply(sample, pick) : undefined),
})

const down = () => Promise.reject(new Error('down'))
const chainKinds: readonly Plan['kind'][] = ['open', 'open-checkout', 'executed', 'handed-on', 'payment', 'presented']
const chainsOnly = (tampering: Tampering): Tampering => ({
  ...tampering,
  apply: (sample, pick) =>
    chainKinds.includes((sample as Ap2Sample).kind) ? tampering.apply(sample, pick) : undefined,
})

const otherRoot = () =>
  rootOf({
    vct: 'mandate.payment.open.1',
    constraints: [{ type: 'payment.amount_range', currency: 'JPY', max: 99_999_999 }],
    cnf: cnfOf(agentKey),
    iat: now - 60,
  }).text

const otherReceipt = () => {
  const claims = {
    status: 'Error',
    iss: processor.issuer,
    iat: now,
    reference: hashOf('another'),
    payment_id: 'p',
    error: 'e',
    error_description: 'd',
  }
  return jws({ kid: processor.kid }, claims, processor.key)
}

const flips: readonly (readonly [kind: Plan['kind'], key: string, index: number])[] = [
  ['executed', checkoutKey, 0],
  ['executed', checkoutKey, 1],
  ['executed', paymentKey, 0],
  ['executed', paymentKey, 1],
  ['handed-on', paymentKey, 2],
]

export const ap2Samples: SampleSource = {
  valid: plan.map((made) => async () => build(made)),
  sometimesReplays: true,
  tamperings: [
    chainsOnly({
      name: 'the time, to after the end',
      code: 'foreign-expired',
      apply: () => ({ context: { now: now + 40 * 86_400 } }),
    }),
    chainsOnly({
      name: 'the time, to long before the start',
      code: 'foreign-not-yet-valid',
      apply: () => ({ context: { now: now - 2 * 86_400 } }),
    }),
    chainsOnly({
      name: 'who is known',
      code: 'foreign-agent-unknown',
      apply: () => ({ context: { directory: directoryOf() } }),
    }),
    signedOnly({
      name: 'the directory, which is down',
      code: 'directory-unavailable',
      apply: () => ({ context: { directory: { name: 'test-directory', find: down, findIssuer: down } } }),
    }),
    signedOnly({
      name: 'room in the nonce store',
      code: 'directory-unavailable',
      apply: () => ({ context: { nonces: memoryNonces(0) } }),
    }),
    ...flips.map(([kind, key, index]) => ({
      name: `one bit of the signature of hop ${index} of ${key.slice(13)}, ${kind}`,
      code: 'foreign-signature-invalid',
      apply: on(kind, flippedHop(key, index)),
    })),
    {
      name: 'one bit of the signature of a receipt',
      code: 'foreign-signature-invalid',
      apply: on('receipt', (sample, pick) => inData(sample, 'ap2.PaymentReceipt', (text) => flipJws(text, pick))),
    },
    {
      name: 'a hop of another chain of the same agent',
      code: 'foreign-object-mismatch',
      apply: on('payment', (sample) =>
        inData(sample, paymentKey, (text) => `${otherRoot()}~${text.split('~~').slice(1).join('~~')}`),
      ),
    },
    {
      name: 'a disclosure nobody signed for',
      code: 'message-malformed',
      apply: on('open', (sample) => inData(sample, paymentKey, (text) => `${text}WyJzIiwiYSIsImIiXQ~`)),
    },
    {
      name: 'whom the operator speaks for',
      code: 'foreign-audience-mismatch',
      apply: on('executed', ({ message }) => ({
        message,
        context: { settings: { protocols: { ap2: { ...settings, audiences: ['https://other.example'] } } } },
      })),
    },
    {
      name: 'the receipt, to one of another mandate',
      code: 'foreign-object-mismatch',
      apply: on('receipt', (sample) => inData(sample, 'ap2.PaymentReceipt', otherReceipt)),
    },
    {
      name: 'the cart, beside what its merchant signed',
      code: 'foreign-object-mismatch',
      apply: on('cart', (sample) => inData(sample, 'merchant_name', () => 'Thief House')),
    },
  ],
}
