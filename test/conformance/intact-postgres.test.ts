/** No false alarm on PostgreSQL: the intact roles that lean on their database most fail no check there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeClients } from '../../conformance/index.ts'
import { type Postgres, startPostgres } from '../reference/ledger/postgres.ts'
import { alarmsOf } from './mutants/alarms.ts'

let postgres: Postgres | undefined
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await closeClients()
  await postgres?.stop()
})

describe.each(['network', 'wallet', 'clearing'] as const)('an intact %s on PostgreSQL', (role) => {
  it('fails nothing', { timeout: 240_000 }, async (context) => {
    if (!postgres) return context.skip('there is no embedded PostgreSQL for this machine')
    const { checks, alarms } = await alarmsOf(role, 4, { database: await postgres.fresh(`intact_${role}`) })
    expect(checks).toBeGreaterThan(20)
    expect(alarms).toEqual([])
  })
})
