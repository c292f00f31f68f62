/** Streams of ticks: many lines over one connection, read no faster than they become durable, answered once they are. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { isMessage, type Message, problemOf, supportedVersions } from '../../schemas/index.ts'
import type { Side } from '../core/clearing/index.ts'
import { accept, enforces, formatTime, type Outcome, type Refusal, refuse } from '../core/index.ts'
import type { LongConnection, ServedOperations } from '../http/operation.ts'
import type { ClearingContext } from './context.ts'
import type { Listener } from './engine.ts'
import { linesOf, readLinkLine } from './lines.ts'
import { ownChannel } from './openings.ts'
import type { LiveChannel } from './records.ts'
import { answerOf, offerTick, type WireTick } from './ticks.ts'

/** Bounds of streams. */
export const streamBounds = {
  lineBytesMax: 2_048,
  /** Bytes of one WebSocket message, which holds one line or more. */
  messageBytesMax: 65_536,
  /** Bytes of answers that wait to be read by the other side before no more is read from it. */
  unreadBytesMax: 262_144,
  tokenSeconds: 60,
  idleSecondsDefault: 60,
  streamsMax: 1_024,
  /** Channels one stream remembers. */
  channelsMax: 16_384,
} as const

/** How long whoever was refused has to read the refusal before the connection is cut. */
const closingMilliseconds = 1_000

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** How lines leave: `unread` is how many bytes the other side has not read, `drained` resolves when it has caught up. */
type Way = {
  readonly send: (line: string) => void
  readonly unread: () => number
  readonly drained: () => Promise<void>
}

type Place = { readonly live: LiveChannel; readonly side: Side }

/** One open stream of an agent, over whatever way. */
class TickStream {
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
        if (refusal.code === 'clearing-busy') this.#places.delete(live.id)
        this.#refuse(live.id, refusal)
      },
    }
  }

  #refuse(channelId: string | undefined, { code, ...occurrence }: Refusal): void {
    const line: Message<'extensions/clearing/tick-refusal'> = {
      ...(channelId === undefined ? {} : { channelId }),
      problem: problemOf(code, { ...occurrence, instance: this.#context.world.id('line') }),
    }
    this.#way.send(`${JSON.stringify(line)}\n`)
  }

  async #place(channelId: string): Promise<Place | undefined> {
    const known = this.#places.get(channelId)
    if (known) return known
    const found = await ownChannel(this.#context, channelId, this.#agentId)
    if (!found.ok) {
      this.#refuse(channelId, found.refusal)
      return undefined
    }
    if (this.#places.size >= streamBounds.channelsMax) this.#places.clear()
    this.#places.set(channelId, found.value)
    return found.value
  }

  /** Offers until there is room: nothing is read on meanwhile, so the sender waits (EXT-CLEARING-34). */
  async #offer(channelId: string, offer: () => Refusal | undefined): Promise<void> {
    for (;;) {
      const refusal = offer()
      if (refusal?.code !== 'clearing-busy') return refusal && this.#refuse(channelId, refusal)
      await this.#context.engine.room()
    }
  }

  /** Takes one line; false where it is none and the stream ends. It is a promise only where something has to be waited for. */
  line(line: Buffer): boolean | Promise<boolean> {
    const quick = readLinkLine(line, this.#link)
    if (!quick) return this.#parsed(line)
    const place = this.#places.get(quick.channelId)
    if (!place) return this.#first(quick.channelId, quick.index)
    const { live, side } = place
    const refusal = this.#context.engine.offerLink(live, quick.index, this.#link, 0, side, this.#listener)
    if (refusal?.code === 'clearing-busy') return this.#linked(place, quick.index, Buffer.from(this.#link))
    if (refusal) this.#refuse(live.id, refusal)
    return true
  }

  /** The first link of a channel on this stream. */
  async #first(channelId: string, index: number): Promise<boolean> {
    const link = Buffer.from(this.#link)
    const place = await this.#place(channelId)
    return place ? this.#linked(place, index, link) : true
  }

  async #linked({ live, side }: Place, index: number, link: Buffer): Promise<boolean> {
    const { engine } = this.#context
    await this.#offer(live.id, () => engine.offerLink(live, index, link, 0, side, this.#listener))
    return true
  }

  #parsed(line: Buffer): boolean | Promise<boolean> {
    let tick: unknown
    try {
      tick = JSON.parse(line.toString('utf8'))
    } catch {
      this.#refuse(undefined, refuse('json-malformed').refusal)
      return false
    }
    if (!isMessage('extensions/clearing/tick-request', tick)) {
      this.#refuse(undefined, refuse('request-invalid', { field: '/' }).refusal)
      return false
    }
    return this.#tick(tick)
  }

  async #tick(tick: WireTick): Promise<boolean> {
    const place = await this.#place(tick.channelId)
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

  /** Takes lines one after the other; false where the stream ends. */
  async lines(lines: readonly Buffer[]): Promise<boolean> {
    for (const line of lines) {
      const taken = this.line(line)
      if (taken !== true && !(await taken)) return false
    }
    return true
  }

  /** Waits until the other side reads on. */
  async caughtUp(): Promise<void> {
    if (this.#way.unread() > streamBounds.unreadBytesMax) await this.#way.drained()
  }
}

