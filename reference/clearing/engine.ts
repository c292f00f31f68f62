/** The engine: takes ticks in windows, verifies them, makes each window durable in one transaction, and only then answers. */
import {
  type Channel,
  chainRefusals,
  contradicts,
  deliver,
  judgeVoucher,
  type Side,
  type SignedAnchor,
  type SignedVoucher,
  skipMax,
  takeVoucher,
  voucherPreimage,
  whyNoTick,
  worthOf,
} from '../core/clearing/index.ts'
import { type Refusal, refuse } from '../core/index.ts'
import { Overtaken } from './books.ts'
import { type EngineClock, systemClock } from './clock.ts'
import { type LiveChannel, readChannel, rewind } from './records.ts'
import type { Engine } from './rows.ts'
import type { ClearingDatabase } from './tables.ts'
import { verifyAside } from './verify.ts'
import { type Change, writeWindow } from './window.ts'

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

export const windowBounds: WindowBounds = { delayMsMax: 20, ticksMax: 16_384, waitingMax: 65_536 }

type VoucherTicket = {
  readonly voucher: SignedVoucher
  readonly side: Side
  readonly listener: Listener
  /** Whether the signature holds, once that is being found out. */
  verified: Promise<boolean> | undefined
}
type Delivery = { readonly delivered: bigint; readonly listener: Listener }
type Note = { readonly result: 'unchanged' | 'corrected' | Refusal; readonly listener: Listener }

/** What waits for one channel. */
type Waiting = {
  readonly live: LiveChannel
  readonly vouchers: VoucherTicket[]
  readonly deliveries: Delivery[]
  readonly notes: Note[]
  readonly listeners: Listener[]
  ticks: number
  /** Highest link taken, and the anchor it counts from; what the listeners wait for. */
  high: number
  anchor: SignedAnchor | undefined
  /** Who offered the links; where both did, the payee, who may redeem longer. */
  side: Side
}

