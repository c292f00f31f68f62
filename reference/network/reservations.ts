/** Budget reserved for a token before it exists: taken atomically, then issued, released, or withdrawn as if never asked for. */
import { canonicalJson, type Message } from '../../schemas/index.ts'
import {
  accept,
  amountOfCheckout,
  beforeToken,
  budgetToWire,
  enforces,
  minutes,
  type Outcome,
  refuse,
  type VerifiedChain,
  type World,
} from '../core/index.ts'
import { gap, inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { spendNonce } from './evidence.ts'
import { budgetOf, findMandate, lockMandate, type MandateRow, type NetworkDatabase, whyNot } from './records.ts'

type Request = Message<'payment/apply-credential-request'>
type Checkout = Message<'common/checkout'>

const tokenLifetimeSeconds = minutes(10)
/** A reservation older than this was left behind by a server that died: S2 answers or times out within seconds. */
const reservationLifetimeSeconds = 60

const periodSeconds = { day: 86_400, week: 604_800, month: 2_592_000 } as const

/** What is to be reserved: the request as verified, the digest of the token to be, and the call it came with. */
export type Reservation = {
  readonly request: Request
  readonly chain: VerifiedChain
  readonly requestNonce: string
  readonly runtime: 'attested' | 'unattested'
  readonly digest: string
  readonly requestKey: string
}

/** A checkout as far as it can be paid once: merchant and the merchant's reference. */
const checkoutKeyOf = ({ merchant, reference_checkout_id }: Checkout): string =>
  canonicalJson([merchant.reference_merchant_id, reference_checkout_id])

/** AMP-TRUST-084: what the guard has to know of the history of a mandate. */
const historyOf = async (database: NetworkDatabase, now: number, mandate: MandateRow) => {
  const { period } = JSON.parse(mandate.intent).constraints?.payment_frequency ?? {}
  const since = now - (periodSeconds[period as keyof typeof periodSeconds] ?? 0)
  const payments = await database
    .selectFrom('network_tokens')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('mandate_id', '=', mandate.mandate_id)
    .where('status', 'in', ['reserved', 'issued', 'paying', 'used'])
    .where('created_at', '>', BigInt(since))
    .executeTakeFirstOrThrow()
  return { paymentsInPeriod: Number(payments.count), failures: Number(mandate.failures) }
}

/** AMP-TRUST-088: what the network knows already rules S2 out. It may refuse earlier than the wallet, never overrule it (contradiction 15). */
const guard = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  { request, chain }: Reservation,
): Promise<Outcome<true>> =>
  beforeToken(
    {
      checkout: request.checkout,
      confirmedCheckout: mandate.type === 'IMMEDIATE' ? chain.checkout : undefined,
      constraints: chain.constraints,
      budget: budgetOf(mandate),
      ...(await historyOf(transaction, world.now(), mandate)),
    },
    world,
  )

/** Each nonce counts once: that of the layer (AMP-TRUST-150), and that of the agent's signature over the request (AMP-TRUST-017). */
const spendNonces = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  { chain, requestNonce, digest }: Reservation,
): Promise<Outcome<true>> => {
  const { tokenRequestNonce: layerNonce } = chain
  const layer = layerNonce === undefined || (await spendNonce(transaction, world, 'token-request', layerNonce, digest))
  if (!layer && enforces(world, 'AMP-TRUST-150:replay'))
    return refuse('assurance-nonce-replayed', { field: '/assurance/tokenRequest' })
  const request = await spendNonce(transaction, world, 'request-signature', requestNonce, digest)
  return request || !enforces(world, 'AMP-TRUST-017:replay')
    ? accept(true)
    : refuse('assurance-nonce-replayed', { field: '/requestSignature' })
}

/** One conditional update, so that of many requests for the last unit one wins (AMP-TRUST-088). */
const hold = async (
  world: World,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  amount: bigint,
): Promise<Outcome<MandateRow>> => {
  const held = await transaction
    .updateTable('network_mandates')
    .set(({ eb }) => ({
      held: enforces(world, 'AMP-TRUST-088:locked') ? eb('held', '+', amount) : mandate.held + amount,
    }))
    .where('mandate_id', '=', mandate.mandate_id)
    .where(({ eb }) =>
      enforces(world, 'AMP-TRUST-088:hold')
        ? eb(eb('held', '+', eb('captured', '+', amount)), '<=', eb.ref('limit_value'))
        : eb.lit(true),
    )
    .returningAll()
    .executeTakeFirst()
  return held
    ? accept(held)
    : refuse('budget-exceeded', { stage: 'S2', limit: budgetToWire(budgetOf(mandate)).remaining })
}

/** Only looked at by the mutant that reads the budget first and writes it later, over whatever came in between. */
const seenEarlier = async ({ database, world }: NetworkContext, mandateId: string) => {
  if (enforces(world, 'AMP-TRUST-088:locked')) return {}
  const mandate = await findMandate(database, mandateId)
  await gap()
  return mandate.ok ? { held: mandate.value.held, captured: mandate.value.captured } : {}
}

