/** The engines every end-to-end test runs on: SQLite in memory, and a PostgreSQL of its own from npm. */
import { randomBytes } from 'node:crypto'
import type { ReferenceOptions } from '../../reference/index.ts'
import { type Postgres, startPostgres } from '../reference/ledger/postgres.ts'

/** One engine: how a reference is told to use a database that nobody else has. */
export type Engine = {
  readonly start: () => Promise<boolean>
  readonly options: () => Promise<ReferenceOptions>
  readonly stop: () => Promise<void>
}

const sqlite = (): Engine => ({
  start: async () => true,
  options: async () => ({ database: 'sqlite::memory:' }),
  stop: async () => {},
})

const postgres = (): Engine => {
  let server: Postgres | undefined
  return {
    start: async () => {
      server = await startPostgres()
      return server !== undefined
    },
    options: async () => ({
      database: (await server?.fresh(`amp_${randomBytes(6).toString('hex')}`)) ?? '',
      masterKey: randomBytes(32),
    }),
    stop: async () => server?.stop(),
  }
}

export const engines: readonly (readonly [string, Engine])[] = [
  ['SQLite', sqlite()],
  ['PostgreSQL', postgres()],
]
