/** Payment tokens: the request is verified, budget reserved, the wallet runs S2, and only then the token is issued. */
import { canonicalJson, type Message, precedence } from '../../schemas/index.ts'
import {
  accept,
  budgetToWire,
  enforces,
  formatTime,
  issuePaymentToken,
  type Outcome,
  paymentTokenDigest,
  refuse,
  toWire,
  type VerifiedChain,
  verifyChain,
  verifyTokenRequest,
} from '../core/index.ts'
import type { GateDecision } from '../core/trust/gate.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { type AgentRow, actingAgent, lockAgent, whyStopped } from './agents.ts'
import { usableBinding } from './bindings.ts'
import { type NetworkContext, passedOn, saidNothing } from './context.ts'
import { keepEvidence, tokenReference } from './evidence.ts'
import { passGate } from './gate.ts'
import { budgetOf, findMandate, lockMandate, type MandateRow, type NetworkDatabase, whyNot } from './records.ts'
import { type Reservation, releaseToken, reserve, withdraw } from './reservations.ts'
import { checkCredential } from './trust/kya.ts'
import { checkRuntime, giveChallengeBack } from './trust/runtime.ts'

type Request = Message<'payment/apply-credential-request'>
type Issued = Message<'payment/apply-credential-response'>

/** What guard and gate said before a token was issued; kept with it. */
type Decided = { readonly guard?: Message<'payment/check-intent-response'>; readonly gate?: GateDecision }

const usableMandate = async (context: NetworkContext, request: Request): Promise<Outcome<MandateRow>> => {
  const { database, world } = context
  const mandate = await findMandate(database, request.mandateId)
  if (!mandate.ok) return mandate
  const unusable = whyNot(mandate.value, 'token', world)
  if (unusable) return { ok: false, refusal: unusable }
  const belongs = mandate.value.agent_id === request.agentId && mandate.value.binding_id === request.bindingId
  if (!belongs && enforces(world, 'AMP-PAY-034:mandate')) return refuse('binding-mismatch')
  return mandate
}

/** The chain verifies, and its layers are the ones on record, byte for byte (AMP-TRUST-159 to 163). */
const verifiedChain = async (
  { world, key }: NetworkContext,
  { assurance, checkout }: Request,
  mandate: MandateRow,
  identity: string,
): Promise<Outcome<VerifiedChain>> => {
  const chain = await verifyChain(
    assurance,
    { purpose: 'payment', networkKeys: { keys: [key.publicJwk] }, audience: key.id, issuer: key.id, checkout },
    world,
  )
  const stored = assurance.identity === identity && assurance.mandate === mandate.mandate_layer
  if (stored || !enforces(world, 'AMP-TRUST-160')) return chain
  const mismatch = refuse('assurance-stored-mismatch', { field: '/assurance' })
  return chain.ok || precedence(chain.refusal.code) > precedence(mismatch.refusal.code) ? mismatch : chain
}

/** Evidence of the request and of what was issued on it (AMP-TRUST-164, AMP-PAY-037). */
const keepRequest = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  { mandateId, assurance, checkout, requestSignature }: Request,
  digest: string,
  decided: Decided,
): Promise<void> => {
  const reference = tokenReference(digest)
  const { tokenRequest } = assurance
  if (tokenRequest !== undefined)
    await keepEvidence(transaction, world, { mandateId, kind: 'token-request', reference, content: tokenRequest })
  const content = canonicalJson({ digest, checkout, requestSignature, ...decided })
  await keepEvidence(transaction, world, { mandateId, kind: 'token', reference, content })
}

