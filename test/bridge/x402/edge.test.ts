/** Proves that addresses and signatures of chains are no card data, that a facilitator serves whom it is told to, and that a gateway before a shop lets its payments through. */
import { x402Client } from '@x402/core/client'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import { wrapFetchWithPayment } from '@x402/fetch'
import express from 'express'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseCardData } from '../../../bridge/card-data.ts'
import {
  ampBridge,
  ampClientSchemes,
  ampServerSchemes,
  createFacilitator,
  facilitatorRouter,
  soleTenant,
} from '../../../bridge/index.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { refuse } from '../../../reference/core/outcome.ts'
import { directoryOf } from '../parties.ts'
import { openHouse } from '../settlement/books.ts'
import { listening } from './house.ts'

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((each) => `0x${Buffer.from(each).toString('hex')}`)

it('addresses, nonces and signatures are no card data; a card number beside them is', () => {
  fc.assert(
    fc.property(hex(20), hex(32), hex(65), (from, nonce, signature) => {
      const read = (note: string) => {
        const body = JSON.stringify({ payload: { signature, authorization: { from, nonce } }, note })
        const message = readDescription({
          method: 'POST',
          url: 'https://a.example/',
          headers: { 'content-type': 'application/json' },
          body,
        })
        return message.ok && refuseCardData(message.value).ok
      }
      expect(read('tea')).toBe(true)
      expect(read('4111111111111111')).toBe(false)
      expect(read(`0x${Buffer.from('card 4111111111111111').toString('hex')}`)).toBe(false)
    }),
    { numRuns: 300 },
  )
})

describe('on the way to a shop', () => {
  it('a gateway lets a payment on an amp network through, and a facilitator serves only whom it is told to', async () => {
    const house = await openHouse()
    const bank = express()
    const facilitator = createFacilitator({ till: house.till, network: 'amp:test' })
    const mayCall = (request: express.Request) => request.get('authorization') === 'Bearer shop'
    bank.use('/x402', facilitatorRouter(facilitator, { mayCall }))
    const banking = await listening(bank)
    const url = `${banking.url}/x402`
    const denied = await fetch(`${url}/settle`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    })
    expect([denied.status, await denied.json()]).toMatchObject([
      401,
      { success: false, errorReason: 'amp_caller_not_allowed' },
    ])

    const authorized = async () => ({ headers: { Authorization: 'Bearer shop' } })
    const createAuthHeaders = async () => {
      const { headers } = await authorized()
      return { verify: headers, settle: headers, supported: headers }
    }
    const server = new x402ResourceServer(new HTTPFacilitatorClient({ url, createAuthHeaders }))
    for (const scheme of ampServerSchemes()) server.register('amp:*', scheme as never)
    const shop = express()
    let origin = ''
    shop.use(
      ampBridge({
        tenants: soleTenant(() => [origin]),
        directory: directoryOf(),
        nonces: memoryNonces(),
        now: house.now,
        openDraft: async () => refuse('agent-unknown'),
      }),
    )
    const accepts = {
      scheme: 'exact',
      network: 'amp:test' as const,
      payTo: 'shop',
      price: { asset: 'USD', amount: '1' },
    }
    shop.use(paymentMiddleware({ 'GET /tick': { accepts } }, server))
    shop.get('/tick', (_, response) => void response.json({}))
    const shopping = await listening(shop)
    origin = shopping.url
    const payer = await house.payer()
    const client = new x402Client().setSpendControls(false)
    for (const scheme of ampClientSchemes(payer)) client.register('amp:*', scheme as never)
    const pay = wrapFetchWithPayment(fetch, client)
    expect((await pay(`${shopping.url}/tick`)).status).toBe(200)
    expect(payer.live.state.delivered).toBe(1n)
    await Promise.all([shopping.close(), banking.close()])
    expect(await house.close()).toEqual([])
  })
})
