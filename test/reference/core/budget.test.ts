/** Laws of mandates, budgets and amounts, as properties. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  adjust,
  type Budget,
  capture,
  fromMajor,
  fromWire,
  hold,
  isTerminal,
  type MandateStatus,
  next,
  release,
  remainingOf,
  statusAt,
  toMajor,
  toWire,
  whyUnusable,
} from '../../../reference/core/index.ts'

const currency = 'USD'
const amount = (value: bigint) => ({ currency, value })

describe('a budget', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('hold' as const), value: fc.bigInt(1n, 500n) }),
    fc.record({ kind: fc.constantFrom('capture' as const, 'release' as const), value: fc.nat().map(BigInt) }),
    fc.record({ kind: fc.constant('adjust' as const), value: fc.bigInt(0n, 1000n) }),
  )

  it('is never exceeded, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 1000n), fc.array(step, { maxLength: 60 }), (total, steps) => {
        let budget: Budget = { currency, total, limit: total, held: 0n, captured: 0n }
        const open: bigint[] = []
        for (const { kind, value } of steps) {
          if (kind === 'hold') {
            const held = hold(budget, amount(value))
            expect(held.ok).toBe(value <= remainingOf(budget))
            if (held.ok) {
              budget = held.value
              open.push(value)
            }
          } else if (kind === 'adjust') {
            const adjusted = adjust(budget, amount(value))
            expect(adjusted.ok).toBe(value <= budget.limit && value >= budget.held + budget.captured)
            if (adjusted.ok) budget = adjusted.value
          } else if (open.length > 0) {
            const [one = 0n] = open.splice(Number(value) % open.length, 1)
            budget = kind === 'capture' ? capture(budget, amount(one)) : release(budget, amount(one))
          }
          expect(
            budget.held + budget.captured <= budget.limit && budget.limit <= budget.total && budget.held >= 0n,
          ).toBe(true)
          expect(budget.held).toBe(open.reduce((sum, one) => sum + one, 0n))
        }
      }),
    )
  })

  it('takes no other currency', () => {
    const budget: Budget = { currency, total: 10n, limit: 10n, held: 0n, captured: 0n }
    expect(hold(budget, { currency: 'EUR', value: 1n })).toMatchObject({ refusal: { code: 'currency-mismatch' } })
    expect(adjust(budget, { currency: 'EUR', value: 1n })).toMatchObject({ refusal: { code: 'currency-mismatch' } })
  })

  it('treats releasing what is not held as a bug', () => {
    expect(() => release({ currency, total: 10n, limit: 10n, held: 1n, captured: 0n }, amount(2n))).toThrow(RangeError)
  })
})

describe('a mandate', () => {
  const statuses = Object.keys(next) as MandateStatus[]

  it('leaves no terminal status (AMP-TRUST-075)', () => {
    for (const status of ['revoked', 'expired', 'finished'] as const) expect(next[status]).toEqual([])
    expect(statuses.filter(isTerminal)).toEqual(['revoked', 'expired', 'finished'])
  })

  it('never goes back to inactive, and to activated only from inactive', () => {
    for (const status of statuses) expect(next[status]).not.toContain('inactive')
    expect(statuses.filter((status) => next[status].includes('activated'))).toEqual(['inactive'])
  })

  it.each([
    ['inactive', 'mandate-inactive'],
    ['revoked', 'mandate-revoked'],
    ['expired', 'mandate-expired'],
    ['finished', 'mandate-finished'],
  ] as const)('backs nothing while %s, and says so', (status, code) => {
    expect(whyUnusable(status)).toEqual({ code, mandateStatus: status })
    expect(whyUnusable('activated')).toBeUndefined()
  })

  it('expires at its end, not before, and a terminal status stays what it is', () => {
    expect([
      statusAt('activated', 100, 99),
      statusAt('activated', 100, 100),
      statusAt('inactive', 100, 100),
      statusAt('revoked', 100, 200),
    ]).toEqual(['activated', 'expired', 'expired', 'revoked'])
  })
})

describe('an amount', () => {
  it('survives the wire', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 999_999_999_999_999_999n), (value) => {
        expect(fromWire(toWire(amount(value)))).toEqual(amount(value))
      }),
    )
  })

  it('survives major units in currencies of no, two and three decimals', () => {
    fc.assert(
      fc.property(fc.constantFrom('JPY', 'USD', 'KWD'), fc.bigInt(0n, 999_999_999_999n), (code, value) => {
        expect(fromMajor(toMajor({ currency: code, value }), code)).toEqual({
          ok: true,
          value: { currency: code, value },
        })
      }),
    )
  })

  it.each([
    ['0.001', 'USD', 'request-invalid'],
    ['1.5', 'JPY', 'request-invalid'],
    ['-1', 'USD', 'request-invalid'],
    ['1e3', 'USD', 'request-invalid'],
    ['01', 'USD', 'request-invalid'],
    ['1', 'ZZZ', 'currency-mismatch'],
  ])('is refused where it has no exact form: %s %s', (text, code, problem) => {
    expect(fromMajor(text, code)).toMatchObject({ ok: false, refusal: { code: problem } })
  })

  it('has no wire form below zero', () => {
    expect(() => toWire(amount(-1n))).toThrow(RangeError)
  })
})
