/** Opens the books of a clearing: the database with its tables, and the engine over it. */
import type { Migration } from 'kysely'
import { openDatabase } from '../ledger/index.ts'
import { ClearingEngine } from './engine.ts'
import { clearingMigration } from './migration.ts'
import { engineOf } from './rows.ts'
import type { ClearingDatabase } from './tables.ts'
import type { WindowBounds } from './waiting.ts'

/** The migrations of a clearing by name. */
export const clearingMigrations: Readonly<Record<string, Migration>> = { '0020-clearing': clearingMigration }

/** Opens `sqlite::memory:`, `sqlite:/path` or `postgres://...`. `now` gives epoch seconds. */
export const openBooks = async (
  url: string,
  now: () => number,
  bounds: Partial<WindowBounds> = {},
): Promise<ClearingEngine> => {
  const database = (await openDatabase(url, clearingMigrations)) as unknown as ClearingDatabase
  return new ClearingEngine({ database, engine: engineOf(url), now, bounds })
}
