/** Tables of refunds and disputes; one refund under a name, one open dispute about a payment, whatever the code does. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table network_refunds (refund_id text primary key, acquirer_id text not null, request_id text not null, request_hash text not null,
    payment_id text not null references network_payments (payment_id), currency text not null, amount bigint not null check (amount > 0),
    status text not null check (status in ('SUCCESS', 'PROCESSING', 'FAIL')), restored bigint not null check (restored >= 0),
    created_at bigint not null, final_at bigint, unique (acquirer_id, request_id))`,
  `create index network_refunds_payment on network_refunds (payment_id)`,
  `create index network_refunds_open on network_refunds (status, created_at)`,
  `create table network_disputes (dispute_id text primary key, wallet_id text not null, acquirer_id text not null, request_id text not null,
    request_hash text not null, payment_id text not null references network_payments (payment_id), dispute text not null,
    told text not null, status text not null check (status in ('CREATED', 'DEFENSE_SUPPLIED', 'ACCEPTED', 'JUDGED', 'CANCELLED')),
    due_at bigint not null, created_at bigint not null, unique (wallet_id, request_id))`,
  `create unique index network_disputes_open on network_disputes (payment_id) where status in ('CREATED', 'DEFENSE_SUPPLIED')`,
  `create index network_disputes_due on network_disputes (status, due_at)`,
]

/** Tables of refunds and disputes, beside those of the network. */
export const disputeMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
