/** `amp certify`: judges a running target over HTTP, or assurance chains offline. */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Role, roles } from '../schemas/index.ts'
import { certificateWriter, openCommand, verifyCommand } from './certificate/command.ts'
import { certify, type Report } from './certify.ts'
import { certifyEvidence } from './evidence-command.ts'
import { ctrfReport } from './report/ctrf.ts'
import { earlReport } from './report/earl.ts'
import { htmlReport } from './report/html.ts'
import { junitReport } from './report/junit.ts'
import { findingsText, terminalReport } from './report/terminal.ts'
import { readMatrix, scorecardOf, scorecardText } from './scorecard.ts'
import { closeClients } from './target/client.ts'
import { configuration, stop } from './verdict-codes.ts'

const exitCodes: Readonly<Record<Report['outcome'], number>> = {
  certified: 0,
  failed: 1,
  inconclusive: 2,
  configuration,
  'harness-error': 4,
}

type Options = {
  evidence?: string
  now: number
  role?: Role[]
  hooks?: string
  seed?: number
  only?: string
  callbackHost?: string
  json?: string
  junit?: string
  html?: string
  ctrf?: string
  earl?: string
  scorecard?: boolean
  certificate?: string
  rootsOut?: string
  evidenceOut?: string
  runnerKey?: string
  runner?: 'self' | 'ci' | 'lab'
  attempts?: number
  verify?: string
  roots?: string
  open?: string
  request?: number
}

const wholeNumber = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('A whole number is needed.')
  return number
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

const certifyTarget = async (url: string, options: Options): Promise<void> => {
  const toStdout = Object.values(options).includes('-')
  const stream = toStdout ? process.stderr : process.stdout
  const say = (text: string): void => void stream.write(text)
  const live = stream.isTTY === true
  const seed = options.seed ?? randomInt(1, 2 ** 31)
  let failed = 0
  const progress = progressOf(say, live)
  const writer = certificateWriter(options)
  const report = await certify(
    {
      url,
      roles: options.role,
      hooksSecret: options.hooks,
      seed,
      only: options.only,
      callbackHost: options.callbackHost,
      pace: {
        onResult: ({ verdict }, done, of) => {
          if (verdict === 'fail') failed++
          progress(done, of, failed)
        },
      },
    },
    {
      ...writer.listener,
      onExamined: ({ findings }) => say(`examining ${url}\n${findingsText(findings)}\n\n`),
      onStart: (checks) => say(`judging it by ${checks} checks, seed ${seed}\n`),
    },
  )
  if (live) say('\r\u001b[K')
  say(`\n${terminalReport(report)}\n`)
  const { files, odd } = writeReports(report, options)
  if (odd !== undefined) return stop(odd, 'name files that can be written, or - for standard output')
  for (const file of [...files, ...writer.files]) say(`${file}\n`)
  if (options.certificate !== undefined && writer.files.length === 0)
    say('no certificate: the target was not certified\n')
  say(`${nextStep(report)}\n`)
  process.exitCode = exitCodes[report.outcome]
  await closeClients()
}

/** Prints the kill matrix; `json` names a file, or - for standard output. */
const showScorecard = (json: string | undefined): void => {
  const rows = readMatrix()
  const figures = `${JSON.stringify(scorecardOf(rows))}\n`
  if (json === '-') process.stdout.write(figures)
  else {
    if (json !== undefined) writeFileSync(json, figures)
    process.stdout.write(`${scorecardText(rows)}\nnext: npm run mutants recomputes it in the repository\n`)
  }
}

