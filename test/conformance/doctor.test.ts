/** What the doctor finds wrong comes with its own name and a cure that fits it. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certify } from '../../conformance/certify.ts'
import { examine } from '../../conformance/doctor.ts'
import { closeClients } from '../../conformance/target/client.ts'
import { type Reference, startReference } from '../../reference/index.ts'

afterAll(closeClients)

const wrongAt = async (url: string) => (await examine({ url })).findings.find(({ state }) => state === 'wrong')

describe('the doctor', { timeout: 30_000 }, () => {
  it('tells a name that is none from a port nobody listens on and a port without TLS', async () => {
    const server = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const found = {
      name: await wrongAt('https://nowhere.invalid'),
      port: await wrongAt('http://127.0.0.1:1'),
      tls: await wrongAt(`https://127.0.0.1:${port}`),
      document: await wrongAt(`http://127.0.0.1:${port}`),
    }
    server.close()
    server.closeAllConnections()
    expect(found).toMatchObject({
      name: { about: 'reachability', cure: expect.stringContaining('DNS') },
      port: { about: 'reachability', cure: expect.stringContaining('port') },
      tls: { about: 'tls', cure: expect.stringContaining('http URL') },
      document: { about: 'discovery', cure: expect.stringContaining('EXT-HTTP-20') },
    })
  })

  it('says where a target elsewhere would call nobody', async () => {
    const reference = await startReference({ roles: ['merchant'], host: '0.0.0.0' })
    const { port } = new URL(reference.url)
    // Any address of 127.0.0.0/8 but the first is not this machine by name, and answers all the same.
    const url = `http://127.0.0.2:${port}`
    const callbackOf = async (callbackHost?: string) =>
      (await examine({ url, callbackHost })).findings.find(({ about }) => about === 'callback')
    const [untold, told] = [await callbackOf(), await callbackOf('192.0.2.7')]
    await reference.stop()
    expect(untold).toMatchObject({ state: 'note', cure: expect.stringContaining('--callback-host') })
    expect(told).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('this machine cannot be called at 192.0.2.7'),
    })
  })
})

describe('the doctor asks the target to call here', { timeout: 30_000 }, () => {
  const hooksSecret = 'a-secret-of-the-doctor'
  const servers: Server[] = []
  let reference: Reference

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** The reference behind a way on which the hook and the address it is given may be changed, as by a network in between. */
  const through = async (change: (url: string) => string | Promise<string>, hook = 'callBack'): Promise<string> => {
    const front: string = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const asked = request.url === '/hooks/callBack'
      const changed = asked ? JSON.stringify({ url: await change(JSON.parse(body).url) }) : body
      const answer = await fetch(`${reference.url}${asked ? `/hooks/${hook}` : request.url}`, {
        method: request.method ?? 'POST',
        headers: { 'content-type': 'application/json', 'amp-hook-secret': String(request.headers['amp-hook-secret']) },
        ...(request.method === 'POST' ? { body: changed } : {}),
      })
      const type = answer.headers.get('content-type') ?? ''
      response.writeHead(answer.status, { 'content-type': type })
      response.end((await answer.text()).replaceAll(reference.url, front))
    })
    return front
  }

  const callbacks = async (url: string, more: object = {}) =>
    (await examine({ url, hooksSecret, ...more })).findings.filter(({ about }) => about === 'callback')

  const at = (base: string) => (url: string) => `${base}${new URL(url).pathname}`

  beforeAll(async () => {
    reference = await startReference({ roles: ['merchant'], hooksSecret })
  })
  afterAll(async () => {
    for (const server of servers) {
      server.close()
      server.closeAllConnections()
    }
    await reference.stop()
  })

  it('and says where the call came', async () => {
    expect(await callbacks(reference.url)).toMatchObject([{ state: 'fine' }])
    expect(await callbacks(await through((url) => url))).toMatchObject([{ state: 'fine' }])
    expect(await callbacks(reference.url, { callbackHost: '[::1]' })).toMatchObject([
      { state: 'fine', says: expect.stringContaining('http://[::1]:') },
    ])
  })

  it.each([
    ['nothing listens there for it', at('http://127.0.0.1:1'), 'ECONNREFUSED', 'one in a container looks at itself'],
    ['it knows no such name', at('http://nowhere.invalid'), 'nowhere.invalid', 'an address in numbers'],
    [
      'it calls by TLS alone',
      (url: string) => url.replace('http:', 'https:'),
      'wrong version number',
      'over plain http',
    ],
  ] as const)('and says why it cannot: %s', async (_, change, says, cure) => {
    expect(await callbacks(await through(change))).toMatchObject([
      { state: 'wrong', says: expect.stringContaining(says), cure: expect.stringContaining(cure) },
    ])
  })

  it('and waits for no more than the target does where what is there never answers', async () => {
    const silent = await serve(() => {})
    expect(await callbacks(await through(at(silent)))).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('timeout'), cure: expect.stringContaining('firewalls') },
    ])
  })

  it('and says that something else answers at the address', async () => {
    const other = await serve((_request, response) => response.writeHead(503).end('a proxy'))
    expect(await callbacks(await through(at(other)))).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringMatching(/answered 503, and nothing arrived here: something else/),
        cure: expect.stringContaining('proxy'),
      },
    ])
  })

  it.each([
    ['keeps the answer', undefined, /no answer came back to it/, 'let answers through'],
    ['changes the answer', 502, /was answered 200, and got 502/, 'pass answers on'],
  ] as const)('and says that something in between %s', async (_, status, says, cure) => {
    const between = async (url: string): Promise<string> => {
      const relay = await serve(async (_request, response) => {
        await (await fetch(url, { method: 'POST', body: '{}' })).text()
        if (status === undefined) response.destroy()
        else response.writeHead(status).end()
      })
      return at(relay)(url)
    }
    expect(await callbacks(await through(between))).toMatchObject([
      { state: 'wrong', says: expect.stringMatching(says), cure: expect.stringContaining(cure) },
    ])
  })

  it.each([
    [
      'that it may not',
      { reached: false, says: 'calls of private addresses are denied' },
      'wrong',
      'addresses of this kind',
    ],
    ['what no schema knows', { reached: 'perhaps' }, 'note', 'hooks/call-back-response'],
  ] as const)('and is answered %s', async (_, answer, state, cure) => {
    const front: string = await serve(async (request, response) => {
      const { status, text } =
        request.url === '/hooks/callBack'
          ? { status: 200, text: JSON.stringify(answer) }
          : await fetch(`${reference.url}${request.url}`, {
              method: request.method ?? '',
              headers: { 'content-type': 'application/json', 'amp-hook-secret': hooksSecret },
              ...(request.method === 'POST' ? { body: '{"offsetSeconds":0}' } : {}),
            }).then(async (got) => ({ status: got.status, text: await got.text() }))
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(text.replaceAll(reference.url, front))
    })
    expect(await callbacks(front)).toMatchObject([{ state, cure: expect.stringContaining(cure) }])
  })

  it('and where it has no such hook says that only the address was looked at', async () => {
    const [note, ...more] = await callbacks(await through((url) => url, 'noSuchHook'))
    expect(more).toEqual([])
    expect(note).toMatchObject({
      state: 'note',
      says: expect.stringMatching(/no hook callBack, so only the address 127\.0\.0\.1 was looked at/),
      cure: expect.stringContaining('offer the hook'),
    })
  })

  it('and judges nothing where the call did not come', async () => {
    const { outcome, requests, doctor } = await certify({
      url: await through(at('http://127.0.0.1:1')),
      hooksSecret,
      seed: 1,
    })
    expect({ outcome, requests }).toEqual({ outcome: 'configuration', requests: 0 })
    expect(doctor.filter(({ state }) => state === 'wrong').map(({ about }) => about)).toEqual(['callback'])
  })
})
