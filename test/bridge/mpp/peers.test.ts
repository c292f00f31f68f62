/** Proves that unmodified mppx clients and servers pay and charge through AMP clearing, charge and session, with ours and each other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { payingFetch } from '../../../bridge/mpp/index.ts'
import type { Payer } from '../../../bridge/settlement/index.ts'
import { openPeerShop, openShop, peerClient } from './house.ts'

const receiptOf = (response: Response) =>
  JSON.parse(Buffer.from(response.headers.get('payment-receipt') ?? '', 'base64url').toString())

type Pay = (url: string, init?: RequestInit, wish?: { action?: 'close'; units?: number }) => Promise<Response>

/** Who pays: mppx with our method, or our own client. */
const payers: readonly (readonly [string, (payer: Payer) => Pay])[] = [
  [
    'the mppx client',
    (payer) => {
      const client = peerClient(payer)
      // biome-ignore lint/suspicious/noExplicitAny: the context is our method's own
      return (url, init = {}, context) => client.fetch(url, { ...init, ...(context ? { context } : {}) } as any)
    },
  ],
  [
    'our client',
    (payer) => {
      const pay = payingFetch(payer)
      return (url, init = {}, { action, units = 1 } = {}) =>
        pay(url, init, { ...(action ? { action } : {}), units: BigInt(units) })
    },
  ],
]

const shops = [
  ['our server', openShop],
  ['an mppx server', openPeerShop],
] as const

describe.each(shops)('%s', (name, openIt) => {
  let shop: Awaited<ReturnType<typeof openIt>>
  beforeAll(async () => {
    shop = await openIt()
  })
  afterAll(async () => expect(await shop.close()).toEqual([]))

  describe.each(payers)('and %s', (_, by) => {
    it.each([
      ['$0.000001', '/tick', 1n],
      ['$1.00', '/dollar', 1_000_000n],
    ])('charge: a hundred payments of %s leave exact balances', { timeout: 60_000 }, async (_, path, price) => {
      const payer = await shop.payer()
      const pay = by(payer)
      const before = await shop.balance('shop')
      for (let at = 0; at < 100; at++) {
        const response = await pay(`${shop.url}${path}`)
        expect(response.status).toBe(200)
        expect(receiptOf(response)).toMatchObject({ status: 'success', method: 'amp', charged: price.toString() })
        await response.arrayBuffer()
      }
      expect((await shop.balance('shop')) - before).toBe(price * 100n)
      expect(payer.live.state).toMatchObject({ authorised: price * 100n, delivered: price * 100n })
    })

    it('session: units are taken as they are used, and the channel closes at what was used', {
      timeout: 60_000,
    }, async () => {
      const payer = await shop.payer({ cap: 10_000n })
      const pay = by(payer)
      const agent = await shop.balance('agent')
      for (let at = 1; at <= 20; at++) {
        const response = await pay(`${shop.url}/stream`, {}, { units: 4 })
        expect(response.status).toBe(200)
        expect(receiptOf(response)).toMatchObject({ intent: 'session', units: 1, spent: String(at * 3) })
        expect(payer.live.state.delivered).toBe(BigInt(at * 3))
      }
      // Four units were signed for and one used each time: the rest served the next request.
      expect(payer.live.state.authorised).toBe(19n * 3n + 12n)
      const closed = await pay(`${shop.url}/stream`, {}, { action: 'close' })
      expect(closed.status).toBe(204)
      expect(receiptOf(closed)).toMatchObject({ spent: '60' })
      expect(payer.live.state.status).toBe('closed')
      expect((await shop.balance('agent')) - agent).toBe(10_000n - 60n)
      const late = await pay(`${shop.url}/stream`)
      expect(late.status).toBe(410)
      expect(await late.json()).toMatchObject({ type: 'https://paymentauth.org/problems/session/channel-finalized' })
    })

    it('a key makes requests one payment, however often they are made', async () => {
      const payer = await shop.payer()
      for (let times = 0; times < 3; times++) {
        const init = { headers: { 'Idempotency-Key': `${name} ${payer.channel.channelId}` } }
        expect((await by(payer)(`${shop.url}/tick`, init)).status).toBe(200)
      }
      expect(payer.live.state.delivered).toBe(1n)
    })
  })
})

describe('our server', () => {
  it('meters a session: what was used is taken, not what was signed for', async () => {
    const shop = await openShop()
    const payer = await shop.payer()
    const pay = payingFetch(payer)
    const response = await pay(`${shop.url}/stream?units=7`, {}, { units: 10n })
    expect(receiptOf(response)).toMatchObject({ units: 7, spent: '21', acceptedCumulative: '30' })
    expect(payer.live.state).toMatchObject({ authorised: 30n, delivered: 21n })
    expect(await shop.close()).toEqual([])
  })
})
