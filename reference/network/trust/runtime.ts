/** Runtime identity at a token request: user, exact version and attested runtime, all three or refused without saying which (EXT-KYA-10 to 13). */
import { calculateJwkThumbprint, type JWK } from 'jose'
import { type Kysely, type Migration, sql } from 'kysely'
import type { Message } from '../../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, refuse } from '../../core/index.ts'
import { type Attestation, type AttestationPort, eatVerifier, identifyRuntime } from '../../core/trust/runtime.ts'
import type { Call, RoleModule, ServedOperations } from '../../http/operation.ts'
import { type AgentRow, ownAgent } from '../agents.ts'
import type { NetworkContext } from '../context.ts'
import type { MandateRow } from '../records.ts'

/** How long a challenge may be answered, in seconds. */
const challengeSeconds = 300

/** Tables of challenges and of the attestation verifiers a network trusts. */
export const runtimeMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of [
      `create table network_challenges (challenge text primary key, agent_id text not null references network_agents (agent_id),
        expires_at bigint not null, used bigint not null check (used in (0, 1)))`,
      'create index network_challenges_end on network_challenges (expires_at)',
      'create table network_attesters (issuer text primary key, jwks text not null)',
    ])
      await sql.raw(statement).execute(database)
  },
}

/** The verifiers this network trusts, as a port; other forms of attestation fit in its place. */
const portOf = async ({ database }: NetworkContext): Promise<AttestationPort> => {
  const rows = await database.selectFrom('network_attesters').selectAll().execute()
  return eatVerifier(new Map(rows.map(({ issuer, jwks }) => [issuer, JSON.parse(jwks) as { keys: JWK[] }])))
}

/** What an attestation says before anybody trusts it: only to find the challenge it answers. */
const claimedChallenge = (evidence: string): string | undefined => {
  try {
    return JSON.parse(Buffer.from(evidence.split('.')[1] ?? '', 'base64url').toString('utf8')).eat_nonce
  } catch {
    return undefined
  }
}

/** Takes a challenge for good; false where it was given to nobody, to another agent, or is used or over (EXT-KYA-11). */
const takeChallenge = async (context: NetworkContext, challenge: string, agentId: string): Promise<boolean> => {
  const { database, world } = context
  const once = enforces(world, 'EXT-KYA-11')
  const open = database
    .updateTable('network_challenges')
    .set({ used: 1n })
    .where('challenge', '=', challenge)
    .where('agent_id', '=', agentId)
    .where('expires_at', '>', BigInt(world.now()))
  const taken = await (once ? open.where('used', '=', 0n) : open).executeTakeFirst()
  return taken.numUpdatedRows === 1n
}

/** The challenge of a request that was answered with nothing counts again, as its nonces do: the same request may come again. */
export const giveChallengeBack = async ({ database }: NetworkContext, evidence: string | undefined): Promise<void> => {
  const challenge = evidence === undefined ? undefined : claimedChallenge(evidence)
  if (challenge === undefined) return
  await database.updateTable('network_challenges').set({ used: 0n }).where('challenge', '=', challenge).execute()
}

/** Only mutants read an attestation other than it is. */
const asRead =
  (port: AttestationPort, { world }: NetworkContext, version: string): AttestationPort =>
  async (evidence): Promise<Attestation | undefined> => {
    const claims = await port(evidence)
    if (!claims) return claims
    const young = enforces(world, 'EXT-KYA-12') ? {} : { iat: world.now(), dbgstat: 'disabled' as const }
    const exact = enforces(world, 'EXT-KYA-10') ? {} : { swversion: version }
    return { ...claims, ...young, ...exact }
  }

/** Whether an attestation that was given holds; nothing given, nothing to judge. */
export const checkRuntime = async (
  context: NetworkContext,
  agent: AgentRow,
  mandate: MandateRow,
  evidence: string | undefined,
): Promise<Outcome<'attested' | 'unattested'>> => {
  if (evidence === undefined) return accept('unattested')
  const { world } = context
  const challenge = claimedChallenge(evidence) ?? ''
  const { version } = JSON.parse(agent.profile)
  const taken = await takeChallenge(context, challenge, agent.agent_id)
  const identified = await identifyRuntime(
    asRead(await portOf(context), context, version),
    evidence,
    {
      ...{ userReference: mandate.user_reference, agentId: agent.agent_id, agentVersion: version, challenge },
      ...{ keyThumbprint: await calculateJwkThumbprint(JSON.parse(agent.key_jwk)), used: new Set() },
    },
    world.now(),
  )
  if (identified.ok && taken) return accept('attested')
  const silent = enforces(world, 'EXT-KYA-13')
  return refuse('runtime-attestation-invalid', silent ? {} : { detail: taken ? 'claims' : 'challenge' })
}

const challenge = async (
  context: NetworkContext,
  agentId: string,
  call: Call,
): Promise<Outcome<Message<'extensions/kya/challenge'>>> => {
  const own = await ownAgent(context, agentId, call)
  if (!own.ok) return own
  const { database, world } = context
  const fresh = world.nonce()
  const expiresAt = world.now() + challengeSeconds
  await database
    .insertInto('network_challenges')
    .values({ challenge: fresh, agent_id: agentId, expires_at: BigInt(expiresAt), used: 0n })
    .execute()
  return accept({ challenge: fresh, expiresAt: formatTime(expiresAt) })
}

/** Forgets challenges nobody can answer any more. */
export const sweepChallenges = async ({ database, world }: NetworkContext): Promise<void> => {
  await database.deleteFrom('network_challenges').where('expires_at', '<', BigInt(world.now())).execute()
}

/** Makes the network trust an attestation verifier, for tests. */
export const runtimeHooks = ({ database }: NetworkContext): NonNullable<RoleModule['hooks']> => ({
  trustAttester: async ({ issuer, jwks }: Message<'hooks/trust-attester-request'>) => {
    const row = { jwks: JSON.stringify(jwks) }
    await database
      .insertInto('network_attesters')
      .values({ issuer, ...row })
      .onConflict((conflict) => conflict.column('issuer').doUpdateSet(row))
      .execute()
    return accept({})
  },
})

export const runtimeOperations = (context: NetworkContext): ServedOperations => ({
  'network.createChallenge': ({ agentId }, call) => challenge(context, agentId, call),
})
