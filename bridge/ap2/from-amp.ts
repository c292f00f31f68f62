/** AMP in the words of AP2 0.2: what a user, a merchant or a processor may sign. The bridge signs nothing of it. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { account } from '../accounting.ts'
import type { AmpDocument, Outbound, OutboundContext, OutboundMessage } from '../adapter.ts'
import { type Json, type JsonObject, leavesOf } from '../json.ts'
import { textOf } from '../jws.ts'
import { hopDigests, readChain } from './chain.ts'
import { errorOf } from './errors.ts'
import { type OutKind, outNames, outRulesOf } from './out-fields.ts'
import { closedOf, openOf } from './out-mandates.ts'
import { numberOf } from './out-numbers.ts'
import { ap2Settings } from './settings.ts'

/** What was made, and by which rules its fields are settled. */
type Made = { readonly kind: OutKind; readonly body: JsonObject; readonly status?: number }

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `the other side demands ${name}`, field: `given/${name}` })

/** A checkout as UCP and AP2 write it; what the total holds besides the lines is told as a fee or a discount. */
const orderOf = (checkout: Message<'common/checkout'>, given: JsonObject): Outcome<Made> => {
  const { total_amount: total, merchant, goods, reference_checkout_id: id } = checkout
  const ids = Array.isArray(given.itemIds) ? (given.itemIds as readonly Json[]) : []
  const lines: JsonObject[] = []
  let subtotal = 0n
  for (const [index, { goods_name: title, goods_unit_amount: unit, goods_quantity: quantity }] of goods.entries()) {
    if (unit.currency !== total.currency)
      return refuse('foreign-object-mismatch', { detail: 'a line is in another currency', field: 'value/goods' })
    const sum = BigInt(unit.value) * BigInt(quantity)
    const [price, amount] = [numberOf(unit.value, 'value/goods'), numberOf(String(sum), 'value/goods')]
    if (!price.ok) return price
    if (!amount.ok) return amount
    subtotal += sum
    const item = ids[index]
    lines.push({
      id: `line-${index + 1}`,
      item: { id: typeof item === 'string' ? item : title, title, price: price.value },
      quantity: Number(quantity),
      totals: [
        { type: 'subtotal', amount: amount.value },
        { type: 'total', amount: amount.value },
      ],
    })
  }
  const rest = BigInt(total.value) - subtotal
  const sums = [subtotal, rest, BigInt(total.value)].map((sum) => numberOf(String(sum), 'value/total_amount'))
  const [sub, other, all] = sums.map((sum) => (sum.ok ? sum.value : undefined))
  if (sub === undefined || other === undefined || all === undefined)
    return refuse('message-malformed', { detail: 'an amount is larger than AP2 can say', field: 'value/total_amount' })
  const { reference_merchant_id, merchant_name, merchant_website_url: website } = merchant
  const body = {
    id,
    merchant: { id: reference_merchant_id, name: merchant_name, ...(website === undefined ? {} : { website }) },
    line_items: lines,
    status: 'ready_for_complete',
    currency: total.currency,
    totals: [
      { type: 'subtotal', amount: sub },
      ...(other === 0 ? [] : [{ type: other > 0 ? 'fee' : 'discount', amount: other }]),
      { type: 'total', amount: all },
    ],
    links: [],
  }
  return accept({ kind: 'order', body })
}

/** Issuer of a receipt, and the digest of the closed mandate it answers: of the last hop with what it discloses. */
const frameOf = (given: JsonObject, now: number): Outcome<JsonObject> => {
  const [issuer, closed] = [textOf(given, 'issuer'), textOf(given, 'closedMandate')]
  if (issuer === undefined) return missing('issuer')
  if (closed === undefined) return missing('closedMandate')
  const hops = readChain(closed)?.hops
  const last = hops?.[hops.length - 1]
  if (!last?.mandates.some(({ state }) => state === 'closed'))
    return refuse('message-malformed', { detail: 'it ends in no closed mandate', field: 'given/closedMandate' })
  return accept({ iss: issuer, iat: now, reference: hopDigests(last).presented })
}

const receiptOfOrder = (
  { referenceOrderId }: Message<'payment/order'>,
  given: JsonObject,
  now: number,
): Outcome<Made> => {
  const frame = frameOf(given, now)
  if (!frame.ok) return frame
  return accept({ kind: 'checkoutReceipt', body: { status: 'Success', ...frame.value, order_id: referenceOrderId } })
}

const receiptOfPayment = (payment: Message<'payment/payment'>, given: JsonObject, now: number): Outcome<Made> => {
  const { paymentId, paymentRequestId, paymentStatus, failure } = payment
  if (paymentStatus === 'PROCESSING')
    return refuse('foreign-fields-missing', {
      detail: 'a receipt says how a payment ended, and this one has not',
      field: 'value/paymentStatus',
    })
  const frame = frameOf(given, now)
  if (!frame.ok) return frame
  const how =
    paymentStatus === 'SUCCESS'
      ? {
          psp_confirmation_id: textOf(given, 'pspConfirmationId') ?? paymentRequestId,
          network_confirmation_id: paymentId,
        }
      : { error: failure?.code ?? 'payment-failed', error_description: failure?.title ?? 'The payment failed' }
  const status = paymentStatus === 'SUCCESS' ? 'Success' : 'Error'
  return accept({ kind: 'paymentReceipt', body: { status, ...frame.value, payment_id: paymentId, ...how } })
}

const failureOf = ({ code, title, detail, status }: Message<'common/problem'>): Made => ({
  kind: 'problem',
  status,
  body: { error: errorOf(code), error_description: detail ?? title },
})

const madeOf = ({ kind, value, given }: AmpDocument, { now, settings }: OutboundContext): Outcome<Made> => {
  if (kind === 'checkout') return orderOf(value, given)
  if (kind === 'order') return receiptOfOrder(value, given, now)
  if (kind === 'payment') return receiptOfPayment(value, given, now)
  if (kind === 'problem') return accept(failureOf(value))
  const own = ap2Settings(settings)
  return value.mandateType === 'IMMEDIATE' ? closedOf(value, given, own, now) : openOf(value, given, own, now)
}

/** Carries an AMP document over, unsigned. Bounds AP2 cannot hold are refused, never dropped. */
export const fromAmp = (document: AmpDocument, context: OutboundContext): Outcome<Outbound> => {
  const made = madeOf(document, context)
  if (!made.ok) return made
  const { kind, body, status } = made.value
  const message: OutboundMessage = { name: outNames[kind], ...(status === undefined ? {} : { status }), body }
  const fields = [
    ...leavesOf(document.value as unknown as Json, 'value'),
    ...(Object.keys(document.given).length === 0 ? [] : leavesOf(document.given, 'given')),
  ]
  return accept({ message, ...account(fields, outRulesOf(kind)) })
}
