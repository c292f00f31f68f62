/** The engine: takes ticks in windows, verifies them, makes each window durable in one transaction, and only then answers. */
import { chainRefusals, linkBytes, type Side, type SignedVoucher, skipMax, whyNoTick } from '../core/clearing/index.ts'
import { type Refusal, refuse } from '../core/index.ts'
import { type EngineClock, systemClock } from './clock.ts'
import { Memory } from './memory.ts'
import { Pace } from './pace.ts'
import type { LiveChannel } from './records.ts'
import type { Engine } from './rows.ts'
import { Settler } from './settler.ts'
import type { ClearingDatabase } from './tables.ts'
import { type Last, Turns } from './turns.ts'
import { verifyAside } from './verify.ts'
import { type Listener, linksOf, nothingFor, type Waiting, type WindowBounds } from './waiting.ts'

export const windowBounds: WindowBounds = { delayMsMax: 20, ticksMax: 16_384, waitingMax: 65_536 }

export type EngineParts = {
  readonly database: ClearingDatabase
  readonly engine: Engine
  /** Epoch seconds. */
  readonly now: () => number
  readonly bounds?: Partial<WindowBounds>
  /** How voucher signatures are verified; on the threads of libuv unless said otherwise. */
  readonly verify?: typeof verifyAside
  readonly clock?: EngineClock
}

export class ClearingEngine {
  readonly database: ClearingDatabase
  readonly engine: Engine
  readonly now: () => number
  readonly bounds: WindowBounds
  readonly #clock: EngineClock
  readonly #turns: Turns
  readonly #memory: Memory
  readonly #pace: Pace
  readonly #settler: Settler
  #collecting = new Map<LiveChannel, Waiting>()
  #ticks = 0
  #running: Promise<void> | undefined
  #room: (() => void)[] = []
  #marks: (() => void)[] = []
  #current: Promise<void> | undefined

