/** Opens a database and brings its tables up to date. */
import { DEFAULT_MIGRATION_TABLE, Kysely, type Migration, Migrator, sql } from 'kysely'
import { dialectOf } from './dialect.ts'
import { ledgerMigration } from './migration.ts'
import type { LedgerTables } from './tables.ts'

export type LedgerDatabase = Kysely<LedgerTables>

const attempts = 5

/** A server of other roles migrated between our look at the names and our turn. */
const isOvertaken = (error: unknown): boolean => error instanceof Error && error.message.startsWith('corrupted')

/** Migrations that servers of other roles ran on the same database: known here by name only. */
const ranBefore = async (database: LedgerDatabase): Promise<Record<string, Migration>> => {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return {}
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(database)
  return Object.fromEntries(rows.map(({ name }) => [name, { up: async () => {} }]))
}

const migrate = async (database: LedgerDatabase, own: Readonly<Record<string, Migration>>): Promise<unknown> => {
  const all = { ...(await ranBefore(database)), ...own }
  const { error } = await new Migrator({
    db: database,
    provider: { getMigrations: async () => all },
    allowUnorderedMigrations: true,
  }).migrateToLatest()
  return error
}

/**
 * Opens `sqlite::memory:`, `sqlite:/path` or `postgres://...` and runs the migrations of the ledger and of the roles
 * given by name; servers of different roles may share one database. Throws where the engine cannot be opened or does not keep its durability settings.
 */
export const openDatabase = async (
  url: string,
  migrations: Readonly<Record<string, Migration>> = {},
): Promise<LedgerDatabase> => {
  const database = new Kysely<LedgerTables>({ dialect: dialectOf(url) })
  const own = { '0001-ledger': ledgerMigration, ...migrations }
  let error = await migrate(database, own)
  for (let tries = 1; isOvertaken(error) && tries < attempts; tries++) error = await migrate(database, own)
  if (error !== undefined) {
    await database.destroy()
    throw error
  }
  return database
}
