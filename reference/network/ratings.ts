/** The ratings a network keeps: each final payment is an event, each event moves a standing, each standing can be stated. */
import { readFileSync } from 'node:fs'
import type { Selectable } from 'kysely'
import { type Message, packageFile, version } from '../../schemas/index.ts'
import { accept, enforces, formatTime, hashOf, type Outcome, type Refusal, refuse } from '../core/index.ts'
import {
  applyEvent,
  newStanding,
  type Rating,
  type RatingEvent,
  type RatingPolicy,
  ratingOf,
  type Standing,
} from '../core/trust/rating.ts'
import { signStatement, statementClaims } from '../core/trust/statement.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import type { NetworkContext } from './context.ts'
import type { NetworkDatabase } from './records.ts'
import type { NetworkTables } from './tables.ts'

const policy: RatingPolicy = JSON.parse(
  readFileSync(packageFile('schemas', version, 'extensions/rating/policy.json'), 'utf8'),
)

/** The policy as it is applied: that of the package, unless a mutant leaves one of its bounds out. */
const policyInForce = (world: NetworkContext['world']): RatingPolicy => {
  const { earning } = policy
  const countedFrom = enforces(world, 'EXT-RATING-6')
    ? earning.countedFrom
    : earning.countedFrom.map(({ currency }) => ({ currency, value: '1' }))
  const bounds = enforces(world, 'EXT-RATING-8') ? {} : { perDayMax: 1000, perMerchantMax: 1000, perPayment: 100 }
  const start = enforces(world, 'EXT-RATING-4') ? policy.start : policy.start + 1
  return { ...policy, start, earning: { ...earning, countedFrom, ...bounds } }
}

/** Events given in one answer. */
const stretch = 100

type PaymentRow = Selectable<NetworkTables['network_payments']>
type AgentRow = Selectable<NetworkTables['network_agents']>

const pack = (standing: Standing): string => JSON.stringify({ ...standing, earned: [...standing.earned] })

const unpack = (text: string): Standing => {
  const packed = JSON.parse(text)
  return { ...packed, earned: new Map(packed.earned) }
}

const agentOf = (database: NetworkDatabase, agentId: string): Promise<AgentRow | undefined> =>
  database.selectFrom('network_agents').selectAll().where('agent_id', '=', agentId).executeTakeFirst()

