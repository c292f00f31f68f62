/** Proves the arithmetic of coverage: every id is in exactly one place, and nothing unknown is counted. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coverageOf } from '../../spec/tools/coverage.ts'

const published = (id: string) => ({ id, extension: false })
const ours = (id: string) => ({ id, extension: true })

test('published requirements and ours are counted apart', () => {
  const { coverage, inconsistencies } = coverageOf({
    requirements: [published('A'), published('B'), published('C'), ours('X'), ours('Y')],
    checks: [
      { id: 'one', requirements: ['A', 'X'] },
      { id: 'two', requirements: ['A'] },
    ],
    excuses: { B: 'only inside' },
    killMatrix: [
      { mutant: 'm', killedBy: ['one', 'two'] },
      { mutant: 'n', killedBy: [] },
    ],
  })
  expect(coverage).toEqual({
    requirements: 3,
    checked: 1,
    excused: 1,
    neither: ['C'],
    extensions: { requirements: 2, checked: 1, excused: 0, neither: ['Y'] },
    mutantsKilled: 1,
    mutants: 2,
  })
  expect(inconsistencies).toEqual([])
})

test('what contradicts the register or itself is named', () => {
  const { inconsistencies } = coverageOf({
    requirements: [published('A'), published('B')],
    checks: [{ id: 'one', requirements: ['A', 'Z'] }],
    excuses: { A: 'reason', B: ' ', Y: 'reason' },
    killMatrix: [],
  })
  expect(inconsistencies).toEqual([
    'check "one" cites Z, which is no requirement',
    'Y is excused, but is no requirement',
    'A is both checked and excused',
    'B is excused without a reason',
  ])
})

test('checked, excused and neither add up unless an id is both', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map((number) => `R${number}`))
  fc.assert(
    fc.property(ids, ids, ids, (all, checked, excused) => {
      const { coverage } = coverageOf({
        requirements: all.map(published),
        checks: checked.map((id) => ({ id: `check ${id}`, requirements: [id] })),
        excuses: Object.fromEntries(excused.map((id) => [id, 'reason'])),
        killMatrix: [],
      })
      const both = all.filter((id) => checked.includes(id) && excused.includes(id)).length
      expect(coverage.checked + coverage.excused + coverage.neither.length - both).toBe(all.length)
      expect(coverage.neither.every((id) => !checked.includes(id) && !excused.includes(id))).toBe(true)
    }),
  )
})
