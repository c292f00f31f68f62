/** Looks for false alarms: the intact reference and bridge, seed after seed, on both engines. `npm run alarms [seeds] [first]` */
import { closeClients } from '../../conformance/index.ts'
import { judgedRoles } from '../../conformance/roles.ts'
import { startPostgres } from '../reference/ledger/postgres.ts'
import { alarmsOf } from './mutants/alarms.ts'

const [seeds = 20, first = 1] = process.argv.slice(2).map(Number)
const postgres = await startPostgres()
const alarms: string[] = []
let [runs, checks] = [0, 0]

for (let seed = first; seed < first + seeds; seed++)
  for (const role of judgedRoles)
    for (const engine of role === 'bridge' || !postgres ? ['memory'] : ['sqlite', 'postgres']) {
      const database =
        engine === 'postgres' ? await postgres?.fresh(`alarms_${role.replace('-', '_')}_${seed}`) : undefined
      const found = await alarmsOf(role, seed, database)
      runs++
      checks += found.checks
      alarms.push(...found.alarms.map((alarm) => `seed ${seed}, ${engine}: ${alarm}`))
      process.stdout.write(
        `\rseed ${seed}, ${role} on ${engine}: ${runs} runs, ${checks} checks, ${alarms.length} alarms   `,
      )
    }

process.stdout.write(`\n${alarms.map((alarm) => `${alarm}\n`).join('')}`)
process.stdout.write(
  alarms.length === 0
    ? `no false alarm in ${runs} runs of ${checks} checks\n`
    : 'next: npm run alarms 1 SEED shows one seed\n',
)
await closeClients()
await postgres?.stop()
process.exitCode = alarms.length === 0 ? 0 : 1
