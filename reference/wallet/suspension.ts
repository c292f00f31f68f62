/** Suspensions by the owner: an overlay on mandates and bindings that S2 and the debit look at, each in its own transaction (EXT-CONTROL). */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, type Refusal, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { WalletContext } from './context.ts'
import type { MandateRow, WalletDatabase } from './tables.ts'

type Request = Message<'extensions/control/suspend-request'>
type Suspension = Message<'extensions/control/suspension'>

/** Why a mandate does nothing now though it is activated: it or its binding is suspended (EXT-CONTROL-1). */
export const whySuspended = async (
  { world }: Pick<WalletContext, 'world'>,
  database: WalletDatabase,
  { mandate_id: mandateId, binding_id: bindingId }: MandateRow,
  rule: 'guard' | 'debit',
): Promise<Refusal | undefined> => {
  const row = await database
    .selectFrom('wallet_suspensions')
    .select('id')
    .where('id', 'in', [mandateId, bindingId])
    .executeTakeFirst()
  return row && enforces(world, `EXT-CONTROL-1:${rule}`) ? refuse('mandate-suspended').refusal : undefined
}

/**
 * The mandates a suspension is about, their rows locked: a debit comes before or after it, never in between. Nothing
 * where it is not the caller's (EXT-CONTROL-3).
 */
const lockScope = async (
  { world }: WalletContext,
  transaction: WalletDatabase,
  { scope, id }: Request,
  userId: string,
): Promise<boolean> => {
  const mine = enforces(world, 'EXT-CONTROL-3')
  if (scope === 'binding') {
    const bindings = transaction.selectFrom('wallet_bindings').select('binding_id').where('binding_id', '=', id)
    const binding = await (mine ? bindings.where('user_id', '=', userId) : bindings).executeTakeFirst()
    if (!binding) return false
  }
  const mandates = transaction
    .updateTable('wallet_mandates')
    .set(({ ref }) => ({ captured: ref('captured') }))
    .where(scope === 'binding' ? 'binding_id' : 'mandate_id', '=', id)
  const locked = await (mine ? mandates.where('user_id', '=', userId) : mandates).executeTakeFirst()
  return scope === 'binding' || locked.numUpdatedRows > 0n
}

const set = (context: WalletContext, request: Request, userId: string): Promise<Outcome<Suspension>> =>
  inTransaction(context.database, async (transaction) => {
    const { world } = context
    const { scope, id, suspended } = request
    if (!(await lockScope(context, transaction, request, userId)))
      return refuse(scope === 'binding' ? 'binding-unknown' : 'mandate-unknown', { field: '/id' })
    const at = BigInt(world.now())
    if (suspended)
      await transaction
        .insertInto('wallet_suspensions')
        .values({ id, user_id: userId, since: at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    else {
      await transaction.deleteFrom('wallet_suspensions').where('id', '=', id).execute()
      /** Only the mutant that brings back what ended comes here. */
      if (!enforces(world, 'EXT-CONTROL-2'))
        await transaction
          .updateTable('wallet_mandates')
          .set({ status: 'activated' })
          .where('mandate_id', '=', id)
          .execute()
    }
    return accept({ scope, id, suspended, at: formatTime(Number(at)) })
  })

export const suspensionOperations = (context: WalletContext): ServedOperations => ({
  'wallet.setSuspension': (request, { caller }) => set(context, request, caller.id),
})