const tries = 4

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
  readonly #verify: typeof verifyAside
  readonly #clock: EngineClock
  readonly #live = new Map<string, LiveChannel>()
  #collecting = new Map<LiveChannel, Waiting>()
  #ticks = 0
  #running: Promise<void> | undefined
  #scheduled: unknown
  #turn: Promise<unknown> = Promise.resolve()
  /** Turns taken: what was read from the books before one may be old after it. */
  #turns = 0
  #commitMs = 0
  #windowTicks = 0
  #last: { windowId: bigint; cycle: bigint } | undefined
  #room: (() => void)[] = []
  #marks: (() => void)[] = []
  #current: Promise<void> | undefined
  /** Windows made durable since the start, and the ticks in them. */
  readonly done = { windows: 0, ticks: 0 }

  constructor({ database, engine, now, bounds, verify, clock }: EngineParts) {
    this.database = database
    this.engine = engine
    this.now = now
    this.bounds = { ...windowBounds, ...bounds }
    this.#verify = verify ?? verifyAside
    this.#clock = clock ?? systemClock
  }

  /** The channel of an identifier, from memory or from the books. */
  async find(channelId: string): Promise<LiveChannel | undefined> {
    const known = this.#live.get(channelId)
    if (known) return known
    const turns = this.#turns
    const read = await readChannel(this.database, channelId)
    if (!read) return undefined
    const meanwhile = this.#live.get(channelId)
    if (meanwhile) return meanwhile
    if (turns !== this.#turns) return this.find(channelId)
    if (read.state.status !== 'closed') this.#live.set(channelId, read)
    return read
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
    const waiting: Waiting = {
      live,
      vouchers: [],
      deliveries: [],
      notes: [],
      listeners: [],
      ticks: 0,
      high: 0,
      anchor: undefined,
      side: 'payer',
    }
    this.#collecting.set(live, waiting)
    return waiting
  }

  /** Counts a tick in and sees to it that a window will take it. */
  #counted(waiting: Waiting): undefined {
    waiting.ticks++
    this.#ticks++
    if (this.#running) return
    if (this.#ticks === this.bounds.ticksMax && this.#scheduled !== undefined) this.#unschedule()
    if (this.#scheduled === undefined) this.#schedule()
  }

  #schedule(): void {
    const delay = this.#windowTicks < 8 ? 0 : Math.min(this.bounds.delayMsMax, Math.ceil(this.#commitMs * 4))
    const run = (): void => {
      this.#scheduled = undefined
      this.#running = this.#run()
    }
    const { soon, later } = this.#clock
    this.#scheduled = delay === 0 || this.#ticks >= this.bounds.ticksMax ? soon(run) : later(run, delay)
  }

  #unschedule(): void {
    this.#clock.cancel(this.#scheduled)
    this.#scheduled = undefined
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
    const why = whyNoTick(state, side, this.now())
    if (why) return why
    if (!cursor) return refuse('profile-mismatch').refusal
    const waiting = this.#waitingOf(live)
    if (index <= cursor.index) {
      const result = staleLink(cursor.index, cursor.tip, index, bytes, offset)
      waiting.notes.push({ result, listener })
      return this.#counted(waiting)
    }
    const { expiresAt = 0n } = state.anchor ?? {}
    if (expiresAt !== 0n && expiresAt <= BigInt(this.now())) return refuse('voucher-expired').refusal
    if (index > live.covered && index <= cursor.length && index - cursor.index <= skipMax)
      return refuse('channel-cap-exceeded').refusal
    const step = cursor.advance(index, bytes, offset)
    if (step !== 'advanced' && step !== 'known') return refuse(chainRefusals[step]).refusal
    waiting.high = index
    if (side === 'payee') waiting.side = side
    waiting.anchor = state.anchor
    if (waiting.listeners.at(-1) !== listener && !waiting.listeners.includes(listener)) waiting.listeners.push(listener)
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
        this.#current = this.#settleAll(window)
        await this.#current
        this.#current = undefined
        for (const wake of marks) wake()
        this.#windowTicks = ticks
        if (this.#ticks > 0 && this.#ticks < this.bounds.ticksMax && this.#windowTicks >= 8) await this.#gather()
      }
    } finally {
      this.#running = undefined
    }
  }

  /** Waits a little for more, as long as commits have shown to be worth it. */
  #gather(): Promise<void> {
    const delay = Math.min(this.bounds.delayMsMax, Math.ceil(this.#commitMs * 4))
    return new Promise((resolve) => {
      const { elapsed, soon } = this.#clock
      const until = elapsed() + delay
      const look = (): void => {
        if (this.#ticks >= this.bounds.ticksMax || elapsed() >= until) resolve()
        else soon(look)
      }
      look()
    })
  }

  /**
   * Settles a window, in parts where it takes many signatures: those of the next part are verified on the threads of
   * libuv while this one is written.
   */
  async #settleAll(window: readonly Waiting[]): Promise<void> {
    const parts = partsOf(window)
    if (parts.length > 1) this.#verifyAhead(parts[0])
    for (const [at, part] of parts.entries()) {
      this.#verifyAhead(parts[at + 1])
      await this.#settle(part)
    }
  }

  /** Begins to verify what the vouchers of each channel come down to. */
  #verifyAhead(part: readonly Waiting[] = []): void {
    const now = this.now()
    for (const { live, vouchers } of part) {
      let newest: VoucherTicket | undefined
      for (const ticket of vouchers)
        if (!newest || ticket.voucher.cumulative > newest.voucher.cumulative) newest = ticket
      if (!newest || whyNoTick(live.state, newest.side, now)) continue
      const standing = judgeVoucher(live.state, newest.voucher, now)
      if (standing.ok && standing.value === 'newer') void isValid(live, newest, this.#verify)
    }
  }

  /** Verifies a window, writes it and tells; a window that another writer overtook is judged again from the books. */
  async #settle(window: readonly Waiting[]): Promise<void> {
    const ticks = window.reduce((sum, waiting) => sum + waiting.ticks, 0)
    for (let attempt = 1; ; attempt++) {
      const now = this.now()
      const judged = await Promise.all(window.map((waiting) => this.#judge(waiting, now)))
      try {
        const changes = judged.flatMap(({ change }) => change ?? [])
        if (changes.length > 0) await this.#write(changes, ticks, now)
        this.done.ticks += ticks
        for (const each of judged) tell(each)
        return
      } catch (error) {
        this.#last = undefined
        const read = attempt < tries && (await this.#reread(window).catch(() => false))
        if (read) continue
        for (const { live, vouchers, deliveries, listeners } of window) {
          this.#live.delete(live.id)
          const all = new Set([...vouchers, ...deliveries].map(({ listener }) => listener).concat(listeners))
          for (const listener of all) listener.refused(live, refuse('clearing-busy').refusal)
        }
        if (!(error instanceof Overtaken)) this.onError(error)
        return
      }
    }
  }

  /** What went wrong beside refusals; the role logs it. */
  onError: (error: unknown) => void = () => {}

  /** Writes a window as of the time it was judged at; memory follows before anybody else has the turn. */
  async #write(changes: readonly Change[], ticks: number, now: number): Promise<void> {
    const started = this.#clock.elapsed()
    await this.inTurn(async (last) => {
      const at = BigInt(now)
      if (changes.some(({ live, base }) => live.state !== base)) throw new Overtaken('a channel changed meanwhile')
      await this.database
        .transaction()
        .execute((transaction) =>
          writeWindow(
            { transaction, engine: this.engine, windowId: last.windowId + 1n, cycle: last.cycle, at },
            changes,
            ticks,
          ),
        )
      last.windowId += 1n
      for (const change of changes) apply(change.live, change)
    })
    this.#commitMs = this.#commitMs * 0.8 + (this.#clock.elapsed() - started) * 0.2
    this.done.windows++
  }

  /** Runs work that writes windows, one after another; it is told the number of the last window and keeps it up to date. */
  inTurn<Value>(work: (last: { windowId: bigint; cycle: bigint }) => Promise<Value>): Promise<Value> {
    const run = this.#turn.then(async () => {
      this.#turns++
      this.#last ??= await this.#readLast()
      try {
        return await work(this.#last)
      } catch (error) {
        this.#last = undefined
        throw error
      } finally {
        this.#turns++
      }
    })
    this.#turn = run.catch(() => {})
    return run
  }

  async #readLast(): Promise<{ windowId: bigint; cycle: bigint }> {
    const { windowId } = await this.database
      .selectFrom('clearing_windows')
      .select(({ fn }) => fn.max('window_id').as('windowId'))
      .executeTakeFirstOrThrow()
    const { cycle } = await this.database
      .selectFrom('clearing_cycles')
      .select('cycle')
      .where('status', '=', 'open')
      .executeTakeFirstOrThrow()
    return { windowId: windowId ?? 0n, cycle }
  }

  /** Takes the channels of a window from the books again. */
  async #reread(window: readonly Waiting[]): Promise<boolean> {
    for (const { live } of window) {
      const fresh = await readChannel(this.database, live.id)
      if (!fresh) return false
      this.adopt(live, fresh)
    }
    return true
  }

  /** Tells memory what was written of channels, where it knows them; within the turn that wrote it. */
  follow(channels: readonly LiveChannel[]): void {
    for (const fresh of channels) {
      const live = this.#live.get(fresh.id)
      if (live) this.adopt(live, fresh)
    }
  }

  /** Puts what the books say in the place of what was in memory; links that wait are kept where they still lead on. */
  adopt(live: LiveChannel, fresh: LiveChannel): void {
    const ahead = live.cursor
    live.state = fresh.state
    live.link = fresh.link
    live.closedAt = fresh.closedAt
    rewind(live)
    if (live.state.status === 'closed') this.#live.delete(live.id)
    if (ahead && live.cursor && ahead.index > live.cursor.index && ahead.index <= live.covered)
      live.cursor.advance(ahead.index, ahead.tip, 0, Number.POSITIVE_INFINITY)
  }

  /** Forgets everything in memory, as a restart does. */
  forget(): void {
    this.#live.clear()
    this.#last = undefined
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
    await this.#turn
  }

  async #judge(waiting: Waiting, now: number): Promise<Judged> {
    const { live, vouchers, deliveries, notes, listeners, high, anchor } = waiting
    const judged: Judged = { live, change: undefined, notes: [...notes], durable: [] }
    const base = live.state
    let next = base
    let link: string | undefined
    const why = anchor && whyNoTick(base, waiting.side, now)
    if (why) rewind(live)
    else if (anchor && live.cursor && next.anchor && live.cursor.index > next.linkIndex) {
      const { index, tip } = live.cursor
      link = Buffer.from(tip).toString('base64url')
      next = { ...next, authorised: worthOf(next.anchor, index), linkIndex: index }
    }
    const reached = !anchor || next.authorised >= worthOf(anchor, high)
    for (const listener of listeners)
      if (reached) judged.durable.push(listener)
      else judged.notes.push({ result: why ?? refuse('clearing-busy').refusal, listener })
    if (vouchers.length > 0) next = await judgeVouchers(live, next, vouchers, now, judged, this.#verify)
    for (const { delivered, listener } of deliveries) {
      const outcome = whyNoDelivery(next, now) ?? deliver(next, delivered)
      if ('code' in outcome) judged.notes.push({ result: outcome, listener })
      else if (!outcome.ok) judged.notes.push({ result: outcome.refusal, listener })
      else {
        next = outcome.value
        heard(judged, listener)
      }
    }
    if (next !== base) judged.change = { live, base, next, link }
    return judged
  }
}

