/** Proves that a checkout survives the way to UCP and back, to the last minor unit, in currencies of 0, 2 and 3 decimals. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { paymentOf, readAmpInstrument } from '../../../bridge/payment-handler.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { toAmpCheckout } from '../../../bridge/ucp/checkout.ts'
import { accept } from '../../../reference/core/outcome.ts'
import type { Message } from '../../../schemas/index.ts'
import { everybody, ucpPlatform } from '../parties.ts'
import { now } from '../tap-agent.ts'
import { activated, ampCheckout, credential } from './outbound.ts'
import { ucpSigned } from './parties.ts'
import { ucpCheckout } from './samples.ts'

const adapter = adapterOf('ucp')
if (!adapter) throw new Error('UCP is not registered')
const context = { now, settings: {} }
const network = 'https://network.amp.example'

const out = (kind: string, value: unknown, given: JsonObject) => {
  const result = translateOut(accept({ kind, value, given } as unknown as Json), adapter, context)
  if (result.outcome !== 'translated') throw new Error(`${result.problem.code} ${result.problem.detail}`)
  return result.message
}
const refusalOf = (kind: string, value: unknown, given: JsonObject) => {
  const result = translateOut(accept({ kind, value, given } as unknown as Json), adapter, context)
  return result.outcome === 'refused' ? result.problem.code : result.outcome
}

const back = async (body: unknown) => {
  const message = await ucpSigned(
    {
      method: 'POST',
      url: 'https://bridge.example/offers',
      headers: { 'content-type': 'application/json', 'ucp-agent': `profile="${ucpPlatform.issuer}"` },
      body: JSON.stringify(body),
    },
    ucpPlatform,
    now,
  )
  return translate(readDescription(message), everybody())
}

describe('a checkout', () => {
  it('comes back as it left', async () => {
    await fc.assert(
      fc.asyncProperty(ampCheckout, fc.constantFrom('2026-04-08', '2026-08-25'), async (checkout, version) => {
        const { body } = out('checkout', checkout, { network, version })
        expect(await back(body)).toMatchObject({
          outcome: 'translated',
          draft: { status: 'inactive', mode: 'IMMEDIATE', checkout, source: { protocol: 'ucp', version } },
        })
      }),
      { numRuns: 60 },
    )
  })

  it('keeps its total whatever its lines, and its lines add up to it', () => {
    const merchant = { reference_merchant_id: 'm', merchant_name: 'M', merchant_mcc: '5999' }
    fc.assert(
      fc.property(
        fc.record({
          currency: fc.constantFrom('USD', 'JPY', 'KWD'),
          price: fc.integer({ min: 1, max: 9_999_999 }),
          quantity: fc.integer({ min: 1, max: 99 }),
          tax: fc.integer({ min: 0, max: 999 }),
          discount: fc.integer({ min: 0, max: 1 }),
        }),
        (money) => {
          const body = ucpCheckout({ version: '2026-04-08', id: 's', money }) as unknown as JsonObject
          const made = toAmpCheckout(body, merchant)
          if (!made.ok) throw new Error(made.refusal.detail)
          const { total_amount: total, goods } = made.value
          const expected = BigInt(money.price) * BigInt(money.quantity) + BigInt(money.tax) - BigInt(money.discount)
          expect(total).toEqual({ currency: money.currency, value: expected.toString() })
          const sum = goods.reduce(
            (all, line) => all + BigInt(line.goods_unit_amount.value) * BigInt(line.goods_quantity),
            0n,
          )
          expect(sum).toBe(expected)
          expect(goods.length).toBe(money.discount > 0 ? 1 : money.tax > 0 ? 2 : 1)
        },
      ),
    )
  })

  it.each([
    ['a fraction of a minor unit', { totals: [{ type: 'total', amount: 12.5 }] }, 'message-malformed'],
    ['an amount JSON cannot carry', { totals: [{ type: 'total', amount: 2 ** 53 }] }, 'message-malformed'],
    ['a negative total', { totals: [{ type: 'total', amount: -1 }] }, 'message-malformed'],
    ['two totals', { totals: [1, 1].map((amount) => ({ type: 'total', amount })) }, 'message-malformed'],
    ['no currency of ISO 4217', { currency: 'XXX' }, 'foreign-currency-missing'],
  ])('with %s is refused, not rounded', async (_name, change, code) => {
    const money = { currency: 'USD' as const, price: 100, quantity: 1, tax: 0, discount: 0 }
    const result = await back({ ...ucpCheckout({ version: '2026-08-25', id: 's', money }), ...change })
    expect(result.outcome === 'refused' && result.problem.code).toBe(code)
  })

  it('sold by weight becomes one line', async () => {
    const money = { currency: 'USD' as const, price: 100, quantity: 3, tax: 0, discount: 0 }
    const body = ucpCheckout({ version: '2026-08-25', id: 's', money }) as unknown as { line_items: JsonObject[] }
    const item = { id: 'i', title: 'Cherries', price: 100, quantity_unit: { unit: 'KGM', scale: 1 } }
    const result = await back({ ...body, line_items: [{ ...body.line_items[0], item }] })
    expect(result).toMatchObject({
      draft: { checkout: { goods: [{ goods_name: '3 x Cherries', goods_unit_amount: { value: '300' } }] } },
    })
  })

  it('whose name AMP has no alphabet for keeps its digest', async () => {
    const money = { currency: 'USD' as const, price: 100, quantity: 1, tax: 0, discount: 0 }
    const ids = await Promise.all(
      ['gid://shop/Checkout/1?key=a', 'gid://shop/Checkout/1?key=b'].map(async (id) => {
        const result = await back(ucpCheckout({ version: '2026-08-25', id, money }))
        return result.outcome === 'translated' && result.draft?.mode === 'IMMEDIATE'
          ? result.draft.checkout.reference_checkout_id
          : undefined
      }),
    )
    expect(ids[0]).toMatch(/^ucp-[A-Za-z0-9_-]{43}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  it('too large for a JSON number, or whose lines do not add up, does not leave', () => {
    const value = {
      total_amount: { currency: 'USD', value: '100' },
      merchant: { reference_merchant_id: 'm', merchant_name: 'M', merchant_mcc: '5999' },
      goods: [{ goods_name: 'Tea', goods_unit_amount: { currency: 'USD', value: '100' }, goods_quantity: '1' }],
      reference_checkout_id: 's',
    }
    const huge = { currency: 'USD', value: '900719925474099267' }
    expect(refusalOf('checkout', value, { network, version: '2026-01-23' })).toBe('version-unsupported')
    expect(refusalOf('checkout', value, {})).toBe('foreign-fields-missing')
    expect(refusalOf('checkout', { ...value, total_amount: { currency: 'USD', value: '99' } }, { network })).toBe(
      'checkout-mismatch',
    )
    expect(
      refusalOf(
        'checkout',
        { ...value, total_amount: huge, goods: [{ ...value.goods[0], goods_unit_amount: huge }] },
        { network },
      ),
    ).toBe('message-malformed')
  })
})

describe('a mandate', () => {
  const given = {
    checkoutId: 'session-1',
    handlerId: 'amp',
    profile: 'https://platform.example/profile',
    idempotencyKey: '550e8400-e29b-41d4-a716-446655440000',
    ...credential,
  }

  it('pays by an instrument the merchant hands to its acquirer', () => {
    const { body, path, headers } = out('mandate', activated('100', 'USD'), given)
    expect(path).toBe('/checkout-sessions/session-1/complete')
    expect(headers).toMatchObject({ 'idempotency-key': given.idempotencyKey })
    const sent = (body as { payment: { instruments: JsonObject[] } }).payment.instruments[0] as JsonObject
    const instrument = readAmpInstrument(sent, 'body')
    if (!instrument.ok) throw new Error(instrument.refusal.detail)
    expect(paymentOf({ reference_checkout_id: 'session-1' } as Message<'common/checkout'>, instrument.value)).toEqual(
      accept({ checkoutId: 'session-1', paymentToken: credential.token, assurance: credential.assurance }),
    )
  })

  it.each(['inactive', 'revoked', 'expired', 'finished'])('that is %s does not leave', (mandateStatus) => {
    expect(refusalOf('mandate', { ...activated('100', 'USD'), mandateStatus }, given)).toBe(`mandate-${mandateStatus}`)
  })

  it('about another checkout does not leave', () => {
    const checkout = {
      total_amount: { currency: 'USD', value: '100' },
      merchant: { reference_merchant_id: 'm', merchant_name: 'M', merchant_mcc: '5999' },
      goods: [{ goods_name: 'Tea', goods_unit_amount: { currency: 'USD', value: '100' }, goods_quantity: '1' }],
      reference_checkout_id: 'session-2',
    }
    expect(refusalOf('mandate', activated('100', 'USD', checkout), given)).toBe('checkout-mismatch')
  })
})

describe('a payment', () => {
  it('of another amount completes nothing, and a credential is never answered', () => {
    const money = { currency: 'USD' as const, price: 100, quantity: 1, tax: 0, discount: 0 }
    const checkout = {
      ...ucpCheckout({ version: '2026-08-25', id: 's', money }),
      payment: { instruments: [{ id: 'm', handler_id: 'amp', type: 'amp_wallet', credential: { type: 't' } }] },
    } as unknown as JsonObject
    const payment = (value: string) => ({
      paymentId: 'p',
      paymentRequestId: 'r',
      paymentStatus: 'SUCCESS',
      paymentAmount: { currency: 'USD', value },
    })
    const given = { checkout, orderId: 'o', permalinkUrl: 'https://tea.example/o' }
    expect(refusalOf('payment', payment('99'), given)).toBe('checkout-mismatch')
    const { body } = out('payment', payment('100'), given)
    expect(body).toMatchObject({ status: 'completed', order: { id: 'o' } })
    expect(JSON.stringify(body)).not.toContain('credential')
  })
})
