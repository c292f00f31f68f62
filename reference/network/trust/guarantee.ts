/** The guarantee as it is served: claims are submitted, decided from what is on record, appealed once, paid once, and recovered. */
import type { Message } from '../../../schemas/index.ts'
import { type Amount, accept, enforces, fromWire, hashOf, type Outcome, refuse, toWire } from '../../core/index.ts'
import { type Step, solvencyOf, stepGuarantee } from '../../core/trust/guarantee.ts'
import type { Call, ServedOperations } from '../../http/operation.ts'
import { inTransaction } from '../../ledger/index.ts'
import type { NetworkContext } from '../context.ts'
import { lockMandate, type NetworkDatabase } from '../records.ts'
import type { PaymentRow } from '../settle.ts'
import {
  type ClaimRow,
  claimOf,
  claimToWire,
  columnsOf,
  factsOf,
  guaranteePolicy,
  guaranteeWith,
  payoutOf,
} from './claims.ts'
import { recordDecision, recordMovement } from './decisions.ts'
import { balanceOf, moveBetween } from './pool.ts'
import { reportTakeover } from './takeover.ts'

type Served<Name extends 'submit-claim' | 'recover-claim' | 'appeal-claim'> =
  Message<`extensions/guarantee/${Name}-request`>
type Claim = Message<'extensions/guarantee/claim'>

/** One step of one claim, from row to row. */
const stepRow = (row: ClaimRow, step: Step, now: number, balance = 0n): Outcome<ClaimRow> => {
  const next = stepGuarantee(guaranteePolicy, guaranteeWith(row, balance), step, now)
  if (!next.ok) return next
  const claim = next.value.claims.get(row.payment_id)
  return claim ? accept({ ...row, ...columnsOf(claim) }) : refuse('claim-state-invalid')
}

const saveRow = async (transaction: NetworkDatabase, row: ClaimRow): Promise<void> => {
  const { claim_id: claimId, ...columns } = row
  await transaction.updateTable('network_claims').set(columns).where('claim_id', '=', claimId).execute()
}

/** The claim, locked until the transaction ends, where it is one of the caller (EXT-HTTP-34). */
const lockClaim = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  claimId: string,
  walletId: string,
): Promise<Outcome<ClaimRow>> => {
  const row = await transaction
    .updateTable('network_claims')
    .set(({ ref }) => ({ since: ref('since') }))
    .where('claim_id', '=', claimId)
    .returningAll()
    .executeTakeFirst()
  return row && (row.wallet_id === walletId || !enforces(world, 'EXT-HTTP-34:claim'))
    ? accept(row)
    : refuse('claim-unknown', { field: '/claimId' })
}

/** The payment of a wallet, the row of its mandate in hand. */
const paymentOf = async (transaction: NetworkDatabase, paymentId: string, walletId: string) => {
  const found = await transaction
    .selectFrom('network_payments')
    .select('mandate_id')
    .where('payment_id', '=', paymentId)
    .executeTakeFirst()
  const mandate = found && (await lockMandate(transaction, found.mandate_id))
  if (!mandate || mandate.wallet_id !== walletId) return refuse('payment-unknown', { field: '/paymentId' })
  const payment: PaymentRow = await transaction
    .selectFrom('network_payments')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .executeTakeFirstOrThrow()
  return accept({ payment, mandate })
}

/** A claim as it begins, before anything was decided. */
const begin = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  found: Parameters<typeof factsOf>[2],
  request: Served<'submit-claim'>,
  walletId: string,
): Promise<Outcome<ClaimRow>> => {
  const { claimRequestId, paymentId, claimed, cause } = request
  const now = context.world.now()
  const claimId = context.world.id('claim')
  const facts = await factsOf(context, transaction, found, { claimId, claimant: walletId, claimed, cause })
  const empty = { currency: found.payment.currency, balance: 0n, claims: new Map() }
  const submitted = stepGuarantee(guaranteePolicy, empty, { kind: 'submit', facts }, now)
  if (!submitted.ok) return submitted
  const claim = submitted.value.claims.get(paymentId)
  if (!claim) return refuse('claim-state-invalid')
  return accept({
    ...{ claim_id: claimId, payment_id: paymentId, wallet_id: walletId, request_id: claimRequestId },
    ...{ request_hash: hashOf(request), currency: found.payment.currency, created_at: BigInt(now) },
    ...columnsOf(claim),
  })
}

