/** Targets that go down, hang, babble, redirect, stream for ever or hang up in the middle: a clear verdict in time, nothing crashes, nothing leaks. */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certify, type Report } from '../../conformance/certify.ts'
import { closeClients } from '../../conformance/index.ts'
import { type Reference, startReference } from '../../reference/index.ts'

const hooksSecret = 'hostile-hostile-hostile'
const budgetMilliseconds = 90_000

const listening = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** What a redirect leads to: nobody may ever come. */
let metadata: Server
let metadataUrl = ''
let visits = 0
beforeAll(async () => {
  metadata = createServer((_request, response) => {
    visits++
    response.end('{}')
  })
  metadataUrl = await listening(metadata)
})
afterAll(() => closed(metadata))

type Manner = (response: ServerResponse, server: Server) => void

const manners: Readonly<Record<string, Manner>> = {
  'goes down': (response, server) => {
    response.destroy()
    server.close()
    server.closeAllConnections()
  },
  hangs: () => {},
  babbles: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('\u0000<html>{]'),
  'answers JSON of no meaning': (response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end('[null, 1e999]'),
  'redirects to a private address': (response) =>
    void response.writeHead(302, { location: `${metadataUrl}/latest/meta-data` }).end(),
  'streams for ever': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(65_536, 0x20)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) {}
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  },
  'trickles for ever': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 50)
    response.once('close', () => clearInterval(timer))
  },
  'closes in the middle of a body': (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 })
    response.write('{"a":', () => response.destroy())
  },
}

/** Goes before a right wallet, lets some requests through, and then behaves as it is told. */
const startHostile = async (
  manner: Manner,
  after: number,
): Promise<{ server: Server; url: string; reference: Reference }> => {
  const reference = await startReference({ roles: ['wallet'], hooksSecret })
  const upstream = new URL(reference.url)
  let url = ''
  let seen = 0
  const pass = (incoming: IncomingMessage, response: ServerResponse): void => {
    const headers = { ...incoming.headers, host: upstream.host }
    const target = {
      host: upstream.hostname,
      port: upstream.port,
      path: incoming.url,
      method: incoming.method,
      headers,
    }
    const outgoing = request(target, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const { 'content-length': _length, 'transfer-encoding': _encoding, ...rest } = answer.headers
        const body = Buffer.concat(chunks).toString('utf8').replaceAll(reference.url, url)
        response.writeHead(answer.statusCode ?? 500, rest).end(body)
      })
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  }
  const server: Server = createServer((incoming, response) => {
    response.on('error', () => {})
    if (incoming.method === 'POST' && seen++ >= after) return manner(response, server)
    pass(incoming, response)
  })
  url = await listening(server)
  return { server, url, reference }
}

const judged = async (manner: Manner, after: number): Promise<{ report: Report; milliseconds: number }> => {
  const { server, url, reference } = await startHostile(manner, after)
  const started = performance.now()
  try {
    const report = await certify({ url, hooksSecret, seed: 1, only: 'wallet: a', pace: { reruns: 0, together: 48 } })
    return { report, milliseconds: performance.now() - started }
  } finally {
    await closed(server).catch(() => {})
    await reference.stop()
  }
}

const openHandles = (): number =>
  process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|Process)/.test(name)).length

const handlesBefore = openHandles()

/** All at once: each has its own target, and most of the time is waiting for answers that do not come. */
describe.concurrent.each(Object.entries(manners))('a target that %s', (_name, manner) => {
  it('in the middle of a run comes to a verdict in time', { timeout: budgetMilliseconds + 10_000 }, async () => {
    const { report, milliseconds } = await judged(manner, 120)
    expect(['inconclusive', 'failed']).toContain(report.outcome)
    expect(report.results.filter(({ verdict }) => verdict === 'harness-error').map(({ reason }) => reason)).toEqual([])
    const doubtful = report.results.filter(({ verdict }) => verdict === 'inconclusive').length
    expect(doubtful).toBeGreaterThan(report.results.length / 3)
    expect(milliseconds).toBeLessThan(budgetMilliseconds)
    expect(process.memoryUsage().rss).toBeLessThan(1_500_000_000)
    expect(visits).toBe(0)
  })

  it('from the start is a matter of configuration, or leaves every question open', {
    timeout: budgetMilliseconds,
  }, async () => {
    const { report } = await judged(manner, 0)
    expect(['configuration', 'inconclusive', 'failed']).toContain(report.outcome)
    if (report.outcome !== 'configuration') return
    const wrong = report.doctor.find(({ state }) => state === 'wrong')
    expect([wrong?.says, wrong?.cure]).toEqual([expect.stringMatching(/.{10}/), expect.stringMatching(/.{10}/)])
  })
})

describe('the suite after all of that', () => {
  it('holds no socket open', { timeout: 30_000 }, async () => {
    await closeClients()
    await closed(metadata)
    for (let waited = 0; openHandles() > handlesBefore && waited < 10_000; waited += 100)
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(openHandles()).toBeLessThanOrEqual(handlesBefore)
  })
})
