/** Tables of the network; the constraints alone already make spending a budget or a token twice impossible. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table network_agents (agent_id text primary key, credential_provider_id text not null, key_thumbprint text not null unique,
    key_jwk text not null, profile text not null, review text not null, commitment text not null,
    status text not null check (status in ('active', 'suspended')), registered_at bigint not null, review_due_at bigint not null,
    registration_key text not null)`,
  `create table network_bindings (binding_id text primary key, agent_id text not null references network_agents (agent_id),
    wallet_id text not null, wallet_name text not null, masked_login_id text not null, user_reference text not null,
    identity_layer text not null, status text not null check (status in ('activated', 'revoked')), created_at bigint not null)`,
  `create unique index network_bindings_active on network_bindings (agent_id, wallet_id, user_reference) where status = 'activated'`,
  `create table network_authorizations (auth_id text primary key, context text not null, session_id text not null,
    credential_provider_id text not null, wallet_id text not null, agent_id text not null, mandate_id text,
    status text not null check (status in ('PENDING_IDV', 'COMPLETED', 'FAILED')), answer text,
    report_key text, expires_at bigint not null)`,
  `create index network_authorizations_open on network_authorizations (status, expires_at)`,
  `create index network_authorizations_mandate on network_authorizations (mandate_id)`,
  `create table network_mandates (mandate_id text primary key, type text not null check (type in ('IMMEDIATE', 'AUTONOMOUS')),
    status text not null check (status in ('inactive', 'activated', 'revoked', 'expired', 'finished')), agent_id text not null,
    binding_id text not null references network_bindings (binding_id), wallet_id text not null, user_reference text not null,
    credential_provider_id text not null, intent text not null, checkout text, currency text not null, total bigint not null,
    limit_value bigint not null, held bigint not null, captured bigint not null, failures bigint not null, created_at bigint not null,
    valid_until bigint not null, mandate_layer text,
    check (held >= 0), check (captured >= 0), check (failures >= 0), check (limit_value <= total),
    check (held + captured <= limit_value))`,
  `create index network_mandates_end on network_mandates (status, valid_until)`,
  `create index network_mandates_binding on network_mandates (binding_id)`,
  `create index network_mandates_user on network_mandates (wallet_id, user_reference, created_at)`,
  `create table network_events (mandate_id text not null, position bigint not null, at bigint not null, event text not null,
    status text not null, by_whom text not null, primary key (mandate_id, position))`,
  `create table network_tokens (token_digest text primary key, mandate_id text not null references network_mandates (mandate_id),
    checkout_key text not null, checkout text not null, amount bigint not null check (amount > 0),
    status text not null check (status in ('reserved', 'issued', 'paying', 'used', 'expired', 'failed')),
    created_at bigint not null, expires_at bigint not null, token_request_layer text, request_key text not null)`,
  `create unique index network_tokens_checkout on network_tokens (checkout_key) where status in ('reserved', 'issued', 'paying', 'used')`,
  `create index network_tokens_mandate on network_tokens (mandate_id, created_at)`,
  `create index network_tokens_request on network_tokens (request_key)`,
  `create index network_tokens_expiry on network_tokens (status, expires_at)`,
  `create table network_payments (payment_id text primary key, acquirer_id text not null, payment_request_id text not null,
    request_hash text not null, token_digest text not null unique references network_tokens (token_digest), mandate_id text not null,
    currency text not null, amount bigint not null, payment_order text not null,
    status text not null check (status in ('SUCCESS', 'FAIL', 'PROCESSING')), failure text, created_at bigint not null, final_at bigint,
    unique (acquirer_id, payment_request_id))`,
  `create index network_payments_open on network_payments (status, created_at)`,
  `create index network_payments_mandate on network_payments (mandate_id, created_at)`,
  `create table network_evidence (mandate_id text not null, position bigint not null, kind text not null, reference text not null,
    at bigint not null, digest text not null, content text not null, primary key (mandate_id, position))`,
  `create table network_spent (kind text not null, nonce text not null, spent_by text, spent_at bigint not null,
    primary key (kind, nonce))`,
  `create index network_spent_by on network_spent (spent_by)`,
]

export const networkMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

const ratingStatements = [
  `create table network_rating_events (agent_id text not null references network_agents (agent_id), position bigint not null,
    event_id text not null, event text not null, primary key (agent_id, position), unique (agent_id, event_id))`,
  `create table network_standings (agent_id text primary key references network_agents (agent_id), standing text not null)`,
]

/** Tables of the ratings, beside those of the network. */
export const ratingMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of ratingStatements) await sql.raw(statement).execute(database)
  },
}

const grantStatements = [
  `create table network_grants (clearing_id text not null, grant_id text not null,
    mandate_id text not null references network_mandates (mandate_id), channel_id text not null,
    amount bigint not null check (amount >= 0), delivered bigint not null check (delivered >= 0),
    status text not null check (status in ('held', 'released')), created_at bigint not null,
    primary key (clearing_id, grant_id), check (delivered <= amount))`,
  `create index network_grants_mandate on network_grants (mandate_id, status)`,
]

/** Tables of what was lent to clearings, beside those of the network. */
export const grantMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of grantStatements) await sql.raw(statement).execute(database)
  },
}
