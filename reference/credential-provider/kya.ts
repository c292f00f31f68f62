/** KYA credentials at their issuer: signed when asked for, listed by status, rotated with their key, suspended when a review is overdue (EXT-KYA). */
import { calculateJwkThumbprint } from 'jose'
import { type Kysely, type Migration, type Selectable, sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, hashOf, type Outcome, parseTime, refuse } from '../core/index.ts'
import { issueKya, type KyaClaims, type KyaLife, type KyaStep, stepKya, withhold } from '../core/trust/kya.ts'
import { packStatuses, signStatusList } from '../core/trust/status-list.ts'
import type { Call, RoleModule, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { isSelf, networkOf, type ProviderContext, type ProviderDatabase } from './context.ts'
import type { CredentialProviderTables } from './tables.ts'

type Row = Selectable<CredentialProviderTables['provider_kya']>
type Registered = Message<'trust/agent'>

/** Tables of KYA credentials, beside those of the credential provider. */
export const kyaMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql
      .raw(
        `create table provider_kya (agent_id text primary key references provider_agents (agent_id), place bigint not null unique,
          status text not null check (status in ('valid', 'revoked', 'suspended')), review_due bigint not null, thumbprint text not null,
          review_digest text not null)`,
      )
      .execute(database)
  },
}

/** Seconds a list may be cached, and after which it is no word any more. */
const listSeconds = { ttl: 60, life: 600 }

/** Address of the list of a credential provider; it is asked for by operation. */
const listOf = ({ key }: ProviderContext): string => `${key.id}/status-list`

/**
 * Puts an agent on the list, once, at the place after the last. Whoever adds one holds the first entry, so that places are
 * given one at a time, however many come at once.
 */
export const enlist = async ({ database }: ProviderContext, agent: Registered, reviewDigest: string): Promise<void> => {
  const thumbprint = await calculateJwkThumbprint(agent.agentKey)
  const add = async (transaction: ProviderDatabase): Promise<void> => {
    await transaction
      .updateTable('provider_kya')
      .set(({ ref }) => ({ status: ref('status') }))
      .where('place', '=', 0n)
      .execute()
    const { last } = await transaction
      .selectFrom('provider_kya')
      .select(({ fn }) => fn.max<bigint | null>('place').as('last'))
      .executeTakeFirstOrThrow()
    await transaction
      .insertInto('provider_kya')
      .values({
        ...{ agent_id: agent.agentId, place: last === null ? 0n : BigInt(last) + 1n, status: 'valid', thumbprint },
        ...{ review_due: BigInt(parseTime(agent.reviewDueAt) ?? 0), review_digest: reviewDigest },
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await database.transaction().execute(add)
  // Where several find the list empty there is no first entry to hold: one gets the place, the others come again.
  if (!(await rowOf(database, agent.agentId))) await database.transaction().execute(add)
  if (!(await rowOf(database, agent.agentId))) throw new Error('the status list has no place for the agent')
}

const rowOf = (database: ProviderDatabase, agentId: string): Promise<Row | undefined> =>
  database.selectFrom('provider_kya').selectAll().where('agent_id', '=', agentId).executeTakeFirst()

/** Status now: an overdue review suspends (EXT-KYA-9). */
const statusOf = ({ status, review_due }: Row, { world }: ProviderContext): Row['status'] => {
  const overdue = world.now() >= Number(review_due) && enforces(world, 'EXT-KYA-9')
  return status === 'valid' && overdue ? 'suspended' : status
}

const claimsOf = (context: ProviderContext, row: Row, { profile, agentKey }: Registered): KyaClaims => ({
  ...{ iss: context.key.id, sub: row.agent_id, vct: 'https://schemas.agentic-mobile-protocol.example/2026-11-20/kya' },
  ...{ iat: context.world.now(), exp: Number(row.review_due), review_due: Number(row.review_due) },
  ...{ cnf: { jwk: agentKey }, status: { status_list: { idx: Number(row.place), uri: listOf(context) } } },
  ...{ agent_version: profile.version, kind: 'buyer-agent', capabilities: capabilitiesOf(profile) },
  ...{ operator: profile.operator, developer: profile.developer, review_digest: row.review_digest },
})

/** Capabilities of a profile in the form of a credential. */
const capabilitiesOf = ({ capabilities }: Registered['profile']): string[] => {
  const named = capabilities.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, ''),
  )
  const known = [...new Set(named.filter((name) => name !== ''))].map((name) => name.slice(0, 64)).slice(0, 32)
  return known.length > 0 ? known : ['none']
}

/** The agent as registered, with its newest key. */
const agentOf = async (database: ProviderDatabase, agentId: string): Promise<Registered | undefined> => {
  const row = await database
    .selectFrom('provider_agents')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirst()
  return row && { ...JSON.parse(row.agent), agentKey: JSON.parse(row.key_jwk) }
}

const credential = async (
  context: ProviderContext,
  { agentId, withhold: names = [] }: Message<'extensions/kya/inquiry-kya-request'>,
  call: Call,
): Promise<Outcome<Message<'extensions/kya/kya'>>> => {
  const self = isSelf(context, agentId, call)
  if (!self.ok) return self
  const { database, key, world } = context
  const [row, agent] = [await rowOf(database, agentId), await agentOf(database, agentId)]
  if (!row || !agent) return refuse('agent-unknown', { field: '/agentId' })
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  const whole = claimsOf(context, row, agent)
  const { review_digest: _digest, ...poor } = whole
  const claims = enforces(world, 'EXT-KYA-1') ? whole : (poor as KyaClaims)
  const issued = await issueKya(claims, signer, world)
  return accept({ credential: withhold(issued, names), credentialStatus: statusOf(row, context) })
}

const list = async (context: ProviderContext, uri: string): Promise<Outcome<Message<'extensions/kya/status-list'>>> => {
  const { database, key, world } = context
  if (uri !== listOf(context)) return refuse('agent-unknown', { field: '/uri' })
  const rows = await database.selectFrom('provider_kya').selectAll().orderBy('place').execute()
  const lst = packStatuses(rows.map((row) => statusOf(row, context)))
  const now = world.now()
  const claims = {
    sub: uri,
    iat: now,
    exp: now + listSeconds.life,
    ttl: listSeconds.ttl,
    status_list: { bits: 2, lst },
  }
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  return accept({ statusList: await signStatusList(claims, signer) })
}

/** Takes a step of a credential in one transaction. */
const step = (context: ProviderContext, agentId: string, next: KyaStep): Promise<Outcome<KyaLife>> =>
  inTransaction(context.database, async (transaction) => {
    const row = await transaction
      .updateTable('provider_kya')
      .set(({ ref }) => ({ status: ref('status') }))
      .where('agent_id', '=', agentId)
      .returningAll()
      .executeTakeFirst()
    if (!row) return refuse('agent-unknown', { field: '/agentId' })
    const life = { status: row.status, reviewDue: Number(row.review_due), keyThumbprint: row.thumbprint }
    const stepped = stepKya(life, next, context.world.now())
    if (!stepped.ok) return stepped
    const { status, reviewDue, keyThumbprint } = stepped.value
    await transaction
      .updateTable('provider_kya')
      .set({ status, review_due: BigInt(reviewDue), thumbprint: keyThumbprint })
      .where('agent_id', '=', agentId)
      .execute()
    return stepped
  })

/** A new key: known to the network first, which wants its proof; then it is the key of the credential (EXT-KYA-8). */
const rotate = async (
  context: ProviderContext,
  request: Message<'extensions/kya/rotate-key-request'>,
  call: Call,
): Promise<Outcome<Registered>> => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const row = await rowOf(context.database, request.agentId)
  if (!row) return refuse('agent-unknown', { field: '/agentId' })
  const status = statusOf(row, context)
  if (status !== 'valid' && enforces(context.world, 'EXT-KYA-8'))
    return refuse(status === 'revoked' ? 'kya-revoked' : 'kya-suspended')
  const network = await networkOf(context)
  if (!network.ok) return network
  const rotated = await context.neighbours.call('network.rotateAgentKey', network.value, request)
  if (!rotated.ok) return rotated
  const keyThumbprint = await calculateJwkThumbprint(request.agentKey)
  if (keyThumbprint !== row.thumbprint)
    await step(context, request.agentId, { kind: 'rotate', keyThumbprint, proven: true })
  await context.database
    .updateTable('provider_agents')
    .set({ key_jwk: JSON.stringify(request.agentKey) })
    .where('agent_id', '=', request.agentId)
    .execute()
  return rotated
}

