/** The two SQL engines behind one Kysely: the only file that knows how they differ. */

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  PostgresDialect,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import Libsql from 'libsql'
import pg from 'pg'

/** A driver that takes the write lock when a transaction begins, so that two processes never deadlock half-way. */
class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase
  constructor(database: SqliteDatabase) {
    super({ database })
    this.#database = database
  }
  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver({ database: this.#database })
  }
}

/** Settings without which an acknowledged write could be lost; read back, because a reopened file may forget them. */
const durable = (database: Libsql.Database, path: string): void => {
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000',
  )
  const setting = (name: string): unknown => Object.values(database.prepare(`pragma ${name}`).get() as object)[0]
  const journal = setting('journal_mode')
  if (String(setting('synchronous')) !== '2' || (path !== ':memory:' && journal !== 'wal'))
    throw new Error(`the database ${path} does not keep synchronous=FULL in WAL mode`)
}

const sqliteDialect = (path: string): Dialect => {
  const database = new Libsql(path)
  database.defaultSafeIntegers(true)
  durable(database, path)
  return new ImmediateSqliteDialect(database as unknown as SqliteDatabase)
}

const int8 = 20

const postgresDialect = (url: string): Dialect => {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) =>
      oid === int8 ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format as 'text'),
  }
  return new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 10, types }) })
}

/** The dialect a database URL asks for: `sqlite::memory:`, `sqlite:/path/file`, `postgres://...`. */
export const dialectOf = (url: string): Dialect => {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresDialect(url)
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path === undefined) throw new Error('the database URL starts with sqlite: or postgres://')
  return sqliteDialect(path)
}
