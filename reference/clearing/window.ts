/** One window of ticks as one transaction: channels moved on, one transfer for each figure that rose, positions added up. */
import { sql } from 'kysely'
import type { Channel } from '../core/clearing/index.ts'
import { addPositions, beginWindow, credit, Overtaken, type Transfer, type Writing, writeTransfers } from './books.ts'
import { type LiveChannel, writeProof } from './records.ts'
import { rowsAs } from './rows.ts'
import { heldAccount, owedAccount, participantAccount } from './tables.ts'

/** What a window makes of a channel that was `base`. `link`: the newest link, base64url, where the cursor moved. */
export type Change = {
  readonly live: LiveChannel
  readonly base: Channel
  readonly next: Channel
  readonly link: string | undefined
}

/** Moves channels on from what they were judged as; one that was moved, revoked, closed or topped up since is not. */
const moveChannels = async ({ transaction, engine }: Writing, changes: readonly Change[]): Promise<void> => {
  const big = (name: string, of: (change: Change) => bigint) =>
    ({ name, type: 'bigint', values: changes.map(of) }) as const
  const text = (name: string, of: (change: Change) => string) =>
    ({ name, type: 'text', values: changes.map(of) }) as const
  const rows = rowsAs(engine, 'r', [
    text('channel_id', ({ live }) => live.id),
    big('was_authorised', ({ base }) => base.authorised),
    big('was_delivered', ({ base }) => base.delivered),
    big('was_cap', ({ base }) => base.cap),
    big('was_link_index', ({ base }) => BigInt(base.linkIndex)),
    big('was_revoked_at', ({ base }) => BigInt(base.revokedAt ?? -1)),
    big('was_closes_at', ({ base }) => BigInt(base.closesAt ?? -1)),
    /** Another chain begins at link 0, so before the first link it is told by its anchor only. */
    text('was_anchor', ({ live, base }) => (base.linkIndex === 0 ? (live.anchor ?? '') : '')),
    big('authorised', ({ next }) => next.authorised),
    big('delivered', ({ next }) => next.delivered),
    big('link_index', ({ next }) => BigInt(next.linkIndex)),
    text('proof', ({ next, link, base }) =>
      next.voucher && next.voucher !== base.voucher ? writeProof(next.voucher) : (link ?? ''),
    ),
  ])
  const { numAffectedRows } = await sql`update clearing_channels set authorised = r.authorised,
    delivered = r.delivered, link_index = r.link_index,
    proof = case when r.proof = '' then clearing_channels.proof else r.proof end
    from ${rows} where clearing_channels.channel_id = r.channel_id
    and clearing_channels.authorised = r.was_authorised and clearing_channels.delivered = r.was_delivered
    and clearing_channels.cap = r.was_cap and clearing_channels.link_index = r.was_link_index
    and coalesce(clearing_channels.revoked_at, -1) = r.was_revoked_at
    and coalesce(clearing_channels.closes_at, -1) = r.was_closes_at
    and (r.was_anchor = '' or clearing_channels.anchor = r.was_anchor)
    and clearing_channels.status <> 'closed'`.execute(transaction)
  if (numAffectedRows !== BigInt(changes.length)) throw new Overtaken('a channel is not what it was')
}

/** Transfers of one currency and scale: what was authorised, then what was delivered. */
const transfersOf = (changes: readonly Change[]): readonly Transfer[] =>
  changes.flatMap(({ live, base, next }) => {
    const { id, row } = live
    const tick: Transfer[] =
      next.authorised > base.authorised
        ? [{ kind: 'tick', from: heldAccount(id), to: owedAccount(id), amount: next.authorised - base.authorised }]
        : []
    const payee = participantAccount(row.payee, row.currency, Number(row.scale))
    const delivered: Transfer[] =
      next.delivered > base.delivered
        ? [{ kind: 'deliver', from: owedAccount(id), to: payee, amount: next.delivered - base.delivered }]
        : []
    return [...tick, ...delivered]
  })

/** What delivery adds to the accounts of payees and to the positions of both sides. */
const deliveriesOf = (changes: readonly Change[]) => {
  const credits = new Map<string, bigint>()
  const positions = new Map<string, { received: bigint; paid: bigint }>()
  const position = (participant: string) => {
    const known = positions.get(participant) ?? { received: 0n, paid: 0n }
    positions.set(participant, known)
    return known
  }
  for (const { live, base, next } of changes) {
    const amount = next.delivered - base.delivered
    if (amount === 0n) continue
    const account = participantAccount(live.row.payee, live.row.currency, Number(live.row.scale))
    credits.set(account, (credits.get(account) ?? 0n) + amount)
    position(live.row.payee).received += amount
    position(live.row.payer).paid += amount
  }
  return { credits, positions }
}

const byMoney = (changes: readonly Change[]): readonly (readonly Change[])[] => {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const key = `${change.live.row.currency}:${change.live.row.scale}`
    const group = groups.get(key)
    if (group) group.push(change)
    else groups.set(key, [change])
  }
  return [...groups.values()]
}

/** Writes a window. Throws `Overtaken` where the books have moved on without us; nothing is written then. */
export const writeWindow = async (writing: Writing, changes: readonly Change[], ticks: number): Promise<void> => {
  await beginWindow(writing, BigInt(ticks))
  await moveChannels(writing, changes)
  let first = 0
  for (const group of byMoney(changes)) {
    const money = (group[0] as Change).live.row
    const transfers = transfersOf(group)
    await writeTransfers(writing, money, transfers, first)
    first += transfers.length
    const { credits, positions } = deliveriesOf(group)
    await credit(writing, credits)
    await addPositions(writing, money, positions)
  }
}
