/** Authorizations: a credential provider asks, the network records, checks and hands over to the wallet, which runs S1. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import {
  type Amount,
  accept,
  enforces,
  fromWire,
  immediateLifetimeSeconds,
  minutes,
  type Outcome,
  parseTime,
  refuse,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { type AgentRow, actingAgent } from './agents.ts'
import { type BindingRow, usableBinding } from './bindings.ts'
import { type NetworkContext, passedOn } from './context.ts'
import { recordEvent } from './evidence.ts'
import { withinLimits } from './limits.ts'
import { lockMandate, type MandateRow } from './records.ts'

type Request = Message<'trust/create-authorization-request'>
type MandateRequest = Extract<Request, { authContext: 'MANDATE' }>
type Created = Message<'trust/create-authorization-response'>

const authorizationLifetimeSeconds = minutes(10)

const summaryOf = (agent: AgentRow): Message<'trust/agent-summary'> => ({
  agentId: agent.agent_id,
  agentName: JSON.parse(agent.profile).name,
  credentialProviderId: agent.credential_provider_id,
})

/** Puts an authorization on record; gives back its identifier. */
const open = async (
  { database, world }: NetworkContext,
  request: Request,
  walletId: string,
  mandateId: string | null,
  call: Call,
): Promise<string> => {
  const authId = world.id('auth')
  await database
    .insertInto('network_authorizations')
    .values({
      auth_id: authId,
      context: request.authContext,
      session_id: request.sessionId,
      credential_provider_id: call.caller.id,
      wallet_id: walletId,
      agent_id: request.agentId,
      mandate_id: mandateId,
      status: 'PENDING_IDV',
      answer: null,
      report_key: null,
      expires_at: BigInt(world.now() + authorizationLifetimeSeconds),
    })
    .execute()
  return authId
}

/** Keeps why a mandate goes no further; it stays inactive until it expires. */
const noteRefusal = (context: NetworkContext, mandateId: string, event: string, by: string): Promise<void> =>
  context.database.transaction().execute(async (transaction) => {
    const { status } = await lockMandate(transaction, mandateId)
    await recordEvent(transaction, context.world, { mandateId, event, status, by })
  })

/** Hands an authorization to the wallet; its refusal (S1 among them) ends the authorization (AMP-TRUST-048, 050, 092). */
const handOver = async (
  context: NetworkContext,
  walletId: string,
  request: RequestOf<'wallet.createAuthorization'>,
): Promise<Outcome<string>> => {
  const answer = await context.neighbours.call('wallet.createAuthorization', walletId, request, {
    idempotencyKey: `open-${request.authId}`,
  })
  if (answer.ok) return accept(answer.value.authUrl)
  /** AMP-TRUST-049, 093: what failed S1 is not shown and cannot be completed. */
  if (enforces(context.world, 'AMP-TRUST-093'))
    await context.database
      .updateTable('network_authorizations')
      .set({ status: 'FAILED' })
      .where('auth_id', '=', request.authId)
      .where('status', '=', 'PENDING_IDV')
      .execute()
  const refusal = passedOn(answer.refusal)
  if (request.authContext === 'MANDATE') await noteRefusal(context, request.mandateId, refusal.code, walletId)
  return { ok: false, refusal }
}

const createEnrollment = async (
  context: NetworkContext,
  request: Extract<Request, { authContext: 'ENROLLMENT' }>,
  agent: AgentRow,
  call: Call,
): Promise<Outcome<Created>> => {
  const { sessionId, walletId } = request
  if (!(await context.neighbours.find('wallet', walletId))) return refuse('wallet-unknown', { field: '/walletId' })
  const authId = await open(context, request, walletId, null, call)
  const authUrl = await handOver(context, walletId, { authContext: 'ENROLLMENT', authId, agent: summaryOf(agent) })
  return authUrl.ok ? accept({ authId, sessionId, status: 'PENDING_IDV', authUrl: authUrl.value }) : authUrl
}

const budgetIn = (request: MandateRequest): Amount =>
  fromWire(
    request.mandateType === 'IMMEDIATE' ? request.checkout.total_amount : request.intent.constraints.budget_amount,
  )

/** AMP-TRUST-053, 054: the mandate exists, tied to user, agent and scenario, before anybody confirms it (contradiction 45). */
const recordMandate = async (
  { database, world }: NetworkContext,
  request: MandateRequest,
  binding: BindingRow,
  call: Call,
): Promise<MandateRow> => {
  const now = world.now()
  const budget = budgetIn(request)
  const until =
    request.mandateType === 'IMMEDIATE'
      ? now + immediateLifetimeSeconds
      : (parseTime(request.intent.expiry_time) ?? now)
  const row: MandateRow = {
    mandate_id: world.id('mandate'),
    type: request.mandateType,
    status: 'inactive',
    agent_id: request.agentId,
    binding_id: request.bindingId,
    wallet_id: binding.wallet_id,
    user_reference: binding.user_reference,
    credential_provider_id: call.caller.id,
    intent: JSON.stringify(request.intent),
    checkout: request.mandateType === 'IMMEDIATE' ? JSON.stringify(request.checkout) : null,
    currency: budget.currency,
    total: budget.value,
    limit_value: budget.value,
    held: 0n,
    captured: 0n,
    failures: 0n,
    created_at: BigInt(now),
    valid_until: BigInt(until),
    mandate_layer: null,
  }
  await database.transaction().execute(async (transaction) => {
    await transaction.insertInto('network_mandates').values(row).execute()
    await recordEvent(transaction, world, {
      mandateId: row.mandate_id,
      event: 'created',
      status: 'inactive',
      by: request.agentId,
    })
  })
  return row
}

const createMandate = async (
  context: NetworkContext,
  request: MandateRequest,
  agent: AgentRow,
  call: Call,
): Promise<Outcome<Created>> => {
  const binding = await usableBinding(context, request.bindingId, request.agentId)
  if (!binding.ok) return binding
  const { wallet_id: walletId, user_reference: userReference, identity_layer: identity } = binding.value
  const { mandate_id: mandateId } = await recordMandate(context, request, binding.value, call)
  const allowed = await withinLimits(context, walletId, userReference, budgetIn(request))
  if (!allowed.ok) {
    await noteRefusal(context, mandateId, allowed.refusal.code, context.key.id)
    return allowed
  }
  const authId = await open(context, request, walletId, mandateId, call)
  const { bindingId, sessionId } = request
  const common = {
    authContext: 'MANDATE' as const,
    authId,
    agent: summaryOf(agent),
    mandateId,
    bindingId,
    userReference,
    identity,
  }
  const authUrl = await handOver(
    context,
    walletId,
    request.mandateType === 'IMMEDIATE'
      ? { ...common, mandateType: 'IMMEDIATE', intent: request.intent, checkout: request.checkout }
      : { ...common, mandateType: 'AUTONOMOUS', intent: request.intent, agentKey: JSON.parse(agent.key_jwk) },
  )
  if (!authUrl.ok) return authUrl
  return accept({
    authId,
    sessionId,
    status: 'PENDING_IDV',
    authUrl: authUrl.value,
    mandateId,
    mandateStatus: 'inactive',
  })
}

export const authorizationOperations = (context: NetworkContext): ServedOperations => ({
  'network.createAuthorization': async (request, call) => {
    const agent = await actingAgent(context, request.agentId, call)
    if (!agent.ok) return agent
    return request.authContext === 'ENROLLMENT'
      ? createEnrollment(context, request, agent.value, call)
      : createMandate(context, request, agent.value, call)
  },
})
