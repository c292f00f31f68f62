/** Payments: a token is taken once, the wallet runs S3 and S4 and debits; silence is resolved by asking, never by guessing. */
import type { Selectable } from 'kysely'
import { type Message, type ProblemCode, problemKinds } from '../../schemas/index.ts'
import {
  accept,
  beforePayment,
  enforces,
  hashOf,
  type Outcome,
  paymentTokenDigest,
  type Refusal,
  refuse,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { gap, inTransaction } from '../ledger/index.ts'
import { lockAgent, whyStopped } from './agents.ts'
import { type NetworkContext, saidNothing } from './context.ts'
import { findMandate, lockMandate, type MandateRow, type NetworkDatabase, whyNot } from './records.ts'
import { conclude, findPayment, type PaymentRow, resultOf, toPayment } from './settle.ts'
import type { NetworkTables } from './tables.ts'

type Request = Message<'payment/pay-request'>
type Payment = Message<'payment/payment'>
type TokenRow = Selectable<NetworkTables['network_tokens']>

const tokenProblem = {
  reserved: 'payment-token-unknown',
  paying: 'payment-token-used',
  used: 'payment-token-used',
  expired: 'payment-token-expired',
  failed: 'payment-token-used',
} as const

/** Why a token pays nothing now: its mandate, its agent, its state, its age (AMP-TRUST-076, AMP-PAY-034, 040, AMP-WALLET-032). */
const whyNotPayable = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  token: TokenRow,
  mandate: MandateRow,
): Promise<Refusal | undefined> => {
  const agent = await lockAgent(transaction, mandate.agent_id)
  if (token.status !== 'issued') return refuse(tokenProblem[token.status]).refusal
  const stopped = whyStopped(agent, world, 'AMP-PAY-034:payment')
  if (stopped) return stopped
  const unusable = whyNot(mandate, 'payment', world)
  if (unusable) return unusable
  const over = world.now() >= Number(token.expires_at) && enforces(world, 'AMP-PAY-040:lifetime')
  return over ? refuse('payment-token-expired').refusal : undefined
}

const paymentOf = (
  { world }: NetworkContext,
  request: Request,
  acquirerId: string,
  token: Pick<TokenRow, 'token_digest' | 'mandate_id'>,
): PaymentRow => ({
  payment_id: world.id('payment'),
  acquirer_id: acquirerId,
  payment_request_id: request.paymentRequestId,
  request_hash: hashOf(request),
  token_digest: token.token_digest,
  mandate_id: token.mandate_id,
  currency: request.paymentAmount.currency,
  amount: BigInt(request.paymentAmount.value),
  payment_order: JSON.stringify(request.order),
  status: 'PROCESSING',
  failure: null,
  created_at: BigInt(world.now()),
  final_at: null,
})

