/** `amp certify URL`: runs, says how it goes, writes what was asked for, and ends with an exit code. */
import { randomInt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { readCase, replayedAs, writeCases } from './cases.ts'
import { type CertificateOptions, certificateWriter } from './certificate/command.ts'
import { certify, type Listener, type Order, type Report } from './certify.ts'
import { againstExpected, type Difference, differencesOf } from './compare.ts'
import { readTargetConfig, type TargetConfig } from './config.ts'
import { narrow, partingText } from './narrow.ts'
import { ctrfReport } from './report/ctrf.ts'
import { earlReport } from './report/earl.ts'
import { htmlReport } from './report/html.ts'
import { junitReport } from './report/junit.ts'
import { findingsText, terminalReport } from './report/terminal.ts'
import { closeClients } from './target/client.ts'
import { configuration, failed as failedCode, stop } from './verdict-codes.ts'

/** What the command line asks of a run. */
export type Options = CertificateOptions &
  Omit<TargetConfig, 'url'> & {
    readonly only?: string
    readonly json?: string
    readonly junit?: string
    readonly html?: string
    readonly ctrf?: string
    readonly earl?: string
    readonly cases?: string
    readonly expectedFailures?: string
    readonly twice?: boolean
    readonly against?: string
    readonly againstHooks?: string
  }

const exitCodes: Readonly<Record<Report['outcome'], number>> = {
  certified: 0,
  failed: failedCode,
  inconclusive: 2,
  configuration,
  'harness-error': 4,
}

/** Writes one line for each check to a log, or keeps one line up to date at a terminal. */
const progressOf = (say: (text: string) => void, live: boolean) => {
  let told = 0
  return (done: number, of: number, failed: number): void => {
    if (live) say(`\r  ${done} of ${of} checks, ${failed} failed `)
    const tenth = Math.floor((done * 10) / of)
    if (!live && tenth > told) {
      told = tenth
      say(`  ${done} of ${of} checks, ${failed} failed\n`)
    }
  }
}

const writers: readonly (readonly ['json' | 'junit' | 'html' | 'ctrf' | 'earl', (report: Report) => string])[] = [
  ['json', (report) => `${JSON.stringify(report, null, 2)}\n`],
  ['junit', junitReport],
  ['html', htmlReport],
  ['ctrf', (report) => `${JSON.stringify(ctrfReport(report), null, 2)}\n`],
  ['earl', (report) => `${JSON.stringify(earlReport(report), null, 2)}\n`],
]

/** Writes the reports that were asked for; gives back the files, or what could not be written. */
const writeReports = (
  report: Report,
  options: Options,
): { readonly files: readonly string[]; readonly odd?: string } => {
  const files: string[] = []
  for (const [name, write] of writers) {
    const file = options[name]
    if (file === undefined) continue
    try {
      if (file === '-') process.stdout.write(write(report))
      else writeFileSync(file, write(report))
    } catch (error) {
      return { files, odd: `${file} cannot be written: ${error instanceof Error ? error.message : String(error)}` }
    }
    if (file !== '-') files.push(`${name}: ${file}`)
  }
  return { files }
}

const nextStep = ({ outcome, results, target, seed }: Report): string => {
  if (outcome === 'certified') return 'next: keep the report with the release it is about'
  if (outcome === 'configuration') return 'next: cure what is marked X above and run again'
  const first = results.find(({ verdict }) => verdict === 'fail')
  if (first)
    return `next: npx amp spec touch ${first.requirements[0]} shows where the requirement lives;\n      npx amp certify ${target.url} --only ${first.requirements[0]} --seed ${seed} asks it again`
  return 'next: see the reasons above; test hooks (--hooks SECRET) answer most doubts'
}

type Say = (text: string) => void

/** Where people read: standard output, or standard error where a report goes to standard output. */
const voice = (options: Options): { readonly say: Say; readonly live: boolean } => {
  const stream = Object.values(options).includes('-') ? process.stderr : process.stdout
  return { say: (text) => void stream.write(text), live: stream.isTTY === true }
}

/** What is judged, as a configuration and the command line say it together. */
const runOf = (url: string, options: Options, seed: number): Order => ({
  url,
  roles: options.role,
  hooksSecret: options.hooks,
  seed,
  only: options.only,
  callbackHost: options.callbackHost,
  driver: options.driver,
  restart: options.restart,
  agent: options.agent,
  auth: options.auth,
  declared: options.declared,
})

/** One run, told as it goes. */
const told = async (
  url: string,
  options: Options,
  seed: number,
  { say, live }: ReturnType<typeof voice>,
  listener: Listener = {},
  program?: Order['program'],
): Promise<Report> => {
  let failed = 0
  const progress = progressOf(say, live)
  const report = await certify(
    {
      ...runOf(url, options, seed),
      program,
      pace: {
        onResult: ({ verdict }, done, of) => {
          if (verdict === 'fail') failed++
          progress(done, of, failed)
        },
      },
    },
    {
      ...listener,
      onExamined: ({ findings }) => say(`examining ${url}\n${findingsText(findings)}\n\n`),
      onUnready: (finding) => say(`${findingsText([finding])}\n`),
      onStart: (checks) => say(`judging it by ${checks} checks, seed ${seed}\n`),
    },
  )
  if (live) say('\r\u001b[K')
  return report
}

const differenceText = (differences: readonly Difference[]): string =>
  differences.map(({ id, first, second, reason }) => `  ${first} then ${second}: ${id}\n      ${reason}\n`).join('')

/** The same target once more under another seed: one that knows the suite by its names is found here. */
const secondPass = async (
  url: string,
  options: Options,
  first: Report,
  to: ReturnType<typeof voice>,
): Promise<boolean> => {
  to.say('\nthe second pass, under another seed\n')
  const second = await told(url, options, first.seed + 1, to)
  const differences = differencesOf(first, second)
  to.say(
    differences.length === 0
      ? 'both passes agree on every check\n'
      : `the passes disagree:\n${differenceText(differences)}`,
  )
  return differences.length === 0
}

/** What the command line says of any target; the rest of a configuration is about the first alone. */
const ofAny = ({ role, only }: Options): Options => ({
  ...(role === undefined ? {} : { role }),
  ...(only === undefined ? {} : { only }),
})

/** The same programme on another implementation, by its URL or its own configuration. */
const otherTarget = async (
  firstUrl: string,
  options: Options,
  first: Report,
  to: ReturnType<typeof voice>,
): Promise<boolean> => {
  const { against = '' } = options
  const configured = await readTargetConfig(against)
  if ('cause' in configured) throw new Error(`${configured.cause}; cure: ${configured.cure}`)
  const { url, ...settings } = configured
  to.say(`\nthe same programme against ${url}\n`)
  const hooks = options.againstHooks ?? settings.hooks ?? options.hooks
  const other = { ...ofAny(options), ...settings, ...(hooks === undefined ? {} : { hooks }) }
  const second = await told(url, other, first.seed, to)
  const differences = differencesOf(first, second)
  to.say(
    differences.length === 0 ? 'both targets agree on every check\n' : `they part at:\n${differenceText(differences)}`,
  )
  const [parted] = differences
  if (!parted) return true
  const parting = await narrow(runOf(firstUrl, options, first.seed), runOf(url, other, first.seed), parted.id)
  to.say(partingText(parted.id, parting))
  return false
}

/** Exit code of a report where some failures are known; a list that is out of date fails as well. */
const expectedCode = (report: Report, file: string, say: Say): number => {
  const expected: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!Array.isArray(expected)) throw new Error(`${file} has to hold a JSON list of check ids`)
  const { unexpected, stale } = againstExpected(report, expected.map(String))
  for (const id of unexpected) say(`not expected to fail: ${id}\n`)
  for (const id of stale) say(`expected to fail, and does not: ${id}\n`)
  if (unexpected.length > 0 || stale.length > 0) return failedCode
  say('every failure was expected; this is no certificate\n')
  return report.outcome === 'failed' ? 0 : exitCodes[report.outcome]
}

