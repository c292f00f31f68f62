/** A stream that survives its connections: what was not answered is sent again, and since ticks are cumulative nothing counts twice. */
import { isMessage, type Problem } from '../../schemas/index.ts'
import { type Outcome, type Refusal, refuse } from '../core/index.ts'
import type { Tick } from './outbox.ts'
import { ask, type Trader } from './party.ts'
import { openWire, type Via, type Wire } from './wire.ts'

/** How far a channel is durable at the clearing. */
export type Standing = { readonly authorised: bigint; readonly delivered: bigint }

type Sent = { readonly authorised: bigint; readonly tick: Tick }

/** What is on its way for one channel. */
type Lane = {
  readonly channelId: string
  standing: Standing
  /** Ticks not answered yet, lowest first. */
  readonly sent: Sent[]
  /** Ticks of `sent` that were answered already. */
  answered: number
  delivered: bigint
  refusal: Refusal | undefined
  waiting: { readonly standing: Standing; readonly done: (outcome: Outcome<Standing>) => void }[]
}

const unansweredMax = 16_384
/** Connections in a row that may end with a line that is no answer. */
const oddMax = 4
const waitMilliseconds = [50, 100, 200, 400, 800, 1_600, 3_200]

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const wholeUnits = /^(0|[1-9][0-9]{0,18})$/

/** Where an answer says a channel stands; nothing where that is no count of units. */
const standingOf = (said: { readonly authorised: string; readonly delivered: string }): Standing | undefined =>
  wholeUnits.test(said.authorised) && wholeUnits.test(said.delivered)
    ? { authorised: BigInt(said.authorised), delivered: BigInt(said.delivered) }
    : undefined

const goneBy = (error: unknown): Refusal =>
  refuse('peer-unavailable', { detail: error instanceof Error ? error.message : 'gone' }).refusal

/** The lines of an agent to its clearing, for any number of channels. */
export class TickLine {
  readonly #trader: Trader
  readonly #via: Via
  readonly #lanes = new Map<string, Lane>()
  #wire: Promise<Wire> | undefined
  #open: Wire | undefined
  #closed = false
  #failures = 0
  #odd = 0
  /** Connections opened so far. */
  connections = 0

  constructor(trader: Trader, via: Via = 'websocket') {
    this.#trader = trader
    this.#via = via
  }

