/** Clearings built wrong on purpose: a simulator that does not find every one of them is not worth its time. */
import type { Mutation } from './world.ts'

/** Rewrites one text of the SQL; a text that is not there any more is a fault of this list. */
const without = (text: string | RegExp, instead: string): Mutation => ({
  port: { rewrite: (sql) => sql.replace(text, instead) },
})

export const mutants: Readonly<Record<string, Mutation>> = {
  'acknowledges before the disk has it': { port: { answersBeforeSync: true } },
  'never syncs': { disk: { neverSyncs: true } },
  'takes torn transactions': { disk: { trustsTorn: true } },
  'verifies no signature': { verifiesNothing: true },
  'takes what a payer offers for what its payee redeems': { confusesSides: true },
  'lets two writers move a channel from where neither found it': without(
    /and clearing_channels\.authorised = r\.was_authorised and clearing_channels\.delivered = r\.was_delivered/,
    '',
  ),
  'lets channels of an ended mandate go on': without(
    /set "status" = \?, "revoked_at" = \?, "closes_at" = \?, "due_at" = \?/,
    'set "opened_at" = coalesce("opened_at", ?, ?, ?, ?)',
  ),
  'forgets to give back at a close': without(
    /update clearing_accounts set credits = credits \+ r\.amount/,
    'update clearing_accounts set credits = credits + r.amount * 0',
  ),
  'does not end the channel it closes': without(
    /set "status" = \?, "closed_at" = \?/,
    'set "payer" = payer, "mandate_id" = coalesce(mandate_id, ?, ?)',
  ),
  'holds more than the mandate grants': without(/and drawn \+ \? <= granted/, 'and ? is not null'),
  'lets balances fall below their floor': without(
    /and \(kind = 'rail' or credits - debits - \? >= floor\)/,
    'and ? is not null',
  ),
  'pays twice what it tops up': without(/set "cap" = \?/, 'set "cap" = 2 * ?'),
  'forgets who paid in the cycle': without(
    /paid = clearing_positions\.paid \+ excluded\.paid/,
    'paid = clearing_positions.paid',
  ),
  'lowers what was authorised': without(
    /set authorised = r\.authorised,/,
    'set authorised = r.authorised - (r.authorised > 500),',
  ),
  'forgets the end of a mandate nobody drew on yet': without(
    /^insert into "clearing_mandates" .* values \(\?, \?, \?, \?, \?, \?\) on conflict do nothing$/s,
    `insert into "clearing_mandates" ("mandate_id", "currency", "scale", "granted", "drawn", "ended_at")
      select v.a, v.b, v.c, v.d, v.e, v.f from (select ? as a, ? as b, ? as c, ? as d, ? as e, ? as f) as v
      where v.b <> '' on conflict do nothing`,
  ),
  'never learns which window was the last': without(/max\("window_id"\)/, 'max("window_id") * 0'),
}
