/** The two engines to measure: books in a file of their own, and books on a PostgreSQL server of their own. */
import { join } from 'node:path'
import { audit } from '../../../reference/clearing/audit.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import type { Engine } from '../../../reference/clearing/rows.ts'
import { folderOfRun } from '../../folder-of-run.ts'
import { admitAll, start } from '../../reference/clearing/house.ts'
import { type Postgres, startPostgres } from '../../reference/ledger/postgres.ts'

/** Makes empty books with a payer and a payee in them; `close` proves and closes them, `stop` ends everything. */
export type Library = {
  readonly name: Engine
  readonly books: () => Promise<ClearingEngine>
  /** Throws where what was measured left books that do not add up. */
  readonly close: () => Promise<void>
  readonly stop: () => Promise<void>
}

const filled = async (url: string): Promise<ClearingEngine> => {
  const engine = await openBooks(url, () => start)
  engine.onError = (error) => {
    throw error
  }
  await admitAll(engine, ['payer', 'payee'], 10n ** 15n)
  return engine
}

const library = (name: Engine, url: () => Promise<string>, end: () => unknown): Library => {
  const open: ClearingEngine[] = []
  return {
    name,
    books: async () => {
      const engine = await filled(await url())
      open.push(engine)
      return engine
    },
    close: async () => {
      for (const { database } of open.splice(0)) {
        const faults = await audit(database)
        await database.destroy()
        if (faults.length > 0) throw new Error(`the books of ${name} do not add up: ${JSON.stringify(faults[0])}`)
      }
    },
    stop: async () => {
      for (const { database } of open.splice(0)) await database.destroy()
      await end()
    },
  }
}

const embedded = (): Library => {
  const { folder, remove } = folderOfRun('clearing')
  let count = 0
  const url = async (): Promise<string> => `sqlite:${join(folder, `books-${count++}.sqlite`)}`
  return library('sqlite', url, remove)
}

const server = (postgres: Postgres): Library => {
  let count = 0
  return library('postgres', () => postgres.fresh(`books_${count++}`), postgres.stop)
}

/** The engines that are there on this machine. */
export const libraries = async (names: readonly string[]): Promise<readonly Library[]> => {
  const postgres = names.includes('postgres') ? await startPostgres({ synced: true }) : undefined
  return [...(names.includes('sqlite') ? [embedded()] : []), ...(postgres ? [server(postgres)] : [])]
}
