/** Proves that a lost answer settles twice at a naive x402 server and never at ours, wherever the connection is cut. */
import { x402Client } from '@x402/core/client'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { ExactEvmScheme } from '@x402/evm/exact/client'
import { ExactEvmScheme as ExactEvmServer } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import { wrapFetchWithPayment } from '@x402/fetch'
import express from 'express'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWire } from './cut.ts'
import { listening, openShop, paying } from './house.ts'

/** A connection for each request, so that a cut one takes nothing else with it. */
const plain = { headers: { Connection: 'close' } }

describe('the stock client against a naive server', () => {
  it('settles twice when the answer to a payment is lost and the request is made again', async () => {
    const settled = new Set<string>()
    const bank = express()
    bank.use(express.json())
    const network = 'eip155:84532'
    bank.get('/supported', (_, response) => {
      response.json({ kinds: [{ x402Version: 2, scheme: 'exact', network }], extensions: [], signers: {} })
    })
    const nonceOf = (body: { paymentPayload: { payload: { authorization: { nonce: string } } } }) =>
      body.paymentPayload.payload.authorization.nonce
    bank.post('/verify', ({ body }, response) => void response.json({ isValid: !settled.has(nonceOf(body)) }))
    bank.post('/settle', ({ body }, response) => {
      settled.add(nonceOf(body))
      response.json({ success: true, transaction: nonceOf(body), network })
    })
    const banking = await listening(bank)
    const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: banking.url }))
    server.register(network, new ExactEvmServer())
    const shop = express()
    const payTo = '0x209693Bc6afc0C5328bA36FaF03C514EF312287C'
    shop.use(
      paymentMiddleware({ 'GET /tick': { accepts: { scheme: 'exact', network, payTo, price: '$0.001' } } }, server),
    )
    shop.get('/tick', (_, response) => void response.json({}))
    const shopping = await listening(shop)
    const wire = await openWire(Number(new URL(shopping.url).port))
    const account = privateKeyToAccount(`0x${'1'.padStart(64, '0')}`)
    const pay = wrapFetchWithPayment(fetch, new x402Client().register('eip155:*', new ExactEvmScheme(account)))
    wire.next.cut = { status: 200, bytes: 40 }
    await expect(pay(`${wire.url}/tick`, plain)).rejects.toThrow()
    expect((await pay(`${wire.url}/tick`, plain)).status).toBe(200)
    expect(settled.size).toBe(2)
    await Promise.all([wire.close(), shopping.close(), banking.close()])
  })
})

describe('the stock client against ours', () => {
  let shop: Awaited<ReturnType<typeof openShop>>
  let wire: Awaited<ReturnType<typeof openWire>>
  beforeAll(async () => {
    shop = await openShop({ isNear: true })
    wire = await openWire(Number(new URL(shop.url).port))
  })
  afterAll(async () => {
    await wire.close()
    expect(await shop.close()).toEqual([])
  })

  /** Asks until there is a whole answer, as an application does that wants it. */
  const insist = async (pay: typeof fetch, path: string, headers: Record<string, string>): Promise<Response> => {
    for (let tries = 0; ; tries++) {
      try {
        const response = await pay(`${wire.url}${path}`, { headers: { ...plain.headers, ...headers } })
        await response.clone().arrayBuffer()
        return response
      } catch (error) {
        if (tries > 2) throw error
      }
    }
  }

  it('settles once, at whatever byte the answer is cut off', { timeout: 300_000 }, async () => {
    const payer = await shop.payer()
    const pay = paying(payer) as typeof fetch
    wire.next.cut = { status: 200, bytes: 0 }
    await insist(pay, '/tick', { 'Idempotency-Key': 'the-length-of-it' })
    const whole = wire.next.seen
    expect(whole).toBeGreaterThan(500)
    let at = 0
    let paid = 1n
    while (at <= whole) {
      wire.next.cut = { status: 200, bytes: at }
      const response = await insist(pay, '/tick', { 'Idempotency-Key': `cut-at-${at}` })
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ served: '/tick' })
      paid += 1n
      expect([at, wire.next.cut, payer.live.state.delivered]).toEqual([at, undefined, paid])
      at += 1
    }
    expect(payer.live.state.authorised).toBeLessThan(paid * 2n)
  })

  it('settles once without any key too, as long as the client has not seen that it was settled', async () => {
    const payer = await shop.payer()
    const pay = paying(payer) as typeof fetch
    for (let at = 0; at < 12; at++) {
      wire.next.cut = { status: 200, bytes: at * 9 }
      expect((await insist(pay, '/tick', {})).status).toBe(200)
      expect(payer.live.state.delivered).toBe(BigInt(at + 1))
    }
  })
})

describe('the stock server against our facilitator', () => {
  it('is told of one settlement, whichever answer of the facilitator is lost', { timeout: 60_000 }, async () => {
    const shop = await openShop()
    const payer = await shop.payer()
    const pay = paying(payer) as typeof fetch
    for (let at = 0; at < 10; at++) {
      shop.lose(at % 2 === 0 ? 'verify' : 'settle')
      expect((await pay(`${shop.url}/tick`)).status).not.toBe(200)
      expect((await pay(`${shop.url}/tick`)).status).toBe(200)
      expect(payer.live.state.delivered).toBe(BigInt(at + 1))
    }
    expect(await shop.close()).toEqual([])
  })
})
