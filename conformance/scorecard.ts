/** The judge judged: the kill matrix as figures and as a picture in text. */
import { readFileSync } from 'node:fs'
import { packageFile } from '../schemas/index.ts'
import { allChecks } from './chapters/index.ts'

type Row = {
  readonly mutant: string
  readonly role: string
  readonly class: string
  readonly breaks: string
  readonly killedBy: readonly string[]
  /** Why nothing can kill it, where nothing does. */
  readonly reason?: string
}

/** What `amp certify --scorecard --json` prints. */
export type Scorecard = {
  readonly mutants: number
  readonly mutantsKilled: number
  /** Mutants that a check of the requirement they break kills. */
  readonly killedByOwner: number
  readonly survivors: readonly { readonly id: string; readonly reason: string }[]
}

/** The committed matrix. Throws where the package came without it. */
export const readMatrix = (): readonly Row[] =>
  JSON.parse(readFileSync(packageFile('test', 'conformance', 'kill-matrix.json'), 'utf8')).mutants

const requirementsOf = new Map(allChecks.map(({ id, requirements }) => [id, requirements]))

const isKilledByOwner = ({ breaks, killedBy }: Row): boolean =>
  killedBy.some((id) => requirementsOf.get(id)?.includes(breaks))

export const scorecardOf = (rows: readonly Row[]): Scorecard => ({
  mutants: rows.length,
  mutantsKilled: rows.filter(({ killedBy }) => killedBy.length > 0).length,
  killedByOwner: rows.filter(isKilledByOwner).length,
  survivors: rows
    .filter(({ killedBy }) => killedBy.length === 0)
    .map(({ mutant, reason }) => ({ id: mutant, reason: reason ?? 'no check noticed it' })),
})

const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`

/** Rows by one of their members, in the order they come. */
const grouped = (rows: readonly Row[], by: (row: Row) => string): ReadonlyMap<string, readonly Row[]> => {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(by(row), [...(groups.get(by(row)) ?? []), row])
  return groups
}

/** One sign for each mutant: # killed by its own check, + killed by another, . survives. */
const strip = (rows: readonly Row[]): string =>
  rows.map((row) => (isKilledByOwner(row) ? '#' : row.killedBy.length > 0 ? '+' : '.')).join('')

const wrapped = (text: string, width: number): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / width) }, (_, line) => text.slice(line * width, (line + 1) * width))

const section = (title: string, groups: ReadonlyMap<string, readonly Row[]>): readonly string[] => [
  title,
  ...[...groups].flatMap(([name, rows]) => {
    const killed = rows.filter(({ killedBy }) => killedBy.length > 0).length
    const [first = '', ...more] = wrapped(strip(rows), 44)
    return [
      `  ${name.padEnd(24)}${String(killed).padStart(4)}/${String(rows.length).padEnd(4)} ${first}`,
      ...more.map((line) => `${' '.repeat(36)}${line}`),
    ]
  }),
  '',
]

/** The matrix at a terminal of 80 columns. */
export const scorecardText = (rows: readonly Row[]): string => {
  const { mutants, mutantsKilled, killedByOwner, survivors } = scorecardOf(rows)
  return [
    'A mutant is the reference with one rule broken at run time.',
    '# killed by a check of the requirement it breaks   + by another check   . survives',
    '',
    ...section(
      'by role',
      grouped(rows, ({ role }) => role),
    ),
    ...section(
      'by kind of fault',
      grouped(rows, (row) => row.class),
    ),
    ...survivors.map(({ id, reason }) => `survives: ${id} (${reason})`),
    `${mutantsKilled} of ${mutants} killed (${percent(mutantsKilled, mutants)}), ${killedByOwner} by the owning check`,
  ].join('\n')
}
