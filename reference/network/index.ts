/** The network: keeps agents, bindings, mandates, tokens and evidence, and stands between everybody else. */
import type { RoleContext, RoleModule } from '../http/operation.ts'
import { agentOperations } from './agents.ts'
import { authorizationOperations, sweepAuthorizations } from './authorizations.ts'
import { controlOperations, sweepMandates } from './control.ts'
import { listOperations } from './lists.ts'
import { paymentOperations, sweepPayments } from './payments.ts'
import type { NetworkDatabase } from './records.ts'
import { sweepTokens, tokenOperations } from './tokens.ts'

export { networkMigration } from './migration.ts'
export type { NetworkTables } from './tables.ts'

export const networkModule = (context: RoleContext<NetworkDatabase>): RoleModule => ({
  role: 'network',
  operations: {
    ...agentOperations(context),
    ...authorizationOperations(context),
    ...tokenOperations(context),
    ...paymentOperations(context),
    ...controlOperations(context),
    ...listOperations(context),
  },
  callers: {},
  sweep: async () => {
    await sweepAuthorizations(context)
    await sweepTokens(context)
    await sweepMandates(context)
    await sweepPayments(context)
  },
})
