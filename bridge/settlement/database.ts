/** A database of few statements on two engines, in which a piece of work is one transaction and nothing runs beside it. */
import { setTimeout } from 'node:timers/promises'
import Libsql from 'libsql'
import pg from 'pg'
import { Misconfigured } from '../keys.ts'

export type Row = Readonly<Record<string, string | bigint | null>>
/** Runs one statement with `?` for its values and gives back the rows it returns; what writes says `returning`. */
export type Run = (statement: string, ...values: readonly (string | bigint | null)[]) => Promise<readonly Row[]>

export type Database = {
  /** Runs work as one transaction: all of it is durable when it resolves, and nothing of it when it throws. */
  readonly transact: <Value>(work: (run: Run) => Promise<Value>) => Promise<Value>
  readonly close: () => Promise<void>
}

const patienceMs = 10_000

/** Begins while another process may hold the file; `begin immediate` alone takes the lock, so nothing later meets it. */
const begin = async (database: Libsql.Database): Promise<void> => {
  for (const until = performance.now() + patienceMs; ; ) {
    try {
      database.exec('begin immediate')
      return
    } catch (error) {
      const isBusy = /^SQLITE_BUSY/.test(String((error as { code?: unknown }).code))
      if (!isBusy || performance.now() > until) throw error
      await setTimeout(1 + Math.random() * 20)
    }
  }
}

const sqliteDatabase = (path: string): Database => {
  const database = new Libsql(path)
  database.defaultSafeIntegers(true)
  database.exec('pragma busy_timeout = 2000; pragma journal_mode = wal; pragma synchronous = full')
  const statements = new Map<string, { readonly prepared: Libsql.Statement; readonly isReading: boolean }>()
  const prepare = (statement: string) => {
    const prepared = database.prepare(statement)
    const made = { prepared, isReading: prepared.reader }
    statements.set(statement, made)
    return made
  }
  const run: Run = async (statement, ...values) => {
    const { prepared, isReading } = statements.get(statement) ?? prepare(statement)
    if (isReading) return prepared.all(...values) as Row[]
    prepared.run(...values)
    return []
  }
  let turn: Promise<unknown> = Promise.resolve()
  return {
    transact: (work) => {
      const next = turn.then(async () => {
        await begin(database)
        try {
          const value = await work(run)
          database.exec('commit')
          return value
        } catch (error) {
          database.exec('rollback')
          throw error
        }
      })
      turn = next.catch(() => {})
      return next
    },
    close: async () => {
      await turn
      database.close()
    },
  }
}

const int8 = 20

const postgresDatabase = (connectionString: string): Database => {
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid, format) =>
      oid === int8 ? (text: string) => BigInt(text) : pg.types.getTypeParser(oid, format as 'text'),
  }
  const pool = new pg.Pool({ connectionString, max: 10, types })
  // An idle connection that breaks is replaced at the next query; unheard, its error would end the process.
  pool.on('error', () => {})
  return {
    transact: async (work) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const value = await work(async (statement, ...values) => {
          let at = 0
          const { rows } = await client.query(
            statement.replaceAll('?', () => `$${++at}`),
            [...values],
          )
          return rows as Row[]
        })
        await client.query('commit')
        return value
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

/** Opens `sqlite::memory:`, `sqlite:FILE` or `postgres://...`. Throws `Misconfigured` for any other address. */
export const openDatabase = (url: string): Database => {
  if (/^postgres(ql)?:\/\//.test(url)) return postgresDatabase(url)
  const [, path] = /^sqlite:(.+)$/.exec(url) ?? []
  if (path === undefined) throw new Misconfigured('payments are kept in sqlite:FILE or postgres://...')
  return sqliteDatabase(path)
}
