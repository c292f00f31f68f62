/** Proves the refusals of AP2 one by one: hops, orders, receipts, and AMP documents that may not leave. */
import { describe, expect, it } from 'vitest'
import type { BridgeResult } from '../../../bridge/adapter.ts'
import { errorOf } from '../../../bridge/ap2/errors.ts'
import type { Json } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { disclosure, hashOf, jws } from '../signers.ts'
import { now } from '../tap-agent.ts'
import {
  agentKey,
  bank,
  books,
  cnfOf,
  hopOf,
  join,
  type MadeHop,
  nextOf,
  orderOf,
  processor,
  provider,
  rootOf,
  shop,
  tea,
} from './chains.ts'
import { openDocument } from './outbound.ts'
import { ap2Context } from './samples.ts'

const run = (data: Record<string, unknown>, more: object = {}): Promise<BridgeResult> =>
  translate(
    readDescription({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
    }),
    ap2Context({}, more),
  )

const saidOf = (result: BridgeResult): string =>
  result.outcome === 'refused' ? `${result.problem.code}, ${result.problem.detail}` : result.outcome

const range = { type: 'payment.amount_range', currency: 'USD', max: 5_000 }
const open = (more: object = {}) => ({
  vct: 'mandate.payment.open.1',
  constraints: [range],
  cnf: cnfOf(agentKey),
  iat: now - 60,
  ...more,
})
const paid = (more: object = {}) => ({
  vct: 'mandate.payment.1',
  transaction_id: 'checkout-1',
  payee: tea,
  payment_amount: { amount: 1_250, currency: 'USD' },
  payment_instrument: { id: 'wallet-1', type: 'amp' },
  ...more,
})
const root = rootOf(open())
const tokenOf = ({ text }: MadeHop): string => text.split('~')[0] ?? ''
const bound = (claims: object, mandates: readonly object[] = [paid()]) =>
  join(root, hopOf('kb+sd-jwt', agentKey, { iat: now, aud: 'a', nonce: 'n', ...claims }, mandates))
const linked = { sd_hash: hashOf(root.text) }

/** The last characters of a signature hold bits that say nothing; another text for the same signature is another token. */
const respelled = (chain: string): string => {
  const hops = chain.split('~~')
  const [token = '', ...texts] = (hops.at(-1) ?? '').split('~')
  const last = token.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const other = alphabet[alphabet.indexOf(last) ^ 1] ?? ''
  return hops.with(-1, [`${token.slice(0, -1)}${other}`, ...texts].join('~')).join('~~')
}

const long = (): string => {
  const hops = [root]
  for (let index = 0; index < 8; index += 1)
    hops.push(nextOf(hops.at(-1) as MadeHop, agentKey, open({ exp: now + 600 }), { aud: 'a', nonce: `n-${index}` }))
  return join(...hops)
}

