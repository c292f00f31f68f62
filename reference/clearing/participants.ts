/** Who takes part: agents the network vouches for, admitted when they are first seen or by the network itself. */
import { calculateJwkThumbprint, type JWK } from 'jose'
import type { Message } from '../../schemas/index.ts'
import { microMax, readMicro } from '../core/clearing/index.ts'
import { accept, enforces, exponentOf, type Outcome, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { admit, prefund } from './admission.ts'
import { again, type ClearingContext } from './context.ts'
import { participantAccount } from './tables.ts'

type Wire = Message<'extensions/clearing/participant'>

const knownKey = async ({ database }: ClearingContext, agentId: string): Promise<JWK | undefined> => {
  const row = await database
    .selectFrom('clearing_participants')
    .select('agent_key')
    .where('participant_id', '=', agentId)
    .executeTakeFirst()
  return row?.agent_key ? JSON.parse(row.agent_key) : undefined
}

/**
 * The key its network answers for an agent, which is then kept (EXT-CLEARING-44). Where the network knows nothing of it
 * or says nothing, the key on record counts; of an agent that was stopped none does.
 */
const askedKey = async (
  context: ClearingContext,
  agentId: string,
  known: JWK | undefined,
): Promise<JWK | undefined> => {
  const network = await context.neighbours.find('network')
  const agent = network && (await context.neighbours.call('network.inquiryAgent', network.id, { agentId }))
  if (!agent?.ok) return known
  if (agent.value.agentStatus !== 'active') return undefined
  const key = JSON.stringify(agent.value.agentKey)
  await context.database
    .insertInto('clearing_participants')
    .values({ participant_id: agentId, agent_key: key })
    .onConflict((conflict) => conflict.column('participant_id').doUpdateSet({ agent_key: key }))
    .execute()
  return agent.value.agentKey as JWK
}

const wellFormed = (agentId: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,127}$/.test(agentId)

/** The key of an agent: the one on record, or else what its network answers. */
const agentKeyOf = async (context: ClearingContext, agentId: string): Promise<JWK | undefined> => {
  const known = await knownKey(context, agentId)
  return known || !wellFormed(agentId) ? known : askedKey(context, agentId, known)
}

/** How long an answer of the network counts, and how long none, or one with another key than is asked for. */
const freshSeconds = 60
const staleSeconds = 5
const askedMax = 100_000

/**
 * Keys for callers that are not verified yet. The network is asked for each agent once a minute, so that a key that was
 * replaced and an agent that was stopped are out of date soon; whoever makes identifiers up has it asked no more often.
 */
export const callerKeys = (context: ClearingContext) => {
  const asked = new Map<string, number>()
  return async (agentId: string, kid: string): Promise<JWK | undefined> => {
    const known = await knownKey(context, agentId)
    const now = context.world.now()
    const age = now - (asked.get(agentId) ?? Number.NEGATIVE_INFINITY)
    const enough = known?.kid === kid ? freshSeconds : staleSeconds
    if ((age >= 0 && age < enough) || !wellFormed(agentId)) return known
    if (asked.size >= askedMax) asked.clear()
    asked.set(agentId, now)
    return askedKey(context, agentId, known)
  }
}

/** RFC 7638 thumbprint of the key of an agent. */
export const thumbprintOf = async (context: ClearingContext, agentId: string): Promise<string> => {
  const key = await agentKeyOf(context, agentId)
  return key ? calculateJwkThumbprint(key) : ''
}

const accountOf = ({ database }: ClearingContext, participantId: string, currency: string, scale: number) =>
  database
    .selectFrom('clearing_accounts')
    .select(['credits', 'debits', 'floor'])
    .where('account_id', '=', participantAccount(participantId, currency, scale))
    .executeTakeFirst()

/** Gives an agent an account where it has none, without credit. */
export const seat = async (
  context: ClearingContext,
  participantId: string,
  currency: string,
  scale: number,
): Promise<Outcome<true>> => {
  if (await accountOf(context, participantId, currency, scale)) return accept(true)
  const vouched = (await agentKeyOf(context, participantId)) !== undefined
  if (!vouched && enforces(context.world, 'EXT-CLEARING-44')) return refuse('participant-unknown')
  return again(() => admit(context.engine, { participantId, currency, scale, creditLimit: 0n }))
}

const show = async (
  context: ClearingContext,
  participantId: string,
  currency: string,
  scale: number,
): Promise<Outcome<Wire>> => {
  const account = await accountOf(context, participantId, currency, scale)
  if (!account) return refuse('participant-unknown')
  const agentKey = await knownKey(context, participantId)
  return accept({
    participantId,
    currency,
    scale,
    ...(agentKey ? { agentKey: agentKey as Message<'common/public-jwk'> } : {}),
    creditLimit: (-account.floor).toString(),
    balance: (account.credits - account.debits).toString(),
  })
}

export const participantOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.inquiryParticipant': async ({ participantId, currency, scale }, { caller }) => {
    const own = caller.kind === 'party' || caller.id === participantId
    if (!own && enforces(context.world, 'EXT-HTTP-34')) return refuse('participant-unknown')
    return show(context, participantId, currency, scale)
  },
  'clearing.admitParticipant': async ({ participantId, currency, scale, creditLimit, agentKey }) => {
    if (exponentOf(currency) === undefined) return refuse('currency-mismatch', { field: '/currency' })
    const limit = BigInt(creditLimit)
    if (limit > microMax) return refuse('micro-amount-overflow', { field: '/creditLimit' })
    const key = agentKey && JSON.stringify(agentKey)
    const admitted = await again(() =>
      admit(context.engine, { participantId, currency, scale, creditLimit: limit, agentKey: key }),
    )
    return admitted.ok ? show(context, participantId, currency, scale) : admitted
  },
  'clearing.prefund': async ({ participantId, reference, amount }) => {
    const money = readMicro(amount)
    if (!money.ok) return { ok: false, refusal: { ...money.refusal, field: '/amount' } }
    const taken = await again(() => prefund(context.engine, participantId, money.value, reference))
    return taken.ok ? show(context, participantId, amount.currency, amount.scale) : taken
  },
})
