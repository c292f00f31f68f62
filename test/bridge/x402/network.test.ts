/** Proves what an `amp` network does beside paying: bound requests, what was used of a most, batches, version 1, plain refusals. */
import { createHash } from 'node:crypto'
import { x402Client, x402HTTPClient } from '@x402/core/client'
import { encodePaymentSignatureHeader } from '@x402/core/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ampClientSchemes } from '../../../bridge/x402/client.ts'
import { ampServerSchemes } from '../../../bridge/x402/server.ts'
import { network, openShop, paying } from './house.ts'

let shop: Awaited<ReturnType<typeof openShop>>
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => expect(await shop.close()).toEqual([]))

const decode = (header: string | null) => JSON.parse(Buffer.from(header ?? '', 'base64').toString())

const clientOf = async () => {
  const payer = await shop.payer()
  const client = new x402Client().setSpendControls(false)
  for (const scheme of ampClientSchemes(payer))
    client.register('amp:*', scheme as never).registerV1('amp:*', scheme as never)
  return { payer, client, http: new x402HTTPClient(client) }
}

/** What a shop answers to an unpaid request. */
const quoted = async (path: string, init: RequestInit = {}) =>
  decode((await fetch(`${shop.url}${path}`, init)).headers.get('payment-required'))

describe('a payment', () => {
  it('is for the request it was made for, and for no other of the same price', async () => {
    const { client, payer } = await clientOf()
    const header = encodePaymentSignatureHeader(await client.createPaymentPayload(await quoted('/tick')))
    const offered = (path: string, init: RequestInit = {}) =>
      fetch(`${shop.url}${path}`, { ...init, headers: { ...init.headers, 'PAYMENT-SIGNATURE': header } })
    expect((await offered('/other')).status).toBe(402)
    expect((await offered('/tick?more')).status).toBe(402)
    expect((await offered('/tick', { headers: { 'Idempotency-Key': 'one' } })).status).toBe(402)
    expect(payer.live.state.delivered).toBe(0n)
    expect((await offered('/tick')).status).toBe(200)
    expect((await offered('/other')).status).toBe(402)
    expect(payer.live.state.delivered).toBe(1n)
  })

  it('covers the body that was sent', async () => {
    const { client } = await clientOf()
    const init = (text: string) => ({
      method: 'POST',
      body: JSON.stringify({ text }),
      headers: { 'Content-Type': 'application/json' },
    })
    const header = encodePaymentSignatureHeader(await client.createPaymentPayload(await quoted('/ask', init('tea'))))
    const ask = (text: string) =>
      fetch(`${shop.url}/ask`, { ...init(text), headers: { ...init(text).headers, 'PAYMENT-SIGNATURE': header } })
    expect((await ask('coffee')).status).toBe(402)
    expect((await ask('tea')).status).toBe(200)
  })

  it('is answered again a few times, without being taken again', async () => {
    const { client, payer } = await clientOf()
    const header = encodePaymentSignatureHeader(await client.createPaymentPayload(await quoted('/tick')))
    const statuses: number[] = []
    for (let times = 0; times < 11; times++)
      statuses.push((await fetch(`${shop.url}/tick`, { headers: { 'PAYMENT-SIGNATURE': header } })).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 200, 402, 402])
    expect(payer.live.state.delivered).toBe(1n)
  })

  it('of a client that was restarted is the payment there is, and its next one is signed anew at once', async () => {
    const { payer } = await clientOf()
    const asked = (key: string) => paying(payer)(`${shop.url}/tick`, { headers: { 'Idempotency-Key': key } })
    for (let times = 0; times < 3; times++) expect((await asked('one of it')).status).toBe(200)
    expect(payer.live.state.delivered).toBe(1n)
    // It forgot what it had signed for: the facilitator says that this does not cover a second one.
    expect((await asked('another')).status).toBe(200)
    expect(payer.live.state.delivered).toBe(2n)
  })

  it('waits for a handler that failed, and pays when it serves', async () => {
    const { payer } = await clientOf()
    const pay = paying(payer)
    expect((await pay(`${shop.url}/broken`)).status).toBe(500)
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 0n })
    expect((await pay(`${shop.url}/broken`)).status).toBe(200)
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 5n })
  })
})

describe('the schemes', () => {
  it('upto takes what was used, and no more than was signed for', async () => {
    const { payer } = await clientOf()
    const pay = paying(payer)
    for (const [used, total] of [
      [400, 400n],
      [0, 400n],
      [1_000, 1_400n],
    ] as const) {
      const response = await pay(`${shop.url}/metered?used=${used}`)
      expect([used, response.status]).toEqual([used, 200])
      expect(decode(response.headers.get('payment-response'))).toMatchObject({ amount: String(used) })
      expect(payer.live.state.delivered).toBe(total)
    }
    expect(payer.live.state.authorised).toBe(1_400n)
    expect((await pay(`${shop.url}/metered?used=1001`)).status).toBe(402)
    expect(payer.live.state.delivered).toBe(1_400n)
  })

  it('batch-settlement commits now and moves when the batch is swept', async () => {
    const { payer } = await clientOf()
    const pay = paying(payer)
    for (let at = 1; at <= 10; at++) {
      const response = await pay(`${shop.url}/batched`)
      const { extra } = decode(response.headers.get('payment-response'))
      expect(extra.channelState).toMatchObject({
        channelId: payer.channel.channelId,
        chargedCumulativeAmount: `${at * 10}`,
      })
    }
    expect(payer.live.state).toMatchObject({ authorised: 100n, delivered: 0n })
    expect(await shop.till.sweep()).toEqual([])
    expect(payer.live.state.delivered).toBe(100n)
  })
})

