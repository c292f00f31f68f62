/** What a user does to mandates and bindings while they run: cancel, lower, revoke. */
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  adjust,
  budgetToWire,
  enforces,
  formatTime,
  fromWire,
  type MandateStatus,
  type Outcome,
  refuse,
  whyUnusable,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/transaction.ts'
import type { NetworkContext } from './context.ts'
import { notify } from './notify.ts'
import { budgetOf, findMandate, liveStatus, type MandateRow, type NetworkDatabase, recordEvent } from './records.ts'

/** The mandate, where it concerns the caller: its wallet or its credential provider (EXT-HTTP-34). */
export const concernedMandate = async (
  { database, world }: NetworkContext,
  mandateId: string,
  call: Call,
): Promise<Outcome<MandateRow>> => {
  const mandate = await findMandate(database, mandateId)
  if (!mandate.ok) return mandate
  const concerned = [mandate.value.wallet_id, mandate.value.credential_provider_id].includes(call.caller.id)
  return concerned || !enforces(world, 'EXT-HTTP-34') ? mandate : refuse('mandate-unknown')
}

/** Moves a mandate to a terminal status, records it and tells the credential provider (AMP-TRUST-073, 075). */
export const endMandate = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  end: { readonly status: Extract<MandateStatus, 'revoked' | 'expired'>; readonly event: string; readonly by: string },
): Promise<boolean> => {
  const { world } = context
  const changed = await transaction
    .updateTable('network_mandates')
    .set({ status: end.status })
    .where('mandate_id', '=', mandate.mandate_id)
    .where('status', 'in', ['inactive', 'activated'])
    .executeTakeFirst()
  if (changed.numUpdatedRows !== 1n) return false
  await recordEvent(transaction, world, {
    mandateId: mandate.mandate_id,
    event: end.event,
    status: end.status,
    by: end.by,
  })
  const notice = {
    mandateId: mandate.mandate_id,
    mandateStatus: end.status,
    reason: end.event,
    at: formatTime(world.now()),
  }
  await notify(transaction, context, 'credential-provider.notifyMandate', mandate.credential_provider_id, notice)
  if (end.by !== mandate.wallet_id)
    await notify(transaction, context, 'wallet.notifyMandate', mandate.wallet_id, notice)
  return true
}

/** AMP-WALLET-029 to 032: a cancelled mandate is revoked; cancelling it again changes nothing. */
const cancel = (
  context: NetworkContext,
  request: Message<'trust/cancel-mandate-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/cancel-mandate-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const mandate = await concernedMandate({ ...context, database: transaction }, request.mandateId, call)
    if (!mandate.ok) return mandate
    const status = liveStatus(mandate.value, context.world)
    const unusable = whyUnusable(status)
    if (unusable && status !== 'inactive' && status !== 'revoked') return { ok: false, refusal: unusable }
    if (enforces(context.world, 'AMP-WALLET-030'))
      await endMandate(context, transaction, mandate.value, {
        status: 'revoked',
        event: 'cancelled',
        by: call.caller.id,
      })
    return accept({ mandateId: request.mandateId, mandateStatus: 'revoked', at: formatTime(context.world.now()) })
  })

const adjustLimit = (
  context: NetworkContext,
  request: Message<'trust/adjust-mandate-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/adjust-mandate-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const concerned = await concernedMandate({ ...context, database: transaction }, request.mandateId, call)
    if (!concerned.ok) return concerned
    const mandate = await transaction
      .updateTable('network_mandates')
      .set(({ ref }) => ({ held: ref('held') }))
      .where('mandate_id', '=', request.mandateId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const status = liveStatus(mandate, context.world)
    const unusable = whyUnusable(status)
    if (unusable) return { ok: false, refusal: unusable }
    const adjusted = adjust(budgetOf(mandate), fromWire(request.limit))
    if (!adjusted.ok) return adjusted
    await transaction
      .updateTable('network_mandates')
      .set({ limit_value: adjusted.value.limit })
      .where('mandate_id', '=', request.mandateId)
      .execute()
    await recordEvent(transaction, context.world, {
      mandateId: request.mandateId,
      event: 'limit-lowered',
      status,
      by: call.caller.id,
    })
    return accept({ mandateId: request.mandateId, mandateStatus: status, budget: budgetToWire(adjusted.value) })
  })

const revokeBinding = (
  context: NetworkContext,
  request: Message<'payment/revoke-binding-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/revoke-binding-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const binding = await transaction
      .selectFrom('network_bindings')
      .innerJoin('network_agents', 'network_agents.agent_id', 'network_bindings.agent_id')
      .select(['binding_id', 'wallet_id', 'credential_provider_id'])
      .where('binding_id', '=', request.bindingId)
      .executeTakeFirst()
    if (!binding || ![binding.wallet_id, binding.credential_provider_id].includes(call.caller.id))
      return refuse('binding-unknown')
    await transaction
      .updateTable('network_bindings')
      .set({ status: 'revoked' })
      .where('binding_id', '=', request.bindingId)
      .execute()
    const mandates = await transaction
      .selectFrom('network_mandates')
      .selectAll()
      .where('binding_id', '=', request.bindingId)
      .where('status', 'in', ['inactive', 'activated'])
      .execute()
    for (const mandate of mandates)
      await endMandate(context, transaction, mandate, {
        status: 'revoked',
        event: 'binding-revoked',
        by: call.caller.id,
      })
    return accept({ bindingId: request.bindingId, bindingStatus: 'revoked', mandatesRevoked: mandates.length })
  })

/** Expires mandates past their end, and inactive ones nobody confirmed in time. */
export const sweepMandates = async (context: NetworkContext): Promise<void> => {
  const over = await context.database
    .selectFrom('network_mandates')
    .selectAll()
    .where('status', 'in', ['inactive', 'activated'])
    .where('valid_until', '<=', BigInt(context.world.now()))
    .limit(1000)
    .execute()
  const undecided = await context.database
    .selectFrom('network_mandates')
    .innerJoin('network_authorizations', 'network_authorizations.mandate_id', 'network_mandates.mandate_id')
    .selectAll('network_mandates')
    .where('network_mandates.status', '=', 'inactive')
    .where('network_authorizations.expires_at', '<=', BigInt(context.world.now()))
    .limit(1000)
    .execute()
  for (const mandate of [...over, ...undecided])
    await context.database
      .transaction()
      .execute((transaction) =>
        endMandate(context, transaction, mandate, { status: 'expired', event: 'expired', by: context.key.id }),
      )
}

export const controlOperations = (context: NetworkContext): ServedOperations => ({
  'network.cancelMandate': (request, call) => cancel(context, request, call),
  'network.adjustMandate': (request, call) => adjustLimit(context, request, call),
  'network.revokeBinding': (request, call) => revokeBinding(context, request, call),
})
