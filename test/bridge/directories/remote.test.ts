/** Proves that keys come over the network only from where the operator said, fresh, bounded, and never from our own network. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FetchOptions, fetchGuarded, Unfetched } from '../../../bridge/directories/fetch.ts'
import {
  isPublicAddress,
  joinedDirectory,
  readRoots,
  remoteDirectory,
  type Source,
} from '../../../bridge/directories/index.ts'
import { staticDirectory, thumbprintOf } from '../../../bridge/keys.ts'
import { packageFile } from '../../../schemas/index.ts'
import { jwkOf, p256Key } from '../signers.ts'
import { ed25519Key } from '../tap-agent.ts'

let server: Server
let origin = ''
let asked = 0
let answer: (req: IncomingMessage, res: ServerResponse) => void = () => {}
let now = 1_000_000

const serve = (body: unknown, headers: Record<string, string> = {}, status = 200) => {
  answer = (_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers })
    res.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
}

beforeAll(async () => {
  server = createServer((req, res) => {
    asked += 1
    answer(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})
beforeEach(() => {
  asked = 0
  now = 1_000_000
})

const key = p256Key('remote key')
const jwk = jwkOf(key, { kid: 'k-1' })
const list = { keys: [jwk] }

const directoryOf = (more: Partial<Source> = {}, isOffline = false, ttlMax?: number) =>
  remoteDirectory({
    name: 'remote',
    sources: [{ issuer: 'https://issuer.example', url: `${origin}/keys`, kind: 'jwks', ...more }],
    now: () => now,
    isOffline,
    ...(ttlMax === undefined ? {} : { ttlMax }),
    fetch: { allowsLoopback: true, millisecondsMax: 500 },
  })

const find = (directory: ReturnType<typeof directoryOf>, kid = 'k-1', issuer = 'https://issuer.example') =>
  directory.findIssuer(issuer, kid)

describe('addresses', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '192.0.2.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '::10.0.0.1',
    'fe80::1%eth0',
    'nothing',
    '',
  ])('%s is not of the public internet', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )

  it('a mapped address is what it maps', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
        expect([isPublicAddress(`::ffff:${address}`), isPublicAddress(hex)]).toEqual(
          Array(2).fill(isPublicAddress(address)),
        )
      }),
    )
  })
})

describe('a fetch', () => {
  const options: FetchOptions = {
    contentTypes: ['application/json'],
    bytesMax: 1_000,
    millisecondsMax: 300,
    allowsLoopback: true,
  }
  const refused = (url: string, more: Partial<FetchOptions> = {}) =>
    expect(fetchGuarded(url, { ...options, ...more })).rejects.toThrow(Unfetched)

  it('goes to the address that was checked, and nowhere else', async () => {
    serve(list)
    const { port } = new URL(origin)
    let names: string[] = []
    const resolve = async (host: string) => {
      names = [...names, host]
      return ['127.0.0.1']
    }
    expect((await fetchGuarded(`http://keys.example:${port}/keys`, { ...options, resolve })).text).toBe(
      JSON.stringify(list),
    )
    expect(names).toEqual(['keys.example'])
  })

  it('does not go where one of the addresses is private, whatever the others are', async () => {
    serve(list)
    await refused(`http://keys.example:${new URL(origin).port}/`, { resolve: async () => ['8.8.8.8', '10.0.0.1'] })
    await refused(`${origin}/`, { allowsLoopback: false })
    await refused('https://127.0.0.1/', { allowsLoopback: false })
    await refused('https://[::1]/', { allowsLoopback: false })
    await refused('https://0x7f000001/', { allowsLoopback: false })
    await refused('https://2130706433/', { allowsLoopback: false })
    await refused('https://keys.example/', { resolve: async () => [] })
    await refused('https://keys.example/', { resolve: () => Promise.reject(new Error('no such host')) })
    expect(asked).toBe(0)
  })

  it.each<[string, string]>([
    ['another scheme', 'file:///etc/hosts'],
    ['credentials', 'https://a:b@keys.example/'],
    ['no address', 'keys'],
  ])('refuses %s', async (_name, url) => refused(url))

  it('follows no redirect, and takes no other status, type, size, encoding or pace', async () => {
    serve('', { location: `${origin}/elsewhere` }, 302)
    await refused(`${origin}/`)
    expect(asked).toBe(1)
    serve(list, {}, 206)
    await refused(`${origin}/`)
    serve(list, { 'content-type': 'text/html' })
    await refused(`${origin}/`)
    serve(list, { 'content-encoding': 'gzip' })
    await refused(`${origin}/`)
    serve('x'.repeat(1_001))
    await refused(`${origin}/`)
    answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      res.write('{')
    }
    await refused(`${origin}/`)
    answer = () => {}
    await refused(`${origin}/`)
  })
})

describe('a directory over the network', () => {
  it('asks nobody for an issuer nobody named', async () => {
    serve(list)
    expect(await find(directoryOf(), 'k-1', 'https://evil.example')).toBeUndefined()
    expect(asked).toBe(0)
  })

  it('asks once while a list lives, and for many look-ups at once too', async () => {
    serve(list, { 'cache-control': 'max-age=100' })
    const directory = directoryOf()
    const found = await Promise.all(Array.from({ length: 20 }, () => find(directory)))
    expect(new Set(found.map((each) => each?.thumbprint))).toEqual(
      new Set([thumbprintOf(jwk as Record<string, string>)]),
    )
    now += 99
    await find(directory)
    expect(asked).toBe(1)
    now += 2
    await find(directory)
    expect(asked).toBe(2)
    expect(Object.values(directory.ages())).toEqual([0])
  })

  it('finds a rotated key, asks no more often than every 30 s for an unknown one, and forgets a removed one', async () => {
    serve(list)
    const directory = directoryOf()
    await find(directory)
    for (let each = 0; each < 10; each += 1) expect(await find(directory, 'unknown')).toBeUndefined()
    expect(asked).toBe(1)
    serve({ keys: [jwkOf(p256Key('next key'), { kid: 'k-2' })] })
    now += 31
    expect((await find(directory, 'k-2'))?.kid).toBe('k-2')
    expect(asked).toBe(2)
    expect(await find(directory, 'k-1')).toBeUndefined()
  })

  it('keeps what it knows while a list cannot be read, and believes nothing past its time', async () => {
    serve(list)
    const directory = directoryOf({}, false, 60)
    await find(directory)
    serve('', {}, 500)
    now += 59
    expect((await find(directory))?.kid).toBe('k-1')
    now += 2
    await expect(find(directory)).rejects.toThrow()
    const before = asked
    await expect(find(directory)).rejects.toThrow()
    expect(asked).toBe(before)
    serve(list)
    now += 31
    expect((await find(directory))?.kid).toBe('k-1')
  })

  it('offline, asks nobody', async () => {
    await expect(find(directoryOf({}, true))).rejects.toThrow()
    expect(asked).toBe(0)
  })

  it('leaves out keys that cannot be taken, and both of two under one id', async () => {
    const publicTestKey = {
      kty: 'OKP',
      crv: 'Ed25519',
      x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
      kid: 'test-key',
    }
    serve({
      keys: [
        publicTestKey,
        { kty: 'oct', k: 'AAAA', kid: 'o' },
        1,
        jwk,
        jwkOf(key, { kid: 'twice' }),
        jwkOf(p256Key('b'), { kid: 'twice' }),
      ],
    })
    const directory = directoryOf()
    expect([await find(directory, 'test-key'), await find(directory, 'o'), await find(directory, 'twice')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect((await find(directory))?.kid).toBe('k-1')
  })

  it('keeps a key to the time it names for itself', async () => {
    serve({ keys: [{ ...jwk, nbf: now - 10, exp: now + 10 }] })
    const directory = directoryOf()
    expect((await find(directory))?.kid).toBe('k-1')
    now += 10
    expect(await find(directory)).toBeUndefined()
  })

  it('takes from a directory of signatures only its media type and keys named by their thumbprint', async () => {
    const bot = ed25519Key('bot')
    const kid = thumbprintOf(jwkOf(bot) as Record<string, string>)
    const type = { 'content-type': 'application/http-message-signatures-directory+json' }
    serve({ keys: [jwkOf(bot, { kid }), jwkOf(key, { kid: 'named' })] }, type)
    const directory = directoryOf({ kind: 'signatures' })
    expect((await find(directory, kid))?.kid).toBe(kid)
    expect(await find(directory, 'named')).toBeUndefined()
    serve({ keys: [jwkOf(bot, { kid })] })
    await expect(find(directoryOf({ kind: 'signatures' }), kid)).rejects.toThrow()
    serve({ keys: [jwkOf(bot, { kid })] }, type)
    expect(await find(directoryOf({ kind: 'signatures', needsProof: true }), kid)).toBeUndefined()
  })

  it('believes a certified key only under a pinned root, for its own key, in its time', async () => {
    const chain = JSON.parse(readFileSync(packageFile('test/bridge/directories/chain.json'), 'utf8'))
    const certified = { ...chain.jwk, kid: 'leaf', x5c: chain.x5c }
    const [root, rogue] = [readRoots([chain.root]), readRoots([chain.rogue])]
    now = 1_800_000_000
    const findWith = async (keys: readonly unknown[], roots: typeof root) => {
      serve({ keys })
      return (await find(directoryOf({ roots }), 'leaf'))?.kid
    }
    expect(await findWith([certified], root)).toBe('leaf')
    expect(await findWith([certified], rogue)).toBeUndefined()
    expect(await findWith([{ ...certified, x5c: undefined }], root)).toBeUndefined()
    expect(await findWith([{ ...certified, x5c: [...chain.x5c].reverse() }], root)).toBeUndefined()
    expect(await findWith([{ ...certified, x5c: [chain.x5c[0]] }], root)).toBeUndefined()
    expect(await findWith([{ ...jwkOf(key), kid: 'leaf', x5c: chain.x5c }], root)).toBeUndefined()
    now = 10_000_000_000
    expect(await findWith([certified], root)).toBeUndefined()
  })

  it('gives an agent its keys, and with others fails closed where none knows and one is down', async () => {
    serve(list)
    const agent = { id: 'agent-1' }
    const remote = directoryOf({ agent })
    expect((await remote.find('k-1'))?.agent).toEqual(agent)
    const pinned = staticDirectory({ keys: [jwkOf(p256Key('pinned'), { kid: 'pinned' })] }, { name: 'pinned' })
    const down = directoryOf({ agent, url: `${origin}/down` }, true)
    const joined = joinedDirectory('all', () => [pinned, down])
    expect((await joined.find('pinned'))?.kid).toBe('pinned')
    await expect(joined.find('elsewhere')).rejects.toThrow()
    expect(await joinedDirectory('all', () => [pinned]).find('elsewhere')).toBeUndefined()
  })
})
