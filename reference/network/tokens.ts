/** Payment tokens: budget is reserved, the wallet runs S2, then the token is issued, or the reservation released. */
import { canonicalJson, type Message } from '../../schemas/index.ts'
import {
  accept,
  amountOfCheckout,
  beforeToken,
  budgetToWire,
  enforces,
  formatTime,
  issuePaymentToken,
  minutes,
  type Outcome,
  paymentTokenDigest,
  refuse,
  toWire,
  type VerifiedChain,
  verifyChain,
  verifyTokenRequest,
  whyUnusable,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/transaction.ts'
import { actingAgent } from './agents.ts'
import { usableBinding } from './authorizations.ts'
import type { NetworkContext } from './context.ts'
import {
  budgetOf,
  findMandate,
  keepEvidence,
  liveStatus,
  type MandateRow,
  type NetworkDatabase,
  spendNonce,
} from './records.ts'

type Request = Message<'payment/apply-credential-request'>
type Issued = Message<'payment/apply-credential-response'>

export const tokenLifetimeSeconds = minutes(10)

/** A checkout as far as it can be paid once: merchant and the merchant's reference. */
const checkoutKeyOf = ({ merchant, reference_checkout_id }: Request['checkout']): string =>
  canonicalJson([merchant.reference_merchant_id, reference_checkout_id])

const usableMandate = async (context: NetworkContext, request: Request): Promise<Outcome<MandateRow>> => {
  const { database, world } = context
  const mandate = await findMandate(database, request.mandateId)
  if (!mandate.ok) return mandate
  const status = liveStatus(mandate.value, world)
  const unusable = whyUnusable(status)
  if (unusable && enforces(world, `AMP-TRUST-076:${status}`)) return { ok: false, refusal: unusable }
  const belongs = mandate.value.agent_id === request.agentId && mandate.value.binding_id === request.bindingId
  if (!belongs && enforces(world, 'AMP-PAY-034:mandate')) return refuse('binding-mismatch')
  return mandate
}

const verifiedChain = async (
  context: NetworkContext,
  request: Request,
  mandate: MandateRow,
  identity: string,
): Promise<Outcome<VerifiedChain>> => {
  const { world, key } = context
  const chain = await verifyChain(
    request.assurance,
    {
      purpose: 'payment',
      networkKeys: { keys: [key.publicJwk] },
      audience: key.id,
      issuer: key.id,
      checkout: request.checkout,
    },
    world,
  )
  if (!chain.ok) return chain
  const { assurance } = request
  /** AMP-TRUST-160, 162: the layers are the ones on record, byte for byte. */
  const stored = assurance.identity === identity && assurance.mandate === mandate.mandate_layer
  return stored || !enforces(world, 'AMP-TRUST-160')
    ? chain
    : refuse('assurance-stored-mismatch', { field: '/assurance' })
}

const periodSeconds = { day: 86_400, week: 604_800, month: 2_592_000 } as const

/** AMP-TRUST-084: what the guard has to know of the history of a mandate. */
const historyOf = async (database: NetworkDatabase, context: NetworkContext, mandate: MandateRow) => {
  const { period } = JSON.parse(mandate.intent).constraints?.payment_frequency ?? {}
  const since = context.world.now() - (periodSeconds[period as keyof typeof periodSeconds] ?? 0)
  const payments = await database
    .selectFrom('network_tokens')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('mandate_id', '=', mandate.mandate_id)
    .where('status', 'in', ['reserved', 'issued', 'paying', 'used'])
    .where('created_at', '>', BigInt(since))
    .executeTakeFirstOrThrow()
  return { paymentsInPeriod: Number(payments.count), failures: Number(mandate.failures) }
}

/** Reserves the budget in one conditional update, so that of many requests for the last unit one wins (AMP-TRUST-088). */
const reserve = (
  context: NetworkContext,
  request: Request,
  chain: VerifiedChain,
  digest: string,
): Promise<Outcome<MandateRow>> => {
  const { world } = context
  const amount = amountOfCheckout(request.checkout)
  return inTransaction(context.database, async (transaction) => {
    const held = await transaction
      .updateTable('network_mandates')
      .set(({ eb }) => ({ held: eb('held', '+', amount.value) }))
      .where('mandate_id', '=', request.mandateId)
      .where('status', '=', 'activated')
      .where('valid_until', '>', BigInt(world.now()))
      .where(({ eb }) => eb(eb('held', '+', eb('captured', '+', amount.value)), '<=', eb.ref('limit_value')))
      .returningAll()
      .executeTakeFirst()
    if (!held) {
      const mandate = await findMandate(transaction, request.mandateId)
      if (!mandate.ok) return mandate
      const unusable = whyUnusable(liveStatus(mandate.value, world))
      if (unusable) return { ok: false, refusal: unusable }
      return refuse('budget-exceeded', { stage: 'S2', limit: budgetToWire(budgetOf(mandate.value)).remaining })
    }
    if (chain.tokenRequestNonce !== undefined) {
      const fresh = await spendNonce(transaction, world, 'token-request', chain.tokenRequestNonce)
      if (!fresh && enforces(world, 'AMP-TRUST-150:replay'))
        return refuse('assurance-nonce-replayed', { field: '/assurance/tokenRequest' })
    }
    const checkoutKey = enforces(world, 'AMP-TRUST-089:once') ? checkoutKeyOf(request.checkout) : digest
    const inserted = await transaction
      .insertInto('network_tokens')
      .values({
        token_digest: digest,
        mandate_id: request.mandateId,
        checkout_key: checkoutKey,
        checkout: JSON.stringify(request.checkout),
        amount: amount.value,
        status: 'reserved',
        created_at: BigInt(world.now()),
        expires_at: BigInt(world.now() + tokenLifetimeSeconds),
        token_request_layer: request.assurance.tokenRequest ?? null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n
      ? accept(held)
      : refuse('checkout-used', { field: '/checkout/reference_checkout_id' })
  })
}

/** Ends a token that will not pay and gives its budget back (contradiction 11). Safe to call twice. */
export const releaseToken = async (
  database: NetworkDatabase,
  digest: string,
  from: readonly ('reserved' | 'issued' | 'paying')[],
  to: 'failed' | 'expired',
): Promise<boolean> => {
  const token = await database
    .updateTable('network_tokens')
    .set({ status: to })
    .where('token_digest', '=', digest)
    .where('status', 'in', from)
    .returningAll()
    .executeTakeFirst()
  if (!token) return false
  await database
    .updateTable('network_mandates')
    .set(({ eb }) => ({
      held: eb('held', '-', token.amount),
      failures: eb('failures', '+', to === 'failed' ? 1n : 0n),
    }))
    .where('mandate_id', '=', token.mandate_id)
    .execute()
  return true
}

/** Issues a reserved token while its mandate is still activated; otherwise the reservation is released. */
const issue = (context: NetworkContext, request: Request, code: string, digest: string): Promise<Outcome<Issued>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    /** The mandate's row is taken first, so that a cancellation comes either before or after, never in between (AMP-WALLET-031). */
    const mandate = await transaction
      .updateTable('network_mandates')
      .set(({ ref }) => ({ held: ref('held') }))
      .where('mandate_id', '=', request.mandateId)
      .returningAll()
      .executeTakeFirstOrThrow()
    const unusable = whyUnusable(liveStatus(mandate, world))
    if (unusable && enforces(world, 'AMP-WALLET-031')) return { ok: false, refusal: unusable }
    const issued = await transaction
      .updateTable('network_tokens')
      .set({ status: 'issued' })
      .where('token_digest', '=', digest)
      .where('status', '=', 'reserved')
      .returningAll()
      .executeTakeFirst()
    if (!issued) return refuse('payment-token-expired')
    const { mandateId } = request
    const reference = `token-${digest.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 24)}`
    if (request.assurance.tokenRequest !== undefined)
      await keepEvidence(transaction, world, {
        mandateId,
        kind: 'token-request',
        reference,
        content: request.assurance.tokenRequest,
      })
    await keepEvidence(transaction, world, {
      mandateId,
      kind: 'token',
      reference,
      content: canonicalJson({ digest, checkout: request.checkout, requestSignature: request.requestSignature }),
    })
    return accept({
      paymentToken: code,
      expiresAt: formatTime(Number(issued.expires_at)),
      mandateId,
      mandateType: mandate.type,
      mandateStatus: mandate.status,
      heldAmount: toWire({ currency: mandate.currency, value: issued.amount }),
      budget: budgetToWire(budgetOf(mandate)),
    })
  })

const apply = async (context: NetworkContext, request: Request, call: Call): Promise<Outcome<Issued>> => {
  const { database, world, key } = context
  const agent = await actingAgent(context, request.agentId, call)
  if (!agent.ok) return agent
  const binding = await usableBinding(context, request.bindingId, request.agentId)
  if (!binding.ok) return binding
  const mandate = await usableMandate(context, request)
  if (!mandate.ok) return mandate
  const signature = await verifyTokenRequest(request, key.id, JSON.parse(agent.value.key_jwk), world)
  if (!signature.ok) return signature
  const chain = await verifiedChain(context, request, mandate.value, binding.value.identity_layer)
  if (!chain.ok) return chain
  const history = await historyOf(database, context, mandate.value)
  const { constraints, checkout: confirmed } = chain.value
  /** The network may refuse earlier than the wallet, never overrule it (contradiction 15). */
  const inside = beforeToken(
    {
      checkout: request.checkout,
      confirmedCheckout: mandate.value.type === 'IMMEDIATE' ? confirmed : undefined,
      constraints,
      budget: budgetOf(mandate.value),
      ...history,
    },
    world,
  )
  if (!inside.ok) return inside

  const code = issuePaymentToken([world.nonce(), world.nonce()])
  const digest = paymentTokenDigest(code)
  const reserved = await reserve(context, request, chain.value, digest)
  if (!reserved.ok) return reserved
  /** AMP-PAY-024, 025, 035, 036: nothing is issued before S2 succeeded; silence is a refusal. */
  const { mandate: mandateLayer, tokenRequest } = request.assurance
  const s2 = await context.neighbours.call('wallet.checkIntent', mandate.value.wallet_id, {
    mandateId: request.mandateId,
    userReference: mandate.value.user_reference,
    checkout: request.checkout,
    mandate: mandateLayer,
    ...(tokenRequest === undefined ? {} : { tokenRequest }),
  })
  const issued = s2.ok || !enforces(world, 'AMP-PAY-036') ? await issue(context, request, code, digest) : s2
  if (!issued.ok)
    await database.transaction().execute((transaction) => releaseToken(transaction, digest, ['reserved'], 'failed'))
  return issued
}

/** Ends tokens past their lifetime and gives their budget back. */
export const sweepTokens = async ({ database, world }: NetworkContext): Promise<void> => {
  const over = await database
    .selectFrom('network_tokens')
    .select(['token_digest'])
    .where('status', 'in', ['reserved', 'issued'])
    .where('expires_at', '<=', BigInt(world.now()))
    .limit(1000)
    .execute()
  for (const { token_digest } of over)
    await database
      .transaction()
      .execute((transaction) => releaseToken(transaction, token_digest, ['reserved', 'issued'], 'expired'))
}

export const tokenOperations = (context: NetworkContext): ServedOperations => ({
  'network.applyCredential': (request, call) => apply(context, request, call),
})
