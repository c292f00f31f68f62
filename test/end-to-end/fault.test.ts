/** Proves what happens when the wallet is away while it is asked to debit: PROCESSING, then the truth, and no money lost. */
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Reference, startReference } from '../../reference/index.ts'
import { proveBooks } from '../../reference/ledger/index.ts'
import { type Cast, createCast, hooksSecret } from './cast.ts'

/** What happens to a call of `wallet.pay`: it passes, never arrives, or arrives and its answer is lost. */
type Line = 'up' | 'down' | 'loses-answers'

/** Stands between network and wallet, where wires break. */
const createLine = async () => {
  let target = 0
  let state: Line = 'up'
  const server: Server = createServer((incoming, outgoing) => {
    const broken = incoming.url === '/wallet/pay' ? state : 'up'
    if (broken === 'down') return void incoming.socket.destroy()
    const { method = 'GET', url = '/', headers } = incoming
    const onward = httpRequest({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
      if (broken === 'loses-answers') {
        answer.resume().on('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => incoming.socket.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (port: number) => {
      target = port
    },
    become: (line: Line) => {
      state = line
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

describe('a wallet served elsewhere', () => {
  let line: Awaited<ReturnType<typeof createLine>>
  let wallet: Reference
  let cast: Cast

  beforeEach(async () => {
    line = await createLine()
    const port = await freePort()
    line.leadTo(port)
    wallet = await startReference({ roles: ['wallet'], hooksSecret, port, publicUrl: line.url })
    cast = await createCast({
      roles: ['network', 'credential-provider', 'merchant', 'acquirer'],
      peers: { wallet: [line.url] },
      walletUrl: line.url,
    })
    const network = await (await fetch(`${cast.reference.url}/.well-known/amp`)).json()
    const peer = (network as { roles: { role: string }[] }).roles.find(({ role }) => role === 'network')
    await cast.hook('registerPeer', peer)
    expect(await cast.reference.discover()).toEqual([])
  })
  afterEach(async () => {
    await cast.reference.stop()
    await wallet.stop()
    await line.close()
  })

  const spend = async () => {
    const user = await cast.seedUser('10000')
    const agent = await cast.registerAgent()
    const held = await cast.delegate(agent, await cast.bind(agent, user), '9000')
    const checkout = await cast.checkout('running-shoes')
    const token = cast.granted(await agent.applyForToken(held, checkout))
    const pay = () => cast.buy(checkout.reference_checkout_id, token)
    const inquire = () => cast.get('merchant.inquiryOrder', { checkoutId: checkout.reference_checkout_id })
    return { user, agent, held, pay, inquire }
  }

  it('that debited but could not say so: PROCESSING, then paid, once', async () => {
    const { user, pay, inquire } = await spend()
    line.become('loses-answers')
    expect((await pay()).body).toMatchObject({ orderStatus: 'paying', paymentStatus: 'PROCESSING' })
    expect(await cast.balanceOf(user)).toBe('1100')
    line.become('up')
    expect(await inquire()).toMatchObject({ orderStatus: 'paid', paymentStatus: 'SUCCESS' })
    expect((await pay()).body).toMatchObject({ orderStatus: 'paid' })
    expect(await cast.balanceOf(user)).toBe('1100')
    expect((await proveBooks(wallet.database)).balanced).toBe(true)
  })

  it('that never heard of the debit: PROCESSING, then failed, budget back and nothing taken', async () => {
    const { user, agent, held, pay, inquire } = await spend()
    line.become('down')
    expect((await pay()).body).toMatchObject({ orderStatus: 'paying', paymentStatus: 'PROCESSING' })
    line.become('up')
    expect(await inquire()).toMatchObject({ orderStatus: 'paying' })
    cast.reference.setClockOffset(61)
    wallet.setClockOffset(61)
    expect(await inquire()).toMatchObject({ orderStatus: 'failed', failure: { code: 'payment-failed' } })
    expect(await cast.balanceOf(user)).toBe('10000')
    const again = cast.granted(await agent.applyForToken(held, await cast.checkout('running-shoes')))
    expect(again.token.heldAmount.value).toBe('8900')
    expect((await proveBooks(wallet.database)).balanced).toBe(true)
  })
})
