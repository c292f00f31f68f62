/** Proves that unmodified x402 peers pay over the clearing of a whole reference: under a mandate, until it is revoked. */
import { randomBytes } from 'node:crypto'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/express'
import express from 'express'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ampCalls } from '../../../bridge/amp-calls.ts'
import {
  type ChannelKeep,
  clearingPayer,
  clearingRail,
  type KeptChannel,
  openPayments,
  openTill,
} from '../../../bridge/settlement/index.ts'
import { createFacilitator } from '../../../bridge/x402/facilitator.ts'
import { facilitatorRouter } from '../../../bridge/x402/router.ts'
import { ampServerSchemes } from '../../../bridge/x402/server.ts'
import { gatherTraders, type Traders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import { type Reference, startReference, type Trader } from '../../../reference/index.ts'
import { listening, network, paying } from '../x402/house.ts'

const agentOf = async ({ agentId, key }: Trader) => ({
  agentId,
  privateJwk: { ...(await exportJWK(key.privateKey)), kid: key.publicJwk.kid },
})

/** What a payer keeps, so that a second payer goes on where the first stopped. */
const keepIn = (all: Map<string, KeptChannel>): ChannelKeep => ({
  load: async (name) => all.get(name),
  save: async (name, kept) => void all.set(name, kept),
})

describe('a facilitator over the clearing as it is served', () => {
  let reference: Reference
  let traders: Traders
  let shopUrl: string
  let endOfMandate: number
  let seller: ReturnType<typeof ampCalls>
  const closing: (() => Promise<unknown>)[] = []
  const kept = new Map<string, KeptChannel>()

  const payerOf = async (cap = 100_000n) => {
    const agent = await agentOf(traders.buyer)
    const { clearing, networkId, world } = traders.buyer
    const call = ampCalls(agent, { now: world.now })
    const mandate = { ...traders.mandate, until: endOfMandate }
    return clearingPayer({ agent, call, clearing, networkId, mandate, cap, now: world.now, keep: keepIn(kept) })
  }
  const channel = async () => {
    const [name] = kept.keys()
    const payer = await payerOf()
    const { payee } = JSON.parse(name ?? '{}') as { payee: string }
    const { channelId } = await payer.channelTo({ payee, currency: 'USD', scale: 6, amount: 1n, seconds: 60 })
    const found = await seller(traders.seller.clearing.endpoint, 'clearing.inquiryChannel', { channelId })
    if (!found.ok) throw new Error(found.refusal.code)
    return found.value
  }

  beforeAll(async () => {
    const hooksSecret = randomBytes(24).toString('base64url')
    reference = await startReference({ hooksSecret })
    endOfMandate = reference.world.now() + 86_000
    traders = await gatherTraders(reference, hooksSecret)
    const { clearing, world, agentId } = traders.seller
    seller = ampCalls(await agentOf(traders.seller), { now: world.now })
    const rail = clearingRail({ call: seller, endpoint: clearing.endpoint, now: world.now })
    const payments = await openPayments('sqlite::memory:')
    const till = openTill({ rail, payments, now: world.now })
    const bank = express()
    bank.use('/x402', facilitatorRouter(createFacilitator({ till, network })))
    const facilitating = await listening(bank)
    const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: `${facilitating.url}/x402` }))
    for (const scheme of ampServerSchemes()) server.register('amp:*', scheme as never)
    const accepts = { scheme: 'exact', network, payTo: agentId, price: { asset: 'USD', amount: '7' } } as const
    const shop = express()
    shop.use(paymentMiddleware({ 'GET /*': { accepts } }, server))
    shop.get('/{*path}', (request, response) => void response.json({ served: request.path }))
    const shopping = await listening(shop)
    shopUrl = shopping.url
    closing.push(shopping.close, facilitating.close, payments.close, reference.stop)
  })
  afterAll(async () => {
    for (const close of closing) await close()
  })

  it('moves what was paid, to the last millionth, and what was asked for again only once', async () => {
    const pay = paying(await payerOf())
    for (let at = 0; at < 10; at++)
      for (let again = 0; again < 2; again++) {
        const response = await pay(`${shopUrl}/${at}`, { headers: { 'Idempotency-Key': `request-${at}-of-the-test` } })
        expect(response.status).toBe(200)
      }
    expect(await channel()).toMatchObject({ status: 'open', cap: '100000', authorised: '70', delivered: '70' })
    expect(await audit(reference.database as never)).toEqual([])
  })

  it('goes on with the channel a payer kept, after a restart', async () => {
    const { channelId } = await channel()
    expect((await paying(await payerOf())(`${shopUrl}/after-a-restart`)).status).toBe(200)
    expect(await channel()).toMatchObject({ channelId, authorised: '77', delivered: '77' })
  })

  it('opens no channel the budget of the mandate does not cover', async () => {
    kept.clear()
    await expect(paying(await payerOf(10n ** 9n))(`${shopUrl}/too-much`)).rejects.toThrow(/budget-exceeded/)
    kept.clear()
    expect((await paying(await payerOf())(`${shopUrl}/enough`)).status).toBe(200)
  })

  it('takes nothing more from the moment the owner of the wallet cancelled', async () => {
    const pay = paying(await payerOf())
    expect((await pay(`${shopUrl}/before`)).status).toBe(200)
    const before = await channel()
    await traders.owner.cancel(traders.mandate.mandateId)
    const endpoint = traders.seller.clearing.endpoint
    const now = async () => {
      const found = await seller(endpoint, 'clearing.inquiryChannel', { channelId: before.channelId })
      if (!found.ok) throw new Error(found.refusal.code)
      return found.value
    }
    await expect.poll(async () => (await now()).revokedAt, { timeout: 10_000 }).toBeDefined()
    const late = await pay(`${shopUrl}/late`)
    expect(late.status).toBe(402)
    const { error } = JSON.parse(Buffer.from(late.headers.get('payment-required') ?? '', 'base64').toString())
    expect(error).toBe('amp_mandate_revoked')
    expect((await now()).delivered).toBe(before.delivered)
    await expect(paying(await payerOf())(`${shopUrl}/another`)).rejects.toThrow(/mandate-revoked/)
  })
})