const hops: readonly (readonly [what: string, said: string, chain: () => string])[] = [
  ['as it should be', 'translated', () => bound(linked)],
  [
    'with the digest of the token under the other name',
    'foreign-object-mismatch, it does not belong to the hop before',
    () => bound({ sd_hash: hashOf(tokenOf(root)) }),
  ],
  [
    'with both digests',
    'foreign-fields-missing, one digest of the hop before has to be there',
    () => bound({ ...linked, issuer_jwt_hash: hashOf(tokenOf(root)) }),
  ],
  ['without a digest', 'foreign-fields-missing, one digest of the hop before has to be there', () => bound({})],
  ['without an audience', 'foreign-fields-missing, there is no aud', () => bound({ ...linked, aud: undefined })],
  ['without a nonce', 'foreign-fields-missing, there is no nonce', () => bound({ ...linked, nonce: undefined })],
  ['without a time', 'foreign-fields-missing, there is no time of issue', () => bound({ ...linked, iat: undefined })],
  ['from the future', 'foreign-not-yet-valid, it was made in the future', () => bound({ ...linked, iat: now + 301 })],
  ['from long ago', 'foreign-expired, it expired', () => bound({ ...linked, iat: now - 3_601 })],
  [
    'with two mandates',
    'foreign-object-mismatch, a hop discloses exactly one mandate to whom it is shown',
    () => bound(linked, [paid(), paid()]),
  ],
  [
    'with none',
    'foreign-object-mismatch, a hop discloses exactly one mandate to whom it is shown',
    () => bound(linked, []),
  ],
  [
    'with digests of another kind',
    'foreign-algorithm-not-allowed, digests are SHA-256',
    () => {
      const own = disclosure(paid())
      const claims = {
        iat: now,
        aud: 'a',
        nonce: 'n',
        ...linked,
        _sd_alg: 'sha-512',
        delegate_payload: [{ '...': hashOf(own) }],
      }
      return `${root.text}~${jws({ typ: 'kb+sd-jwt' }, claims, agentKey)}~${own}~`
    },
  ],
  [
    'after a closed mandate',
    'foreign-object-mismatch, nothing comes after a closed mandate',
    () => {
      const first = nextOf(root, agentKey, paid(), { aud: 'a', nonce: 'n' })
      return join(root, first, nextOf(first, agentKey, paid(), { aud: 'b', nonce: 'm' }))
    },
  ],
  ['in another spelling', 'message-malformed, it is no chain of mandates of AP2', () => respelled(bound(linked))],
  ['that is the ninth', 'message-malformed, it is no chain of mandates of AP2', long],
  [
    'without an amount',
    'foreign-fields-missing, the payment names no amount or payee',
    () => bound(linked, [paid({ payment_amount: { amount: 12.5, currency: 'USD' } })]),
  ],
  [
    'for no checkout',
    'foreign-fields-missing, the payment is for no checkout',
    () => bound(linked, [paid({ transaction_id: undefined })]),
  ],
  [
    'that is the root, as a key binding',
    'foreign-wire-form-unsupported, a key binding cannot be the root',
    () => hopOf('kb+sd-jwt+kb', provider.key, {}, [open()], { kid: provider.kid }).text,
  ],
  [
    'that is the root, without a key',
    'foreign-fields-missing, the key of the root is not named',
    () => hopOf('example+sd-jwt', provider.key, {}, [open()]).text,
  ],
  [
    'that is the root, of an issuer nobody knows',
    'foreign-agent-unknown, the issuer or its key is not trusted',
    () =>
      hopOf('example+sd-jwt', provider.key, { iss: 'https://nobody.example' }, [open()], { kid: provider.kid }).text,
  ],
  [
    'that is a credential alone',
    'foreign-fields-missing, a credential alone asks for nothing',
    () => {
      const claims = { iss: bank.issuer, vct: 'card', cnf: cnfOf(agentKey) }
      return `${jws({ typ: 'dc+sd-jwt', kid: bank.kid }, claims, bank.key)}~`
    },
  ],
  [
    'whose key is on no curve',
    'foreign-key-mismatch, it confirms no public key on P-256',
    () =>
      join(
        rootOf(open({ cnf: { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } } })),
        nextOf(root, agentKey, paid(), { aud: 'a', nonce: 'n' }),
      ),
  ],
  [
    'whose key is private',
    'foreign-key-mismatch, it confirms no public key on P-256',
    () => rootOf(open({ cnf: { jwk: { ...cnfOf(agentKey).jwk, d: 'secret' } } })).text,
  ],
  [
    'that is the root, with a constraint withheld',
    'foreign-fields-missing, a part of an open mandate is withheld; what it bounds cannot be checked',
    () => rootOf(open({ constraints: [range, { '...': hashOf('a bound') }] })).text,
  ],
]

describe('a hop', () => {
  it.each(hops)('%s: %s', async (_what, said, chain) => {
    expect(saidOf(await run({ payment_mandate: chain() }))).toBe(said)
  })
})

const plan = { id: 'order-1', currency: 'USD', lines: [{ item: 'oolong', price: 1_250, quantity: 1 }] }

/** A closed checkout, signed by an agent provider for a user who is present, around an order with some claims changed. */
const around = (claims: object, key = shop.key) => {
  const text = jws({ typ: 'JWT', kid: shop.kid }, { ...orderOf(plan).claims, ...claims }, key)
  const checkout = rootOf({ vct: 'mandate.checkout.1', checkout_jwt: text, checkout_hash: hashOf(text), iat: now }).text
  return { text, checkout }
}

