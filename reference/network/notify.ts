/** Notifications of the network: stored with the change they tell of, sent until they are taken (EXT-HTTP-45). */
import type { OperationName, RequestOf } from '../../schemas/index.ts'
import { enforces, formatTime } from '../core/index.ts'
import { enqueue } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import type { MandateRow, NetworkDatabase } from './records.ts'

/** Puts a notification into the outbox of the same transaction. */
export const notify = <Name extends Extract<OperationName, `${string}.notify${string}`>>(
  transaction: NetworkDatabase,
  context: NetworkContext,
  operation: Name,
  peerId: string,
  body: RequestOf<Name>,
): Promise<void> =>
  enqueue(transaction, {
    sender: context.key.id,
    operation,
    peerId,
    body,
    now: context.world.now(),
    id: context.world.id('notice'),
  })

/** Tells every clearing that holds budget of a mandate how it ended (EXT-CLEARING-42). */
export const tellClearings = async (
  transaction: NetworkDatabase,
  context: NetworkContext,
  mandateId: string,
  end: { readonly mandateStatus: MandateRow['status']; readonly reason: string },
): Promise<void> => {
  if (!enforces(context.world, 'EXT-CLEARING-42')) return
  const holders = await transaction
    .selectFrom('network_grants')
    .select('clearing_id')
    .distinct()
    .where('mandate_id', '=', mandateId)
    .where('status', '=', 'held')
    .execute()
  for (const { clearing_id } of holders)
    await notify(transaction, context, 'clearing.notifyMandate', clearing_id, {
      mandateId,
      ...end,
      at: formatTime(context.world.now()),
    })
}
