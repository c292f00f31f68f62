/** A failure as a file: what was expected and received, and how to ask again; replayed against a newer build. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CompactSign, compactVerify, importJWK, type JWK } from 'jose'
import { makeRunnerKey, type RunnerKey } from './certificate/issue.ts'
import type { Report } from './certify.ts'
import { isObject } from './layers.ts'
import { curlOf } from './report/curl.ts'
import { stepsOf } from './report/proof.ts'
import { requirementOf } from './requirements.ts'
import type { CheckResult } from './run.ts'

/** One failing check with everything needed to understand it and to ask it again. */
export type Case = {
  readonly format: 'amp-conformance-case/1'
  readonly suite: Report['suite']
  readonly target: Report['target']
  readonly check: string
  readonly role: CheckResult['role']
  readonly requirements: readonly { readonly id: string; readonly sentence: string; readonly file: string }[]
  readonly seed: number
  readonly expected: string
  readonly received: string
  readonly stable: string
  /** The shrunk program that disproved the target, where the check is a stateful one; a replay begins with it. */
  readonly program?: readonly (readonly object[])[]
  readonly exchanges: readonly { readonly curl: string; readonly status: number; readonly answer: string }[]
}

/** A case as it is written: readable, and signed by the runner over exactly that text. */
type SignedCase = { readonly case: Case; readonly key: JWK; readonly signature: string }

const caseOf = (report: Report, result: CheckResult): Case => ({
  format: 'amp-conformance-case/1',
  suite: report.suite,
  target: report.target,
  check: result.id,
  role: result.role,
  requirements: result.requirements.map((id) => {
    const { sentence, file } = requirementOf(id)
    return { id, sentence, file }
  }),
  seed: report.seed,
  expected: result.expected ?? '',
  received: result.received ?? '',
  stable: `${result.failed ?? 1} of ${result.attempts ?? 1} attempts`,
  ...(result.proof ? { program: stepsOf(result.proof) } : {}),
  exchanges: (result.exchanges ?? []).map((exchange) => ({
    curl: curlOf(exchange),
    status: exchange.status,
    answer: exchange.answer.slice(0, 4_000),
  })),
})

const fileName = (id: string): string => `${id.replaceAll(/[^a-zA-Z0-9]+/g, '-').slice(0, 100)}.json`

/** Writes a case for each failure below a folder; gives back the files. */
export const writeCases = async (report: Report, folder: string, given?: RunnerKey): Promise<readonly string[]> => {
  const failures = report.results.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn')
  if (failures.length === 0) return []
  mkdirSync(folder, { recursive: true })
  const key = given ?? (await makeRunnerKey())
  const { d: _private, ...publicKey } = key
  return Promise.all(
    failures.map(async (result) => {
      const one = caseOf(report, result)
      const signature = await new CompactSign(Buffer.from(JSON.stringify(one)))
        .setProtectedHeader({ alg: 'ES256', typ: 'amp-conformance-case+jws', kid: key.kid })
        .sign(await importJWK(key, 'ES256'))
      const file = join(folder, fileName(result.id))
      writeFileSync(file, `${JSON.stringify({ case: one, key: publicKey, signature }, null, 2)}\n`)
      return file
    }),
  )
}

/** Reads a case. Throws where it is none, or not the one that was signed. */
export const readCase = async (value: unknown): Promise<Case> => {
  if (!isObject(value) || !isObject(value.case) || !isObject(value.key) || typeof value.signature !== 'string')
    throw new Error('it is no case of this suite')
  const { case: one, key, signature } = value as unknown as SignedCase
  const { payload } = await compactVerify(signature, await importJWK(key, 'ES256'), { algorithms: ['ES256'] })
  if (one.format !== 'amp-conformance-case/1' || Buffer.from(payload).toString('utf8') !== JSON.stringify(one))
    throw new Error('it was changed after it was written')
  return one
}

/** What a replay comes to. */
export type Replayed = 'FIXED' | 'STILL' | 'DIVERGED' | 'ERROR'

/** Names made from the seed differ from run to run where the target makes them, so that digits and words are not compared. */
const gist = (text: string): string => text.replaceAll(/[A-Za-z]*-[A-Za-z0-9_-]{6,}|[0-9a-f]{8,}|\d+/g, '*')

/** Compares a case with the report of the same check asked again. */
export const replayedAs = (one: Case, report: Report): Replayed => {
  const result = report.results.find(({ id }) => id === one.check)
  if (result?.verdict === 'pass') return 'FIXED'
  if (result?.verdict !== 'fail' && result?.verdict !== 'warn') return 'ERROR'
  const same = gist(result.expected ?? '') === gist(one.expected) && gist(result.received ?? '') === gist(one.received)
  return same ? 'STILL' : 'DIVERGED'
}
