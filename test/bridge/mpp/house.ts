/** Shops that charge by the Payment scheme on loopback: ours on Express, and an unmodified mppx server. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Errors } from 'mppx'
import { Mppx as Client } from 'mppx/client'
import { Mppx } from 'mppx/server'
import { ampClient, ampServer, type Price, priced, type Session } from '../../../bridge/mpp/index.ts'
import type { Payer } from '../../../bridge/settlement/index.ts'
import { openHouse } from '../settlement/books.ts'
import { listening } from '../x402/house.ts'

export const network = 'amp:test'
export const secret = 'a secret of thirty-two bytes or more'
const realm = 'shop.example'

const charge = (amount: string): Price => ({
  intent: 'charge',
  amount,
  currency: 'USD',
  description: 'a tick “quoted”',
})
const metered: Price = { intent: 'session', amount: '3', currency: 'USD', unitType: 'token', suggestedDeposit: '300' }

/** Our own server. */
export const openShop = async () => {
  const house = await openHouse()
  const { till, now } = house
  const parts = { till, network, now, payee: 'shop', realm, secret }
  const ask = priced(parts)
  const app = express()
  const served: string[] = []
  app.use(express.json())
  app.get('/tick', ask(charge('1')), (_, response) => {
    served.push('tick')
    response.json({ served: 'tick' })
  })
  app.get('/dollar', ask(charge('1000000')), (_, response) => void response.json({ served: 'dollar' }))
  app.post('/ask', ask(charge('7')), (request, response) => void response.json({ heard: request.body }))
  app.get('/stream', ask(metered), async (request, response) => {
    const payment = response.locals.payment as Session
    await payment.use(BigInt(String(request.query.units ?? '1')))
    response.json({ units: request.query.units ?? '1' })
  })
  const shop = await listening(app)
  const close = async () => {
    await shop.close()
    return house.close()
  }
  return { ...house, parts, served, url: shop.url, close }
}

/** An mppx server with our method. */
export const openPeerShop = async () => {
  const house = await openHouse()
  const { till, now } = house
  const methods = ampServer({ till, network, now, payee: 'shop', errors: Errors })
  // biome-ignore lint/suspicious/noExplicitAny: the types of mppx follow from the schemas of zod, which ours are not
  const mppx = Mppx.create({ methods: methods as any, secretKey: secret, realm }) as any
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://shop.example').pathname
    const handler =
      path === '/stream'
        ? mppx['amp/session']({ amount: '3', currency: 'USD', unitType: 'token' })
        : mppx['amp/charge']({ amount: path === '/dollar' ? '1000000' : '1', currency: 'USD' })
    const result = await Mppx.toNodeListener(handler)(request, response)
    if (result.status === 402) return
    if (!response.writableEnded) {
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ served: path }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    return house.close()
  }
  return { ...house, url, close }
}

/** An unmodified mppx client with our method. */
export const peerClient = (payer: Payer) => {
  const amp = ampClient(payer)
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return Client.create({ methods: amp.methods as any, fetch: amp.fetch, polyfill: false })
}
