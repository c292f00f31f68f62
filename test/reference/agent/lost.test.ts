/** Proves that answers lost between a served agent and AMP cost nobody anything: no second token, no second payment. */
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { act } from '../../../reference/agent/act.ts'
import { moves } from '../../../reference/agent/moves.ts'
import { isMessage, type Message } from '../../../schemas/index.ts'
import { type House, openHouse } from './house.ts'

/** Stands before everybody and loses the next answers to a path. */
const createLine = async () => {
  let target = 0
  const losing = new Map<string, number>()
  const server: Server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    const onward = httpRequest({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
      const left = losing.get(url) ?? 0
      losing.set(url, left - 1)
      if (left > 0) {
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
    leadTo: (url: string) => {
      target = Number(new URL(url).port)
    },
    lose: (path: string, times: number) => void losing.set(path, times),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('an agent behind a line that loses answers', () => {
  let line: Awaited<ReturnType<typeof createLine>>
  let house: House
  let sessionId: string

  const granted = async <Value>(name: string, input: object): Promise<Value> => {
    const acted = await act(name, input, house.agent)
    if (!acted.ok) throw new Error(JSON.stringify(acted.problem))
    return acted.done.value as Value
  }
  const order = async (): Promise<Message<'common/checkout'>> =>
    (
      await granted<{ checkout: Message<'common/checkout'> }>('start_checkout', {
        items: [{ productId: 'water-bottle', quantity: 1 }],
      })
    ).checkout
  const balance = async () => BigInt((await house.cast.balanceOf(house.user)) ?? 0)

  beforeAll(async () => {
    line = await createLine()
    house = await openHouse({}, { publicUrl: line.url, reached: line.leadTo })
    const binding = await granted<{ sessionId: string; authUrl: string }>('bind_wallet', {})
    await house.decide(binding.authUrl, 'approve')
    const { bindingId } = await granted<{ bindingId: string }>('read_binding', {
      sessionId: binding.sessionId,
      waitSeconds: 10,
    })
    const session = await granted<{ sessionId: string; authUrl: string }>('request_autonomous_mandate', {
      bindingId,
      intent: house.intent('9000'),
    })
    await house.decide(session.authUrl, 'approve')
    await granted('read_mandate', { sessionId: session.sessionId, waitSeconds: 10 })
    sessionId = session.sessionId
  })
  afterAll(async () => {
    await house?.stop()
    line?.close()
  })

  it('holds the budget once, though the token came only at the second time', async () => {
    line.lose('/credential-provider/applyCredential', 1)
    const checkout = await order()
    const token = await granted<Message<'payment/apply-credential-response'>>('apply_for_token', {
      sessionId,
      checkout,
    })
    expect(token.budget.held).toEqual(checkout.total_amount)
    await granted('pay_order', { sessionId, checkout })
  })

  it('pays once, though the shop answered only at the second time', async () => {
    line.lose('/merchant/startPayment', 1)
    const [checkout, before] = [await order(), await balance()]
    const paid = await granted<Message<'payment/order-state'>>('pay_order', { sessionId, checkout })
    expect(paid.orderStatus).toBe('paid')
    expect(before - (await balance())).toBe(BigInt(checkout.total_amount.value))
  })

  it('says that nobody knows where the shop stays silent, and pays no second time when asked again', async () => {
    line.lose('/merchant/startPayment', 3)
    const [checkout, before] = [await order(), await balance()]
    const silent = await act('pay_order', { sessionId, checkout }, house.agent)
    expect(silent).toMatchObject({ ok: false, problem: { code: 'peer-unavailable', retry: 'same' } })
    const paid = await granted<Message<'payment/order-state'>>('pay_order', { sessionId, checkout })
    expect(paid.orderStatus).toBe('paid')
    expect(before - (await balance())).toBe(BigInt(checkout.total_amount.value))
  })

  it('answers whatever comes with what it gives or a problem, and never breaks', async () => {
    const names = moves.map(({ name }) => name)
    const input = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.dictionary(
        fc.constantFrom('sessionId', 'checkout', 'items', 'bindingId', 'intent', 'walletId'),
        fc.jsonValue(),
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constantFrom(...names), fc.string()), input, async (name, given) => {
        const acted = await act(name, given, house.agent)
        if (acted.ok) return
        expect(isMessage('common/problem', acted.problem), JSON.stringify(acted.problem)).toBe(true)
        expect(acted.problem.code).not.toBe('internal-error')
      }),
      { numRuns: 300 },
    )
  })
})