const orders: readonly (readonly [what: string, said: string, data: () => Record<string, unknown>])[] = [
  ['as it should be', 'translated', () => ({ checkout_mandate: around({}).checkout })],
  [
    'that nobody signed whose key is known',
    'foreign-signature-invalid, the merchant did not sign it',
    () => ({ checkout_mandate: around({}, agentKey).checkout }),
  ],
  [
    'that expired',
    'foreign-expired, the checkout expired',
    () => ({ checkout_mandate: around({ expires_at: '2026-11-20T09:59:59Z' }).checkout }),
  ],
  [
    'whose token expired',
    'foreign-expired, the checkout expired',
    () => ({ checkout_mandate: around({ exp: now }).checkout }),
  ],
  [
    'that was cancelled',
    'foreign-object-mismatch, the checkout is closed',
    () => ({ checkout_mandate: around({ status: 'canceled' }).checkout }),
  ],
  [
    'with two totals',
    'foreign-fields-missing, the checkout has no one total in minor units',
    () => ({
      checkout_mandate: around({
        totals: [
          { type: 'total', amount: 1 },
          { type: 'total', amount: 2 },
        ],
      }).checkout,
    }),
  ],
  [
    'with a total in decimals',
    'foreign-fields-missing, the checkout has no one total in minor units',
    () => ({ checkout_mandate: around({ totals: [{ type: 'total', amount: 12.5 }] }).checkout }),
  ],
  [
    'without lines',
    'foreign-fields-missing, the checkout has no lines',
    () => ({ checkout_mandate: around({ line_items: [] }).checkout }),
  ],
  [
    'without a seller',
    'foreign-fields-missing, the checkout does not say who sells',
    () => ({ checkout_mandate: around({ merchant: undefined }).checkout }),
  ],
  [
    'that is no token',
    'message-malformed, the checkout is no signed one',
    () => ({
      checkout_mandate: rootOf({ vct: 'mandate.checkout.1', checkout_jwt: 'no', checkout_hash: hashOf('no'), iat: now })
        .text,
    }),
  ],
  [
    'paid to somebody else',
    'foreign-object-mismatch, the payment goes to somebody else',
    () => {
      const { text, checkout } = around({})
      return {
        checkout_mandate: checkout,
        payment_mandate: rootOf(paid({ payee: books, transaction_id: hashOf(text), iat: now })).text,
      }
    },
  ],
]

describe('an order', () => {
  it.each(orders)('%s: %s', async (_what, said, data) => {
    expect(saidOf(await run(data()))).toBe(said)
  })

  it('whose merchant nobody knows is told as that', async () => {
    const result = await run({ checkout_mandate: around({ merchant: books }).checkout })
    expect(result.evidence).toContainEqual({ kind: 'order', status: 'unverified' })
  })

  it('behind a directory that is down is not believed', async () => {
    const find = async () => ({ ...(await ap2Context().directory.find(provider.kid)), agent: { id: 'p' } }) as never
    const directory = { name: 'half', find, findIssuer: () => Promise.reject(new Error('down')) }
    expect(saidOf(await run({ checkout_mandate: around({}).checkout }, { directory }))).toMatch(
      /^directory-unavailable/,
    )
  })
})

const receipt = (claims: object, kid = processor.kid) =>
  jws(
    { kid },
    {
      status: 'Success',
      iss: processor.issuer,
      iat: now,
      reference: hashOf('x'),
      payment_id: 'p',
      psp_confirmation_id: 'a',
      network_confirmation_id: 'b',
      ...claims,
    },
    processor.key,
  )

const receipts: readonly (readonly [what: string, said: string, text: () => string])[] = [
  ['as it should be', 'translated', () => receipt({})],
  ['from the future', 'foreign-not-yet-valid, it was made in the future', () => receipt({ iat: now + 301 })],
  [
    'without a confirmation of the network',
    'foreign-fields-missing, there is no network_confirmation_id',
    () => receipt({ network_confirmation_id: undefined }),
  ],
  ['of an error that is not named', 'foreign-fields-missing, there is no error', () => receipt({ status: 'Error' })],
  [
    'in the words of the prose',
    'foreign-fields-missing, the status is Success or Error',
    () => receipt({ status: 'success' }),
  ],
  ['without a reference', 'foreign-fields-missing, there is no reference', () => receipt({ reference: undefined })],
  [
    'of an issuer nobody knows',
    'foreign-agent-unknown, the issuer or its key is not trusted',
    () => receipt({ iss: 'https://nobody.example' }),
  ],
  ['of a key nobody knows', 'foreign-agent-unknown, the issuer or its key is not trusted', () => receipt({}, 'other')],
]