/** Takes the token for this payment, once (AMP-PAY-040, contradiction 52), with the mandate's row in hand. */
const takeToken = (context: NetworkContext, request: Request, acquirerId: string): Promise<Outcome<PaymentRow>> => {
  const digest = paymentTokenDigest(request.paymentMethod.paymentMethodId)
  return inTransaction(context.database, async (transaction) => {
    const find = () =>
      transaction.selectFrom('network_tokens').selectAll().where('token_digest', '=', digest).executeTakeFirst()
    const found = await find()
    if (!found) return refuse('payment-token-unknown', { field: '/paymentMethod/paymentMethodId' })
    const mandate = await lockMandate(transaction, found.mandate_id)
    const token = (await find()) ?? found
    const unpayable = await whyNotPayable(context, transaction, token, mandate)
    if (unpayable) return { ok: false, refusal: unpayable }
    await transaction
      .updateTable('network_tokens')
      .set({ status: 'paying' })
      .where('token_digest', '=', digest)
      .where('status', '=', 'issued')
      .execute()
    const row = paymentOf(context, request, acquirerId, token)
    const inserted = await transaction
      .insertInto('network_payments')
      .values(row)
      .onConflict((conflict) => conflict.columns(['acquirer_id', 'payment_request_id']).doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n
      ? accept(row)
      : refuse('payment-request-reused', { field: '/paymentRequestId' })
  })
}

/** Only taken by the mutant that looks at a token first and takes it later: all that met go on to the debit. */
const takeTokenLate = async (
  context: NetworkContext,
  request: Request,
  acquirerId: string,
): Promise<Outcome<PaymentRow>> => {
  const seen = await context.database
    .selectFrom('network_tokens')
    .selectAll()
    .where('token_digest', '=', paymentTokenDigest(request.paymentMethod.paymentMethodId))
    .executeTakeFirst()
  await gap()
  const taken = await takeToken(context, request, acquirerId)
  const met = !taken.ok && taken.refusal.code === 'payment-token-used'
  if (!met || seen?.status !== 'issued') return taken
  const unrecorded = paymentOf(context, request, acquirerId, seen)
  return accept({ ...unrecorded, status: 'SUCCESS', final_at: unrecorded.created_at })
}

const fail = async (context: NetworkContext, payment: PaymentRow, refusal: Refusal): Promise<Outcome<Payment>> => {
  const final = await conclude(context, payment, refusal)
  return final.ok ? resultOf(final.value) : final
}

/** Asks the wallet to debit (AMP-PAY-043); what it refuses fails the payment, silence leaves it PROCESSING. */
const debit = async (context: NetworkContext, payment: PaymentRow, request: Request): Promise<Outcome<Payment>> => {
  const mandate = await findMandate(context.database, payment.mandate_id)
  if (!mandate.ok) return mandate
  const token = await context.database
    .selectFrom('network_tokens')
    .select('checkout')
    .where('token_digest', '=', payment.token_digest)
    .executeTakeFirstOrThrow()
  const checkout: Message<'common/checkout'> = JSON.parse(token.checkout)
  const { order, paymentAmount } = request
  /** What the network can see itself it refuses before the wallet has to (AMP-TRUST-089, contradiction 15). */
  const early = beforePayment({ order, paymentAmount, checkout }, context.world)
  if (!early.ok) return fail(context, payment, early.refusal)
  const { payment_id: paymentId, mandate_id: mandateId } = payment
  const answer = await context.neighbours.call(
    'wallet.pay',
    mandate.value.wallet_id,
    { paymentId, mandateId, userReference: mandate.value.user_reference, checkout, order, paymentAmount },
    { idempotencyKey: `debit-${paymentId}` },
  )
  if (answer.ok ? answer.value.paymentStatus === 'PROCESSING' : saidNothing(answer.refusal))
    return accept(toPayment(payment))
  if (!answer.ok) return fail(context, payment, answer.refusal)
  if (answer.value.paymentStatus === 'FAIL') return fail(context, payment, refusalIn(answer.value.failure))
  const final = await conclude(context, payment, undefined)
  return final.ok ? resultOf(final.value) : final
}

/** What a wallet says of a debit that failed, as a refusal of ours. */
const refusalIn = (failure: Message<'payment/failure'> | undefined): Refusal =>
  failure && problemKinds.has(failure.code as ProblemCode)
    ? { code: failure.code as ProblemCode, ...(failure.stage ? { stage: failure.stage } : {}) }
    : refuse('payment-failed').refusal

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

/** Only reached by the mutant that takes a token twice: the first payment is answered under the new name. */
const paymentOfToken = async (
  { database }: NetworkContext,
  request: Request,
  refused: Outcome<Payment>,
): Promise<Outcome<Payment>> => {
  const first = await database
    .selectFrom('network_payments')
    .selectAll()
    .where('token_digest', '=', paymentTokenDigest(request.paymentMethod.paymentMethodId))
    .executeTakeFirst()
  return first ? accept({ ...toPayment(first), paymentRequestId: request.paymentRequestId }) : refused
}

const pay = async (context: NetworkContext, request: Request, call: Call): Promise<Outcome<Payment>> => {
  const known = await findPayment(context.database, call.caller.id, request.paymentRequestId)
  /** AMP-PAY-044, contradiction 10: the same request again is the same payment, other content under its name is refused. */
  if (known) {
    const same = known.request_hash === hashOf(request) || !enforces(context.world, 'AMP-PAY-044:repeat')
    return same ? resultOf(known) : refuse('payment-request-reused', { field: '/paymentRequestId' })
  }
  const chain = await sameChain(context, request)
  if (!chain.ok) return chain
  const take = enforces(context.world, 'AMP-PAY-052:once') ? takeToken : takeTokenLate
  const payment = await take(context, request, call.caller.id)
  if (payment.ok) return debit(context, payment.value, request)
  if (!enforces(context.world, 'AMP-PAY-040')) return paymentOfToken(context, request, payment)
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
  const refusal = answer.ok ? refusalIn(answer.value.failure) : refuse('payment-failed').refusal
  const final = await conclude(context, payment, refusal)
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
    const own = enforces(context.world, 'EXT-HTTP-34:payment')
    const payment = await findPayment(context.database, own ? call.caller.id : undefined, paymentRequestId)
    return payment ? accept(toPayment(await resolve(context, payment))) : refuse('payment-unknown')
  },
})
