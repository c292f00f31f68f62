/** Which requirements are checked, which are excused, and which are neither: arithmetic over the register. */
import type { Requirement } from './requirements.ts'

/** What coverage needs of a check. */
export type Cited = { readonly id: string; readonly requirements: readonly string[] }

/** One mutant of the kill matrix, and the checks that noticed it. */
export type KillRow = { readonly mutant: string; readonly killedBy: readonly string[] }

/** Counts over one set of requirements; `neither` are ids without check and without excuse. */
export type Counts = {
  readonly requirements: number
  readonly checked: number
  readonly excused: number
  readonly neither: readonly string[]
}

/** Counts over what is published and, never added to them, over our extensions; then the mutants. */
export type Coverage = Counts & {
  readonly extensions: Counts
  readonly mutantsKilled: number
  readonly mutants: number
}

/** The figures, and what is inconsistent among checks, excuses and register. */
export type CoverageReport = { readonly coverage: Coverage; readonly inconsistencies: readonly string[] }

const countOf = (
  ids: readonly string[],
  checked: ReadonlySet<string>,
  excuses: Readonly<Record<string, string>>,
): Counts => ({
  requirements: ids.length,
  checked: ids.filter((id) => checked.has(id)).length,
  excused: ids.filter((id) => id in excuses).length,
  neither: ids.filter((id) => !checked.has(id) && !(id in excuses)),
})

/**
 * Coverage of the requirements by checks and excuses (id to reason). Inconsistent are ids that are both checked and
 * excused, excuses without a reason, and checks or excuses that cite an id the register does not have.
 */
export const coverageOf = (given: {
  readonly requirements: readonly Pick<Requirement, 'id' | 'extension'>[]
  readonly checks: readonly Cited[]
  readonly excuses: Readonly<Record<string, string>>
  readonly killMatrix: readonly KillRow[]
}): CoverageReport => {
  const { requirements, checks, excuses, killMatrix } = given
  const known = new Set(requirements.map(({ id }) => id))
  const checked = new Set(checks.flatMap((check) => check.requirements))
  const excused = Object.keys(excuses)
  const idsWhere = (extension: boolean) => requirements.filter((one) => one.extension === extension).map(({ id }) => id)
  return {
    coverage: {
      ...countOf(idsWhere(false), checked, excuses),
      extensions: countOf(idsWhere(true), checked, excuses),
      mutantsKilled: killMatrix.filter(({ killedBy }) => killedBy.length > 0).length,
      mutants: killMatrix.length,
    },
    inconsistencies: [
      ...checks.flatMap((check) =>
        check.requirements
          .filter((id) => !known.has(id))
          .map((id) => `check "${check.id}" cites ${id}, which is no requirement`),
      ),
      ...excused.filter((id) => !known.has(id)).map((id) => `${id} is excused, but is no requirement`),
      ...excused.filter((id) => checked.has(id)).map((id) => `${id} is both checked and excused`),
      ...excused.filter((id) => !excuses[id]?.trim()).map((id) => `${id} is excused without a reason`),
    ],
  }
}
