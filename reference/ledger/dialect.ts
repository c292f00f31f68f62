/** The two SQL engines behind one Kysely: the only file that knows how they differ. */

import {
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  PostgresDialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import Libsql from 'libsql'
import pg from 'pg'

const statementsKept = 1_000

/**
 * A database that compiles each text once, since a server says the same few hundred again and again. A statement that
 * threw is not used again: one of libsql 0.5.29 that met a locked file is never reset.
 */
const compilingOnce = (database: Libsql.Database): SqliteDatabase => {
  const kept = new Map<string, SqliteStatement>()
  const compile = (text: string): SqliteStatement => {
    const statement = database.prepare(text) as unknown as SqliteStatement
    const orForget = <Result>(work: () => Result): Result => {
      try {
        return work()
      } catch (error) {
        kept.delete(text)
        throw error
      }
    }
    return {
      reader: statement.reader,
      all: (parameters) => orForget(() => statement.all(parameters)),
      run: (parameters) => orForget(() => statement.run(parameters)),
      // Read bit by bit, one text may be open twice.
      iterate: (parameters) => (database.prepare(text) as unknown as SqliteStatement).iterate(parameters),
    }
  }
  return {
    prepare: (text) => {
      const known = kept.get(text)
      if (known) return known
      if (kept.size >= statementsKept) kept.clear()
      const statement = compile(text)
      kept.set(text, statement)
      return statement
    },
    close: () => {
      kept.clear()
      database.close()
    },
  }
}

/** A driver that takes the write lock when a transaction begins, so that two processes never deadlock half-way. */
class ImmediateSqliteDriver extends SqliteDriver {
  readonly #database: Libsql.Database
  constructor(database: Libsql.Database) {
    super({ database: compilingOnce(database) })
    this.#database = database
  }
  /**
   * Not prepared: a statement of libsql 0.5.29 that met a locked file is never reset, and what is written on its
   * connection afterwards is reported as kept and lost.
   */
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    this.#database.exec('begin immediate')
  }
}

/** Migrations run in one transaction: of two processes that open a new file, one waits and finds the tables made. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateSqliteDialect extends SqliteDialect {
  readonly #database: Libsql.Database
  constructor(database: Libsql.Database) {
    super({ database: database as unknown as SqliteDatabase })
    this.#database = database
  }
  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#database)
  }
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter()
  }
}

/** Settings without which an acknowledged write could be lost; read back, because a reopened file may forget them. */
const durable = (database: Libsql.Database, path: string): void => {
  database.exec(
    'pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on',
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
  return new ImmediateSqliteDialect(database)
}

const int8 = 20

const postgresDialect = (url: string): Dialect => {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) =>
      oid === int8 ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format as 'text'),
  }
  const pool = new pg.Pool({ connectionString: url, max: 10, types })
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {})
  // So would that of one that breaks inside a transaction, between two statements: the next statement fails instead.
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool })
}

/** The dialect a database URL asks for: `sqlite::memory:`, `sqlite:/path/file`, `postgres://...`. */
export const dialectOf = (url: string): Dialect => {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresDialect(url)
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path === undefined) throw new Error('the database URL starts with sqlite: or postgres://')
  return sqliteDialect(path)
}
