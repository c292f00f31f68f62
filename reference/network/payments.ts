/** Payments: a token is taken once, the wallet runs S3 and S4 and debits, the budget is captured or released. */
import type { Selectable } from 'kysely'
import { canonicalJson, type Message, problemKinds } from '../../schemas/index.ts'
import {
  accept,
  beforePayment,
  enforces,
  formatTime,
  hashOf,
  type Outcome,
  paymentTokenDigest,
  type Refusal,
  refuse,
  toWire,
  whyUnusable,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/transaction.ts'
import type { NetworkContext } from './context.ts'
import { notify } from './notify.ts'
import { findMandate, keepEvidence, liveStatus, type NetworkDatabase, recordEvent } from './records.ts'
import type { NetworkTables } from './tables.ts'
import { releaseToken } from './tokens.ts'

type Request = Message<'payment/pay-request'>
type Payment = Message<'payment/payment'>
type PaymentRow = Selectable<NetworkTables['network_payments']>

const failureOf = ({ code, stage }: Refusal): Message<'payment/failure'> => ({
  code,
  title: problemKinds.get(code)?.title ?? code,
  ...(stage ? { stage } : {}),
})

const toPayment = (row: PaymentRow): Payment => ({
  paymentId: row.payment_id,
  paymentRequestId: row.payment_request_id,
  paymentStatus: row.status,
  paymentAmount: toWire({ currency: row.currency, value: row.amount }),
  ...(row.final_at === null ? {} : { paymentTime: formatTime(Number(row.final_at)) }),
  ...(row.failure === null ? {} : { failure: failureOf(JSON.parse(row.failure)) }),
})

/** What came of a payment: itself, or the refusal it failed with. */
const resultOf = (row: PaymentRow): Outcome<Payment> =>
  row.failure === null ? accept(toPayment(row)) : { ok: false, refusal: JSON.parse(row.failure) }

const findPayment = (
  database: NetworkDatabase,
  acquirerId: string,
  requestId: string,
): Promise<PaymentRow | undefined> =>
  database
    .selectFrom('network_payments')
    .selectAll()
    .where('acquirer_id', '=', acquirerId)
    .where('payment_request_id', '=', requestId)
    .executeTakeFirst()

const tokenProblem = {
  reserved: 'payment-token-unknown',
  paying: 'payment-token-used',
  used: 'payment-token-used',
  expired: 'payment-token-expired',
  failed: 'payment-token-used',
} as const

/** Takes the token for this payment, once (AMP-PAY-040, contradiction 52), while the mandate is usable (AMP-WALLET-032). */
const takeToken = (context: NetworkContext, request: Request, call: Call): Promise<Outcome<PaymentRow>> => {
  const { world } = context
  const digest = paymentTokenDigest(request.paymentMethod.paymentMethodId)
  return inTransaction(context.database, async (transaction) => {
    const token = await transaction
      .selectFrom('network_tokens')
      .selectAll()
      .where('token_digest', '=', digest)
      .executeTakeFirst()
    if (!token) return refuse('payment-token-unknown', { field: '/paymentMethod/paymentMethodId' })
    const mandate = await transaction
      .updateTable('network_mandates')
      .set(({ ref }) => ({ held: ref('held') }))
      .where('mandate_id', '=', token.mandate_id)
      .returningAll()
      .executeTakeFirstOrThrow()
    const status = liveStatus(mandate, world)
    const unusable = token.status === 'issued' ? whyUnusable(status) : undefined
    if (unusable && enforces(world, 'AMP-WALLET-032')) return { ok: false, refusal: unusable }
    const reusable = token.status === 'used' && !enforces(world, 'AMP-PAY-040')
    if (token.status !== 'issued' && !reusable) return refuse(tokenProblem[token.status])
    if (world.now() >= Number(token.expires_at) && enforces(world, 'AMP-PAY-040:lifetime'))
      return refuse('payment-token-expired')
    const taken = await transaction
      .updateTable('network_tokens')
      .set({ status: 'paying' })
      .where('token_digest', '=', digest)
      .where('status', '=', 'issued')
      .executeTakeFirst()
    if (taken.numUpdatedRows !== 1n) return refuse('payment-token-used')
    const row: PaymentRow = {
      payment_id: world.id('payment'),
      acquirer_id: call.caller.id,
      payment_request_id: request.paymentRequestId,
      request_hash: hashOf(request),
      token_digest: digest,
      mandate_id: token.mandate_id,
      currency: request.paymentAmount.currency,
      amount: BigInt(request.paymentAmount.value),
      payment_order: JSON.stringify(request.order),
      status: 'PROCESSING',
      failure: null,
      created_at: BigInt(world.now()),
      final_at: null,
    }
    const inserted = await transaction
      .insertInto('network_payments')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n
      ? accept(row)
      : refuse('payment-request-reused', { field: '/paymentRequestId' })
  })
}

/** Makes a payment final: capture and close the mandate where it is used up, or release; then tell the acquirer. */
const conclude = (
  context: NetworkContext,
  payment: PaymentRow,
  refusal: Refusal | undefined,
): Promise<Outcome<PaymentRow>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const final: PaymentRow = {
      ...payment,
      status: refusal ? 'FAIL' : 'SUCCESS',
      failure: refusal ? JSON.stringify(refusal) : null,
      final_at: BigInt(world.now()),
    }
    const changed = await transaction
      .updateTable('network_payments')
      .set({ status: final.status, failure: final.failure, final_at: final.final_at })
      .where('payment_id', '=', payment.payment_id)
      .where('status', '=', 'PROCESSING')
      .executeTakeFirst()
    if (changed.numUpdatedRows !== 1n) {
      const known = await findPayment(transaction, payment.acquirer_id, payment.payment_request_id)
      return accept(known ?? final)
    }
    if (refusal) {
      if (enforces(world, 'AMP-TRUST-096:release'))
        await releaseToken(transaction, payment.token_digest, ['paying'], 'failed')
    } else await capturePayment(context, transaction, payment)
    const mandateId = payment.mandate_id
    await keepEvidence(transaction, world, {
      mandateId,
      kind: refusal ? 'payment' : 'debit',
      reference: payment.payment_id,
      content: canonicalJson(toPayment(final)),
    })
    await notify(transaction, context, 'acquirer.notifyPayment', payment.acquirer_id, {
      ...toPayment(final),
      referenceOrderId: JSON.parse(payment.payment_order).referenceOrderId,
    })
    return accept(final)
  })

