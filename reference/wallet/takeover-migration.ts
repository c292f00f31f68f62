/** Tables of reports the owner made and of the claims that came of them. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table wallet_takeovers (binding_id text not null references wallet_bindings (binding_id), payments text not null,
    user_id text not null, network_id text not null, report text, created_at bigint not null, primary key (binding_id, payments))`,
  `create table wallet_claims (payment_id text primary key references wallet_debits (payment_id), user_id text not null,
    network_id text not null, claim_id text, status text not null, claim text, currency text not null, amount bigint not null,
    given_back bigint not null check (given_back >= 0), created_at bigint not null)`,
  `create index wallet_claims_status on wallet_claims (status, created_at)`,
]

const disputeStatements = [
  `create table wallet_refunds (refund_id text primary key, payment_id text not null references wallet_debits (payment_id),
    currency text not null, amount bigint not null check (amount > 0), restored bigint not null check (restored >= 0), at bigint not null)`,
  `create index wallet_refunds_payment on wallet_refunds (payment_id)`,
  `create table wallet_disputes (dispute_id text primary key, network_id text not null, payment_id text not null,
    taken bigint not null, status text not null)`,
]

/** Tables of refunds and disputes, beside those of the wallet. */
export const walletDisputeMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of disputeStatements) await sql.raw(statement).execute(database)
  },
}

/** Tables of takeovers, beside those of the wallet. */
export const takeoverMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
