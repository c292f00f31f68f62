/** Proves what a priced route refuses and how, that a lost answer is paid once, and that MCP works the same way. */
import { Errors, Mcp } from 'mppx'
import { McpClient } from 'mppx/mcp/client'
import { Mppx, Transport } from 'mppx/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../bridge/json.ts'
import { mcpKeys, type Rpc } from '../../../bridge/mpp/client.ts'
import { type Challenge, challengeIdOf, readChallenges, writeCredential } from '../../../bridge/mpp/codec.ts'
import { ampClient, ampServer, type Price, payingCalls, payingFetch, pricedCalls } from '../../../bridge/mpp/index.ts'
import { signPayload } from '../../../bridge/mpp/offer.ts'
import { openPurse } from '../../../bridge/settlement/index.ts'
import { openWire } from '../x402/cut.ts'
import { network, openShop, secret } from './house.ts'

let shop: Awaited<ReturnType<typeof openShop>>
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => expect(await shop.close()).toEqual([]))

const challenged = async (path: string, init: RequestInit = {}): Promise<Challenge> => {
  const response = await fetch(`${shop.url}${path}`, init)
  expect(response.status).toBe(402)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const [challenge] = readChallenges(response.headers.get('www-authenticate') ?? '') ?? []
  if (!challenge) throw new Error('there is no challenge')
  return challenge
}
const offer = async (path: string, credential: string, init: RequestInit = {}) => {
  const response = await fetch(`${shop.url}${path}`, {
    ...init,
    headers: { ...init.headers, Authorization: credential },
  })
  const problem = /problem/.test(response.headers.get('content-type') ?? '')
    ? ((await response.json()) as { type: string })
    : undefined
  return {
    status: response.status,
    type: problem?.type.replace('https://paymentauth.org/problems/', ''),
    problem,
    response,
  }
}

describe('a priced route', () => {
  it('refuses each thing that is wrong by its own problem, with a fresh challenge, and takes nothing', async () => {
    const payer = await shop.payer()
    const purse = openPurse(payer)
    const challenge = await challenged('/tick')
    const payload = { ...(await signPayload(purse, challenge)) }
    const paying = (change: Partial<Challenge>, more: object = {}) =>
      writeCredential({ challenge: { ...challenge, ...change }, payload: { ...payload, ...more } })
    const issued = (change: Partial<Challenge>) => {
      const { id: _, ...plain } = { ...challenge, ...change }
      return paying({ ...plain, id: challengeIdOf(plain, secret) })
    }
    expect(await offer('/tick', 'Bearer abc')).toMatchObject({ status: 402, type: 'payment-required' })
    expect(await offer('/tick', 'Payment %%%')).toMatchObject({ status: 402, type: 'malformed-credential' })
    expect(await offer('/tick', 'Payment e30')).toMatchObject({ status: 402, type: 'malformed-credential' })
    expect(await offer('/tick', `${paying({})}, ${paying({})}`)).toMatchObject({
      status: 400,
      type: 'malformed-credential',
    })
    expect(await offer('/tick', paying({ method: 'tempo' }))).toMatchObject({ status: 400, type: 'method-unsupported' })
    expect(await offer('/tick', paying({ realm: 'other' }))).toMatchObject({ status: 402, type: 'invalid-challenge' })
    expect(await offer('/tick', paying({ request: { ...challenge.request, amount: '2' } }))).toMatchObject({
      type: 'invalid-challenge',
    })
    expect(await offer('/dollar', paying({}))).toMatchObject({ type: 'invalid-challenge' })
    expect(await offer('/tick?more', paying({}))).toMatchObject({ type: 'invalid-challenge' })
    expect(await offer('/tick', issued({ intent: 'session' }))).toMatchObject({ type: 'invalid-challenge' })
    expect(await offer('/tick', issued({ expires: '2020-01-01T00:00:00Z' }))).toMatchObject({ type: 'payment-expired' })
    expect(await offer('/tick', paying({}, { nonce: 'short' }))).toMatchObject({ type: 'malformed-credential' })
    expect(await offer('/tick', paying({}, { signature: 'A'.repeat(86) }))).toMatchObject({
      type: 'verification-failed',
    })
    const unknown = await offer('/tick', paying({}, { channelId: 'A'.repeat(43) }))
    expect(unknown.problem).toMatchObject({ details: { code: 'channel-unknown' }, challengeId: expect.any(String) })
    expect(readChallenges(unknown.response.headers.get('www-authenticate') ?? '')).toHaveLength(1)
    expect(unknown.response.headers.get('payment-receipt')).toBeNull()
    expect(payer.live.state).toMatchObject({ authorised: 0n, delivered: 0n })
    expect((await offer('/tick', paying({}))).status).toBe(200)
    for (let times = 0; times < 3; times++) await offer('/tick', paying({}))
    expect(payer.live.state).toMatchObject({ authorised: 1n, delivered: 1n })
  })

  it('binds the body that was sent', async () => {
    const payer = await shop.payer()
    const init = (text: string) => ({
      method: 'POST',
      body: JSON.stringify({ text }),
      headers: { 'Content-Type': 'application/json' },
    })
    const challenge = await challenged('/ask', init('tea'))
    const credential = writeCredential({ challenge, payload: { ...(await signPayload(openPurse(payer), challenge)) } })
    expect(await offer('/ask', credential, init('coffee'))).toMatchObject({ type: 'invalid-challenge' })
    expect((await offer('/ask', credential, init('tea'))).status).toBe(200)
  })

  it('asks again where a channel is signed for too little, and the client signs anew', async () => {
    const payer = await shop.payer()
    const forgetful = () => payingFetch(payer)
    expect((await forgetful()(`${shop.url}/tick`, { headers: { 'Idempotency-Key': 'first' } })).status).toBe(200)
    // A client that forgot what it signed for is told so, and signs for more at once.
    expect((await forgetful()(`${shop.url}/tick`, { headers: { 'Idempotency-Key': 'second' } })).status).toBe(200)
    expect(payer.live.state.delivered).toBe(2n)
  })

  it('is paid once when its answer is lost, wherever that is cut off', { timeout: 60_000 }, async () => {
    const wire = await openWire(Number(new URL(shop.url).port))
    const payer = await shop.payer()
    const pay = payingFetch(payer)
    const headers = { Connection: 'close' }
    for (let at = 0; at < 12; at++) {
      wire.next.cut = { status: 200, bytes: at * 14 }
      const init = { headers: { ...headers, 'Idempotency-Key': `lost-${at}` } }
      await expect(pay(`${wire.url}/tick`, init).then((response) => response.arrayBuffer())).rejects.toThrow()
      expect((await pay(`${wire.url}/tick`, init)).status).toBe(200)
      expect(payer.live.state.delivered).toBe(BigInt(at + 1))
    }
    await wire.close()
  })
})

