/** Memory of a clearing with many open channels while ticks go on: npx tsx test/bench/clearing-memory.ts --channels 10000 --ticks 100000000 */
import { parseArgs } from 'node:util'
import { libraries } from './clearing/books.ts'
import { figure, say } from './clearing/measure.ts'
import { memoryOver } from './clearing/memory.ts'

const { values } = parseArgs({
  options: {
    channels: { type: 'string', default: '10000' },
    ticks: { type: 'string', default: '100000000' },
    json: { type: 'boolean', default: false },
  },
})
const [library] = await libraries(['sqlite'])
if (!library) throw new Error('there is no engine')
try {
  const result = await memoryOver(library, Number(values.channels), Number(values.ticks), ({ ticks, heapBytes }) =>
    say(`${figure(ticks)} ticks: ${figure(heapBytes / 1_024)} KiB of heap`),
  )
  await library.close()
  process.stdout.write(`${JSON.stringify(result)}\n`)
} finally {
  await library.stop()
}
