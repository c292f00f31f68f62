/** Keys of agents: taken anew against proof, and ended for good; every mandate that rests on a key ends with it. */
import { calculateJwkThumbprint } from 'jose'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, refuse, verifyKeyProof } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { agentToWire, lockAgent, ownAgent, whyStopped } from './agents.ts'
import type { NetworkContext } from './context.ts'
import { spendNonce } from './evidence.ts'
import { endMandate } from './mandates.ts'
import { notify } from './notify.ts'
import type { NetworkDatabase } from './records.ts'

type Agent = Message<'trust/agent'>

/** Ends mandates of an agent: those whose signed layer names its key, or all. The caller takes the agent's row afterwards. */
const endMandates = async (
  context: NetworkContext,
  transaction: NetworkDatabase,
  agentId: string,
  end: { readonly types: readonly ('IMMEDIATE' | 'AUTONOMOUS')[]; readonly event: string; readonly by: string },
): Promise<void> => {
  const mandates = await transaction
    .selectFrom('network_mandates')
    .selectAll()
    .where('agent_id', '=', agentId)
    .where('type', 'in', end.types)
    .where('status', 'in', ['inactive', 'activated'])
    .orderBy('mandate_id')
    .execute()
  for (const mandate of mandates)
    await endMandate(context, transaction, mandate, { status: 'revoked', event: end.event, by: end.by })
}

/** Takes another key for an agent (EXT-KYA-8). What users signed for the old one ends (EXT-KYA-17). */
const rotate = async (
  context: NetworkContext,
  { agentId, agentKey, proofOfPossession }: Message<'extensions/kya/rotate-key-request'>,
  call: Call,
): Promise<Outcome<Agent>> => {
  const { world, key } = context
  const own = await ownAgent(context, agentId, call)
  if (!own.ok) return own
  const proof = await verifyKeyProof(proofOfPossession, agentKey, key.id, world)
  if (!proof.ok && enforces(world, 'EXT-KYA-8')) return proof
  const thumbprint = await calculateJwkThumbprint(agentKey)
  if (thumbprint === own.value.key_thumbprint) return accept(agentToWire(own.value))
  return inTransaction(context.database, async (transaction) => {
    if (enforces(world, 'EXT-KYA-17'))
      await endMandates(context, transaction, agentId, {
        types: ['AUTONOMOUS'],
        event: 'key-rotated',
        by: call.caller.id,
      })
    const agent = await lockAgent(transaction, agentId)
    const stopped = whyStopped(agent, world, 'EXT-KYA-8:suspended')
    if (stopped) return { ok: false, refusal: stopped }
    const fresh = !proof.ok || (await spendNonce(transaction, world, 'key-proof', proof.value))
    if (!fresh) return refuse('proof-of-possession-invalid', { field: '/proofOfPossession' })
    const taken = await transaction
      .selectFrom('network_agents')
      .select('agent_id')
      .where('key_thumbprint', '=', thumbprint)
      .executeTakeFirst()
    if (taken) return refuse('agent-key-taken', { field: '/agentKey' })
    const changed = { key_jwk: JSON.stringify(agentKey), key_thumbprint: thumbprint }
    await transaction.updateTable('network_agents').set(changed).where('agent_id', '=', agentId).execute()
    return accept(agentToWire({ ...agent, ...changed }))
  })
}

/** Ends an agent for good, with every mandate of it (EXT-KYA-14). Doing it again changes nothing. */
const revoke = async (
  context: NetworkContext,
  { agentId, reason }: Message<'trust/suspend-agent-request'>,
  call: Call,
): Promise<Outcome<Agent>> => {
  const own = await ownAgent(context, agentId, call)
  if (!own.ok) return own
  return inTransaction(context.database, async (transaction) => {
    if (enforces(context.world, 'EXT-KYA-14'))
      await endMandates(context, transaction, agentId, {
        ...{ types: ['IMMEDIATE', 'AUTONOMOUS'], by: call.caller.id },
        event: 'agent-revoked',
      })
    const agent = await lockAgent(transaction, agentId)
    const revokedAt = agent.revoked_at ?? BigInt(context.world.now())
    const changed = { status: 'suspended' as const, revoked_at: revokedAt }
    await transaction.updateTable('network_agents').set(changed).where('agent_id', '=', agentId).execute()
    call.log.info({ agentId, reason }, 'an agent was revoked by its credential provider')
    return accept(agentToWire({ ...agent, ...changed }))
  })
}

/** Tells the credential provider what the network did to an agent by itself (EXT-KYA-15). */
export const tellProvider = (
  context: NetworkContext,
  transaction: NetworkDatabase,
  agent: { readonly agent_id: string; readonly credential_provider_id: string },
  reason: string,
): Promise<void> =>
  notify(transaction, context, 'credential-provider.notifyAgent', agent.credential_provider_id, {
    ...{ agentId: agent.agent_id, agentStatus: 'revoked', reason, at: formatTime(context.world.now()) },
  })

export const agentKeyOperations = (context: NetworkContext): ServedOperations => ({
  'network.rotateAgentKey': (request, call) => rotate(context, request, call),
  'network.revokeAgent': (request, call) => revoke(context, request, call),
})
