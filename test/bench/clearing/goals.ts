/** The goals of the clearing, each measured as a ratio to what the same run measured beside it. */
import { closeCycle } from '../../../reference/clearing/cycles.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { net, type Obligation } from '../../../reference/core/clearing/index.ts'
import { admitAll, ask, type Opened } from '../../reference/clearing/house.ts'
import type { Library } from './books.ts'
import { type Baseline, median, say, timed } from './measure.ts'
import { type Form, serveStreams, socketRate } from './socket.ts'
import { counting, linkRate, nextLinks, offerLinks, openMany, voucherRate } from './streams.ts'

/** How much is measured; a smaller run has the same shape. */
export type Size = {
  readonly segments: number
  readonly linkTicks: number
  readonly voucherTicks: number
  readonly singles: number
  readonly historyTicks: number
  readonly obligations: number
  readonly agents: number
  readonly peerRequests: number
}

export const full: Size = {
  segments: 5,
  linkTicks: 200_000,
  voucherTicks: 65_536,
  singles: 4_000,
  historyTicks: 10_000_000,
  obligations: 1_000_000,
  agents: 1_000,
  peerRequests: 1_000,
}

export const quick: Size = {
  segments: 3,
  linkTicks: 100_000,
  voucherTicks: 16_384,
  singles: 1_000,
  historyTicks: 1_000_000,
  obligations: 100_000,
  agents: 1_000,
  peerRequests: 200,
}

/** Channels the ticks are spread over. */
const channels = 100
const plenty = 10n ** 9n

/** Runs a measurement several times with a sample of the baseline before each, and gives back the median. */
const repeated = async (baseline: Baseline, times: number, measure: () => Promise<number>): Promise<number> => {
  const rates: number[] = []
  for (let time = 0; time < times; time++) {
    baseline.sample()
    rates.push(await measure())
  }
  baseline.sample()
  return median(rates)
}

const chains = (length: number) => () => ({ profile: 'hash-chain', length, cap: plenty }) as const

/** Hash-chain ticks a second over 100 channels, each link verified and posted, durable. */
export const hashChainTicks = async (library: Library, baseline: Baseline, size: Size): Promise<number> => {
  const engine = await library.books()
  const each = Math.floor(size.linkTicks / channels)
  const opened = await openMany(engine, channels, 'links', chains(each * (size.segments + 1)))
  await linkRate(engine, opened, each)
  return repeated(baseline, size.segments, () => linkRate(engine, opened, each))
}

/** Ticks over a socket, sent by another process, over those offered in process: as records and as lines. */
export type SocketRatios = Readonly<Record<Form, number>>

/** Ticks over a socket over those offered in process, in turns on the same books. */
export const socketTicks = async (library: Library, size: Size): Promise<SocketRatios> => {
  const engine = await library.books()
  const each = Math.floor(size.linkTicks / channels)
  const opened = await openMany(engine, channels, 'socket', chains(each * (3 * size.segments + 1)))
  const served = await serveStreams(engine)
  try {
    await linkRate(engine, opened, each)
    const ratios: Record<Form, number[]> = { records: [], lines: [] }
    for (let segment = 0; segment < size.segments; segment++) {
      const direct = await linkRate(engine, opened, each)
      for (const form of ['records', 'lines'] as const)
        ratios[form].push((await socketRate(served, opened, each, form)) / direct)
    }
    return { records: median(ratios.records), lines: median(ratios.lines) }
  } finally {
    await served.stop()
  }
}

/** Voucher ticks a second over this many channels: each signed, the newest of a channel and window verified. */
export const voucherTicks = async (
  library: Library,
  baseline: Baseline,
  size: Size,
  over = channels,
): Promise<number> => {
  const engine = await library.books()
  const opened = await openMany(engine, over, 'vouchers', () => ({ cap: plenty }))
  const each = Math.floor(size.voucherTicks / over)
  await voucherRate(engine, opened, Math.floor(each / 4))
  return repeated(baseline, size.segments, () => voucherRate(engine, opened, each))
}

/** Transfers a second where each is signed by itself and each signature is verified: one voucher for each channel. */
export const singleTransfers = async (library: Library, baseline: Baseline, size: Size): Promise<number> => {
  const engine = await library.books()
  const opened = await openMany(engine, size.singles, 'singles', () => ({ cap: plenty }))
  await voucherRate(engine, opened, 1)
  return repeated(baseline, size.segments, () => voucherRate(engine, opened, 1))
}

/** Ticks for each channel between two waits while history is made: many small windows, so that it has many rows. */
const historyBurst = 2_000

/** Pairs of samples of fresh and old books; single samples swing by a third on a shared machine. */
const historyPairs = 40

