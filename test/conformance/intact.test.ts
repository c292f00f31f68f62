/** No false alarm: the intact reference fails no check, whatever the seed and the engine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeClients } from '../../conformance/index.ts'
import type { JudgedRole } from '../../conformance/roles.ts'
import { type Postgres, startPostgres } from '../reference/ledger/postgres.ts'
import { tryOut } from './mutants/run.ts'

let postgres: Postgres | undefined
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await closeClients()
  await postgres?.stop()
})

const roles: readonly JudgedRole[] = [
  'network',
  'wallet',
  'credential-provider',
  'merchant',
  'acquirer',
  'clearing',
  'bridge',
  'agent',
]
const seeds = [1, 2, 3]

const alarms = async (role: JudgedRole, seed: number, database?: string) => {
  const results = await tryOut({ role, seed, ...(database === undefined ? {} : { database }) })
  expect(results.length).toBeGreaterThan(20)
  return results
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
    .map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)
}

describe.each(['network', 'wallet', 'clearing'] as const)('an intact %s on PostgreSQL', (role) => {
  it('fails nothing', { timeout: 240_000 }, async () => {
    if (!postgres) return
    expect(await alarms(role, 4, await postgres.fresh(`intact_${role}`))).toEqual([])
  })
})

describe.each(roles)('an intact %s', (role) => {
  it.each(seeds)('fails nothing on seed %i', { timeout: 120_000 }, async (seed) => {
    expect(await alarms(role, seed)).toEqual([])
  })
})
