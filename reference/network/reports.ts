/** Reports of wallets on what users decided: verified against the record, then taken once, and told to the credential provider. */
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse, sameJson, type VerifiedChain, verifyChain } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { type BindingRow, keepBinding, makeBinding, usableBinding } from './bindings.ts'
import type { NetworkContext } from './context.ts'
import { keepEvidence, recordEvent, spendNonce } from './evidence.ts'
import { notify } from './notify.ts'
import { findMandate, lockMandate, type MandateRow, type NetworkDatabase } from './records.ts'
import type { NetworkTables } from './tables.ts'

type Authorization = Selectable<NetworkTables['network_authorizations']>
type Report = Message<'trust/notify-authorization-request'>
type Taken = Message<'trust/notify-authorization-response'>
type Notice = Message<'trust/authorization-notification'>
type Failure = Message<'trust/authorization-notification-failure'>['failure']

/** Decides an authorization, once, and tells the credential provider in the same transaction. */
const decide = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  authorization: Authorization,
  decision: { readonly answer: Taken; readonly notice: Notice; readonly key: string | null },
): Promise<Outcome<Taken>> => {
  const { answer, notice, key } = decision
  const decided = await transaction
    .updateTable('network_authorizations')
    .set({
      status: notice.outcome === 'FAILED' ? 'FAILED' : 'COMPLETED',
      answer: JSON.stringify(answer),
      report_key: key,
    })
    .where('auth_id', '=', authorization.auth_id)
    .where('status', '=', 'PENDING_IDV')
    .executeTakeFirst()
  if (decided.numUpdatedRows !== 1n && enforces(context.world, 'AMP-TRUST-065')) return refuse('authorization-decided')
  await notify(
    transaction,
    context,
    'credential-provider.notifyAuthorization',
    authorization.credential_provider_id,
    notice,
  )
  return accept(answer)
}

/** Ends an authorization without a result; its mandate stays inactive until it expires (AMP-TRUST-065, 066). */
const close = (
  context: NetworkContext,
  authorization: Authorization,
  failure: Failure,
  by: string,
  key: string | null,
): Promise<Outcome<Taken>> =>
  inTransaction(context.database, async (transaction) => {
    const { auth_id: authId, mandate_id: mandateId, session_id: sessionId } = authorization
    let answer: Taken = { authId }
    if (mandateId !== null) {
      const { status } = await lockMandate(transaction, mandateId)
      await recordEvent(transaction, context.world, { mandateId, event: failure, status, by })
      answer = { authId, mandateId, mandateStatus: status }
    }
    const notice: Notice = { authContext: authorization.context, outcome: 'FAILED', sessionId, failure }
    return decide(context, transaction, authorization, { answer, notice, key })
  })

const takeEnrollment = async (
  context: NetworkContext,
  authorization: Authorization,
  report: Extract<Report, { outcome: 'SUCCESS'; authContext: 'ENROLLMENT' }>,
  key: string | null,
): Promise<Outcome<Taken>> => {
  if (report.walletAccount.walletId !== authorization.wallet_id)
    return refuse('caller-not-allowed', { field: '/walletAccount/walletId' })
  const row = await makeBinding(context, authorization.agent_id, report)
  const { binding_id: bindingId, identity_layer: identity } = row
  const { walletName, maskedLoginId } = report.walletAccount
  const taken = await inTransaction(context.database, async (transaction) => {
    const kept = await keepBinding(transaction, row)
    if (!kept && enforces(context.world, 'AMP-FLOW-009')) return refuse('binding-exists')
    return decide(context, transaction, authorization, {
      answer: { authId: authorization.auth_id, bindingId, identity },
      notice: {
        authContext: 'ENROLLMENT',
        outcome: 'SUCCESS',
        sessionId: authorization.session_id,
        bindingId,
        identity,
        walletName,
        maskedLoginId,
      },
      key,
    })
  })
  /** The agent is bound to this user already and keeps that binding; asking again cannot succeed. */
  if (!taken.ok && taken.refusal.code === 'binding-exists')
    await close(context, authorization, 'binding-exists', context.key.id, key)
  return taken
}

/** AMP-TRUST-069, 137: what was signed is the mandate on record, nothing else. */
const isOnRecord = (chain: VerifiedChain, mandate: MandateRow, agentKey: unknown): boolean =>
  chain.mandateId === mandate.mandate_id &&
  chain.bindingId === mandate.binding_id &&
  chain.mode === mandate.type &&
  sameJson(chain.intent, JSON.parse(mandate.intent)) &&
  (mandate.checkout === null
    ? sameJson(chain.agentKey, agentKey)
    : sameJson(chain.checkout ?? null, JSON.parse(mandate.checkout)))

/** The chain of an approved mandate: L2 under the key in the L1 we issued, and its content the record (AMP-TRUST-069, 161). */
const verifyApproval = async (
  { database, world, key }: NetworkContext,
  layer: string,
  mandate: MandateRow,
  binding: BindingRow,
): Promise<Outcome<VerifiedChain>> => {
  const chain = await verifyChain(
    { identity: binding.identity_layer, mandate: layer },
    { purpose: 'activation', networkKeys: { keys: [key.publicJwk] }, audience: key.id, issuer: key.id },
    world,
  )
  if (!chain.ok) return chain
  const { key_jwk } = await database
    .selectFrom('network_agents')
    .select('key_jwk')
    .where('agent_id', '=', mandate.agent_id)
    .executeTakeFirstOrThrow()
  return isOnRecord(chain.value, mandate, JSON.parse(key_jwk)) || !enforces(world, 'AMP-TRUST-069')
    ? chain
    : refuse('assurance-mandate-mismatch', { field: '/mandate' })
}

