/** Plays many seeds and prints every broken law with its shortest script: npx tsx test/simulator/run.ts --seeds 100000 */
import { parseArgs } from 'node:util'
import { scriptOf } from './script.ts'
import { play, report } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100000' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})
const from = Number(values.only ?? values.from)
const count = values.only === undefined ? Number(values.seeds) : 1
const started = performance.now()
let broken = 0
for (let seed = from; seed < from + count; seed++) {
  const law = await play(scriptOf(seed))
  if (law) {
    broken++
    process.stdout.write(`${await report(seed, law)}\n`)
  }
  if ((seed - from + 1) % 1_000 === 0) process.stderr.write(`${seed - from + 1} seeds, ${broken} broken\n`)
}
const seconds = Math.round((performance.now() - started) / 1_000)
process.stdout.write(`${JSON.stringify({ seeds: count, from, broken, seconds })}\n`)
if (broken > 0) process.exitCode = 1
