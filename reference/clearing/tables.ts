/** What a clearing keeps. Times are epoch seconds, money is atomic units, objects are JSON text. */
import type { Kysely, Transaction } from 'kysely'
import type { LedgerTables } from '../ledger/index.ts'

export type TransferKind = 'prefund' | 'hold' | 'tick' | 'deliver' | 'release' | 'settle'

export type ClearingTables = LedgerTables & {
  /** Participants and the rail. `floor` is how far credits may fall below debits; the rail has none. */
  clearing_accounts: {
    account_id: string
    owner: string
    kind: 'participant' | 'rail'
    currency: string
    scale: bigint
    debits: bigint
    credits: bigint
    floor: bigint
  }
  clearing_participants: { participant_id: string; agent_key: string | null }
  /** What the network lent of a mandate's budget, and how much of it channels hold or have delivered. */
  clearing_mandates: {
    mandate_id: string
    currency: string
    scale: bigint
    granted: bigint
    drawn: bigint
    ended_at: bigint | null
  }
  clearing_grants: {
    grant_id: string
    mandate_id: string
    channel_id: string
    units: bigint
    minor: bigint
    delivered_minor: bigint | null
    settled: bigint
  }
  /** A channel, whose row is also the balance of its two accounts: held is cap - authorised, owed is authorised - delivered. */
  clearing_channels: {
    channel_id: string
    payer: string
    payee: string
    mandate_id: string
    currency: string
    scale: bigint
    profile: 'voucher' | 'hash-chain'
    descriptor: string
    signer_key: string
    status: 'open' | 'closing' | 'closed'
    cap: bigint
    authorised: bigint
    delivered: bigint
    not_before: bigint
    not_after: bigint
    grace_seconds: bigint
    anchor: string | null
    /** Newest voucher or link taken. */
    proof: string | null
    link_index: bigint
    revoked_at: bigint | null
    closes_at: bigint | null
    /** When it closes by itself. */
    due_at: bigint
    opened_at: bigint
    closed_at: bigint | null
  }
  clearing_top_ups: { channel_id: string; top_up_id: string; amount: bigint; anchor: string | null }
  /** One row for each transaction of the books. Its number is taken once: of two writers one fails. */
  clearing_windows: { window_id: bigint; cycle: bigint; ticks: bigint; at: bigint }
  clearing_transfers: {
    window_id: bigint
    position: bigint
    kind: TransferKind
    from_account: string
    to_account: string
    currency: string
    scale: bigint
    amount: bigint
    at: bigint
    reference: string | null
  }
  clearing_cycles: { cycle: bigint; status: 'open' | 'closed'; cut_off_at: bigint | null }
  clearing_positions: {
    cycle: bigint
    currency: string
    scale: bigint
    participant_id: string
    received: bigint
    paid: bigint
    carried_in: bigint | null
    net: bigint | null
    carried_out: bigint | null
  }
  clearing_legs: {
    leg_id: string
    cycle: bigint
    currency: string
    scale: bigint
    participant_id: string
    direction: 'collect' | 'pay'
    minor: bigint
    units: bigint
    status: 'pending' | 'failed' | 'settled' | 'unwound'
    attempts: bigint
  }
  /** What is carried into the next cycle of a participant: remainders, and legs that were unwound. */
  clearing_carried: { participant_id: string; currency: string; scale: bigint; units: bigint }
}

export type ClearingDatabase = Kysely<ClearingTables>
export type ClearingTransaction = Transaction<ClearingTables>

/** Account of a participant in one currency and scale. */
export const participantAccount = (participantId: string, currency: string, scale: number): string =>
  `p:${participantId}:${currency}:${scale}`
/** What a channel holds and nobody signed for yet. */
export const heldAccount = (channelId: string): string => `h:${channelId}`
/** What was signed for and not delivered yet. */
export const owedAccount = (channelId: string): string => `a:${channelId}`
/** The world outside, where money comes from and goes to. */
export const railAccount = (currency: string, scale: number): string => `rail:${currency}:${scale}`
/** Money on its way to the rail. */
export const settlementAccount = (currency: string, scale: number): string => `settlement:${currency}:${scale}`
