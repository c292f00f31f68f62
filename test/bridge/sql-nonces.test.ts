/** Proves that gateways on one store never take one nonce twice, on SQLite and, where it is at hand, on PostgreSQL. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Misconfigured } from '../../bridge/keys.ts'
import { sqlNonces } from '../../bridge/sql-nonces.ts'
import { packageFile } from '../../schemas/index.ts'
import { type Postgres, startPostgres } from '../reference/ledger/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'amp-nonces-'))
afterAll(() => rmSync(folder, { recursive: true }))

let postgres: Postgres | undefined
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const engines = [
  ['sqlite', () => `sqlite:${join(folder, 'nonces.db')}`],
  ['postgres', () => postgres?.url],
] as const

/** Nonces two processes race for: 100,000 where `AMP_BRIDGE_RACES` says so. */
const races = Number(process.env.AMP_BRIDGE_RACES ?? 300)

describe.each(engines)('nonces on %s', (_name, where) => {
  const at = (skip: () => void): string => where() ?? (skip() as never)

  it('pass once until they expire, among many at once', async ({ skip }) => {
    const url = at(skip)
    const store = await sqlNonces(url)
    const key = `once-${process.pid}`
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => store.record(key, 100, 10)))
    expect(verdicts.filter((verdict) => verdict === 'fresh')).toHaveLength(1)
    expect(await store.record(key, 100, 99)).toBe('replayed')
    expect(await store.record(key, 200, 100)).toBe('fresh')
    await store.ping()
    await store.close()
    await expect(store.record(key, 300, 200)).rejects.toThrow()
  })

  it(`are taken once by one of two processes, ${races} times`, async ({ skip }) => {
    const url = at(skip)
    const run = promisify(execFile)
    const script = packageFile('test/bridge/nonce-race.ts')
    const both = await Promise.all(
      [0, 1].map(() =>
        run(process.execPath, ['--import', 'tsx', script, url, String(races)], { cwd: packageFile('.') }),
      ),
    )
    expect(both.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(races)
  })
})

it('a store that is none is a mistake of the operator', async () => {
  await expect(sqlNonces('redis://x')).rejects.toThrow(Misconfigured)
})
