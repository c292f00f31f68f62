/** Refunds at the wallet: money goes back to where it came from, once, never more than was debited (EXT-REFUND). */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, fromWire, type Outcome, refuse, toWire } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction, transfer } from '../ledger/index.ts'
import { clearingAccount, moneyIn, userById, type WalletContext } from './context.ts'
import { mandateOfNetwork } from './records.ts'
import type { MandateRow, WalletDatabase, WalletTables } from './tables.ts'

type Request = Message<'extensions/refund/wallet-refund-request'>
type Answer = Message<'extensions/refund/wallet-refund'>
type Row = WalletTables['wallet_refunds']

const toAnswer = ({ refund_id, payment_id, currency, amount, restored, at }: Row): Answer => ({
  refundId: refund_id,
  paymentId: payment_id,
  creditAmount: toWire({ currency, value: amount }),
  creditTime: formatTime(Number(at)),
  budgetRestored: toWire({ currency, value: restored }),
})

/** What of a debit was not given back yet. */
const leftOf = async (transaction: WalletDatabase, paymentId: string, debited: bigint): Promise<bigint> => {
  const rows = await transaction
    .selectFrom('wallet_refunds')
    .select('amount')
    .where('payment_id', '=', paymentId)
    .execute()
  return rows.reduce((left, { amount }) => left - amount, debited)
}

/** Budget comes back only where the mandate says so, and only while it can be spent (EXT-REFUND-5). */
const restore = async (
  { world }: WalletContext,
  transaction: WalletDatabase,
  mandate: MandateRow,
  amount: bigint,
): Promise<bigint> => {
  const says = JSON.parse(mandate.intent).constraints?.refunds_restore_budget === true
  if ((!says && enforces(world, 'EXT-REFUND-5')) || mandate.status !== 'activated') return 0n
  await transaction
    .updateTable('wallet_mandates')
    .set(({ eb }) => ({ captured: eb('captured', '-', amount) }))
    .where('mandate_id', '=', mandate.mandate_id)
    .execute()
  return amount
}

const refund = async (context: WalletContext, request: Request, { caller }: Call): Promise<Outcome<Answer>> => {
  const mandate = await mandateOfNetwork(context, request.mandateId, request.userReference, caller.id)
  if (!mandate.ok) return mandate
  return inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { refundId, paymentId, mandateId } = request
    const locked = await transaction
      .updateTable('wallet_mandates')
      .set(({ ref }) => ({ captured: ref('captured') }))
      .where('mandate_id', '=', mandateId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const known = await transaction
      .selectFrom('wallet_refunds')
      .selectAll()
      .where('refund_id', '=', refundId)
      .executeTakeFirst()
    const amount = fromWire(request.refundAmount)
    if (known) {
      const same = known.payment_id === paymentId && known.amount === amount.value && known.currency === amount.currency
      return same ? accept(toAnswer(known)) : refuse('refund-request-reused', { field: '/refundId' })
    }
    const debit = await transaction
      .selectFrom('wallet_debits')
      .selectAll()
      .where('payment_id', '=', paymentId)
      .where('mandate_id', '=', mandateId)
      .executeTakeFirst()
    if (!debit) return refuse('payment-unknown', { field: '/paymentId' })
    if (debit.status !== 'SUCCESS') return refuse('payment-not-refundable', { field: '/paymentId' })
    if (debit.currency !== amount.currency) return refuse('currency-mismatch', { field: '/refundAmount' })
    const left = await leftOf(transaction, paymentId, debit.amount)
    if (amount.value === 0n || (amount.value > left && enforces(world, 'EXT-REFUND-1')))
      return refuse('refund-exceeds-payment', { field: '/refundAmount' })
    const { account_id: to } = await userById(transaction, locked.user_id)
    const from = clearingAccount(amount.currency)
    const moved = await transfer(moneyIn(transaction), { transferId: refundId, from, to, amount, at: world.now() })
    if (!moved.ok) return moved
    const row: Row = {
      ...{ refund_id: refundId, payment_id: paymentId, currency: amount.currency, amount: amount.value },
      ...{ restored: await restore(context, transaction, locked, amount.value), at: BigInt(world.now()) },
    }
    await transaction.insertInto('wallet_refunds').values(row).execute()
    return accept(toAnswer(row))
  })
}

export const refundOperations = (context: WalletContext): ServedOperations => ({
  'wallet.refund': (request, call) => refund(context, request, call),
})
