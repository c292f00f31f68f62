/** Budget lent to a clearing: held under the mandate for a channel, given back but for what was delivered. */
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  budgetToWire,
  enforces,
  fromWire,
  linkOf,
  type Outcome,
  parseTime,
  refuse,
  toWire,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { recordEvent } from './evidence.ts'
import { endMandate } from './mandates.ts'
import { budgetOf, findMandate, lockMandate, type MandateRow, type NetworkDatabase, whyNot } from './records.ts'
import type { NetworkTables } from './tables.ts'

type GrantRow = Selectable<NetworkTables['network_grants']>
type Request = Message<'extensions/clearing/grant-request'>
type Release = Message<'extensions/clearing/release-grant-request'>
type Wire = Message<'extensions/clearing/grant'>

const findGrant = (database: NetworkDatabase, clearingId: string, grantId: string): Promise<GrantRow | undefined> =>
  database
    .selectFrom('network_grants')
    .selectAll()
    .where('clearing_id', '=', clearingId)
    .where('grant_id', '=', grantId)
    .executeTakeFirst()

/** How far the network stands in for an agent at a clearing: what it holds there, and what was delivered of it. */
const standingOf = async (
  database: NetworkDatabase,
  clearingId: string,
  { agent_id: agentId, currency }: MandateRow,
): Promise<bigint> => {
  const rows = await database
    .selectFrom('network_grants')
    .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_grants.mandate_id')
    .select(['network_grants.status', 'network_grants.amount', 'network_grants.delivered'])
    .where('network_grants.clearing_id', '=', clearingId)
    .where('network_mandates.agent_id', '=', agentId)
    .where('network_mandates.currency', '=', currency)
    .execute()
  return rows.reduce((sum, { status, amount, delivered }) => sum + (status === 'held' ? amount : delivered), 0n)
}

const toGrant = async (database: NetworkDatabase, row: GrantRow, mandate: MandateRow): Promise<Wire> => {
  const wire = (value: bigint) => toWire({ currency: mandate.currency, value })
  return {
    grantId: row.grant_id,
    channelId: row.channel_id,
    mandateId: row.mandate_id,
    status: row.status,
    amount: wire(row.amount),
    delivered: wire(row.delivered),
    creditLimit: wire(await standingOf(database, row.clearing_id, mandate)),
    budget: budgetToWire(budgetOf(mandate)),
  }
}

/** A payee is an agent, so only the allow list can name it; a channel counts as one payment (EXT-CLEARING-43). */
const inScope = (
  constraints: Partial<Message<'trust/constraints'>>,
  { payeeId, amount }: Request,
  world: NetworkContext['world'],
): Outcome<true> => {
  const { merchant_allow_list: allowed, merchant_block_list: blocked, payment_amount_max: most } = constraints
  const unnamed = [constraints.merchant_name_list, constraints.merchant_mcc_list, constraints.merchant_region_list]
  const named = allowed?.includes(payeeId) && !blocked?.includes(payeeId) && unnamed.every((list) => !list?.length)
  if (!named && enforces(world, 'EXT-CLEARING-43')) return refuse('merchant-out-of-scope', { field: '/payeeId' })
  const over = most !== undefined && BigInt(amount.value) > BigInt(most.value)
  return over && enforces(world, 'EXT-CLEARING-43:amount')
    ? refuse('amount-out-of-range', { field: '/amount' })
    : accept(true)
}

/** Whether a grant is for this mandate, its agent and its time (EXT-CLEARING-38). */
const fits = async (
  { database, world }: Pick<NetworkContext, 'database' | 'world'>,
  request: Request,
  mandate: MandateRow,
): Promise<Outcome<true>> => {
  const unusable = whyNot(mandate, 'token', world)
  if (unusable) return { ok: false, refusal: unusable }
  const agent = await database
    .selectFrom('network_agents')
    .selectAll()
    .where('agent_id', '=', mandate.agent_id)
    .executeTakeFirstOrThrow()
  if (agent.status === 'suspended' && enforces(world, 'EXT-CLEARING-38:suspended')) return refuse('agent-suspended')
  const notAfter = parseTime(request.notAfter) ?? Number.POSITIVE_INFINITY
  const wrong = Object.entries({
    payerAgentId: request.payerAgentId === mandate.agent_id,
    payerKeyThumbprint: request.payerKeyThumbprint === agent.key_thumbprint,
    mandateId: mandate.type === 'AUTONOMOUS',
    mandateHash: mandate.mandate_layer !== null && linkOf(mandate.mandate_layer) === request.mandateHash,
    notAfter: notAfter <= Number(mandate.valid_until),
  }).find(([field, right]) => !right && enforces(world, `EXT-CLEARING-38:${field}`))
  if (wrong) return refuse('channel-descriptor-mismatch', { field: `/${wrong[0]}` })
  if (mandate.currency !== request.amount.currency) return refuse('currency-mismatch', { field: '/amount/currency' })
  return inScope(JSON.parse(mandate.intent).constraints ?? {}, request, world)
}

