/** Nonces in a database, so that several gateways on one store never take one nonce twice. */
import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type SqliteDatabase, SqliteDialect, sql } from 'kysely'
import Libsql from 'libsql'
import pg from 'pg'
import { Misconfigured } from './keys.ts'
import type { NonceStore } from './nonces.ts'

/** A store that can be asked whether it answers, and closed. */
export type SqlNonces = NonceStore & { readonly ping: () => Promise<void>; readonly close: () => Promise<void> }

type Tables = { readonly bridge_nonces: { readonly digest: string; readonly expires: number } }

const sqlite = (path: string): Kysely<Tables> => {
  const database = new Libsql(path)
  database.exec('pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full')
  return new Kysely({ dialect: new SqliteDialect({ database: database as unknown as SqliteDatabase }) })
}

const postgres = (connectionString: string): Kysely<Tables> => {
  const pool = new pg.Pool({ connectionString, max: 10 })
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {})
  return new Kysely({ dialect: new PostgresDialect({ pool }) })
}

const open = (url: string): Kysely<Tables> => {
  if (/^postgres(ql)?:\/\//.test(url)) return postgres(url)
  const [, path] = /^sqlite:(.+)$/.exec(url) ?? []
  if (path === undefined) throw new Misconfigured('the nonce store is sqlite:FILE or postgres://...')
  return sqlite(path)
}

/** How many nonces are recorded between two sweeps of the expired. */
const sweepEvery = 500

/**
 * Opens a store: `sqlite:FILE` or `postgres://...`. Checking and recording is one statement, so two processes cannot both
 * find a nonce fresh; an expired one is replaced. Only a digest of the nonce is kept.
 */
export const sqlNonces = async (url: string): Promise<SqlNonces> => {
  const database = open(url)
  await sql`create table if not exists bridge_nonces (digest varchar(43) primary key, expires bigint not null)`.execute(
    database,
  )
  let count = 0
  const sweep = (now: number) => sql`delete from bridge_nonces where expires <= ${now}`.execute(database)
  return {
    record: async (key, expires, now) => {
      const digest = createHash('sha256').update(key).digest('base64url')
      count += 1
      if (count % sweepEvery === 0) await sweep(now)
      const { rows } = await sql`
        insert into bridge_nonces (digest, expires) values (${digest}, ${expires})
        on conflict (digest) do update set expires = excluded.expires where bridge_nonces.expires <= ${now}
        returning digest`.execute(database)
      return rows.length === 1 ? 'fresh' : 'replayed'
    },
    ping: async () => void (await sql`select 1 from bridge_nonces limit 1`.execute(database)),
    close: () => database.destroy(),
  }
}
