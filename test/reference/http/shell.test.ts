/** What a shell serves beside its operations, what bounds it, and what it keeps to itself. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept } from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import { createLog } from '../../../reference/http/log.ts'
import { enqueue } from '../../../reference/ledger/index.ts'
import { isMessage } from '../../../schemas/index.ts'
import { draftOf, hooksSecret, notification, post, send, startTinyShell, type TinyShell, userToken } from './shell.ts'

const json = { 'content-type': 'application/json', 'amp-version': '2026-11-20' }
const lines: string[] = []
let shell: TinyShell

beforeAll(async () => {
  shell = await startTinyShell({ log: createLog('trace', { write: (line) => void lines.push(line) }) })
})
afterAll(() => shell.stop())

const get = (path: string) => post(`${shell.url}${path}`, {}, '', 'GET')
const hook = (name: string, body: object, secret: string | undefined = hooksSecret) =>
  post(
    `${shell.url}/hooks/${name}`,
    { 'content-type': 'application/json', ...(secret === '' ? {} : { 'amp-hook-secret': secret }) },
    JSON.stringify(body),
  )

/** Sends bytes as they are and gives back the first of the answer, while the request may still be incomplete. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(shell.url).port), '127.0.0.1', () => socket.write(text))
    socket.once('data', (data) => {
      resolve(data.toString())
      socket.destroy()
    })
    socket.once('error', reject)
  })

describe('beside its operations a shell', () => {
  it('publishes a discovery document without private keys (EXT-HTTP-20 to 22)', async () => {
    const { body, text } = await get('/.well-known/amp')
    expect(isMessage('common/discovery', body)).toBe(true)
    expect((body.roles as { role: string }[]).map(({ role }) => role)).toEqual(['wallet', 'credential-provider'])
    expect(text).not.toContain('"d":')
  })

  it('tells health, readiness and metrics', async () => {
    await send(shell, draftOf(shell))
    expect((await get('/healthz')).body).toEqual({ status: 'ok' })
    expect((await get('/readyz')).body).toEqual({ status: 'ready' })
    expect((await get('/metrics')).text).toContain('amp_calls_total{operation="wallet.notifyMandate",outcome="ok"}')
  })

  it('serves its OpenAPI document and a page for people (EXT-HTTP-23)', async () => {
    expect((await get('/openapi.json')).body.openapi).toMatch(/^3\./)
    const page = await get('/docs')
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const opened = await fetch(shell.url, { redirect: 'manual' })
    expect([opened.status, opened.headers.get('location')]).toEqual([302, '/docs'])
  })

  it('knows no other path and no other method (EXT-HTTP-2, EXT-HTTP-3)', async () => {
    for (const path of [
      '/wallet/unknown',
      '/WALLET/login',
      '/wallet/Login',
      '/wallet/login/',
      '/network/pay',
      '/wallet/__proto__',
      '/%zz',
    ])
      expect((await post(`${shell.url}${path}`, json, '{}')).body.code).toBe('operation-unknown')
    for (const method of ['GET', 'PUT'] as const) {
      const answer = await post(`${shell.url}/wallet/login`, json, '{}', method)
      expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } })
    }
  })
})

describe('a bound of a shell', () => {
  const login = (body: string, headers = {}) => post(`${shell.url}/wallet/login`, { ...json, ...headers }, body)

  it('holds for the size of a body (EXT-HTTP-9)', async () => {
    const padded = (size: number): string => `{"loginId":"${'a'.repeat(size - 15)}" }`
    expect((await login(padded(65_536))).body.code).toBe('request-invalid')
    expect((await login(padded(65_537))).body.code).toBe('body-too-large')
    expect((await login(padded(1_000_000))).status).toBe(413)
  })

  it('refuses a large body before it is whole, announced or not', async () => {
    const head =
      'POST /wallet/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAMP-Version: 2026-11-20\r\n'
    expect(await raw(`${head}Content-Length: 9999999\r\n\r\n{`)).toMatch(/^HTTP\/1\.1 413 /)
    const chunk = `${(70_000).toString(16)}\r\n${' '.repeat(70_000)}\r\n`
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`)).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('holds for the depth of JSON and the size of headers (EXT-HTTP-10, EXT-HTTP-11)', async () => {
    expect((await login('['.repeat(17) + ']'.repeat(17))).body.code).toBe('json-malformed')
    const answer = await login('{}', { 'x-large': 'a'.repeat(17_000) })
    expect(answer).toMatchObject({ status: 431, body: { code: 'headers-too-large' } })
    expect(answer.headers['amp-request-id']).toBeDefined()
  })

  it('holds for the time a sender takes over headers or body', async () => {
    const impatient = await startTinyShell({ limits: { headersMillisecondsMax: 300, requestMillisecondsMax: 600 } })
    const cut = (text: string): Promise<string> => {
      const socket = connect(Number(new URL(impatient.url).port), '127.0.0.1', () => socket.write(text))
      let said = ''
      socket.on('data', (data) => (said += data.toString()))
      return new Promise((resolve, reject) => socket.once('error', reject).once('close', () => resolve(said)))
    }
    const head = 'POST /wallet/login HTTP/1.1\r\nHost: a\r\n'
    expect(await cut(head)).toMatch(/^HTTP\/1\.1 408 /)
    expect(await cut(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)).toMatch(
      /^HTTP\/1\.1 408 /,
    )
    await impatient.stop()
  })

  it('holds for compression, and prototypes are out of reach', async () => {
    expect((await login('{}', { 'content-encoding': 'gzip' })).body.code).toBe('media-type-unsupported')
    const polluted = await login('{"loginId":"a","pin":"123456","__proto__":{"a":1}}')
    expect(polluted.body.code).toBe('request-invalid')
  })

  it('holds for the rate of requests (EXT-HTTP-12)', async () => {
    const strict = await startTinyShell({ limits: { requestsPerMinute: 3 } })
    const answers = []
    for (let at = 0; at < 4; at++) answers.push(await post(`${strict.url}/wallet/login`, json, '{}'))
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 429])
    expect(answers[3]).toMatchObject({ body: { code: 'rate-limited' }, headers: { 'retry-after': '60' } })
    await strict.stop()
  })
})

describe('a test hook', () => {
  it('is an unknown path without the right secret (EXT-HTTP-47)', async () => {
    const plain = (answer: Awaited<ReturnType<typeof hook>>) => {
      const { date: _, 'amp-request-id': __, ratelimit: ___, ...headers } = answer.headers
      return { status: answer.status, headers, body: { ...answer.body, instance: '' } }
    }
    const unknown = plain(await hook('noSuchHook', {}))
    for (const secret of ['', 'wrong', `${hooksSecret}x`, hooksSecret.slice(1)])
      expect(plain(await hook('setClock', { offsetSeconds: 5 }, secret))).toEqual(unknown)
    expect(plain(await post(`${shell.url}/nothing/here`, json, '{}'))).toEqual(unknown)
  })

  it('has one path, letter by letter, so that a proxy can keep it inside', async () => {
    const headers = { ...json, 'amp-hook-secret': hooksSecret }
    for (const path of ['/Hooks/setClock', '/hooks/setclock', '/hooks/setClock/'])
      expect((await post(`${shell.url}${path}`, headers, '{"offsetSeconds":0}')).body.code).toBe('operation-unknown')
  })

  it('is an unknown path where no secret was set (EXT-HTTP-48)', async () => {
    const closed = await startTinyShell({ hooks: false })
    const headers = { ...json, 'amp-hook-secret': 'undefined' }
    expect((await post(`${closed.url}/hooks/setClock`, headers, '{"offsetSeconds":5}')).status).toBe(404)
    expect((await post(`${closed.url}/.well-known/amp`, {}, '', 'GET')).body.hooks).toEqual({ tier: 'H0' })
    await closed.stop()
  })

  it('moves the clock, and reset restores it', async () => {
    const before = shell.world.now()
    const moved = await hook('setClock', { offsetSeconds: 3600 })
    expect(isMessage('hooks/set-clock-response', moved.body)).toBe(true)
    expect(shell.world.now() - before).toBeGreaterThanOrEqual(3600)
    expect((await hook('reset', {})).status).toBe(200)
    expect(shell.world.now() - before).toBeLessThan(60)
  })

  it('makes a peer known until reset', async () => {
    const key = await makeKey('https://other-network.example')
    const draft = () => ({ ...draftOf(shell), key })
    expect((await send(shell, draft())).body.code).toBe('signature-key-unknown')
    const peer = {
      role: 'network',
      id: key.id,
      name: 'Other',
      endpoint: 'http://127.0.0.1:9/network',
      jwks: { keys: [key.publicJwk] },
    }
    expect((await hook('registerPeer', peer)).status).toBe(200)
    expect((await send(shell, draft())).status).toBe(200)
    await hook('reset', {})
    expect((await send(shell, draft())).body.code).toBe('signature-key-unknown')
  })

  it('calls back as it calls a neighbour, and says what came of it', async () => {
    const called: string[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      called.push(`${request.method} ${request.url} ${body}`)
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`
    const [found, again] = [await hook('callBack', { url }), await hook('callBack', { url: 'file:///etc/passwd' })]
    server.close()
    server.closeAllConnections()
    const after = await hook('callBack', { url })
    expect(found.body).toEqual({ reached: true, status: 307 })
    expect(called).toEqual(['POST /here {}'])
    expect(again.body).toMatchObject({ code: 'request-invalid', field: '/url' })
    expect(after.body).toEqual({ reached: false, says: expect.stringContaining('ECONNREFUSED') })
    for (const { body } of [found, after]) expect(isMessage('hooks/call-back-response', body)).toBe(true)
  })

  it('obeys its schema (EXT-HTTP-49)', async () => {
    expect((await hook('setClock', { offsetSeconds: 'soon' })).body).toMatchObject({
      code: 'request-invalid',
      field: '/offsetSeconds',
    })
    expect((await hook('reset', { more: 1 })).body.code).toBe('request-invalid')
  })
})

describe('the log', () => {
  it('holds no token, PIN, secret or signature (EXT-HTTP-15)', async () => {
    lines.length = 0
    const signatures: string[] = []
    const draft = draftOf(shell)
    draft.after.push((headers) => void signatures.push(String(headers.signature).slice(5, -1)))
    await send(shell, draft)
    await hook('setClock', { offsetSeconds: 0 })
    const bearer = { ...json, authorization: `Bearer ${userToken}` }
    await post(`${shell.url}/wallet/inquiryAccount`, bearer, '{}')
    await post(`${shell.url}/wallet/login`, json, '{"loginId":"a","pin":"123456"}')
    shell.probe.act = () => Promise.reject(new Error('unexpected'))
    await send(shell, draftOf(shell))
    shell.probe.act = async () => accept({ received: true })
    const log = lines.join('')
    expect(lines.length).toBeGreaterThanOrEqual(6)
    expect(log).toContain('unexpected')
    expect(signatures[0]?.length).toBeGreaterThan(60)
    for (const secret of [hooksSecret, userToken, '123456', ...signatures, '"d":"']) expect(log).not.toContain(secret)
  })
})

describe('a deviation', () => {
  it('changes answers, problems and enforcement, and nothing without one does', async () => {
    const deviant = await startTinyShell({
      deviation: {
        ignores: new Set(['EXT-HTTP-18', 'EXT-HTTP-29']),
        answers: (_, body) => ({ ...body, extra: true }),
        refuses: (_, problem) => ({ ...problem, status: 418 }),
      },
    })
    const draft = draftOf(deviant)
    draft.after.push((headers) => Object.assign(headers, { 'amp-version': 'none' }))
    expect((await send(deviant, draft)).body).toEqual({ received: true, extra: true })
    const invalid = { ...draftOf(deviant), body: '{}' }
    expect(await send(deviant, invalid)).toMatchObject({ status: 418, body: { code: 'request-invalid' } })
    await deviant.stop()
  })
})

describe('a notification', () => {
  it('is repeated with the same key until it is acknowledged (EXT-HTTP-45)', async () => {
    const receiver = await startTinyShell()
    const { world, database, keys, probe, roles } = receiver
    const [sender] = roles
    if (!sender) throw new Error('no role')
    const { savePeer } = await import('../../../reference/ledger/index.ts')
    const own = {
      role: 'wallet' as const,
      id: sender.key.id,
      name: 'w',
      endpoint: `${receiver.url}/wallet`,
      jwks: { keys: [sender.key.publicJwk] },
    }
    await savePeer(database, own, false)
    // The wallet tells itself, under the key of a network it also is.
    await savePeer(database, { ...own, role: 'network' }, false)
    probe.act = () => Promise.reject(new Error('down'))
    await enqueue(database, {
      id: 'notice-0123456789',
      sender: sender.key.id,
      operation: 'wallet.notifyMandate',
      peerId: sender.key.id,
      body: notification,
      now: world.now(),
    })
    const clock = (offsetSeconds: number) =>
      post(
        `${receiver.url}/hooks/setClock`,
        { ...json, 'amp-hook-secret': hooksSecret },
        JSON.stringify({ offsetSeconds }),
      )
    await clock(0)
    expect(probe.runs).toBe(1)
    probe.act = async () => accept({ received: true })
    await clock(600)
    expect(probe.runs).toBe(2)
    await clock(1200)
    expect(probe.runs).toBe(2)
    const rows = await database.selectFrom('idempotency').selectAll().where('key', '=', 'notice-0123456789').execute()
    expect(rows).toMatchObject([{ state: 'done', caller: sender.key.id }])
    expect(keys.network.id).not.toBe(sender.key.id)
    await receiver.stop()
  })
})

describe('a shell that stops', () => {
  it('is gone at once where connections are kept alive but nothing runs', async () => {
    const stopping = await startTinyShell()
    expect((await send(stopping, draftOf(stopping))).status).toBe(200)
    const started = performance.now()
    await stopping.stop()
    expect(performance.now() - started).toBeLessThan(4_000)
  })

  it('lets a call in flight finish and takes no other', async () => {
    const stopping = await startTinyShell()
    const running = new Promise<() => void>((started) => {
      stopping.probe.act = () =>
        new Promise((resolve) => {
          started(() => resolve(accept({ received: true })))
        })
    })
    const call = send(stopping, draftOf(stopping))
    const finish = await running
    const stopped = stopping.stop()
    await expect(post(`${stopping.url}/wallet/login`, { ...json, connection: 'close' }, '{}')).rejects.toThrow()
    const finished = performance.now()
    finish()
    expect((await call).status).toBe(200)
    await stopped
    expect(performance.now() - finished).toBeLessThan(4_000)
  })
})
