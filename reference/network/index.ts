/** The network: keeps agents, bindings, mandates, tokens and evidence, and stands between everybody else. */
import type { RoleModule } from '../http/operation.ts'
import { agentKeyOperations } from './agent-keys.ts'
import { agentOperations } from './agents.ts'
import { authorizationOperations } from './authorizations.ts'
import { bindingOperations } from './bindings.ts'
import { clearingOperations } from './clearing.ts'
import type { NetworkContext } from './context.ts'
import { listOperations } from './lists.ts'
import { mandateOperations, sweepMandates } from './mandates.ts'
import { paymentOperations, sweepPayments } from './payments.ts'
import { ratingOperations } from './ratings.ts'
import { reportOperations, sweepAuthorizations } from './reports.ts'
import { sweepTokens } from './reservations.ts'
import { tokenOperations } from './tokens.ts'
import { trustModule } from './trust/index.ts'

export type { Gate, NetworkContext } from './context.ts'
export { grantMigration, networkMigration, ratingMigration } from './migration.ts'
export type { NetworkTables } from './tables.ts'
export { disputeMigration, endowPools, retentionMigration, runtimeMigration, trustMigration } from './trust/index.ts'

export const networkModule = (context: NetworkContext): RoleModule => ({
  role: 'network',
  extensions: ['kya', 'rating', 'evidence', 'guarantee', 'refund', 'dispute'],
  operations: {
    ...trustModule(context).operations,
    ...agentOperations(context),
    ...agentKeyOperations(context),
    ...bindingOperations(context),
    ...authorizationOperations(context),
    ...reportOperations(context),
    ...tokenOperations(context),
    ...paymentOperations(context),
    ...mandateOperations(context),
    ...listOperations(context),
    ...ratingOperations(context),
    ...clearingOperations(context),
  },
  callers: {},
  hooks: trustModule(context).hooks,
  sweep: async () => {
    await sweepAuthorizations(context)
    await sweepTokens(context)
    await sweepMandates(context)
    await sweepPayments(context)
    await trustModule(context).sweep()
  },
})
