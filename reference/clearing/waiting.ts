/** What waits for the next window: ticks and deliveries by channel, and who hears what became of them. */
import type { Side, SignedAnchor, SignedVoucher } from '../core/clearing/index.ts'
import type { Refusal } from '../core/index.ts'
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

/** What waits for one channel. */
export type Waiting = {
  readonly live: LiveChannel
  readonly vouchers: VoucherTicket[]
  readonly deliveries: { readonly delivered: bigint; readonly listener: Listener }[]
  readonly notes: Note[]
  readonly listeners: Listener[]
  ticks: number
  /** Highest link taken, and the anchor it counts from; what the listeners wait for. */
  high: number
  anchor: SignedAnchor | undefined
  /** Who offered the links; where both did, the payee, who may redeem longer. */
  side: Side
}

/** Nothing that waits for a channel, yet. */
export const nothingFor = (live: LiveChannel): Waiting => ({
  live,
  vouchers: [],
  deliveries: [],
  notes: [],
  listeners: [],
  ticks: 0,
  high: 0,
  anchor: undefined,
  side: 'payer',
})

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
