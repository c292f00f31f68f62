/** The network: keeps agents, bindings, mandates, tokens and evidence, and stands between everybody else. */
import type { RoleContext, RoleModule } from '../http/operation.ts'
import { agentHandlers } from './agents.ts'
import { authorizationHandlers, sweepAuthorizations } from './authorizations.ts'
import { controlHandlers, sweepMandates } from './control.ts'
import { listHandlers } from './lists.ts'
import { paymentHandlers, sweepPayments } from './payments.ts'
import type { NetworkDatabase } from './records.ts'
import { sweepTokens, tokenHandlers } from './tokens.ts'

export { networkMigration } from './migration.ts'
export type { NetworkTables } from './tables.ts'

export const networkModule = (context: RoleContext<NetworkDatabase>): RoleModule => ({
  role: 'network',
  handlers: {
    ...agentHandlers(context),
    ...authorizationHandlers(context),
    ...tokenHandlers(context),
    ...paymentHandlers(context),
    ...controlHandlers(context),
    ...listHandlers(context),
  },
  callers: {},
  sweep: async () => {
    await sweepAuthorizations(context)
    await sweepTokens(context)
    await sweepMandates(context)
    await sweepPayments(context)
  },
})
