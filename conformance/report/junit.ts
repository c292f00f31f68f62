/** A report as JUnit XML, which CI systems read. */
import type { Report } from '../certify.ts'
import type { CheckResult } from '../run.ts'

const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no form for these characters
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3)

const outcomeOf = ({ verdict, reason = '', expected, received }: CheckResult): string => {
  if (verdict === 'pass') return ''
  if (verdict === 'fail')
    return `<failure message="${escaped(reason)}">expected: ${escaped(expected ?? '')}\nreceived: ${escaped(received ?? '')}</failure>`
  if (verdict === 'harness-error')
    return `<error message="${escaped(reason.split('\n')[0] ?? '')}">${escaped(reason)}</error>`
  return `<skipped message="${verdict}: ${escaped(reason)}"/>`
}

const caseOf = (result: CheckResult): string => {
  const { role, chapter, title, milliseconds, requirements } = result
  return `    <testcase classname="${role}.${chapter}" name="${escaped(`${title} (${requirements.join(', ')})`)}" time="${seconds(milliseconds)}">${outcomeOf(result)}</testcase>`
}

/** One suite for each role. */
export const junitReport = ({ results, roles, milliseconds, started, target }: Report): string => {
  const suites = roles.map((role) => {
    const own = results.filter((result) => result.role === role)
    const count = (...verdicts: readonly string[]): number =>
      own.filter(({ verdict }) => verdicts.includes(verdict)).length
    return [
      `  <testsuite name="${role}" tests="${own.length}" failures="${count('fail')}" errors="${count('harness-error')}" skipped="${count('warn', 'inconclusive', 'untestable', 'not-applicable')}" timestamp="${started}" hostname="${escaped(target.url)}">`,
      ...own.map(caseOf),
      '  </testsuite>',
    ].join('\n')
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="amp conformance" time="${seconds(milliseconds)}">\n${suites.join('\n')}\n</testsuites>\n`
}
