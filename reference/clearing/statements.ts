/** Statements: the transfers of one channel, newest first, page by page. */
import { sql } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, formatTime } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { pageOf } from '../ledger/index.ts'
import type { ClearingContext } from './context.ts'
import { ownChannel } from './openings.ts'
import { channelToWire } from './records.ts'
import { heldAccount, owedAccount, type TransferKind } from './tables.ts'

type Row = {
  readonly window_id: bigint
  readonly position: bigint
  readonly kind: TransferKind
  readonly from_account: string
  readonly to_account: string
  readonly amount: bigint
  readonly at: bigint
}

/** Places in a window, so that one number orders all transfers. */
const placesMax = 1_000_000n

const toWire = (row: Row): Message<'extensions/clearing/transfer'> => ({
  transferId: `${row.window_id}-${row.position}`,
  kind: row.kind,
  from: row.from_account,
  to: row.to_account,
  amount: row.amount.toString(),
  at: formatTime(Number(row.at)),
})

/** Transfers that touch a channel, each with the place that orders it. */
const transfersOf = ({ database }: ClearingContext, channelId: string) => {
  const [held, owed] = [heldAccount(channelId), owedAccount(channelId)]
  const place = sql<bigint>`window_id * ${placesMax} + position`
  return database.selectFrom(
    database
      .selectFrom('clearing_transfers')
      .select(['window_id', 'position', 'kind', 'from_account', 'to_account', 'amount', 'at'])
      .select([place.as('place'), sql<string>`cast(${place} as text)`.as('place_id')])
      .where(({ eb, or }) => or([eb('from_account', 'in', [held, owed]), eb('to_account', 'in', [held, owed])]))
      .as('touching'),
  )
}

export const statementOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.inquiryStatement': async (request, { caller }) => {
    await context.engine.settled()
    const found = await ownChannel(context, request.channelId, caller.id)
    if (!found.ok) return found
    const { live } = found.value
    const query = transfersOf(context, live.id).selectAll()
    const page = await pageOf(query, { time: 'place', id: 'place_id' }, request, caller.id, context.world)
    if (!page.ok) return page
    const transfers = page.value.rows.map((row) => toWire(row as Row))
    return accept({ channel: channelToWire(live), transfers, ...page.value.next })
  },
})
