/** Looks for false alarms: the intact roles, seed after seed, on both engines and behind a slow proxy. `npm run alarms [seeds] [first]` */
import { closeClients } from '../../conformance/index.ts'
import { type JudgedRole, judgedRoles } from '../../conformance/roles.ts'
import { startPostgres } from '../reference/ledger/postgres.ts'
import { alarmsOf } from './mutants/alarms.ts'

const [seeds = 20, first = 1] = process.argv.slice(2).map(Number)
const postgres = await startPostgres()

/** A bridge keeps no books, and a buyer agent nothing at all; an agent asks, so that no proxy can stand before it. */
const placesOf = (role: JudgedRole): readonly ('sqlite' | 'postgres' | 'proxy')[] => {
  if (role === 'bridge' || role === 'agent') return ['sqlite']
  return postgres ? ['sqlite', 'postgres', 'proxy'] : ['sqlite', 'proxy']
}

const trials = Array.from({ length: seeds }, (_, nth) => first + nth).flatMap((seed) =>
  judgedRoles.flatMap((role) => placesOf(role).map((place) => ({ seed, role, place }))),
)

const alarms: string[] = []
let [runs, checks] = [0, 0]

const tryNext = async (of: typeof trials): Promise<void> => {
  for (let next = of.shift(); next; next = of.shift()) {
    const { seed, role, place } = next
    const name = `alarms_${role.replace('-', '_')}_${seed}`
    const database = place === 'postgres' ? await postgres?.fresh(name) : undefined
    const found = await alarmsOf(role, seed, { database, proxied: place === 'proxy' })
    runs++
    checks += found.checks
    alarms.push(...found.alarms.map((alarm) => `seed ${seed}, ${place}: ${alarm}`))
    process.stdout.write(
      `\rseed ${seed}, ${role}, ${place}: ${runs} runs, ${checks} checks, ${alarms.length} alarms   `,
    )
  }
}

const slow = trials.filter(({ place }) => place === 'proxy')
const quick = trials.filter(({ place }) => place !== 'proxy')
/** Behind the proxy a run waits most of its time: several wait at once while the others work. */
const waiting = 4
await Promise.all([tryNext(quick), ...Array.from({ length: waiting }, () => tryNext(slow))])

process.stdout.write(`\n${alarms.map((alarm) => `${alarm}\n`).join('')}`)
process.stdout.write(
  alarms.length === 0
    ? `no false alarm in ${runs} runs of ${checks} checks\n`
    : 'next: npm run alarms 1 SEED shows one seed\n',
)
await closeClients()
await postgres?.stop()
process.exitCode = alarms.length === 0 ? 0 : 1
