/** Merchants under contract: an acquirer collects for nobody else, and attests who each of them is. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import type { RoleModule } from '../http/operation.ts'
import type { AcquirerContext } from './tables.ts'

type Merchant = Message<'common/merchant'>

const attested = async ({ database, merchants }: AcquirerContext, id: string): Promise<Merchant | undefined> => {
  const configured = merchants.get(id)
  if (configured) return configured
  const row = await database
    .selectFrom('acquirer_merchants')
    .select('merchant')
    .where('merchant_id', '=', id)
    .executeTakeFirst()
  return row && JSON.parse(row.merchant)
}

/** What the acquirer attests of the merchant that calls; a merchant without contract is refused (EXT-HTTP-33). */
export const contractOf = async (
  context: AcquirerContext,
  merchantId: string,
  claimed: Merchant,
): Promise<Outcome<Merchant>> => {
  const merchant = await attested(context, merchantId)
  if (!merchant && enforces(context.world, 'EXT-HTTP-33:contract'))
    return refuse('caller-not-allowed', { detail: 'no contract with this merchant' })
  return accept(merchant && enforces(context.world, 'AMP-PAY-042:attested') ? merchant : claimed)
}

/** Puts a merchant under contract, for tests. */
export const contractHooks = ({ database }: AcquirerContext): NonNullable<RoleModule['hooks']> => ({
  registerMerchant: async ({ id, merchant }: Message<'hooks/register-merchant-request'>) => {
    const row = { merchant: JSON.stringify(merchant) }
    await database
      .insertInto('acquirer_merchants')
      .values({ merchant_id: id, ...row })
      .onConflict((conflict) => conflict.column('merchant_id').doUpdateSet(row))
      .execute()
    return accept({})
  },
})
