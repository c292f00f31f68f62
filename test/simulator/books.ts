/** The SQL port over a simulated disk: real SQL in memory, made durable a transaction at a time, lost with the power. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import Libsql from 'libsql'
import { openBooks } from '../../reference/clearing/open-books.ts'
import type { ClearingDatabase, ClearingTables } from '../../reference/clearing/tables.ts'
import type { Disk, Statement } from './disk.ts'

/** What the books wait for and run into; each may be faulty for one transaction. */
export type Weather = {
  /** Resolves after the time a transaction takes to become durable; never, where the power goes meanwhile. */
  readonly wait: () => Promise<void>
  /** What goes wrong with the next transaction, asked once for each. */
  readonly trouble: () => 'none' | 'before' | 'after'
}

/** Ways to build the port wrong; each has to be found. */
export type PortFaults = {
  readonly answersBeforeSync?: boolean
  /** Rewrites statements before they run. */
  readonly rewrite?: (sql: string) => string
}

/** One database in memory for all lives of all runs: emptied, it is as good as new and remembers its statements. */
type Memory = {
  readonly database: Libsql.Database
  readonly prepared: Map<string, Libsql.Statement>
  readonly empty: string
  owner: Connection | undefined
}

let kept: Memory | undefined

/** The tables of the clearing, made as they always are. */
const memoryOf = async (): Promise<Memory> => {
  if (kept) return kept
  const books = await openBooks('sqlite::memory:', () => 0)
  const { rows } = await sql<{
    sql: string | null
    type: string
    name: string
  }>`select sql, type, name from sqlite_master
    where name like 'clearing%'`.execute(books.database)
  await books.database.destroy()
  const database = new Libsql(':memory:')
  database.defaultSafeIntegers(true)
  database.exec(rows.flatMap((made) => made.sql ?? []).join(';'))
  const tables = rows.filter(({ type }) => type === 'table').map(({ name }) => `delete from ${name}`)
  const empty = `pragma foreign_keys = off;${tables.join(';')};pragma foreign_keys = on;insert into clearing_cycles (cycle, status) values (1, 'open')`
  kept = { database, prepared: new Map(), empty, owner: undefined }
  return kept
}

class Connection implements DatabaseConnection {
  readonly #memory: Memory
  readonly #rewrite: (sql: string) => string
  #written: Statement[] = []
  #busy: Promise<void> = Promise.resolve()
  #release: () => void = () => {}
  #begun = false

  constructor(memory: Memory, rewrite: (sql: string) => string) {
    this.#memory = memory
    this.#rewrite = rewrite
    memory.owner?.die()
    memory.owner = this
  }

  /** Without power nothing is answered any more. */
  get dead(): boolean {
    return this.#memory.owner !== this
  }

  die(): void {
    if (this.#begun) this.#memory.database.exec('rollback')
    this.#begun = false
  }

  /** One user at a time. */
  async take(): Promise<void> {
    const before = this.#busy
    let release: () => void = () => {}
    this.#busy = new Promise((resolve) => {
      release = resolve
    })
    await before
    this.#release = release
  }

  free(): void {
    this.#release()
  }

  run(asked: string, parameters: readonly unknown[]): QueryResult<never> {
    const { database, prepared } = this.#memory
    const text = this.#rewrite(asked)
    const statement = prepared.get(text) ?? database.prepare(text)
    prepared.set(text, statement)
    if (statement.reader) {
      const rows = statement.all(parameters)
      if (!/^\s*(select|with)/i.test(text)) this.#written.push({ sql: text, parameters })
      return { rows: rows as never[] }
    }
    const { changes } = statement.run(parameters)
    this.#written.push({ sql: text, parameters })
    return { rows: [], numAffectedRows: BigInt(changes) }
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.dead) return new Promise(() => {})
    try {
      return Promise.resolve(this.run(query.sql, query.parameters) as QueryResult<Row>)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  // biome-ignore lint/correctness/useYield: nothing streams here
  async *streamQuery(): AsyncGenerator<never> {
    throw new Error('nothing streams here')
  }

  begin(): void {
    if (this.dead) return
    this.#written = []
    this.#memory.database.exec('begin immediate')
    this.#begun = true
  }

  /** What was kept already cannot be taken back: that is what a broken connection looks like from here. */
  rollback(): void {
    if (!this.dead) this.die()
  }

  #keep(): void {
    this.#memory.database.exec('commit')
    this.#begun = false
  }

  /** Writes to the disk, then keeps. */
  async commit(disk: Disk, weather: Weather, faults: PortFaults): Promise<void> {
    if (this.dead) return new Promise(() => {})
    const trouble = weather.trouble()
    if (trouble === 'before') throw new Error('the connection broke before the commit')
    if (faults.answersBeforeSync) {
      const written = this.#written
      void weather.wait().then(() => {
        disk.append(written)
        disk.sync()
      })
    } else {
      disk.append(this.#written)
      await weather.wait()
      disk.sync()
    }
    this.#keep()
    if (trouble === 'after') throw new Error('the connection broke after the commit')
  }
}

/** Opens the books as the disk holds them. */
export const openSimulated = async (disk: Disk, weather: Weather, faults: PortFaults): Promise<ClearingDatabase> => {
  const memory = await memoryOf()
  const connection = new Connection(memory, faults.rewrite ?? ((text) => text))
  memory.database.exec(memory.empty)
  for (const transaction of disk.recover())
    for (const { sql: text, parameters } of transaction) connection.run(text, parameters)
  return new Kysely<ClearingTables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (database) => new SqliteIntrospector(database),
      createDriver: () => ({
        init: async () => {},
        acquireConnection: async () => {
          await connection.take()
          return connection
        },
        releaseConnection: async () => connection.free(),
        beginTransaction: async () => connection.begin(),
        commitTransaction: () => connection.commit(disk, weather, faults),
        rollbackTransaction: async () => connection.rollback(),
        destroy: async () => {},
      }),
    },
  })
}
