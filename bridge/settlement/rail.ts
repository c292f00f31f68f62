/** The rail a payment of another protocol runs on: AMP's clearing, as far as a facilitator needs it, given by whoever has one. */
import type { SignedVoucher } from '../../reference/core/clearing/index.ts'
import type { Outcome } from '../../reference/core/outcome.ts'

/** A channel as its clearing knows it. Amounts are atomic units of `10^-scale`. */
export type RailChannel = {
  readonly channelId: string
  readonly payer: string
  readonly payee: string
  readonly currency: string
  readonly scale: number
  readonly cap: bigint
  readonly authorised: bigint
  readonly delivered: bigint
  /** Raw Ed25519 key of its signer, base64url. */
  readonly signerKey: string
}

/** What a clearing does for a facilitator. Every answer is durable before it is given; every call may be repeated. */
export type Rail = {
  /** The channel of an identifier, or nothing. */
  readonly find: (channelId: string) => Promise<RailChannel | undefined>
  /**
   * Offers a voucher as its payer and answers what is authorised then. A voucher that is no news (the same, lower, or of
   * the same amount) is not refused: what is authorised already covers it. Refuses what clearing refuses a payer.
   */
  readonly authorise: (channelId: string, voucher: SignedVoucher) => Promise<Outcome<bigint>>
  /** Moves to the payee up to a cumulative amount and answers what is delivered then; less than before changes nothing. */
  readonly deliver: (channelId: string, delivered: bigint) => Promise<Outcome<bigint>>
  /** Closes a channel for its payee, at what was delivered; may be repeated. */
  readonly close: (channelId: string) => Promise<Outcome<true>>
}
