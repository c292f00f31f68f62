/** `amp evidence verify FILE`: verifies an evidence bundle offline, every decision recomputed. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import type { JWK } from 'jose'
import { verifyBundle } from '../core/index.ts'

const read = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    process.stderr.write(
      `error: ${file} cannot be read as JSON: ${(error as Error).message}\nnext: name a JSON file, or - for standard input\n`,
    )
    throw new CommanderError(3, 'amp.unreadable', file)
  }
}

/** Keys of a JWKS document, or of a discovery document whose network publishes them. */
const keysOf = (document: unknown): { readonly keys: readonly JWK[] } => {
  const { keys, roles = [] } = document as {
    readonly keys?: readonly JWK[]
    readonly roles?: readonly { readonly role: string; readonly jwks: { readonly keys: readonly JWK[] } }[]
  }
  return { keys: keys ?? roles.flatMap(({ role, jwks }) => (role === 'network' ? jwks.keys : [])) }
}

const verify = async (file: string, options: { readonly jwks?: string; readonly json?: boolean }): Promise<void> => {
  const bundle = read(file)
  const keys = options.jwks === undefined ? undefined : keysOf(read(options.jwks))
  const outcome = await verifyBundle(bundle, keys)
  if (!outcome.ok) process.exitCode = 1
  if (options.json) {
    const result = outcome.ok ? { verifies: true, ...outcome.value } : { verifies: false, ...outcome.refusal }
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
    return
  }
  if (!outcome.ok) {
    const { field = '', detail = '' } = outcome.refusal
    process.stdout.write(
      `FAIL  ${field} ${detail}\nnext: ask the network for the bundle again; do not act on this one\n`,
    )
    return
  }
  const { subject, treeSize, records, deleted, recomputed } = outcome.value
  process.stdout.write(
    `pass  ${subject}: ${records} records of a log of ${treeSize}, ${deleted} of them deleted, recomputed: ${recomputed.join(', ') || 'none'}\n`,
  )
  if (!keys)
    process.stdout.write(
      'next: --jwks FILE verifies against keys you got from the network itself, not from the bundle\n',
    )
}

/** The verb `evidence` with what can be done to evidence. */
export const evidenceCommand = (): Command =>
  new Command('evidence')
    .description('verify evidence of payments offline')
    .addCommand(
      new Command('verify')
        .description('verify a bundle: signed head, inclusion, commitments, layers, and every decision recomputed')
        .argument('<file>', 'bundle as JSON, - for standard input')
        .option('--jwks <file>', 'keys of the network: a JWKS, or its discovery document')
        .option('--json', 'print the result as JSON')
        .addHelpText('after', '\nExample:\n  $ npx amp evidence verify bundle.json --jwks network.json\n')
        .action(verify),
    )
