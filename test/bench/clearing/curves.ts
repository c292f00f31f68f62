/** What the plots show: throughput over channels, latency over the length of a window. */
import { ClearingEngine } from '../../../reference/clearing/engine.ts'
import type { Listener } from '../../../reference/clearing/waiting.ts'
import type { Library } from './books.ts'
import { median, say } from './measure.ts'
import { linkRate, nextLinks, openMany, voucherRate } from './streams.ts'

type Point = readonly [number, number]

/** Ticks a second of both profiles over more and more channels. */
export const throughput = async (library: Library, quick: boolean) => {
  const links: Point[] = []
  const vouchers: Point[] = []
  for (const count of quick ? [1, 10, 100] : [1, 10, 100, 1_000, 4_000]) {
    const engine = await library.books()
    const each = Math.max(20, Math.min(50_000, Math.floor(200_000 / count)))
    const chains = await openMany(engine, count, 'curve', () => ({
      profile: 'hash-chain',
      length: each * 2,
      cap: 10n ** 8n,
    }))
    await linkRate(engine, chains, each)
    links.push([count, await linkRate(engine, chains, each)])
    const signed = Math.max(2, Math.floor((quick ? 4_000 : 20_000) / count))
    const opened = await openMany(engine, count, 'signed', () => ({ cap: 10n ** 8n }))
    vouchers.push([count, await voucherRate(engine, opened, signed)])
    say(
      `  ${library.name}: ${count} channels, ${Math.round(links.at(-1)?.[1] ?? 0)} link and ${Math.round(vouchers.at(-1)?.[1] ?? 0)} voucher ticks a second`,
    )
    await library.close()
  }
  return { links, vouchers }
}

const load = 20_000
const channels = 100

/** How long ticks wait to be durable while 20,000 a second arrive: the median and the slowest of a hundred, in ms. */
const latencyOf = async (engine: ClearingEngine, word: string, ticks: number): Promise<readonly [number, number]> => {
  const each = ticks / channels
  const opened = await openMany(engine, channels, word, () => ({
    profile: 'hash-chain',
    length: each,
    cap: 10n ** 8n,
  }))
  const streams = nextLinks(opened, each)
  const offered = streams.map(() => [] as number[])
  const waits: number[] = []
  const listeners: Listener[] = streams.map((_, index) => ({
    durable: ({ state }) => {
      const now = performance.now()
      const times = offered[index] as number[]
      for (let at = waited[index] as number; at < state.linkIndex; at++) waits.push(now - (times[at] as number))
      waited[index] = state.linkIndex
    },
    stale: () => {},
    refused: (_, { code }) => {
      throw new Error(code)
    },
  }))
  const waited = streams.map(() => 0)
  const started = performance.now()
  for (let made = 0; made < ticks; ) {
    const due = Math.min(ticks, Math.floor(((performance.now() - started) / 1_000) * load))
    for (; made < due; made++) {
      const index = made % channels
      const at = Math.floor(made / channels)
      const { live, links, first } = streams[index] as (typeof streams)[number]
      offered[index]?.push(performance.now())
      engine.offerLink(live, first + at, links, at * 32, 'payer', listeners[index] as Listener)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await engine.idle()
  const sorted = waits.sort((a, b) => a - b)
  return [median(sorted), sorted[Math.floor(sorted.length * 0.99)] ?? 0]
}

/** Latency over the time a window waits for more. */
export const latency = async (library: Library, quick: boolean) => {
  const middle: Point[] = []
  const slow: Point[] = []
  for (const delayMsMax of quick ? [0, 5, 20] : [0, 1, 2, 5, 10, 20, 50]) {
    const { database, engine: name, now } = await library.books()
    const engine = new ClearingEngine({ database, engine: name, now, bounds: { delayMsMax } })
    await latencyOf(engine, 'warm', 2_000)
    const [half, most] = await latencyOf(engine, 'paced', quick ? 10_000 : 30_000)
    middle.push([delayMsMax, half])
    slow.push([delayMsMax, most])
    say(
      `  ${library.name}: windows of ${delayMsMax} ms, half durable in ${half.toFixed(1)} ms, 99 of 100 in ${most.toFixed(1)} ms`,
    )
    await library.close()
  }
  return { middle, slow }
}
