/** Tables of the credential provider. */
import { type Kysely, type Migration, sql } from 'kysely'

const statements = [
  `create table provider_agents (agent_id text primary key, key_jwk text not null, agent text not null, registered_at bigint not null)`,
  `create table provider_applications (application_hash text primary key, registration text not null, received_at bigint not null)`,
  `create table provider_sessions (session_id text primary key, kind text not null check (kind in ('ENROLLMENT', 'MANDATE')), agent_id text not null,
    network_id text not null, wallet_id text, binding_id text, mandate_id text, mandate_type text, mandate_status text, mandate_layer text,
    status text not null check (status in ('PENDING_IDV', 'COMPLETED', 'FAILED')), failure text, created_at bigint not null)`,
  `create index provider_sessions_mandate on provider_sessions (mandate_id)`,
  `create table provider_bindings (binding_id text primary key, session_id text not null, agent_id text not null, wallet_id text not null,
    wallet_name text not null, masked_login_id text not null, identity_layer text not null,
    status text not null check (status in ('activated', 'revoked')), created_at bigint not null)`,
  `create index provider_bindings_agent on provider_bindings (agent_id, created_at)`,
]

export const credentialProviderMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}
