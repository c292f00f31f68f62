/** Proves what a chain of AP2 withstands: one bit anywhere, a part left out, hops in other places; and that it joins back. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BridgeResult } from '../../../bridge/adapter.ts'
import { joinChain, readChain, splitChain } from '../../../bridge/ap2/chain.ts'
import { readDescription } from '../../../bridge/message.ts'
import { translate } from '../../../bridge/translate.ts'
import { disclosure, hashOf, jws } from '../signers.ts'
import { now } from '../tap-agent.ts'
import {
  agentKey,
  books,
  cnfOf,
  credentialOf,
  holder,
  join,
  type MadeHop,
  nextOf,
  orderOf,
  presentationOf,
  provider,
  rootOf,
  secondAgent,
  tea,
} from './chains.ts'
import { ap2Context } from './samples.ts'

const checkoutKey = 'ap2.mandates.CheckoutMandateSdJwt'
const paymentKey = 'ap2.mandates.PaymentMandateSdJwt'

const run = (data: Record<string, unknown>, context = ap2Context()): Promise<BridgeResult> =>
  translate(
    readDescription({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
    }),
    context,
  )

const codeOf = (result: BridgeResult) => (result.outcome === 'refused' ? result.problem.code : result.outcome)
const saidOf = (result: BridgeResult) =>
  result.outcome === 'refused'
    ? `${result.problem.code} ${result.problem.field}: ${result.problem.detail}`
    : result.outcome

const order = orderOf({
  id: 'order-1',
  currency: 'USD',
  lines: [
    { item: 'oolong', price: 1_000, quantity: 2 },
    { item: 'sencha', price: 500, quantity: 1 },
  ],
})
const times = { iat: now - 60, exp: now + 3_600 }
const lineItems = {
  type: 'checkout.line_items',
  items: [
    {
      id: 'any',
      acceptable_items: [
        { id: 'oolong', title: 'O' },
        { id: 'sencha', title: 'S' },
      ],
      quantity: 2,
    },
    { id: 'one', acceptable_items: [{ id: 'oolong', title: 'O' }], quantity: 1 },
  ],
}
const merchants = { type: 'checkout.allowed_merchants', allowed: [books, tea] }
const openCheckout = (more: object = {}) => ({
  vct: 'mandate.checkout.open.1',
  constraints: [lineItems, merchants],
  cnf: cnfOf(agentKey),
  ...times,
  ...more,
})
const openPayment = (more: object = {}) => ({
  vct: 'mandate.payment.open.1',
  constraints: [
    { type: 'payment.amount_range', currency: 'USD', max: 3_000 },
    { type: 'payment.allowed_payees', allowed: [tea] },
  ],
  cnf: cnfOf(agentKey),
  ...times,
  ...more,
})
const bought = (more: object = {}) => ({
  vct: 'mandate.checkout.1',
  checkout_jwt: order.text,
  checkout_hash: order.hash,
  ...more,
})
const paid = (more: object = {}) => ({
  vct: 'mandate.payment.1',
  transaction_id: order.hash,
  payee: tea,
  payment_amount: { amount: order.total, currency: 'USD' },
  payment_instrument: { id: 'wallet-1', type: 'amp' },
  ...more,
})
const shown = (nonce = 'n') => ({ aud: 'merchant', nonce })

const checkoutChain = (root = rootOf(openCheckout()), closed: object = bought(), key = agentKey) =>
  join(root, nextOf(root, key, closed, shown('c')))
const paymentChain = (root = rootOf(openPayment()), closed: object = paid(), key = agentKey) =>
  join(root, nextOf(root, key, closed, shown('p')))

describe('a chain', () => {
  it('joins to what it was taken apart from', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/)
    const hop = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('~')}~`)
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1, maxLength: 4 }), (hops) => {
        expect(splitChain(joinChain(hops))).toEqual(hops)
        expect(joinChain(splitChain(joinChain(hops)))).toBe(joinChain(hops))
      }),
    )
  })

  it('is taken in every layout, and says who was there', async () => {
    const both = [bought(), paid()]
    const credential = credentialOf()
    const byHolder = nextOf(credential, holder, openPayment(), { aud: 'agent', nonce: 'h' })
    const layouts = [
      [{ [checkoutKey]: checkoutChain(), [paymentKey]: paymentChain() }, 'absent'],
      [{ [checkoutKey]: presentationOf(both, 'n').text }, 'verified'],
      [{ [paymentKey]: join(rootOf(paid(times))) }, 'verified'],
      [{ [paymentKey]: join(credential, nextOf(credential, holder, paid(), shown())) }, 'verified'],
      [{ [paymentKey]: join(credential, byHolder, nextOf(byHolder, agentKey, paid(), shown())) }, 'absent'],
    ] as const
    for (const [data, human] of layouts) {
      const result = await run(data)
      expect(saidOf(result)).toBe('translated')
      if (result.outcome !== 'translated') continue
      expect(result.draft?.mode).toBe('IMMEDIATE')
      expect(result.evidence.find(({ kind }) => kind === 'human')?.status).toBe(human)
    }
  })

  it('records by which digest a payment names its open checkout', async () => {
    const root = rootOf(openCheckout())
    const digests = [
      [hashOf(root.text), 'as presented'],
      [hashOf(root.text.split('~')[0] ?? ''), 'without its disclosures'],
    ] as const
    for (const [digest, words] of digests) {
      const reference = { type: 'payment.reference', conditional_transaction_id: digest }
      const constraints = [...openPayment().constraints, reference]
      const result = await run({ [checkoutKey]: root.text, [paymentKey]: rootOf(openPayment({ constraints })).text })
      expect(saidOf(result)).toBe('translated')
      if (result.outcome !== 'translated') continue
      expect(result.evidence.find(({ kind }) => kind === 'reference')).toEqual({
        kind: 'reference',
        status: 'verified',
        why: `digest of the open checkout ${words}`,
      })
    }
  })
})

/** What is changed in a pair of chains, and the only answer to it. */
const changes: readonly (readonly [what: string, code: string, data: () => Record<string, unknown>])[] = [
  [
    'the hash of the checkout',
    'foreign-object-mismatch',
    () => ({ [checkoutKey]: checkoutChain(rootOf(openCheckout()), bought({ checkout_hash: hashOf('x') })) }),
  ],
  [
    'the payment, to one of another checkout',
    'foreign-object-mismatch',
    () => ({
      [checkoutKey]: checkoutChain(),
      [paymentKey]: paymentChain(rootOf(openPayment()), paid({ transaction_id: hashOf('x') })),
    }),
  ],
  [
    'the amount, to another than the total',
    'foreign-object-mismatch',
    () => ({
      [checkoutKey]: checkoutChain(),
      [paymentKey]: paymentChain(
        rootOf(openPayment()),
        paid({ payment_amount: { amount: order.total - 1, currency: 'USD' } }),
      ),
    }),
  ],
  [
    'the amount, to more than allowed',
    'foreign-object-mismatch',
    () => ({
      [paymentKey]: paymentChain(rootOf(openPayment()), paid({ payment_amount: { amount: 3_001, currency: 'USD' } })),
    }),
  ],
  [
    'the payee, to another',
    'foreign-object-mismatch',
    () => ({ [paymentKey]: paymentChain(rootOf(openPayment()), paid({ payee: books })) }),
  ],
  [
    'what was set in advance',
    'foreign-object-mismatch',
    () => ({
      [paymentKey]: paymentChain(rootOf(openPayment({ payee: { ...tea, website: 'https://tea.example/other' } }))),
    }),
  ],
  [
    'the agent, to another',
    'foreign-signature-invalid',
    () => ({ [paymentKey]: paymentChain(rootOf(openPayment()), paid(), secondAgent) }),
  ],
  [
    'the agents of the two open mandates',
    'foreign-key-mismatch',
    () => ({
      [checkoutKey]: rootOf(openCheckout()).text,
      [paymentKey]: rootOf(openPayment({ cnf: cnfOf(secondAgent) })).text,
    }),
  ],
  [
    'one of the two, left open',
    'foreign-object-mismatch',
    () => ({ [checkoutKey]: rootOf(openCheckout()).text, [paymentKey]: paymentChain() }),
  ],
  ['the places of the two', 'foreign-object-mismatch', () => ({ [checkoutKey]: paymentChain() })],
  [
    'the constraints, to none',
    'foreign-fields-missing',
    () => ({ [paymentKey]: rootOf(openPayment({ constraints: [] })).text }),
  ],
  [
    'a constraint, to an unknown one',
    'foreign-constraint-unknown',
    () => ({ [paymentKey]: rootOf(openPayment({ constraints: [{ type: 'environment.weather' }] })).text }),
  ],
  [
    'a constraint, to one of Verifiable Intent',
    'foreign-constraint-unknown',
    () => ({
      [paymentKey]: rootOf(
        openPayment({ constraints: [{ type: 'mandate.payment.amount_range', currency: 'USD', max: 1 }] }),
      ).text,
    }),
  ],
  [
    'the type of the last hop',
    'foreign-wire-form-unsupported',
    () => {
      const root = rootOf(openPayment())
      return { [paymentKey]: join(root, nextOf(root, agentKey, paid(), { ...shown(), typ: 'kb+sd-jwt+kb' })) }
    },
  ],
  [
    'the last hop, to one that hands on a closed mandate',
    'foreign-object-mismatch',
    () => ({ [paymentKey]: paymentChain(rootOf(openPayment()), paid({ cnf: cnfOf(agentKey) })) }),
  ],
  [
    'the times, to none',
    'foreign-window-invalid',
    () => ({ [paymentKey]: rootOf(openPayment({ iat: undefined, exp: undefined })).text }),
  ],
  [
    'the end, to before the beginning',
    'foreign-window-invalid',
    () => ({ [paymentKey]: rootOf(openPayment({ exp: now - 61 })).text }),
  ],
  ['the end, to a text', 'message-malformed', () => ({ [paymentKey]: rootOf(openPayment({ exp: 'never' })).text })],
  [
    'a number, to one with more digits than are read',
    'message-malformed',
    () => ({
      [paymentKey]: rootOf(openPayment({ constraints: [{ type: 'payment.budget', currency: 'USD', max: 100 / 3 }] }))
        .text,
    }),
  ],
  [
    'the checkout, withheld',
    'foreign-fields-missing',
    () => {
      const root = rootOf(openCheckout())
      const last = nextOf(root, agentKey, bought(), {
        ...shown(),
        leave: (text) => Buffer.from(text, 'base64url').toString().includes('"checkout_jwt"'),
      })
      return { [checkoutKey]: join(root, last) }
    },
  ],
  [
    'the recurrence, without a budget',
    'foreign-fields-missing',
    () => ({
      [paymentKey]: rootOf(
        openPayment({
          constraints: [...openPayment().constraints, { type: 'payment.agent_recurrence', frequency: 'DAILY' }],
        }),
      ).text,
    }),
  ],
]

