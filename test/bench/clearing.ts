/** Measures the clearing against its goals, its baselines and its peers in one run: npm run bench:clearing -- --json */

// --json prints one line of JSON; --quick measures less; --plots draws spec/decisions/clearing-*.svg; --engine sqlite
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../schemas/index.ts'
import { drawPlot, type Series } from '../plot.ts'
import { type Library, libraries } from './clearing/books.ts'
import { latency, throughput } from './clearing/curves.ts'
import {
  full,
  groupCommit,
  hashChainTicks,
  historyCost,
  netting,
  quick,
  singleTransfers,
  socketTicks,
  voucherTicks,
} from './clearing/goals.ts'
import { Baseline, figure, median, rounded, say } from './clearing/measure.ts'
import { mppxRate } from './clearing/peer-mppx.ts'
import { x402Rate } from './clearing/peer-x402.ts'
import { quorumRatio } from './clearing/quorum.ts'
import { recoveryRatio } from './clearing/recovery.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    plots: { type: 'boolean', default: false },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
  },
})
const size = options.quick ? quick : full

/** What one engine reached. */
type Result = {
  readonly ed25519VerifyPerSecond: number
  readonly hashChainTicksPerSecond: number
  readonly hashChainRatio: number
  readonly voucherTicksPerSecond100: number
  readonly voucherRatio100: number
  readonly voucherRatio1000: number
  readonly singleTransferRatio: number
  readonly groupCommitRatio: number
  /** Ticks over a socket over ticks in process: records of 40 bytes, and lines of JSON. */
  readonly socketRatio: number
  readonly socketLinesRatio: number
  /** Ticks with quorum commit over those without, on a cluster of three; of PostgreSQL alone. */
  readonly quorumRatio: number | null
  /** Ticks recovered a second over ticks taken; of books in a file alone. */
  readonly recoveryRatio: number | null
  readonly x402Ratio: number | null
  readonly mppxRatio: number | null
  readonly nettingSeconds: number
  readonly historyCostGrowth: number
  readonly engine: string
}

