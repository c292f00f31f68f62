/** The figures in README.md: computed here, written by `npm run numbers`, held by a test. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { adapters } from '../bridge/registry.ts'
import { allChecks } from '../conformance/chapters/index.ts'
import { checks, excuses, killMatrix } from '../conformance/index.ts'
import { judgedRoles } from '../conformance/roles.ts'
import { loadSchemas, operations, packageFile, problemKinds } from '../schemas/index.ts'
import { coverageOf } from '../spec/tools/coverage.ts'
import { readRequirements } from '../spec/tools/requirements.ts'

const file = packageFile('README.md')
const begin = '<!-- generated: npm run numbers -->'
const end = '<!-- end of generated -->'

/** The block as it has to stand in the README. */
export const numbers = (): string => {
  const { requirements } = readRequirements()
  const { coverage } = coverageOf({ requirements, checks, excuses, killMatrix })
  const row = (name: string, value: string): string => `| ${name} | ${value} |`
  const { extensions } = coverage
  return [
    begin,
    '| | |',
    '|---|---|',
    row(
      'Published requirements',
      `${coverage.requirements}: ${coverage.checked} checked, ${coverage.excused} excused with a reason, ${coverage.neither.length} neither`,
    ),
    row(
      'Requirements of our own',
      `${extensions.requirements}: ${extensions.checked} checked, ${extensions.excused} excused with a reason, ${extensions.neither.length} neither`,
    ),
    row(
      'Checks over HTTP',
      judgedRoles.map((role) => `${role} ${allChecks.filter((check) => check.role === role).length}`).join(', '),
    ),
    row('Mutants of reference and bridge', `${coverage.mutantsKilled} of ${coverage.mutants} killed`),
    row('Protocols over the bridge', `${adapters.length}: ${adapters.map(({ protocol }) => protocol).join(', ')}`),
    row('Vocabulary', `${loadSchemas().size} schemas, ${operations.size} operations, ${problemKinds.size} problems`),
    end,
  ].join('\n')
}

/** The block as it stands. */
export const written = (): string => {
  const text = readFileSync(file, 'utf8')
  return text.slice(text.indexOf(begin), text.indexOf(end) + end.length)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(written(), numbers()))
  process.stdout.write(`${numbers()}\n`)
}