describe('a pair of chains with one thing changed', () => {
  it.each(changes)('%s: %s', async (_what, code, data) => {
    const result = await run(data())
    expect([saidOf(result), codeOf(result)]).toEqual([saidOf(result), code])
  })
})

describe('one bit', () => {
  const data = { [checkoutKey]: checkoutChain(), [paymentKey]: paymentChain() }
  const own = [
    'message-malformed',
    'foreign-signature-invalid',
    'foreign-object-mismatch',
    'foreign-agent-unknown',
    'foreign-fields-missing',
    'foreign-algorithm-not-allowed',
    'foreign-key-mismatch',
    'foreign-wire-form-unsupported',
    'card-data-present',
  ]

  it('changed anywhere in a chain refuses it, and never for want of a reason', async () => {
    expect(saidOf(await run(data))).toBe('translated')
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(checkoutKey, paymentKey),
        fc.nat(),
        fc.integer({ min: 0, max: 6 }),
        async (key, pick, bit) => {
          const text = data[key] as string
          const at = pick % text.length
          const changed = `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ (1 << bit))}${text.slice(at + 1)}`
          const code = codeOf(await run({ ...data, [key]: changed }))
          expect([at, bit, own.includes(code) ? 'refused' : code]).toEqual([at, bit, 'refused'])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('what is left out', () => {
  const withLink = (root: MadeHop, closed: object, link: 'sd_hash' | 'issuer_jwt_hash') =>
    join(root, nextOf(root, agentKey, closed, { ...shown(), link }))

  /** A chain whose first hop shows only some of its disclosures, which the other digest does not notice. */
  const without = (chain: string, isLeft: (text: string) => boolean) => {
    const [first = '', ...rest] = splitChain(chain)
    const [token, ...texts] = first.slice(0, -1).split('~')
    const kept = texts.filter((text) => !isLeft(Buffer.from(text, 'base64url').toString()))
    return joinChain([`${[token, ...kept].join('~')}~`, ...rest])
  }

  it('never allows what was not allowed, though the digest of a token does not cover it', async () => {
    const root = rootOf(openCheckout())
    const chain = withLink(root, bought(), 'issuer_jwt_hash')
    const cases = [
      [(text: string) => text.includes('book-1'), 'translated'],
      [(text: string) => text.includes('tea-1'), 'foreign-object-mismatch'],
      [(text: string) => text.includes('oolong') && !text.includes('vct'), 'foreign-object-mismatch'],
      [(text: string) => text.includes('vct'), 'message-malformed'],
    ] as const
    for (const [isLeft, code] of cases) expect(codeOf(await run({ [checkoutKey]: without(chain, isLeft) }))).toBe(code)
    const bound = withLink(root, bought(), 'sd_hash')
    expect(codeOf(await run({ [checkoutKey]: without(bound, cases[0][0]) }))).toBe('foreign-object-mismatch')
  })

  it('is no bound: a member of an open mandate that is withheld refuses it', async () => {
    const chain = readChain(rootOf(openPayment({ checkout_jwt: 'hidden by its name' })).text)
    expect(chain?.hops[0].mandates[0]?.withheld).toBe(0)
    const hidden = rootOf(openPayment({ checkout_jwt: 'hidden by its name' }), {
      leave: (text) => Buffer.from(text, 'base64url').toString().includes('"checkout_jwt"'),
    })
    expect(readChain(hidden.text)?.hops[0].mandates[0]?.withheld).toBe(1)
    expect(codeOf(await run({ [paymentKey]: hidden.text }))).toBe('foreign-fields-missing')
  })

  it('narrows an open list of sellers to who is disclosed', async () => {
    const root = rootOf(
      openPayment({
        constraints: [
          { type: 'payment.amount_range', currency: 'USD', max: 1 },
          { type: 'payment.allowed_payees', allowed: [tea, books] },
        ],
      }),
    )
    const result = await run({
      [paymentKey]: without(root.text, (text) => text.includes('book-1') && !text.includes('vct')),
    })
    expect(saidOf(result)).toBe('translated')
    if (result.outcome !== 'translated' || result.draft?.mode !== 'AUTONOMOUS') return
    expect(result.draft.intent.constraints.merchant_name_list).toEqual(['Tea House'])
  })
})

it('a token whose disclosures unfold without end is refused at once', () => {
  let text = disclosure('tea')
  const texts = [text]
  for (let level = 0; level < 9; level += 1) {
    text = disclosure(new Array(40).fill({ '...': hashOf(text) }))
    texts.push(text)
  }
  const token = jws({ typ: 'example+sd-jwt', kid: 'k' }, { delegate_payload: [{ '...': hashOf(text) }] }, provider.key)
  expect(readChain(`${token}~${texts.join('~')}~`)).toBeUndefined()
})
