/** No false alarm behind a proxy that is slow, adds headers and writes JSON members in another order. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, it } from 'vitest'
import { certify, closeClients } from '../../conformance/index.ts'
import { startReference } from '../../reference/index.ts'
import type { Role } from '../../schemas/index.ts'

afterAll(closeClients)

const hooksSecret = 'proxy-test-proxy-test'
const latencyMilliseconds = 100

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
      const chunks: Buffer[] = []
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk)
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

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const roles: readonly Role[] = ['network', 'credential-provider', 'wallet', 'merchant', 'acquirer']

it('every role behind the proxy fails nothing', { timeout: 300_000 }, async () => {
  const port = await freePort()
  const proxy: Server = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => pass(port, incoming, outgoing))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const publicUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const reference = await startReference({ hooksSecret, port, publicUrl })
  // The server listens on a port of its own; what it tells of itself is the proxy.
  const peers = await reference.database.selectFrom('peers').select('endpoint').execute()
  expect(peers.every(({ endpoint }) => endpoint.startsWith(publicUrl))).toBe(true)
  try {
    const report = await certify({ url: publicUrl, roles, hooksSecret, seed: 11, pace: { together: 32 } })
    const alarms = report.results
      .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable')
      .map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)
    expect(alarms).toEqual([])
    expect(report.outcome).toBe('certified')
  } finally {
    await reference.stop()
    proxy.closeAllConnections()
    proxy.close()
  }
})