describe('a receipt', () => {
  it.each(receipts)('%s: %s', async (_what, said, text) => {
    expect(saidOf(await run({ 'ap2.PaymentReceipt': text() }))).toBe(said)
  })
})

const bounded = {
  currency: 'USD' as const,
  remaining: 5_000,
  max: 1_000,
  min: 1,
  isListed: true,
  count: 3,
  isPayment: true,
}

type Leaving = readonly [
  what: string,
  code: string | undefined,
  change: (value: object, given: object) => object,
  settings?: object,
]

const documents: readonly Leaving[] = [
  ['as it should be', undefined, (value, given) => ({ value, given })],
  ...(['inactive', 'revoked', 'expired', 'finished'] as const).map(
    (mandateStatus): Leaving => [
      mandateStatus,
      `mandate-${mandateStatus}`,
      (value, given) => ({ value: { ...value, mandateStatus }, given }),
    ],
  ),
  ['over', 'mandate-expired', (value, given) => ({ value: { ...value, validUntil: '2026-11-20T10:00:00Z' }, given })],
  [
    'with a seller AMP does not allow',
    'foreign-object-mismatch',
    (value, given) => ({ value, given: { ...given, merchants: [{ id: 'x', name: 'X' }] } }),
  ],
  [
    'with a seller under another id',
    'foreign-object-mismatch',
    (value, given) => ({ value, given: { ...given, merchants: [{ ...tea, id: 'tea-9' }] } }),
  ],
  ['without sellers', 'foreign-fields-missing', (value, given) => ({ value, given: { ...given, merchants: [] } })],
  [
    'without the key of an agent',
    'foreign-fields-missing',
    (value, given) => ({ value, given: { ...given, agentKey: undefined } }),
  ],
  [
    'with a private key',
    'foreign-key-mismatch',
    (value, given) => ({ value, given: { ...given, agentKey: { ...cnfOf(agentKey).jwk, d: 'd' } } }),
  ],
  [
    'with what is no open mandate',
    'message-malformed',
    (value, given) => ({ value, given: { ...given, openCheckout: root.text } }),
  ],
  [
    'of several payments a week, for longer',
    'foreign-constraint-unknown',
    (value, given) => ({ value, given }),
    { outLifetimeMax: 2_592_000 },
  ],
  [
    'of a region',
    'foreign-constraint-unknown',
    (value, given) => ({
      value: {
        ...value,
        constraints: { budget_amount: { currency: 'USD', value: '9' }, merchant_region_list: ['SG'] },
      },
      given,
    }),
  ],
  [
    'of more than a number holds',
    'message-malformed',
    (value, given) => {
      const huge = { currency: 'USD', value: '900719925474099312' }
      return {
        value: {
          ...value,
          budget: { total: huge, limit: huge, held: huge, captured: huge, remaining: huge },
          constraints: { budget_amount: huge },
        },
        given,
      }
    },
  ],
]

describe('a mandate that leaves', () => {
  it.each(documents.map(([what, code, change, settings]) => ({ what, code, change, settings })))(
    '$what: $code',
    ({ code, change, settings = {} }) => {
      const { value, given } = openDocument(bounded)
      const changed = JSON.parse(JSON.stringify({ kind: 'mandate', ...change(value, given) })) as Json
      const adapter = adapterOf('ap2')
      if (!adapter) throw new Error('no adapter')
      const result = translateOut(accept(changed), adapter, {
        now,
        settings: { protocols: { ap2: settings as never } },
      })
      expect(result.outcome === 'refused' ? result.problem.code : undefined).toBe(code)
    },
  )
})

it.each([
  ['foreign-signature-invalid', 'invalid_credential'],
  ['foreign-expired', 'invalid_credential'],
  ['foreign-object-mismatch', 'invalid_mandate'],
  ['budget-exceeded', 'invalid_mandate'],
  ['foreign-constraint-unknown', 'unresolved_constraint'],
  ['mandate-inactive', 'unresolved_constraint'],
  ['mandate-revoked', 'invalid_mandate'],
  ['protocol-unknown', 'mandates_not_supported'],
])('%s is the error %s', (code, error) => {
  expect(errorOf(code)).toBe(error)
})
