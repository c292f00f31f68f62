/** Notifications on their way: stored with the change they tell of, sent until acknowledged or a day old (EXT-HTTP-45). */
import type { Kysely, Selectable } from 'kysely'
import type { ShellTables } from './tables.ts'

const longestSeconds = 86_400
/** How many notifications of one peer and operation are sent in one run. */
const laneLength = 50n

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

/** What a peer did not take within a day and is not sent any more. The tables of a role may stand beside these. */
export const givenUp = <Tables>(
  database: Kysely<Tables>,
  { sender, peerId, now }: { readonly sender: string; readonly peerId: string; readonly now: number },
) =>
  (database as unknown as Kysely<ShellTables>)
    .selectFrom('outbox')
    .selectAll()
    .where('sender', '=', sender)
    .where('peer_id', '=', peerId)
    .where('delivered_at', 'is', null)
    .where('created_at', '<=', BigInt(now - longestSeconds))

type Row = Selectable<ShellTables['outbox']>

/** Each peer and operation in order by itself, so that a peer that is gone holds up nobody else. */
const lanesOf = (due: readonly Row[]): readonly (readonly Row[])[] => {
  const lanes = new Map<string, Row[]>()
  for (const row of due) {
    const name = `${row.peer_id} ${row.operation}`
    lanes.set(name, [...(lanes.get(name) ?? []), row])
  }
  return [...lanes.values()]
}

/**
 * Sends what is due. `send` says whether the notification was taken; otherwise it is tried again after 6, 7, 9, 13 ...
 * seconds, at most every five minutes, and what else is due there waits for the next run.
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
  const waiting = database
    .selectFrom('outbox')
    .selectAll()
    .select(({ fn }) =>
      fn
        .agg<bigint>('row_number')
        .over((over) => over.partitionBy(['peer_id', 'operation']).orderBy('created_at').orderBy('id'))
        .as('place'),
    )
    .where('sender', '=', sender)
    .where('delivered_at', 'is', null)
    .where('next_at', '<=', BigInt(now))
    .where('created_at', '>', BigInt(now - longestSeconds))
  const due = await database
    .selectFrom(waiting.as('waiting'))
    .selectAll()
    .where('place', '<=', laneLength)
    .orderBy('place')
    .execute()
  const sendOne = async (row: Row): Promise<boolean> => {
    const claimed = await database
      .updateTable('outbox')
      .set({ attempts: row.attempts + 1n, next_at: BigInt(now + Math.min(300, 2 ** Number(row.attempts)) + 5) })
      .where('id', '=', row.id)
      .where('attempts', '=', row.attempts)
      .where('delivered_at', 'is', null)
      .executeTakeFirst()
    if (claimed.numUpdatedRows !== 1n) return true
    const taken = await send({ id: row.id, operation: row.operation, peerId: row.peer_id, body: JSON.parse(row.body) })
    if (taken)
      await database
        .updateTable('outbox')
        .set({ delivered_at: BigInt(now) })
        .where('id', '=', row.id)
        .execute()
    return taken
  }
  const sendLane = async (rows: readonly Row[]): Promise<void> => {
    for (const row of rows) if (!(await sendOne(row))) return
  }
  await Promise.all(lanesOf(due).map(sendLane))
  return due.length
}
