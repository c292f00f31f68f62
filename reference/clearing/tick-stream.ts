/** One stream of ticks: lines taken in order, offered to the engine, answered once their window is durable. */
import { isMessage, type Message, problemOf } from '../../schemas/index.ts'
import { linkBytes, type Side } from '../core/clearing/index.ts'
import { enforces, type Refusal, refuse } from '../core/index.ts'
import type { ClearingContext } from './context.ts'
import { readLinkLine } from './lines.ts'
import { ownChannel } from './openings.ts'
import type { LiveChannel } from './records.ts'
import { answerOf, offerTick, type WireTick } from './ticks.ts'
import type { Listener } from './waiting.ts'

/** Bounds of streams. */
export const streamBounds = {
  lineBytesMax: 2_048,
  /** Bytes of one WebSocket message, which holds one line or more. */
  messageBytesMax: 65_536,
  /** Bytes of answers that wait to be read by the other side before no more is read from it. */
  unreadBytesMax: 262_144,
  /** Characters of answers gathered into one message. */
  answersCharactersMax: 32_768,
  tokenSeconds: 60,
  idleSecondsDefault: 60,
  streamsMax: 1_024,
  streamsOfOneMax: 64,
  /** Channels one stream remembers. */
  channelsMax: 16_384,
} as const

/** How lines leave: `unread` is how many bytes the other side has not read, `drained` resolves when it has caught up. */
type Way = {
  readonly send: (line: string) => void
  readonly unread: () => number
  readonly drained: () => Promise<void>
}

/** A channel and the side the stream is on. `known` falls once the stream has to look for the channel anew. */
export type Place = { readonly live: LiveChannel; readonly side: Side; known: boolean }

/** One open stream of an agent, over whatever way. */
export class TickStream {
  readonly #context: ClearingContext
  readonly #agentId: string
  readonly #way: Way
  readonly #listener: Listener
  readonly #places = new Map<string, Place>()
  readonly #link = Buffer.alloc(32)

  constructor(context: ClearingContext, agentId: string, way: Way) {
    this.#context = context
    this.#agentId = agentId
    this.#way = way
    const { world } = context
    const say = (live: LiveChannel, result: 'accepted' | 'unchanged' | 'corrected'): void => {
      const answer = answerOf(live, result, world)
      /** Only a mutant names more than is durable (EXT-CLEARING-35). */
      const more = enforces(world, 'EXT-CLEARING-35') ? 0n : 1n
      way.send(`${JSON.stringify({ ...answer, authorised: (live.state.authorised + more).toString() })}\n`)
    }
    this.#listener = {
      durable: (live) => say(live, 'accepted'),
      stale: say,
      refused: (live, refusal) => {
        if (refusal.code === 'clearing-busy') this.#forget(live.id)
        this.refuse(live.id, refusal)
      },
    }
  }

  /** Says what was refused, and of which channel. */
  refuse(channelId: string | undefined, { code, ...occurrence }: Refusal): void {
    const line: Message<'extensions/clearing/tick-refusal'> = {
      ...(channelId === undefined ? {} : { channelId }),
      problem: problemOf(code, { ...occurrence, instance: this.#context.world.id('line') }),
    }
    this.#way.send(`${JSON.stringify(line)}\n`)
  }

  #forget(channelId: string): void {
    const place = this.#places.get(channelId)
    if (place) place.known = false
    this.#places.delete(channelId)
  }

  /** The channel of an identifier for this stream; refused where it is not there for whoever opened it. */
  async place(channelId: string): Promise<Place | undefined> {
    const known = this.#places.get(channelId)
    if (known) return known
    const found = await ownChannel(this.#context, channelId, this.#agentId)
    if (!found.ok) {
      this.refuse(channelId, found.refusal)
      return undefined
    }
    if (this.#places.size >= streamBounds.channelsMax) for (const id of [...this.#places.keys()]) this.#forget(id)
    const place = { ...found.value, known: true }
    this.#places.set(channelId, place)
    return place
  }

  /** Offers until there is room: nothing is read on meanwhile, so the sender waits (EXT-CLEARING-34). */
  async #offer(channelId: string, offer: () => Refusal | undefined): Promise<void> {
    for (;;) {
      const refusal = offer()
      if (refusal?.code !== 'clearing-busy') return refusal && this.refuse(channelId, refusal)
      await this.#context.engine.room()
    }
  }

  /** Takes one line; false where it is none and the stream ends. It is a promise only where something has to be waited for. */
  line(line: Buffer): boolean | Promise<boolean> {
    const quick = readLinkLine(line, this.#link)
    if (!quick) return this.#parsed(line)
    const place = this.#places.get(quick.channelId)
    if (!place) return this.#first(quick.channelId, quick.index)
    return this.link(place, quick.index, this.#link, 0)
  }

  /** Offers the link at `bytes[offset..]`, or a copy of it as soon as there is room. */
  link(place: Place, index: number, bytes: Uint8Array, offset: number): true | Promise<true> {
    const { live, side } = place
    const refusal = this.#context.engine.offerLink(live, index, bytes, offset, side, this.#listener)
    if (refusal?.code === 'clearing-busy')
      return this.#linked(place, index, Buffer.from(bytes.subarray(offset, offset + linkBytes)))
    if (refusal) this.refuse(live.id, refusal)
    return true
  }

  /** The first link of a channel on this stream. */
  async #first(channelId: string, index: number): Promise<boolean> {
    const link = Buffer.from(this.#link)
    const place = await this.place(channelId)
    return place ? this.#linked(place, index, link) : true
  }

  async #linked({ live, side }: Place, index: number, link: Buffer): Promise<true> {
    const { engine } = this.#context
    await this.#offer(live.id, () => engine.offerLink(live, index, link, 0, side, this.#listener))
    return true
  }

  #parsed(line: Buffer): boolean | Promise<boolean> {
    let tick: unknown
    try {
      tick = JSON.parse(line.toString('utf8'))
    } catch {
      this.refuse(undefined, refuse('json-malformed').refusal)
      return false
    }
    if (!isMessage('extensions/clearing/tick-request', tick)) {
      this.refuse(undefined, refuse('request-invalid', { field: '/' }).refusal)
      return false
    }
    return this.#tick(tick)
  }

  async #tick(tick: WireTick): Promise<boolean> {
    const place = await this.place(tick.channelId)
    if (!place) return true
    const { delivered, ...paid } = tick
    const tells = delivered !== undefined && (paid.voucher !== undefined || paid.link !== undefined)
    const { engine } = this.#context
    const offer = (part: WireTick) => (): Refusal | undefined =>
      offerTick(engine, place.live, place.side, part, this.#listener)
    await this.#offer(tick.channelId, offer(tells ? paid : tick))
    if (tells) await this.#offer(tick.channelId, offer({ channelId: tick.channelId, delivered }))
    return true
  }

  /** Takes lines one after the other; false where the stream ends. It is a promise only where something has to be waited for. */
  lines(lines: readonly Buffer[], from = 0): boolean | Promise<boolean> {
    for (let at = from; at < lines.length; at++) {
      const taken = this.line(lines[at] as Buffer)
      if (taken === false) return false
      if (taken !== true) return taken.then((goesOn) => goesOn && this.lines(lines, at + 1))
    }
    return true
  }

  /** Waits until the other side reads on, where it is behind. */
  caughtUp(): Promise<void> | undefined {
    return this.#way.unread() > streamBounds.unreadBytesMax ? this.#way.drained() : undefined
  }
}
