/** What every part of the credential provider is built from, and whom it deals with. */
import type { Kysely } from 'kysely'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import type { Call, RoleContext } from '../http/operation.ts'
import type { CredentialProviderTables } from './tables.ts'

export type ProviderDatabase = Kysely<CredentialProviderTables>
export type ProviderContext = RoleContext<ProviderDatabase>

/** The network this credential provider is a member of. */
export const networkOf = async ({ neighbours }: ProviderContext): Promise<Outcome<string>> => {
  const network = await neighbours.find('network')
  return network ? accept(network.id) : refuse('peer-unavailable', { detail: 'no network is known' })
}

/** An agent acts for itself only (EXT-HTTP-34). */
export const isSelf = ({ world }: ProviderContext, agentId: string, call: Call): Outcome<true> =>
  agentId === call.caller.id || !enforces(world, 'EXT-HTTP-34')
    ? accept(true)
    : refuse('caller-not-allowed', { field: '/agentId' })

/** The session, where it is the caller's. */
export const ownSession = async (context: ProviderContext, sessionId: string, call: Call) => {
  const session = await context.database
    .selectFrom('provider_sessions')
    .selectAll()
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
  return session && isSelf(context, session.agent_id, call).ok ? session : undefined
}
