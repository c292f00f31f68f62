/** What the network keeps for the trust extensions: the evidence log, reports of takeovers, claims and recoveries. */

/** Times are epoch seconds, money is minor units, objects are JSON text. */
export type TrustTables = {
  network_log_head: { id: bigint; size: bigint; link: string; peaks: string }
  network_log: { position: bigint; subject: string; entry: string; salt: string | null; content: string | null }
  network_log_nodes: { height: bigint; place: bigint; hash: string }
  /** Policies that decisions were made by, under their digest. */
  network_policies: { digest: string; policy: string }
  network_takeovers: {
    report_id: string
    wallet_id: string
    user_reference: string
    binding_id: string
    agent_id: string
    key_thumbprint: string
    payments: string
    mandates_revoked: bigint
    reported_at: bigint
  }
  network_unwanted: { payment_id: string; report_id: string; reported_at: bigint }
  network_claims: {
    claim_id: string
    payment_id: string
    wallet_id: string
    request_id: string
    request_hash: string
    facts: string
    status: 'submitted' | 'under-review' | 'approved' | 'rejected' | 'paid'
    since: bigint
    appealed: bigint
    decision: string | null
    currency: string
    paid: bigint | null
    created_at: bigint
  }
  /** Challenges given out, and whether one was answered. */
  network_challenges: { challenge: string; agent_id: string; expires_at: bigint; used: bigint }
  network_attesters: { issuer: string; jwks: string }
  network_refunds: {
    refund_id: string
    acquirer_id: string
    request_id: string
    request_hash: string
    payment_id: string
    currency: string
    amount: bigint
    status: 'SUCCESS' | 'PROCESSING' | 'FAIL'
    /** What the mandate got back. */
    restored: bigint
    created_at: bigint
    final_at: bigint | null
  }
  network_disputes: {
    dispute_id: string
    wallet_id: string
    acquirer_id: string
    request_id: string
    request_hash: string
    payment_id: string
    dispute: string
    /** Kinds of what was told so far, in order. */
    told: string
    status: 'CREATED' | 'DEFENSE_SUPPLIED' | 'ACCEPTED' | 'JUDGED' | 'CANCELLED'
    due_at: bigint
    created_at: bigint
  }
  network_recoveries: { claim_id: string; recovery_id: string; currency: string; amount: bigint }
}
