/** `amp demo`: starts every role, tells the story, certifies wallet and network, and says where to look. */
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { certify, closeClients, htmlReport, judgeEvidence, junitReport, type Report } from '../conformance/index.ts'
import { type Cast, gather } from './cast.ts'
import { showClearing } from './clearing.ts'
import { type Told, tell } from './story.ts'

type Options = { keep?: boolean; json?: boolean; out: string; seed?: string; clearing?: boolean; ticks: number }

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

/** Judges the running wallet and network over HTTP, as anybody with the secret of their hooks could. */
const certifyBoth = async (cast: Cast, seed: number, say: (line: string) => void): Promise<Report> => {
  let tenths = 0
  const report = await certify(
    {
      url: cast.reference.url,
      roles: ['wallet', 'network'],
      hooksSecret: cast.hooksSecret,
      seed,
      pace: {
        onResult: (_result, done, of) => {
          const now = Math.floor((done * 5) / of)
          if (now > tenths) say(`  ${done} of ${of} checks`)
          tenths = now
        },
      },
    },
    { onStart: (checks) => say(`\ncertifying the running wallet and network over HTTP by ${checks} checks ...`) },
  )
  await closeClients()
  return report
}

/** What was certified, in a line for each role. */
const verdictLines = ({ roles, results, outcome, requests, milliseconds }: Report): readonly string[] => [
  ...roles.map((role) => {
    const own = results.filter((result) => result.role === role)
    const of = (verdict: string): number => own.filter((one) => one.verdict === verdict).length
    return `  ${role.padEnd(8)} ${of('pass')} of ${own.length} checks passed, ${of('fail')} failed, ${of('not-applicable')} do not apply`
  }),
  `${outcome === 'certified' ? 'CERTIFIED' : outcome.toUpperCase()}: ${roles.join(' and ')}; ${results.length} checks, ${requests} requests, ${(milliseconds / 1000).toFixed(1)} s`,
]

const writeAll = (out: string, files: Readonly<Record<string, string>>): void => {
  mkdirSync(out, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text)
}

const run = async ({ keep, json, out, seed }: Options): Promise<void> => {
  const say = (line: string): void => void (json ? undefined : process.stdout.write(`${line}\n`))
  say('starting network, credential provider, wallet, merchant and acquirer on loopback ...')
  const cast = await gather('sqlite::memory:')
  try {
    say(`they answer at ${cast.reference.url}; an agent is registered and bound to a wallet\n`)
    const told = await tell(cast, (line) => say(`  ${line}`))
    const { evidence, verdicts } = await judge(cast, told)
    const passed = verdicts.chains.filter(({ verdict }) => verdict === 'pass').length
    const report = await certifyBoth(cast, seed === undefined ? randomInt(1, 2 ** 31) : Number(seed), say)
    writeAll(out, {
      'evidence.json': `${JSON.stringify(evidence, null, 2)}\n`,
      'report.json': `${JSON.stringify(report, null, 2)}\n`,
      'report.html': htmlReport(report),
      'report.xml': junitReport(report),
    })
    const summary = {
      url: cast.reference.url,
      payments: told.payments,
      refusals: told.refusals,
      balance: told.balance,
      chains: verdicts.chains,
      certified: report.outcome === 'certified',
      counts: report.counts,
      evidence: join(out, 'evidence.json'),
      report: join(out, 'report.html'),
    }
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`)
    if (passed !== verdicts.chains.length || report.outcome !== 'certified') process.exitCode = brokePromise
    if (keep) say(`\nstill serving at ${cast.reference.url} (${cast.reference.url}/docs); stop with Ctrl-C`)
    say('')
    for (const line of verdictLines(report)) say(line)
    say(`judged offline: ${passed} of ${verdicts.chains.length} assurance chains of the story pass`)
    say(`report: ${join(out, 'report.html')}   evidence: ${join(out, 'evidence.json')}`)
    if (keep) await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
  } finally {
    await cast.stop()
  }
}

const readTicks = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text) || Number(text) > 2_000_000)
    throw new InvalidArgumentError('A number of ticks is from 1 to 2000000.')
  return Number(text)
}

/** The verb `demo`. Exit codes: 0 everything went as promised, 1 it did not. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description('Watch a card-rail agent pay through AMP on this machine, and the wallet it pays with be certified')
    .option('--keep', 'leave everything running')
    .option('--json', 'print one JSON document')
    .option('--clearing', 'instead: two agents trade in ticks of $0.000002, streamed, netted and settled')
    .option('--ticks <n>', 'with --clearing: how many ticks', readTicks, 100_000)
    .option('--seed <number>', 'seed of the certification')
    .option('--out <folder>', 'where report and evidence are written', 'amp-report')
    .addHelpText('after', '\nExamples:\n  $ npx amp demo --keep\n  $ npx amp demo --clearing\n')
    .action(async (options: Options) => {
      try {
        const { clearing, ticks, json = false, out } = options
        if (!clearing) await run(options)
        else if (!(await showClearing({ ticks, json, out }))) process.exitCode = brokePromise
      } catch (error) {
        process.stderr.write(`amp demo: ${error instanceof Error ? error.message : String(error)}\n`)
        process.exitCode = brokePromise
      }
    })