/** What was asked for under this name or about this payment before: the first claim, or why there is no other (EXT-GUARANTEE-7). */
const earlier = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  request: Served<'submit-claim'>,
  walletId: string,
): Promise<Outcome<ClaimRow> | undefined> => {
  const named = await transaction
    .selectFrom('network_claims')
    .selectAll()
    .where('wallet_id', '=', walletId)
    .where('request_id', '=', request.claimRequestId)
    .executeTakeFirst()
  if (named?.request_hash === hashOf(request)) return accept(named)
  if (named) return refuse('claim-request-reused', { field: '/claimRequestId' })
  const about = await transaction
    .selectFrom('network_claims')
    .selectAll()
    .where('payment_id', '=', request.paymentId)
    .executeTakeFirst()
  if (!about) return undefined
  return enforces(world, 'EXT-GUARANTEE-7') ? refuse('claim-duplicate', { field: '/paymentId' }) : accept(about)
}

/** Reviews and decides a claim from its facts, and puts the decision on record. */
const decide = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  row: ClaimRow,
  agentId: string,
): Promise<Outcome<ClaimRow>> => {
  const now = context.world.now()
  const paymentId = row.payment_id
  const reviewed = row.status === 'submitted' ? stepRow(row, { kind: 'review', paymentId }, now) : accept(row)
  const decided = reviewed.ok ? stepRow(reviewed.value, { kind: 'decide', paymentId }, now) : reviewed
  if (!decided.ok) return decided
  await recordDecision(context, transaction, decided.value, agentId)
  return decided
}

const submit = (
  context: NetworkContext,
  request: Served<'submit-claim'>,
  walletId: string,
): Promise<Outcome<ClaimRow>> =>
  inTransaction(context.database, async (transaction) => {
    const found = await paymentOf(transaction, request.paymentId, walletId)
    if (!found.ok) return found
    const before = await earlier(context, transaction, request, walletId)
    if (before) return before
    if (found.value.payment.status !== 'SUCCESS') return refuse('claim-not-covered', { field: '/paymentId' })
    const begun = await begin(context, transaction, found.value, request, walletId)
    if (!begun.ok) return begun
    await transaction.insertInto('network_claims').values(begun.value).execute()
    const decided = await decide(context, transaction, begun.value, found.value.mandate.agent_id)
    if (decided.ok) await saveRow(transaction, decided.value)
    return decided
  })

/** Pays an approved claim: one transfer from the pool, under a name of its own (EXT-GUARANTEE-9 to 11). Safe to call again. */
export const payClaim = (context: NetworkContext, row: ClaimRow): Promise<Outcome<ClaimRow>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const locked = await lockClaim(context, transaction, row.claim_id, row.wallet_id)
    if (!locked.ok) return locked
    const once = enforces(world, 'EXT-GUARANTEE-10')
    if (locked.value.status !== 'approved' && (once || locked.value.status !== 'paid')) return locked
    const balance = await balanceOf(transaction, row.currency)
    const step = { kind: 'pay', paymentId: row.payment_id } as const
    const paid = stepRow({ ...locked.value, status: 'approved' }, step, world.now(), balance)
    if (!paid.ok) return paid
    const within = enforces(world, 'EXT-GUARANTEE-9')
    const amount: Amount = within
      ? { currency: row.currency, value: paid.value.paid ?? 0n }
      : fromWire(claimOf(row).facts.claimed)
    const transferId = once ? payoutOf(row.claim_id) : world.id('payout')
    const moved = await moveBetween(transaction, context, 'to-partner', { walletId: row.wallet_id, amount, transferId })
    if (!moved.ok) return moved
    await saveRow(transaction, { ...paid.value, paid: amount.value })
    await recordMovement(context, transaction, row, { transferId, payout: toWire(amount) })
    return accept({ ...paid.value, paid: amount.value })
  })

