/** The credential provider: reviews agents, vouches for them, and is their only way to the network. */
import type { RoleModule } from '../http/operation.ts'
import { agentOperations } from './agents.ts'
import { bindingOperations } from './bindings.ts'
import type { ProviderContext } from './context.ts'
import { kyaHooks, kyaOperations } from './kya.ts'
import { noticeOperations } from './notices.ts'
import { sessionOperations } from './sessions.ts'
import { tokenOperations } from './tokens.ts'

export { kyaMigration } from './kya.ts'
export { credentialProviderMigration } from './migration.ts'
export type { CredentialProviderTables } from './tables.ts'

export const credentialProviderModule = (context: ProviderContext): RoleModule => ({
  role: 'credential-provider',
  extensions: ['kya'],
  hooks: kyaHooks(context),
  operations: {
    ...agentOperations(context),
    ...sessionOperations(context),
    ...bindingOperations(context),
    ...tokenOperations(context),
    ...noticeOperations(context),
    ...kyaOperations(context),
  },
  callers: {
    agentKey: async (agentId) => {
      const row = await context.database
        .selectFrom('provider_agents')
        .select('key_jwk')
        .where('agent_id', '=', agentId)
        .executeTakeFirst()
      return row && JSON.parse(row.key_jwk)
    },
  },
})
