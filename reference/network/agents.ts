/** Onboarding at the network: a reviewed agent gets its identifier, can be suspended and reinstated. */
import { calculateJwkThumbprint } from 'jose'
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  days,
  enforces,
  firstBroken,
  formatTime,
  type Outcome,
  type Refusal,
  refuse,
  reviewRules,
  verifyCommitment,
  verifyKeyProof,
  type World,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { spendNonce } from './evidence.ts'
import type { NetworkDatabase } from './records.ts'
import type { NetworkTables } from './tables.ts'

export type AgentRow = Selectable<NetworkTables['network_agents']>

/** An agent on the wire. */
export const agentToWire = (row: AgentRow): Message<'trust/agent'> => ({
  agentId: row.agent_id,
  agentStatus: row.revoked_at === null ? row.status : 'revoked',
  credentialProviderId: row.credential_provider_id,
  profile: JSON.parse(row.profile),
  agentKey: JSON.parse(row.key_jwk),
  registeredAt: formatTime(Number(row.registered_at)),
  reviewDueAt: formatTime(Number(row.review_due_at)),
})

/** The agent, where the calling credential provider answers for it (AMP-TRUST-020, EXT-HTTP-34). */
export const ownAgent = async (
  { database, world }: NetworkContext,
  agentId: string,
  call: Call,
): Promise<Outcome<AgentRow>> => {
  const row = await database.selectFrom('network_agents').selectAll().where('agent_id', '=', agentId).executeTakeFirst()
  if (!row) return refuse('agent-unknown', { field: '/agentId' })
  const own = row.credential_provider_id === call.caller.id || !enforces(world, 'AMP-TRUST-020')
  return own ? accept(row) : refuse('agent-unknown', { field: '/agentId' })
}

/** Any agent; a clearing asks for those it is to verify (EXT-CLEARING-44). */
const anyAgent = async ({ database }: NetworkContext, agentId: string): Promise<Outcome<AgentRow>> => {
  const row = await database.selectFrom('network_agents').selectAll().where('agent_id', '=', agentId).executeTakeFirst()
  return row ? accept(row) : refuse('agent-unknown', { field: '/agentId' })
}

/** Why an agent may not act: its key was revoked for good, or it is suspended (AMP-PAY-034, EXT-GUARANTEE-14). */
export const whyStopped = (
  { status, revoked_at: revokedAt }: Pick<AgentRow, 'status' | 'revoked_at'>,
  world: World,
  rule: string,
): Refusal | undefined => {
  if (revokedAt !== null && enforces(world, 'EXT-GUARANTEE-14')) return refuse('agent-revoked').refusal
  return status === 'suspended' && enforces(world, rule) ? refuse('agent-suspended').refusal : undefined
}

/** The agent's row, locked until the transaction ends: a stop comes before or after what is done in it, never in between. */
export const lockAgent = (transaction: NetworkDatabase, agentId: string): Promise<AgentRow> =>
  transaction
    .updateTable('network_agents')
    .set(({ ref }) => ({ status: ref('status') }))
    .where('agent_id', '=', agentId)
    .returningAll()
    .executeTakeFirstOrThrow()

/** The agent, where it may act now (AMP-TRUST-003, AMP-PAY-034). */
export const actingAgent = async (context: NetworkContext, agentId: string, call: Call): Promise<Outcome<AgentRow>> => {
  const agent = await ownAgent(context, agentId, call)
  if (!agent.ok) return agent
  const stopped = whyStopped(agent.value, context.world, 'AMP-PAY-034')
  if (stopped) return { ok: false, refusal: stopped }
  return agent
}

/** Puts an agent on record, once per key; the same registration again finds the first (AMP-TRUST-003, 015). */
const enrol = ({ database, world }: NetworkContext, row: AgentRow, proofNonce: string): Promise<Outcome<AgentRow>> =>
  inTransaction(database, async (transaction) => {
    const known = await transaction
      .selectFrom('network_agents')
      .selectAll()
      .where('key_thumbprint', '=', row.key_thumbprint)
      .executeTakeFirst()
    if (
      known?.credential_provider_id === row.credential_provider_id &&
      known.registration_key === row.registration_key &&
      row.registration_key !== ''
    )
      return accept(known)
    const fresh = await spendNonce(transaction, world, 'key-proof', proofNonce)
    if (!fresh && enforces(world, 'AMP-TRUST-015:replay'))
      return refuse('proof-of-possession-invalid', { field: '/proofOfPossession' })
    const inserted = await transaction
      .insertInto('network_agents')
      .values(row)
      .onConflict((conflict) => conflict.column('key_thumbprint').doNothing())
      .executeTakeFirst()
    return inserted.numInsertedOrUpdatedRows === 1n || !enforces(world, 'AMP-TRUST-104')
      ? accept(row)
      : refuse('agent-key-taken', { field: '/agentKey' })
  })

/** Registers a reviewed agent: proof of possession, eight passed items, letter of commitment, then an identifier of its own. */
const register = async (
  context: NetworkContext,
  request: Message<'trust/register-agent-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/agent'>>> => {
  const { world, key, neighbours } = context
  const proof = await verifyKeyProof(request.proofOfPossession, request.agentKey, key.id, world)
  if (!proof.ok) return proof
  const broken = firstBroken(reviewRules, request.review, world)
  if (broken) return { ok: false, refusal: broken }
  const provider = await neighbours.find('credential-provider', call.caller.id)
  const committed = await verifyCommitment(request, call.caller.id, key.id, provider?.jwks.keys ?? [], world)
  if (!committed.ok) return committed
  const now = world.now()
  const enrolled = await enrol(
    context,
    {
      agent_id: world.id('agent'),
      credential_provider_id: call.caller.id,
      key_thumbprint: await calculateJwkThumbprint(request.agentKey),
      key_jwk: JSON.stringify(request.agentKey),
      profile: JSON.stringify(request.profile),
      review: JSON.stringify(request.review),
      commitment: request.commitment,
      status: 'active',
      registered_at: BigInt(now),
      review_due_at: BigInt(now + days(365)),
      revoked_at: null,
      registration_key: call.idempotencyKey ?? '',
    },
    proof.value,
  )
  return enrolled.ok ? accept(agentToWire(enrolled.value)) : enrolled
}

const setStatus = async (
  context: NetworkContext,
  agentId: string,
  status: 'active' | 'suspended',
  call: Call,
): Promise<Outcome<Message<'trust/agent'>>> => {
  const agent = await ownAgent(context, agentId, call)
  if (!agent.ok) return agent
  if (agent.value.revoked_at !== null && enforces(context.world, 'EXT-GUARANTEE-15')) return refuse('agent-revoked')
  await context.database.updateTable('network_agents').set({ status }).where('agent_id', '=', agentId).execute()
  return accept(agentToWire({ ...agent.value, status }))
}

export const agentOperations = (context: NetworkContext): ServedOperations => ({
  'network.registerAgent': (request, call) => register(context, request, call),
  'network.inquiryAgent': async ({ agentId }, call) => {
    const byClearing = call.caller.kind === 'party' && call.caller.role === 'clearing'
    const agent = byClearing ? await anyAgent(context, agentId) : await ownAgent(context, agentId, call)
    return agent.ok ? accept(agentToWire(agent.value)) : agent
  },
  'network.suspendAgent': ({ agentId }, call) => setStatus(context, agentId, 'suspended', call),
  'network.reinstateAgent': ({ agentId }, call) => setStatus(context, agentId, 'active', call),
})
