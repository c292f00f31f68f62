/** Disputes at the network: opened in one step with their evidence, told in order, ended once, and what is owed goes back (EXT-DISPUTE). */
import type { Selectable } from 'kysely'
import type { Message } from '../../../schemas/index.ts'
import { accept, days, enforces, hashOf, type Outcome, parseTime, refuse, toWire } from '../../core/index.ts'
import {
  type Dispute,
  type DisputeStep,
  type Docket,
  openDispute,
  owedBy,
  stepDispute,
} from '../../core/trust/dispute.ts'
import type { RoleModule, ServedOperations } from '../../http/operation.ts'
import { enqueue, inTransaction } from '../../ledger/index.ts'
import type { NetworkContext } from '../context.ts'
import { rateEvent } from '../ratings.ts'
import { lockMandate, type NetworkDatabase } from '../records.ts'
import type { PaymentRow } from '../settle.ts'
import { commitmentsAbout } from './log.ts'
import { type RefundRow, refundedOf } from './refunded.ts'
import { beginRefund, credit } from './refunds.ts'
import type { TrustTables } from './tables.ts'

type Row = Selectable<TrustTables['network_disputes']>
type OpenRequest = Message<'extensions/dispute/open-dispute-request'>

/** A dispute and, where it ended for the payer, the refund that goes out for it. */
type Stepped = { readonly row: Row; readonly refund?: RefundRow }

const docketOf = ({ dispute, told }: Row): Docket => ({ dispute: JSON.parse(dispute), told: JSON.parse(told) })

/** Numbers of notifications are names too: the same notification is the same wherever it is made. */
const numbered = (disputeId: string, already: number) => {
  let count = already
  return (): string => {
    count += 1
    return `${disputeId}-${String(count).padStart(4, '0')}`
  }
}

/** Puts new notifications into the outbox for wallet and acquirer, in the transaction of the step (EXT-DISPUTE-7). */
const tellBoth = async (
  { world, key }: NetworkContext,
  transaction: NetworkDatabase,
  row: Row,
  told: Docket['told'],
): Promise<void> => {
  const peers = [
    ['wallet.notifyDispute', row.wallet_id],
    ['acquirer.notifyDispute', row.acquirer_id],
  ] as const
  for (const notification of told)
    for (const [operation, peerId] of peers) {
      const sequence = notification.sequence * (enforces(world, 'EXT-DISPUTE-7') ? 1 : 2)
      await enqueue(transaction, {
        ...{ sender: key.id, operation, peerId, body: { ...notification, sequence }, now: world.now() },
        id: `${notification.notifyId}-${operation.split('.')[0]}`,
      })
    }
}

const rowOf = (row: Omit<Row, 'dispute' | 'told' | 'status'>, { dispute, told }: Docket): Row => ({
  ...row,
  ...{ dispute: JSON.stringify(dispute), status: dispute.disputeStatus },
  told: JSON.stringify(told.map(({ disputeNotificationType }) => ({ disputeNotificationType }))),
})

const paymentOf = (transaction: NetworkDatabase, paymentId: string): Promise<PaymentRow | undefined> =>
  transaction.selectFrom('network_payments').selectAll().where('payment_id', '=', paymentId).executeTakeFirst()

