/** What the clearing is measured with, held to a small run: memory stays flat, medians are medians. */
import { expect, it } from 'vitest'
import { libraries } from './clearing/books.ts'
import { median } from './clearing/measure.ts'
import { memoryOver } from './clearing/memory.ts'

it('a clearing holds no more memory after more ticks', { timeout: 120_000 }, async () => {
  const [library] = await libraries(['sqlite'])
  if (!library) throw new Error('there is no engine')
  const { heapGrowth, points } = await memoryOver(library, { channels: 200, ticks: 60_000 })
  await library.close()
  await library.stop()
  expect(points.map(({ ticks }) => ticks)).toEqual(Array.from({ length: 11 }, (_, tenth) => tenth * 6_000))
  expect(heapGrowth).toBeLessThan(0.05)
})

it('takes the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(() => median([])).toThrow()
})
