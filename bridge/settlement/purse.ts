/** The purse of a payer: signs a proof for each payment, and the same payment again until it knows what became of it. */

import { canonicalJson } from '../../schemas/index.ts'
import type { Json } from '../json.ts'
import { type Proof, paymentIdOf, signProof } from './proof.ts'

/** A channel of the payer, open in a clearing under an activated mandate. Amounts are atomic units. */
export type PayerChannel = {
  readonly channelId: string
  readonly cap: bigint
  /** What it is signed for, and the sequence of the newest voucher, when the purse first sees it. */
  readonly authorised: bigint
  readonly sequence: bigint
  /** Signs bytes with the Ed25519 key of the channel. */
  readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

/** Whom a payment is for, and how much. */
export type Due = {
  readonly payee: string
  readonly currency: string
  readonly scale: number
  readonly amount: bigint
  /** Seconds a proof is valid. */
  readonly seconds: number
}

/** What a purse stands on. */
export type Payer = {
  /** The channel to a payee: found, opened or topped up by whoever holds the mandate; throws where there is none. */
  readonly channelTo: (due: Due) => Promise<PayerChannel>
  /** Epoch seconds. */
  readonly now: () => number
  /** 16 random bytes or more, base64url. */
  readonly newNonce: () => string
}

/**
 * What became of a payment: settled, for an amount where one was said, or refused by a code. `paymentId` is the payment
 * that settled the request: another one where the request had been paid for before, and then this one cost nothing.
 */
export type Result = { readonly charge: bigint | undefined; readonly paymentId?: string } | { readonly refused: string }

export type Purse = {
  /**
   * A proof for what was agreed. The same agreement is the same payment until `learn` was told what became of it;
   * `attempt` tells agreements apart for whoever never learns that.
   */
  readonly prove: (domain: string, agreed: Json, due: Due, attempt?: string) => Promise<Proof>
  /** Tells what became of the payment of a proof; true where it is worth to sign anew at once. */
  readonly learn: (proof: Pick<Proof, 'channelId' | 'nonce'>, result: Result) => boolean
}

type Pending = {
  readonly key: string
  readonly channel: PayerChannel
  readonly nonce: string
  readonly amount: bigint
  readonly cumulative: bigint
  readonly sequence: bigint
}

/** Payments whose end was never heard of; the oldest is forgotten first. */
const pendingMax = 10_000

/** Refusals after which the payment may still go on as it is. */
const undecided: ReadonlySet<string> = new Set(['clearing-busy', 'peer-unavailable', 'internal-error', 'rate-limited'])

/** Refusals after which the same agreement is worth another payment at once: more is signed for, or on another channel. */
const worthAnother: ReadonlySet<string> = new Set([
  'delivered-exceeds-authorised',
  'channel-closed',
  'channel-closing',
  'channel-expired',
])

/** What a payment left unused; whatever the other side says, neither less than nothing nor more than was signed for. */
const unused = (amount: bigint, result: Result, own: string): bigint => {
  if ('refused' in result) return amount
  if (result.paymentId !== undefined && result.paymentId !== own) return amount
  const charge = result.charge ?? amount
  return charge < 0n || charge > amount ? 0n : amount - charge
}

/** Opens a purse. It signs cumulative amounts: no payment it signs can cost more than its own amount. */
export const openPurse = ({ channelTo, now, newNonce }: Payer): Purse => {
  const pending = new Map<string, Pending>()
  const keys = new Map<string, string>()
  const accounts = new Map<string, { owed: bigint; sequence: bigint }>()
  const nameOf = ({ channelId, nonce }: Pick<Proof, 'channelId' | 'nonce'>): string => `${channelId}.${nonce}`
  const forget = ({ key, channel: { channelId }, nonce }: Pending): void => {
    pending.delete(key)
    keys.delete(nameOf({ channelId, nonce }))
  }
  const accountOf = (channel: PayerChannel) => {
    const known = accounts.get(channel.channelId)
    if (known) return known
    const made = { owed: channel.authorised, sequence: channel.sequence }
    accounts.set(channel.channelId, made)
    return made
  }
  const begin = (key: string, channel: PayerChannel, { amount }: Due): Pending => {
    // Two requests for one agreement that waited for the channel together are one payment.
    const known = pending.get(key)
    if (known) return known
    const account = accountOf(channel)
    if (account.owed + amount > channel.cap) throw new RangeError('the channel does not hold enough for this payment')
    account.owed += amount
    account.sequence += 1n
    const made = { key, channel, nonce: newNonce(), amount, cumulative: account.owed, sequence: account.sequence }
    pending.set(key, made)
    keys.set(nameOf({ channelId: channel.channelId, nonce: made.nonce }), key)
    const [oldest] = pending.values()
    if (pending.size > pendingMax && oldest) forget(oldest)
    return made
  }
  return {
    prove: async (domain, agreed, due, attempt = '') => {
      const key = canonicalJson({ agreed, attempt, domain })
      // A payment goes on where it began, whatever channel a new one would be on.
      const { channel, nonce, cumulative, sequence } = pending.get(key) ?? begin(key, await channelTo(due), due)
      const plain = {
        channelId: channel.channelId,
        nonce,
        validBefore: now() + due.seconds,
        cumulative: cumulative.toString(),
        sequence: sequence.toString(),
      }
      return signProof(domain, agreed, plain, channel.sign)
    },
    learn: (proof, result) => {
      const found = pending.get(keys.get(nameOf(proof)) ?? '')
      const account = accounts.get(proof.channelId)
      if (!found || !account) return false
      if ('refused' in result && undecided.has(result.refused)) return false
      forget(found)
      const isRefused = 'refused' in result
      // Some of the channel is set aside for payments that never came to an end: the next one signs for more.
      if (!isRefused || result.refused !== 'delivered-exceeds-authorised')
        account.owed -= unused(found.amount, result, paymentIdOf(proof))
      return isRefused && worthAnother.has(result.refused)
    },
  }
}
