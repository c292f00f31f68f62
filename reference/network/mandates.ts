/** What happens to mandates while they run: cancelled, lowered, expired. */
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
import { inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { recordEvent } from './evidence.ts'
import { notify, tellClearings } from './notify.ts'
import { budgetOf, findMandate, liveStatus, lockMandate, type MandateRow, type NetworkDatabase } from './records.ts'

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

/** Where a mandate may end from (AMP-TRUST-075). */
const endsFrom: Readonly<Record<'revoked' | 'expired' | 'finished', readonly MandateStatus[]>> = {
  revoked: ['inactive', 'activated'],
  expired: ['inactive', 'activated'],
  finished: ['activated'],
}

/**
 * Moves a mandate to a terminal status, records it and tells the credential provider; the wallet too, where it cannot
 * know it yet (AMP-TRUST-073, 075). False where the mandate had ended already.
 */
export const endMandate = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  end: { readonly status: keyof typeof endsFrom; readonly event: string; readonly by: string },
): Promise<boolean> => {
  const { mandate_id: mandateId, wallet_id: walletId, credential_provider_id: providerId } = mandate
  const changed = await transaction
    .updateTable('network_mandates')
    .set({ status: end.status })
    .where('mandate_id', '=', mandateId)
    .where('status', 'in', endsFrom[end.status])
    .executeTakeFirst()
  if (changed.numUpdatedRows !== 1n) return false
  await recordEvent(transaction, context.world, { mandateId, event: end.event, status: end.status, by: end.by })
  const notice = {
    mandateId,
    mandateStatus: end.status,
    reason: end.event,
    at: formatTime(context.world.now()),
  }
  await notify(transaction, context, 'credential-provider.notifyMandate', providerId, notice)
  await tellClearings(transaction, context, mandateId, { mandateStatus: end.status, reason: end.event })
  const walletKnows = end.by === walletId || end.status === 'finished'
  if (!walletKnows) await notify(transaction, context, 'wallet.notifyMandate', walletId, notice)
  return true
}

/** AMP-WALLET-029 to 032: a cancelled mandate is revoked; cancelling it again changes nothing. */
const cancel = (
  context: NetworkContext,
  request: Message<'trust/cancel-mandate-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/cancel-mandate-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const concerned = await concernedMandate({ ...context, database: transaction }, request.mandateId, call)
    if (!concerned.ok) return concerned
    const mandate = await lockMandate(transaction, request.mandateId)
    const status = liveStatus(mandate, context.world)
    const unusable = whyUnusable(status)
    if (unusable && status !== 'inactive' && status !== 'revoked') return { ok: false, refusal: unusable }
    if (enforces(context.world, 'AMP-WALLET-030'))
      await endMandate(context, transaction, mandate, {
        status: 'revoked',
        event: 'cancelled',
        by: call.caller.id,
      })
    return accept({ mandateId: request.mandateId, mandateStatus: 'revoked', at: formatTime(context.world.now()) })
  })

/** Lowers the limit at once, as an overlay on what was signed (AMP-WALLET-034, contradiction 38); raising takes a new mandate. */
const adjustLimit = (
  context: NetworkContext,
  request: Message<'trust/adjust-mandate-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/adjust-mandate-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const concerned = await concernedMandate({ ...context, database: transaction }, request.mandateId, call)
    if (!concerned.ok) return concerned
    const mandate = await lockMandate(transaction, request.mandateId)
    const status = liveStatus(mandate, context.world)
    const unusable = whyUnusable(status)
    if (unusable && enforces(context.world, 'AMP-WALLET-034:status')) return { ok: false, refusal: unusable }
    const adjusted = adjust(budgetOf(mandate), fromWire(request.limit))
    if (!adjusted.ok) {
      if (enforces(context.world, 'AMP-WALLET-034')) return adjusted
      return accept({ mandateId: request.mandateId, mandateStatus: status, budget: budgetToWire(budgetOf(mandate)) })
    }
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

export const mandateOperations = (context: NetworkContext): ServedOperations => ({
  'network.cancelMandate': (request, call) => cancel(context, request, call),
  'network.adjustMandate': (request, call) => adjustLimit(context, request, call),
})
