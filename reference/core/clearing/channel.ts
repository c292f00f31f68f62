/** A channel as a value, and everything that may happen to it: pure functions that give the next value or a refusal. */
import { accept, type Outcome, type Refusal, refuse } from '../outcome.ts'
import { type ChainCursor, skipMax } from './chain.ts'
import { microMax } from './micro.ts'
import type { Anchor, Voucher } from './preimage.ts'

export type ChannelStatus = 'open' | 'closing' | 'closed'
/** Which side of a channel acts. */
export type Side = 'payer' | 'payee'

export type SignedVoucher = Voucher & { readonly signature: Uint8Array }
export type SignedAnchor = Anchor & { readonly signature: Uint8Array }

/**
 * A channel. Amounts are atomic units, times epoch seconds. `authorised` is what the payer signed for, `delivered` what
 * the payee delivered: `0 <= delivered <= authorised <= cap`.
 */
export type Channel = {
  readonly profile: 'voucher' | 'hash-chain'
  readonly status: ChannelStatus
  readonly cap: bigint
  readonly authorised: bigint
  readonly delivered: bigint
  readonly notBefore: number
  readonly notAfter: number
  readonly graceSeconds: number
  readonly voucher: SignedVoucher | undefined
  readonly anchor: SignedAnchor | undefined
  /** Number of the newest link taken. */
  readonly linkIndex: number
  readonly revokedAt: number | undefined
  /** When a closing channel closes at the latest. */
  readonly closesAt: number | undefined
}

/**
 * Why no tick is taken from this side now, or nothing (EXT-CLEARING-18 to 21). A channel that is closing, revoked or
 * expired takes nothing from its payer at once, and from its payee what it holds already until the grace is over.
 */
export const whyNoTick = (channel: Channel, side: Side, now: number): Refusal | undefined => {
  const { status, revokedAt, notBefore, notAfter } = channel
  if (status === 'open' && revokedAt === undefined && now >= notBefore && now < notAfter) return undefined
  if (status === 'closed') return refuse('channel-closed').refusal
  if (now < notBefore) return refuse('channel-not-started').refusal
  const end = endOf(channel)
  const redeemable = side === 'payee' && end !== undefined && now < end + channel.graceSeconds
  if (revokedAt !== undefined && !redeemable) return refuse('mandate-revoked').refusal
  if (status === 'closing' && !redeemable) return refuse('channel-closing').refusal
  return now >= notAfter && !redeemable ? refuse('channel-expired').refusal : undefined
}

/** When the time of a channel is over, the grace not counted. */
const endOf = ({ revokedAt, closesAt, graceSeconds, notAfter }: Channel): number | undefined =>
  Math.min(
    revokedAt ?? Number.POSITIVE_INFINITY,
    closesAt === undefined ? Number.POSITIVE_INFINITY : closesAt - graceSeconds,
    notAfter,
  )

/** How a voucher stands to what was taken before; only `newer` has its signature verified. */
export type Standing = 'newer' | 'unchanged' | 'corrected'