/** Reserves budget and checkout for a token, with the mandate's row in hand. */
export const reserve = async (context: NetworkContext, reservation: Reservation): Promise<Outcome<MandateRow>> => {
  const stale = await seenEarlier(context, reservation.request.mandateId)
  return inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { request, digest, requestKey } = reservation
    await withdrawFirstTry(transaction, request.mandateId, requestKey)
    const mandate = { ...(await lockMandate(transaction, request.mandateId)), ...stale }
    const unusable = whyNot(mandate, 'token', world)
    if (unusable) return { ok: false, refusal: unusable }
    const spent = await spendNonces(context, transaction, reservation)
    if (!spent.ok) return spent
    const inside = await guard(context, transaction, mandate, reservation)
    if (!inside.ok) return inside
    const amount = amountOfCheckout(request.checkout).value
    const held = await hold(world, transaction, mandate, amount)
    if (!held.ok) return held
    const inserted = await transaction
      .insertInto('network_tokens')
      .values({
        token_digest: digest,
        mandate_id: request.mandateId,
        checkout_key: enforces(world, 'AMP-TRUST-089:once') ? checkoutKeyOf(request.checkout) : digest,
        checkout: JSON.stringify(request.checkout),
        amount,
        status: 'reserved',
        created_at: BigInt(world.now()),
        expires_at: BigInt(world.now() + tokenLifetimeSeconds),
        token_request_layer: request.assurance.tokenRequest ?? null,
        request_key: requestKey,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n
      ? held
      : refuse('checkout-used', { field: '/checkout/reference_checkout_id' })
  })
}

const giveBack = (database: NetworkDatabase, token: { mandate_id: string; amount: bigint }, failures: bigint) =>
  database
    .updateTable('network_mandates')
    .set(({ eb }) => ({ held: eb('held', '-', token.amount), failures: eb('failures', '+', failures) }))
    .where('mandate_id', '=', token.mandate_id)
    .execute()

/** Takes a reservation back as if it had never been asked for: budget, checkout and nonces are free again. */
export const withdraw = async (transaction: NetworkDatabase, mandateId: string, digest: string): Promise<void> => {
  await lockMandate(transaction, mandateId)
  const token = await transaction
    .deleteFrom('network_tokens')
    .where('token_digest', '=', digest)
    .where('status', 'in', ['reserved', 'issued'])
    .returningAll()
    .executeTakeFirst()
  if (!token) return
  await transaction.deleteFrom('network_spent').where('spent_by', '=', digest).execute()
  await giveBack(transaction, token, 0n)
}

/**
 * The same call runs again only where no answer of it was ever kept or sent (EXT-HTTP-38), so a code it made before is
 * known to nobody.
 */
const withdrawFirstTry = async (database: NetworkDatabase, mandateId: string, requestKey: string): Promise<void> => {
  const first = await database
    .selectFrom('network_tokens')
    .select('token_digest')
    .where('request_key', '=', requestKey)
    .where('mandate_id', '=', mandateId)
    .where('status', 'in', ['reserved', 'issued'])
    .execute()
  for (const { token_digest } of first) await withdraw(database, mandateId, token_digest)
}

/**
 * Ends a token that will not pay and gives its budget back (contradiction 11); an issued one that failed counts as a
 * failure of the mandate (AMP-TRUST-042). Safe to call twice.
 */
export const releaseToken = async (
  transaction: NetworkDatabase,
  digest: string,
  from: readonly ('reserved' | 'issued' | 'paying')[],
  to: 'failed' | 'expired',
): Promise<boolean> => {
  const found = await transaction
    .selectFrom('network_tokens')
    .select('mandate_id')
    .where('token_digest', '=', digest)
    .executeTakeFirst()
  if (!found) return false
  await lockMandate(transaction, found.mandate_id)
  const token = await transaction
    .updateTable('network_tokens')
    .set({ status: to })
    .where('token_digest', '=', digest)
    .where('status', 'in', from)
    .returningAll()
    .executeTakeFirst()
  if (!token) return false
  await giveBack(transaction, token, to === 'failed' && !from.includes('reserved') ? 1n : 0n)
  return true
}

/** Ends tokens past their lifetime and reservations nobody finished, and gives their budget back. */
export const sweepTokens = async ({ database, world }: NetworkContext): Promise<void> => {
  const now = world.now()
  const over = await database
    .selectFrom('network_tokens')
    .select('token_digest')
    .where(({ eb, or, and }) =>
      or([
        and([
          eb('status', '=', 'issued'),
          eb('expires_at', '<=', BigInt(enforces(world, 'AMP-PAY-040:lifetime') ? now : 0)),
        ]),
        and([eb('status', '=', 'reserved'), eb('created_at', '<=', BigInt(now - reservationLifetimeSeconds))]),
      ]),
    )
    .limit(1000)
    .execute()
  for (const { token_digest } of over)
    await database
      .transaction()
      .execute((transaction) => releaseToken(transaction, token_digest, ['reserved', 'issued'], 'expired'))
}
