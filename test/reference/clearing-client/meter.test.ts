/** The meter rounds nobody: what is told as delivered never passes the price, and falls short of it by less than a unit. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMeter } from '../../../reference/index.ts'

it('counts at prices below the smallest unit', () => {
  const meter = createMeter({ price: '0.0000025' })
  expect(meter.covers(2n, 1)).toBe(false)
  expect(meter.covers(3n, 1)).toBe(true)
  meter.count(1)
  expect([meter.delivered(), meter.needed(0), meter.needed(1)]).toEqual([2n, 3n, 5n])
  meter.count(1)
  expect([meter.delivered(), meter.needed(0)]).toEqual([5n, 5n])
})

it('comes to the same however the counts come in', () => {
  const prices = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 9n }), fc.integer({ min: 0, max: 12 }))
  fc.assert(
    fc.property(prices, fc.array(fc.nat({ max: 10_000 })), ([digits, places], counts) => {
      const text = digits.toString().padStart(places + 1, '0')
      const price = places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
      const [piecewise, whole] = [createMeter({ price }), createMeter({ price })]
      for (const count of counts) piecewise.count(count)
      whole.count(counts.reduce((sum, count) => sum + count, 0))
      expect(piecewise.delivered()).toBe(whole.delivered())
      const exact = whole.served() * digits * 10n ** 6n
      const unit = 10n ** BigInt(places)
      expect(whole.delivered() * unit <= exact && exact - whole.delivered() * unit < unit).toBe(true)
      expect(whole.needed(0) - whole.delivered()).toBeLessThanOrEqual(1n)
    }),
  )
})

it.each(['0', '0.0', '-1', '', '1.', '.5', '1e3', ' 1'])('refuses %j as a price', (price) => {
  expect(() => createMeter({ price })).toThrow(RangeError)
})
