/** A report for people at a terminal: readable at 80 columns, in logs, and without colour. */
import colours from 'picocolors'
import type { Report } from '../certify.ts'
import type { Finding } from '../finding.ts'
import { requirementOf } from '../requirements.ts'
import type { CheckResult, Verdict } from '../run.ts'
import { proofLines, reachOf } from './proof.ts'

/** A word and a sign for each verdict, so that colour is never needed. */
export const signs: Readonly<Record<Verdict, string>> = {
  pass: '+',
  fail: 'X',
  warn: '!',
  'not-applicable': '-',
  untestable: '?',
  inconclusive: '~',
  'harness-error': '#',
}

const paint: Readonly<Record<Verdict, (text: string) => string>> = {
  pass: colours.green,
  fail: colours.red,
  warn: colours.yellow,
  'not-applicable': colours.dim,
  untestable: colours.yellow,
  inconclusive: colours.yellow,
  'harness-error': colours.magenta,
}

/** Breaks a text into lines of at most some columns, each with a margin. */
const wrap = (text: string, margin: string, columns = 80): string => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && margin.length + line.length + word.length + 1 > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => margin + one).join('\n')
}

const findingLine = ({ state, about, says, cure }: Finding): string =>
  `  ${state === 'fine' ? '+' : state === 'note' ? '!' : 'X'} ${about.padEnd(13)}${wrap(says, ' '.repeat(17)).trimStart()}${cure === undefined ? '' : `\n${wrap(`cure: ${cure}`, ' '.repeat(17))}`}`

/** What the doctor found. */
export const findingsText = (findings: readonly Finding[]): string => findings.map(findingLine).join('\n')

const clip = (text: string): string => (text.length > 400 ? `${text.slice(0, 400)}…` : text)

const resultText = (result: CheckResult): string => {
  const { verdict, id, requirements, expected, received, reason, attempts, failed } = result
  const lines = [paint[verdict](`${signs[verdict]} ${verdict}  ${id}`)]
  for (const requirement of requirements)
    lines.push(wrap(`${requirement} ${requirementOf(requirement).sentence}`, '    '))
  if (expected !== undefined)
    lines.push(wrap(`expected: ${expected}`, '    '), wrap(`received: ${clip(received ?? '')}`, '    '))
  else if (reason !== undefined) lines.push(wrap(clip(reason), '    '))
  for (const line of proofLines(result)) lines.push(wrap(line, '    '))
  if (attempts !== undefined && attempts > 1)
    lines.push(
      `    ${failed === attempts ? `stable: ${attempts} of ${attempts} attempts` : `flaky: ${failed} of ${attempts} attempts`}`,
    )
  return lines.join('\n')
}

const tableOf = ({ roles, results }: Report): string => {
  const columns: readonly Verdict[] = [
    'pass',
    'fail',
    'warn',
    'inconclusive',
    'untestable',
    'not-applicable',
    'harness-error',
  ]
  const used = columns.filter(
    (verdict) => verdict === 'pass' || verdict === 'fail' || results.some((one) => one.verdict === verdict),
  )
  const head = `  ${'role'.padEnd(21)}${used.map((verdict) => verdict.padStart(verdict.length + 2)).join('')}    of`
  const rows = roles.map((role) => {
    const own = results.filter((result) => result.role === role)
    const cells = used.map((verdict) =>
      String(own.filter((one) => one.verdict === verdict).length).padStart(verdict.length + 2),
    )
    return `  ${role.padEnd(21)}${cells.join('')}${String(own.length).padStart(6)}`
  })
  return [head, ...rows].join('\n')
}

const verdicts: Readonly<Record<Report['outcome'], string>> = {
  certified: 'CERTIFIED',
  failed: 'FAILED',
  inconclusive: 'INCONCLUSIVE',
  configuration: 'NOT JUDGED: the configuration is wrong',
  'harness-error': 'NOT JUDGED: the suite failed',
}

/** How often what the stateful checks are about came up, least first. */
const reachText = (report: Report): readonly string[] => {
  const counters = reachOf(report).flatMap(({ counters }) => counters)
  if (counters.length === 0) return []
  const least = [...counters].sort(([, one], [, other]) => one - other).slice(0, 4)
  return [wrap(`reach: ${least.map(([label, count]) => `${label} ${count} times`).join('; ')}`, '  '), '']
}

/** The report as text. */
export const terminalReport = (report: Report): string => {
  const { results, outcome, requests, milliseconds, counts, roles, seed } = report
  const troubled = results.filter(({ verdict }) => !['pass', 'not-applicable'].includes(verdict))
  const seconds = (milliseconds / 1000).toFixed(1)
  const required = Object.values(counts.MUST).reduce((sum, count) => sum + count, 0)
  return [
    ...troubled.map(resultText),
    ...(troubled.length > 0 ? [''] : []),
    ...(results.length > 0 ? [tableOf(report), ''] : []),
    ...reachText(report),
    `${verdicts[outcome]}${roles.length > 0 ? `  ${roles.join(', ')}` : ''}`,
    `${results.length} ${results.length === 1 ? 'check' : 'checks'}, ${required} required: ${counts.MUST.pass} passed, ${counts.MUST.fail} failed; ${requests} requests in ${seconds} s, seed ${seed}`,
  ].join('\n')
}
