/** What the owner of a wallet does: cancel, lower, revoke. The wallet stops first, then tells the network. */
import type { Message } from '../../schemas/index.ts'
import { accept, adjust, enforces, fromWire, isTerminal, type Outcome, refuse, whyUnusable } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { WalletContext } from './context.ts'
import { budgetOf, liveStatus, mandateOfUser } from './records.ts'
import type { MandateRow } from './tables.ts'

/** Only of use to the mutant that takes any status over any other. */
const mandateStatuses = ['inactive', 'activated', 'revoked', 'expired', 'finished'] as const

const keyOf = (verb: string, id: string): string => `${verb}-${id}`.padEnd(16, '-').slice(0, 128)

/** Revokes the wallet's copy in one transaction: from its commit on no debit passes, in flight or not. */
const revokeCopy = (context: WalletContext, mandateId: string, userId: string): Promise<Outcome<MandateRow>> =>
  inTransaction(context.database, async (transaction) => {
    const mandate = await mandateOfUser(transaction, context.world, mandateId, userId)
    if (!mandate.ok) return mandate
    const status = liveStatus(mandate.value, context.world)
    const unusable = whyUnusable(status)
    if (unusable && status !== 'inactive' && status !== 'revoked') return { ok: false, refusal: unusable }
    if (enforces(context.world, 'AMP-WALLET-030:wallet'))
      await transaction
        .updateTable('wallet_mandates')
        .set({ status: 'revoked', untold: 1n })
        .where('mandate_id', '=', mandateId)
        .where('status', 'in', ['inactive', 'activated'])
        .execute()
    return mandate
  })

/** AMP-WALLET-029: the network hears of the cancellation; until it has, it is told again. */
const tellCancellation = async (
  { database, neighbours }: WalletContext,
  mandate: Pick<MandateRow, 'mandate_id' | 'network_id'>,
  reason?: string,
): Promise<Outcome<Message<'trust/cancel-mandate-response'>>> => {
  const told = await neighbours.call(
    'network.cancelMandate',
    mandate.network_id,
    { mandateId: mandate.mandate_id, ...(reason === undefined ? {} : { reason }) },
    { idempotencyKey: keyOf('cancel', mandate.mandate_id) },
  )
  if (told.ok || told.refusal.code !== 'peer-unavailable')
    await database
      .updateTable('wallet_mandates')
      .set({ untold: 0n })
      .where('mandate_id', '=', mandate.mandate_id)
      .execute()
  return told
}

const cancel = async (
  context: WalletContext,
  { mandateId, reason }: Message<'trust/cancel-mandate-request'>,
  userId: string,
): Promise<Outcome<Message<'trust/cancel-mandate-response'>>> => {
  const revoked = await revokeCopy(context, mandateId, userId)
  return revoked.ok ? tellCancellation(context, revoked.value, reason) : revoked
}

/** Lowers the limit (contradiction 38): the network decides, since it knows what is held; then the copy follows. */
const adjustLimit = async (
  context: WalletContext,
  request: Message<'trust/adjust-mandate-request'>,
  userId: string,
): Promise<Outcome<Message<'trust/adjust-mandate-response'>>> => {
  const { database, neighbours, world } = context
  const mandate = await mandateOfUser(database, world, request.mandateId, userId)
  if (!mandate.ok) return mandate
  const unusable = whyUnusable(liveStatus(mandate.value, world))
  if (unusable) return { ok: false, refusal: unusable }
  const adjusted = adjust(budgetOf(mandate.value), fromWire(request.limit))
  if (!adjusted.ok && enforces(world, 'AMP-WALLET-034:wallet')) return adjusted
  const told = await neighbours.call('network.adjustMandate', mandate.value.network_id, request)
  if (!told.ok) return told
  const limit = fromWire(request.limit).value
  await database
    .updateTable('wallet_mandates')
    .set({ limit_value: limit })
    .where('mandate_id', '=', request.mandateId)
    .where('limit_value', '>', limit)
    .where('captured', '<=', limit)
    .execute()
  return told
}

