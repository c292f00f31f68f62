/** KYA credentials where they are used: read, bound to key and agent, looked up in a list that is fresh, with the capability (EXT-KYA-2 to 7). */
import { calculateJwkThumbprint } from 'jose'
import { accept, enforces, type Outcome, refuse } from '../../core/index.ts'
import { type FetchedList, readKya, useKya } from '../../core/trust/kya.ts'
import { verifyStatusList } from '../../core/trust/status-list.ts'
import type { AgentRow } from '../agents.ts'
import type { NetworkContext } from '../context.ts'

/** Longest a status is trusted after it was fetched, whatever its list says. */
const stalenessMaxSeconds = 300

/** What an agent has to be able to do to get a payment token. */
const capability = 'shopping'

/** Most lists that are remembered at a time. */
const listsMax = 1_000

/** Lists as they were fetched, by network and address; a restart forgets them, which only costs a call. */
const fetched = new WeakMap<object, Map<string, FetchedList>>()

/** The list, fetched anew where the one at hand is older than it may be; nothing where nobody gives it. */
const listFor = async (
  context: NetworkContext,
  uri: string,
  provider: { readonly id: string; readonly jwks: { readonly keys: readonly { kid: string }[] } },
): Promise<FetchedList | undefined> => {
  const lists = fetched.get(context.key) ?? new Map<string, FetchedList>()
  fetched.set(context.key, lists)
  const now = context.world.now()
  const known = lists.get(uri)
  if (known && now >= known.fetchedAt && now - known.fetchedAt <= Math.min(known.ttl, stalenessMaxSeconds)) return known
  const answer = await context.neighbours.call('credential-provider.inquiryStatusList', provider.id, { uri })
  if (!answer.ok) return known
  const claims = await verifyStatusList(answer.value.statusList, uri, { keys: [...provider.jwks.keys] as never }, now)
  if (!claims.ok) return known
  const list = { uri, lst: claims.value.status_list.lst, ttl: claims.value.ttl, fetchedAt: now }
  if (lists.size >= listsMax) lists.clear()
  lists.set(uri, list)
  return list
}

/** Whether a credential that was shown allows this agent a payment token now; nothing shown, nothing to judge. */
export const checkCredential = async (
  context: NetworkContext,
  agent: AgentRow,
  credential: string | undefined,
): Promise<Outcome<true>> => {
  if (credential === undefined) return accept(true)
  const { world, neighbours } = context
  const provider = await neighbours.find('credential-provider', agent.credential_provider_id)
  if (!provider) return refuse('kya-credential-invalid', { field: '/kyaCredential' })
  const claims = await readKya(credential, provider.jwks, world)
  if (!claims.ok) return refuse('kya-credential-invalid', { field: '/kyaCredential' })
  const { iss, sub, agent_version: version } = claims.value
  const own = iss === provider.id && sub === agent.agent_id && version === JSON.parse(agent.profile).version
  if (!own && enforces(world, 'EXT-KYA-3')) return refuse('kya-credential-invalid', { field: '/kyaCredential' })
  const keyThumbprint = await calculateJwkThumbprint(JSON.parse(agent.key_jwk))
  const list = await listFor(context, claims.value.status.status_list.uri, provider)
  const use = { claims: claims.value, keyThumbprint, capability, list, now: world.now(), stalenessMaxSeconds }
  return useKya(use, world)
}
