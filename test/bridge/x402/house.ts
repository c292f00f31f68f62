/** A shop behind unmodified @x402/express, charging on an `amp` network through our facilitator, on loopback. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { x402Client } from '@x402/core/client'
import type { PaymentOption } from '@x402/core/http'
import { type FacilitatorClient, HTTPFacilitatorClient } from '@x402/core/server'
import type { SettleResponse } from '@x402/core/types'
import { paymentMiddleware, setSettlementOverrides, x402ResourceServer } from '@x402/express'
import { wrapFetchWithPayment } from '@x402/fetch'
import express from 'express'
import type { Payer } from '../../../bridge/settlement/index.ts'
import { ampClientSchemes } from '../../../bridge/x402/client.ts'
import { createFacilitator } from '../../../bridge/x402/facilitator.ts'
import { facilitatorRouter } from '../../../bridge/x402/router.ts'
import { ampServerSchemes } from '../../../bridge/x402/server.ts'
import { openHouse } from '../settlement/books.ts'

export const network = 'amp:test'

export const listening = async (app: { listen: (port: number, host: string, done: () => void) => Server }) => {
  const server = await new Promise<Server>((resolve) => {
    const made = app.listen(0, '127.0.0.1', () => resolve(made))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url, close }
}

const option = (amount: string, scheme = 'exact', more: Partial<PaymentOption> = {}): PaymentOption => ({
  scheme,
  network,
  payTo: 'shop',
  price: { asset: 'USD', amount },
  ...more,
})

/** A stock x402 client that pays on the `amp` network. */
export const paying = (payer: Payer) => {
  const client = new x402Client().setSpendControls(false)
  for (const scheme of ampClientSchemes(payer)) client.register('amp:*', scheme as never)
  return wrapFetchWithPayment(fetch, client)
}

/** The clearing house, its facilitator and a shop with a few prices. `served` counts how often each path was handled; `lose` drops the next answer of the facilitator to an
 * operation. With `isNear` the shop asks its facilitator in the same process. */
export const openShop = async ({ isNear = false } = {}) => {
  const house = await openHouse()
  const facilitator = createFacilitator({ till: house.till, network })
  const bank = express()
  let losing: string | undefined
  bank.use((request, response, next) => {
    if (!request.path.endsWith(losing ?? '?')) return next()
    losing = undefined
    response.json = () => {
      request.socket.destroy()
      return response
    }
    next()
  })
  bank.use('/x402', facilitatorRouter(facilitator))
  const facilitating = await listening(bank)
  const served = new Map<string, number>()
  const shop = express()
  shop.disable('x-powered-by').disable('etag')
  shop.use(express.json())
  const far = new HTTPFacilitatorClient({ url: `${facilitating.url}/x402` })
  const asked = (paymentPayload: { x402Version: number }, paymentRequirements: object) =>
    JSON.parse(JSON.stringify({ x402Version: paymentPayload.x402Version, paymentPayload, paymentRequirements }))
  const near: FacilitatorClient = {
    verify: async (payload, requirements) => facilitator.verify(asked(payload, requirements)),
    settle: async (payload, requirements) =>
      facilitator.settle(asked(payload, requirements)) as Promise<SettleResponse>,
    getSupported: async () => facilitator.supported() as never,
  }
  const server = new x402ResourceServer(isNear ? near : far)
  for (const scheme of ampServerSchemes()) server.register('amp:*', scheme as never)
  shop.use(
    paymentMiddleware(
      {
        'GET /tick': { accepts: option('1') },
        'GET /dollar': { accepts: option('1000000') },
        'GET /other': { accepts: option('1') },
        'POST /ask': { accepts: option('7') },
        'GET /metered': { accepts: option('1000', 'upto') },
        'GET /batched': { accepts: option('10', 'batch-settlement') },
        'GET /broken': { accepts: option('5') },
      },
      server,
    ),
  )
  const counted = (path: string) => served.set(path, (served.get(path) ?? 0) + 1)
  shop.get('/broken', (_, response) => {
    counted('/broken')
    response.status((served.get('/broken') ?? 0) > 1 ? 200 : 500).json({})
  })
  shop.get('/metered', (request, response) => {
    counted('/metered')
    setSettlementOverrides(response, { amount: String(request.query.used) })
    response.json({ used: request.query.used })
  })
  shop.all('/{*path}', (request, response) => {
    counted(request.path)
    response.json({ served: request.path })
  })
  const shopping = await listening(shop)
  return {
    ...house,
    facilitator,
    served,
    lose: (operation: 'verify' | 'settle') => {
      losing = operation
    },
    url: shopping.url,
    facilitatorUrl: `${facilitating.url}/x402`,
    close: async () => {
      await shopping.close()
      await facilitating.close()
      return house.close()
    },
  }
}
