/** `amp certify`: its options, and which part of the suite each asks for. */
import { writeFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { type Auth, isAuth } from './auth.ts'
import { openCommand, verifyCommand } from './certificate/command.ts'
import { configShape, readTargetConfig } from './config.ts'
import { certifyEvidence } from './evidence-command.ts'
import { initCommand } from './init-command.ts'
import { certifyTarget, type Options as LiveOptions, replayCase } from './live-command.ts'
import { judgedRoles } from './roles.ts'
import { readMatrix, scorecardOf, scorecardText } from './scorecard.ts'
import { openStudio } from './studio/command.ts'
import { configuration, stop } from './verdict-codes.ts'

type Options = LiveOptions & {
  readonly evidence?: string
  readonly now: number
  readonly scorecard?: boolean
  readonly verify?: string
  readonly roots?: string
  readonly open?: string
  readonly request?: number
  readonly replay?: string
  readonly studio?: boolean
}

const wholeNumber = (text: string): number => {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('A whole number is needed.')
  return number
}

/** A header in one line, as curl takes it. */
const headerLine = (text: string): Auth => {
  const [header = '', ...rest] = text.split(':')
  const auth = { header: header.trim(), value: rest.join(':').trim() }
  if (!isAuth(auth) || auth.value === '')
    throw new InvalidArgumentError("A header such as 'x-api-key: secret' is needed, none of AMP's own.")
  return auth
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
    .description('Judge a running implementation of a role, or assurance chains offline')
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? 0 : configuration, error.code, error.message)
    })
    .argument('[target]', 'base URL of a running target, the one with /.well-known/amp, or a JSON file that names it')
    .addOption(
      new Option('--role <role...>', 'roles to judge; every role the target serves unless named').choices(judgedRoles),
    )
    .option('--hooks <secret>', 'secret of the test hooks the target was started with')
    .option(
      '--auth <header>',
      "header a gateway in front of the target wants with every request, such as 'x-api-key: secret'",
      headerLine,
    )
    .option(
      '--seed <number>',
      'decides the amounts and programs of the run; every run has names of its own',
      wholeNumber,
    )
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
    .option('--cases <folder>', 'write a signed file for each failure, to be replayed')
    .option('--replay <case>', 'ask the check of a case again: FIXED, STILL, DIVERGED or ERROR')
    .option('--expected-failures <file>', 'JSON list of check ids known to fail; the list fails when it is out of date')
    .option('--twice', 'a second pass under another seed has to come to the same verdicts')
    .option(
      '--against <target>',
      'run the same programme on another target, by URL or configuration, and show where they part',
    )
    .option('--against-hooks <secret>', 'secret of its hooks, where it is another')
    .option(
      '--certificate <file>',
      'write a signed certificate, where the target is certified and signed the challenge',
    )
    .option('--roots-out <file>', 'write the public key a verifier of that certificate has to pin')
    .option('--evidence-out <file>', 'write the salted transcript the certificate binds')
    .option('--runner-key <file>', 'private JWK that signs certificates; a new one for each unless named')
    .addOption(new Option('--runner <class>', 'who runs this').choices(['self', 'ci', 'lab']))
    .option('--status-uri <url>', 'where the status list of the certificate will be published')
    .option('--status-index <number>', 'its place in that list (default: a random one)', wholeNumber)
    .option('--attempts <number>', 'how often this target was tried, this run included', wholeNumber)
    .option('--verify <certificate>', 'verify a certificate offline, with --roots and maybe --evidence and --status')
    .option('--roots <file>', 'pinned roots: {"keys": [JWK], "revoked": [id]}')
    .option('--status <file>', 'the status list the certificate names, as it was fetched')
    .option('--studio', 'judge it on a page instead, with the target filled in')
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
Configuration file: ${configShape}
Exit codes: 0 certified, 1 failed, 2 inconclusive, 3 configuration, 4 the suite failed.
A certificate is bound to a key of the target: by its requests, or by "prove" of its driver; npx amp spec word challenge
What a word means: npx amp spec word hook
`,
    )
    .addCommand(initCommand())
    .action(async (target: string | undefined, given: Omit<Options, 'json'> & { json?: string | true }) => {
      const { json, ...rest } = given
      const options: Options = json === undefined ? rest : { ...rest, json: json === true ? '-' : json }
      if (options.scorecard) return showScorecard(options.json)
      if (options.verify !== undefined) return verifyCommand(options.verify, options)
      if (options.open !== undefined) return openCommand(options.open, options.request ?? 0)
      if (options.evidence !== undefined) return certifyEvidence(options.evidence, options)
      if (target === undefined)
        return stop(
          'there is nothing to judge',
          'give the URL of a target or its configuration, or chains with --evidence',
        )
      const configured = await readTargetConfig(target)
      if ('cause' in configured) return stop(configured.cause, configured.cure)
      const { url, ...settings } = configured
      if (options.studio && (settings.driver ?? settings.agent) !== undefined)
        return stop(
          'the studio judges what has an address, and this target is a driver or an agent',
          'leave out --studio; --html writes a page with everything that was found',
        )
      if (options.studio) return openStudio({ port: 0, host: '127.0.0.1', given: { ...settings, ...options, url } })
      if (options.replay !== undefined) return replayCase(options.replay, url, { ...settings, ...options })
      return certifyTarget(url, { ...settings, ...options })
    })
