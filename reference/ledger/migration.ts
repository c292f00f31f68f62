/** Tables of shell and ledger. A user's account cannot be overdrawn, a transfer happens once, postings sum to zero. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table idempotency (caller text not null, operation text not null, key text not null, digest text not null,
    state text not null check (state in ('running', 'done')), status bigint, body text, lease_until bigint not null,
    expires_at bigint not null, primary key (caller, operation, key))`,
  `create table nonces (keyid text not null, nonce text not null, expires_at bigint not null, primary key (keyid, nonce))`,
  `create index nonces_expiry on nonces (expires_at)`,
  `create table peers (id text not null, role text not null, name text not null, endpoint text not null, jwks text not null,
    by_hook bigint not null, primary key (id, role))`,
  `create table outbox (id text primary key, sender text not null, operation text not null, peer_id text not null, body text not null,
    attempts bigint not null, next_at bigint not null, created_at bigint not null, delivered_at bigint)`,
  `create index outbox_due on outbox (sender, delivered_at, next_at)`,
  `create table accounts (account_id text primary key, kind text not null check (kind in ('user', 'clearing', 'funding')),
    owner text not null, currency text not null, balance bigint not null, check (kind <> 'user' or balance >= 0))`,
  `create table transfers (transfer_id text primary key, from_account text not null references accounts (account_id),
    to_account text not null references accounts (account_id), currency text not null, amount bigint not null check (amount > 0),
    at bigint not null, check (from_account <> to_account))`,
  `create table postings (transfer_id text not null references transfers (transfer_id), account_id text not null references accounts (account_id),
    amount bigint not null check (amount <> 0), primary key (transfer_id, account_id))`,
  `create index postings_account on postings (account_id)`,
]

export const ledgerMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
