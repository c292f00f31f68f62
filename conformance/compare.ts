/** Two runs held against each other: another seed on one target, or one seed on two. */
import type { Report } from './certify.ts'
import type { CheckResult, Verdict } from './run.ts'

/** A check that came to another verdict the second time. */
export type Difference = {
  readonly id: string
  readonly first: Verdict | 'missing'
  readonly second: Verdict | 'missing'
  readonly reason: string
}

const reasonOf = (...results: readonly (CheckResult | undefined)[]): string =>
  results.map((result) => result?.reason).find((reason) => reason !== undefined) ?? ''

/** Every check whose verdicts differ, in the order of the first run. */
export const differencesOf = (first: Report, second: Report): readonly Difference[] => {
  const ids = [...new Set([...first.results, ...second.results].map(({ id }) => id))]
  return ids.flatMap((id) => {
    const one = first.results.find((result) => result.id === id)
    const other = second.results.find((result) => result.id === id)
    if (one?.verdict === other?.verdict) return []
    return [{ id, first: one?.verdict ?? 'missing', second: other?.verdict ?? 'missing', reason: reasonOf(other, one) }]
  })
}

/** Failures that were expected: which came, which did not, and which nobody expected. */
export type Expected = {
  readonly unexpected: readonly string[]
  /** Entries that passed, or name no check: the list is stale. */
  readonly stale: readonly string[]
}

/** Holds the failures of a report against a list of check ids. */
export const againstExpected = ({ results }: Report, expected: readonly string[]): Expected => {
  const failing = results.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)
  return {
    unexpected: failing.filter((id) => !expected.includes(id)),
    stale: expected.filter((id) => !failing.includes(id)),
  }
}