/** The verb `certify`. Exit codes: 0 certified, 1 failed, 2 inconclusive, 3 configuration, 4 the suite failed. */
export const certifyCommand = (): Command =>
  new Command('certify')
    .description(
      'Judge a running wallet, network, credential provider, merchant or acquirer, or assurance chains offline',
    )
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? 0 : configuration, error.code, error.message)
    })
    .argument('[url]', 'base URL of a running target, the one with /.well-known/amp')
    .addOption(
      new Option('--role <role...>', 'roles to judge; every role the target serves unless named').choices(roles),
    )
    .option('--hooks <secret>', 'secret of the test hooks the target was started with')
    .option('--seed <number>', 'decides every name, key and amount of the run', wholeNumber)
    .option('--only <text>', 'only checks whose name holds this, or of this requirement id')
    .option('--callback-host <host>', 'address of this machine as the target reaches it (default: 127.0.0.1)')
    .option('--evidence <file>', 'judge assurance chains instead: JSON file, - for standard input')
    .option(
      '--now <epoch>',
      'the moment chains are judged at, in epoch seconds',
      wholeNumber,
      Math.floor(Date.now() / 1000),
    )
    .option('--json [file]', 'write everything that was found as JSON; standard output unless a file is named')
    .option('--junit <file>', 'write JUnit XML')
    .option('--html <file>', 'write one HTML page that loads nothing')
    .option('--ctrf <file>', 'write the Common Test Report Format')
    .option('--earl <file>', 'write EARL 1.0 as JSON-LD')
    .option('--certificate <file>', 'write a signed certificate, where the target is certified')
    .option('--roots-out <file>', 'write the public key a verifier of that certificate has to pin')
    .option('--evidence-out <file>', 'write the salted transcript the certificate binds')
    .option('--runner-key <file>', 'private JWK that signs certificates; a new one for each unless named')
    .addOption(new Option('--runner <class>', 'who runs this').choices(['self', 'ci', 'lab']))
    .option('--attempts <number>', 'how often this target was tried, this run included', wholeNumber)
    .option('--verify <certificate>', 'verify a certificate offline, with --roots and maybe --evidence')
    .option('--roots <file>', 'pinned roots: {"keys": [JWK], "revoked": [id]}')
    .option('--open <transcript>', 'open one request of a transcript to an auditor, with --request N')
    .option('--request <number>', 'the request to open, counted from 0', wholeNumber)
    .option('--scorecard', 'show which mutants of the reference the checks kill, and judge nothing')
    .addHelpText(
      'after',
      `
Examples:
  $ npx amp start --port 8080 --hooks my-secret-my-secret
  $ npx amp certify http://127.0.0.1:8080 --role wallet --hooks my-secret-my-secret --html report.html
  $ npx amp certify --evidence evidence.json --now 1790000000 --json -
  $ npx amp certify URL --hooks SECRET --certificate cert.jws --roots-out roots.json --evidence-out run.json
  $ npx amp certify --verify cert.jws --roots roots.json --evidence run.json

The suite plays the neighbours of the role under test and makes them known through the hook registerPeer.
Verdicts: pass; fail (a MUST is broken); warn (a SHOULD is); not-applicable; untestable (a hook is missing);
inconclusive (the check could not come to its question); harness-error (the suite failed).
Evidence file: {"keys": JWKS, "chains": [{"id", "layers": [identity, mandate, tokenRequest?], "audience", "checkout"?}]}
Exit codes: 0 certified, 1 failed, 2 inconclusive, 3 configuration, 4 the suite failed.
`,
    )
    .action(async (url: string | undefined, given: Omit<Options, 'json'> & { json?: string | true }) => {
      const { json, ...rest } = given
      const options: Options = json === undefined ? rest : { ...rest, json: json === true ? '-' : json }
      if (options.scorecard) return showScorecard(options.json)
      if (options.verify !== undefined) return verifyCommand(options.verify, options)
      if (options.open !== undefined) return openCommand(options.open, options.request ?? 0)
      if (options.evidence !== undefined) return certifyEvidence(options.evidence, options)
      if (url === undefined)
        return stop('there is nothing to judge', 'give the URL of a target, or chains with --evidence')
      return certifyTarget(url, options)
    })