type Judged = {
  readonly live: LiveChannel
  change: Change | undefined
  readonly notes: Note[]
  readonly durable: Listener[]
}

const heard = ({ durable }: Judged, listener: Listener): void => {
  if (durable.at(-1) !== listener && !durable.includes(listener)) durable.push(listener)
}

const whyNoDelivery = (channel: Channel, now: number): Refusal | undefined => whyNoTick(channel, 'payee', now)

/** Channels whose vouchers are verified and written together at most. */
const signaturesMax = 256

/** A window in parts of so many channels with vouchers; without vouchers it stays whole. */
const partsOf = (window: readonly Waiting[]): readonly (readonly Waiting[])[] => {
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

/** Whether the signature of a voucher holds; it is verified once. */
const isValid = ({ key }: LiveChannel, ticket: VoucherTicket, verify: typeof verifyAside): Promise<boolean> => {
  const { voucher } = ticket
  ticket.verified ??= verify(key, voucherPreimage(voucher), voucher.signature)
  return ticket.verified
}

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

/**
 * The channel after the vouchers of a window. Only the newest one that could be taken is verified, for it says what
 * all before it said; where its signature is wrong the next one is. EXT-CLEARING-10, 11
 */
const judgeVouchers = async (
  live: LiveChannel,
  channel: Channel,
  tickets: readonly VoucherTicket[],
  now: number,
  judged: Judged,
  verify: typeof verifyAside,
): Promise<Channel> => {
  const newer: VoucherTicket[] = []
  const refusals = { payer: whyNoTick(channel, 'payer', now), payee: whyNoTick(channel, 'payee', now) }
  let rising = true
  for (const ticket of tickets) {
    const why = refusals[ticket.side]
    const standing = why ? undefined : judgeVoucher(channel, ticket.voucher, now)
    if (standing === undefined) judged.notes.push({ result: why as Refusal, listener: ticket.listener })
    else if (!standing.ok) judged.notes.push({ result: standing.refusal, listener: ticket.listener })
    else if (standing.value === 'newer') {
      const before = newer.at(-1)
      rising &&= before === undefined || before.voucher.cumulative <= ticket.voucher.cumulative
      newer.push(ticket)
    } else judged.notes.push({ result: standing.value, listener: ticket.listener })
  }
  if (!rising)
    newer.sort((a, b) =>
      a.voucher.cumulative < b.voucher.cumulative ? -1 : a.voucher.cumulative > b.voucher.cumulative ? 1 : 0,
    )
  for (let at = newer.length - 1; at >= 0; at--) {
    const newest = newer[at] as VoucherTicket
    const { voucher, listener } = newest
    if (await isValid(live, newest, verify)) {
      for (let lower = 0; lower <= at; lower++) {
        const ticket = newer[lower] as VoucherTicket
        if (lower < at && contradicts(ticket.voucher, voucher))
          judged.notes.push({ result: refuse('voucher-conflict').refusal, listener: ticket.listener })
        else heard(judged, ticket.listener)
      }
      return takeVoucher(channel, voucher)
    }
    judged.notes.push({ result: refuse('voucher-signature-invalid').refusal, listener })
  }
  return channel
}

const apply = (live: LiveChannel, { next, link }: Change): void => {
  live.state = next
  if (link !== undefined) live.link = link
}

const tell = ({ live, notes, durable }: Judged): void => {
  for (const listener of durable) listener.durable(live)
  for (const { result, listener } of notes)
    if (typeof result === 'string') listener.stale(live, result)
    else listener.refused(live, result)
}
