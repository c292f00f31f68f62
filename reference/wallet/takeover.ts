/** The owner reports a takeover: the wallet stops first, then tells the network, claims its loss and gives it back to the owner. */
import type { Selectable } from 'kysely'
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { accept, enforces, fromWire, hashOf, type Outcome, refuse, toWire } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { inTransaction, openAccount, transfer } from '../ledger/index.ts'
import { moneyIn, userById, type WalletContext } from './context.ts'
import type { DebitRow, WalletDatabase, WalletTables } from './tables.ts'

type Request = Message<'extensions/guarantee/wallet-report-request'>
type Claim = Message<'extensions/guarantee/claim'>
type Report = Message<'extensions/guarantee/takeover-report'>
type ClaimRow = Selectable<WalletTables['wallet_claims']>

/** Names a party chooses for what it asks of another: the same again for the same thing. */
const nameOf = (verb: string, thing: unknown): string => `${verb}-${hashOf(thing).slice(0, 32)}`

/** The debits of the binding the owner names; one that is not among them is unknown. */
const debitsOf = async (
  transaction: WalletDatabase,
  { bindingId, paymentIds }: Request,
  userId: string,
): Promise<Outcome<readonly DebitRow[]>> => {
  if (paymentIds.length === 0) return accept([])
  const rows = await transaction
    .selectFrom('wallet_debits')
    .innerJoin('wallet_mandates', 'wallet_mandates.mandate_id', 'wallet_debits.mandate_id')
    .selectAll('wallet_debits')
    .where('binding_id', '=', bindingId)
    .where('user_id', '=', userId)
    .where('wallet_debits.status', '=', 'SUCCESS')
    .where('payment_id', 'in', paymentIds)
    .execute()
  const known = new Set(rows.map(({ payment_id }) => payment_id))
  const stranger = paymentIds.findIndex((paymentId) => !known.has(paymentId))
  return stranger === -1 ? accept(rows) : refuse('payment-unknown', { field: `/paymentIds/${stranger}` })
}

/** Ends the wallet's copies: from the commit of this on no debit passes under the binding, in flight or not. */
const stop = async ({ world }: WalletContext, transaction: WalletDatabase, bindingId: string): Promise<void> => {
  if (!enforces(world, 'EXT-GUARANTEE-17:stop')) return
  await transaction
    .updateTable('wallet_mandates')
    .set({ status: 'revoked' })
    .where('binding_id', '=', bindingId)
    .where('status', 'in', ['inactive', 'activated'])
    .execute()
  await transaction
    .updateTable('wallet_bindings')
    .set({ status: 'revoked' })
    .where('binding_id', '=', bindingId)
    .execute()
}

