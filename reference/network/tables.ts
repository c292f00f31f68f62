/** What the network keeps: agents, bindings, authorizations, mandates, tokens, payments, evidence. */
import type { MandateStatus, MandateType } from '../core/index.ts'
import type { TrustTables } from './trust/tables.ts'

/** Times are epoch seconds, money is minor units, objects are JSON text. */
export type NetworkTables = TrustTables & {
  network_agents: {
    agent_id: string
    credential_provider_id: string
    key_thumbprint: string
    key_jwk: string
    profile: string
    review: string
    commitment: string
    status: 'active' | 'suspended'
    registered_at: bigint
    review_due_at: bigint
    /** When its key was revoked for good. */
    revoked_at: bigint | null
    /** Idempotency key it was registered under. */
    registration_key: string
  }
  network_bindings: {
    binding_id: string
    agent_id: string
    wallet_id: string
    wallet_name: string
    masked_login_id: string
    user_reference: string
    identity_layer: string
    status: 'activated' | 'revoked'
    created_at: bigint
  }
  network_authorizations: {
    auth_id: string
    context: 'ENROLLMENT' | 'MANDATE'
    session_id: string
    credential_provider_id: string
    wallet_id: string
    agent_id: string
    mandate_id: string | null
    status: 'PENDING_IDV' | 'COMPLETED' | 'FAILED'
    answer: string | null
    /** Idempotency key of the report that decided it. */
    report_key: string | null
    expires_at: bigint
  }
  network_mandates: {
    mandate_id: string
    type: MandateType
    status: MandateStatus
    agent_id: string
    binding_id: string
    wallet_id: string
    user_reference: string
    credential_provider_id: string
    intent: string
    checkout: string | null
    currency: string
    total: bigint
    limit_value: bigint
    held: bigint
    captured: bigint
    failures: bigint
    created_at: bigint
    valid_until: bigint
    mandate_layer: string | null
  }
  network_events: {
    mandate_id: string
    position: bigint
    at: bigint
    event: string
    status: MandateStatus
    by_whom: string
  }
  network_tokens: {
    token_digest: string
    mandate_id: string
    checkout_key: string
    checkout: string
    amount: bigint
    status: 'reserved' | 'issued' | 'paying' | 'used' | 'expired' | 'failed'
    created_at: bigint
    expires_at: bigint
    token_request_layer: string | null
    /** Caller and idempotency key of the request, so that a request that runs again withdraws its first try. */
    request_key: string
  }
  network_payments: {
    payment_id: string
    acquirer_id: string
    payment_request_id: string
    request_hash: string
    token_digest: string
    mandate_id: string
    currency: string
    amount: bigint
    payment_order: string
    status: 'SUCCESS' | 'FAIL' | 'PROCESSING'
    failure: string | null
    created_at: bigint
    final_at: bigint | null
  }
  network_evidence: {
    mandate_id: string
    position: bigint
    kind: string
    reference: string
    at: bigint
    digest: string
    content: string
  }
  /** Budget lent to clearings; `amount` counts as held while it is held. */
  network_grants: {
    clearing_id: string
    grant_id: string
    mandate_id: string
    channel_id: string
    amount: bigint
    delivered: bigint
    status: 'held' | 'released'
    created_at: bigint
  }
  network_rating_events: { agent_id: string; position: bigint; event_id: string; event: string }
  network_standings: { agent_id: string; standing: string }
  /** Nonces used up. `spent_by`: digest of the token they were used for, where it was for one. */
  network_spent: { kind: string; nonce: string; spent_by: string | null; spent_at: bigint }
}
