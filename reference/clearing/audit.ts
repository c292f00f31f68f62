/** The audit: one query that recomputes every balance from the transfers and lists what does not add up. */
import { sql } from 'kysely'
import type { ClearingDatabase } from './tables.ts'

/** Something that does not add up: what, on which account, and both figures. */
export type Fault = {
  readonly law: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}

/** Every law of the books as a query for its breaches. `m` sums the transfers of every account. */
const laws = sql`
with moves as (
  select from_account as account_id, -amount as amount, 0 as credited, amount as debited from clearing_transfers
  union all
  select to_account, amount, amount, 0 from clearing_transfers
), m as (
  select account_id, cast(sum(amount) as bigint) as balance, cast(sum(credited) as bigint) as credited,
    cast(sum(debited) as bigint) as debited
  from moves group by account_id
), p as (
  select w.cycle, t.currency, t.scale, c.payee, c.payer, t.amount from clearing_transfers t
  join clearing_windows w on w.window_id = t.window_id
  join clearing_channels c on t.from_account = 'a:' || c.channel_id
  where t.kind = 'deliver'
), d as (
  select cycle, currency, scale, participant_id, cast(sum(received) as bigint) as received, cast(sum(paid) as bigint) as paid
  from (select cycle, currency, scale, payee as participant_id, amount as received, 0 as paid from p
    union all select cycle, currency, scale, payer, 0, amount from p) as both_sides
  group by cycle, currency, scale, participant_id
)
select 'account' as law, a.account_id as subject, cast(coalesce(m.balance, 0) as text) as expected,
  cast(a.credits - a.debits as text) as found
from clearing_accounts a left join m on m.account_id = a.account_id
where coalesce(m.credited, 0) <> a.credits or coalesce(m.debited, 0) <> a.debits
union all
select 'held', c.channel_id, cast(coalesce(m.balance, 0) as text),
  cast(case when c.status = 'closed' then 0 else c.cap - c.authorised end as text)
from clearing_channels c left join m on m.account_id = 'h:' || c.channel_id
where coalesce(m.balance, 0) <> case when c.status = 'closed' then 0 else c.cap - c.authorised end
union all
select 'owed', c.channel_id, cast(coalesce(m.balance, 0) as text),
  cast(case when c.status = 'closed' then 0 else c.authorised - c.delivered end as text)
from clearing_channels c left join m on m.account_id = 'a:' || c.channel_id
where coalesce(m.balance, 0) <> case when c.status = 'closed' then 0 else c.authorised - c.delivered end
union all
select 'stray', m.account_id, '0', cast(m.balance as text)
from m left join clearing_accounts a on a.account_id = m.account_id
left join clearing_channels c on m.account_id in ('h:' || c.channel_id, 'a:' || c.channel_id)
where a.account_id is null and c.channel_id is null
union all
select 'mandate', n.mandate_id, cast(coalesce(s.drawn, 0) as text), cast(n.drawn as text)
from clearing_mandates n left join (select mandate_id,
  cast(sum(case when status = 'closed' then delivered else cap end) as bigint) as drawn
  from clearing_channels group by mandate_id) s on s.mandate_id = n.mandate_id
where coalesce(s.drawn, 0) <> n.drawn
union all
select 'position', d.participant_id, cast(d.received - d.paid as text), cast(coalesce(x.received - x.paid, 0) as text)
from d left join clearing_positions x on x.cycle = d.cycle and x.currency = d.currency and x.scale = d.scale
  and x.participant_id = d.participant_id
where x.cycle is null or x.received <> d.received or x.paid <> d.paid
union all
select 'sum', currency, '0', cast(sum(balance) as text) from (
  select currency, scale, credits - debits as balance from clearing_accounts
  union all
  select currency, scale, cap - delivered from clearing_channels where status <> 'closed'
) everything group by currency, scale having sum(balance) <> 0
`

/** Proves the books from their transfers (EXT-CLEARING-26). Nothing given back is the proof. */
export const audit = async (database: ClearingDatabase): Promise<readonly Fault[]> =>
  (await sql<Fault>`${laws}`.execute(database)).rows
