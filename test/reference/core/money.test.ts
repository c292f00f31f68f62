/** Amounts, budgets and payment tokens by example: each number, code and word that a property lets slip by. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { amountOf, sameAmount } from '../../../reference/core/amount.ts'
import { adjust, capture, fromMajor, hold, release, toWire } from '../../../reference/core/index.ts'
import { type Budget, budgetToWire } from '../../../reference/core/mandate.ts'
import { issuePaymentToken, parsePaymentToken, paymentTokenDigest } from '../../../reference/core/payment-token.ts'

const usd = (value: bigint) => amountOf('USD', value)
const budget: Budget = { currency: 'USD', total: 1_000n, limit: 900n, held: 200n, captured: 300n }

describe('an amount', () => {
  it.each([
    ['5', 'USD', 500n],
    ['5.1', 'USD', 510n],
    ['5.10', 'USD', 510n],
    ['5.100000', 'USD', 510n],
    ['0.05', 'USD', 5n],
    ['7', 'JPY', 7n],
    ['7.0', 'JPY', 7n],
    ['7.123', 'KWD', 7_123n],
    ['7.1', 'KWD', 7_100n],
  ])('of %s %s is %s minor units', (text, currency, value) => {
    expect(fromMajor(text, currency)).toEqual({ ok: true, value: { currency, value } })
  })

  it('that has no exact form says so, with its currency', () => {
    expect(fromMajor('5.101', 'USD')).toMatchObject({
      refusal: { code: 'request-invalid', detail: expect.stringContaining('USD') },
    })
    expect(fromMajor('1', 'USX')).toMatchObject({
      refusal: { code: 'currency-mismatch', detail: expect.stringContaining('USX') },
    })
  })

  it('is the same money in the same currency alone, and has no wire form below zero', () => {
    const one = { currency: 'USD', value: '1' }
    expect([one, { ...one, value: '2' }, { ...one, currency: 'EUR' }].map((other) => sameAmount(one, other))).toEqual([
      true,
      false,
      false,
    ])
    expect(toWire(usd(0n))).toEqual({ currency: 'USD', value: '0' })
    expect(() => toWire(usd(-1n))).toThrow('a negative amount has no wire form')
  })
})

describe('a budget', () => {
  it('holds what remains and not one more, and says what remains', () => {
    expect(hold(budget, usd(400n))).toEqual({ ok: true, value: { ...budget, held: 600n } })
    const limit = { currency: 'USD', value: '400' }
    expect(hold(budget, usd(401n))).toMatchObject({ refusal: { code: 'budget-exceeded', limit } })
    expect(hold(budget, amountOf('EUR', 1n))).toMatchObject({ refusal: { code: 'currency-mismatch' } })
  })

  it('moves a hold to what was spent, or gives it back, and never what is not held', () => {
    expect(capture(budget, usd(200n))).toEqual({ ...budget, held: 0n, captured: 500n })
    expect(release(budget, usd(50n))).toEqual({ ...budget, held: 150n })
    expect(() => release(budget, usd(201n))).toThrow('no such hold')
    expect(() => release(budget, amountOf('EUR', 1n))).toThrow('no such hold')
  })

  it.each([
    [900n, undefined, undefined],
    [500n, undefined, undefined],
    [901n, 'limit-not-lower', '900'],
    [499n, 'limit-below-used', '500'],
  ])('takes %s as a new limit, or refuses it as %s at %s', (value, code, at) => {
    const adjusted = adjust(budget, usd(value))
    if (code === undefined) expect(adjusted).toEqual({ ok: true, value: { ...budget, limit: value } })
    else expect(adjusted).toMatchObject({ refusal: { code, limit: { currency: 'USD', value: at } } })
  })

  it('stands on the wire with what remains', () => {
    const wire = (value: string) => ({ currency: 'USD', value })
    expect(budgetToWire(budget)).toEqual({
      total: wire('1000'),
      limit: wire('900'),
      held: wire('200'),
      captured: wire('300'),
      remaining: wire('400'),
    })
  })
})

describe('a payment token', () => {
  it('is read part by part, or not at all', () => {
    const payload = 'a'.repeat(16)
    expect(parsePaymentToken(`28166623${payload}`)).toEqual({ version: '1', institution: '666', payload })
    for (const wrong of ['', payload, `28166624${payload}`, `2816662${payload}`, `28166623${'a'.repeat(15)}`])
      expect(parsePaymentToken(wrong)).toBeUndefined()
  })

  it('is made of two nonces, and kept as a digest that cannot pay', () => {
    const hex = createHash('sha256').update('one.two').digest('hex').slice(0, 32)
    expect(issuePaymentToken(['one', 'two'])).toBe(`28166623${hex}`)
    expect(paymentTokenDigest('code')).toBe(createHash('sha256').update('code').digest('base64url'))
  })
})