/** Judges a running target and says what it came to. */
export const certifyTarget = async (url: string, options: Options): Promise<void> => {
  if (options.certificate !== undefined && options.only !== undefined)
    return stop('a part of the checks earns no certificate', 'leave out --only, or leave out --certificate')
  const to = voice(options)
  const { say } = to
  const writer = certificateWriter(options)
  try {
    const report = await told(url, options, options.seed ?? randomInt(1, 2 ** 31), to, writer.listener)
    say(`\n${terminalReport(report)}\n`)
    const { files, odd } = writeReports(report, options)
    if (odd !== undefined) return stop(odd, 'name files that can be written, or - for standard output')
    const cases = options.cases === undefined ? [] : await writeCases(report, options.cases)
    for (const file of [...files, ...writer.files, ...cases.map((one) => `case: ${one}`)]) say(`${file}\n`)
    const unbound = writer.unbound()
    if (options.certificate !== undefined && writer.files.length === 0)
      say(`no certificate: ${unbound ? `${unbound.cause}\n  cure: ${unbound.cure}` : 'the target was not certified'}\n`)
    process.exitCode = unbound ? configuration : exitCodes[report.outcome]
    if (options.expectedFailures !== undefined) process.exitCode = expectedCode(report, options.expectedFailures, say)
    if (options.twice && !(await secondPass(url, options, report, to))) process.exitCode = failedCode
    if (options.against !== undefined && !(await otherTarget(url, options, report, to))) process.exitCode = failedCode
    say(`${nextStep(report)}\n`)
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error), 'see amp certify --help')
  } finally {
    await closeClients()
  }
}

/** Asks the check of a case again: prints FIXED (exit 0), STILL or DIVERGED (1), or ERROR (2). */
export const replayCase = async (file: string, url: string, options: Options): Promise<void> => {
  let one: Awaited<ReturnType<typeof readCase>>
  try {
    one = await readCase(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    return stop(`${file}: ${error instanceof Error ? error.message : String(error)}`, 'name a file that --cases wrote')
  }
  const to = voice(options)
  const program = one.program && { steps: one.program }
  const report = await told(url, { ...options, role: [one.role], only: one.check }, one.seed, to, {}, program)
  const outcome = replayedAs(one, report)
  const result = report.results.find(({ id }) => id === one.check)
  if (result?.reason !== undefined) to.say(`${result.reason}\n`)
  process.stdout.write(`${outcome}  ${one.check}\n`)
  process.exitCode =
    report.outcome === 'configuration'
      ? configuration
      : { FIXED: 0, STILL: failedCode, DIVERGED: failedCode, ERROR: 2 }[outcome]
  await closeClients()
}
