/** `amp spec`: coverage, lint, touch and diff on the command line. Exit 0 clean, 1 findings, 3 usage or configuration. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { packageRoot, version } from '../../schemas/index.ts'
import { type Cited, type CoverageReport, coverageOf, type KillRow } from './coverage.ts'
import { diffVersions, isSame } from './diff.ts'
import { lintSpec, versionsOf } from './lint.ts'
import type { Finding } from './markdown.ts'
import { readRequirements } from './requirements.ts'
import { sarifOf } from './sarif.ts'
import { coverageText, diffText, findingsText, touchText } from './text.ts'
import { touch } from './touch.ts'

/** What conformance says of itself: its checks, what it excuses and why, and which mutants its checks notice. */
export type Judged = {
  readonly checks: readonly Cited[]
  readonly excuses: Readonly<Record<string, string>>
  readonly killMatrix: readonly KillRow[]
}

/** A word as `spec/terminology.md` defines it. */
type Word = { readonly chapter: string; readonly word: string; readonly meaning: string }

/** What the command needs from elsewhere; the defaults are the other folders of the package and the process. */
export type Surroundings = {
  readonly root: string
  readonly judged: () => Promise<Judged>
  readonly words: () => Promise<readonly Word[]>
  readonly lintSchemas: () => Promise<readonly Finding[]>
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  readonly exit: (code: 0 | 1 | 3) => void
}

const surroundings: Surroundings = {
  root: packageRoot,
  judged: async () => import('../../conformance/index.ts'),
  words: async () => (await import('../../conformance/index.ts')).readWords(),
  lintSchemas: async () => (await import('../../schemas/ruleset.ts')).lintSchemas(),
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  exit: (code) => {
    process.exitCode = code
  },
}

type Options = { readonly json?: boolean }

const asJson = (value: unknown): string => JSON.stringify(value, undefined, 2)

const example = (text: string): string => `\nExample:\n  $ npx amp spec ${text}\n`

const isClean = ({ coverage, inconsistencies }: CoverageReport): boolean =>
  coverage.neither.length === 0 &&
  coverage.extensions.neither.length === 0 &&
  coverage.mutants === coverage.mutantsKilled &&
  inconsistencies.length === 0

/** The sub-command `spec` of `amp`. Usage errors exit 3, as everywhere in `amp`. */
export const specCommand = (given: Partial<Surroundings> = {}): Command => {
  const { root, judged, words, lintSchemas, print, complain, exit } = { ...surroundings, ...given }
  const spec = new Command('spec').description('what the protocol says, what is checked, and what hangs together')
  spec.exitOverride(({ exitCode }) => {
    const code = exitCode === 0 ? 0 : 3
    exit(code)
    process.exit(code)
  })
  const verb = (form: string, description: string, sample: string) =>
    spec.command(form).description(description).option('--json', 'print JSON').addHelpText('after', example(sample))

  verb('coverage', 'count what is checked, excused, and neither', 'coverage --json').action(
    async ({ json }: Options) => {
      const { requirements } = readRequirements(join(root, 'spec', version), root)
      const { checks, excuses, killMatrix } = await judged()
      const report = coverageOf({ requirements, checks, excuses, killMatrix })
      print(json ? asJson(report.coverage) : coverageText(report))
      for (const inconsistency of report.inconsistencies) complain(inconsistency)
      exit(isClean(report) ? 0 : 1)
    },
  )

  verb('lint', 'hold text, schemas and OpenAPI to their rules', 'lint --sarif findings.sarif')
    .option('--sarif <file>', 'write the findings as SARIF 2.1.0 too')
    .action(async ({ json, sarif }: Options & { readonly sarif?: string }) => {
      const findings = [...lintSpec(root), ...(await lintSchemas())]
      if (sarif !== undefined) writeFileSync(sarif, `${asJson(sarifOf(findings, version))}\n`)
      print(json ? asJson({ findings }) : findingsText(findings))
      exit(findings.length === 0 ? 0 : 1)
    })

  verb('touch <id>', 'show every place where a requirement lives', 'touch AMP-TRUST-075').action(
    (id: string, { json }: Options) => {
      const requirement = versionsOf(root)
        .flatMap((name) => readRequirements(join(root, 'spec', name), root).requirements)
        .find((one) => one.id === id)
      if (!requirement) {
        complain(`there is no requirement ${id}`)
        return exit(3)
      }
      const places = touch(id, root)
      print(json ? asJson({ requirement, places }) : touchText(requirement, places))
      exit(0)
    },
  )

  verb('word [word...]', 'say what a word means; all of them, where none is named', 'word hook').action(
    async (wanted: string[], { json }: Options) => {
      const asked = wanted.join(' ').toLowerCase()
      const known = await words()
      const found = known.filter(({ word, meaning }) => `${word} ${meaning}`.toLowerCase().includes(asked))
      const named = found.filter(({ word }) => word.toLowerCase().includes(asked))
      const told = named.length > 0 ? named : found
      if (told.length === 0) {
        complain(`no word or meaning holds ${asked}; npx amp spec word lists them all`)
        return exit(3)
      }
      print(json ? asJson(told) : told.map(({ word, meaning }) => `${word}\n    ${meaning}`).join('\n'))
      exit(0)
    },
  )

  verb('diff <from> <to>', 'show what one version changed against another', 'diff 2026-11-20 draft').action(
    (from: string, to: string, { json }: Options) => {
      const versions = versionsOf(root)
      const unknown = [from, to].find((name) => !versions.includes(name))
      if (unknown) {
        complain(`there is no version ${unknown}; there are ${versions.join(', ')}`)
        return exit(3)
      }
      const difference = diffVersions(from, to, root)
      print(json ? asJson(difference) : diffText(difference))
      exit(isSame(difference) ? 0 : 1)
    },
  )
  return spec
}
