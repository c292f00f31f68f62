/** Looks for false alarms: the intact roles, seed after seed, on both engines and behind a slow proxy. `npm run alarms [seeds] [first] [place...]` */
import { closeClients } from '../../conformance/index.ts'
import { type JudgedRole, judgedRoles } from '../../conformance/roles.ts'
import { startPostgres } from '../reference/ledger/postgres.ts'
import { alarmsOf } from './mutants/alarms.ts'

type Place = 'sqlite' | 'postgres' | 'proxy'

const [seeds = 20, first = 1] = process.argv.slice(2, 4).map(Number)
const wanted = process.argv.slice(4)
const asked = (['sqlite', 'postgres', 'proxy'] as const).filter((one) => wanted.length === 0 || wanted.includes(one))
const postgres = asked.includes('postgres') ? await startPostgres() : undefined
if (asked.includes('postgres') && !postgres)
  process.stdout.write('there is no PostgreSQL here: its runs are left out\n')

/** A bridge keeps no books, and a buyer agent nothing at all; an agent asks, so that no proxy can stand before it. */
const suits = (role: JudgedRole, place: Place): boolean => {
  if (place === 'sqlite') return true
  return role !== 'bridge' && role !== 'agent' && (place === 'proxy' || postgres !== undefined)
}

const trials = Array.from({ length: seeds }, (_, nth) => first + nth).flatMap((seed) =>
  asked.flatMap((place) => judgedRoles.filter((role) => suits(role, place)).map((role) => ({ seed, role, place }))),
)

const alarms: string[] = []
let [runs, checks] = [0, 0]

for (const { seed, role, place } of trials) {
  const name = `alarms_${role.replace('-', '_')}_${seed}`
  const database = place === 'postgres' ? await postgres?.fresh(name) : undefined
  const found = await alarmsOf(role, seed, { database, proxied: place === 'proxy' })
  runs++
  checks += found.checks
  const raised = found.alarms.map((alarm) => `seed ${seed}, ${place}: ${alarm}`)
  alarms.push(...raised)
  if (raised.length > 0) process.stdout.write(`\n${raised.join('\n')}\n`)
  process.stdout.write(
    `\rseed ${seed}, ${role}, ${place}: ${runs} of ${trials.length} runs, ${checks} checks, ${alarms.length} alarms   `,
  )
}

process.stdout.write(
  alarms.length === 0
    ? `\nno false alarm in ${runs} runs of ${checks} checks\n`
    : `\n${alarms.length} false alarms; next: npm run alarms 1 SEED shows one seed\n`,
)
await closeClients()
await postgres?.stop()
process.exitCode = alarms.length === 0 ? 0 : 1
