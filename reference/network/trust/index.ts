/** The trust extensions of the network: evidence, guarantee, and what they do on their own. */
import type { RoleModule } from '../../http/operation.ts'
import type { NetworkContext } from '../context.ts'
import { evidenceOperations } from './bundles.ts'
import { guaranteeOperations, sweepClaims } from './guarantee.ts'

export { trustMigration } from './migration.ts'
export { endowPools } from './pool.ts'

export const trustModule = (context: NetworkContext): Required<Pick<RoleModule, 'operations' | 'sweep'>> => ({
  operations: { ...evidenceOperations(context), ...guaranteeOperations(context) },
  sweep: () => sweepClaims(context),
})
