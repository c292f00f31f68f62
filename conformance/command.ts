/** `amp certify`: judges artefacts offline. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { type ChainVerdict, type Evidence, judgeEvidence, whyNoEvidence } from './artefact.ts'
import { requirementOf } from './requirements.ts'

const failed = 1
const configuration = 3

type Options = { evidence?: string; now: number; json?: string }

const epochOf = (text: string): number => {
  const now = Number(text)
  if (!Number.isSafeInteger(now) || now < 0) throw new InvalidArgumentError('A moment is given in whole epoch seconds.')
  return now
}

const stop = (cause: string, cure: string): void => {
  process.stderr.write(`amp certify: ${cause}\ncure: ${cure}\n`)
  process.exitCode = configuration
}

const readEvidence = (file: string): unknown => JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))

const line = ({ id, verdict, problem, field, requirement }: ChainVerdict): string => {
  if (verdict === 'pass') return `pass  ${id}`
  const sentence = requirement === undefined ? '' : `\n      ${requirement} ${requirementOf(requirement).sentence}`
  return `FAIL  ${id}  ${problem} at ${field}${sentence}`
}

const certifyEvidence = async (file: string, { now, json }: Options): Promise<void> => {
  let evidence: unknown
  try {
    evidence = readEvidence(file)
  } catch (error) {
    return stop(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'name a JSON file, or - for standard input',
    )
  }
  const odd = whyNoEvidence(evidence)
  if (odd !== undefined) return stop(odd, 'see amp certify --help for the shape of the file')
  const result = await judgeEvidence(evidence as Evidence, now)
  const passed = result.chains.filter(({ verdict }) => verdict === 'pass').length
  const text = `${JSON.stringify(result, null, 2)}\n`
  if (json === '-') process.stdout.write(text)
  else {
    try {
      if (json !== undefined) writeFileSync(json, text)
    } catch (error) {
      return stop(
        `${json} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        'name a file that can be written, or - for standard output',
      )
    }
    process.stdout.write(`${result.chains.map(line).join('\n')}\n${passed} of ${result.chains.length} chains pass\n`)
    if (passed < result.chains.length)
      process.stdout.write('next: npx amp spec touch ID shows every place a requirement lives\n')
  }
  if (passed < result.chains.length) process.exitCode = failed
}

/** The verb `certify`. Exit codes: 0 every chain passes, 1 some fail, 3 configuration; usage errors are thrown, as exit 3. */
export const certifyCommand = (): Command =>
  new Command('certify')
    .description('Judge assurance chains offline; judging a running role over HTTP is not in this release')
    .exitOverride((error) => {
      throw new CommanderError(error.exitCode === 0 ? 0 : configuration, error.code, error.message)
    })
    .argument('[url]', 'a running target: refused, since this release judges artefacts only')
    .option('--evidence <file>', 'JSON file with the keys of the network and the chains to judge, - for standard input')
    .option('--now <epoch>', 'the moment to judge at, in epoch seconds', epochOf, Math.floor(Date.now() / 1000))
    .option('--json <file>', 'write the verdicts as JSON, - for standard output')
    .addHelpText(
      'after',
      '\nThe file: {"keys": JWKS, "chains": [{"id", "layers": [identity, mandate, tokenRequest?], "audience", "checkout"?}]}\n\nExample:\n  $ npx amp certify --evidence evidence.json --now 1790000000 --json -\n',
    )
    .action(async (url: string | undefined, options: Options) => {
      if (url !== undefined)
        return stop('this release does not judge a running target', 'judge its artefacts with --evidence FILE')
      if (options.evidence === undefined) return stop('there is nothing to judge', 'name a file with --evidence')
      return certifyEvidence(options.evidence, options)
    })
