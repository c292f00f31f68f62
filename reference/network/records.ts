/** Reading and writing the network's records: mandates, their events and evidence, paging. */
import type { Kysely, Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  type Budget,
  budgetToWire,
  formatTime,
  type MandateStatus,
  type Outcome,
  refuse,
  sha256,
  statusAt,
  type World,
} from '../core/index.ts'
import type { NetworkTables } from './tables.ts'

export type NetworkDatabase = Kysely<NetworkTables>
export type MandateRow = Selectable<NetworkTables['network_mandates']>

export const budgetOf = (row: MandateRow): Budget => ({
  currency: row.currency,
  total: row.total,
  limit: row.limit_value,
  held: row.held,
  captured: row.captured,
})

/** Newest status of a mandate, its end counted in (AMP-TRUST-073). */
export const liveStatus = (row: MandateRow, world: World): MandateStatus =>
  statusAt(row.status, Number(row.valid_until), world.now())

export const findMandate = async (database: NetworkDatabase, mandateId: string): Promise<Outcome<MandateRow>> => {
  const row = await database
    .selectFrom('network_mandates')
    .selectAll()
    .where('mandate_id', '=', mandateId)
    .executeTakeFirst()
  return row ? accept(row) : refuse('mandate-unknown')
}

/** Records one event in the life of a mandate (AMP-TRUST-073). The caller holds the mandate's row. */
export const recordEvent = async (
  database: NetworkDatabase,
  world: World,
  event: { readonly mandateId: string; readonly event: string; readonly status: MandateStatus; readonly by: string },
): Promise<void> => {
  const last = await database
    .selectFrom('network_events')
    .select(({ fn }) => fn.max('position').as('position'))
    .where('mandate_id', '=', event.mandateId)
    .executeTakeFirst()
  await database
    .insertInto('network_events')
    .values({
      mandate_id: event.mandateId,
      position: BigInt(last?.position ?? 0) + 1n,
      at: BigInt(world.now()),
      event: event.event,
      status: event.status,
      by_whom: event.by,
    })
    .execute()
}

/** Keeps evidence byte for byte (AMP-TRUST-072, 160, 162, 164, 166). The caller holds the mandate's row. */
export const keepEvidence = async (
  database: NetworkDatabase,
  world: World,
  evidence: {
    readonly mandateId: string
    readonly kind: Message<'trust/evidence-record'>['kind']
    readonly reference: string
    readonly content: string
  },
): Promise<void> => {
  const last = await database
    .selectFrom('network_evidence')
    .select(({ fn }) => fn.max('position').as('position'))
    .where('mandate_id', '=', evidence.mandateId)
    .executeTakeFirst()
  await database
    .insertInto('network_evidence')
    .values({
      mandate_id: evidence.mandateId,
      position: BigInt(last?.position ?? 0) + 1n,
      kind: evidence.kind,
      reference: evidence.reference,
      at: BigInt(world.now()),
      digest: sha256(evidence.content),
      content: evidence.content,
    })
    .execute()
}

/** Spends a nonce once, for good; false where it was spent before (AMP-TRUST-123, 150). */
export const spendNonce = async (
  database: NetworkDatabase,
  world: World,
  kind: string,
  nonce: string,
): Promise<boolean> => {
  const result = await database
    .insertInto('network_spent')
    .values({ kind, nonce, spent_at: BigInt(world.now()) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}

/** A mandate as it stands in lists. */
export const toSummary = (row: MandateRow, agentName: string, world: World): Message<'trust/mandate-summary'> => ({
  mandateId: row.mandate_id,
  mandateType: row.type,
  mandateStatus: liveStatus(row, world),
  agentId: row.agent_id,
  agentName,
  bindingId: row.binding_id,
  description: JSON.parse(row.intent).desc,
  createdAt: formatTime(Number(row.created_at)),
  validUntil: formatTime(Number(row.valid_until)),
  budget: budgetToWire(budgetOf(row)),
})
