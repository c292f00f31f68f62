/** Refunds: partial and repeated, never more than was paid, each asked for once (EXT-REFUND). */
import type { Message } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'

export type RefundRequest = Message<'extensions/refund/refund-request'>

/** A payment as refunds see it. `restores`: the mandate says that refunds give budget back. */
export type Refundable = {
  readonly paymentId: string
  readonly status: 'SUCCESS' | 'FAIL' | 'PROCESSING'
  readonly currency: string
  readonly amount: bigint
  readonly restores: boolean
  readonly refunds: ReadonlyMap<string, RefundRequest>
}

export const refundedOf = ({ refunds }: Refundable): bigint =>
  [...refunds.values()].reduce((sum, { refundAmount }) => sum + BigInt(refundAmount.value), 0n)

/** What the mandate of a payment got back by its refunds (EXT-REFUND-5). */
export const restoredOf = (payment: Refundable): bigint => (payment.restores ? refundedOf(payment) : 0n)

/**
 * A payment with one more refund. The same request again changes nothing; the same identifier with other content is
 * `refund-request-reused`. Refuses what would go beyond the payment, whole and not in part.
 */
export const refundOnce = (payment: Refundable, request: RefundRequest): Outcome<Refundable> => {
  const { refundRequestId, refundAmount, paymentId, refundReason } = request
  const known = payment.refunds.get(refundRequestId)
  if (known) {
    const same =
      known.paymentId === paymentId &&
      known.refundReason === refundReason &&
      known.refundAmount.currency === refundAmount.currency &&
      known.refundAmount.value === refundAmount.value
    return same ? accept(payment) : refuse('refund-request-reused', { field: '/refundRequestId' })
  }
  if (payment.status !== 'SUCCESS' || payment.paymentId !== paymentId) return refuse('payment-not-refundable')
  const value = BigInt(refundAmount.value)
  if (refundAmount.currency !== payment.currency) return refuse('currency-mismatch', { field: '/refundAmount' })
  if (value === 0n || refundedOf(payment) + value > payment.amount)
    return refuse('refund-exceeds-payment', { field: '/refundAmount' })
  return accept({ ...payment, refunds: new Map(payment.refunds).set(refundRequestId, request) })
}