/** Keeps what was reported, so that it is told and claimed though the server stops here. */
const keep = (context: WalletContext, request: Request, userId: string): Promise<Outcome<string>> =>
  inTransaction(context.database, async (transaction) => {
    const { bindingId, paymentIds } = request
    const at = BigInt(context.world.now())
    const binding = await transaction
      .selectFrom('wallet_bindings')
      .select('network_id')
      .where('binding_id', '=', bindingId)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (!binding) return refuse('binding-unknown', { field: '/bindingId' })
    const debits = await debitsOf(transaction, request, userId)
    if (!debits.ok) return debits
    await stop(context, transaction, bindingId)
    const common = { user_id: userId, network_id: binding.network_id, created_at: at }
    await transaction
      .insertInto('wallet_takeovers')
      .values({ ...common, binding_id: bindingId, payments: canonicalJson([...paymentIds].sort()), report: null })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    for (const { payment_id, currency, amount } of debits.value)
      await transaction
        .insertInto('wallet_claims')
        .values({
          ...common,
          payment_id,
          currency,
          amount,
          claim_id: null,
          status: 'untold',
          claim: null,
          given_back: 0n,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    return accept(binding.network_id)
  })

/** Tells the network, as often as it takes; the first answer is kept. */
const tell = async (
  { database, neighbours }: WalletContext,
  { binding_id: bindingId, payments, user_id, network_id }: Selectable<WalletTables['wallet_takeovers']>,
): Promise<Outcome<Report>> => {
  const { user_reference: userReference } = await userById(database, user_id)
  const told = await neighbours.call(
    'network.reportTakeover',
    network_id,
    { userReference, bindingId, paymentIds: JSON.parse(payments) },
    { idempotencyKey: nameOf('takeover', [bindingId, payments]) },
  )
  if (told.ok)
    await database
      .updateTable('wallet_takeovers')
      .set({ report: JSON.stringify(told.value) })
      .where('binding_id', '=', bindingId)
      .where('payments', '=', payments)
      .execute()
  return told
}

/** Gives the owner what the guarantee paid, once: the transfer bears the name of the payment. */
const giveBack = async ({ database, world, key }: WalletContext, row: ClaimRow, claim: Claim): Promise<void> => {
  const amount = claim.payout && fromWire(claim.payout)
  await inTransaction(database, async (transaction) => {
    await transaction
      .updateTable('wallet_claims')
      .set({ claim_id: claim.claimId, status: claim.claimStatus, claim: JSON.stringify(claim) })
      .where('payment_id', '=', row.payment_id)
      .execute()
    if (claim.claimStatus !== 'paid' || !amount || amount.value === 0n) return accept(true)
    const { account_id: to } = await userById(transaction, row.user_id)
    const from = `guarantee-${amount.currency}`
    await openAccount(moneyIn(transaction), {
      accountId: from,
      kind: 'funding',
      owner: key.id,
      currency: amount.currency,
    })
    const first = await transaction
      .updateTable('wallet_claims')
      .set({ given_back: amount.value })
      .where('payment_id', '=', row.payment_id)
      .where('given_back', '=', 0n)
      .executeTakeFirst()
    if (first.numUpdatedRows !== 1n) return accept(true)
    return transfer(moneyIn(transaction), {
      ...{ transferId: nameOf('give-back', row.payment_id), from, to, amount, at: world.now() },
    })
  })
}

/** Claims a debit, or asks how its claim stands. */
const claim = async (context: WalletContext, row: ClaimRow): Promise<Claim | undefined> => {
  const { neighbours, world } = context
  const { payment_id: paymentId, network_id: networkId, currency, amount, claim_id: claimId } = row
  if (!enforces(world, 'EXT-GUARANTEE-17:claim')) return undefined
  const claimRequestId = nameOf('claim', paymentId)
  const claimed = toWire({ currency, value: amount })
  const told =
    claimId === null
      ? await neighbours.call(
          'network.submitClaim',
          networkId,
          { claimRequestId, paymentId, claimed, cause: 'account-takeover' },
          { idempotencyKey: claimRequestId },
        )
      : await neighbours.call('network.inquiryClaim', networkId, { claimId })
  if (!told.ok) return undefined
  await giveBack(context, row, told.value)
  return told.value
}

const reportTakeover = async (
  context: WalletContext,
  request: Request,
  userId: string,
): Promise<Outcome<Message<'extensions/guarantee/wallet-report'>>> => {
  const kept = await keep(context, request, userId)
  if (!kept.ok) return kept
  const takeover = await context.database
    .selectFrom('wallet_takeovers')
    .selectAll()
    .where('binding_id', '=', request.bindingId)
    .where('payments', '=', canonicalJson([...request.paymentIds].sort()))
    .executeTakeFirstOrThrow()
  const report = await tell(context, takeover)
  if (!report.ok) return report
  const claims: Claim[] = []
  for (const paymentId of request.paymentIds) {
    const row = await context.database
      .selectFrom('wallet_claims')
      .selectAll()
      .where('payment_id', '=', paymentId)
      .executeTakeFirstOrThrow()
    const told = await claim(context, row)
    if (told) claims.push(told)
  }
  return accept({ report: report.value, claims })
}

/** Tells and claims what a stop or a silent network left open. */
export const sweepTakeovers = async (context: WalletContext): Promise<void> => {
  const { database } = context
  const untold = await database
    .selectFrom('wallet_takeovers')
    .selectAll()
    .where('report', 'is', null)
    .limit(50)
    .execute()
  for (const row of untold) await tell(context, row)
  const open = await database
    .selectFrom('wallet_claims')
    .selectAll()
    .where('status', 'in', ['untold', 'submitted', 'under-review', 'approved'])
    .orderBy('created_at')
    .limit(50)
    .execute()
  for (const row of open) await claim(context, row)
}

/** The bundle of a debit of the owner, as its network gives it (EXT-EVIDENCE-13). */
const bundleOf = async (
  { database, neighbours, world }: WalletContext,
  request: Message<'extensions/evidence/inquiry-evidence-bundle-request'>,
  userId: string,
): Promise<Outcome<Message<'extensions/evidence/bundle'>>> => {
  const debit = await database
    .selectFrom('wallet_debits')
    .innerJoin('wallet_mandates', 'wallet_mandates.mandate_id', 'wallet_debits.mandate_id')
    .select(['wallet_debits.network_id', 'user_id'])
    .where('payment_id', '=', request.paymentId)
    .executeTakeFirst()
  if (!debit || (debit.user_id !== userId && enforces(world, 'EXT-EVIDENCE-13')))
    return refuse('payment-unknown', { field: '/paymentId' })
  return neighbours.call('network.inquiryEvidenceBundle', debit.network_id, request)
}

export const takeoverOperations = (context: WalletContext): ServedOperations => ({
  'wallet.inquiryEvidenceBundle': (request, { caller }) => bundleOf(context, request, caller.id),
  'wallet.reportTakeover': (request, { caller }) => reportTakeover(context, request, caller.id),
})
