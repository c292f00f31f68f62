/** `amp demo`: starts every role, tells the story, judges the evidence it left, and says where to look. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { judgeEvidence } from '../conformance/index.ts'
import { type Cast, gather } from './cast.ts'
import { type Told, tell } from './story.ts'

type Options = { keep?: boolean; json?: boolean; out: string }

const brokePromise = 1

/** Judges every chain the story signed, with the keys discovery gives, as anybody could. */
const judge = async (cast: Cast, told: Told) => {
  const document = (await (await fetch(`${cast.reference.url}/.well-known/amp`)).json()) as {
    roles: readonly { role: string; id: string; jwks: { keys: readonly Record<string, unknown>[] } }[]
  }
  const network = document.roles.find(({ role }) => role === 'network')
  if (!network) throw new Error('the discovery document names no network')
  const chains = told.chains.map(({ checkout, assurance }, index) => ({
    id: `payment-${index + 1}`,
    layers: [
      assurance.identity,
      assurance.mandate,
      ...(assurance.tokenRequest === undefined ? [] : [assurance.tokenRequest]),
    ],
    audience: network.id,
    checkout,
  }))
  const evidence = { keys: network.jwks, chains }
  return { evidence, verdicts: await judgeEvidence(evidence, cast.reference.world.now()) }
}

const run = async ({ keep, json, out }: Options): Promise<void> => {
  const say = (line: string): void => void (json ? undefined : process.stdout.write(`${line}\n`))
  say('starting network, credential provider, wallet, merchant and acquirer on loopback ...')
  const cast = await gather('sqlite::memory:')
  try {
    say(`they answer at ${cast.reference.url}; an agent is registered and bound to a wallet\n`)
    const told = await tell(cast, (line) => say(`  ${line}`))
    const { evidence, verdicts } = await judge(cast, told)
    const passed = verdicts.chains.filter(({ verdict }) => verdict === 'pass').length
    mkdirSync(out, { recursive: true })
    const file = join(out, 'evidence.json')
    writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`)
    const summary = {
      url: cast.reference.url,
      payments: told.payments,
      refusals: told.refusals,
      balance: told.balance,
      chains: verdicts.chains,
      evidence: file,
    }
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
    say(`\njudged offline: ${passed} of ${verdicts.chains.length} assurance chains pass`)
    say(`evidence: ${file}`)
    say(`next: npx amp certify --evidence ${file}`)
    if (passed !== verdicts.chains.length) process.exitCode = brokePromise
    if (keep) {
      say(`still serving at ${cast.reference.url} (${cast.reference.url}/docs); stop with Ctrl-C`)
      await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
    }
  } finally {
    await cast.stop()
  }
}

/** The verb `demo`. Exit codes: 0 everything went as promised, 1 it did not. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description('Watch a card-rail agent pay through AMP, on this machine, in a few seconds')
    .option('--keep', 'leave everything running')
    .option('--json', 'print one JSON document')
    .option('--out <folder>', 'where the evidence is written', 'amp-report')
    .addHelpText('after', '\nExample:\n  $ npx amp demo --keep\n')
    .action(async (options: Options) => {
      try {
        await run(options)
      } catch (error) {
        process.stderr.write(`amp demo: ${error instanceof Error ? error.message : String(error)}\n`)
        process.exitCode = brokePromise
      }
    })