/** Takes the token of a request, once; gives back whose stream it is. */
const authorise = async (
  { database, world }: ClearingContext,
  { headers }: IncomingMessage,
): Promise<Outcome<{ readonly agentId: string; readonly idleSeconds: number }>> => {
  if (!supportedVersions.includes(String(headers['amp-version'] ?? '')))
    return refuse('version-unsupported', { field: 'AMP-Version', supportedVersions: [...supportedVersions] })
  if (headers.authorization === undefined) return refuse('session-missing', { field: 'Authorization' })
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(headers.authorization)?.[1]
  const found =
    token === undefined
      ? undefined
      : await database
          .selectFrom('clearing_streams')
          .selectAll()
          .where('token_digest', '=', digest(token))
          .where('expires_at', '>', BigInt(world.now()))
          .executeTakeFirst()
  if (!found) return refuse('session-invalid', { field: 'Authorization' })
  const taken = enforces(world, 'EXT-CLEARING-37')
    ? await database.deleteFrom('clearing_streams').where('token_digest', '=', found.token_digest).executeTakeFirst()
    : { numDeletedRows: 1n }
  return taken.numDeletedRows === 1n
    ? accept({ agentId: found.agent_id, idleSeconds: Number(found.idle_seconds) })
    : refuse('session-invalid', { field: 'Authorization' })
}

