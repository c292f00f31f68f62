/** Nonces in a database, so that several gateways on one store never take one nonce twice. */
import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import Libsql from 'libsql'
import pg from 'pg'
import { Misconfigured } from './keys.ts'
import type { NonceStore } from './nonces.ts'

/** A store that can be asked whether it answers, and closed. */
export type SqlNonces = NonceStore & { readonly ping: () => Promise<void>; readonly close: () => Promise<void> }

/** How many nonces are recorded between two sweeps of the expired. */
const sweepEvery = 500

/** Only a digest of what identifies a nonce is kept. */
const digestOf = (key: string): string => createHash('sha256').update(key).digest('base64url')

const table = 'create table if not exists bridge_nonces (digest varchar(43) primary key, expires bigint not null)'

const patienceMs = 10_000

/** Tries again while another process holds the file, without holding up this one; then gives up (fail closed). */
const patiently = async <Value>(act: () => Value): Promise<Value> => {
  const until = performance.now() + patienceMs
  for (;;) {
    try {
      return act()
    } catch (error) {
      const isBusy = /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code))
      if (!isBusy || performance.now() > until) throw error
      await setTimeout(1 + Math.random() * 20)
    }
  }
}

/**
 * A file several processes share. The lock is taken by `begin immediate` and by nothing else: a statement that meets a
 * locked file on its own leaves a libsql connection whose later writes are not kept, though it says they were.
 */
const sqliteNonces = async (path: string): Promise<SqlNonces> => {
  const database = new Libsql(path)
  database.exec('pragma busy_timeout = 200')
  await patiently(() => database.exec('pragma journal_mode = wal; pragma synchronous = full'))
  const inTurn = <Value>(act: () => Value): Promise<Value> =>
    patiently(() => {
      database.exec('begin immediate')
      try {
        const value = act()
        database.exec('commit')
        return value
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    })
  await inTurn(() => database.exec(table))
  const insert = database.prepare(
    'insert into bridge_nonces (digest, expires) values (?, ?) on conflict (digest) do update set expires = excluded.expires where bridge_nonces.expires <= ?',
  )
  const sweep = database.prepare('delete from bridge_nonces where expires <= ?')
  let count = 0
  return {
    record: (key, expires, now) => {
      count += 1
      const isSweeping = count % sweepEvery === 0
      return inTurn(() => {
        if (isSweeping) sweep.run(now)
        return Number(insert.run(digestOf(key), expires, now).changes) === 1 ? 'fresh' : 'replayed'
      })
    },
    ping: async () => void database.prepare('select 1 from bridge_nonces limit 1').all(),
    close: async () => void database.close(),
  }
}

const postgresNonces = async (connectionString: string): Promise<SqlNonces> => {
  const pool = new pg.Pool({ connectionString, max: 10 })
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {})
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  await sql.raw(table).execute(database)
  let count = 0
  return {
    record: async (key, expires, now) => {
      count += 1
      if (count % sweepEvery === 0) await sql`delete from bridge_nonces where expires <= ${now}`.execute(database)
      const { numAffectedRows } = await sql`
        insert into bridge_nonces (digest, expires) values (${digestOf(key)}, ${expires})
        on conflict (digest) do update set expires = excluded.expires where bridge_nonces.expires <= ${now}
      `.execute(database)
      return numAffectedRows === 1n ? 'fresh' : 'replayed'
    },
    ping: async () => void (await sql`select 1 from bridge_nonces limit 1`.execute(database)),
    close: () => database.destroy(),
  }
}

/**
 * Opens a store: `sqlite:FILE` or `postgres://...`. Checking and recording is one statement, so two processes cannot both
 * find a nonce fresh; an expired one is replaced. Throws `Misconfigured` for any other address.
 */
export const sqlNonces = async (url: string): Promise<SqlNonces> => {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresNonces(url)
  const [, path] = /^sqlite:(.+)$/.exec(url) ?? []
  if (path === undefined) throw new Misconfigured('the nonce store is sqlite:FILE or postgres://...')
  return sqliteNonces(path)
}
