/** `amp certify --evidence`: judges assurance chains offline. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type ChainVerdict, type Evidence, judgeEvidence, whyNoEvidence } from './artefact.ts'
import { requirementOf } from './requirements.ts'
import { failed, stop } from './verdict-codes.ts'

const readEvidence = (file: string): unknown => JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))

const line = ({ id, verdict, problem, field, requirement }: ChainVerdict): string => {
  if (verdict === 'pass') return `pass  ${id}`
  const sentence = requirement === undefined ? '' : `\n      ${requirement} ${requirementOf(requirement).sentence}`
  return `FAIL  ${id}  ${problem} at ${field}${sentence}`
}

/** Judges the chains of a file and says what each came to. */
export const certifyEvidence = async (
  file: string,
  { now, json }: { readonly now: number; readonly json?: string },
): Promise<void> => {
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
