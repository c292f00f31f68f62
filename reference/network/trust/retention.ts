/** Retention: contents of the evidence log are deleted with their salts once nobody has to keep them (EXT-EVIDENCE-14). */
import { type Kysely, type Migration, sql } from 'kysely'
import { days, enforces, parseTime } from '../../core/index.ts'
import type { NetworkContext } from '../context.ts'
import type { NetworkDatabase } from '../records.ts'

/** How long contents are kept: five years, as rules against money laundering commonly ask. */
const retentionSeconds = days(5 * 365 + 1)

/** Most contents that are looked at in one run. */
const stretch = 500

export const retentionMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql.raw('create index network_log_kept on network_log (position) where content is not null').execute(database)
  },
}

/** Whether a claim or a dispute still rests on what would be deleted. */
export const isNeeded = async (transaction: NetworkDatabase, paymentId: string): Promise<boolean> => {
  const claim = await transaction
    .selectFrom('network_claims')
    .select('claim_id')
    .where('payment_id', '=', paymentId)
    .where('status', 'in', ['submitted', 'under-review', 'approved'])
    .executeTakeFirst()
  const dispute = await transaction
    .selectFrom('network_disputes')
    .select('dispute_id')
    .where('payment_id', '=', paymentId)
    .where('status', 'in', ['CREATED', 'DEFENSE_SUPPLIED'])
    .executeTakeFirst()
  return claim !== undefined || dispute !== undefined
}

type Row = { readonly position: bigint; readonly subject: string; readonly entry: string }

/** The oldest contents after a position, and which of them are past their time; what a clock that was moved wrote stands between others. */
const oldest = async ({ database, world }: NetworkContext, after: bigint) => {
  const rows: readonly Row[] = await database
    .selectFrom('network_log')
    .select(['position', 'subject', 'entry'])
    .where('content', 'is not', null)
    .where('position', '>', after)
    .orderBy('position')
    .limit(stretch)
    .execute()
  const past = rows.filter(({ entry }) => {
    const at = parseTime(JSON.parse(entry).at) ?? world.now()
    return world.now() - at > retentionSeconds
  })
  return { rows, past }
}

/** Deletes the oldest contents that are past their time and not needed; entries and proofs stay. Ends where all are younger. */
export const sweepRetention = async (context: NetworkContext): Promise<void> => {
  const { database, world } = context
  if (!enforces(world, 'EXT-EVIDENCE-14')) return
  let after = -1n
  for (;;) {
    const { rows, past } = await oldest(context, after)
    const over: bigint[] = []
    for (const { position, subject } of past) if (!(await isNeeded(database, subject))) over.push(position)
    if (over.length > 0)
      await database
        .updateTable('network_log')
        .set({ salt: null, content: null })
        .where('position', 'in', over)
        .execute()
    const last = rows.at(-1)
    if (past.length === 0 || last === undefined || rows.length < stretch) return
    after = last.position
  }
}
