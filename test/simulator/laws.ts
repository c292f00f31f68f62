/** The laws every simulated run is held to, asked of the books after each crash and at the end. */
import { sql } from 'kysely'
import { audit } from '../../reference/clearing/audit.ts'
import type { ClearingDatabase } from '../../reference/clearing/tables.ts'
import type { Payer } from './agents.ts'

type Row = Record<string, string | bigint | null>

/** Questions whose every answer is a breach. */
export const questions: Readonly<Record<string, string>> = {
  'a figure is out of order':
    'select channel_id from clearing_channels where delivered < 0 or delivered > authorised or authorised > cap',
  'a tick was taken after the grace': `select t.window_id from clearing_transfers t join clearing_channels c
    on t.from_account = 'h:' || c.channel_id where t.kind = 'tick'
    and t.at >= min(coalesce(c.revoked_at, c.not_after), c.not_after) + c.grace_seconds`,
  'a delivery was taken after the grace': `select t.window_id from clearing_transfers t join clearing_channels c
    on t.from_account = 'a:' || c.channel_id where t.kind = 'deliver'
    and t.at >= min(coalesce(c.revoked_at, c.not_after), c.not_after) + c.grace_seconds`,
  'a closed channel moved': `select t.window_id from clearing_transfers t join clearing_channels c
    on t.from_account in ('h:' || c.channel_id, 'a:' || c.channel_id)
    where c.closed_at is not null and t.kind <> 'release' and t.at > c.closed_at`,
  'a budget was exceeded': `select n.mandate_id from clearing_mandates n where n.granted < (select coalesce(sum(
    case when c.status = 'closed' then c.delivered else c.cap end), 0) from clearing_channels c
    where c.mandate_id = n.mandate_id)`,
  'a balance fell below its floor':
    "select account_id from clearing_accounts where kind <> 'rail' and credits - debits < floor",
  'a cycle does not sum to zero':
    'select cycle from clearing_positions group by cycle, currency, scale having sum(received) <> sum(paid)',
  'a payer was not given back what was not delivered': `select c.channel_id from clearing_channels c
    where c.status = 'closed' and c.cap - c.delivered <> (select coalesce(sum(t.amount), 0) from clearing_transfers t
    where t.kind = 'release' and t.from_account in ('h:' || c.channel_id, 'a:' || c.channel_id))`,
  'a payer was charged another amount than the cap': `select c.channel_id from clearing_channels c
    where c.cap <> (select coalesce(sum(t.amount), 0) from clearing_transfers t
    where t.kind = 'hold' and t.to_account = 'h:' || c.channel_id)`,
}

/** Throws at the first broken law. `honest`: the disk kept what it said it kept. */
export const holdLaws = async (
  database: ClearingDatabase,
  payers: readonly Payer[],
  honest: boolean,
): Promise<void> => {
  const [fault] = await audit(database)
  if (fault)
    throw new Error(`the books do not add up: ${fault.law} ${fault.subject}: ${fault.found} for ${fault.expected}`)
  for (const [law, question] of Object.entries(questions)) {
    const { rows } = await sql.raw<Row>(question).execute(database)
    if (rows.length > 0) throw new Error(`${law}: ${Object.values(rows[0] ?? {})[0]}`)
  }
  const rows = await database.selectFrom('clearing_channels').selectAll().execute()
  for (const payer of payers) {
    const row = rows.find(({ channel_id }) => channel_id === payer.id)
    const { authorised, delivered, cap } = row ?? { authorised: 0n, delivered: 0n, cap: 0n }
    if (authorised > payer.signed)
      throw new Error(`channel ${payer.channel} holds ${authorised}, signed were ${payer.signed}`)
    const most = BigInt(payer.plan.descriptor.cap) + [...payer.asked.values()].reduce((sum, amount) => sum + amount, 0n)
    if (cap > most) throw new Error(`channel ${payer.channel} has a cap of ${cap}, asked for were ${most}`)
    if (!honest) continue
    if (authorised < payer.told) throw new Error(`channel ${payer.channel} lost ${payer.told}, it holds ${authorised}`)
    if (delivered < payer.toldDelivered)
      throw new Error(`channel ${payer.channel} lost a delivery of ${payer.toldDelivered}, it holds ${delivered}`)
  }
}
