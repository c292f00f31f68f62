/** An acquirer: collects verified orders of its merchants over the network, in the shape of the published rail. */
import type { RoleModule } from '../http/operation.ts'
import { contractHooks } from './contracts.ts'
import { disputeOperations } from './disputes.ts'
import { paymentOperations } from './payments.ts'
import type { AcquirerContext } from './tables.ts'

export {
  type AcquirerContext,
  type AcquirerTables,
  acquirerContractMigration,
  acquirerDisputeMigration,
  acquirerMigration,
} from './tables.ts'

export const acquirerModule = (context: AcquirerContext): RoleModule => ({
  role: 'acquirer',
  extensions: ['refund', 'dispute'],
  operations: { ...paymentOperations(context), ...disputeOperations(context) },
  callers: {},
  hooks: contractHooks(context),
})