/** A peer's paid requests a second, or nothing, with the reason said. */
const peer = async (name: string, measure: (requests: number) => Promise<number>): Promise<number | undefined> => {
  try {
    const rate = await measure(size.peerRequests)
    say(`  ${name}: ${figure(rate)} paid requests a second`)
    return rate
  } catch (error) {
    say(`  ${name} cannot be compared: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const history: Series[] = []

const measure = async (library: Library): Promise<Result> => {
  const { name } = library
  const baseline = new Baseline()
  const step = async <Value>(what: string, work: () => Promise<Value>, show: (value: Value) => string) => {
    const value = await work()
    await library.close()
    say(`${name}: ${what}: ${show(value)}`)
    return value
  }
  const rate = (value: number): string => `${figure(value)} a second`
  const links = await step('hash-chain ticks, 100 channels', () => hashChainTicks(library, baseline, size), rate)
  const x402 = [await peer('x402 batch-settlement', x402Rate)]
  const mppx = [await peer('mppx session', mppxRate)]
  const vouchers = await step('voucher ticks, 100 channels', () => voucherTicks(library, baseline, size), rate)
  const singles = await step('transfers signed one by one', () => singleTransfers(library, baseline, size), rate)
  const many = await step('voucher ticks, 1,000 channels', () => voucherTicks(library, baseline, size, 1_000), rate)
  const times = (value: number | null): string => (value === null ? 'not measured' : `${value.toFixed(2)} times`)
  const grouped = await step('group commit over commits of one tick', () => groupCommit(library, size), times)
  const socket = await step(
    'ticks over a socket over ticks in process',
    () => socketTicks(library, size),
    ({ records, lines }) => `${times(records)} as records, ${times(lines)} as lines`,
  )
  const quorum = await step(
    'quorum commit over the primary alone',
    async () => (name === 'postgres' ? ((await quorumRatio(size.segments, size.linkTicks)) ?? null) : null),
    times,
  )
  const recovery = await step(
    'ticks recovered over ticks taken',
    async () => (name === 'sqlite' ? recoveryRatio(size.linkTicks) : null),
    times,
  )
  const seconds = await step(
    `cycle of ${figure(size.obligations)} obligations`,
    () => netting(library, size),
    (value) => `${value.toFixed(3)} s`,
  )
  const cost = await step(
    `tick after ${figure(size.historyTicks)} earlier ones`,
    () => historyCost(library, baseline, size),
    ({ growth }) => `costs ${(growth * 100).toFixed(1)} % more`,
  )
  history.push({ name, points: cost.points })
  x402.push(await peer('x402 batch-settlement', x402Rate))
  mppx.push(await peer('mppx session', mppxRate))
  const verify = baseline.rate
  say(`${name}: Ed25519, one thread: ${figure(verify)} verifications a second`)
  const over = (rates: readonly (number | undefined)[]): number | null => {
    const known = rates.filter((each) => each !== undefined)
    return known.length === 0 ? null : rounded(links / median(known), 0)
  }
  return {
    ed25519VerifyPerSecond: rounded(verify, 0),
    hashChainTicksPerSecond: rounded(links, 0),
    hashChainRatio: rounded(links / verify, 1),
    voucherTicksPerSecond100: rounded(vouchers, 0),
    voucherRatio100: rounded(vouchers / verify, 1),
    voucherRatio1000: rounded(many / verify, 1),
    singleTransferRatio: rounded(singles / verify),
    groupCommitRatio: rounded(grouped, 0),
    socketRatio: rounded(socket.records),
    socketLinesRatio: rounded(socket.lines),
    quorumRatio: quorum === null ? null : rounded(quorum),
    recoveryRatio: recovery === null ? null : rounded(recovery),
    x402Ratio: over(x402),
    mppxRatio: over(mppx),
    nettingSeconds: rounded(seconds, 3),
    historyCostGrowth: rounded(cost.growth, 3),
    engine: name,
  }
}

const draw = async (shelves: readonly Library[]): Promise<void> => {
  const speeds: Series[] = []
  const waits: Series[] = []
  for (const library of shelves) {
    const { links, vouchers } = await throughput(library, options.quick)
    speeds.push(
      { name: `links, ${library.name}`, points: links },
      { name: `vouchers, ${library.name}`, points: vouchers },
    )
    const { middle, slow } = await latency(library, options.quick)
    waits.push(
      { name: `median, ${library.name}`, points: middle },
      { name: `99th of 100, ${library.name}`, points: slow },
    )
  }
  const write = (file: string, svg: string): void => {
    writeFileSync(join(packageRoot, 'spec', 'decisions', `clearing-${file}.svg`), svg)
    say(`drew spec/decisions/clearing-${file}.svg`)
  }
  const linear = { x: false, y: false }
  write(
    'throughput',
    drawPlot({
      title: 'Durable ticks a second over channels',
      x: 'channels',
      y: 'ticks a second',
      logarithmic: { x: true, y: true },
      series: speeds,
    }),
  )
  write(
    'latency',
    drawPlot({
      title: 'From offer to durable, 20,000 ticks a second offered',
      x: 'longest wait of a window, ms',
      y: 'ms',
      logarithmic: linear,
      series: waits,
    }),
  )
  write(
    'history',
    drawPlot({
      title: 'Cost of a tick over the ticks before it',
      x: 'earlier ticks in the books',
      y: 'microseconds a tick',
      logarithmic: linear,
      series: history,
    }),
  )
}

const shelves = await libraries(options.engine)
try {
  const results: Result[] = []
  for (const library of shelves) results.push(await measure(library))
  if (options.plots) await draw(shelves)
  if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`)
  else for (const result of results) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
} finally {
  for (const library of shelves) await library.stop()
}
