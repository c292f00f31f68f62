/** Laws of the rating, each over 1,000 histories: deterministic, bounded, never better for worse, back to the start in the end. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTime } from '../../../../reference/core/time.ts'
import {
  applyEvent,
  newStanding,
  passTime,
  type RatingEvent,
  ratingOf,
  standingAfter,
  whyUnsoundRating,
} from '../../../../reference/core/trust/rating.ts'
import { isMessage } from '../../../../schemas/index.ts'
import { adverseKinds, day, histories, payment, ratingPolicy as policy, start } from './events.ts'

const numRuns = 1000
const endOf = (events: readonly RatingEvent[]): number => parseTime(events.at(-1)?.at ?? '') ?? start
const scoreAt = (events: readonly RatingEvent[], at: number): number =>
  ratingOf(policy, standingAfter(policy, start, events), at).score
const fresh = ratingOf(policy, newStanding(start), start)

describe('the rating', () => {
  it('has a sound policy of its schema, and says why another is not', () => {
    expect(isMessage('extensions/rating/policy', policy)).toBe(true)
    expect(whyUnsoundRating(policy)).toBeUndefined()
    expect(whyUnsoundRating({ ...policy, weights: policy.weights.map((row) => ({ ...row, weight: 1 })) })).toBe(
      'weights sum to 1000',
    )
    expect(whyUnsoundRating({ ...policy, tiers: [...policy.tiers].reverse() })).toBe('tiers rise from L0 to L4')
  })

  it('is the same for the same events, whether taken one by one or read over again', () => {
    fc.assert(
      fc.property(histories, fc.nat(400 * day), (events, later) => {
        let standing = newStanding(start)
        for (const event of events) {
          standing = applyEvent(policy, standing, event)
          ratingOf(policy, standing, standing.at + 999)
        }
        const at = endOf(events) + later
        expect(standing).toEqual(standingAfter(policy, start, structuredClone(events)))
        const inSteps = passTime(policy, passTime(policy, standing, standing.at + Math.floor(later / 3)), at)
        expect(ratingOf(policy, inSteps, at)).toEqual(ratingOf(policy, standing, at))
      }),
      { numRuns },
    )
  })

  it('is bounded, and what is remembered is bounded', () => {
    fc.assert(
      fc.property(histories, fc.nat(400 * day), (events, later) => {
        const standing = standingAfter(policy, start, events)
        const { score, credit, dimensions } = ratingOf(policy, standing, endOf(events) + later)
        for (const value of [score, credit, ...dimensions.map((row) => row.score)]) {
          expect(Number.isInteger(value) && value >= 0 && value <= 1000).toBe(true)
        }
        expect(standing.earned.size).toBeLessThanOrEqual(policy.earning.merchantsMax)
      }),
      { numRuns },
    )
  })

  it('is never raised by one more adverse event, wherever it stands', () => {
    const place = fc.tuple(histories, fc.nat(), fc.constantFrom(...adverseKinds), fc.integer({ min: 1, max: 10 }))
    fc.assert(
      fc.property(place, fc.nat(200 * day), ([events, where, kind, severity], later) => {
        const index = where % (events.length + 1)
        const at = endOf(events.slice(0, index))
        const worse = [...events]
        worse.splice(index, 0, payment(999, at, { kind, severity }))
        const end = endOf(events) + later
        expect(scoreAt(worse, end)).toBeLessThanOrEqual(scoreAt(events, end))
      }),
      { numRuns },
    )
  })

  it('is never raised by a graver event in place of a lighter one', () => {
    fc.assert(
      fc.property(histories, fc.nat(200 * day), (events, later) => {
        const graver = events.map((event) => (event.severity === undefined ? event : { ...event, severity: 10 }))
        const end = endOf(events) + later
        expect(scoreAt(graver, end)).toBeLessThanOrEqual(scoreAt(events, end))
      }),
      { numRuns },
    )
  })

  it('goes back to where it started when nothing more happens, from above and from below', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const standing = standingAfter(policy, start, events)
        expect(ratingOf(policy, standing, standing.at + 1001 * day)).toEqual(fresh)
      }),
      { numRuns },
    )
  })

  it('is not bought with tiny payments, with linked parties, or in a currency without a bound', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const bought = events.map((event, index) => ({
          ...event,
          ...(index % 3 === 0 ? { amount: { currency: 'USD', value: '499' } } : {}),
          ...(index % 3 === 1 ? { related: true } : {}),
          ...(index % 3 === 2 ? { amount: { currency: 'XAF', value: '100000000' } } : {}),
        }))
        expect(scoreAt(bought, endOf(bought))).toBeLessThanOrEqual(fresh.score)
      }),
      { numRuns },
    )
  })

  it('cannot leave its first tier by way of two merchants, however much is paid', () => {
    const payments = Array.from({ length: 730 }, (_, index) =>
      payment(index, start + index * (day / 2), {
        merchantId: `merchant-${index % 2}`,
        amount: { currency: 'USD', value: '9000000' },
      }),
    )
    expect(ratingOf(policy, standingAfter(policy, start, payments), start + 365 * day).tier).toBe(fresh.tier)
  })

  it('takes back what a refunded payment earned', () => {
    const paid = payment(1, start)
    const back = payment(2, start, { kind: 'payment-refunded' })
    const credit = (events: readonly RatingEvent[]) =>
      ratingOf(policy, standingAfter(policy, start, events), start).credit
    expect(credit([paid])).toBe(policy.earning.perPayment)
    expect(credit([paid, back])).toBe(0)
  })

  it('takes an event older than its standing for a bug', () => {
    const standing = applyEvent(policy, newStanding(start), payment(1, start + day))
    expect(() => applyEvent(policy, standing, payment(2, start))).toThrow(RangeError)
  })
})