/** Made once: judging a voucher allocates nothing. */
const standings: Readonly<Record<Standing, Outcome<Standing>>> = {
  newer: accept('newer'),
  unchanged: accept('unchanged'),
  corrected: accept('corrected'),
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

const sameVoucher = (a: SignedVoucher, b: SignedVoucher): boolean =>
  a.cumulative === b.cumulative &&
  a.sequence === b.sequence &&
  a.expiresAt === b.expiresAt &&
  sameBytes(a.contextHash, b.contextHash) &&
  sameBytes(a.signature, b.signature)

/**
 * Judges a voucher before its signature (EXT-CLEARING-2, 10 to 13): equal is `unchanged`, lower is `corrected`, and
 * `newer` has a higher amount and a higher sequence within the cap; the first is held to nothing as its amount. Refuses
 * `micro-amount-zero`, `profile-mismatch`, `voucher-expired`, `voucher-conflict`, `channel-cap-exceeded`.
 */
export const judgeVoucher = (channel: Channel, voucher: SignedVoucher, now: number): Outcome<Standing> => {
  if (voucher.cumulative === 0n) return refuse('micro-amount-zero')
  if (channel.profile !== 'voucher') return refuse('profile-mismatch')
  const last = channel.voucher
  if (last && sameVoucher(last, voucher)) return standings.unchanged
  if (voucher.cumulative < channel.authorised) return standings.corrected
  if (voucher.expiresAt !== 0n && voucher.expiresAt <= BigInt(now)) return refuse('voucher-expired')
  if (last && (voucher.cumulative === last.cumulative || voucher.sequence <= last.sequence))
    return refuse('voucher-conflict')
  return voucher.cumulative > channel.cap ? refuse('channel-cap-exceeded') : standings.newer
}

/** Whether a voucher that is not above `newest` contradicts it: another of its amount, or of its sequence or a later one. */
export const contradicts = (voucher: SignedVoucher, newest: SignedVoucher): boolean =>
  (voucher.cumulative === newest.cumulative || voucher.sequence >= newest.sequence) && !sameVoucher(voucher, newest)

/** The channel after a voucher whose signature was verified. */
export const takeVoucher = (channel: Channel, voucher: SignedVoucher): Channel => ({
  ...channel,
  authorised: voucher.cumulative,
  voucher,
})

/** What a chain has authorised at a link (EXT-CLEARING-14). */
export const worthOf = ({ base, unitPrice }: Anchor, index: number): bigint => base + unitPrice * BigInt(index)

/** Whether two anchors are of the same chain, so that a link of one is worth what it is worth in the other. */
export const sameChain = (a: Anchor, b: Anchor): boolean =>
  a === b ||
  (a.base === b.base && a.unitPrice === b.unitPrice && a.length === b.length && sameBytes(a.anchor, b.anchor))

/** The highest link of a chain that the cap still covers. */
export const lastCovered = (channel: Pick<Channel, 'cap'>, { base, unitPrice, length }: Anchor): number => {
  const covered = channel.cap < base ? 0n : (channel.cap - base) / unitPrice
  return Number(covered < length ? covered : length)
}

/** Refusals a cursor leads to. */
export const chainRefusals = {
  'skip-too-long': 'chain-skip-too-long',
  exhausted: 'chain-exhausted',
  wrong: 'chain-link-wrong',
} as const

/**
 * Judges and takes one link (EXT-CLEARING-15 to 17); the cursor moves only where everything else allows it. Refuses
 * `profile-mismatch`, `voucher-expired` for an anchor past its time, `channel-cap-exceeded` and what the cursor found.
 */
export const takeLink = (
  channel: Channel,
  cursor: ChainCursor,
  index: number,
  link: Uint8Array,
  now: number,
): Outcome<Standing> => {
  if (channel.profile !== 'hash-chain' || !channel.anchor) return refuse('profile-mismatch')
  if (index < cursor.index) return accept('corrected')
  if (index === cursor.index)
    return sameBytes(cursor.tip, link) || index === 0 ? accept('unchanged') : refuse('chain-link-wrong')
  if (channel.anchor.expiresAt !== 0n && channel.anchor.expiresAt <= BigInt(now)) return refuse('voucher-expired')
  if (index <= cursor.length && index - cursor.index <= skipMax && index > lastCovered(channel, channel.anchor))
    return refuse('channel-cap-exceeded')
  const step = cursor.advance(index, link)
  return step === 'advanced' || step === 'known' ? accept('newer') : refuse(chainRefusals[step])
}

/** Whether an anchor fits: for what was authorised so far, worth something, and without overflow (EXT-CLEARING-14). */
export const fitsAnchor = (channel: Pick<Channel, 'profile' | 'authorised'>, anchor: Anchor): boolean =>
  channel.profile === 'hash-chain' &&
  anchor.base === channel.authorised &&
  anchor.unitPrice > 0n &&
  anchor.length > 0n &&
  anchor.base + anchor.unitPrice * anchor.length <= microMax

/** The payee delivered up to an amount (EXT-CLEARING-22); less than before changes nothing. */
export const deliver = (channel: Channel, delivered: bigint): Outcome<Channel> => {
  if (channel.status === 'closed') return refuse('channel-closed')
  if (delivered > channel.authorised) return refuse('delivered-exceeds-authorised')
  return accept(delivered <= channel.delivered ? channel : { ...channel, delivered })
}

/** The cap raised (EXT-CLEARING-8). */
export const topUp = (channel: Channel, amount: bigint, now: number): Outcome<Channel> => {
  const unusable = whyNoTick({ ...channel, notBefore: 0 }, 'payer', now)
  if (unusable) return { ok: false, refusal: unusable }
  const cap = channel.cap + amount
  return cap > microMax ? refuse('micro-amount-overflow') : accept({ ...channel, cap })
}

/**
 * One side ends the channel (EXT-CLEARING-23, 24): the payee at once, for it gives up the rest; the payer after the
 * grace, in which the payee may redeem.
 */
export const requestClose = (channel: Channel, side: Side, now: number): Channel => {
  if (channel.status === 'closed') return channel
  if (side === 'payee') return { ...channel, status: 'closed' }
  if (channel.status === 'closing') return channel
  const closesAt = Math.min(now + channel.graceSeconds, closingTime(channel))
  return { ...channel, status: 'closing', closesAt }
}

/** The mandate ended (EXT-CLEARING-19): no new tick from now on, and a close after the grace. */
export const revoke = (channel: Channel, at: number): Channel => {
  if (channel.status === 'closed' || channel.revokedAt !== undefined) return channel
  const closesAt = Math.min(at + channel.graceSeconds, closingTime(channel))
  return { ...channel, status: 'closing', revokedAt: at, closesAt }
}

/** When a channel closes by itself. */
export const closingTime = ({ closesAt, notAfter, graceSeconds }: Channel): number =>
  Math.min(closesAt ?? Number.POSITIVE_INFINITY, notAfter + graceSeconds)

/** Whether its time is over (EXT-CLEARING-24). */
export const isDue = (channel: Channel, now: number): boolean =>
  channel.status !== 'closed' && now >= closingTime(channel)
