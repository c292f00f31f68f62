/** Memory of a clearing with many open channels while ticks go on: npx tsx test/bench/clearing-memory.ts --channels 10000 --ticks 100000000 */
import { parseArgs } from 'node:util'
import { libraries } from './clearing/books.ts'
import { figure, say } from './clearing/measure.ts'
import { memoryOver } from './clearing/memory.ts'

const { values } = parseArgs({
  options: {
    channels: { type: 'string', default: '10000' },
    ticks: { type: 'string', default: '100000000' },
    run: { type: 'string', default: '100' },
    every: { type: 'string' },
  },
})
const ticks = Number(values.ticks)
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
const [library] = await libraries(['sqlite'])
if (!library) throw new Error('there is no engine')
try {
  const started = performance.now()
  say(`${figure(Number(values.channels))} channels are being opened`)
  const result = await memoryOver(library, {
    channels: Number(values.channels),
    ticks,
    run: Number(values.run),
    every: Number(values.every ?? ticks / 10),
    say: (point) =>
      say(
        `${figure(point.ticks)} ticks, ${figure(point.seconds)} s: heap ${mebibytes(point.heapBytes)} MiB, process ${mebibytes(point.rssBytes)} MiB`,
      ),
  })
  say('the audit recomputes the books')
  await library.close()
  const seconds = Math.round((performance.now() - started) / 1_000)
  process.stdout.write(`${JSON.stringify({ seconds, ...result })}\n`)
} finally {
  await library.stop()
}