  /** Follows a channel from where the clearing says it stands. */
  follow(channelId: string, standing: Standing): void {
    const { delivered } = standing
    if (!this.#lanes.has(channelId))
      this.#lanes.set(channelId, {
        channelId,
        standing,
        sent: [],
        answered: 0,
        delivered,
        refusal: undefined,
        waiting: [],
      })
  }

  #lane(channelId: string): Lane {
    const lane = this.#lanes.get(channelId)
    if (!lane) throw new Error(`no channel ${channelId} is followed`)
    return lane
  }

  /** How far a channel is durable, as last heard. */
  standing(channelId: string): Standing {
    return this.#lane(channelId).standing
  }

  /**
   * Sends a tick that authorises up to an amount; resolves when it is on its way, not when it is durable. Waits where
   * too much is unanswered. Refuses what the clearing refused of this channel before.
   */
  async send(tick: Tick, authorised: bigint): Promise<Refusal | undefined> {
    const lane = this.#lane(tick.channelId)
    if (lane.refusal) return lane.refusal
    lane.sent.push({ authorised, tick })
    if (this.#open) this.#open.tick(tick)
    else await this.#connected()
    if (this.#open?.full()) await this.#open.room()
    if (lane.sent.length - lane.answered >= unansweredMax)
      await this.durable(tick.channelId, { authorised: (lane.sent[lane.answered] as Sent).authorised, delivered: 0n })
    return lane.refusal
  }

  /** Tells what was delivered so far. */
  async deliver(channelId: string, delivered: bigint): Promise<Refusal | undefined> {
    const lane = this.#lane(channelId)
    if (lane.refusal || delivered <= lane.delivered) return lane.refusal
    lane.delivered = delivered
    if (this.#open) this.#open.tick({ channelId, delivered: delivered.toString() })
    else await this.#connected()
    return lane.refusal
  }

  /** Resolves once a channel is durable up to a standing, or with what was refused. */
  durable(channelId: string, standing: Standing): Promise<Outcome<Standing>> {
    const lane = this.#lane(channelId)
    return new Promise((done) => {
      lane.waiting.push({ standing, done })
      this.#tell(lane)
    })
  }

  #tell(lane: Lane): void {
    const { standing, refusal } = lane
    lane.waiting = lane.waiting.filter(({ standing: wanted, done }) => {
      const there = standing.authorised >= wanted.authorised && standing.delivered >= wanted.delivered
      if (there) done({ ok: true, value: standing })
      else if (refusal) done({ ok: false, refusal })
      return !there && !refusal
    })
  }

  #confirm(lane: Lane, { authorised, delivered }: Standing): void {
    const { standing, sent } = lane
    lane.standing = {
      authorised: authorised > standing.authorised ? authorised : standing.authorised,
      delivered: delivered > standing.delivered ? delivered : standing.delivered,
    }
    while (lane.answered < sent.length && (sent[lane.answered] as Sent).authorised <= lane.standing.authorised)
      lane.answered++
    if (lane.answered > 4_096 || lane.answered === sent.length) {
      sent.splice(0, lane.answered)
      lane.answered = 0
    }
    this.#tell(lane)
  }

  /** Takes a line in; false where it is no answer, which ends the connection. */
  #heard(text: string): boolean {
    const line = jsonOf(text)
    if (isMessage('extensions/clearing/tick-response', line)) {
      const standing = standingOf(line)
      if (!standing) return this.#baffled()
      const lane = this.#lanes.get(line.channelId)
      if (lane) this.#confirm(lane, standing)
    } else if (isMessage('extensions/clearing/tick-refusal', line)) this.#refused(line.channelId, line.problem)
    else return this.#baffled()
    this.#odd = 0
    return true
  }

  /** A clearing that writes what is no answer is asked again, and given up where it goes on so. */
  #baffled(): false {
    if (++this.#odd > oddMax)
      this.#giveUp(refuse('peer-answer-invalid', { detail: 'the clearing writes what is no answer' }).refusal)
    return false
  }

  #refused(channelId: string | undefined, problem: Problem): void {
    const lane = channelId === undefined ? undefined : this.#lanes.get(channelId)
    /** Busy: the window was lost on the way to the books; all of it is sent again over a new connection. */
    if (!lane || problem.retry === 'after') {
      this.#open?.cut()
      return
    }
    const { code, detail, field } = problem as Problem & Refusal
    lane.refusal = refuse(code, { ...(detail ? { detail } : {}), ...(field ? { field } : {}) }).refusal
    this.#tell(lane)
  }

  #connected(): Promise<Wire> {
    this.#wire ??= this.#connect().catch((error) => {
      this.#wire = undefined
      throw error
    })
    return this.#wire
  }

  /** Opens the next connection, and sends again what the clearing does not have (EXT-CLEARING-36). */
  async #connect(): Promise<Wire> {
    for (;;) {
      try {
        const wire = await this.#reopen()
        this.#failures = 0
        return wire
      } catch (error) {
        if (this.#closed || this.#failures >= 40) throw error
        const wait = waitMilliseconds[Math.min(this.#failures++, waitMilliseconds.length - 1)]
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async #reopen(): Promise<Wire> {
    const opened = await ask(this.#trader, 'clearing.openStream', {})
    if (!opened.ok) throw new Error(opened.refusal.code)
    for (const lane of this.#lanes.values()) {
      const found = await ask(this.#trader, 'clearing.inquiryChannel', { channelId: lane.channelId })
      if (!found.ok && found.refusal.code === 'peer-unavailable') throw new Error('the clearing is away')
      const standing = found.ok ? standingOf(found.value) : undefined
      if (standing) this.#confirm(lane, standing)
    }
    const wire = await openWire(this.#via, this.#trader.clearing.endpoint, opened.value, {
      line: (line) => this.#heard(line),
      lost: () => this.#lost(),
    })
    this.#open = wire
    this.connections++
    for (const lane of this.#lanes.values()) {
      if (lane.refusal) continue
      for (let at = lane.answered; at < lane.sent.length; at++) wire.tick((lane.sent[at] as Sent).tick)
      if (lane.delivered > lane.standing.delivered)
        wire.tick({ channelId: lane.channelId, delivered: lane.delivered.toString() })
    }
    return wire
  }

  #lost(): void {
    this.#open = undefined
    this.#wire = undefined
    const behind = [...this.#lanes.values()].some(
      ({ sent, answered, waiting, delivered, standing, refusal }) =>
        refusal === undefined && (sent.length > answered || waiting.length > 0 || delivered > standing.delivered),
    )
    if (behind && !this.#closed) this.#connected().catch((error) => this.#giveUp(goneBy(error)))
  }

  #giveUp(refusal: Refusal): void {
    for (const lane of this.#lanes.values()) {
      lane.refusal ??= refusal
      this.#tell(lane)
    }
  }

  /** Cuts the connection, as a network does. */
  cut(): void {
    this.#open?.cut()
  }

  /** Waits until everything sent is durable, and ends the connection. */
  async close(): Promise<void> {
    for (const lane of this.#lanes.values()) {
      const authorised = lane.sent.at(-1)?.authorised ?? lane.standing.authorised
      if (!lane.refusal) await this.durable(lane.channelId, { authorised, delivered: lane.delivered })
    }
    this.#closed = true
    this.#open?.end()
  }
}
