/** The debit: S3, then S4, then money moves and the running total grows, all in one transaction. */
import { type Message, problemKinds } from '../../schemas/index.ts'
import {
  type Amount,
  accept,
  beforeDebit,
  beforePayment,
  enforces,
  firstBroken,
  formatTime,
  fromWire,
  hashOf,
  type Outcome,
  type Refusal,
  refuse,
  sameCheckout,
  tokenRules,
  toWire,
  whyUnusable,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { gap, inTransaction, transfer } from '../ledger/index.ts'
import { clearingAccount, moneyIn, userById, type WalletContext } from './context.ts'
import { budgetOf, liveStatus, mandateOfNetwork } from './records.ts'
import { whySuspended } from './suspension.ts'
import type { DebitRow, MandateRow, WalletDatabase } from './tables.ts'

type Request = Message<'payment/wallet-pay-request'>
type Answer = Message<'payment/wallet-pay-response'>

const failureOf = ({ code, stage }: Refusal): Message<'payment/failure'> => ({
  code,
  title: problemKinds.get(code)?.title ?? code,
  ...(stage ? { stage } : {}),
})

const toAnswer = (row: DebitRow): Answer => ({
  paymentId: row.payment_id,
  paymentStatus: row.status,
  ...(row.status === 'SUCCESS'
    ? { debitAmount: toWire({ currency: row.currency, value: row.amount }), debitTime: formatTime(Number(row.at)) }
    : {}),
  ...(row.failure === null ? {} : { failure: failureOf(JSON.parse(row.failure)) }),
})

/** Bounds of the mandate that hold for every checkout; budget and frequency are counted elsewhere. */
const bounds = tokenRules.filter(({ id }) => !/:(budget|frequency|retries)$/.test(id))

/** AMP-TRUST-089: the checkout is the one the user signed, or one the agent signed and S2 let pass. */
const isKnownCheckout = async (
  transaction: WalletDatabase,
  checkout: Message<'common/checkout'>,
  mandate: MandateRow,
): Promise<boolean> => {
  if (mandate.checkout !== null) return sameCheckout(checkout, JSON.parse(mandate.checkout))
  const passed = await transaction
    .selectFrom('wallet_checked')
    .select('at')
    .where('mandate_id', '=', mandate.mandate_id)
    .where('checkout_hash', '=', hashOf(checkout))
    .executeTakeFirst()
  return passed !== undefined
}

/** S3 (AMP-TRUST-089): the order bound to the token, and that one still inside what the user confirmed (AMP-TRUST-086). */
const runOrderGuard = async (
  { world }: WalletContext,
  transaction: WalletDatabase,
  request: Request,
  mandate: MandateRow,
): Promise<Outcome<true>> => {
  if (!enforces(world, 'AMP-PAY-044:S3')) return accept(true)
  const { order, paymentAmount, checkout } = request
  const same = beforePayment({ order, paymentAmount, checkout }, world)
  if (!same.ok) return same
  if (enforces(world, 'AMP-TRUST-089:known') && !(await isKnownCheckout(transaction, checkout, mandate)))
    return refuse('order-mismatch', { stage: 'S3', field: '/checkout' })
  const { constraints } = JSON.parse(mandate.intent)
  const context = {
    checkout,
    confirmedCheckout: undefined,
    constraints,
    budget: budgetOf(mandate),
    paymentsInPeriod: 0,
    failures: 0,
  }
  const broken = firstBroken(bounds, context, world)
  return broken ? { ok: false, refusal: { ...broken, stage: 'S3' } } : accept(true)
}

/** S4 (AMP-TRUST-090): amount, currency, running total, balance, with the mandate's row in hand. */
const runDebitGuard = async (
  { world }: WalletContext,
  transaction: WalletDatabase,
  mandate: MandateRow,
  debit: Amount,
): Promise<Outcome<string>> => {
  const user = await userById(transaction, mandate.user_id)
  const account = await transaction
    .selectFrom('accounts')
    .select(['currency', 'balance'])
    .where('account_id', '=', user.account_id)
    .executeTakeFirstOrThrow()
  if (!enforces(world, 'AMP-PAY-044:S4')) return accept(user.account_id)
  const guarded = beforeDebit(
    {
      debit,
      limit: mandate.limit_value,
      captured: mandate.captured,
      currency: mandate.currency,
      accountCurrency: account.currency,
      balance: account.balance,
    },
    world,
  )
  return guarded.ok ? accept(user.account_id) : guarded
}

/** The mandate's row, locked until the transaction ends, so that a cancellation comes before or after, never in between. */
const lockMandate = (transaction: WalletDatabase, mandateId: string): Promise<MandateRow> =>
  transaction
    .updateTable('wallet_mandates')
    .set(({ ref }) => ({ captured: ref('captured') }))
    .where('mandate_id', '=', mandateId)
    .returningAll()
    .executeTakeFirstOrThrow()

const findDebit = (database: WalletDatabase, paymentId: string): Promise<DebitRow | undefined> =>
  database.selectFrom('wallet_debits').selectAll().where('payment_id', '=', paymentId).executeTakeFirst()

/** What an earlier request with this payment identifier came to; other content under it is refused (contradiction 10). */
const repeated = ({ world }: WalletContext, row: DebitRow, hash: string): Outcome<Answer> => {
  if (row.request_hash !== hash && enforces(world, 'AMP-PAY-044:repeat'))
    return refuse('payment-request-reused', { field: '/paymentId' })
  return row.failure === null ? accept(toAnswer(row)) : { ok: false, refusal: JSON.parse(row.failure) }
}

/** AMP-TRUST-076, 081: the debit counts only while the mandate is activated and the running total stays inside. */
const capture = async (transaction: WalletDatabase, mandate: MandateRow, debit: Amount): Promise<boolean> => {
  const total = mandate.captured + debit.value
  const spent = mandate.type === 'IMMEDIATE' || total >= mandate.limit_value
  const changed = await transaction
    .updateTable('wallet_mandates')
    .set({ captured: total, ...(spent && mandate.status === 'activated' ? { status: 'finished' as const } : {}) })
    .where('mandate_id', '=', mandate.mandate_id)
    .executeTakeFirst()
  return changed.numUpdatedRows === 1n
}

/** Mutants that look first and act later: at the payment, at the running total, at whether the one order was paid. */
const hasty = { payment: 'AMP-PAY-044:once', later: 'AMP-TRUST-090:locked', direct: 'AMP-TRUST-076:once' } as const

/** Only looked at by such mutants: what was there before others came in between. */
const seenEarlier = async ({ database, world }: WalletContext, { mandateId, paymentId }: Request) => {
  if (Object.values(hasty).every((rule) => enforces(world, rule))) return undefined
  const debit = await findDebit(database, paymentId)
  const mandate = await database
    .selectFrom('wallet_mandates')
    .selectAll()
    .where('mandate_id', '=', mandateId)
    .executeTakeFirstOrThrow()
  await gap()
  const rule = mandate.type === 'IMMEDIATE' ? hasty.direct : hasty.later
  return {
    mandate: enforces(world, rule) ? undefined : mandate,
    debit: enforces(world, hasty.payment) ? undefined : { known: debit },
  }
}

const debitOnce = async (
  context: WalletContext,
  request: Request,
  networkId: string,
  hash: string,
): Promise<Outcome<Answer>> => {
  const earlier = await seenEarlier(context, request)
  return inTransaction(context.database, async (transaction) => {
    const { world } = context
    const locked = await lockMandate(transaction, request.mandateId)
    const mandate = earlier?.mandate ?? locked
    const known = earlier?.debit ? earlier.debit.known : await findDebit(transaction, request.paymentId)
    if (known) return repeated(context, known, hash)
    const unusable = whyUnusable(liveStatus(mandate, world))
    if (unusable && enforces(world, 'AMP-TRUST-076:debit')) return { ok: false, refusal: unusable }
    const suspended = await whySuspended(context, transaction, mandate, 'debit')
    if (suspended) return { ok: false, refusal: { ...suspended, stage: 'S4' } }
    const order = await runOrderGuard(context, transaction, request, mandate)
    if (!order.ok) return order
    const amount = fromWire(request.paymentAmount)
    const account = await runDebitGuard(context, transaction, mandate, amount)
    if (!account.ok) return account
    const moved = await transfer(moneyIn(transaction), {
      transferId: earlier?.debit ? world.id('transfer') : request.paymentId,
      from: account.value,
      to: clearingAccount(amount.currency),
      amount,
      at: world.now(),
    })
    if (!moved.ok) return { ok: false, refusal: { ...moved.refusal, stage: 'S4' } }
    if (!(await capture(transaction, mandate, amount))) throw new Error('a locked mandate is gone')
    const row: DebitRow = {
      payment_id: request.paymentId,
      mandate_id: request.mandateId,
      network_id: networkId,
      request_hash: hash,
      status: 'SUCCESS',
      currency: amount.currency,
      amount: amount.value,
      failure: null,
      at: BigInt(world.now()),
    }
    const insertion = transaction.insertInto('wallet_debits').values(row)
    await (earlier?.debit ? insertion.onConflict((conflict) => conflict.doNothing()) : insertion).execute()
    return accept(toAnswer(row))
  })
}

/** AMP-PAY-045: a refused debit is remembered, so that the same request is answered alike and inquiries find it. */
const rememberRefusal = async (
  { database, world }: WalletContext,
  request: Request,
  networkId: string,
  hash: string,
  refusal: Refusal,
): Promise<void> => {
  const { currency, value } = fromWire(request.paymentAmount)
  await database
    .insertInto('wallet_debits')
    .values({
      payment_id: request.paymentId,
      mandate_id: request.mandateId,
      network_id: networkId,
      request_hash: hash,
      status: 'FAIL',
      currency,
      amount: value,
      failure: JSON.stringify(refusal),
      at: BigInt(world.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

const pay = async (context: WalletContext, request: Request, call: Call): Promise<Outcome<Answer>> => {
  const mandate = await mandateOfNetwork(context, request.mandateId, request.userReference, call.caller.id)
  if (!mandate.ok) return mandate
  const hash = hashOf(request)
  const debited = await debitOnce(context, request, call.caller.id, hash)
  const remembers = enforces(context.world, 'AMP-PAY-045')
  if (!debited.ok && debited.refusal.code !== 'payment-request-reused' && remembers)
    await rememberRefusal(context, request, call.caller.id, hash, debited.refusal)
  return debited
}

export const payOperations = (context: WalletContext): ServedOperations => ({
  'wallet.pay': (request, call) => pay(context, request, call),
  'wallet.inquiryPayment': async ({ paymentId }, { caller }) => {
    const row = await findDebit(context.database, paymentId)
    return row?.network_id === caller.id ? accept(toAnswer(row)) : refuse('payment-unknown')
  },
})
