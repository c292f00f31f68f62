/** Verifiable Intent bundles with keys of our own: final mandates, open ones, and what an agent does within them. */
import { cardIssuer } from '../parties.ts'
import { disclosure, hashOf, jwkOf, jws, p256Key } from '../signers.ts'
import { now } from '../tap-agent.ts'

const user = p256Key('card holder')
const agentKey = p256Key('intent agent')

/** What one bundle is made of. */
export type BundlePlan = {
  readonly mode: 'final' | 'open' | 'executed' | 'executed-both' | 'checkout'
  readonly cents: number
  readonly nonce: string
  readonly words?: string | undefined
  readonly age: number
}

/** Layers as text, and what each says once its disclosures are in place. */
export type Bundle = {
  readonly tokens: Readonly<Record<string, string>>
  readonly said: Readonly<
    Record<string, { readonly header: object; readonly claims: object; readonly hasDigests: boolean }>
  >
}

const payee = { id: 'tea-1', name: 'Tea House', website: 'https://tea.example/' }
const other = { id: 'book-1', name: 'Book House', website: 'https://book.example/' }
const instrument = { type: 'card', id: 'card-1', description: 'a card' }

type Layer = { readonly text: string; readonly said: Bundle['said'][string] }

const layer = (
  typ: string,
  kid: string,
  key: typeof user,
  claims: Record<string, unknown>,
  items: readonly unknown[],
  more: readonly string[] = [],
): Layer & { readonly own: readonly string[]; readonly base: string } => {
  const own = items.map((item) => disclosure(item))
  const header = { alg: 'ES256', typ, kid }
  const full = {
    ...claims,
    delegate_payload: own.map((text) => ({ '...': hashOf(text) })),
    _sd_alg: 'sha-256',
    _sd: [...own, ...more].map(hashOf),
  }
  const base = jws(header, full, key)
  return {
    text: `${base}~${[...own, ...more].join('~')}~`,
    base,
    own,
    said: { header, claims: { ...claims, delegate_payload: items }, hasDigests: true },
  }
}

