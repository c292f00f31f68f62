/** Opens a database and brings its tables up to date. */
import { Kysely, type Migration, Migrator } from 'kysely'
import { dialectOf } from './dialect.ts'
import { ledgerMigration } from './migration.ts'
import type { LedgerTables } from './tables.ts'

export type LedgerDatabase = Kysely<LedgerTables>

/**
 * Opens `sqlite::memory:`, `sqlite:/path` or `postgres://...` and runs the migrations of the ledger and of the roles
 * given by name. Throws where the engine cannot be opened or does not keep its durability settings.
 */
export const openDatabase = async (
  url: string,
  migrations: Readonly<Record<string, Migration>> = {},
): Promise<LedgerDatabase> => {
  const database = new Kysely<LedgerTables>({ dialect: dialectOf(url) })
  const all = { '0001-ledger': ledgerMigration, ...migrations }
  const { error } = await new Migrator({
    db: database,
    provider: { getMigrations: async () => all },
    allowUnorderedMigrations: true,
  }).migrateToLatest()
  if (error !== undefined) {
    await database.destroy()
    throw error
  }
  return database
}
