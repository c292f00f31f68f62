/** Streams of ticks: many lines over one connection, read no faster than they become durable, answered once they are. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { supportedVersions } from '../../schemas/index.ts'
import { recordProtocol } from '../core/clearing/index.ts'
import { accept, enforces, formatTime, type Outcome, refuse } from '../core/index.ts'
import type { LongConnection, ServedOperations } from '../http/operation.ts'
import type { ClearingContext } from './context.ts'
import { linesIn, linesOf } from './lines.ts'
import { RecordReader } from './record-reader.ts'
import { streamBounds, TickStream } from './tick-stream.ts'

/** How long whoever was refused has to read the refusal before the connection is cut. */
const closingMilliseconds = 1_000

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

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

/** What leaves a socket of records: the answers of one turn in one message, or several where they are long. */
const gathering = (send: (text: string) => void) => {
  let gathered = ''
  const flush = (): void => {
    if (gathered !== '') send(gathered)
    gathered = ''
  }
  return {
    add: (line: string): void => {
      if (gathered === '') queueMicrotask(flush)
      gathered += line
      if (gathered.length >= streamBounds.answersCharactersMax) flush()
    },
    length: () => gathered.length,
  }
}

/**
 * The same lines as messages of a WebSocket, and records where both sides agreed on them; no message is read while one
 * is being taken.
 */
const serveSocket = (
  context: ClearingContext,
  socket: WebSocket,
  agentId: string,
  idleSeconds: number,
): Promise<void> =>
  new Promise((resolve) => {
    let wake = (): void => {}
    const takesRecords = socket.protocol === recordProtocol
    const send = (text: string): void => {
      if (socket.readyState === socket.OPEN) socket.send(text, () => socket.bufferedAmount === 0 && wake())
    }
    const answers = gathering(send)
    const stream = new TickStream(context, agentId, {
      send: takesRecords ? answers.add : send,
      unread: () => socket.bufferedAmount + answers.length(),
      drained: () =>
        new Promise((done) => {
          wake = done
        }),
    })
    const records = new RecordReader(stream, context.world)
    const idle = idleTimer(idleSeconds, () => socket.close(1001, 'idle'))
    let ended = false
    const end = async (): Promise<void> => {
      ended = true
      await context.engine.settled()
      socket.close(1007, 'no tick')
    }
    /** What is being waited for before the next message is taken. */
    let turn: Promise<void> | undefined
    const take = (data: Buffer, isBinary: boolean): Promise<void> | undefined => {
      if (ended) return undefined
      const taken = takesRecords && isBinary ? records.take(data) : stream.lines(linesIn(data))
      if (taken === true) return stream.caughtUp()
      return taken === false ? end() : taken.then((goesOn) => (goesOn ? stream.caughtUp() : end()))
    }
    /** Reads nothing more until what has to be waited for is over. */
    const wait = (until: Promise<void>): void => {
      socket.pause()
      const mine = until
        .catch(() => socket.terminate())
        .finally(() => {
          if (turn !== mine) return
          turn = undefined
          socket.resume()
        })
      turn = mine
    }
    socket.on('message', (data, isBinary) => {
      idle.touch()
      try {
        const waited = turn ? turn.then(() => take(data as Buffer, isBinary)) : take(data as Buffer, isBinary)
        if (waited) wait(waited)
      } catch {
        socket.terminate()
      }
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
    handleProtocols: (asked) => (asked.has(recordProtocol) ? recordProtocol : false),
  })
  const requests = new Set<IncomingMessage>()
  const running = new Set<Promise<void>>()
  const seen = new Set<string>()
  const perAgent = new Map<string, number>()
  const count = (agentId: string, change: number): void => {
    const next = (perAgent.get(agentId) ?? 0) + change
    if (next > 0) perAgent.set(agentId, next)
    else perAgent.delete(agentId)
  }
  const admit = async (request: IncomingMessage) => {
    if (running.size >= streamBounds.streamsMax) return refuse('clearing-busy', { retryAfterSeconds: 1 })
    const who = await authorise(context, request)
    if (!who.ok) return who
    if ((perAgent.get(who.value.agentId) ?? 0) >= streamBounds.streamsOfOneMax)
      return refuse('clearing-busy', { retryAfterSeconds: 1 })
    /** Only a mutant takes no second stream (EXT-CLEARING-36). */
    if (seen.has(who.value.agentId) && !enforces(context.world, 'EXT-CLEARING-36')) return refuse('clearing-busy')
    if (!enforces(context.world, 'EXT-CLEARING-36')) seen.add(who.value.agentId)
    return who
  }
  const keep = (agentId: string, run: Promise<void>): void => {
    count(agentId, 1)
    const kept = run
      .catch((error) => context.log.warn({ err: error }, 'a stream broke off'))
      .finally(() => {
        running.delete(kept)
        count(agentId, -1)
      })
    running.add(kept)
  }
  const connection: LongConnection = {
    request: async (request, response) => {
      const who = await admit(request)
      if (!who.ok) return who
      requests.add(request)
      const { agentId, idleSeconds } = who.value
      keep(
        agentId,
        serveRequest(context, request, response, agentId, idleSeconds).finally(() => requests.delete(request)),
      )
      return accept(true)
    },
    upgrade: async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const who = await admit(request)
      if (!who.ok) return who
      sockets.handleUpgrade(request, socket, head, (open) =>
        keep(who.value.agentId, serveSocket(context, open, who.value.agentId, who.value.idleSeconds)),
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
      protocols: [recordProtocol],
    })
  },
})
