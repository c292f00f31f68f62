/** Proves that keys come from the profiles of UCP parties, under either name, and that one bad key costs no other. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { remoteDirectory } from '../../../bridge/directories/index.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'
import { ucpProfile } from '../../../bridge/ucp/profile.ts'
import type { UcpVersion } from '../../../bridge/ucp/versions.ts'
import { ucpBotPlatform, ucpPlatform } from '../parties.ts'
import { jwkOf, p256Key } from '../signers.ts'
import { now } from '../tap-agent.ts'
import { ucpSigned } from './parties.ts'
import { ucpCheckout } from './samples.ts'

let server: Server
let origin = ''
let profile: unknown = {}

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(profile))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const url = 'https://platform.example/profile'
const directory = () =>
  remoteDirectory({
    name: 'profiles',
    sources: [{ issuer: url, url: `${origin}/profile`, kind: 'ucp' }],
    now: () => now,
    fetch: { allowsLoopback: true },
  })

const publicKeys = [ucpPlatform, ucpBotPlatform].map(({ key, kid }) => jwkOf(key, { kid }) as JsonObject)
const published = (version: UcpVersion, keys: readonly JsonObject[] = publicKeys) =>
  ucpProfile({
    version,
    endpoint: 'https://platform.example/ucp',
    keys,
    handler: { id: 'amp', config: { network: 'https://network.amp.example' } },
  })

const outcomeOf = async (party = ucpPlatform): Promise<string> => {
  const money = { currency: 'USD' as const, price: 100, quantity: 1, tax: 0, discount: 0 }
  const message = await ucpSigned(
    {
      method: 'POST',
      url: 'https://bridge.example/offers',
      headers: { 'content-type': 'application/json', 'ucp-agent': `profile="${url}"` },
      body: JSON.stringify(ucpCheckout({ version: '2026-08-25', id: 's', money })),
    },
    party,
    now,
  )
  const context = { now, directory: directory(), nonces: memoryNonces(), settings: {} }
  const result = await translate(readDescription(message), context)
  return result.outcome === 'refused' ? result.problem.code : result.outcome
}

describe('a profile', () => {
  it.each(['2026-01-23', '2026-04-08', '2026-08-25'] as const)('of %s is where keys are read', async (version) => {
    profile = published(version)
    expect(Object.keys(profile as object)).toContain(version === '2026-08-25' ? 'keys' : 'signing_keys')
    expect(await outcomeOf()).toBe('translated')
    expect(await outcomeOf(ucpBotPlatform)).toBe('translated')
  })

  it('that moves from one name to the other publishes a key under both', async () => {
    profile = { ...published('2026-04-08'), ...published('2026-08-25') }
    expect(await outcomeOf()).toBe('translated')
  })

  it('with two keys under one id means neither of them, and keeps the others', async () => {
    profile = { ...published('2026-08-25'), signing_keys: [jwkOf(p256Key('another'), { kid: ucpPlatform.kid })] }
    expect(await outcomeOf()).toBe('foreign-agent-unknown')
    expect(await outcomeOf(ucpBotPlatform)).toBe('translated')
  })

  it('with a key nobody here understands keeps the others', async () => {
    const strange = { kty: 'EC', crv: 'P-384', kid: 'strange', x: 'AAAA', y: 'AAAA' }
    profile = published('2026-08-25', [strange, { kty: 'NEW', kid: 'newer' }, ...publicKeys])
    expect(await outcomeOf()).toBe('translated')
  })

  it('without keys, or that is none, makes its sender unknown or the directory unavailable', async () => {
    profile = published('2026-08-25', [])
    expect(await outcomeOf()).toBe('foreign-agent-unknown')
    profile = { keys: 'none' }
    expect(await outcomeOf()).toBe('foreign-agent-unknown')
  })
})
