/** Mandates as the network keeps them: found, locked, and shown with their newest status. */
import type { Kysely, Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  type Budget,
  budgetToWire,
  enforces,
  formatTime,
  type MandateStatus,
  type Outcome,
  type Refusal,
  refuse,
  statusAt,
  type World,
  whyUnusable,
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

/**
 * The mandate's row, locked until the transaction ends. Whoever changes a mandate, its tokens, payments, events or
 * evidence takes this lock first: so a cancellation comes before or after, never in between, and nobody waits in a circle.
 */
export const lockMandate = (transaction: NetworkDatabase, mandateId: string): Promise<MandateRow> =>
  transaction
    .updateTable('network_mandates')
    .set(({ ref }) => ({ held: ref('held') }))
    .where('mandate_id', '=', mandateId)
    .returningAll()
    .executeTakeFirstOrThrow()

/** What forbids the use of a mandate in each status, at a token request and at a payment. */
const statusRules: Readonly<
  Record<'token' | 'payment', Readonly<Record<Exclude<MandateStatus, 'activated'>, readonly string[]>>>
> = {
  token: {
    inactive: ['AMP-TRUST-076:inactive', 'AMP-TRUST-080'],
    revoked: ['AMP-TRUST-076:revoked', 'AMP-WALLET-031'],
    expired: ['AMP-TRUST-076:expired'],
    finished: ['AMP-TRUST-076:finished'],
  },
  payment: {
    inactive: ['AMP-TRUST-080:payment'],
    revoked: ['AMP-WALLET-032'],
    expired: ['AMP-TRUST-076:payment'],
    finished: ['AMP-TRUST-076:payment'],
  },
}

/** AMP-TRUST-071, 076, 077, 080, 081, AMP-WALLET-031, 032: why a mandate backs no token or payment now, with its status. */
export const whyNot = (row: MandateRow, step: 'token' | 'payment', world: World): Refusal | undefined => {
  const status = liveStatus(row, world)
  if (status === 'activated') return undefined
  const enforced = statusRules[step][status].every((rule) => enforces(world, rule))
  return enforced ? whyUnusable(status) : undefined
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