/** What the network did by itself: a revocation is for good, so it is taken as often as it comes (EXT-KYA-16). */
const notified = async (
  context: ProviderContext,
  { agentId, agentStatus }: Message<'extensions/kya/agent-notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  const kind = { revoked: 'revoke', suspended: 'suspend', active: 'resume' } as const
  if (enforces(context.world, 'EXT-KYA-16')) {
    const taken = await step(context, agentId, { kind: kind[agentStatus] })
    if (!taken.ok && taken.refusal.code === 'agent-unknown') return taken
  }
  return accept({ received: true })
}

/** What the staff of a credential provider does about a credential, for tests; the network hears of it first. */
export const kyaHooks = (context: ProviderContext): NonNullable<RoleModule['hooks']> => ({
  stepKya: async ({ agentId, step: kind }: Message<'hooks/step-kya-request'>) => {
    const network = await networkOf(context)
    if (!network.ok) return network
    const request = { agentId, reason: `credential provider: ${kind}` }
    const call = context.neighbours.call
    const told =
      kind === 'suspend'
        ? await call('network.suspendAgent', network.value, request)
        : kind === 'revoke'
          ? await call('network.revokeAgent', network.value, request)
          : kind === 'resume'
            ? await call('network.reinstateAgent', network.value, { agentId })
            : accept(undefined)
    if (!told.ok) return told
    const stepped = await step(context, agentId, { kind })
    return stepped.ok ? accept({ credentialStatus: stepped.value.status }) : stepped
  },
})

export const kyaOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.inquiryKya': (request, call) => credential(context, request, call),
  'credential-provider.inquiryStatusList': ({ uri }) => list(context, uri),
  'credential-provider.rotateKey': (request, call) => rotate(context, request, call),
  'credential-provider.notifyAgent': (notice) => notified(context, notice),
})

/** Digest of the review an agent was registered with. */
export const reviewDigestOf = ({ review }: Pick<Message<'trust/register-agent-request'>, 'review'>): string =>
  hashOf(review)
