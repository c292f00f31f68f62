/** Proves that what goes to AP2 and comes back is what it was, that another library reads what was signed, and that receipts tie. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AmpDocument, BridgeResult } from '../../../bridge/adapter.ts'
import { splitChain } from '../../../bridge/ap2/chain.ts'
import { signClaims, signNext, signRoot } from '../../../bridge/ap2/sign.ts'
import type { Json, JsonObject } from '../../../bridge/json.ts'
import { readSdJwt } from '../../../bridge/jws.ts'
import { readDescription } from '../../../bridge/message.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { now } from '../tap-agent.ts'
import { agentKey, processor, provider, shop } from './chains.ts'
import { openDocument, openMandate } from './outbound.ts'
import { ap2Context } from './samples.ts'

const ap2 = adapterOf('ap2')
if (!ap2) throw new Error('ap2 is not registered')

const out = (document: AmpDocument): JsonObject => {
  const result = translateOut(accept(document as unknown as Json), ap2, { now, settings: {} })
  if (result.outcome !== 'translated') throw new Error(`${result.problem.code} ${result.problem.detail}`)
  return result.message.body as JsonObject
}

const back = (data: Record<string, unknown>, context = ap2Context()): Promise<BridgeResult> =>
  translate(
    readDescription({
      method: 'POST',
      url: 'https://merchant.example/',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(data),
    }),
    context,
  )

const mandateIn = (body: JsonObject, index = 0): JsonObject =>
  (body.delegate_payload as readonly JsonObject[])[index] as JsonObject

const user = { key: provider.key, kid: provider.kid }

describe('a mandate with bounds', () => {
  it('is bound the same after it went to AP2, was signed, and came back', async () => {
    await fc.assert(
      fc.asyncProperty(openMandate, async (made) => {
        const document = openDocument({ ...made, isPayment: false })
        const checkout = signRoot(mandateIn(out(document)), user)
        const { lineItems, ...given } = document.given
        const asked = { ...document, given: { ...given, openCheckout: checkout } } as AmpDocument
        const payment = signRoot(mandateIn(out(asked)), user)
        const result = await back({ checkout_mandate: checkout, payment_mandate: payment })
        if (result.outcome !== 'translated' || result.draft?.mode !== 'AUTONOMOUS')
          throw new Error(JSON.stringify(result))
        const { constraints } = result.draft.intent
        const amount = (value: number) => ({ currency: made.currency, value: String(value) })
        const largest = Math.min(made.max ?? made.remaining, made.remaining)
        expect(constraints).toEqual({
          budget_amount: amount(made.remaining),
          payment_amount_max: amount(largest),
          ...(made.min === undefined ? {} : { payment_amount_min: amount(made.min) }),
          ...(made.isListed ? { merchant_name_list: ['Tea House', 'Book House'] } : {}),
          ...(made.count === undefined ? {} : { payment_frequency: { count: made.count, period: 'month' } }),
        })
        expect(result.draft.intent.expiry_time).toBe('2026-11-21T10:00:00Z')
        expect(lineItems).toBeDefined()
      }),
      { numRuns: 40 },
    )
  })
})

/** An order of AMP, through its merchant's signature. */
const checkout = fc
  .record({
    currency: fc.constantFrom('JPY', 'USD', 'KWD'),
    lines: fc.array(
      fc.record({ price: fc.integer({ min: 0, max: 9_999_999 }), quantity: fc.integer({ min: 1, max: 99 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  })
  .map(({ currency, lines }) => ({
    total_amount: { currency, value: String(lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)) },
    merchant: {
      reference_merchant_id: 'tea-1',
      merchant_name: 'Tea House',
      merchant_mcc: '0000',
      merchant_website_url: 'https://tea.example/',
    },
    goods: lines.map(({ price, quantity }, index) => ({
      goods_name: `Tea ${index}`,
      goods_unit_amount: { currency, value: String(price) },
      goods_quantity: String(quantity),
    })),
    reference_checkout_id: 'order-1',
  }))

const immediate = (
  value: typeof checkout extends fc.Arbitrary<infer Value> ? Value : never,
  checkoutJwt: string,
): AmpDocument => ({
  kind: 'mandate',
  value: {
    mandateId: 'mandate-1',
    mandateType: 'IMMEDIATE',
    mandateStatus: 'activated',
    agentId: 'agent-1',
    agentName: 'Tea Agent',
    bindingId: 'binding-1',
    description: 'Tea',
    createdAt: '2026-11-20T10:00:00Z',
    validUntil: '2026-11-20T10:10:00Z',
    budget: {
      total: value.total_amount,
      limit: value.total_amount,
      held: { currency: value.total_amount.currency, value: '0' },
      captured: { currency: value.total_amount.currency, value: '0' },
      remaining: value.total_amount,
    },
    checkout: value,
    events: [],
  },
  given: { checkoutJwt },
})

describe('a checkout', () => {
  it('is the same after its merchant signed it, its user did, and it came back', async () => {
    await fc.assert(
      fc.asyncProperty(checkout, async (value) => {
        const text = signClaims(out({ kind: 'checkout', value, given: {} }), { key: shop.key, kid: shop.kid })
        const body = out(immediate(value, text))
        const data = {
          checkout_mandate: signRoot(mandateIn(body, 0), user),
          payment_mandate: signRoot(mandateIn(body, 1), user),
        }
        const result = await back(data)
        if (result.outcome !== 'translated') throw new Error(JSON.stringify(result))
        expect(result.draft?.mode === 'IMMEDIATE' && result.draft.checkout).toEqual(value)
        expect(result.evidence).toContainEqual({ kind: 'order', status: 'verified' })
      }),
      { numRuns: 40 },
    )
  })

  it('another was signed for is not the one that leaves', async () => {
    const [value] = fc.sample(checkout, 1)
    if (!value) return
    const more = { ...value, total_amount: { ...value.total_amount, value: `${value.total_amount.value}1` } }
    const text = signClaims(out({ kind: 'checkout', value: more, given: {} }), { key: shop.key, kid: shop.kid })
    const result = translateOut(accept(immediate(value, text) as unknown as Json), ap2, { now, settings: {} })
    expect(result.outcome === 'refused' && result.problem.code).toBe('foreign-object-mismatch')
  })
})

describe('a receipt', () => {
  const paid = () => {
    const root = signRoot(
      {
        vct: 'mandate.payment.open.1',
        constraints: [{ type: 'payment.amount_range', currency: 'USD', max: 5_000 }],
        cnf: { jwk: createPublicKey(agentKey).export({ format: 'jwk' }) as unknown as JsonObject },
        iat: now,
      },
      user,
    )
    return signNext(
      root,
      {
        vct: 'mandate.payment.1',
        transaction_id: 'checkout-1',
        payee: { id: 'tea-1', name: 'Tea House' },
        payment_amount: { amount: 1_250, currency: 'USD' },
        payment_instrument: { id: 'mandate-1', type: 'amp' },
      },
      { key: agentKey },
      { aud: 'https://wallet.example', nonce: 'n', iat: now },
    )
  }
  const payment = (status: 'SUCCESS' | 'FAIL', closedMandate: string): AmpDocument => ({
    kind: 'payment',
    value: {
      paymentId: 'payment-1',
      paymentRequestId: 'request-1',
      paymentStatus: status,
      paymentAmount: { currency: 'USD', value: '1250' },
      ...(status === 'FAIL' ? { failure: { code: 'balance-insufficient', title: 'Not enough' } } : {}),
    },
    given: { issuer: processor.issuer, closedMandate },
  })

  it.each(['SUCCESS', 'FAIL'] as const)(
    'of a payment, %s, ties to the closed mandate by the digest of the prose',
    async (status) => {
      const chain = paid()
      const receipt = signClaims(out(payment(status, chain)), { key: processor.key, kid: processor.kid })
      const result = await back({ payment_mandate: chain, 'ap2.PaymentReceipt': receipt })
      if (result.outcome !== 'translated') throw new Error(JSON.stringify(result))
      expect(result.draft).toBeUndefined()
      const how = status === 'SUCCESS' ? 'Success' : 'Error balance-insufficient'
      expect(result.evidence[0]).toEqual({
        kind: 'payment-receipt',
        status: 'verified',
        why: `${how}; names the closed mandate as presented`,
      })
      const other = await back({ payment_mandate: paid(), 'ap2.PaymentReceipt': receipt })
      expect(other.outcome === 'refused' && other.problem.code).toBe('foreign-object-mismatch')
    },
  )

  it('by the digest of the token alone is taken as well, and told apart', async () => {
    const chain = paid()
    const token = (splitChain(chain).at(-1) ?? '').split('~')[0] ?? ''
    const claims = { ...out(payment('FAIL', chain)), reference: createHash('sha256').update(token).digest('base64url') }
    const receipt = signClaims(claims, { key: processor.key, kid: processor.kid })
    const result = await back({ payment_mandate: chain, 'ap2.PaymentReceipt': receipt })
    expect(result.evidence[0]?.why).toBe('Error balance-insufficient; names the closed mandate without its disclosures')
  })

  it('of a payment that has not ended is none', () => {
    const document = payment('FAIL', paid())
    const open = { ...document, value: { ...document.value, paymentStatus: 'PROCESSING' } }
    const result = translateOut(accept(open as unknown as Json), ap2, { now, settings: {} })
    expect(result.outcome === 'refused' && result.problem.code).toBe('foreign-fields-missing')
  })

  it('is read hop by hop by @sd-jwt/core, with the same claims', async () => {
    const hops = splitChain(paid())
    for (const [index, hop] of hops.entries()) {
      const key = createPublicKey(index === 0 ? provider.key : agentKey)
      const reader = new SDJwtInstance({
        verifier: async (data, signature) =>
          verify('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
        hasher: (data) =>
          createHash('sha256')
            .update(typeof data === 'string' ? data : new Uint8Array(data))
            .digest(),
        hashAlg: 'sha-256',
      })
      await reader.verify(hop, { currentDate: now })
      expect(await reader.getClaims(hop)).toEqual(readSdJwt(hop)?.resolved)
    }
  })
})
