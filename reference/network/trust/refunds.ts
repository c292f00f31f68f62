/** Refunds at the network: counted against the payment in one transaction, credited by the wallet, final once (EXT-REFUND). */
import { canonicalJson, type Message } from '../../../schemas/index.ts'
import { accept, enforces, formatTime, hashOf, type Outcome, type Refusal, refuse, toWire } from '../../core/index.ts'
import { type Refundable, type RefundRequest, refundOnce } from '../../core/trust/refund.ts'
import type { ServedOperations } from '../../http/operation.ts'
import { inTransaction } from '../../ledger/index.ts'
import { type NetworkContext, saidNothing } from '../context.ts'
import { rateEvent } from '../ratings.ts'
import { findMandate, lockMandate, type MandateRow, type NetworkDatabase } from '../records.ts'
import type { PaymentRow } from '../settle.ts'
import { takeBack } from './guarantee.ts'
import { record } from './log.ts'
import { type RefundRow, refundedOf, refundsOf } from './refunded.ts'

type Refund = Message<'extensions/refund/refund'>

/** Whether the mandate says that refunds give budget back (EXT-REFUND-5). */
const restores = ({ intent }: MandateRow, { world }: Pick<NetworkContext, 'world'>): boolean =>
  JSON.parse(intent).constraints?.refunds_restore_budget === true || !enforces(world, 'EXT-REFUND-5')

const toRefundable = (payment: PaymentRow, refunds: readonly RefundRow[], restoring: boolean): Refundable => ({
  ...{ paymentId: payment.payment_id, status: payment.status, currency: payment.currency, amount: payment.amount },
  restores: restoring,
  refunds: new Map(
    refunds
      .filter(({ status }) => status !== 'FAIL')
      .map(({ refund_id, payment_id, currency, amount }) => [
        refund_id,
        { refundRequestId: refund_id, paymentId: payment_id, refundAmount: toWire({ currency, value: amount }) },
      ]),
  ),
})

/** Rules a refusal of the core rests on; only a mutant leaves one out. */
const ruleOf: { readonly [code: string]: string } = {
  'refund-exceeds-payment': 'EXT-REFUND-1',
  'payment-not-refundable': 'EXT-REFUND-2',
  'currency-mismatch': 'EXT-REFUND-2',
}

const whyNot = (
  refundable: Refundable,
  request: RefundRequest,
  world: NetworkContext['world'],
): Refusal | undefined => {
  const outcome = refundOnce(refundable, request)
  if (outcome.ok) return undefined
  return enforces(world, ruleOf[outcome.refusal.code] ?? '') ? outcome.refusal : undefined
}

/** Puts a refund on its way; the caller holds the mandate's row. */
export const beginRefund = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  payment: PaymentRow,
  request: RefundRequest,
): Promise<Outcome<RefundRow>> => {
  const refundable = toRefundable(payment, await refundsOf(transaction, payment.payment_id), false)
  const refusal = whyNot(refundable, { ...request, refundRequestId: '' }, world)
  const value = BigInt(request.refundAmount.value)
  const left = payment.amount - (await refundedOf(transaction, payment.payment_id))
  /** Only the mutant that refunds in part what it should refuse whole has less here. */
  const partly = refusal?.code === 'refund-exceeds-payment' && !enforces(world, 'EXT-REFUND-4') && left > 0n
  if (refusal && !partly) return { ok: false, refusal }
  const row: RefundRow = {
    ...{ refund_id: world.id('refund'), acquirer_id: payment.acquirer_id, request_id: request.refundRequestId },
    ...{ request_hash: hashOf(request), payment_id: payment.payment_id, currency: payment.currency },
    ...{ amount: partly ? left : value, status: 'PROCESSING', restored: 0n },
    ...{ created_at: BigInt(world.now()), final_at: null },
  }
  await transaction.insertInto('network_refunds').values(row).execute()
  return accept(row)
}

const named = (database: NetworkDatabase, acquirerId: string, requestId: string): Promise<RefundRow | undefined> =>
  database
    .selectFrom('network_refunds')
    .selectAll()
    .where('acquirer_id', '=', acquirerId)
    .where('request_id', '=', requestId)
    .executeTakeFirst()

/** The same request again finds the first refund; other content under its name is refused (EXT-REFUND-3). */
const begin = (context: NetworkContext, request: RefundRequest, acquirerId: string): Promise<Outcome<RefundRow>> =>
  inTransaction(context.database, async (transaction) => {
    const found = await transaction
      .selectFrom('network_payments')
      .selectAll()
      .where('payment_id', '=', request.paymentId)
      .where('acquirer_id', '=', acquirerId)
      .executeTakeFirst()
    if (!found) return refuse('payment-unknown', { field: '/paymentId' })
    await lockMandate(transaction, found.mandate_id)
    const known = await named(transaction, acquirerId, request.refundRequestId)
    if (!known) return beginRefund(context, transaction, found, request)
    if (known.request_hash === hashOf(request)) return accept(known)
    return enforces(context.world, 'EXT-REFUND-3')
      ? refuse('refund-request-reused', { field: '/refundRequestId' })
      : accept(known)
  })

