/** Examples of AP2 for the playground: mandates a user and an agent signed when it started, with keys that live as long. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import { digestOf } from '../jws.ts'
import type { Example } from '../playground/examples.ts'
import { makeAgentExtension } from './agent-card.ts'
import { signClaims, signNext, signRoot } from './sign.ts'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwkOf = (key: KeyObject): Record<string, string> => key.export({ format: 'jwk' }) as Record<string, string>
const nonce = (): string => randomBytes(12).toString('base64url')

const tea = { id: 'tea-house', name: 'Tea House', website: 'https://tea.example/' }
const total = 2_500

const order = (shop: KeyObject): string =>
  signClaims(
    {
      id: 'order-1',
      merchant: tea,
      line_items: [{ id: 'line-1', item: { id: 'oolong', title: 'Oolong', price: 1_250 }, quantity: 2, totals: [] }],
      status: 'ready_for_complete',
      currency: 'USD',
      totals: [
        { type: 'subtotal', amount: total },
        { type: 'total', amount: total },
      ],
      links: [],
    },
    { key: shop, kid: 'shop-key-1' },
  )

/** What a user allowed: two of a tea, at one seller, up to an amount. */
const openMandates = (provider: KeyObject, agent: KeyObject, now: number) => {
  const base = { cnf: { jwk: jwkOf(agent) }, iat: now, exp: now + 3_600 }
  const signer = { key: provider, kid: 'provider-key-1' }
  const items = [{ id: 'tea', acceptable_items: [{ id: 'oolong', title: 'Oolong' }], quantity: 2 }]
  const checkout = signRoot(
    {
      vct: 'mandate.checkout.open.1',
      constraints: [
        { type: 'checkout.line_items', items },
        { type: 'checkout.allowed_merchants', allowed: [tea] },
      ],
      ...base,
    },
    signer,
  )
  const payment = signRoot(
    {
      vct: 'mandate.payment.open.1',
      constraints: [
        { type: 'payment.amount_range', currency: 'USD', max: 3_000 },
        { type: 'payment.allowed_payees', allowed: [tea] },
        { type: 'payment.reference', conditional_transaction_id: digestOf(checkout) },
      ],
      ...base,
    },
    signer,
  )
  return { checkout, payment }
}

const post = (body: JsonObject) => ({
  method: 'POST',
  url: 'https://merchant.example/a2a',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

const inMessage = (data: JsonObject): JsonObject => ({
  messageId: 'message-1',
  role: 'user',
  parts: [{ kind: 'data', data }],
})

const cart = (now: number): JsonObject => {
  const amount = { currency: 'USD', value: 12.5 }
  return {
    contents: {
      id: 'cart-1',
      user_cart_confirmation_required: true,
      merchant_name: 'Tea House',
      cart_expiry: new Date((now + 900) * 1_000).toISOString(),
      payment_request: {
        method_data: [{ supported_methods: 'amp' }],
        details: { id: 'order-1', display_items: [{ label: 'Oolong', amount }], total: { label: 'Total', amount } },
      },
    },
  }
}

/** Makes the examples; `mandate` is an activated one of AMP, to leave. */
export const ap2Examples = (now: number, mandate: JsonObject): readonly Example[] => {
  const [provider, agent, shop] = [pair(), pair(), pair()]
  const known = (key: KeyObject, kid: string) => ({ ...jwkOf(key), kid })
  const keys = {
    keys: [{ ...known(provider.publicKey, 'provider-key-1'), agent: { id: 'provider', name: 'Agent Provider' } }],
    issuers: { 'https://tea.example': { keys: [known(shop.publicKey, 'shop-key-1')] } },
  }
  const allowed = openMandates(provider.privateKey, agent.publicKey, now)
  const signed = order(shop.privateKey)
  const by = { key: agent.privateKey }
  const bought = signNext(
    allowed.checkout,
    { vct: 'mandate.checkout.1', checkout_jwt: signed, checkout_hash: digestOf(signed) },
    by,
    { aud: 'https://tea.example', nonce: nonce(), iat: now },
  )
  const paid = signNext(
    allowed.payment,
    {
      vct: 'mandate.payment.1',
      transaction_id: digestOf(signed),
      payee: tea,
      payment_amount: { amount: total, currency: 'USD' },
      payment_instrument: { id: 'wallet-1', type: 'amp' },
    },
    by,
    { aud: 'https://wallet.example', nonce: nonce(), iat: now },
  )
  const chains = (checkout: string, payment: string): JsonObject => ({
    'ap2.mandates.CheckoutMandateSdJwt': checkout,
    'ap2.mandates.PaymentMandateSdJwt': payment,
  })
  const card = {
    name: 'Tea Agent',
    url: 'https://agent.example/a2a',
    protocolVersion: '0.3.0',
    capabilities: { extensions: [makeAgentExtension(['shopper'])] },
    skills: [],
  }
  const inputs: readonly (readonly [title: string, input: unknown])[] = [
    ['open mandates of a user', post(inMessage(chains(allowed.checkout, allowed.payment)))],
    ['an agent buys within open mandates', post(inMessage(chains(bought, paid)))],
    ['a cart of 0.1, which nobody signed', post(inMessage({ 'ap2.mandates.CartMandate': cart(now) }))],
    ['the card of an agent', post(card)],
  ]
  const given = {
    agentKey: jwkOf(agent.publicKey),
    merchants: [tea],
    lineItems: [{ id: 'tea', acceptable_items: [{ id: 'oolong', title: 'Oolong' }], quantity: 2 }],
  }
  return [
    ...inputs.map(
      ([title, input]): Example => ({ protocol: 'ap2', title, direction: 'in', input, keys, settings: {}, now }),
    ),
    {
      protocol: 'ap2',
      title: 'a mandate leaves as an open mandate to sign',
      direction: 'out',
      input: { kind: 'mandate', value: mandate, given },
      keys: {},
      settings: {},
      now,
    },
  ]
}