/** How much more a tick costs after this many earlier ones than in empty books, as a share; points for the plot. */
export const historyCost = async (library: Library, baseline: Baseline, size: Size) => {
  const [young, old] = [await library.books(), await library.books()]
  const steps = 10
  const grown = size.historyTicks / steps / channels
  const each = Math.floor(size.linkTicks / 2 / channels)
  const length = size.historyTicks / channels + each * (historyPairs + steps + 2)
  const make = (engine: ClearingEngine, links: number) => openMany(engine, channels, 'history', chains(links))
  const [fresh, aged] = [await make(young, each * (historyPairs + 2)), await make(old, length)]
  const points: [number, number][] = []
  for (let step = 1; step <= steps; step++) {
    await offerLinks(old, nextLinks(aged, grown), historyBurst)
    points.push([(size.historyTicks / steps) * step, 1e6 / (await linkRate(old, aged, each))])
    say(
      `  ${library.name}: ${(points.at(-1) ?? []).map((value) => value.toFixed(2)).join(' earlier ticks, microseconds a tick ')}`,
    )
  }
  await linkRate(young, fresh, each)
  const ratios: number[] = []
  const costs: number[] = []
  const ofYoung = () => linkRate(young, fresh, each)
  const ofOld = () => linkRate(old, aged, each)
  for (let pair = 0; pair < historyPairs; pair++) {
    baseline.sample()
    // Each goes first as often as the other: what comes second finds the machine warmer.
    const youngFirst = pair % 2 === 0
    const first = await (youngFirst ? ofYoung : ofOld)()
    const second = await (youngFirst ? ofOld : ofYoung)()
    const [rate, rateOld] = youngFirst ? [first, second] : [second, first]
    costs.push(1e6 / rate)
    ratios.push(rate / rateOld)
  }
  return { growth: median(ratios) - 1, points: [[0, median(costs)] as [number, number], ...points] }
}

/** Fills a cycle: every agent pays others through channels, each window one obligation a channel. */
const oblige = async (engine: ClearingEngine, size: Size): Promise<readonly Obligation[]> => {
  const names = Array.from({ length: size.agents }, (_, index) => `agent-${index}`)
  await admitAll(engine, names)
  const name = (index: number): string => names[index % names.length] as string
  const opened: readonly Opened[] = await openMany(engine, names.length * 2, 'netting', (index) => ({
    payer: name(index),
    payee: name(index + 1 + ((index * 7) % (names.length - 1))),
    cap: plenty,
  }))
  const windows = Math.ceil(size.obligations / opened.length)
  const { heard, listener } = counting()
  for (const { live, voucher } of opened) engine.offerVoucher(live, voucher(plenty), 'payer', listener)
  await engine.idle()
  const obligations: Obligation[] = []
  for (let window = 1; window <= windows; window++) {
    for (const [index, { live }] of opened.entries()) {
      const amount = BigInt(((index * 31 + window * 17) % 9_973) + 1)
      engine.offerDelivery(live, live.state.delivered + amount, listener)
      obligations.push({ payer: live.row.payer, payee: live.row.payee, amount })
    }
    await engine.idle()
  }
  if (heard.refused) throw new Error(heard.refused)
  return obligations
}

/** Seconds to net a cycle's obligations one by one, and to close and net it in the books; both have to agree. */
export const netting = async (library: Library, size: Size): Promise<number> => {
  const engine = await library.books()
  const obligations = await oblige(engine, size)
  say(`  ${library.name}: ${obligations.length} obligations among ${size.agents} agents are in the books`)
  let netted = new Map<string, bigint>()
  const pure = await timed(() => {
    netted = net(obligations)
  })
  let legs = 0
  const closing = await timed(async () => {
    const closed = await closeCycle(engine, 1n)
    if (!closed.ok) throw new Error(closed.refusal.code)
    legs = closed.value.legs.length
    for (const { participant_id, received, paid } of closed.value.positions)
      if (netted.get(participant_id) !== received - paid) throw new Error(`${participant_id} was netted wrong`)
  })
  say(`  ${library.name}: netted in ${pure.toFixed(0)} ms, cycle closed in ${closing.toFixed(0)} ms, ${legs} legs`)
  return (pure + closing) / 1_000
}

/** Windows a second with one tick in each, and with a thousand: what group commit is worth. */
export const groupCommit = async (library: Library, size: Size): Promise<number> => {
  const engine = await library.books()
  const opened = await openMany(engine, channels, 'groups', chains(100_000))
  const one = opened.slice(0, 1)
  const count = Math.min(500, size.singles)
  const { links, live, first } = nextLinks(one, count)[0] ?? { links: new Uint8Array(), live: undefined, first: 0 }
  if (!live) throw new Error('no channel was opened')
  const alone = await timed(async () => {
    for (let at = 0; at < count; at++)
      await ask((listener) => engine.offerLink(live, first + at, links, at * 32, 'payer', listener))
  })
  return (await linkRate(engine, opened, 1_000)) / ((count * 1_000) / alone)
}
