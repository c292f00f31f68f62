/** What every part of the clearing is built from. */
import { type Kysely, type Migration, sql } from 'kysely'
import type { RoleContext } from '../http/operation.ts'
import type { Rail } from './cycles.ts'
import type { ClearingEngine } from './engine.ts'
import type { ClearingTables } from './tables.ts'
import type { WindowBounds } from './waiting.ts'

/** Tables of the role beside the books: budget borrowed from networks, and streams not opened yet. */
export type ClearingRoleTables = ClearingTables & {
  /** One row for each opening and top-up. `asked` until the network's answer is in the books, `returned` in the end. */
  clearing_borrowings: {
    purpose: string
    grant_id: string
    channel_id: string
    mandate_id: string
    network_id: string
    currency: string
    scale: bigint
    minor: bigint
    units: bigint
    status: 'asked' | 'taken' | 'returned'
    at: bigint
  }
  clearing_streams: { token_digest: string; agent_id: string; idle_seconds: bigint; expires_at: bigint }
}

export type ClearingRoleDatabase = Kysely<ClearingRoleTables>

/** What an operator sets. */
export type ClearingSettings = {
  /** How long a cycle runs before it is cut off by itself; 0 leaves that to `closeCycle`. */
  readonly cycleSeconds: number
  /** Discharges legs; without one the network reports how they went. */
  readonly rail?: Rail | undefined
  /** Bounds of windows of ticks, where they are other than usual. */
  readonly windows?: Partial<WindowBounds> | undefined
  /** Who holds the account that legs are paid from, in files for banks. */
  readonly initiatingParty: string
}

export type ClearingContext = RoleContext<ClearingRoleDatabase> & {
  readonly engine: ClearingEngine
  readonly settings: ClearingSettings
}

const statements = [
  `create table clearing_borrowings (purpose text primary key, grant_id text not null unique, channel_id text not null,
    mandate_id text not null, network_id text not null, currency text not null, scale bigint not null,
    minor bigint not null check (minor > 0), units bigint not null check (units > 0),
    status text not null check (status in ('asked', 'taken', 'returned')), at bigint not null)`,
  `create index clearing_borrowings_status on clearing_borrowings (status, at)`,
  `create index clearing_borrowings_channel on clearing_borrowings (channel_id)`,
  `create table clearing_streams (token_digest text primary key, agent_id text not null, idle_seconds bigint not null,
    expires_at bigint not null)`,
]

export const clearingRoleMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

const tries = 4

/** Runs work again where another writer of the same books was faster. */
export const again = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  for (let attempt = 1; ; attempt++)
    try {
      return await work()
    } catch (error) {
      if (attempt === tries) throw error
    }
}
