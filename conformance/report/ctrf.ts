/** A report in the Common Test Report Format. */
import { randomUUID } from 'node:crypto'
import type { Report } from '../certify.ts'
import type { Verdict } from '../run.ts'

const statuses: Readonly<Record<Verdict, 'passed' | 'failed' | 'skipped' | 'other'>> = {
  pass: 'passed',
  fail: 'failed',
  warn: 'other',
  'not-applicable': 'skipped',
  untestable: 'other',
  inconclusive: 'other',
  'harness-error': 'other',
}

/** The report as a CTRF document. */
export const ctrfReport = ({ suite, target, results, started, milliseconds, seed }: Report) => {
  const start = Date.parse(started)
  const count = (status: string): number => results.filter(({ verdict }) => statuses[verdict] === status).length
  return {
    reportFormat: 'CTRF' as const,
    specVersion: '0.0.0',
    reportId: randomUUID(),
    timestamp: new Date(start + milliseconds).toISOString(),
    generatedBy: suite.name,
    results: {
      tool: { name: suite.name, version: suite.version },
      summary: {
        tests: results.length,
        passed: count('passed'),
        failed: count('failed'),
        skipped: count('skipped'),
        pending: 0,
        other: count('other'),
        start,
        stop: start + milliseconds,
      },
      tests: results.map(
        ({ id, role, chapter, verdict, milliseconds: duration, reason, requirements, attempts, failed }) => ({
          name: id,
          status: statuses[verdict],
          duration: Math.round(duration),
          suite: [role, chapter],
          rawStatus: verdict,
          tags: [...requirements],
          ...(reason === undefined ? {} : { message: reason }),
          ...(attempts === undefined ? {} : { flaky: failed !== attempts }),
        }),
      ),
      environment: { testEnvironment: target.url, extra: { seed } },
    },
  }
}
