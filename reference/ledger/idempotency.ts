/** Idempotency records: the first answer of an unsafe call, bound to caller, operation, key and body (EXT-HTTP-37 to 41). */
import type { Kysely } from 'kysely'
import type { ShellTables } from './tables.ts'

/** How long an answer is kept, in seconds. */
export const keptSeconds = 86_400
/** After this long without an answer a call is taken for dead and may run again. */
export const leaseSeconds = 30

export type Call = {
  readonly caller: string
  readonly operation: string
  readonly key: string
  readonly digest: string
}

/** What is known of a call: it is ours to run, runs elsewhere, has its answer, or belongs to another body. */
export type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly status: number; readonly body: string }
  | { readonly state: 'other-body' }

const by = (database: Kysely<ShellTables>, { caller, operation, key }: Call) =>
  database
    .selectFrom('idempotency')
    .selectAll()
    .where('caller', '=', caller)
    .where('operation', '=', operation)
    .where('key', '=', key)

/** The record of a call, where there is one. */
export const findCall = (database: Kysely<ShellTables>, call: Call) => by(database, call).executeTakeFirst()

/** Claims a call for this request, or tells what became of it. Of two that meet exactly one claims. */
export const claimCall = async (database: Kysely<ShellTables>, call: Call, now: number): Promise<Claim> => {
  const inserted = await database
    .insertInto('idempotency')
    .values({
      ...call,
      state: 'running',
      status: null,
      body: null,
      lease_until: BigInt(now + leaseSeconds),
      expires_at: BigInt(now + keptSeconds),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) return { state: 'claimed' }
  const known = await findCall(database, call)
  if (!known) return { state: 'running' }
  if (known.digest !== call.digest) return { state: 'other-body' }
  if (known.state === 'done') return { state: 'done', status: Number(known.status), body: known.body ?? '' }
  const taken = await database
    .updateTable('idempotency')
    .set({ lease_until: BigInt(now + leaseSeconds) })
    .where('caller', '=', call.caller)
    .where('operation', '=', call.operation)
    .where('key', '=', call.key)
    .where('state', '=', 'running')
    .where('lease_until', '<', BigInt(now))
    .executeTakeFirst()
  return { state: taken.numUpdatedRows === 1n ? 'claimed' : 'running' }
}

/** Stores the answer of a claimed call; the first answer stands. */
export const keepAnswer = async (
  database: Kysely<ShellTables>,
  call: Call,
  status: number,
  body: string,
): Promise<void> => {
  await database
    .updateTable('idempotency')
    .set({ state: 'done', status: BigInt(status), body })
    .where('caller', '=', call.caller)
    .where('operation', '=', call.operation)
    .where('key', '=', call.key)
    .where('state', '=', 'running')
    .execute()
}

/** Gives a claimed call up, so that the same request may try again. */
export const abandonCall = async (database: Kysely<ShellTables>, call: Call): Promise<void> => {
  await database
    .deleteFrom('idempotency')
    .where('caller', '=', call.caller)
    .where('operation', '=', call.operation)
    .where('key', '=', call.key)
    .where('state', '=', 'running')
    .execute()
}

/** Forgets answers that were kept long enough. */
export const forgetCalls = async (database: Kysely<ShellTables>, now: number): Promise<void> => {
  await database.deleteFrom('idempotency').where('expires_at', '<', BigInt(now)).execute()
}
