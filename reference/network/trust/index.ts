/** The trust extensions of the network: evidence, guarantee, refunds, disputes, and what they do on their own. */
import type { RoleModule } from '../../http/operation.ts'
import type { NetworkContext } from '../context.ts'
import { evidenceOperations } from './bundles.ts'
import { letterOperations } from './dead-letters.ts'
import { disputeHooks, disputeOperations, sweepDisputes } from './disputes.ts'
import { guaranteeOperations, sweepClaims } from './guarantee.ts'
import { refundOperations, sweepRefunds } from './refunds.ts'
import { sweepRetention } from './retention.ts'
import { runtimeHooks, runtimeOperations, sweepChallenges } from './runtime.ts'

export { disputeMigration } from './dispute-migration.ts'
export { trustMigration } from './migration.ts'
export { endowPools } from './pool.ts'
export { retentionMigration } from './retention.ts'
export { runtimeMigration } from './runtime.ts'

export const trustModule = (context: NetworkContext): Required<Pick<RoleModule, 'operations' | 'hooks' | 'sweep'>> => ({
  operations: {
    ...evidenceOperations(context),
    ...guaranteeOperations(context),
    ...refundOperations(context),
    ...disputeOperations(context),
    ...letterOperations(context),
    ...runtimeOperations(context),
  },
  hooks: { ...disputeHooks(context), ...runtimeHooks(context) },
  sweep: async () => {
    await sweepClaims(context)
    await sweepDisputes(context)
    await sweepRefunds(context)
    await sweepChallenges(context)
    await sweepRetention(context)
  },
})
