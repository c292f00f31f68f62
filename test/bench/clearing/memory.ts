/** How much memory a clearing keeps while its channels stay open and ticks go on. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Library } from './books.ts'
import { nextLinks, offerLinks, openMany } from './streams.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes that are still held after everything that can be forgotten was forgotten. */
const held = async (): Promise<number> => {
  for (let time = 0; time < 3; time++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

export type MemoryPoint = { readonly ticks: number; readonly heapBytes: number }

const unitPrice = 1n

/** Ticks over all channels in rounds of ten for each; gives back what was held after each tenth of them. */
export const memoryOver = async (
  library: Library,
  channels: number,
  ticks: number,
  say: (point: MemoryPoint) => void = () => {},
): Promise<{ readonly channels: number; readonly growth: number; readonly points: readonly MemoryPoint[] }> => {
  const engine = await library.books()
  const each = Math.ceil(ticks / channels)
  const opened = await openMany(engine, channels, 'memory', () => ({
    profile: 'hash-chain',
    length: each + 10,
    unitPrice,
    cap: BigInt(each + 10),
  }))
  await offerLinks(engine, nextLinks(opened, 10))
  const points: MemoryPoint[] = []
  const note = async (): Promise<void> => {
    points.push({ ticks: engine.done.ticks, heapBytes: await held() })
    say(points.at(-1) as MemoryPoint)
  }
  await note()
  for (let tenth = 1; tenth <= 10; tenth++) {
    const until = (each * tenth) / 10
    for (let done = (each * (tenth - 1)) / 10; done < until; done += 10)
      await offerLinks(engine, nextLinks(opened, Math.min(10, Math.ceil(until - done))))
    await note()
  }
  const [first, last] = [points[1], points.at(-1)]
  return { channels, growth: Number(((last?.heapBytes ?? 0) / (first?.heapBytes ?? 1) - 1).toFixed(4)), points }
}
