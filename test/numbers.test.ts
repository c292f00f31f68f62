/** The figures in the README are those of this tree. */
import { expect, it } from 'vitest'
import { numbers, written } from './numbers.ts'

it('the README says what npm run numbers computes', () => {
  expect(written()).toBe(numbers())
})
