/** One-click disputes: the owner names a payment, the wallet opens the dispute at the network and follows what it is told. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, hashOf, type Outcome, refuse, toWire } from '../core/index.ts'
import { receive } from '../core/trust/dispute.ts'
import type { ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { userById, type WalletContext } from './context.ts'

type Dispute = Message<'extensions/dispute/dispute'>

/** What is left of a debit after refunds. */
const disputable = async ({ database }: WalletContext, paymentId: string, userId: string) => {
  const debit = await database
    .selectFrom('wallet_debits')
    .innerJoin('wallet_mandates', 'wallet_mandates.mandate_id', 'wallet_debits.mandate_id')
    .selectAll('wallet_debits')
    .where('payment_id', '=', paymentId)
    .where('user_id', '=', userId)
    .where('wallet_debits.status', '=', 'SUCCESS')
    .executeTakeFirst()
  if (!debit) return refuse('payment-unknown', { field: '/paymentId' })
  const refunds = await database
    .selectFrom('wallet_refunds')
    .select('amount')
    .where('payment_id', '=', paymentId)
    .execute()
  return accept({ ...debit, amount: refunds.reduce((left, { amount }) => left - amount, debit.amount) })
}

/** Opens the dispute; a name made of payment and attempt makes the same click the same dispute. */
const open = async (
  context: WalletContext,
  { paymentId, disputeReason }: Message<'extensions/dispute/wallet-open-dispute-request'>,
  userId: string,
): Promise<Outcome<Dispute>> => {
  const debit = await disputable(context, paymentId, userId)
  if (!debit.ok) return debit
  const { currency, amount, network_id: networkId } = debit.value
  const { user_reference: userReference } = await userById(context.database, userId)
  const disputeRequestId = `click-${hashOf([paymentId, String(amount)]).slice(0, 32)}`
  return context.neighbours.call(
    'network.openDispute',
    networkId,
    {
      ...{ disputeRequestId, userReference, paymentId, disputeType: 'CHARGEBACK' },
      disputeAmount: toWire({ currency, value: amount }),
      ...(disputeReason === undefined ? {} : { disputeReason }),
    },
    { idempotencyKey: disputeRequestId },
  )
}

/** Acts on each number once and in order; what came too early is asked for again (EXT-DISPUTE-8). */
const take = (
  { database, world }: WalletContext,
  notification: Message<'extensions/dispute/notification'>,
  networkId: string,
): Promise<Outcome<Message<'common/acknowledgement'>>> =>
  inTransaction(database, async (transaction) => {
    const { disputeId, dispute } = notification
    const row = { dispute_id: disputeId, network_id: networkId, payment_id: dispute.paymentId, taken: 0n, status: '' }
    await transaction
      .insertInto('wallet_disputes')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const { taken } = await transaction
      .updateTable('wallet_disputes')
      .set(({ ref }) => ({ taken: ref('taken') }))
      .where('dispute_id', '=', disputeId)
      .where('network_id', '=', networkId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const what = receive(Number(taken), notification)
    if (what === 'wait' && enforces(world, 'EXT-DISPUTE-8')) return refuse('notification-out-of-order')
    if (what !== 'drop')
      await transaction
        .updateTable('wallet_disputes')
        .set({ taken: BigInt(notification.sequence), status: dispute.disputeStatus })
        .where('dispute_id', '=', disputeId)
        .execute()
    return accept({ received: true })
  })

export const disputeOperations = (context: WalletContext): ServedOperations => ({
  'wallet.openDispute': (request, { caller }) => open(context, request, caller.id),
  'wallet.notifyDispute': (notification, { caller }) => take(context, notification, caller.id),
})