/** Makes a bundle of the plan. */
export const bundleOf = ({ mode, cents, nonce, words, age }: BundlePlan): Bundle => {
  const l1Claims = {
    iss: cardIssuer.issuer,
    sub: 'holder-1',
    iat: now - 86_400,
    exp: now + 300 * 86_400,
    vct: 'https://issuer.example/card',
    cnf: { jwk: jwkOf(user) },
    pan_last_four: '1234',
    scheme: 'example',
  }
  const email = disclosure('someone@example.com', 'email')
  const l1Header = { alg: 'ES256', typ: 'sd+jwt', kid: cardIssuer.kid }
  const l1 = `${jws(l1Header, { ...l1Claims, _sd: [hashOf(email)], _sd_alg: 'sha-256' }, cardIssuer.key)}~${email}~`
  const l1Said = { header: l1Header, claims: { ...l1Claims, email: 'someone@example.com' }, hasDigests: true }
  const summary = words === undefined ? {} : { prompt_summary: words }
  const amount = { currency: 'USD', amount: cents }
  const checkoutJwt = jws({ typ: 'JWT', kid: 'm' }, { id: payee.id, total: cents }, p256Key('tea house'))
  const hash = hashOf(checkoutJwt)
  const iat = now - age
  if (mode === 'final') {
    const l2 = layer(
      'kb-sd-jwt',
      'user-1',
      user,
      { nonce, aud: 'https://agent.example', iat, exp: iat + 900, sd_hash: hashOf(l1), iss: 'https://wallet.example' },
      [
        { vct: 'mandate.checkout.1', checkout_jwt: checkoutJwt, checkout_hash: hash, ...summary },
        {
          vct: 'mandate.payment.1',
          payment_instrument: instrument,
          payment_amount: amount,
          payee,
          transaction_id: hash,
        },
      ],
    )
    return { tokens: { l1, l2: l2.text }, said: { l1: l1Said, l2: l2.said } }
  }
  const cnf = { jwk: { ...jwkOf(agentKey), kid: 'agent-1' } }
  const parties = [payee, other].map((party) => ({ party, text: disclosure(party) }))
  const listed = parties.map(({ text }) => ({ '...': hashOf(text) }))
  const isOpen = mode === 'open'
  const checkoutConstraints = [
    { type: 'mandate.checkout.allowed_merchants', allowed: listed },
    ...(isOpen
      ? []
      : [
          {
            type: 'mandate.checkout.line_items',
            items: [{ id: 'line-1', acceptable_items: [], quantity: 2 }],
            match_mode: 'minimum',
          },
        ]),
  ]
  const openCheckout = { vct: 'mandate.checkout.open.1', cnf, constraints: checkoutConstraints, ...summary }
  const checkoutDisclosure = disclosure(openCheckout)
  const openPayment = {
    vct: 'mandate.payment.open.1',
    cnf,
    payment_instrument: instrument,
    constraints: [
      { type: 'mandate.payment.allowed_payees', allowed: [listed[0]] },
      { type: 'mandate.payment.amount_range', currency: 'USD', min: 1, max: cents + 1_000 },
      { type: 'mandate.payment.budget', currency: 'USD', max: cents + 5_000 },
      { type: 'mandate.payment.reference', conditional_transaction_id: hashOf(checkoutDisclosure) },
    ],
  }
  const paymentDisclosure = disclosure(openPayment)
  const header = { alg: 'ES256', typ: 'kb-sd-jwt+kb', kid: 'user-1' }
  const claims = {
    nonce,
    aud: 'https://agent.example',
    iat,
    exp: iat + 5 * 86_400,
    sd_hash: hashOf(l1),
    iss: 'https://wallet.example',
  }
  const texts = [checkoutDisclosure, paymentDisclosure, ...parties.map(({ text }) => text)]
  const base = jws(
    header,
    {
      ...claims,
      delegate_payload: [checkoutDisclosure, paymentDisclosure].map((text) => ({ '...': hashOf(text) })),
      _sd_alg: 'sha-256',
      _sd: texts.map(hashOf),
    },
    user,
  )
  const l2 = `${base}~${texts.join('~')}~`
  const resolvedCheckout = {
    ...openCheckout,
    constraints: [{ ...checkoutConstraints[0], allowed: [payee, other] }, ...checkoutConstraints.slice(1)],
  }
  const resolvedPayment = {
    ...openPayment,
    constraints: [{ ...openPayment.constraints[0], allowed: [payee] }, ...openPayment.constraints.slice(1)],
  }
  const said: Record<string, Bundle['said'][string]> = {
    l1: l1Said,
    l2: { header, claims: { ...claims, delegate_payload: [resolvedCheckout, resolvedPayment] }, hasDigests: true },
  }
  const tokens: Record<string, string> = { l1, l2 }
  if (isOpen) return { tokens, said }
  const execution = { iat: now - 2, exp: now + 300, iss: 'https://agent.example' }
  const merchantText = parties[0]?.text ?? ''
  if (mode !== 'checkout') {
    const l3a = layer(
      'kb-sd-jwt',
      'agent-1',
      agentKey,
      {
        ...execution,
        nonce: `${nonce}-a`,
        aud: 'https://network.example',
        sd_hash: hashOf(`${base}~${paymentDisclosure}~${merchantText}~`),
      },
      [
        {
          vct: 'mandate.payment.1',
          payment_instrument: instrument,
          payment_amount: amount,
          payee,
          transaction_id: hash,
        },
      ],
    )
    tokens.l3a = l3a.text
    said.l3a = l3a.said
  }
  if (mode !== 'executed') {
    const l3b = layer(
      'kb-sd-jwt',
      'agent-1',
      agentKey,
      {
        ...execution,
        nonce: `${nonce}-b`,
        aud: 'https://tea.example',
        sd_hash: hashOf(`${base}~${checkoutDisclosure}~`),
      },
      [
        {
          vct: 'mandate.checkout.1',
          checkout_jwt: checkoutJwt,
          checkout_hash: hash,
          line_items: [{ id: 'tea', quantity: 2 }],
        },
      ],
    )
    tokens.l3b = l3b.text
    said.l3b = l3b.said
  }
  return { tokens, said }
}
