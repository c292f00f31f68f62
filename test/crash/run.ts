/** Kills clearings under load and proves their books: npm run test:crash -- --kills 1000 --failovers 20 --seed 1 */
import { parseArgs } from 'node:util'
import { crashEmbedded } from './embedded.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    failovers: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(process.pid) },
  },
})
const seed = Number(values.seed)
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}
say(`seed ${seed}`)
const result = { seed, embedded: await crashEmbedded(Number(values.kills), seed, say) }
process.stdout.write(`${JSON.stringify(result)}\n`)