/** A claim as it is answered, paid where it can be: an empty pool leaves it approved. */
const settled = async (context: NetworkContext, outcome: Outcome<ClaimRow>): Promise<Outcome<Claim>> => {
  if (!outcome.ok) return outcome
  const paid = await payClaim(context, outcome.value)
  return accept(claimToWire(paid.ok ? paid.value : outcome.value))
}

/** Decides a rejected claim anew, on what is on record now (EXT-GUARANTEE-8). */
const appeal = (context: NetworkContext, { claimId }: Served<'appeal-claim'>, walletId: string) =>
  inTransaction(context.database, async (transaction): Promise<Outcome<ClaimRow>> => {
    const named = await transaction
      .selectFrom('network_claims')
      .select('payment_id')
      .where('claim_id', '=', claimId)
      .where('wallet_id', '=', walletId)
      .executeTakeFirst()
    if (!named) return refuse('claim-unknown', { field: '/claimId' })
    const found = await paymentOf(transaction, named.payment_id, walletId)
    if (!found.ok) return found
    const locked = await lockClaim(context, transaction, claimId, walletId)
    if (!locked.ok) return locked
    const row = enforces(context.world, 'EXT-GUARANTEE-8') ? locked.value : { ...locked.value, appealed: 0n }
    const { facts: before } = claimOf(row)
    const facts = await factsOf(context, transaction, found.value, before)
    const appealed = stepRow(
      row,
      { kind: 'appeal', paymentId: named.payment_id, facts: { ...facts, claimed: before.claimed } },
      context.world.now(),
    )
    if (!appealed.ok) return appealed
    if (!facts.evidence.some((commitment) => !before.evidence.includes(commitment)))
      return refuse('evidence-invalid', { detail: 'an appeal needs evidence that was not there before' })
    const decided = await decide(context, transaction, appealed.value, found.value.mandate.agent_id)
    if (decided.ok) await saveRow(transaction, decided.value)
    return decided
  })

/** Takes in what came back: before a payout it lessens the loss, after it the pool gets what exceeds it (EXT-GUARANTEE-11). */
export const takeBack = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  row: ClaimRow,
  back: { readonly kind: 'refunded' | 'recovered'; readonly id: string; readonly amount: Amount },
): Promise<Outcome<ClaimRow>> => {
  const { world } = context
  const { kind, amount } = back
  const next = stepRow(row, { kind, paymentId: row.payment_id, value: amount.value }, world.now())
  if (!next.ok) return next
  const returned = { currency: row.currency, value: (row.paid ?? 0n) - (next.value.paid ?? 0n) }
  if (!enforces(world, 'EXT-GUARANTEE-11')) return accept(row)
  const transferId = `${kind}-${hashOf([row.claim_id, back.id]).slice(0, 32)}`
  const moved = await moveBetween(transaction, context, 'to-pool', {
    ...{ walletId: row.wallet_id, amount: returned, transferId },
  })
  if (!moved.ok) return moved
  await saveRow(transaction, next.value)
  if (returned.value > 0n) await recordMovement(context, transaction, row, { transferId, returned: toWire(returned) })
  return next
}