describe('over MCP', () => {
  const price: Price = { intent: 'charge', amount: '5', currency: 'USD' }
  const call = (text: string): Rpc => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'tea', arguments: { text } },
  })

  it('our server is paid by our calls and by the mppx client', async () => {
    const answer = pricedCalls(shop.parts)
    const serve = async (): Promise<JsonObject> => ({ content: [{ type: 'text', text: 'tea' }] })
    const payer = await shop.payer()
    const ours = payingCalls(payer, (request) => answer(request, price, serve))
    for (const text of ['a', 'b', 'a'])
      expect(await ours(call(text))).toMatchObject({
        result: { content: [{ text: 'tea' }], _meta: { [mcpKeys.receipt]: { status: 'success', charged: '5' } } },
      })
    expect(payer.live.state.delivered).toBe(15n)

    const other = await shop.payer()
    const client = McpClient.wrap(
      {
        callTool: async (params: object) => {
          const reply = await answer(
            { jsonrpc: '2.0', id: 2, method: 'tools/call', params: params as JsonObject },
            price,
            serve,
          )
          if ('error' in reply) throw Object.assign(new Error('payment'), reply.error)
          return reply.result as never
        },
      } as never,
      // biome-ignore lint/suspicious/noExplicitAny: the types of mppx follow from the schemas of zod, which ours are not
      { methods: ampClient(other).methods as any },
    )
    const result = await client.callTool({ name: 'tea', arguments: { text: 'c' } })
    expect(result).toMatchObject({ content: [{ text: 'tea' }], receipt: { status: 'success', method: 'amp' } })
    expect(other.live.state.delivered).toBe(5n)
  })

  it('our calls pay an mppx server', async () => {
    const methods = ampServer({ ...shop.parts, errors: Errors })
    type Handlers = Record<
      string,
      (price: object) => (request: Rpc) => Promise<{ status: number; challenge: Rpc; withReceipt: (rpc: Rpc) => Rpc }>
    >
    const mppx = Mppx.create({
      methods: methods as never,
      secretKey: secret,
      realm: 'shop.example',
      transport: Transport.mcp(),
    }) as unknown as Handlers
    const payer = await shop.payer()
    const { 'amp/charge': charge } = mppx
    if (!charge) throw new Error('mppx has no charge')
    const pay = payingCalls(payer, async (request) => {
      const result = await charge({ amount: '5', currency: 'USD' })(request)
      if (result.status === 402) return result.challenge
      return result.withReceipt({ jsonrpc: '2.0', id: 1, result: { content: [] } })
    })
    for (let at = 1; at <= 3; at++) {
      expect(await pay(call('tea'))).toMatchObject({
        result: { _meta: { [Mcp.receiptMetaKey]: { status: 'success' } } },
      })
      expect(payer.live.state.delivered).toBe(BigInt(at * 5))
    }
  })

  it('says in JSON-RPC what is wrong', async () => {
    const answer = pricedCalls(shop.parts)
    const never = async (): Promise<JsonObject> => Promise.reject(new Error('it was not paid'))
    expect(await answer(call('tea'), price, never)).toMatchObject({
      error: { code: -32_042, data: { httpStatus: 402 } },
    })
    const with_ = (credential: unknown) =>
      ({ ...call('tea'), params: { name: 'tea', _meta: { [mcpKeys.credential]: credential } } }) as Rpc
    expect(await answer(with_('x'), price, never)).toMatchObject({ error: { code: -32_602 } })
    const challenge = { id: 'x', realm: 'r', method: 'amp', intent: 'charge', request: {} }
    expect(await answer(with_({ challenge, payload: {} }), price, never)).toMatchObject({
      error: { code: -32_043, data: { problem: { type: 'https://paymentauth.org/problems/invalid-challenge' } } },
    })
  })

  it('an amount of another network, or none, is not signed for', async () => {
    const payer = await shop.payer()
    const challenge = await challenged('/tick')
    for (const request of [
      { ...challenge.request, amount: '0' },
      { ...challenge.request, methodDetails: { network } },
    ])
      await expect(signPayload(openPurse(payer), { ...challenge, request })).rejects.toThrow(TypeError)
  })
})
