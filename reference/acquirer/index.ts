/** An acquirer: collects verified orders of its merchants over the network, in the shape of the published rail. */
import type { RoleModule } from '../http/operation.ts'
import { contractHooks } from './contracts.ts'
import { paymentOperations } from './payments.ts'
import type { AcquirerContext } from './tables.ts'

export { type AcquirerContext, type AcquirerTables, acquirerContractMigration, acquirerMigration } from './tables.ts'

export const acquirerModule = (context: AcquirerContext): RoleModule => ({
  role: 'acquirer',
  operations: paymentOperations(context),
  callers: {},
  hooks: contractHooks(context),
})
