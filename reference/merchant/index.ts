/** A merchant: sells goods, verifies the assurance chain before anything reaches its acquirer, and keeps orders. */
import type { RoleModule } from '../http/operation.ts'
import { goodsOperations } from './goods.ts'
import { orderOperations } from './orders.ts'
import type { MerchantContext } from './tables.ts'

export { stock } from './goods.ts'
export { type MerchantContext, type MerchantProfile, type MerchantTables, merchantMigration } from './tables.ts'

export const merchantModule = (context: MerchantContext): RoleModule => ({
  role: 'merchant',
  operations: { ...goodsOperations(context), ...orderOperations(context) },
  callers: {},
})
