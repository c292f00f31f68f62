/** What a credential provider keeps: its agents, their sessions, and bindings by token only (AMP-PAY-013). */
export type CredentialProviderTables = {
  provider_agents: { agent_id: string; key_jwk: string; agent: string; registered_at: bigint }
  /** Credentials by agent, each at a place of the status list. */
  provider_kya: {
    agent_id: string
    place: bigint
    status: 'valid' | 'revoked' | 'suspended'
    review_due: bigint
    thumbprint: string
    review_digest: string
  }
  /** Registrations sent for applications, so that one is never made twice. */
  provider_applications: { application_hash: string; registration: string; received_at: bigint }
  provider_sessions: {
    session_id: string
    kind: 'ENROLLMENT' | 'MANDATE'
    agent_id: string
    network_id: string
    wallet_id: string | null
    binding_id: string | null
    mandate_id: string | null
    mandate_type: string | null
    mandate_status: string | null
    mandate_layer: string | null
    status: 'PENDING_IDV' | 'COMPLETED' | 'FAILED'
    failure: string | null
    created_at: bigint
  }
  provider_bindings: {
    binding_id: string
    session_id: string
    agent_id: string
    wallet_id: string
    wallet_name: string
    masked_login_id: string
    identity_layer: string
    status: 'activated' | 'revoked'
    created_at: bigint
  }
}
