/** A user reports that an agent was taken over: in that one request its key is revoked and every mandate of the binding ends. */
import { calculateJwkThumbprint } from 'jose'
import type { Selectable } from 'kysely'
import { canonicalJson, type Message } from '../../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, refuse } from '../../core/index.ts'
import type { Call } from '../../http/operation.ts'
import { inTransaction } from '../../ledger/index.ts'
import { tellProvider } from '../agent-keys.ts'
import { lockAgent } from '../agents.ts'
import type { NetworkContext } from '../context.ts'
import { endMandate } from '../mandates.ts'
import type { NetworkDatabase } from '../records.ts'
import { record } from './log.ts'
import type { TrustTables } from './tables.ts'

type Request = Message<'extensions/guarantee/report-takeover-request'>
type Report = Message<'extensions/guarantee/takeover-report'>
type Row = Selectable<TrustTables['network_takeovers']>

const toWire = (row: Row, revokedAt: bigint): Report => ({
  reportId: row.report_id,
  agentId: row.agent_id,
  keyThumbprint: row.key_thumbprint,
  keyRevokedAt: formatTime(Number(revokedAt)),
  reportedAt: formatTime(Number(row.reported_at)),
  mandatesRevoked: Number(row.mandates_revoked),
  paymentIds: JSON.parse(row.payments),
})

/** Position of a payment that was not made under the binding; nothing where all were (EXT-GUARANTEE-16). */
const strangerAmong = async (
  transaction: NetworkDatabase,
  bindingId: string,
  payments: readonly string[],
): Promise<number | undefined> => {
  if (payments.length === 0) return undefined
  const rows = await transaction
    .selectFrom('network_payments')
    .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_payments.mandate_id')
    .select('payment_id')
    .where('binding_id', '=', bindingId)
    .where('payment_id', 'in', [...payments])
    .execute()
  const known = new Set(rows.map(({ payment_id }) => payment_id))
  const index = payments.findIndex((payment) => !known.has(payment))
  return index === -1 ? undefined : index
}

/** Ends what rests on the binding; how many mandates that were. */
const endBinding = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  bindingId: string,
  by: string,
): Promise<number> => {
  await transaction
    .updateTable('network_bindings')
    .set({ status: 'revoked' })
    .where('binding_id', '=', bindingId)
    .execute()
  const mandates = await transaction
    .selectFrom('network_mandates')
    .selectAll()
    .where('binding_id', '=', bindingId)
    .where('status', 'in', ['inactive', 'activated'])
    .orderBy('mandate_id')
    .execute()
  let ended = 0
  for (const mandate of mandates)
    if (await endMandate(context, transaction, mandate, { status: 'revoked', event: 'takeover-reported', by })) ended++
  return ended
}

/** Revokes the key of an agent for good; the first revocation counts. */
const revokeKey = async (context: NetworkContext, transaction: NetworkDatabase, agentId: string): Promise<bigint> => {
  const { world } = context
  const agent = await lockAgent(transaction, agentId)
  if (agent.revoked_at !== null) return agent.revoked_at
  const now = BigInt(world.now())
  if (enforces(world, 'EXT-KYA-15')) await tellProvider(context, transaction, agent, 'takeover reported')
  if (enforces(world, 'EXT-GUARANTEE-13'))
    await transaction
      .updateTable('network_agents')
      .set({ status: 'suspended', revoked_at: now })
      .where('agent_id', '=', agentId)
      .execute()
  return now
}

/** Keeps the report with each payment it names, and puts it on record there. */
const keepReport = async ({ world }: NetworkContext, transaction: NetworkDatabase, row: Row, told: Report) => {
  await transaction.insertInto('network_takeovers').values(row).execute()
  for (const paymentId of told.paymentIds) {
    await transaction
      .insertInto('network_unwanted')
      .values({ payment_id: paymentId, report_id: row.report_id, reported_at: row.reported_at })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    await record(transaction, world, paymentId, [{ kind: 'message', content: canonicalJson({ report: told }) }])
  }
}

/** Takes a report (EXT-GUARANTEE-13 to 16). The same report again is answered as the first. */
export const reportTakeover = (
  context: NetworkContext,
  { userReference, bindingId, paymentIds }: Request,
  { caller }: Call,
): Promise<Outcome<Report>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const binding = await transaction
      .selectFrom('network_bindings')
      .innerJoin('network_agents', 'network_agents.agent_id', 'network_bindings.agent_id')
      .select(['wallet_id', 'user_reference', 'network_bindings.agent_id', 'key_jwk', 'revoked_at'])
      .where('binding_id', '=', bindingId)
      .executeTakeFirst()
    const own = binding?.wallet_id === caller.id && binding.user_reference === userReference
    if (!binding || (!own && enforces(world, 'EXT-GUARANTEE-16')))
      return refuse('binding-unknown', { field: '/bindingId' })
    const stranger = await strangerAmong(transaction, bindingId, paymentIds)
    if (stranger !== undefined && enforces(world, 'EXT-GUARANTEE-16'))
      return refuse('payment-unknown', { field: `/paymentIds/${stranger}` })
    const payments = canonicalJson([...paymentIds].sort())
    const ended = await endBinding(context, transaction, bindingId, caller.id)
    const revokedAt = await revokeKey(context, transaction, binding.agent_id)
    const known = await transaction
      .selectFrom('network_takeovers')
      .selectAll()
      .where('binding_id', '=', bindingId)
      .where('payments', '=', payments)
      .executeTakeFirst()
    if (known) return accept(toWire(known, revokedAt))
    const row: Row = {
      ...{ report_id: world.id('report'), wallet_id: caller.id, user_reference: userReference, binding_id: bindingId },
      ...{ agent_id: binding.agent_id, key_thumbprint: await calculateJwkThumbprint(JSON.parse(binding.key_jwk)) },
      ...{ payments, mandates_revoked: BigInt(ended), reported_at: BigInt(world.now()) },
    }
    const told = toWire(row, revokedAt)
    await keepReport(context, transaction, row, told)
    return accept(told)
  })
