/** Tables every server has: idempotency, nonces, peers, outbox, and the double-entry ledger. */
import type { Role } from '../../schemas/index.ts'

/** Times are epoch seconds, money is minor units, objects are JSON text. */
export type ShellTables = {
  idempotency: {
    caller: string
    operation: string
    key: string
    digest: string
    state: 'running' | 'done'
    status: bigint | null
    body: string | null
    lease_until: bigint
    expires_at: bigint
  }
  nonces: { keyid: string; nonce: string; expires_at: bigint }
  peers: { id: string; role: Role; name: string; endpoint: string; jwks: string; by_hook: bigint }
  outbox: {
    id: string
    sender: string
    operation: string
    peer_id: string
    body: string
    attempts: bigint
    next_at: bigint
    created_at: bigint
    delivered_at: bigint | null
  }
}

export type AccountKind = 'user' | 'clearing' | 'funding'

export type MoneyTables = {
  accounts: { account_id: string; kind: AccountKind; owner: string; currency: string; balance: bigint }
  transfers: {
    transfer_id: string
    from_account: string
    to_account: string
    currency: string
    amount: bigint
    at: bigint
  }
  postings: { transfer_id: string; account_id: string; amount: bigint }
}

export type LedgerTables = ShellTables & MoneyTables
