/** The end of a payment: captured and, where the mandate is used up, finished; or released. Then the acquirer is told. */
import type { Selectable } from 'kysely'
import { canonicalJson, type Message, problemKinds } from '../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, type Refusal, toWire } from '../core/index.ts'
import { inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { keepEvidence } from './evidence.ts'
import { endMandate } from './mandates.ts'
import { notify } from './notify.ts'
import { ratePayment, stateRating } from './ratings.ts'
import { lockMandate, type NetworkDatabase } from './records.ts'
import { releaseToken } from './reservations.ts'
import type { NetworkTables } from './tables.ts'
import { recordPayment } from './trust/dossier.ts'

export type PaymentRow = Selectable<NetworkTables['network_payments']>

const failureOf = ({ code, stage }: Refusal): Message<'payment/failure'> => ({
  code,
  title: problemKinds.get(code)?.title ?? code,
  ...(stage ? { stage } : {}),
})

/** A payment on the wire. */
export const toPayment = (row: PaymentRow): Message<'payment/payment'> => ({
  paymentId: row.payment_id,
  paymentRequestId: row.payment_request_id,
  paymentStatus: row.status,
  paymentAmount: toWire({ currency: row.currency, value: row.amount }),
  ...(row.final_at === null ? {} : { paymentTime: formatTime(Number(row.final_at)) }),
  ...(row.failure === null ? {} : { failure: failureOf(JSON.parse(row.failure)) }),
})

/** What came of a payment: itself, or the refusal it failed with. */
export const resultOf = (row: PaymentRow): Outcome<Message<'payment/payment'>> =>
  row.failure === null ? accept(toPayment(row)) : { ok: false, refusal: JSON.parse(row.failure) }

/** The payment of an acquirer under its own identifier (EXT-HTTP-34); only a mutant asks without an acquirer. */
export const findPayment = (
  database: NetworkDatabase,
  acquirerId: string | undefined,
  requestId: string,
): Promise<PaymentRow | undefined> =>
  database
    .selectFrom('network_payments')
    .selectAll()
    .where(({ eb }) => (acquirerId === undefined ? eb.lit(true) : eb('acquirer_id', '=', acquirerId)))
    .where('payment_request_id', '=', requestId)
    .executeTakeFirst()

/** Turns the hold of a token into spent budget; a mandate that is used up is finished. */
const capturePayment = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  payment: PaymentRow,
): Promise<void> => {
  const token = await transaction
    .updateTable('network_tokens')
    .set({ status: 'used' })
    .where('token_digest', '=', payment.token_digest)
    .where('status', '=', 'paying')
    .returningAll()
    .executeTakeFirstOrThrow()
  const mandate = await transaction
    .updateTable('network_mandates')
    .set(({ eb }) => ({ held: eb('held', '-', token.amount), captured: eb('captured', '+', token.amount) }))
    .where('mandate_id', '=', payment.mandate_id)
    .returningAll()
    .executeTakeFirstOrThrow()
  const spent = mandate.type === 'IMMEDIATE' || (mandate.captured === mandate.limit_value && mandate.held === 0n)
  if (spent)
    await endMandate(context, transaction, mandate, { status: 'finished', event: 'finished', by: context.key.id })
}

/**
 * Makes a payment final, once: without refusal it succeeded. Gives back the payment as it stands, which is another's
 * result where that one came first.
 */
export const conclude = (
  context: NetworkContext,
  payment: PaymentRow,
  refusal: Refusal | undefined,
): Promise<Outcome<PaymentRow>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { mandate_id: mandateId } = payment
    const { agent_id: agentId } = await lockMandate(transaction, mandateId)
    const final = await transaction
      .updateTable('network_payments')
      .set({
        status: refusal ? 'FAIL' : 'SUCCESS',
        failure: refusal ? JSON.stringify(refusal) : null,
        final_at: BigInt(world.now()),
      })
      .where('payment_id', '=', payment.payment_id)
      .where('status', '=', 'PROCESSING')
      .returningAll()
      .executeTakeFirst()
    if (!final) {
      const known = await findPayment(transaction, payment.acquirer_id, payment.payment_request_id)
      return accept(known ?? payment)
    }
    if (!refusal) await capturePayment(context, transaction, final)
    else if (enforces(world, 'AMP-TRUST-096:release'))
      await releaseToken(transaction, payment.token_digest, ['paying'], 'failed')
    await keepEvidence(transaction, world, {
      mandateId,
      kind: refusal ? 'payment' : 'debit',
      reference: payment.payment_id,
      content: canonicalJson(toPayment(final)),
    })
    const statement = await stateRating(context, transaction, agentId)
    await ratePayment(context, transaction, agentId, final, refusal)
    await recordPayment(context, transaction, final, { refusal, statement, result: toPayment(final) })
    /** AMP-PAY-046: the acquirer hears the result. */
    await notify(transaction, context, 'acquirer.notifyPayment', payment.acquirer_id, {
      ...toPayment(final),
      referenceOrderId: JSON.parse(payment.payment_order).referenceOrderId,
    })
    return accept(final)
  })
