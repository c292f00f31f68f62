/** Notifications on their way: stored with the change they tell of, sent until acknowledged or a day old (EXT-HTTP-45). */
import type { Kysely } from 'kysely'
import type { ShellTables } from './tables.ts'

const longestSeconds = 86_400

export type Notice = {
  readonly id: string
  readonly sender: string
  readonly operation: string
  readonly peerId: string
  readonly body: object
  readonly now: number
}

/** Stores a notification; call it inside the transaction of the change. The tables of a role may stand beside these. */
export const enqueue = async <Tables>(database: Kysely<Tables>, notice: Notice): Promise<void> => {
  await (database as unknown as Kysely<ShellTables>)
    .insertInto('outbox')
    .values({
      id: notice.id,
      sender: notice.sender,
      operation: notice.operation,
      peer_id: notice.peerId,
      body: JSON.stringify(notice.body),
      attempts: 0n,
      next_at: BigInt(notice.now),
      created_at: BigInt(notice.now),
      delivered_at: null,
    })
    .execute()
}

/**
 * Sends what is due. `send` says whether the notification was taken; otherwise it is tried again after 1, 2, 4 ...
 * seconds, at most every five minutes.
 */
export const deliver = async (
  database: Kysely<ShellTables>,
  sender: string,
  now: number,
  send: (notice: {
    readonly id: string
    readonly operation: string
    readonly peerId: string
    readonly body: object
  }) => Promise<boolean>,
): Promise<number> => {
  const due = await database
    .selectFrom('outbox')
    .selectAll()
    .where('sender', '=', sender)
    .where('delivered_at', 'is', null)
    .where('next_at', '<=', BigInt(now))
    .where('created_at', '>', BigInt(now - longestSeconds))
    .orderBy('created_at')
    .limit(50)
    .execute()
  for (const row of due) {
    const claimed = await database
      .updateTable('outbox')
      .set({ attempts: row.attempts + 1n, next_at: BigInt(now + Math.min(300, 2 ** Number(row.attempts)) + 5) })
      .where('id', '=', row.id)
      .where('attempts', '=', row.attempts)
      .where('delivered_at', 'is', null)
      .executeTakeFirst()
    if (claimed.numUpdatedRows !== 1n) continue
    const taken = await send({ id: row.id, operation: row.operation, peerId: row.peer_id, body: JSON.parse(row.body) })
    if (taken)
      await database
        .updateTable('outbox')
        .set({ delivered_at: BigInt(now) })
        .where('id', '=', row.id)
        .execute()
  }
  return due.length
}