describe('the facilitator', () => {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${shop.facilitatorUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  const v1 = {
    scheme: 'exact',
    network,
    maxAmountRequired: '3',
    resource: 'https://shop.example/tick',
    description: 'a tick',
    mimeType: 'application/json',
    payTo: 'shop',
    maxTimeoutSeconds: 60,
    asset: 'USD',
    extra: { scale: 6 },
  }

  it('says what it supports', async () => {
    const { kinds } = (await (await fetch(`${shop.facilitatorUrl}/supported`)).json()) as {
      kinds: { x402Version: number; scheme: string }[]
    }
    expect(kinds.map((kind) => `${kind.x402Version} ${kind.scheme}`)).toEqual([
      '2 exact',
      '2 upto',
      '2 batch-settlement',
      '1 exact',
    ])
  })

  it('settles version 1 too, once', async () => {
    const { client, http, payer } = await clientOf()
    const paymentPayload = await client.createPaymentPayload({ x402Version: 1, accepts: [v1] } as never)
    expect(Object.keys(http.encodePaymentSignatureHeader(paymentPayload))).toEqual(['X-PAYMENT'])
    const body = { x402Version: 1, paymentPayload, paymentRequirements: v1 }
    expect((await post('/verify', body)).json).toEqual({ isValid: true, payer: 'agent' })
    const [first, second] = [await post('/settle', body), await post('/settle', body)]
    expect(first.json).toMatchObject({ success: true, amount: '3', network })
    expect(second).toEqual(first)
    expect(payer.live.state.delivered).toBe(3n)
    const elsewhere = { ...body, paymentRequirements: { ...v1, resource: 'https://shop.example/other' } }
    expect((await post('/verify', elsewhere)).json.invalidReason).toBe('amp_voucher_signature_invalid')
  })

  it('refuses in the words of x402', async () => {
    const { client } = await clientOf()
    const paymentPayload = await client.createPaymentPayload(await quoted('/tick'))
    const good = { x402Version: 2, paymentPayload, paymentRequirements: paymentPayload.accepted }
    const reason = async (body: unknown) => (await post('/verify', body)).json.invalidReason
    const asking = (change: object) => ({ ...good, paymentRequirements: { ...good.paymentRequirements, ...change } })
    const accepting = (change: object) => {
      const accepted = { ...paymentPayload.accepted, ...change }
      return { ...good, paymentPayload: { ...paymentPayload, accepted }, paymentRequirements: accepted }
    }
    const proving = (change: object) => ({
      ...good,
      paymentPayload: { ...paymentPayload, payload: { ...paymentPayload.payload, ...change } },
    })
    expect(await reason({ ...good, x402Version: 3 })).toBe('invalid_x402_version')
    expect(await reason({ ...good, paymentPayload: 'x' })).toBe('invalid_payload')
    expect(await reason(asking({ amount: '2' }))).toBe('invalid_payment_requirements')
    expect(await reason(asking({ payTo: 'other' }))).toBe('invalid_payment_requirements')
    expect(await reason(accepting({ scheme: 'deferred' }))).toBe('unsupported_scheme')
    expect(await reason(accepting({ network: 'amp:other' }))).toBe('invalid_network')
    expect(await reason(accepting({ extra: {} }))).toBe('invalid_payment_requirements')
    expect(await reason(accepting({ amount: '2' }))).toBe('amp_voucher_signature_invalid')
    expect(await reason(accepting({ asset: 'EUR' }))).toBe('amp_currency_mismatch')
    expect(await reason(proving({ nonce: 'short' }))).toBe('amp_voucher_malformed')
    expect(await reason(proving({ cumulative: '1.5' }))).toBe('amp_micro_amount_fractional')
    expect(await reason(proving({ cumulative: '0' }))).toBe('amp_voucher_signature_invalid')
    expect(await reason(proving({ channelId: createHash('sha256').digest('base64url') }))).toBe('amp_channel_unknown')
    expect(await post('/verify', '{"a":1,"a":2}')).toMatchObject({ status: 400, json: { isValid: false } })
    expect(await post('/settle', 'nothing')).toMatchObject({ status: 400, json: { success: false } })
    expect((await post('/verify', JSON.stringify('x'.repeat(70_000)))).status).toBe(413)
    expect(await reason(good)).toBeUndefined()
  })
})

describe('a price', () => {
  const [exact] = ampServerSchemes()
  it.each([
    '$0.0000001',
    '0.01',
    1,
    { asset: 'USD', amount: '0' },
    { asset: 'USD', amount: '1.5' },
    { asset: 'XYZ', amount: '1' },
  ])('of %j is no price here', async (price) => {
    await expect(exact?.parsePrice(price)).rejects.toThrow('atomic units')
  })
})
