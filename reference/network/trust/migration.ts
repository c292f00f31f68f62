/** Tables of evidence, guarantee, refunds and disputes; one claim for a payment and one recovery under a name, whatever the code does. */
import { type Kysely, type Migration, sql } from 'kysely'
import { sha256 } from '../../core/index.ts'

const statements = [
  `alter table network_agents add column revoked_at bigint`,
  `create table network_log_head (id bigint primary key check (id = 1), size bigint not null, link text not null, peaks text not null)`,
  `insert into network_log_head (id, size, link, peaks) values (1, 0, '${sha256('')}', '[]')`,
  `create table network_log (position bigint primary key, subject text not null, entry text not null, salt text, content text,
    check ((salt is null) = (content is null)))`,
  `create index network_log_subject on network_log (subject, position)`,
  `create table network_log_nodes (height bigint not null, place bigint not null, hash text not null, primary key (height, place))`,
  `create table network_policies (digest text primary key, policy text not null)`,
  `create table network_takeovers (report_id text primary key, wallet_id text not null, user_reference text not null,
    binding_id text not null references network_bindings (binding_id), agent_id text not null, key_thumbprint text not null,
    payments text not null, mandates_revoked bigint not null, reported_at bigint not null, unique (binding_id, payments))`,
  `create table network_unwanted (payment_id text primary key references network_payments (payment_id), report_id text not null,
    reported_at bigint not null)`,
  `create table network_claims (claim_id text primary key, payment_id text not null unique references network_payments (payment_id),
    wallet_id text not null, request_id text not null, request_hash text not null, facts text not null,
    status text not null check (status in ('submitted', 'under-review', 'approved', 'rejected', 'paid')), since bigint not null,
    appealed bigint not null, decision text, currency text not null, paid bigint check (paid >= 0), created_at bigint not null,
    unique (wallet_id, request_id))`,
  `create index network_claims_status on network_claims (status, since)`,
  `create table network_recoveries (claim_id text not null references network_claims (claim_id), recovery_id text not null,
    currency text not null, amount bigint not null check (amount > 0), primary key (claim_id, recovery_id))`,
]

/** Tables of the trust extensions, beside those of the network. */
export const trustMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
