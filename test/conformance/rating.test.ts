/** The suite's own reading of a rating comes to what the reference's does, for whatever happened, and to known numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateAnew } from '../../conformance/rating.ts'
import { parseTime } from '../../reference/core/time.ts'
import { ratingOf, standingAfter } from '../../reference/core/trust/rating.ts'
import { adverseKinds, day, histories, payment, ratingPolicy, start } from '../reference/core/trust/events.ts'

const kind = (name: string) => ratingPolicy.kinds.find((row) => row.kind === name)

const both = (events: Parameters<typeof rateAnew>[1], now: number, policy = ratingPolicy) => {
  const anew = rateAnew(policy, events, { iat: now, registered_at: start })
  const standing = standingAfter(policy, start, events)
  const { score, tier, credit, dimensions } = ratingOf(policy, standing, now)
  return {
    anew,
    reference: { score, tier, credit, dimensions, evidence: { count: standing.count, head: standing.head } },
  }
}

describe('a rating computed twice', () => {
  it('is the same, digest for digest, at any moment after any history', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 400 * day }), (events, later) => {
        const now = (parseTime(events.at(-1)?.at ?? '') ?? start) + later
        const { anew, reference } = both(events, now)
        expect(anew).toMatchObject(reference)
      }),
      { numRuns: 300 },
    )
  })

  it('is the same where many payments fill a day, a merchant and the number of merchants', () => {
    const rows = Array.from({ length: 120 }, (_, index) =>
      payment(index, start + index * 3_600, { merchantId: `merchant-${index % 25}` }),
    )
    const one = rows.map((event) => ({ ...event, merchantId: 'merchant-1' }))
    for (const events of [rows, one]) {
      const now = start + 120 * 3_600
      const { anew, reference } = both(events, now)
      expect(anew).toMatchObject(reference)
      expect(anew.credit).toBeGreaterThan(0)
    }
  })

  it.each(adverseKinds)('is the same after %s, once and until nothing is left', (name) => {
    const bad = (index: number) => payment(index, start + index * 60, { kind: name, severity: 10 })
    for (const events of [[bad(1)], Array.from({ length: 60 }, (_, index) => bad(index))]) {
      const now = start + 7 * day
      const { anew, reference } = both(events, now)
      expect(anew).toMatchObject(reference)
      const { dimension } = kind(name) ?? {}
      expect(anew.dimensions.find((row) => row.dimension === dimension)?.score).toBeLessThan(1000)
    }
  })

  /** Histories that come to a number of their own, so that two readings that are wrong alike are not taken for right. */
  const paid = (index: number, merchantId: string, change: object = {}) =>
    payment(index, start + index * day, { merchantId, ...change })
  const { perPayment, perMerchantMax, decayPerDay } = ratingPolicy.earning

  it('is the same where one payment is refunded, and takes back what that one had earned', () => {
    const refund = payment(3, start + 2 * day, { kind: 'payment-refunded', merchantId: 'merchant-1' })
    const { merchantId: _merchant, ...nowhere } = refund
    for (const [events, share] of [
      [[paid(1, 'merchant-1'), refund], 0],
      [[paid(1, 'merchant-1'), { ...refund, merchantId: 'merchant-2' }], perPayment - decayPerDay],
      [[paid(1, 'merchant-1'), nowhere], perPayment - decayPerDay],
      [[paid(1, 'merchant-1'), { ...refund, kind: 'agent-challenged' as never }], perPayment - decayPerDay],
    ] as const) {
      const { anew, reference } = both(events as never, start + 2 * day)
      expect(anew).toMatchObject(reference)
      expect(anew.credit).toBe(Math.max(0, Math.floor(Math.min(share, perMerchantMax))))
    }
  })

  it('is the same at the last merchant that counts and at the first that does not, until one is forgotten', () => {
    const { earning } = ratingPolicy
    const policy = { ...ratingPolicy, earning: { ...earning, perDayMax: 1_000, merchantsMax: 3 } }
    const at = (merchantId: string, later: number) => payment(later, start + later, { merchantId })
    const three = ['a', 'b', 'c'].map((merchantId) => at(merchantId, 0))
    const forgotten = earning.perPayment * day
    const creditAfter = (...events: readonly ReturnType<typeof at>[]): number => {
      const end = parseTime(events.at(-1)?.at ?? '') ?? start
      const { anew, reference } = both(events, end, policy)
      expect(anew).toMatchObject(reference)
      return anew.credit
    }
    const each = earning.perPayment
    expect(creditAfter(...three)).toBe(3 * each)
    expect(creditAfter(...three, at('d', 0))).toBe(3 * each)
    expect(creditAfter(...three, at('c', 0))).toBe(4 * each)
    expect(creditAfter(...three.slice(1), at('d', 0))).toBe(3 * each)
    expect(creditAfter(...three, at('d', forgotten - 1))).toBe(0)
    expect(creditAfter(...three, at('d', forgotten))).toBe(each)
    expect(creditAfter(...three, at('c', forgotten))).toBe(each)
  })

  it('is the same for a payment without an amount, or of a kind that has no cost', () => {
    const { amount: _amount, ...priceless } = paid(1, 'merchant-1')
    for (const event of [priceless, paid(1, 'merchant-1', { kind: 'unheard-of' })]) {
      const { anew, reference } = both([event as never], start + 2 * day)
      expect(anew).toMatchObject(reference)
      expect(anew.credit).toBe(0)
    }
  })

  it('has the lowest tier where none begins so low', () => {
    const high = { ...ratingPolicy, tiers: ratingPolicy.tiers.map((row) => ({ ...row, from: 1_001 })) }
    expect(rateAnew(high, [], { iat: start, registered_at: start }).tier).toBe('L0')
  })
})