  constructor({ database, engine, now, bounds, verify = verifyAside, clock = systemClock }: EngineParts) {
    this.database = database
    this.engine = engine
    this.now = now
    this.bounds = { ...windowBounds, ...bounds }
    this.#clock = clock
    this.#turns = new Turns(database)
    this.#memory = new Memory(database, this.#turns)
    this.#pace = new Pace(clock, this.bounds)
    this.#settler = new Settler({
      database,
      engine,
      now,
      verify,
      turns: this.#turns,
      memory: this.#memory,
      elapsed: clock.elapsed,
      wrote: (ms) => this.#pace.wrote(ms),
      onError: (error) => this.onError(error),
    })
  }

  /** What went wrong beside refusals; the role logs it. */
  onError: (error: unknown) => void = () => {}

  /** Windows made durable since the start, and the ticks in them. */
  get done(): { readonly windows: number; readonly ticks: number } {
    return this.#settler.done
  }

  /** How many ticks wait. */
  get waiting(): number {
    return this.#ticks
  }

  /** Resolves as soon as further ticks are taken. */
  room(): Promise<void> {
    if (this.#ticks < this.bounds.waitingMax) return Promise.resolve()
    return new Promise((resolve) => this.#room.push(resolve))
  }

  #waitingOf(live: LiveChannel): Waiting {
    const known = this.#collecting.get(live)
    if (known) return known
    const waiting = nothingFor(live)
    this.#collecting.set(live, waiting)
    return waiting
  }

  /** Counts a tick in and sees to it that a window will take it. */
  #counted(waiting: Waiting): undefined {
    waiting.ticks++
    this.#ticks++
    if (!this.#running) this.#pace.plan(this.#ticks, this.#start)
  }

  readonly #start = (): void => {
    this.#running = this.#run()
  }

  /** Offers a voucher. A refusal is given back at once; otherwise the listener hears of it. EXT-CLEARING-34 */
  offerVoucher(live: LiveChannel, voucher: SignedVoucher, side: Side, listener: Listener): Refusal | undefined {
    if (this.#ticks >= this.bounds.waitingMax) return refuse('clearing-busy').refusal
    const waiting = this.#waitingOf(live)
    waiting.vouchers.push({ voucher, side, listener, verified: undefined })
    return this.#counted(waiting)
  }

  /** Offers the link at `bytes[offset..]`; it is verified at once and waits to become durable. */
  offerLink(
    live: LiveChannel,
    index: number,
    bytes: Uint8Array,
    offset: number,
    side: Side,
    listener: Listener,
  ): Refusal | undefined {
    if (this.#ticks >= this.bounds.waitingMax) return refuse('clearing-busy').refusal
    const { cursor, state } = live
    const { anchor } = state
    const why = whyNoTick(state, side, this.now())
    if (why) return why
    if (!cursor || !anchor) return refuse('profile-mismatch').refusal
    const waiting = this.#waitingOf(live)
    if (index <= cursor.index) {
      const result = staleLink(cursor.index, cursor.tip, index, bytes, offset)
      if (index <= state.linkIndex) waiting.notes.push({ result, listener })
      else {
        const link = Buffer.from(bytes.subarray(offset, offset + linkBytes))
        waiting.repeats.push({ anchor, index, link, side, result, listener })
      }
      return this.#counted(waiting)
    }
    const { expiresAt } = anchor
    if (expiresAt !== 0n && expiresAt <= BigInt(this.now())) return refuse('voucher-expired').refusal
    if (index > live.covered && index <= cursor.length && index - cursor.index <= skipMax)
      return refuse('channel-cap-exceeded').refusal
    const step = cursor.advance(index, bytes, offset)
    if (step !== 'advanced' && step !== 'known') return refuse(chainRefusals[step]).refusal
    const links = linksOf(waiting, side, anchor)
    if (index > links.index) {
      links.index = index
      cursor.copyTip(links.tip)
    }
    const { listeners } = links
    if (listeners.at(-1) !== listener && !listeners.includes(listener)) listeners.push(listener)
    return this.#counted(waiting)
  }

  /** Offers what the payee delivered so far. */
  offerDelivery(live: LiveChannel, delivered: bigint, listener: Listener): Refusal | undefined {
    if (this.#ticks >= this.bounds.waitingMax) return refuse('clearing-busy').refusal
    const waiting = this.#waitingOf(live)
    waiting.deliveries.push({ delivered, listener })
    return this.#counted(waiting)
  }

  async #run(): Promise<void> {
    try {
      while (this.#ticks > 0) {
        const window = [...this.#collecting.values()]
        const ticks = this.#ticks
        this.#collecting = new Map()
        this.#ticks = 0
        for (const wake of this.#room.splice(0)) wake()
        const marks = this.#marks.splice(0)
        this.#current = this.#settler.settle(window)
        await this.#current
        this.#current = undefined
        for (const wake of marks) wake()
        this.#pace.took(ticks)
        await this.#pace.gather(() => this.#ticks)
      }
    } finally {
      this.#running = undefined
    }
  }

  /** The channel of an identifier, from memory or from the books. */
  find(channelId: string): Promise<LiveChannel | undefined> {
    return this.#memory.find(channelId)
  }

  /** Runs work that writes windows, one after another; it is told the number of the last window and keeps it up to date. */
  inTurn<Value>(work: (last: Last) => Promise<Value>): Promise<Value> {
    return this.#turns.take(work)
  }

  /** Tells memory what was written of channels, where it knows them; within the turn that wrote it. */
  follow(channels: readonly LiveChannel[]): void {
    this.#memory.follow(channels)
  }

  /** Puts what the books say in the place of what was in memory; links that wait are kept where they still lead on. */
  adopt(live: LiveChannel, fresh: LiveChannel): void {
    this.#memory.adopt(live, fresh)
  }

  /** Forgets everything in memory, as a restart does. */
  forget(): void {
    this.#memory.forget()
    this.#turns.forget()
  }

  /** Resolves when everything offered so far has been answered. */
  settled(): Promise<void> {
    if (this.#ticks > 0) return new Promise((resolve) => this.#marks.push(resolve))
    return this.#current ?? Promise.resolve()
  }

  /** Waits until nothing waits. */
  async idle(): Promise<void> {
    while (this.#ticks > 0 || this.#running)
      await (this.#running ?? new Promise<void>((resolve) => this.#clock.soon(resolve)))
    await this.#turns.over()
  }
}

/** What becomes of a link that is not ahead of the newest one. */
const staleLink = (
  newest: number,
  tip: Uint8Array,
  index: number,
  bytes: Uint8Array,
  offset: number,
): 'unchanged' | 'corrected' | Refusal => {
  if (index < newest) return 'corrected'
  const same = Buffer.compare(tip, bytes.subarray(offset, offset + tip.length)) === 0
  return same ? 'unchanged' : refuse('chain-link-wrong').refusal
}