const capturePayment = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  payment: PaymentRow,
): Promise<void> => {
  const { world } = context
  const token = await transaction
    .updateTable('network_tokens')
    .set({ status: 'used' })
    .where('token_digest', '=', payment.token_digest)
    .returningAll()
    .executeTakeFirstOrThrow()
  const mandate = await transaction
    .updateTable('network_mandates')
    .set(({ eb }) => ({ held: eb('held', '-', token.amount), captured: eb('captured', '+', token.amount) }))
    .where('mandate_id', '=', payment.mandate_id)
    .returningAll()
    .executeTakeFirstOrThrow()
  const spent = mandate.type === 'IMMEDIATE' || (mandate.captured === mandate.limit_value && mandate.held === 0n)
  if (!spent || mandate.status !== 'activated') return
  await transaction
    .updateTable('network_mandates')
    .set({ status: 'finished' })
    .where('mandate_id', '=', payment.mandate_id)
    .execute()
  await recordEvent(transaction, world, {
    mandateId: payment.mandate_id,
    event: 'finished',
    status: 'finished',
    by: context.key.id,
  })
}

const unknownOutcome = new Set([
  'peer-unavailable',
  'peer-answer-invalid',
  'internal-error',
  'idempotency-in-progress',
  'shutting-down',
  'rate-limited',
])

/** Asks the wallet to debit (AMP-PAY-043); what it refuses fails the payment, silence leaves it PROCESSING. */
const debit = async (context: NetworkContext, payment: PaymentRow, request: Request): Promise<Outcome<Payment>> => {
  const mandate = await findMandate(context.database, payment.mandate_id)
  if (!mandate.ok) return mandate
  const token = await context.database
    .selectFrom('network_tokens')
    .selectAll()
    .where('token_digest', '=', payment.token_digest)
    .executeTakeFirstOrThrow()
  const checkout: Message<'common/checkout'> = JSON.parse(token.checkout)
  const early = beforePayment({ order: request.order, paymentAmount: request.paymentAmount, checkout }, context.world)
  if (!early.ok) return fail(context, payment, early.refusal)
  const answer = await context.neighbours.call(
    'wallet.pay',
    mandate.value.wallet_id,
    {
      paymentId: payment.payment_id,
      mandateId: payment.mandate_id,
      userReference: mandate.value.user_reference,
      checkout,
      order: request.order,
      paymentAmount: request.paymentAmount,
    },
    { idempotencyKey: `debit-${payment.payment_id}` },
  )
  if (!answer.ok && unknownOutcome.has(answer.refusal.code)) return accept(toPayment(payment))
  if (!answer.ok) return fail(context, payment, answer.refusal)
  if (answer.value.paymentStatus === 'PROCESSING') return accept(toPayment(payment))
  const final = await conclude(context, payment, undefined)
  return final.ok ? resultOf(final.value) : final
}

