/** The suite's own reading of a rating comes to what the reference's does, for whatever happened, and to known numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rateAnew } from '../../conformance/rating.ts'
import { parseTime } from '../../reference/core/time.ts'
import { ratingOf, standingAfter } from '../../reference/core/trust/rating.ts'
import { adverseKinds, day, histories, payment, ratingPolicy, start } from '../reference/core/trust/events.ts'

const kind = (name: string) => ratingPolicy.kinds.find((row) => row.kind === name)

const both = (events: Parameters<typeof rateAnew>[1], now: number) => {
  const anew = rateAnew(ratingPolicy, events, { iat: now, registered_at: start })
  const standing = standingAfter(ratingPolicy, start, events)
  const { score, tier, credit, dimensions } = ratingOf(ratingPolicy, standing, now)
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
})