const open = (context: NetworkContext, request: OpenRequest, walletId: string): Promise<Outcome<Row>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { paymentId, disputeAmount, disputeType } = request
    const payment = await paymentOf(transaction, paymentId)
    const mandate = payment && (await lockMandate(transaction, payment.mandate_id))
    if (!payment || mandate?.wallet_id !== walletId || mandate.user_reference !== request.userReference)
      return refuse('payment-unknown', { field: '/paymentId' })
    const known = await transaction
      .selectFrom('network_disputes')
      .selectAll()
      .where('wallet_id', '=', walletId)
      .where('request_id', '=', request.disputeRequestId)
      .executeTakeFirst()
    if (known)
      return known.request_hash === hashOf(request)
        ? accept(known)
        : refuse('dispute-request-reused', { field: '/disputeRequestId' })
    if (payment.status !== 'SUCCESS') return refuse('payment-not-refundable', { field: '/paymentId' })
    if (disputeAmount.currency !== payment.currency) return refuse('currency-mismatch', { field: '/disputeAmount' })
    const disputeId = world.id('dispute')
    const left = payment.amount - (await refundedOf(transaction, paymentId))
    const bound = enforces(world, 'EXT-DISPUTE-1')
    const evidence = bound ? await commitmentsAbout(transaction, paymentId) : [hashOf('nothing')]
    const opened = openDispute(
      { disputeId, paymentId, disputeType, disputeAmount, evidence },
      enforces(world, 'EXT-DISPUTE-2') ? left : BigInt(disputeAmount.value),
      world.now(),
      numbered(disputeId, 0),
    )
    if (!opened.ok) return opened
    const due = parseTime(opened.value.dispute.defenseDueTime) ?? 0
    const row = rowOf(
      {
        ...{ dispute_id: disputeId, wallet_id: walletId, acquirer_id: payment.acquirer_id, payment_id: paymentId },
        ...{ request_id: request.disputeRequestId, request_hash: hashOf(request) },
        ...{ due_at: BigInt(due), created_at: BigInt(world.now()) },
      },
      opened.value,
    )
    const inserted = await transaction
      .insertInto('network_disputes')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return refuse('dispute-exists', { field: '/paymentId' })
    await tellBoth(context, transaction, row, opened.value.told)
    return accept(row)
  })

/** Only mutants see a dispute or a moment otherwise than it is. */
const asSeen = (
  { world }: NetworkContext,
  docket: Docket,
  step: DisputeStep,
): { readonly docket: Docket; readonly now: number } => {
  let { dispute } = docket
  if (!enforces(world, 'EXT-DISPUTE-3')) dispute = { ...dispute, disputeStatus: 'DEFENSE_SUPPLIED' }
  if (step.kind === 'judge' && !enforces(world, 'EXT-DISPUTE-6'))
    dispute = { ...dispute, disputeType: step.result.startsWith('ACCEPT_BY') ? 'CHARGEBACK' : 'RETRIEVAL_REQUEST' }
  const early = step.kind === 'supply' && !enforces(world, 'EXT-DISPUTE-4')
  return { docket: { ...docket, dispute }, now: early ? (parseTime(dispute.createdTime) ?? 0) : world.now() }
}

/** What goes back to the payer when a dispute ended against the merchant, and what it costs the agent. */
const payBack = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  row: Row,
  agentId: string,
  payment: PaymentRow,
): Promise<Outcome<RefundRow | undefined>> => {
  const owed = owedBy(JSON.parse(row.dispute))
  const left = payment.amount - (await refundedOf(transaction, row.payment_id))
  const value = owed < left ? owed : left
  if (value === 0n) return accept(undefined)
  await rateEvent(context, transaction, agentId, {
    ...{ eventId: row.dispute_id, kind: 'dispute-lost', evidenceDigest: hashOf(row.dispute) },
  })
  return beginRefund(context, transaction, payment, {
    ...{ refundRequestId: row.dispute_id, paymentId: row.payment_id, refundReason: 'dispute' },
    refundAmount: toWire({ currency: payment.currency, value }),
  })
}