/** Activates an inactive mandate (AMP-TRUST-070, 075) and keeps its evidence (AMP-TRUST-072, 160, 162). */
const activate = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  mandate: MandateRow,
  approval: { readonly layer: string; readonly identity: string; readonly expiresAt: number; readonly by: string },
): Promise<Outcome<true>> => {
  const mandateId = mandate.mandate_id
  const activated = await transaction
    .updateTable('network_mandates')
    .set({ status: 'activated', mandate_layer: approval.layer, valid_until: BigInt(approval.expiresAt) })
    .where('mandate_id', '=', mandateId)
    .where(({ eb }) => (enforces(world, 'AMP-TRUST-075') ? eb('status', '=', 'inactive') : eb.lit(true)))
    .executeTakeFirst()
  if (activated.numUpdatedRows !== 1n) return refuse('authorization-decided')
  await recordEvent(transaction, world, { mandateId, event: 'activated', status: 'activated', by: approval.by })
  const layers = [
    { kind: 'identity', reference: mandate.binding_id, content: approval.identity },
    { kind: 'mandate', reference: mandateId, content: approval.layer },
  ] as const
  for (const layer of layers) await keepEvidence(transaction, world, { mandateId, ...layer })
  return accept(true)
}

const takeMandate = async (
  context: NetworkContext,
  authorization: Authorization,
  report: Extract<Report, { outcome: 'SUCCESS'; authContext: 'MANDATE' }>,
  key: string | null,
): Promise<Outcome<Taken>> => {
  const { database, world } = context
  const found = await findMandate(database, authorization.mandate_id ?? '')
  if (!found.ok) return found
  const mandate = found.value
  const { mandate_id: mandateId, type: mandateType } = mandate
  const binding = await usableBinding(context, mandate.binding_id, mandate.agent_id)
  if (!binding.ok) return binding
  const chain = await verifyApproval(context, report.mandate, mandate, binding.value)
  if (!chain.ok) return chain
  return inTransaction(database, async (transaction) => {
    await lockMandate(transaction, mandateId)
    const fresh = await spendNonce(transaction, world, 'mandate', chain.value.mandateNonce)
    if (!fresh && enforces(world, 'AMP-TRUST-123:replay'))
      return refuse('assurance-nonce-replayed', { field: '/mandate' })
    const activated = await activate(context, transaction, mandate, {
      layer: report.mandate,
      identity: binding.value.identity_layer,
      expiresAt: chain.value.expiresAt,
      by: authorization.wallet_id,
    })
    if (!activated.ok) return activated
    const mandateStatus = 'activated'
    return decide(context, transaction, authorization, {
      answer: { authId: authorization.auth_id, mandateId, mandateStatus },
      notice: {
        authContext: 'MANDATE',
        outcome: 'SUCCESS',
        sessionId: authorization.session_id,
        mandateId,
        mandateType,
        mandateStatus,
        mandate: report.mandate,
      },
      key,
    })
  })
}

const take = async (context: NetworkContext, report: Report, call: Call): Promise<Outcome<Taken>> => {
  const { database, world } = context
  const authorization = await database
    .selectFrom('network_authorizations')
    .selectAll()
    .where('auth_id', '=', report.authId)
    .executeTakeFirst()
  if (!authorization || authorization.context !== report.authContext) return refuse('authorization-unknown')
  if (authorization.wallet_id !== call.caller.id && enforces(world, 'EXT-HTTP-34'))
    return refuse('authorization-unknown')
  const key = call.idempotencyKey ?? null
  /** The same call again, whose first answer was lost with the server that made it. */
  if (authorization.answer !== null && key !== null && authorization.report_key === key)
    return accept(JSON.parse(authorization.answer))
  /** AMP-TRUST-065, 066: what the user rejected, or decided before, is decided. */
  if (authorization.status !== 'PENDING_IDV' && enforces(world, 'AMP-TRUST-065')) return refuse('authorization-decided')
  if (world.now() >= Number(authorization.expires_at)) return refuse('authorization-expired')
  if (report.outcome === 'FAILED') return close(context, authorization, report.failure, authorization.wallet_id, key)
  return report.authContext === 'ENROLLMENT'
    ? takeEnrollment(context, authorization, report, key)
    : takeMandate(context, authorization, report, key)
}

/** Ends authorizations nobody decided in time, and tells the credential providers. */
export const sweepAuthorizations = async (context: NetworkContext): Promise<void> => {
  const over = await context.database
    .selectFrom('network_authorizations')
    .selectAll()
    .where('status', '=', 'PENDING_IDV')
    .where('expires_at', '<=', BigInt(context.world.now()))
    .limit(1000)
    .execute()
  for (const authorization of over) await close(context, authorization, 'authorization-expired', context.key.id, null)
}

export const reportOperations = (context: NetworkContext): ServedOperations => ({
  'network.notifyAuthorization': (report, call) => take(context, report, call),
})