const fail = async (context: NetworkContext, payment: PaymentRow, refusal: Refusal): Promise<Outcome<Payment>> => {
  const final = await conclude(context, payment, refusal)
  return final.ok ? resultOf(final.value) : final
}

/** AMP-TRUST-160, contradiction 54: chain bytes a merchant received are those on record. */
const sameChain = async (context: NetworkContext, request: Request): Promise<Outcome<true>> => {
  if (request.assurance === undefined || !enforces(context.world, 'AMP-TRUST-160:payment')) return accept(true)
  const digest = paymentTokenDigest(request.paymentMethod.paymentMethodId)
  const stored = await context.database
    .selectFrom('network_tokens')
    .innerJoin('network_mandates', 'network_mandates.mandate_id', 'network_tokens.mandate_id')
    .innerJoin('network_bindings', 'network_bindings.binding_id', 'network_mandates.binding_id')
    .select(['identity_layer', 'mandate_layer', 'token_request_layer'])
    .where('token_digest', '=', digest)
    .executeTakeFirst()
  if (!stored) return refuse('payment-token-unknown', { field: '/paymentMethod/paymentMethodId' })
  const { identity, mandate, tokenRequest = null } = request.assurance
  const same =
    identity === stored.identity_layer &&
    mandate === stored.mandate_layer &&
    tokenRequest === stored.token_request_layer
  return same ? accept(true) : refuse('assurance-stored-mismatch', { field: '/assurance' })
}

const pay = async (context: NetworkContext, request: Request, call: Call): Promise<Outcome<Payment>> => {
  const known = await findPayment(context.database, call.caller.id, request.paymentRequestId)
  if (known) {
    const same = known.request_hash === hashOf(request) || !enforces(context.world, 'AMP-PAY-044:repeat')
    return same ? resultOf(known) : refuse('payment-request-reused', { field: '/paymentRequestId' })
  }
  const chain = await sameChain(context, request)
  if (!chain.ok) return chain
  const payment = await takeToken(context, request, call)
  if (payment.ok) return debit(context, payment.value, request)
  const meanwhile = await findPayment(context.database, call.caller.id, request.paymentRequestId)
  return meanwhile?.request_hash === hashOf(request) ? resultOf(meanwhile) : payment
}

/** Asks the wallet what became of a debit nobody answered for. */
const resolve = async (context: NetworkContext, payment: PaymentRow): Promise<PaymentRow> => {
  if (payment.status !== 'PROCESSING') return payment
  const mandate = await findMandate(context.database, payment.mandate_id)
  if (!mandate.ok) return payment
  const answer = await context.neighbours.call('wallet.inquiryPayment', mandate.value.wallet_id, {
    paymentId: payment.payment_id,
  })
  if (answer.ok && answer.value.paymentStatus === 'SUCCESS') {
    const final = await conclude(context, payment, undefined)
    return final.ok ? final.value : payment
  }
  const never =
    !answer.ok && answer.refusal.code === 'payment-unknown' && context.world.now() - Number(payment.created_at) > 60
  if (!never && !(answer.ok && answer.value.paymentStatus === 'FAIL')) return payment
  const final = await conclude(context, payment, refuse('payment-failed').refusal)
  return final.ok ? final.value : payment
}

/** Resolves payments that stayed PROCESSING. */
export const sweepPayments = async (context: NetworkContext): Promise<void> => {
  const open = await context.database
    .selectFrom('network_payments')
    .selectAll()
    .where('status', '=', 'PROCESSING')
    .where('created_at', '<', BigInt(context.world.now() - 15))
    .limit(100)
    .execute()
  for (const payment of open) await resolve(context, payment)
}

export const paymentOperations = (context: NetworkContext): ServedOperations => ({
  'network.pay': (request, call) => pay(context, request, call),
  'network.inquiryPayment': async ({ paymentRequestId }, call) => {
    const payment = await findPayment(context.database, call.caller.id, paymentRequestId)
    return payment ? accept(toPayment(await resolve(context, payment))) : refuse('payment-unknown')
  },
})