/** What a refund that reached the payer changes: budget, claim, rating and record, with the mandate's row in hand. */
const settle = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  row: RefundRow,
  mandate: MandateRow,
): Promise<Outcome<bigint>> => {
  const amount = { currency: row.currency, value: row.amount }
  const restored = restores(mandate, context) && mandate.status === 'activated' ? row.amount : 0n
  if (restored > 0n)
    await transaction
      .updateTable('network_mandates')
      .set(({ eb }) => ({ captured: eb('captured', '-', restored) }))
      .where('mandate_id', '=', mandate.mandate_id)
      .execute()
  const payment: PaymentRow = await transaction
    .selectFrom('network_payments')
    .selectAll()
    .where('payment_id', '=', row.payment_id)
    .executeTakeFirstOrThrow()
  const { merchant } = JSON.parse(payment.payment_order)
  await rateEvent(context, transaction, mandate.agent_id, {
    ...{ eventId: row.refund_id, kind: 'payment-refunded', evidenceDigest: row.request_hash },
    merchantId: hashOf([payment.acquirer_id, merchant.referenceMerchantId]),
  })
  const claim = await transaction
    .selectFrom('network_claims')
    .selectAll()
    .where('payment_id', '=', row.payment_id)
    .executeTakeFirst()
  const back = claim && (await takeBack(context, transaction, claim, { kind: 'refunded', id: row.refund_id, amount }))
  if (back && !back.ok) return back
  const content = canonicalJson({ refundId: row.refund_id, refundAmount: toWire(amount) })
  await record(transaction, context.world, row.payment_id, [{ kind: 'message', content }])
  return accept(restored)
}

const conclude = (context: NetworkContext, row: RefundRow, status: 'SUCCESS' | 'FAIL', mandateId: string) =>
  inTransaction(context.database, async (transaction): Promise<Outcome<RefundRow>> => {
    const mandate = await lockMandate(transaction, mandateId)
    const final = await transaction
      .updateTable('network_refunds')
      .set({ status, final_at: BigInt(context.world.now()) })
      .where('refund_id', '=', row.refund_id)
      .where('status', '=', 'PROCESSING')
      .returningAll()
      .executeTakeFirst()
    if (!final) {
      const known = await named(transaction, row.acquirer_id, row.request_id)
      return accept(known ?? row)
    }
    const restored = status === 'SUCCESS' ? await settle(context, transaction, final, mandate) : accept(0n)
    if (!restored.ok) return restored
    await transaction
      .updateTable('network_refunds')
      .set({ restored: restored.value })
      .where('refund_id', '=', row.refund_id)
      .execute()
    return accept({ ...final, restored: restored.value })
  })

/** Has the wallet credit a refund that is on its way; silence leaves it there. Safe to call again. */
export const credit = async (context: NetworkContext, row: RefundRow): Promise<Outcome<RefundRow>> => {
  if (row.status !== 'PROCESSING') return accept(row)
  const payment = await context.database
    .selectFrom('network_payments')
    .select('mandate_id')
    .where('payment_id', '=', row.payment_id)
    .executeTakeFirstOrThrow()
  const mandate = await findMandate(context.database, payment.mandate_id)
  if (!mandate.ok) return mandate
  const { mandate_id: mandateId, wallet_id: walletId, user_reference: userReference } = mandate.value
  const refundAmount = toWire({ currency: row.currency, value: row.amount })
  const answer = await context.neighbours.call(
    'wallet.refund',
    walletId,
    { refundId: row.refund_id, paymentId: row.payment_id, mandateId, userReference, refundAmount },
    { idempotencyKey: `credit-${row.refund_id}` },
  )
  /** EXT-REFUND-8: silence is no answer. */
  if (!answer.ok && saidNothing(answer.refusal) && enforces(context.world, 'EXT-REFUND-8')) return accept(row)
  return conclude(context, row, answer.ok ? 'SUCCESS' : 'FAIL', mandateId)
}

const refundToWire = async ({ database, world }: NetworkContext, row: RefundRow): Promise<Refund> => {
  const done = (await refundsOf(database, row.payment_id)).filter(({ status }) => status === 'SUCCESS')
  const money = (value: bigint) => toWire({ currency: row.currency, value })
  return {
    ...{ refundRequestId: row.request_id, refundId: row.refund_id, paymentId: row.payment_id },
    ...{ refundAmount: money(row.amount), refundStatus: row.status },
    refundTime: formatTime(Number(row.final_at ?? world.now())),
    refundedTotal: money(done.reduce((sum, { amount }) => sum + amount, 0n)),
    budgetRestored: money(row.restored),
  }
}

/** Credits what a stop or a silent wallet left on its way. */
export const sweepRefunds = async (context: NetworkContext): Promise<void> => {
  const open = await context.database
    .selectFrom('network_refunds')
    .selectAll()
    .where('status', '=', 'PROCESSING')
    .orderBy('created_at')
    .limit(100)
    .execute()
  for (const row of open) await credit(context, row)
}

export const refundOperations = (context: NetworkContext): ServedOperations => ({
  'network.refund': async (request, { caller }) => {
    const begun = await begin(context, request, caller.id)
    const credited = begun.ok ? await credit(context, begun.value) : begun
    return credited.ok ? accept(await refundToWire(context, credited.value)) : credited
  },
  'network.inquiryRefund': async ({ refundRequestId }, { caller }) => {
    const row = await named(context.database, caller.id, refundRequestId)
    return row ? accept(await refundToWire(context, row)) : refuse('refund-unknown', { field: '/refundRequestId' })
  },
})
