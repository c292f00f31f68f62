/** Budget of mandates in the books: granted by the network once, held for channels as far as it goes. */
import { sql } from 'kysely'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { debit, draw, type Writing, writeTransfers } from './books.ts'
import { heldAccount, participantAccount } from './tables.ts'

type Money = { readonly currency: string; readonly scale: bigint }

/** Budget of a mandate that the network lent for a channel. The same grant again changes nothing (EXT-CLEARING-7). */
export type Grant = {
  readonly grantId: string
  readonly mandateId: string
  readonly channelId: string
  readonly currency: string
  readonly scale: number
  readonly minor: bigint
  readonly units: bigint
}

/** Takes a grant into the books, once. Refuses `currency-mismatch` where the mandate is drawn on in other money. */
export const takeGrant = async ({ transaction }: Writing, grant: Grant): Promise<Outcome<true>> => {
  const { grantId, mandateId, channelId, currency, scale, minor, units } = grant
  await transaction
    .insertInto('clearing_mandates')
    .values({ mandate_id: mandateId, currency, scale: BigInt(scale), granted: 0n, drawn: 0n, ended_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const inserted = await transaction
    .insertInto('clearing_grants')
    .values({
      grant_id: grantId,
      mandate_id: mandateId,
      channel_id: channelId,
      units,
      minor,
      delivered_minor: null,
      settled: 0n,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows !== 1n) return accept(true)
  /** A mandate that ended before anybody drew on it is known without its currency. */
  const counted = await sql`update clearing_mandates set granted = granted + ${units}, currency = ${currency},
    scale = ${BigInt(scale)} where mandate_id = ${mandateId} and (currency = '' or currency = ${currency})
    and (currency = '' or scale = ${BigInt(scale)})`.execute(transaction)
  return counted.numAffectedRows === 1n ? accept(true) : refuse('currency-mismatch')
}

/** Holds an amount for a channel: under the mandate, from the payer's balance, onto the channel (EXT-CLEARING-7, 33). */
export const hold = async (
  writing: Writing,
  channel: { readonly id: string; readonly payer: string; readonly mandateId: string } & Money,
  amount: bigint,
): Promise<Outcome<true>> => {
  const ended = await writing.transaction
    .selectFrom('clearing_mandates')
    .select('ended_at')
    .where('mandate_id', '=', channel.mandateId)
    .executeTakeFirst()
  if (!ended) return refuse('mandate-unknown')
  if (ended.ended_at !== null) return refuse('mandate-revoked')
  if (!(await draw(writing, channel.mandateId, amount))) return refuse('budget-exceeded')
  const from = participantAccount(channel.payer, channel.currency, Number(channel.scale))
  if (!(await debit(writing, from, amount))) return refuse('credit-exceeded')
  await writeTransfers(writing, channel, [{ kind: 'hold', from, to: heldAccount(channel.id), amount }])
  return accept(true)
}
