/** A merchant: sells goods, verifies the assurance chain before anything reaches its acquirer, and keeps orders. */
import type { RoleModule } from '../http/operation.ts'
import { disputeHooks, disputeOperations } from './disputes.ts'
import { goodsOperations } from './goods.ts'
import { orderOperations } from './orders.ts'
import type { MerchantContext } from './tables.ts'

export { merchantDisputeMigration } from './disputes.ts'
export { stock } from './goods.ts'
export { type MerchantContext, type MerchantProfile, type MerchantTables, merchantMigration } from './tables.ts'

export const merchantModule = (context: MerchantContext): RoleModule => ({
  role: 'merchant',
  extensions: ['dispute'],
  operations: { ...goodsOperations(context), ...orderOperations(context), ...disputeOperations(context) },
  callers: {},
  hooks: disputeHooks(context),
})
