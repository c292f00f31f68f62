/** Calls to neighbours: whatever is at the other end, a value or a refusal comes back. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept, type Deviation, refuse } from '../../../reference/core/index.ts'
import { createLog } from '../../../reference/http/log.ts'
import { createNeighbours } from '../../../reference/http/neighbours.ts'
import { savePeer } from '../../../reference/ledger/index.ts'
import { problemOf } from '../../../schemas/index.ts'
import { notification, startTinyShell, type TinyShell } from './shell.ts'

const log = createLog('silent')
const walletId = 'https://wallet.amp.example'
let shell: TinyShell
let server: Server
let answer: RequestListener
let asked = 0

beforeAll(async () => {
  shell = await startTinyShell()
  server = createServer((request, response) => {
    asked++
    request.resume()
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await shell.stop()
})

const neighboursAt = async (endpoint: string, deviation: Deviation = {}) => {
  const { database, keys, world } = shell
  await savePeer(database, { role: 'wallet', id: walletId, name: 'w', endpoint, jwks: { keys: [] } }, false)
  return createNeighbours({ database, key: keys.network, world: { ...world, deviation }, log })
}
const fake = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/wallet`
const real = () => `${shell.url}/wallet`
const call = async (endpoint: string, options: { timeoutMs?: number; deviation?: Deviation } = {}) =>
  (await neighboursAt(endpoint, options.deviation)).call('wallet.notifyMandate', walletId, notification as never, {
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  })
const answering =
  (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)

describe('a call to a neighbour', () => {
  it('is signed, taken and answered', async () => {
    expect(await call(real())).toEqual(accept({ received: true }))
  })

  it('brings back the refusal of the neighbour', async () => {
    shell.probe.act = async () => refuse('mandate-revoked', { mandateStatus: 'revoked' })
    expect(await call(real())).toEqual(refuse('mandate-revoked', { mandateStatus: 'revoked' }))
    shell.probe.act = async () => accept({ received: true })
  })

  it.each([
    ['no JSON', 'peer-answer-invalid', answering(200, 'hello')],
    [
      'JSON that says it is a page',
      'peer-answer-invalid',
      answering(200, '{"received":true}', { 'content-type': 'text/html' }),
    ],
    ['another shape', 'peer-answer-invalid', answering(200, '{"received":"yes"}')],
    ['a status without problem', 'peer-answer-invalid', answering(500, '{}')],
    [
      'a problem of its own making',
      'peer-answer-invalid',
      answering(400, JSON.stringify({ ...problemOf('mandate-unknown'), code: 'made-up' })),
    ],
    ['a redirect', 'peer-answer-invalid', answering(307, '{}', { location: 'http://127.0.0.1:9/' })],
    ['too much', 'peer-unavailable', answering(200, JSON.stringify({ received: 'x'.repeat(1_100_000) }))],
    ['a closed connection', 'peer-unavailable', (_request, response) => void response.destroy()],
  ] as [string, string, RequestListener][])(
    'that gets %s is refused with %s, after one request',
    async (_, code, listener) => {
      answer = listener
      asked = 0
      expect(await call(fake())).toMatchObject({ ok: false, refusal: { code } })
      expect(asked).toBe(1)
    },
  )

  it('does not wait for ever', async () => {
    answer = () => {}
    const started = performance.now()
    expect(await call(fake(), { timeoutMs: 200 })).toMatchObject({ refusal: { code: 'peer-unavailable' } })
    expect(performance.now() - started).toBeLessThan(8_000)
  })

  it('is refused where nobody listens or nobody is known', async () => {
    expect(await call('http://127.0.0.1:9/wallet')).toMatchObject({ refusal: { code: 'peer-unavailable' } })
    const neighbours = await neighboursAt(real())
    const unknown = await neighbours.call('wallet.notifyMandate', 'https://nobody.example', notification as never)
    expect(unknown).toMatchObject({ refusal: { code: 'peer-unavailable' } })
  })

  it('that would be invalid is a bug of the caller', async () => {
    const neighbours = await neighboursAt(real())
    await expect(neighbours.call('wallet.notifyMandate', walletId, {} as never)).rejects.toThrow(TypeError)
  })

  it('is changed or left out by a deviation', async () => {
    const changed = await call(real(), { deviation: { asks: (_, body) => ({ ...body, reason: 1 }) } })
    expect(changed).toMatchObject({ refusal: { code: 'request-invalid', field: '/reason' } })
    shell.probe.runs = 0
    expect((await call(real(), { deviation: { asks: () => undefined } })).ok).toBe(false)
    expect(shell.probe.runs).toBe(0)
  })
})