/** Issues a reserved token while its mandate is still activated: S2 took time, and the user may have cancelled meanwhile. */
const issue = (
  context: NetworkContext,
  request: Request,
  code: string,
  digest: string,
  decided: Decided,
): Promise<Outcome<Issued>> =>
  inTransaction(context.database, async (transaction) => {
    const { mandateId } = request
    const mandate = await lockMandate(transaction, mandateId)
    const unusable = whyNot(mandate, 'token', context.world)
    if (unusable && enforces(context.world, 'AMP-WALLET-031:issue')) return { ok: false, refusal: unusable }
    /** The agent may have been stopped while the wallet ran S2 (EXT-GUARANTEE-14). */
    const stopped = whyStopped(await lockAgent(transaction, request.agentId), context.world, 'AMP-PAY-034')
    if (stopped && enforces(context.world, 'EXT-GUARANTEE-14:flight')) return { ok: false, refusal: stopped }
    const issued = await transaction
      .updateTable('network_tokens')
      .set({ status: 'issued' })
      .where('token_digest', '=', digest)
      .where('status', '=', 'reserved')
      .returningAll()
      .executeTakeFirst()
    if (!issued) return refuse('payment-token-expired')
    await keepRequest(context, transaction, request, digest, decided)
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

/**
 * Gives back what was reserved for a token that was not issued. Where the wallet said nothing the same request may come
 * again, so nothing of it remains; otherwise its nonces stay spent.
 */
const undo = (context: NetworkContext, mandateId: string, digest: string, again: boolean): Promise<unknown> =>
  context.database
    .transaction()
    .execute<unknown>((transaction) =>
      again ? withdraw(transaction, mandateId, digest) : releaseToken(transaction, digest, ['reserved'], 'failed'),
    )

/** AMP-PAY-024, 025, 035, 036: nothing is issued before S2 succeeded; silence is a refusal. */
const issueAfterGuard = async (
  context: NetworkContext,
  { request, digest, runtime }: Reservation,
  mandate: MandateRow,
  agent: AgentRow,
  code: string,
): Promise<Outcome<Issued>> => {
  const { mandateId, checkout } = request
  const { mandate: layer, tokenRequest } = request.assurance
  const s2 = await context.neighbours.call('wallet.checkIntent', mandate.wallet_id, {
    mandateId,
    userReference: mandate.user_reference,
    checkout,
    mandate: layer,
    ...(tokenRequest === undefined ? {} : { tokenRequest }),
  })
  if (s2.ok || !enforces(context.world, 'AMP-PAY-036')) {
    /** After S2, so that every refusal that stands before those of the gate goes first. */
    const passed = await passGate(context, agent, mandate, checkout.total_amount, runtime)
    const decided = { ...(s2.ok && { guard: s2.value }), ...(passed.ok && passed.value && { gate: passed.value }) }
    const issued = passed.ok ? await issue(context, request, code, digest, decided) : passed
    if (!issued.ok) await undo(context, mandateId, digest, false)
    return issued
  }
  await undo(context, mandateId, digest, saidNothing(s2.refusal))
  if (saidNothing(s2.refusal)) await giveChallengeBack(context, request.runtimeAttestation)
  return { ok: false, refusal: passedOn(s2.refusal) }
}

const apply = async (context: NetworkContext, request: Request, call: Call): Promise<Outcome<Issued>> => {
  const { world, key } = context
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
  const credential = await checkCredential(context, agent.value, request.kyaCredential)
  if (!credential.ok) return credential
  const runtime = await checkRuntime(context, agent.value, mandate.value, request.runtimeAttestation)
  if (!runtime.ok) return runtime
  const code = issuePaymentToken([world.nonce(), world.nonce()])
  const reservation: Reservation = {
    request,
    chain: chain.value,
    requestNonce: signature.value,
    runtime: runtime.value,
    digest: paymentTokenDigest(code),
    requestKey: canonicalJson([call.caller.id, call.idempotencyKey ?? code]),
  }
  const reserved = await reserve(context, reservation)
  return reserved.ok ? issueAfterGuard(context, reservation, reserved.value, agent.value, code) : reserved
}

export const tokenOperations = (context: NetworkContext): ServedOperations => ({
  'network.applyCredential': (request, call) => apply(context, request, call),
})
