/** Tables of the wallet; the constraints alone already make it impossible to debit twice or beyond a mandate. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table wallet_users (user_id text primary key, user_reference text not null unique, login_id text not null unique,
    masked_login_id text not null, pin_hash text not null, account_id text not null, currency text not null,
    limit_per_mandate bigint check (limit_per_mandate >= 0), limit_per_day bigint check (limit_per_day >= 0),
    isp_jwk text not null, isp_sealed text not null, created_at bigint not null)`,
  `create table wallet_sessions (token_hash text primary key, user_id text not null references wallet_users (user_id), expires_at bigint not null)`,
  `create table wallet_attempts (subject text primary key, failed bigint not null check (failed between 0 and 5), locked_until bigint not null)`,
  `create table wallet_authorizations (auth_id text primary key, context text not null check (context in ('ENROLLMENT', 'MANDATE')),
    network_id text not null, request text not null, mandate_id text, user_id text references wallet_users (user_id),
    state text not null check (state in ('open', 'reporting', 'SUCCESS', 'FAILED')), report text, mandate_layer text, failure text,
    created_at bigint not null, expires_at bigint not null)`,
  `create index wallet_authorizations_state on wallet_authorizations (state, expires_at)`,
  `create table wallet_bindings (binding_id text primary key, user_id text not null references wallet_users (user_id),
    network_id text not null, agent_id text not null, agent_name text not null, credential_provider_id text not null,
    identity_layer text not null, status text not null check (status in ('activated', 'revoked')), untold bigint not null,
    bound_at bigint not null)`,
  `create table wallet_mandates (mandate_id text primary key, user_id text not null references wallet_users (user_id),
    network_id text not null, binding_id text not null references wallet_bindings (binding_id), agent_id text not null,
    type text not null check (type in ('IMMEDIATE', 'AUTONOMOUS')),
    status text not null check (status in ('inactive', 'activated', 'revoked', 'expired', 'finished')), intent text not null,
    checkout text, currency text not null, total bigint not null, limit_value bigint not null, captured bigint not null,
    created_at bigint not null, valid_until bigint not null, mandate_layer text, untold bigint not null,
    check (captured >= 0), check (limit_value <= total), check (captured <= limit_value))`,
  `create index wallet_mandates_user on wallet_mandates (user_id, created_at)`,
  `create index wallet_mandates_end on wallet_mandates (status, valid_until)`,
  `create table wallet_debits (payment_id text primary key, mandate_id text not null, network_id text not null,
    request_hash text not null, status text not null check (status in ('SUCCESS', 'FAIL')), currency text not null,
    amount bigint not null, failure text, at bigint not null)`,
  `create index wallet_debits_mandate on wallet_debits (mandate_id, at)`,
  `create table wallet_checked (mandate_id text not null references wallet_mandates (mandate_id), checkout_hash text not null,
    at bigint not null, primary key (mandate_id, checkout_hash))`,
  `create table wallet_days (user_id text not null references wallet_users (user_id), day text not null,
    delegated bigint not null check (delegated >= 0), ceiling bigint, primary key (user_id, day),
    check (ceiling is null or delegated <= ceiling))`,
]

export const walletMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
