/** How much memory a clearing keeps while its channels stay open and ticks go on. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Opened } from '../../reference/clearing/house.ts'
import type { Library } from './books.ts'
import { rounded } from './measure.ts'
import { nextLinks, offerLinks, openMany } from './streams.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is held after so many ticks, once everything that can be forgotten was forgotten. */
export type MemoryPoint = {
  readonly ticks: number
  readonly seconds: number
  /** The heap of JavaScript and the buffers beside it. */
  readonly heapBytes: number
  /** The whole process, SQLite and the allocator's own reserves with it. */
  readonly rssBytes: number
}

const held = async (): Promise<Pick<MemoryPoint, 'heapBytes' | 'rssBytes'>> => {
  for (let time = 0; time < 3; time++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + arrayBuffers, rssBytes: rss }
}

export type MemoryRun = {
  readonly channels: number
  /** Over all channels. */
  readonly ticks: number
  /** Ticks of a channel one after the other, before the next channel has its turn; they share a window. */
  readonly run?: number
  /** Ticks between two looks at the memory; a tenth of them unless said otherwise. */
  readonly every?: number
  readonly say?: (point: MemoryPoint) => void
}

export type MemoryResult = {
  readonly channels: number
  readonly ticks: number
  /** What the last look found more than the first one after ticks had begun, as a share of that. */
  readonly heapGrowth: number
  readonly rssGrowth: number
  readonly points: readonly MemoryPoint[]
}

/** Channels in groups whose runs fill one window. */
const groupsOf = (opened: readonly Opened[], run: number, ticksMax: number): readonly (readonly Opened[])[] => {
  const size = Math.max(1, Math.floor(ticksMax / run))
  return Array.from({ length: Math.ceil(opened.length / size) }, (_, at) => opened.slice(at * size, (at + 1) * size))
}

/** Ticks by hash chains over channels that are all open, and what was held from time to time. The books stay open. */
export const memoryOver = async (library: Library, wish: MemoryRun): Promise<MemoryResult> => {
  const { channels, ticks, run = 10, every = ticks / 10, say = () => {} } = wish
  const engine = await library.books()
  const each = Math.ceil(ticks / channels)
  const opened = await openMany(engine, channels, 'memory', () => ({
    profile: 'hash-chain',
    length: each,
    unitPrice: 1n,
    cap: BigInt(each),
  }))
  const groups = groupsOf(opened, run, engine.bounds.ticksMax)
  const points: MemoryPoint[] = []
  const started = performance.now()
  const look = async (): Promise<void> => {
    const seconds = rounded((performance.now() - started) / 1_000)
    const point = { ticks: engine.done.ticks, seconds, ...(await held()) }
    points.push(point)
    say(point)
  }
  await look()
  for (let done = 0; done < each; done += run)
    for (const group of groups) {
      await offerLinks(engine, nextLinks(group, Math.min(run, each - done)))
      if (engine.done.ticks >= points.length * every) await look()
    }
  if (engine.done.ticks > (points.at(-1)?.ticks ?? 0)) await look()
  const [first, last] = [points[1], points.at(-1)]
  if (!first || !last) throw new Error('no tick was taken')
  const growth = (of: 'heapBytes' | 'rssBytes'): number => rounded(last[of] / first[of] - 1, 4)
  return {
    channels,
    ticks: engine.done.ticks,
    heapGrowth: growth('heapBytes'),
    rssGrowth: growth('rssBytes'),
    points,
  }
}
