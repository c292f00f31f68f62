/** Times gate decisions at 1,000 rules after 1,000,000 events: `npx tsx test/bench/gate.ts`; ends with 1 at 5 ms or more. */
import { benchGate } from '../reference/core/trust/bench.ts'

const limitMilliseconds = 5

const { p99, remembered } = benchGate({ rules: 1_000, events: 1_000_000, decisions: 20_000 })
process.stdout.write(`p99 ${p99.toFixed(3)} ms; ${remembered} merchants remembered\n`)
if (p99 >= limitMilliseconds) process.exitCode = 1