/** Takes one step of a dispute, tells both parties, and puts what is owed on its way; all in one transaction. */
const advance = async (
  context: NetworkContext,
  disputeId: string,
  step: DisputeStep,
  concerns: (row: Row) => boolean,
): Promise<Outcome<Dispute>> => {
  const stepped = await inTransaction(context.database, async (transaction): Promise<Outcome<Stepped>> => {
    const found = await transaction
      .selectFrom('network_disputes')
      .select('payment_id')
      .where('dispute_id', '=', disputeId)
      .executeTakeFirst()
    const payment = found && (await paymentOf(transaction, found.payment_id))
    const mandate = payment && (await lockMandate(transaction, payment.mandate_id))
    const row =
      mandate &&
      (await transaction
        .selectFrom('network_disputes')
        .selectAll()
        .where('dispute_id', '=', disputeId)
        .executeTakeFirstOrThrow())
    if (!row || !concerns(row)) return refuse('dispute-unknown', { field: '/disputeId' })
    const before = docketOf(row)
    const seen = asSeen(context, before, step)
    const next = stepDispute(seen.docket, step, seen.now, numbered(disputeId, before.told.length))
    if (!next.ok) return next
    const after = rowOf(row, next.value)
    const { dispute, told, status } = after
    await transaction
      .updateTable('network_disputes')
      .set({ dispute, told, status })
      .where('dispute_id', '=', disputeId)
      .execute()
    const ended = status !== row.status && ['ACCEPTED', 'JUDGED'].includes(status)
    const refund = ended ? await payBack(context, transaction, after, mandate.agent_id, payment) : accept(undefined)
    if (!refund.ok) return refund
    await tellBoth(context, transaction, after, next.value.told.slice(before.told.length))
    return accept({ row: after, ...(refund.value ? { refund: refund.value } : {}) })
  })
  if (!stepped.ok) return stepped
  if (stepped.value.refund) await credit(context, stepped.value.refund)
  return accept(JSON.parse(stepped.value.row.dispute))
}

/** What time does alone: reminders, and acceptance where nothing was supplied (EXT-DISPUTE-5, 9). */
export const sweepDisputes = async (context: NetworkContext): Promise<void> => {
  const { database, world } = context
  const now = world.now()
  const due = await database
    .selectFrom('network_disputes')
    .selectAll()
    .where('status', '=', 'CREATED')
    .where('due_at', '<=', BigInt(now + days(1)))
    .limit(100)
    .execute()
  for (const row of due) {
    const rule = now >= Number(row.due_at) ? 'EXT-DISPUTE-5' : 'EXT-DISPUTE-9'
    const reminded = row.told.includes('DEFENSE_DUE_ALERT') && now < Number(row.due_at)
    if (enforces(world, rule) && !reminded) await advance(context, row.dispute_id, { kind: 'sweep' }, () => true)
  }
}

/** Judges a dispute as the operator of the network does. */
export const disputeHooks = (context: NetworkContext): NonNullable<RoleModule['hooks']> => ({
  judgeDispute: ({ disputeId, result }: Message<'hooks/judge-dispute-request'>) =>
    advance(context, disputeId, { kind: 'judge', result }, () => true),
})

/** An answer of the merchant as a step; its schema makes a defense name what was supplied. */
const stepOf = (request: Message<'extensions/dispute/answer-dispute-request'>): DisputeStep =>
  request.answer === 'ACCEPT' ? { kind: 'accept' } : { kind: 'supply', digest: request.defenseDigest }

export const disputeOperations = (context: NetworkContext): ServedOperations => ({
  'network.openDispute': async (request, { caller }) => {
    const row = await open(context, request, caller.id)
    return row.ok ? accept(JSON.parse(row.value.dispute)) : row
  },
  'network.inquiryDispute': async ({ disputeId }, { caller }) => {
    const row = await context.database
      .selectFrom('network_disputes')
      .selectAll()
      .where('dispute_id', '=', disputeId)
      .executeTakeFirst()
    const concerned = row && [row.wallet_id, row.acquirer_id].includes(caller.id)
    return concerned ? accept(JSON.parse(row.dispute)) : refuse('dispute-unknown', { field: '/disputeId' })
  },
  'network.cancelDispute': ({ disputeId }, { caller }) =>
    advance(context, disputeId, { kind: 'cancel' }, ({ wallet_id }) => wallet_id === caller.id),
  'network.answerDispute': (request, { caller }) =>
    advance(context, request.disputeId, stepOf(request), ({ acquirer_id }) => acquirer_id === caller.id),
})
