/** Notifications of the network: stored with the change they tell of, sent until they are taken (EXT-HTTP-45). */
import type { OperationName, RequestOf } from '../../schemas/index.ts'
import { enqueue } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import type { NetworkDatabase } from './records.ts'

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
