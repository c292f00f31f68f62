/** What the wallet keeps: users, sessions, attempts, authorizations, bindings, its copy of mandates, debits, delegation. */
import type { Kysely, Selectable } from 'kysely'
import type { MandateStatus, MandateType } from '../core/index.ts'
import type { MoneyTables } from '../ledger/index.ts'

/** Times are epoch seconds, money is minor units, objects are JSON text. */
export type WalletTables = {
  wallet_users: {
    user_id: string
    user_reference: string
    login_id: string
    masked_login_id: string
    pin_hash: string
    account_id: string
    currency: string
    limit_per_mandate: bigint | null
    limit_per_day: bigint | null
    /** Key of the identity signature provider for this user: public JWK, and the private one sealed. */
    isp_jwk: string
    isp_sealed: string
    created_at: bigint
  }
  wallet_sessions: { token_hash: string; user_id: string; expires_at: bigint }
  wallet_attempts: { subject: string; failed: bigint; locked_until: bigint }
  wallet_authorizations: {
    auth_id: string
    context: 'ENROLLMENT' | 'MANDATE'
    network_id: string
    request: string
    mandate_id: string | null
    /** The user it is for, or who decided it. */
    user_id: string | null
    state: 'open' | 'reporting' | 'SUCCESS' | 'FAILED'
    /** What the network is told, kept until it took it. */
    report: string | null
    mandate_layer: string | null
    failure: string | null
    created_at: bigint
    expires_at: bigint
  }
  wallet_bindings: {
    binding_id: string
    user_id: string
    network_id: string
    agent_id: string
    agent_name: string
    credential_provider_id: string
    identity_layer: string
    status: 'activated' | 'revoked'
    untold: bigint
    bound_at: bigint
  }
  wallet_mandates: {
    mandate_id: string
    user_id: string
    network_id: string
    binding_id: string
    agent_id: string
    type: MandateType
    status: MandateStatus
    intent: string
    checkout: string | null
    currency: string
    total: bigint
    limit_value: bigint
    captured: bigint
    created_at: bigint
    valid_until: bigint
    mandate_layer: string | null
    /** 1 while the network has not heard of a revocation. */
    untold: bigint
  }
  wallet_debits: {
    payment_id: string
    mandate_id: string
    network_id: string
    request_hash: string
    status: 'SUCCESS' | 'FAIL'
    currency: string
    amount: bigint
    failure: string | null
    at: bigint
  }
  /** Checkouts that passed S2: only these may be debited under an AUTONOMOUS mandate. */
  wallet_checked: { mandate_id: string; checkout_hash: string; at: bigint }
  wallet_devices: { device_id: string; user_id: string; profile: string; key_jwk: string; added_at: bigint }
  /** Mandates and bindings the owner suspended. */
  wallet_suspensions: { id: string; user_id: string; since: bigint }
  wallet_refunds: {
    refund_id: string
    payment_id: string
    currency: string
    amount: bigint
    restored: bigint
    at: bigint
  }
  /** How each dispute stands, and the number of the newest notification that was acted on. */
  wallet_disputes: { dispute_id: string; network_id: string; payment_id: string; taken: bigint; status: string }
  wallet_takeovers: {
    binding_id: string
    payments: string
    user_id: string
    network_id: string
    /** What the network answered; nothing while it has not heard. */
    report: string | null
    created_at: bigint
  }
  wallet_claims: {
    payment_id: string
    user_id: string
    network_id: string
    claim_id: string | null
    status: 'untold' | 'submitted' | 'under-review' | 'approved' | 'rejected' | 'paid'
    claim: string | null
    currency: string
    amount: bigint
    given_back: bigint
    created_at: bigint
  }
  wallet_days: { user_id: string; day: string; delegated: bigint; ceiling: bigint | null }
}

export type WalletDatabase = Kysely<WalletTables & MoneyTables>
export type UserRow = Selectable<WalletTables['wallet_users']>
export type AuthorizationRow = Selectable<WalletTables['wallet_authorizations']>
export type MandateRow = Selectable<WalletTables['wallet_mandates']>
export type BindingRow = Selectable<WalletTables['wallet_bindings']>
export type DebitRow = Selectable<WalletTables['wallet_debits']>