/** One conditional update, so that tokens and channels together never exceed the mandate (EXT-CLEARING-39). */
const holdFor = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  amount: bigint,
): Promise<Outcome<MandateRow>> => {
  const bounded = enforces(world, 'EXT-CLEARING-39')
  const held = await transaction
    .updateTable('network_mandates')
    .set(({ eb }) => ({ held: eb('held', '+', bounded ? amount : 0n) }))
    .where('mandate_id', '=', mandate.mandate_id)
    .where(({ eb }) =>
      bounded ? eb(eb('held', '+', eb('captured', '+', amount)), '<=', eb.ref('limit_value')) : eb.lit(true),
    )
    .returningAll()
    .executeTakeFirst()
  return held ? accept(held) : refuse('budget-exceeded', { limit: budgetToWire(budgetOf(mandate)).remaining })
}

/** Holds budget of a mandate for a channel, once for each grant (EXT-CLEARING-38 to 40). */
const grant = (context: NetworkContext, request: Request, call: Call): Promise<Outcome<Wire>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { grantId, channelId, mandateId } = request
    const found = await findMandate(transaction, mandateId)
    if (!found.ok) return found
    const mandate = await lockMandate(transaction, mandateId)
    const known = await findGrant(transaction, call.caller.id, grantId)
    const amount = fromWire(request.amount).value
    if (known && enforces(world, 'EXT-CLEARING-40')) {
      const same = known.channel_id === channelId && known.mandate_id === mandateId && known.amount === amount
      return same
        ? accept(await toGrant(transaction, known, mandate))
        : refuse('payment-request-reused', { field: '/grantId' })
    }
    const fitting = await fits({ database: transaction, world }, request, mandate)
    if (!fitting.ok) return fitting
    const held = await holdFor(context, transaction, mandate, amount)
    if (!held.ok) return held
    const row: GrantRow = {
      clearing_id: call.caller.id,
      grant_id: known ? world.id('grant') : grantId,
      mandate_id: mandateId,
      channel_id: channelId,
      amount,
      delivered: 0n,
      status: 'held',
      created_at: BigInt(world.now()),
    }
    await transaction.insertInto('network_grants').values(row).execute()
    await recordEvent(transaction, world, {
      mandateId,
      event: 'clearing-held',
      status: mandate.status,
      by: call.caller.id,
    })
    return accept(await toGrant(transaction, row, held.value))
  })

/**
 * Ends a grant: what was delivered is captured, the rest is free again, also where the mandate ended meanwhile
 * (EXT-CLEARING-41). One nobody asked for is remembered as given back, so that a request on its way takes nothing.
 */
const release = (context: NetworkContext, request: Release, call: Call): Promise<Outcome<Wire>> =>
  inTransaction(context.database, async (transaction) => {
    const { world, key } = context
    const { grantId, mandateId, channelId } = request
    const found = await findMandate(transaction, mandateId)
    if (!found.ok) return found
    const mandate = await lockMandate(transaction, mandateId)
    const known = await findGrant(transaction, call.caller.id, grantId)
    const end = { clearing_id: call.caller.id, grant_id: grantId, mandate_id: mandateId, channel_id: channelId }
    if (!known) {
      const none: GrantRow = { ...end, amount: 0n, delivered: 0n, status: 'released', created_at: BigInt(world.now()) }
      await transaction.insertInto('network_grants').values(none).execute()
      return accept(await toGrant(transaction, none, mandate))
    }
    const delivered = fromWire(request.delivered).value
    if (request.delivered.currency !== mandate.currency || known.mandate_id !== mandateId)
      return refuse('currency-mismatch', { field: '/delivered/currency' })
    if (known.status === 'released') return accept(await toGrant(transaction, known, mandate))
    if (delivered > known.amount) return refuse('delivered-exceeds-authorised', { field: '/delivered' })
    const captured = enforces(world, 'EXT-CLEARING-41') ? delivered : known.amount
    const changed = await transaction
      .updateTable('network_mandates')
      .set(({ eb }) => ({ held: eb('held', '-', known.amount), captured: eb('captured', '+', captured) }))
      .where('mandate_id', '=', mandateId)
      .returningAll()
      .executeTakeFirstOrThrow()
    await transaction
      .updateTable('network_grants')
      .set({ status: 'released', delivered })
      .where('clearing_id', '=', call.caller.id)
      .where('grant_id', '=', grantId)
      .execute()
    await recordEvent(transaction, world, {
      mandateId,
      event: 'clearing-released',
      status: changed.status,
      by: call.caller.id,
    })
    if (changed.captured === changed.limit_value && changed.held === 0n)
      await endMandate(context, transaction, changed, { status: 'finished', event: 'finished', by: key.id })
    return accept(await toGrant(transaction, { ...known, status: 'released', delivered }, changed))
  })

export const clearingOperations = (context: NetworkContext): ServedOperations => ({
  'network.grantClearing': (request, call) => grant(context, request, call),
  'network.releaseClearing': (request, call) => release(context, request, call),
})
