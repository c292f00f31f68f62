/** The suite: judges AMP, and knows reference and bridge only from outside. */
import { existsSync, readFileSync } from 'node:fs'
import { packageFile } from '../schemas/index.ts'
import { artefactRequirements } from './artefact.ts'
import { allChecks } from './chapters/index.ts'
import { excuses as reasons } from './untested.ts'

export { readWords, type Word } from '../schemas/words.ts'
export { type ChainVerdict, type Evidence, judgeEvidence } from './artefact.ts'
export type { Auth, Knock } from './auth.ts'
export { certify, type Order, type Report } from './certify.ts'
export type { Driver, DriverContext, OpenDriver } from './drivers/driver.ts'
export { htmlReport } from './report/html.ts'
export { junitReport } from './report/junit.ts'
export { type Runner, type SuiteOrder, suite } from './suite.ts'
export { closeClients } from './target/client.ts'

/** Checks with the requirements they cover. */
export const checks: readonly { readonly id: string; readonly requirements: readonly string[] }[] = [
  { id: 'artefact: assurance chains', requirements: artefactRequirements },
  ...allChecks.map(({ id, requirements }) => ({ id, requirements })),
]

const covered = new Set(checks.flatMap(({ requirements }) => requirements))

/** Reasons for requirements nothing outside can observe; what a check covers needs none. */
export const excuses: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(reasons).filter(([id]) => !covered.has(id)),
)

const matrixFile = packageFile('test', 'conformance', 'kill-matrix.json')

/** Which mutants of the reference each check killed, as the last full run wrote it. */
export const killMatrix: readonly { readonly mutant: string; readonly killedBy: readonly string[] }[] = existsSync(
  matrixFile,
)
  ? JSON.parse(readFileSync(matrixFile, 'utf8')).mutants
  : []