const recover = (
  context: NetworkContext,
  { claimId, recoveryRequestId, recovered }: Served<'recover-claim'>,
  walletId: string,
) =>
  inTransaction(context.database, async (transaction): Promise<Outcome<ClaimRow>> => {
    const locked = await lockClaim(context, transaction, claimId, walletId)
    if (!locked.ok) return locked
    const amount = fromWire(recovered)
    if (amount.currency !== locked.value.currency) return refuse('currency-mismatch', { field: '/recovered' })
    if (amount.value === 0n)
      return refuse('claim-state-invalid', { field: '/recovered/value', detail: 'nothing was recovered' })
    const known = await transaction
      .selectFrom('network_recoveries')
      .selectAll()
      .where('claim_id', '=', claimId)
      .where('recovery_id', '=', recoveryRequestId)
      .executeTakeFirst()
    if (known)
      return known.amount === amount.value ? locked : refuse('claim-request-reused', { field: '/recoveryRequestId' })
    await transaction
      .insertInto('network_recoveries')
      .values({ claim_id: claimId, recovery_id: recoveryRequestId, currency: amount.currency, amount: amount.value })
      .execute()
    return takeBack(context, transaction, locked.value, { kind: 'recovered', id: recoveryRequestId, amount })
  })

/** What the pools hold and owe, and which claims of a partner are overdue (EXT-GUARANTEE-12). */
const stateOf = async (
  { database, world }: NetworkContext,
  walletId: string,
): Promise<Message<'extensions/guarantee/guarantee-state'>> => {
  const rows = await database.selectFrom('network_claims').selectAll().execute()
  const pools = []
  const overdue: string[] = []
  for (const { currency } of guaranteePolicy.payoutMax) {
    const mine = rows.filter((row) => row.currency === currency)
    const claims = new Map(mine.map((row) => [row.payment_id, claimOf(row)]))
    const guarantee = { currency, balance: await balanceOf(database, currency), claims }
    const { balance, owed, solvent, overdue: late } = solvencyOf(guaranteePolicy, guarantee, world.now())
    const paidOut = mine.reduce((sum, { paid }) => sum + (paid ?? 0n), 0n)
    const said = (value: bigint) => toWire({ currency, value: enforces(world, 'EXT-GUARANTEE-12') ? value : 0n })
    pools.push({ currency, balance: said(balance), owed: said(owed), paidOut: said(paidOut), solvent })
    const own = new Set(mine.filter((row) => row.wallet_id === walletId).map(({ claim_id }) => claim_id))
    overdue.push(...late.filter((claimId) => own.has(claimId)))
  }
  return { policy: guaranteePolicy, pools, overdue: overdue.slice(0, 1000) }
}

/** Pays what was approved and could not be paid then. */
export const sweepClaims = async (context: NetworkContext): Promise<void> => {
  const open = await context.database
    .selectFrom('network_claims')
    .selectAll()
    .where('status', '=', 'approved')
    .orderBy('since')
    .limit(100)
    .execute()
  for (const row of open) await payClaim(context, row)
}

export const guaranteeOperations = (context: NetworkContext): ServedOperations => ({
  'network.reportTakeover': (request, call) => reportTakeover(context, request, call),
  'network.submitClaim': async (request, { caller }) => settled(context, await submit(context, request, caller.id)),
  'network.appealClaim': async (request, { caller }) => settled(context, await appeal(context, request, caller.id)),
  'network.recoverClaim': async (request, { caller }) => {
    const row = await recover(context, request, caller.id)
    return row.ok ? accept(claimToWire(row.value)) : row
  },
  'network.inquiryClaim': async ({ claimId }, { caller }: Call) => {
    const row = await context.database
      .selectFrom('network_claims')
      .selectAll()
      .where('claim_id', '=', claimId)
      .executeTakeFirst()
    const own = row && (row.wallet_id === caller.id || !enforces(context.world, 'EXT-HTTP-34:claim'))
    return own ? accept(claimToWire(row)) : refuse('claim-unknown', { field: '/claimId' })
  },
  'network.inquiryGuarantee': async (_request, { caller }) => accept(await stateOf(context, caller.id)),
})
