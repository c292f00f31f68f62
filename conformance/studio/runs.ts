/** The runs of a studio: started, watched while they go, and kept with what changed since the run before. */

import { randomInt } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { certify, checksFor, type Order, type Report } from '../certify.ts'
import { type Difference, differencesOf } from '../compare.ts'
import { curlOf } from '../report/curl.ts'
import { requirementOf } from '../requirements.ts'
import type { JudgedRole } from '../roles.ts'
import type { CheckResult } from '../run.ts'

/** What somebody asks the studio to run. */
export type Wanted = {
  readonly url: string
  readonly hooks?: string | undefined
  readonly roles: readonly JudgedRole[]
  readonly seed?: number | undefined
}

/** One result as the page shows it. */
export type Shown = Omit<CheckResult, 'exchanges' | 'requirements'> & {
  readonly requirements: readonly { readonly id: string; readonly sentence: string; readonly file: string }[]
  readonly exchanges: readonly { readonly curl: string; readonly status: number; readonly answer: string }[]
}

/** A run: its events so far, and its report once it ended. */
export type Run = {
  readonly id: string
  readonly wanted: Omit<Wanted, 'hooks'>
  readonly started: string
  readonly results: Shown[]
  readonly checks: readonly {
    readonly id: string
    readonly role: JudgedRole
    readonly chapter: string
    readonly title: string
  }[]
  readonly news: EventEmitter
  report?: Report
  /** Against the last run of the same target before this one. */
  changed?: readonly Difference[]
}

const shown = ({ exchanges = [], requirements, ...rest }: CheckResult): Shown => ({
  ...rest,
  requirements: requirements.map((id) => {
    const { sentence, file } = requirementOf(id)
    return { id, sentence, file }
  }),
  exchanges: exchanges.map((exchange) => ({
    curl: curlOf(exchange),
    status: exchange.status,
    answer: exchange.answer.slice(0, 4_000),
  })),
})

const runsKept = 50

/** The runs of one studio, newest last. */
export const createRuns = () => {
  const runs: Run[] = []
  const begin = ({ hooks, ...wanted }: Wanted, beside: Partial<Order> = {}): Run => {
    const checks = checksFor(wanted.roles).map(({ id, role, chapter, title }) => ({ id, role, chapter, title }))
    const run: Run = {
      id: String(runs.length + 1),
      wanted,
      started: new Date().toISOString(),
      results: [],
      checks,
      news: new EventEmitter().setMaxListeners(100),
    }
    const before = runs.findLast((other) => other.wanted.url === wanted.url && other.report !== undefined)
    runs.push(run)
    if (runs.length > runsKept) runs.shift()
    const tell = (event: string, data: unknown): void => void run.news.emit('news', event, data)
    certify(
      {
        ...beside,
        url: wanted.url,
        roles: wanted.roles,
        hooksSecret: hooks,
        seed: wanted.seed ?? randomInt(1, 2 ** 31),
        pace: {
          onResult: (result) => {
            const one = shown(result)
            run.results.push(one)
            tell('result', one)
          },
        },
      },
      {},
    ).then(
      (report) => {
        run.report = report
        run.changed = before?.report ? differencesOf(before.report, report) : []
        tell('end', {
          outcome: report.outcome,
          requests: report.requests,
          milliseconds: report.milliseconds,
          seed: report.seed,
          changed: run.changed,
        })
      },
      (error: unknown) =>
        tell('end', {
          outcome: 'harness-error',
          reason: error instanceof Error ? error.message : String(error),
          changed: [],
        }),
    )
    return run
  }
  return {
    begin,
    all: (): readonly Run[] => runs,
    find: (id: string): Run | undefined => runs.find((run) => run.id === id),
  }
}

export type Runs = ReturnType<typeof createRuns>
