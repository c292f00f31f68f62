/** A proxy that is slow, adds headers and writes the members of JSON in another order: all of it lawful. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import { WebSocketServer } from 'ws'

/** The same JSON with the members of every object the other way round. */
const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]): [string, unknown] => [name, reordered(inner)])
      .reverse(),
  )
}

const rewritten = (body: Buffer, type: string | undefined): Buffer => {
  if (!/json/.test(type ?? '')) return body
  try {
    return Buffer.from(JSON.stringify(reordered(JSON.parse(body.toString('utf8')))))
  } catch {
    return body
  }
}

const latencyMilliseconds = 100

/** Passes a request on as it came and its answer rewritten; a body that is still on its way is passed on as it comes. */
const pass = (port: number, incoming: IncomingMessage, outgoing: ServerResponse): void => {
  const onward = request(
    {
      host: '127.0.0.1',
      port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, 'x-forwarded-for': '203.0.113.9', via: '1.1 proxy' },
    },
    async (answer) => {
      // A stream of lines is passed on as it comes, as any proxy has to that lets streams through.
      if (/ndjson/.test(answer.headers['content-type'] ?? '')) {
        await new Promise((resolve) => setTimeout(resolve, latencyMilliseconds))
        outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'x-served-by': 'proxy' })
        outgoing.flushHeaders()
        return pipeline(answer, outgoing, () => {})
      }
      const chunks: Buffer[] = []
      try {
        for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
      } catch {
        // What breaks off behind the proxy breaks off before it.
        return void outgoing.destroy()
      }
      const body = rewritten(Buffer.concat(chunks), answer.headers['content-type'])
      await new Promise((resolve) => setTimeout(resolve, latencyMilliseconds))
      const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = answer.headers
      outgoing.writeHead(answer.statusCode ?? 502, {
        ...headers,
        'x-served-by': 'proxy',
        'content-length': body.length,
      })
      outgoing.end(body)
    },
  )
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

/** Joins the two ends of a connection that leaves HTTP, such as a WebSocket. */
const join = (port: number, incoming: IncomingMessage, client: Duplex, head: Buffer): void => {
  const server = connect(port, '127.0.0.1', () => {
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`]
    for (let at = 0; at < incoming.rawHeaders.length; at += 2)
      lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`)
    server.write(`${lines.join('\r\n')}\r\n\r\n`)
    server.write(head)
    pipeline(client, server, client, () => {})
  })
  server.on('error', () => client.destroy())
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** What stands where streams of ticks would: over one long request, and over a connection that asks to leave HTTP; false lets one through. */
export type Streams = {
  readonly http: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean
  readonly upgrade: (incoming: IncomingMessage, client: Duplex, head: Buffer) => boolean
}

const isStream = ({ url }: IncomingMessage): boolean => url?.endsWith('/stream') ?? false

/**
 * A proxy in front of a server still to be started: it has to listen at `port` and call itself `publicUrl`. Streams go
 * through, or to what is given in their place.
 */
export const startProxy = async (
  streams?: Streams,
): Promise<{
  readonly port: number
  readonly publicUrl: string
  readonly stop: () => void
}> => {
  const port = await freePort()
  const proxy = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => {
    if (!(isStream(incoming) && streams?.http(incoming, outgoing))) pass(port, incoming, outgoing)
  })
  proxy.on('upgrade', (incoming, client, head) => {
    if (!(isStream(incoming) && streams?.upgrade(incoming, client, head))) join(port, incoming, client, head)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port,
    publicUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    stop: () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (asked) => asked.values().next().value ?? false,
})

/** Opens every stream that `takes` wants and writes to it, over and over, until it is closed. */
export const writingStreams = (text: string, pauseMilliseconds: number, takes = (): boolean => true): Streams => ({
  http: (incoming, outgoing) => {
    if (!takes()) return false
    incoming.resume().on('error', () => {})
    outgoing.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const more = setInterval(() => outgoing.write(text), pauseMilliseconds)
    outgoing.on('close', () => clearInterval(more)).on('error', () => {})
    return true
  },
  upgrade: (incoming, client, head) => {
    if (!takes()) return false
    sockets.handleUpgrade(incoming, client, head, (socket) => {
      const more = setInterval(() => socket.send(text), pauseMilliseconds)
      socket.on('close', () => clearInterval(more)).on('error', () => {})
    })
    return true
  },
})

/** Streams that never answer. */
export const silentStreams: Streams = { http: () => true, upgrade: () => true }