const revokeBindingCopy = (context: WalletContext, bindingId: string, userId: string): Promise<Outcome<string>> =>
  inTransaction(context.database, async (transaction) => {
    const binding = await transaction
      .updateTable('wallet_bindings')
      .set({ status: 'revoked', untold: 1n })
      .where('binding_id', '=', bindingId)
      .where('user_id', '=', userId)
      .returning('network_id')
      .executeTakeFirst()
    if (!binding) return refuse('binding-unknown', { field: '/bindingId' })
    await transaction
      .updateTable('wallet_mandates')
      .set({ status: 'revoked' })
      .where('binding_id', '=', bindingId)
      .where('status', 'in', ['inactive', 'activated'])
      .execute()
    return accept(binding.network_id)
  })

const tellUnbinding = async (
  { database, neighbours }: WalletContext,
  bindingId: string,
  networkId: string,
): Promise<Outcome<Message<'payment/revoke-binding-response'>>> => {
  const told = await neighbours.call(
    'network.revokeBinding',
    networkId,
    { bindingId },
    { idempotencyKey: keyOf('unbind', bindingId) },
  )
  if (told.ok || told.refusal.code !== 'peer-unavailable')
    await database.updateTable('wallet_bindings').set({ untold: 0n }).where('binding_id', '=', bindingId).execute()
  return told
}

/** What the network says of a mandate that ended elsewhere. Taking it twice changes nothing (EXT-HTTP-46). */
const takeNotice = async (
  { database, world }: WalletContext,
  { mandateId, mandateStatus }: Message<'trust/mandate-notification'>,
  networkId: string,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  const known = await database
    .selectFrom('wallet_mandates')
    .select('status')
    .where('mandate_id', '=', mandateId)
    .executeTakeFirst()
  if (known?.status === mandateStatus && !enforces(world, 'EXT-HTTP-46')) return refuse('mandate-revoked')
  if (isTerminal(mandateStatus) || !enforces(world, 'AMP-TRUST-075'))
    await database
      .updateTable('wallet_mandates')
      .set({ status: mandateStatus })
      .where('mandate_id', '=', mandateId)
      .where('network_id', '=', networkId)
      .where('status', 'in', enforces(world, 'AMP-TRUST-075') ? ['inactive', 'activated'] : [...mandateStatuses])
      .execute()
  return accept({ received: true })
}

/** Expires copies past their end, and repeats what the network has not heard. */
export const sweepControl = async (context: WalletContext): Promise<void> => {
  const { database, world } = context
  await database
    .updateTable('wallet_mandates')
    .set({ status: 'expired' })
    .where('status', 'in', ['inactive', 'activated'])
    .where('valid_until', '<=', BigInt(world.now()))
    .execute()
  const mandates = await database.selectFrom('wallet_mandates').selectAll().where('untold', '=', 1n).limit(50).execute()
  for (const mandate of mandates) await tellCancellation(context, mandate)
  const bindings = await database.selectFrom('wallet_bindings').selectAll().where('untold', '=', 1n).limit(50).execute()
  for (const { binding_id, network_id } of bindings) await tellUnbinding(context, binding_id, network_id)
}

export const controlOperations = (context: WalletContext): ServedOperations => ({
  'wallet.cancelMandate': (request, { caller }) => cancel(context, request, caller.id),
  'wallet.adjustMandate': (request, { caller }) => adjustLimit(context, request, caller.id),
  'wallet.revokeBinding': async ({ bindingId }, { caller }) => {
    const revoked = await revokeBindingCopy(context, bindingId, caller.id)
    return revoked.ok ? tellUnbinding(context, bindingId, revoked.value) : revoked
  },
  'wallet.notifyMandate': (notice, { caller }) => takeNotice(context, notice, caller.id),
})