/** Ends a connection on which nothing came for a while. */
const idleTimer = (seconds: number, end: () => void) => {
  const timer = setTimeout(end, seconds * 1_000)
  return { touch: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}

/** Lines over one long HTTP request: read while answers are written. */
const serveRequest = async (
  context: ClearingContext,
  request: IncomingMessage,
  response: ServerResponse,
  agentId: string,
  idleSeconds: number,
): Promise<void> => {
  response.writeHead(200, {
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.flushHeaders()
  const stream = new TickStream(context, agentId, {
    send: (line) => void (response.destroyed || response.write(line)),
    unread: () => response.writableLength,
    drained: () => new Promise((resolve) => response.once('drain', resolve).once('close', resolve)),
  })
  const idle = idleTimer(idleSeconds, () => request.destroy())
  try {
    const chunks = request.iterator({ destroyOnReturn: false })
    for await (const lines of linesOf(chunks, streamBounds.lineBytesMax, idle.touch)) {
      if (!lines || !(await stream.lines(lines))) break
      await stream.caughtUp()
    }
  } finally {
    idle.stop()
    await context.engine.settled()
    response.end(() => setTimeout(() => request.complete || request.destroy(), closingMilliseconds).unref())
  }
}

/** The same lines as messages of a WebSocket; no message is read while one is being taken. */
const serveSocket = (
  context: ClearingContext,
  socket: WebSocket,
  agentId: string,
  idleSeconds: number,
): Promise<void> =>
  new Promise((resolve) => {
    let wake = (): void => {}
    const stream = new TickStream(context, agentId, {
      send: (line) => {
        if (socket.readyState === socket.OPEN) socket.send(line, () => socket.bufferedAmount === 0 && wake())
      },
      unread: () => socket.bufferedAmount,
      drained: () =>
        new Promise((done) => {
          wake = done
        }),
    })
    const idle = idleTimer(idleSeconds, () => socket.close(1001, 'idle'))
    let turn: Promise<void> = Promise.resolve()
    const take = async (data: Buffer): Promise<void> => {
      const lines: Buffer[] = []
      for (let from = 0; from < data.length; ) {
        const cut = data.indexOf(10, from)
        const end = cut === -1 ? data.length : cut
        if (end > from) lines.push(data.subarray(from, end))
        from = end + 1
      }
      if (!(await stream.lines(lines))) return socket.close(1007, 'no tick')
      await stream.caughtUp()
    }
    socket.on('message', (data) => {
      idle.touch()
      socket.pause()
      turn = turn.then(() => take(data as Buffer)).finally(() => socket.resume())
      turn.catch(() => socket.terminate())
    })
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      idle.stop()
      wake()
      resolve()
    })
  })

/** The long connections of a clearing, and how they end. */
export const openStreams = (
  context: ClearingContext,
): { readonly connection: LongConnection; readonly stop: () => Promise<void> } => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: streamBounds.messageBytesMax,
    perMessageDeflate: false,
  })
  const requests = new Set<IncomingMessage>()
  const running = new Set<Promise<void>>()
  const seen = new Set<string>()
  const admit = async (request: IncomingMessage) => {
    if (running.size >= streamBounds.streamsMax) return refuse('clearing-busy', { retryAfterSeconds: 1 })
    const who = await authorise(context, request)
    if (!who.ok) return who
    /** Only a mutant takes no second stream (EXT-CLEARING-36). */
    if (seen.has(who.value.agentId) && !enforces(context.world, 'EXT-CLEARING-36')) return refuse('clearing-busy')
    if (!enforces(context.world, 'EXT-CLEARING-36')) seen.add(who.value.agentId)
    return who
  }
  const keep = (run: Promise<void>): void => {
    const kept = run
      .catch((error) => context.log.warn({ err: error }, 'a stream broke off'))
      .finally(() => running.delete(kept))
    running.add(kept)
  }
  const connection: LongConnection = {
    request: async (request, response) => {
      const who = await admit(request)
      if (!who.ok) return who
      requests.add(request)
      const { agentId, idleSeconds } = who.value
      keep(serveRequest(context, request, response, agentId, idleSeconds).finally(() => requests.delete(request)))
      return accept(true)
    },
    upgrade: async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const who = await admit(request)
      if (!who.ok) return who
      sockets.handleUpgrade(request, socket, head, (open) =>
        keep(serveSocket(context, open, who.value.agentId, who.value.idleSeconds)),
      )
      return accept(true)
    },
  }
  const stop = async (): Promise<void> => {
    for (const client of sockets.clients) client.close(1001, 'shutting down')
    for (const request of requests) request.destroy()
    sockets.close()
    await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 2_000).unref())])
    for (const client of sockets.clients) client.terminate()
    await context.engine.idle()
  }
  return { connection, stop }
}

export const streamOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.openStream': async ({ idleSeconds = streamBounds.idleSecondsDefault }, { caller }) => {
    const { world, database, engine } = context
    const token = Buffer.concat([Buffer.from(world.nonce(), 'base64url'), Buffer.from(world.nonce(), 'base64url')])
    const streamToken = token.toString('base64url')
    const expiresAt = world.now() + streamBounds.tokenSeconds
    await database
      .insertInto('clearing_streams')
      .values({
        token_digest: digest(streamToken),
        agent_id: caller.id,
        idle_seconds: BigInt(idleSeconds),
        expires_at: BigInt(expiresAt),
      })
      .execute()
    return accept({
      streamToken,
      expiresAt: formatTime(expiresAt),
      lineBytesMax: streamBounds.lineBytesMax,
      waitingMax: engine.bounds.waitingMax,
    })
  },
})
