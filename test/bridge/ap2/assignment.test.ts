/** Proves that checkout lines are assigned exactly: as trying every way says, also where the first fit fails. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isAssigned, type Line, type Requirement } from '../../../bridge/ap2/assignment.ts'

/** Every unit of every line tried in every place: slow and plain. */
const isPlaced = (lines: readonly Line[], requirements: readonly Requirement[]): boolean => {
  const units = lines.flatMap(({ item, quantity }) => new Array<string>(quantity).fill(item))
  const place = (index: number, left: readonly number[]): boolean => {
    if (index === units.length) return left.every((each) => each === 0)
    return requirements.some(
      ({ items }, at) =>
        (left[at] ?? 0) > 0 &&
        items.includes(units[index] ?? '') &&
        place(
          index + 1,
          left.map((each, other) => (other === at ? each - 1 : each)),
        ),
    )
  }
  return place(
    0,
    requirements.map(({ quantity }) => quantity),
  )
}

const item = fc.constantFrom('a', 'b', 'c')
const lines = fc.array(fc.record({ item, quantity: fc.integer({ min: 1, max: 2 }) }), { minLength: 1, maxLength: 3 })
const requirements = fc.array(
  fc.record({ items: fc.uniqueArray(item, { maxLength: 3 }), quantity: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 3 },
)

it('is what trying every way finds', () => {
  let assigned = 0
  fc.assert(
    fc.property(lines, requirements, (some, asked) => {
      const found = isAssigned(some, asked)
      if (found) assigned += 1
      expect(found).toBe(isPlaced(some, asked))
    }),
    { numRuns: 2_000 },
  )
  expect(assigned).toBeGreaterThan(20)
})

it('gives up a first fit another line needs', () => {
  const asked = [
    { items: ['red', 'blue'], quantity: 1 },
    { items: ['red'], quantity: 1 },
  ]
  const bought = [
    { item: 'red', quantity: 1 },
    { item: 'blue', quantity: 1 },
  ]
  expect(isAssigned(bought, asked)).toBe(true)
  expect(isAssigned(bought.toReversed(), asked)).toBe(true)
  expect(isAssigned([{ item: 'blue', quantity: 2 }], asked)).toBe(false)
  expect(isAssigned([...bought, { item: 'red', quantity: 1 }], asked)).toBe(false)
})

it('takes large quantities without counting them one by one', () => {
  const many = 1_000_000_000
  expect(isAssigned([{ item: 'a', quantity: many }], [{ items: ['a'], quantity: many }])).toBe(true)
  expect(isAssigned([{ item: 'a', quantity: many }], [{ items: ['a'], quantity: many - 1 }])).toBe(false)
})