/** The standing of an agent, locked until the transaction ends. */
const lockStanding = async (transaction: NetworkDatabase, agent: AgentRow): Promise<Standing> => {
  await transaction
    .insertInto('network_standings')
    .values({ agent_id: agent.agent_id, standing: pack(newStanding(Number(agent.registered_at))) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { standing } = await transaction
    .updateTable('network_standings')
    .set(({ ref }) => ({ standing: ref('standing') }))
    .where('agent_id', '=', agent.agent_id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return unpack(standing)
}

/** Whether onboarding shows payer and payee to be one: operator or developer of the agent bears the merchant's name. */
export const areLinked = ({ profile }: AgentRow, merchantName: string): boolean => {
  const { operator, developer } = JSON.parse(profile)
  const same = (name: unknown): boolean => String(name).trim().toLowerCase() === merchantName.trim().toLowerCase()
  return same(operator) || same(developer)
}

/** A final payment as an event; a failure counts only where a guard of the wallet refused it. */
const eventOf = (
  agent: AgentRow,
  payment: PaymentRow,
  refusal: Refusal | undefined,
  at: number,
): RatingEvent | undefined => {
  if (refusal && refusal.stage === undefined) return undefined
  const { merchant } = JSON.parse(payment.payment_order)
  return {
    ...{ eventId: payment.payment_id, agentId: agent.agent_id, at: formatTime(at) },
    kind: refusal ? 'guard-refused' : 'payment-succeeded',
    merchantId: hashOf([payment.acquirer_id, merchant.referenceMerchantId]),
    amount: { currency: payment.currency, value: payment.amount.toString() },
    related: areLinked(agent, merchant.merchantName),
    evidenceDigest: payment.request_hash,
  }
}

/** Takes one more event into a standing whose row is locked. */
const takeEvent = async (
  { world }: Pick<NetworkContext, 'world'>,
  transaction: NetworkDatabase,
  standing: Standing,
  event: RatingEvent,
): Promise<Standing> => {
  const after = applyEvent(policyInForce(world), standing, event)
  await transaction
    .insertInto('network_rating_events')
    .values({
      ...{ agent_id: event.agentId, position: BigInt(standing.count) },
      ...{ event_id: event.eventId, event: JSON.stringify(event) },
    })
    .execute()
  await transaction
    .updateTable('network_standings')
    .set({ standing: pack(after) })
    .where('agent_id', '=', event.agentId)
    .execute()
  return after
}

/** Takes a final payment into the rating of its agent, in the transaction that makes it final, so that it counts once. */
export const ratePayment = async (
  { world }: NetworkContext,
  transaction: NetworkDatabase,
  agentId: string,
  payment: PaymentRow,
  refusal: Refusal | undefined,
): Promise<void> => {
  const agent = await agentOf(transaction, agentId)
  if (!agent || !enforces(world, 'EXT-RATING-1:record')) return
  const standing = await lockStanding(transaction, agent)
  /** A test clock may go back; the record does not. */
  const event = eventOf(agent, payment, refusal, Math.max(world.now(), standing.at))
  if (event) await takeEvent({ world }, transaction, standing, event)
}

const signerOf = ({ key }: Pick<NetworkContext, 'key'>) => ({ kid: key.publicJwk.kid, privateKey: key.privateKey })

/** The statement of a standing at this moment, signed. */
const signStanding = (context: Pick<NetworkContext, 'key' | 'world'>, agent: AgentRow, standing: Standing) => {
  const { key, world } = context
  const registeredAt = Number(agent.registered_at)
  const occasion = { iss: key.id, sub: agent.agent_id, iat: Math.max(world.now(), standing.at), registeredAt }
  return signStatement(statementClaims(policyInForce(world), standing, occasion), signerOf(context))
}

/** The rating of an agent as a signed statement, its standing locked until the transaction ends. */
export const stateRating = async (
  context: Pick<NetworkContext, 'key' | 'world'>,
  transaction: NetworkDatabase,
  agentId: string,
): Promise<string> => {
  const agent = await transaction
    .selectFrom('network_agents')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirstOrThrow()
  return signStanding(context, agent, await lockStanding(transaction, agent))
}

/** Something other than a payment that costs an agent trust, once under its name; gives the rating it leaves, signed. */
export const rateEvent = async (
  context: Pick<NetworkContext, 'key' | 'world'>,
  transaction: NetworkDatabase,
  agentId: string,
  happened: Pick<RatingEvent, 'eventId' | 'kind' | 'evidenceDigest' | 'merchantId'>,
): Promise<string> => {
  const agent = await transaction
    .selectFrom('network_agents')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirstOrThrow()
  const standing = await lockStanding(transaction, agent)
  const at = formatTime(Math.max(context.world.now(), standing.at))
  const after = await takeEvent(context, transaction, standing, { ...happened, agentId, at })
  return signStanding(context, agent, after)
}

/** The rating of an agent at this moment. */
export const currentRating = async ({ database, world }: NetworkContext, agent: AgentRow): Promise<Rating> => {
  const row = await database
    .selectFrom('network_standings')
    .selectAll()
    .where('agent_id', '=', agent.agent_id)
    .executeTakeFirst()
  const standing = row ? unpack(row.standing) : newStanding(Number(agent.registered_at))
  return ratingOf(policyInForce(world), standing, Math.max(world.now(), standing.at))
}

/** The agent, where its credential provider asks, or a wallet it is bound at. */
const visibleAgent = async (
  { database }: NetworkContext,
  agentId: string,
  { caller }: Call,
): Promise<Outcome<AgentRow>> => {
  const agent = await agentOf(database, agentId)
  const bound = await database
    .selectFrom('network_bindings')
    .select('binding_id')
    .where('agent_id', '=', agentId)
    .where('wallet_id', '=', caller.id)
    .executeTakeFirst()
  return agent && (agent.credential_provider_id === caller.id || bound)
    ? accept(agent)
    : refuse('agent-unknown', { field: '/agentId' })
}

/** States a rating, with its policy and a stretch of its events (EXT-RATING-9, 10). */
const state = async (
  context: NetworkContext,
  { agentId, fromPosition = 0 }: Message<'extensions/rating/inquiry-rating-request'>,
  call: Call,
): Promise<Outcome<Message<'extensions/rating/agent-rating'>>> => {
  const { database, key, world } = context
  const agent = await visibleAgent(context, agentId, call)
  if (!agent.ok) return agent
  const row = await database
    .selectFrom('network_standings')
    .selectAll()
    .where('agent_id', '=', agentId)
    .executeTakeFirst()
  const registeredAt = Number(agent.value.registered_at)
  const standing = row ? unpack(row.standing) : newStanding(registeredAt)
  const rows = await database
    .selectFrom('network_rating_events')
    .select('event')
    .where('agent_id', '=', agentId)
    .where('position', '>=', BigInt(fromPosition))
    .where('position', '<', BigInt(Math.min(fromPosition + stretch, standing.count)))
    .orderBy('position')
    .execute()
  const iat = Math.max(world.now(), standing.at)
  const honest = statementClaims(policyInForce(world), standing, { iss: key.id, sub: agentId, iat, registeredAt })
  const claims = enforces(world, 'EXT-RATING-2') ? honest : { ...honest, score: honest.score + 1000 }
  return accept({
    statement: await signStatement(claims, signerOf(context)),
    policy,
    events: rows.map(({ event }) => JSON.parse(event)),
    eventsTotal: standing.count,
  })
}

export const ratingOperations = (context: NetworkContext): ServedOperations => ({
  'network.inquiryRating': (request, call) => state(context, request, call),
})
