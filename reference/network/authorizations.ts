/** Authorizations: a user binds a wallet or confirms a mandate, the wallet reports, the network verifies and activates. */
import type { Message, RequestOf } from '../../schemas/index.ts'
import {
  type Amount,
  accept,
  enforces,
  fromWire,
  hashOf,
  immediateLifetimeSeconds,
  issueIdentity,
  minutes,
  type Outcome,
  parseTime,
  refuse,
  sameJson,
  type VerifiedChain,
  verifyChain,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/transaction.ts'
import { type AgentRow, actingAgent } from './agents.ts'
import type { NetworkContext } from './context.ts'
import { notify } from './notify.ts'
import { findMandate, keepEvidence, type MandateRow, type NetworkDatabase, recordEvent, spendNonce } from './records.ts'

type Request = Message<'trust/create-authorization-request'>
type MandateRequest = Extract<Request, { authContext: 'MANDATE' }>
type Created = Message<'trust/create-authorization-response'>
type Report = Message<'trust/notify-authorization-request'>
type Taken = Message<'trust/notify-authorization-response'>

const authorizationLifetimeSeconds = minutes(10)

const summaryOf = (agent: AgentRow): Message<'trust/agent-summary'> => ({
  agentId: agent.agent_id,
  agentName: JSON.parse(agent.profile).name,
  credentialProviderId: agent.credential_provider_id,
})

const open = async (
  context: NetworkContext,
  fields: {
    context: 'ENROLLMENT' | 'MANDATE'
    sessionId: string
    walletId: string
    agentId: string
    mandateId: string | null
  },
  call: Call,
  authId: string,
) =>
  context.database
    .insertInto('network_authorizations')
    .values({
      auth_id: authId,
      context: fields.context,
      session_id: fields.sessionId,
      credential_provider_id: call.caller.id,
      wallet_id: fields.walletId,
      agent_id: fields.agentId,
      mandate_id: fields.mandateId,
      status: 'PENDING_IDV',
      answer: null,
      expires_at: BigInt(context.world.now() + authorizationLifetimeSeconds),
    })
    .execute()

/** Hands an authorization to the wallet; its refusal (S1 among them) ends the authorization. */
const handOver = async (
  context: NetworkContext,
  walletId: string,
  request: RequestOf<'wallet.createAuthorization'>,
): Promise<Outcome<string>> => {
  const answer = await context.neighbours.call('wallet.createAuthorization', walletId, request, {
    idempotencyKey: `open-${request.authId}`,
  })
  if (answer.ok) return accept(answer.value.authUrl)
  /** AMP-TRUST-049, 092, 093: what failed S1 is not shown and cannot be completed. */
  await context.database
    .updateTable('network_authorizations')
    .set({ status: 'FAILED' })
    .where('auth_id', '=', request.authId)
    .execute()
  return answer
}

const createEnrollment = async (
  context: NetworkContext,
  request: Extract<Request, { authContext: 'ENROLLMENT' }>,
  agent: AgentRow,
  call: Call,
): Promise<Outcome<Created>> => {
  if (!(await context.neighbours.find('wallet', request.walletId)))
    return refuse('wallet-unknown', { field: '/walletId' })
  const authId = context.world.id('auth')
  await open(
    context,
    {
      context: 'ENROLLMENT',
      sessionId: request.sessionId,
      walletId: request.walletId,
      agentId: agent.agent_id,
      mandateId: null,
    },
    call,
    authId,
  )
  const authUrl = await handOver(context, request.walletId, {
    authContext: 'ENROLLMENT',
    authId,
    agent: summaryOf(agent),
  })
  return authUrl.ok
    ? accept({ authId, sessionId: request.sessionId, status: 'PENDING_IDV', authUrl: authUrl.value })
    : authUrl
}

/** AMP-WALLET-060 to 065: the network checks the limits of the user as the wallet does. */
const withinLimits = async (
  context: NetworkContext,
  walletId: string,
  userReference: string,
  budget: Amount,
): Promise<Outcome<true>> => {
  const view = await context.neighbours.call('wallet.inquiryLimits', walletId, { userReference })
  if (!view.ok) return view
  const { limits, delegatedToday } = view.value
  const { perMandate, perDay } = limits
  if (
    enforces(context.world, 'AMP-WALLET-062') &&
    perMandate?.currency === budget.currency &&
    budget.value > BigInt(perMandate.value)
  )
    return refuse('limit-per-mandate-exceeded', { stage: 'S1', limit: perMandate })
  if (
    enforces(context.world, 'AMP-WALLET-064') &&
    perDay?.currency === budget.currency &&
    BigInt(delegatedToday.value) + budget.value > BigInt(perDay.value)
  )
    return refuse('limit-daily-exceeded', { stage: 'S1', limit: perDay })
  return accept(true)
}

const budgetIn = (request: MandateRequest): Amount =>
  fromWire(
    request.mandateType === 'IMMEDIATE' ? request.checkout.total_amount : request.intent.constraints.budget_amount,
  )

/** AMP-TRUST-053, 054: the mandate exists, tied to user, agent and scenario, before anybody confirms it. */
const recordMandate = async (
  context: NetworkContext,
  request: MandateRequest,
  binding: Binding,
  call: Call,
): Promise<MandateRow> => {
  const { database, world } = context
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

type Binding = {
  wallet_id: string
  user_reference: string
  identity_layer: string
  agent_id: string
  status: string
  binding_id: string
  wallet_name: string
  masked_login_id: string
  created_at: bigint
}

/** AMP-PAY-017, 018: the binding is looked at again whenever it is used. */
export const usableBinding = async (
  { database, world }: Pick<NetworkContext, 'database' | 'world'>,
  bindingId: string,
  agentId: string,
): Promise<Outcome<Binding>> => {
  const binding = await database
    .selectFrom('network_bindings')
    .selectAll()
    .where('binding_id', '=', bindingId)
    .executeTakeFirst()
  if (!binding || (binding.agent_id !== agentId && enforces(world, 'AMP-PAY-017')))
    return refuse('binding-unknown', { field: '/bindingId' })
  if (binding.status === 'revoked' && enforces(world, 'AMP-PAY-018'))
    return refuse('binding-revoked', { field: '/bindingId' })
  return accept(binding)
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
  const allowed = await withinLimits(context, walletId, userReference, budgetIn(request))
  if (!allowed.ok) return allowed
  const mandate = await recordMandate(context, request, binding.value, call)
  const authId = context.world.id('auth')
  await open(
    context,
    {
      context: 'MANDATE',
      sessionId: request.sessionId,
      walletId,
      agentId: agent.agent_id,
      mandateId: mandate.mandate_id,
    },
    call,
    authId,
  )
  const common = {
    authContext: 'MANDATE' as const,
    authId,
    agent: summaryOf(agent),
    mandateId: mandate.mandate_id,
    bindingId: request.bindingId,
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
    sessionId: request.sessionId,
    status: 'PENDING_IDV',
    authUrl: authUrl.value,
    mandateId: mandate.mandate_id,
    mandateStatus: 'inactive',
  })
}

type Authorization = {
  auth_id: string
  session_id: string
  credential_provider_id: string
  wallet_id: string
  agent_id: string
  mandate_id: string | null
  context: string
  status: string
  answer: string | null
  expires_at: bigint
}

const decide = (database: NetworkDatabase, authId: string, status: 'COMPLETED' | 'FAILED', answer: Taken) =>
  database
    .updateTable('network_authorizations')
    .set({ status, answer: JSON.stringify(answer) })
    .where('auth_id', '=', authId)
    .where('status', '=', 'PENDING_IDV')
    .executeTakeFirst()

const takeFailure = async (
  context: NetworkContext,
  authorization: Authorization,
  report: Extract<Report, { outcome: 'FAILED' }>,
): Promise<Outcome<Taken>> =>
  inTransaction(context.database, async (transaction) => {
    const answer: Taken = {
      authId: authorization.auth_id,
      ...(authorization.mandate_id ? { mandateId: authorization.mandate_id, mandateStatus: 'inactive' as const } : {}),
    }
    if ((await decide(transaction, authorization.auth_id, 'FAILED', answer)).numUpdatedRows !== 1n)
      return refuse('authorization-decided')
    if (authorization.mandate_id)
      await recordEvent(transaction, context.world, {
        mandateId: authorization.mandate_id,
        event: report.failure,
        status: 'inactive',
        by: authorization.wallet_id,
      })
    await notify(
      transaction,
      context,
      'credential-provider.notifyAuthorization',
      authorization.credential_provider_id,
      {
        authContext: report.authContext,
        outcome: 'FAILED',
        sessionId: authorization.session_id,
        failure: report.failure,
      },
    )
    return accept(answer)
  })

/** The subject of an identity layer: opaque, and different for every agent of the user (AMP-TRUST-111, contradiction 43). */
const subjectOf = (walletId: string, userReference: string, agentId: string): string =>
  `sub-${hashOf({ walletId, userReference, agentId })}`

const takeEnrollment = async (
  context: NetworkContext,
  authorization: Authorization,
  report: Extract<Report, { outcome: 'SUCCESS'; authContext: 'ENROLLMENT' }>,
): Promise<Outcome<Taken>> => {
  const { world, key, neighbours } = context
  const wallet = await neighbours.find('wallet', authorization.wallet_id)
  const { userReference, maskedLoginId, walletName, walletId } = report.walletAccount
  if (walletId !== authorization.wallet_id) return refuse('caller-not-allowed', { field: '/walletAccount/walletId' })
  const identity = await issueIdentity(
    {
      issuer: key.id,
      subject: subjectOf(walletId, userReference, authorization.agent_id),
      ispKey: report.ispKey,
      ispType: 'MPP',
      ispName: wallet?.name ?? walletName,
    },
    { kid: key.publicJwk.kid, privateKey: key.privateKey },
    world,
  )
  const bindingId = world.id('binding')
  return inTransaction(context.database, async (transaction) => {
    const inserted = await transaction
      .insertInto('network_bindings')
      .values({
        binding_id: bindingId,
        agent_id: authorization.agent_id,
        wallet_id: walletId,
        wallet_name: walletName,
        masked_login_id: maskedLoginId,
        user_reference: userReference,
        identity_layer: identity,
        status: 'activated',
        created_at: BigInt(world.now()),
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return refuse('binding-exists')
    const answer: Taken = { authId: authorization.auth_id, bindingId, identity }
    if ((await decide(transaction, authorization.auth_id, 'COMPLETED', answer)).numUpdatedRows !== 1n)
      return refuse('authorization-decided')
    await notify(
      transaction,
      context,
      'credential-provider.notifyAuthorization',
      authorization.credential_provider_id,
      {
        authContext: 'ENROLLMENT',
        outcome: 'SUCCESS',
        sessionId: authorization.session_id,
        bindingId,
        identity,
        walletName,
        maskedLoginId,
      },
    )
    return accept(answer)
  })
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

const takeMandate = async (
  context: NetworkContext,
  authorization: Authorization,
  report: Extract<Report, { outcome: 'SUCCESS'; authContext: 'MANDATE' }>,
): Promise<Outcome<Taken>> => {
  const { database, world, key } = context
  const mandate = await findMandate(database, authorization.mandate_id ?? '')
  if (!mandate.ok) return mandate
  const binding = await usableBinding(context, mandate.value.binding_id, mandate.value.agent_id)
  if (!binding.ok) return binding
  const chain = await verifyChain(
    { identity: binding.value.identity_layer, mandate: report.mandate },
    { purpose: 'activation', networkKeys: { keys: [key.publicJwk] }, audience: key.id, issuer: key.id },
    world,
  )
  if (!chain.ok) return chain
  const agent = await database
    .selectFrom('network_agents')
    .selectAll()
    .where('agent_id', '=', mandate.value.agent_id)
    .executeTakeFirstOrThrow()
  if (enforces(world, 'AMP-TRUST-069') && !isOnRecord(chain.value, mandate.value, JSON.parse(agent.key_jwk)))
    return refuse('assurance-mandate-mismatch', { field: '/mandate' })

  return inTransaction(database, async (transaction) => {
    const fresh = await spendNonce(transaction, world, 'mandate', chain.value.mandateNonce)
    if (!fresh && enforces(world, 'AMP-TRUST-123:replay'))
      return refuse('assurance-nonce-replayed', { field: '/mandate' })
    /** AMP-TRUST-070, 075: only an inactive mandate becomes activated. */
    const activated = await transaction
      .updateTable('network_mandates')
      .set({ status: 'activated', mandate_layer: report.mandate, valid_until: BigInt(chain.value.expiresAt) })
      .where('mandate_id', '=', mandate.value.mandate_id)
      .where('status', '=', 'inactive')
      .executeTakeFirst()
    if (activated.numUpdatedRows !== 1n) return refuse('authorization-decided')
    const mandateId = mandate.value.mandate_id
    await recordEvent(transaction, world, {
      mandateId,
      event: 'activated',
      status: 'activated',
      by: authorization.wallet_id,
    })
    await keepEvidence(transaction, world, {
      mandateId,
      kind: 'identity',
      reference: mandate.value.binding_id,
      content: binding.value.identity_layer,
    })
    await keepEvidence(transaction, world, {
      mandateId,
      kind: 'mandate',
      reference: mandateId,
      content: report.mandate,
    })
    const answer: Taken = { authId: authorization.auth_id, mandateId, mandateStatus: 'activated' }
    if ((await decide(transaction, authorization.auth_id, 'COMPLETED', answer)).numUpdatedRows !== 1n)
      return refuse('authorization-decided')
    await notify(
      transaction,
      context,
      'credential-provider.notifyAuthorization',
      authorization.credential_provider_id,
      {
        authContext: 'MANDATE',
        outcome: 'SUCCESS',
        sessionId: authorization.session_id,
        mandateId,
        mandateType: mandate.value.type,
        mandateStatus: 'activated',
        mandate: report.mandate,
      },
    )
    return accept(answer)
  })
}

const take = async (context: NetworkContext, report: Report, call: Call): Promise<Outcome<Taken>> => {
  const { database, world } = context
  const authorization = await database
    .selectFrom('network_authorizations')
    .selectAll()
    .where('auth_id', '=', report.authId)
    .executeTakeFirst()
  if (!authorization || authorization.wallet_id !== call.caller.id || authorization.context !== report.authContext)
    return refuse('authorization-unknown')
  if (authorization.status !== 'PENDING_IDV') return refuse('authorization-decided')
  if (world.now() >= Number(authorization.expires_at)) return refuse('authorization-expired')
  if (report.outcome === 'FAILED') return takeFailure(context, authorization, report)
  return report.authContext === 'ENROLLMENT'
    ? takeEnrollment(context, authorization, report)
    : takeMandate(context, authorization, report)
}

/** Ends authorizations nobody decided, and the mandates that waited for them. */
export const sweepAuthorizations = async ({ database, world }: NetworkContext): Promise<void> => {
  await database
    .updateTable('network_authorizations')
    .set({ status: 'FAILED' })
    .where('status', '=', 'PENDING_IDV')
    .where('expires_at', '<=', BigInt(world.now()))
    .execute()
}

export const authorizationOperations = (context: NetworkContext): ServedOperations => ({
  'network.createAuthorization': async (request, call) => {
    const agent = await actingAgent(context, request.agentId, call)
    if (!agent.ok) return agent
    return request.authContext === 'ENROLLMENT'
      ? createEnrollment(context, request, agent.value, call)
      : createMandate(context, request, agent.value, call)
  },
  'network.notifyAuthorization': (report, call) => take(context, report, call),
})
