/** Proves that unmodified x402 clients and servers pay and charge through AMP clearing, to the last millionth. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShop, paying } from './house.ts'

describe('@x402/fetch and @x402/express over the facilitator', () => {
  let shop: Awaited<ReturnType<typeof openShop>>
  beforeAll(async () => {
    shop = await openShop()
  })
  afterAll(async () => expect(await shop.close()).toEqual([]))

  const settlement = (response: Response) =>
    JSON.parse(Buffer.from(response.headers.get('payment-response') ?? '', 'base64').toString())

  it.each([
    ['$0.000001', '/tick', 1n],
    ['$1.00', '/dollar', 1_000_000n],
  ])('a thousand payments of %s leave exact balances', { timeout: 240_000 }, async (_, path, price) => {
    const payer = await shop.payer()
    const pay = paying(payer)
    const [agent, before] = [await shop.balance('agent'), await shop.balance('shop')]
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let at = 0; at < 125; at++) {
        const response = await pay(`${shop.url}${path}`, { headers: { 'Idempotency-Key': `${path}-${lane}-${at}` } })
        expect(response.status).toBe(200)
        await response.arrayBuffer()
      }
    })
    await Promise.all(lanes)
    expect((await shop.balance('shop')) - before).toBe(price * 1_000n)
    expect(payer.live.state).toMatchObject({ authorised: price * 1_000n, delivered: price * 1_000n })
    expect(await shop.balance('agent')).toBe(agent)
    expect(shop.served.get(path)).toBe(1_000)
  })

  it('one after another, without any key, each request is paid once', async () => {
    const payer = await shop.payer()
    const pay = paying(payer)
    for (let at = 1; at <= 20; at++) {
      const response = await pay(`${shop.url}/tick`)
      expect(settlement(response)).toMatchObject({ success: true, network: 'amp:test', payer: 'agent', amount: '1' })
      expect(payer.live.state.delivered).toBe(BigInt(at))
    }
  })
})
