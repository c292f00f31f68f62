/** Kills clearings under load and proves their books: npm run test:crash -- --kills 1000 --failovers 20 --seed 1 */
import { parseArgs } from 'node:util'
import { crashEmbedded } from './embedded.ts'
import { crashCluster } from './failover.ts'

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
const [kills, failovers] = [Number(values.kills), Number(values.failovers)]
const result = {
  seed,
  embedded: kills > 0 ? await crashEmbedded(kills, seed, say) : null,
  cluster: failovers > 0 ? ((await crashCluster(failovers, seed, say)) ?? null) : null,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
