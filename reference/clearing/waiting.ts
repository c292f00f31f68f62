/** What waits for the next window: ticks and deliveries by channel, and who hears what became of them. */
import { linkBytes, type Side, type SignedAnchor, type SignedVoucher, sameChain } from '../core/clearing/index.ts'
import { type Refusal, refuse } from '../core/index.ts'
import type { LiveChannel } from './records.ts'

/** Who hears what became of ticks. Several ticks of one channel in one window are one `durable`. */
export type Listener = {
  /** Everything this listener offered for the channel in the window is in the books. */
  readonly durable: (live: LiveChannel) => void
  /** A tick that was taken before, or is lower than what was. */
  readonly stale: (live: LiveChannel, result: 'unchanged' | 'corrected') => void
  readonly refused: (live: LiveChannel, refusal: Refusal) => void
}

/** Bounds of a window, and of what may wait for the next. */
export type WindowBounds = {
  /** Milliseconds a tick waits for others at most. */
  readonly delayMsMax: number
  /** Ticks that close a window at once. */
  readonly ticksMax: number
  /** Ticks that may wait; more are refused as `clearing-busy`. */
  readonly waitingMax: number
}

export type VoucherTicket = {
  readonly voucher: SignedVoucher
  readonly side: Side
  readonly listener: Listener
  /** Whether the signature holds, once that is being found out. */
  verified: Promise<boolean> | undefined
}

/** An answer that takes no writing. */
export type Note = { readonly result: 'unchanged' | 'corrected' | Refusal; readonly listener: Listener }

/** Answers as they come together while a window is judged. */
export type Answers = { readonly notes: Note[]; readonly durable: Listener[] }

/** A listener hears once that what it offered is in the books. */
export const heard = ({ durable }: Answers, listener: Listener): void => {
  if (durable.at(-1) !== listener && !durable.includes(listener)) durable.push(listener)
}

/** Links of one side, verified as they came: the newest of them, and who hears of all. */
export type Links = {
  /** The chain they are of. */
  readonly anchor: SignedAnchor
  readonly listeners: Listener[]
  index: number
  /** The newest link, as words. */
  readonly tip: Int32Array
}

/** A link that is not ahead of those that wait: `result` is the answer, unless those come to nothing. */
export type Repeat = {
  readonly anchor: SignedAnchor
  readonly index: number
  readonly link: Uint8Array
  readonly side: Side
  readonly result: Note['result']
  readonly listener: Listener
}

/**
 * What waits for one channel. Links are kept apart by who offered them, for when the window is judged the payee may
 * still redeem what the payer may no longer tick (EXT-CLEARING-19).
 */
export type Waiting = {
  readonly live: LiveChannel
  readonly vouchers: VoucherTicket[]
  readonly deliveries: { readonly delivered: bigint; readonly listener: Listener }[]
  readonly notes: Note[]
  readonly repeats: Repeat[]
  payer: Links | undefined
  payee: Links | undefined
  ticks: number
}

/** Nothing that waits for a channel, yet. */
export const nothingFor = (live: LiveChannel): Waiting => ({
  live,
  vouchers: [],
  deliveries: [],
  notes: [],
  repeats: [],
  payer: undefined,
  payee: undefined,
  ticks: 0,
})

/**
 * The links of a side that wait. Those of a chain that another has taken the place of come to nothing, and their
 * senders are told to come again.
 */
export const linksOf = (waiting: Waiting, side: Side, anchor: SignedAnchor): Links => {
  const known = side === 'payer' ? waiting.payer : waiting.payee
  if (known && sameChain(known.anchor, anchor)) return known
  const result = refuse('clearing-busy').refusal
  for (const listener of known?.listeners ?? []) waiting.notes.push({ result, listener })
  const links: Links = { anchor, listeners: [], index: 0, tip: new Int32Array(linkBytes / 4) }
  if (side === 'payer') waiting.payer = links
  else waiting.payee = links
  return links
}

/** Everybody who waits for an answer about a channel. */
export const listenersOf = ({ vouchers, deliveries, repeats, payer, payee }: Waiting): ReadonlySet<Listener> =>
  new Set([
    ...[...vouchers, ...deliveries, ...repeats].map(({ listener }) => listener),
    ...(payer?.listeners ?? []),
    ...(payee?.listeners ?? []),
  ])

/** Channels whose vouchers are verified and written together at most. */
const signaturesMax = 256

/** A window in parts of so many channels with vouchers; without vouchers it stays whole. */
export const partsOf = (window: readonly Waiting[]): readonly (readonly Waiting[])[] => {
  const parts: [Waiting[], ...Waiting[][]] = [[]]
  let part = parts[0]
  let signatures = 0
  for (const waiting of window) {
    if (waiting.vouchers.length > 0 && ++signatures > signaturesMax) {
      part = []
      parts.push(part)
      signatures = 1
    }
    part.push(waiting)
  }
  return parts
}
