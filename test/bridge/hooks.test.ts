/** Proves what test hooks do to a gateway: they add to what its operator said, take back, and end with a reset. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soleTenant } from '../../bridge/gateway.ts'
import { type BridgeHooks, bridgeHooks } from '../../bridge/hooks.ts'
import { staticDirectory } from '../../bridge/keys.ts'
import { type RunningGateway, serveGateway } from '../../bridge/serve.ts'
import { readDiscovery } from '../../conformance/target/discovery.ts'
import { refuse } from '../../reference/core/outcome.ts'
import { jwkOf, p256Key } from './signers.ts'

const secret = 'hooks-hooks-hooks-hooks'
const shared = 'abcdefghijklmnopabcdefghijklmnop'
const own = {
  acp: { clients: [{ token: 'the token of the operator', agent: 'own' }], webhooks: [] },
  mpp: { secrets: { 'own.example': 'x'.repeat(32) } },
}

const settingsOf = (hooks: BridgeHooks) => hooks.tenants()[0]?.settings

describe('hooks', () => {
  let [hooks, call] = [{} as BridgeHooks, async (_name: string, _body: object, _secret?: string) => 0]
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  beforeAll(async () => {
    const { port } = server.address() as { port: number }
    hooks = bridgeHooks(
      secret,
      {
        now: () => 1_000,
        directory: staticDirectory({ keys: [] }, { name: 'own' }),
        openDraft: async () => refuse('peer-unavailable'),
        tenants: soleTenant(() => ['https://shop.example'], { currency: 'USD', protocols: own }),
      },
      () => async () => refuse('peer-unavailable'),
    )
    app.use(hooks.router)
    call = async (name, body, given = secret) => {
      const headers = { 'content-type': 'application/json', 'amp-hook-secret': given }
      const url = `http://127.0.0.1:${port}/${name}`
      return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status
    }
  })
  afterAll(() => server.close())

  const agent = (id: string, kid: string, more: object = {}) => ({
    ...{ holder: 'agent', id, keys: [jwkOf(p256Key(id), { kid })] },
    ...more,
  })

  it('are not there without their secret', async () => {
    expect(await call('trustKeys', agent('a', 'key-a'), 'another')).toBe(404)
    expect(await hooks.directory.find('key-a')).toBeUndefined()
  })

  it('call back, and say what came of it', async () => {
    const other = express()
    other.post('/here', (_request, response) => response.sendStatus(204))
    const listening = other.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    const { port } = server.address() as { port: number }
    const url = `http://127.0.0.1:${(listening.address() as { port: number }).port}/here`
    const asked = async () => {
      const headers = { 'content-type': 'application/json', 'amp-hook-secret': secret }
      const body = JSON.stringify({ url })
      return (await fetch(`http://127.0.0.1:${port}/callBack`, { method: 'POST', headers, body })).json()
    }
    const before = await asked()
    listening.close()
    listening.closeAllConnections()
    expect([before, await asked()]).toEqual([
      { reached: true, status: 204 },
      { reached: false, says: expect.stringContaining('ECONNREFUSED') },
    ])
  })

  it('trust an agent, by another name too once the first is taken back, and never two by one key', async () => {
    expect(await call('trustKeys', agent('a', 'key-a', { name: 'A' }))).toBe(200)
    expect((await hooks.directory.find('key-a'))?.agent).toEqual({ id: 'a', name: 'A' })
    expect(await call('trustKeys', agent('b', 'key-a'))).toBe(400)
    expect((await hooks.directory.find('key-a'))?.agent).toEqual({ id: 'a', name: 'A' })
    expect(await call('trustKeys', { holder: 'agent', id: 'a', keys: [] })).toBe(200)
    expect(await hooks.directory.find('key-a')).toBeUndefined()
    expect(await call('trustKeys', agent('b', 'key-a'))).toBe(200)
    expect((await hooks.directory.find('key-a'))?.agent).toEqual({ id: 'b' })
  })

  it('trust an issuer for its own tokens alone', async () => {
    const { holder: _holder, ...issuer } = agent('https://issuer.example', 'key-i')
    expect(await call('trustKeys', { holder: 'issuer', ...issuer })).toBe(200)
    expect(await hooks.directory.findIssuer('https://issuer.example', 'key-i')).toBeDefined()
    expect(await hooks.directory.findIssuer('https://other.example', 'key-i')).toBeUndefined()
    expect(await hooks.directory.find('key-i')).toBeUndefined()
  })

  it('add tokens, secrets and assets to those of the operator', async () => {
    expect(await call('trustKeys', agent('c', 'key-c', { secret: shared }))).toBe(200)
    expect(await call('trustKeys', { holder: 'server', id: 'shop.example', keys: [], secret: shared })).toBe(200)
    const asset = { network: 'eip155:1', asset: '0xa', decimals: 6, currency: 'USD' }
    expect(await call('takeAsset', asset)).toBe(200)
    expect(await call('takeAsset', { ...asset, decimals: 19 })).toBe(400)
    const merchant = { reference_merchant_id: 'M-1', merchant_name: 'Shop', merchant_mcc: '5499' }
    expect(await call('registerMerchant', { id: 'https://tea.example', merchant })).toBe(200)
    expect(settingsOf(hooks)).toEqual({
      currency: 'USD',
      merchants: [{ cardAcceptorId: 'tea.example', currency: 'USD', merchant }],
      protocols: {
        acp: { clients: [...own.acp.clients, { token: shared, agent: 'c', kid: 'key-c' }], webhooks: [] },
        mpp: { secrets: { ...own.mpp.secrets, 'shop.example': shared } },
        x402: { assets: [asset] },
      },
    })
    expect(await call('trustKeys', { holder: 'agent', id: 'c', keys: [] })).toBe(200)
    expect(await call('trustKeys', { holder: 'server', id: 'shop.example', keys: [] })).toBe(200)
    expect(settingsOf(hooks)?.protocols).toEqual({ ...own, x402: { assets: [asset] } })
  })

  it('end with a reset', async () => {
    expect(await call('trustKeys', agent('d', 'key-d', { secret: shared }))).toBe(200)
    expect(await call('reset', {})).toBe(200)
    expect(await hooks.directory.find('key-d')).toBeUndefined()
    expect(settingsOf(hooks)).toEqual({ currency: 'USD', protocols: { ...own, x402: { assets: [] } } })
  })
})

describe('a gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'amp-hooks-'))
  let gateway: RunningGateway | undefined
  afterAll(async () => {
    await gateway?.stop()
    rmSync(folder, { recursive: true })
  })

  it('declares the protocols its tenant takes, and no others', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keyFile = { ...privateKey.export({ format: 'jwk' }), kid: 'bridge-1' }
    writeFileSync(join(folder, 'key.json'), JSON.stringify(keyFile))
    const config = {
      listen: { port: 0 },
      tenants: [{ name: 'shop', origins: ['https://shop.example'], protocols: ['x402', 'mpp'] }],
      amp: {
        endpoint: 'https://provider.example/credential-provider',
        agents: { '*': { agentId: 'agent-1', bindingId: 'binding-1', keyFile: 'key.json' } },
      },
    }
    writeFileSync(join(folder, 'bridge.json'), JSON.stringify(config))
    gateway = await serveGateway(join(folder, 'bridge.json'))
    const { document } = await readDiscovery(gateway.url)
    expect(document?.extensions.toSorted()).toEqual(['bridge', 'mpp', 'x402'])
  })
})
