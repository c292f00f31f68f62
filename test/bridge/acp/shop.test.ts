/** Proves the merchant's and the payment service's side of ACP over HTTP: carts, sessions, delegation, signed events. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Router } from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import { memoryAllowances, takeAllowance } from '../../../bridge/acp/allowances.ts'
import type { CartItem } from '../../../bridge/acp/cart.ts'
import { acpDelegatePayment } from '../../../bridge/acp/delegate.ts'
import { memoryIdempotency } from '../../../bridge/acp/idempotency.ts'
import { acpShop, type ShopParts } from '../../../bridge/acp/shop.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'
import { accept, refuse } from '../../../reference/core/outcome.ts'
import type { Message } from '../../../schemas/index.ts'
import { everybody } from '../parties.ts'
import { now } from '../tap-agent.ts'
import { activated, credential } from '../ucp/outbound.ts'
import { acpTestSettings, secrets } from './samples.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve))
})

const serve = async (router: Router): Promise<string> => {
  const server = createServer(express().use(router)).listen(0, '127.0.0.1')
  open.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Options = { version?: string; token?: string; key?: string | undefined }
type Answer = { status: number; headers: Headers; body: Record<string, unknown> }

const caller =
  (base: string) =>
  async (method: string, path: string, body?: unknown, options: Options = {}): Promise<Answer> => {
    const { version = '2026-04-17', token = secrets.token } = options
    const key = 'key' in options ? options.key : randomUUID()
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(version === '' ? {} : { 'api-version': version }),
        ...(key === undefined || method === 'GET' ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    }
  }

const clients = [
  { token: secrets.token, agent: 'chat-platform' },
  { token: 'token-of-another-platform', agent: 'other-platform' },
]
const articles = new Map([
  ['oolong', { id: 'oolong', name: 'Oolong', unitAmount: 1_250 }],
  ['sencha', { id: 'sencha', name: 'Sencha', unitAmount: 900 }],
])

/** A merchant of AMP in a few lines: prices as its catalogue has them, one payment for each checkout. */
const merchantOf = () => {
  const paid = new Map<string, string>()
  let count = 0
  let next: 'SUCCESS' | 'FAIL' | 'PROCESSING' | 'down' | 'refused' = 'SUCCESS'
  const stateOf = (checkoutId: string): Message<'payment/order-state'> => {
    const paymentStatus = (paid.get(checkoutId) ?? 'PROCESSING') as 'SUCCESS'
    return { checkoutId, orderStatus: paymentStatus === 'SUCCESS' ? 'paid' : 'paying', paymentStatus }
  }
  return {
    paid,
    ends: (how: typeof next) => {
      next = how
    },
    startCheckout: async (items: readonly CartItem[]) => {
      count += 1
      const goods = items.map(({ id, quantity }) => ({
        goods_name: articles.get(id)?.name ?? id,
        goods_unit_amount: { currency: 'USD', value: String(articles.get(id)?.unitAmount) },
        goods_quantity: String(quantity),
      }))
      const total = items.reduce((sum, { id, quantity }) => sum + (articles.get(id)?.unitAmount ?? 0) * quantity, 0)
      return accept({
        expiresAt: '2026-11-20T10:30:00Z',
        checkout: {
          total_amount: { currency: 'USD', value: String(total) },
          merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' },
          goods,
          reference_checkout_id: `checkout-${count}`,
        },
      })
    },
    startPayment: async ({ checkoutId }: Message<'payment/start-payment-request'>) => {
      if (next === 'refused') return refuse('budget-exceeded', {})
      paid.set(checkoutId, next === 'down' ? 'SUCCESS' : next)
      if (next === 'down') throw new Error('the answer was lost')
      return accept({ ...stateOf(checkoutId), paymentStatus: next })
    },
    inquiryOrder: async (checkoutId: string) => accept(stateOf(checkoutId)),
  }
}

const shopOf = async (change: Partial<ShopParts> = {}) => {
  const merchant = merchantOf()
  const told: { body: string; headers: Readonly<Record<string, string>> }[] = []
  let clock = now
  const base = await serve(
    acpShop({
      clients,
      idempotency: memoryIdempotency(),
      now: () => clock,
      baseUrl: 'https://tea.example/acp',
      network: 'https://network.amp.example',
      currency: 'USD',
      articles,
      ...merchant,
      tell: async (body, headers) => void told.push({ body, headers }),
      webhookSecret: secrets.webhook,
      newId: randomUUID,
      ...change,
    }),
  )
  const wait = (seconds: number): void => {
    clock += seconds
  }
  return { call: caller(base), base, merchant, told, wait }
}

const payment = (handlerId = 'amp') => ({
  payment_data: {
    handler_id: handlerId,
    instrument: {
      id: 'mandate-1',
      handler_id: handlerId,
      type: 'amp_wallet',
      credential: { type: 'amp_payment_token', ...credential },
    },
  },
})

const items = [
  { id: 'oolong', quantity: 2 },
  { id: 'sencha', quantity: 1 },
]

describe('a cart', () => {
  it('is created, replaced as a whole, and gone once it is canceled', async () => {
    const { call } = await shopOf()
    const made = await call('POST', '/carts', { line_items: items })
    expect([made.status, (made.body.totals as { amount: number }[]).at(-1)?.amount]).toEqual([201, 3_400])
    const path = `/carts/${made.body.id}`
    for (const method of ['PUT', 'POST']) {
      const replaced = await call(method, path, { line_items: [{ id: 'sencha', quantity: 3 }] })
      expect(replaced).toMatchObject({ status: 200, body: { id: made.body.id, line_items: [{ quantity: 3 }] } })
    }
    expect(await call('GET', path)).toMatchObject({
      status: 200,
      body: { totals: [{ amount: 2_700 }, { amount: 2_700 }] },
    })
    expect(await call('POST', `${path}/cancel`, {})).toMatchObject({ status: 200, body: { id: made.body.id } })
    for (const [method, end] of [
      ['GET', ''],
      ['PUT', ''],
      ['POST', '/cancel'],
    ] as const)
      expect((await call(method, `${path}${end}`, method === 'GET' ? undefined : { line_items: items })).status).toBe(
        404,
      )
  })

  it('is its own platform’s alone, and lives a day', async () => {
    const { call, wait } = await shopOf()
    const path = `/carts/${(await call('POST', '/carts', { line_items: items })).body.id}`
    expect((await call('GET', path, undefined, { token: 'token-of-another-platform' })).status).toBe(404)
    expect((await call('GET', path, undefined, { token: 'token-of-nobody' })).status).toBe(401)
    wait(86_400)
    expect((await call('GET', path)).status).toBe(404)
  })

  it('tells what is not sold, and is none where nothing is', async () => {
    const { call } = await shopOf()
    const some = await call('POST', '/carts', { line_items: [...items, { id: 'gold', quantity: 1 }] })
    expect(some).toMatchObject({ status: 201, body: { messages: [{ code: 'out_of_stock' }] } })
    expect((await call('POST', '/carts', { line_items: [{ id: 'gold' }] })).status).toBe(422)
    expect((await call('POST', '/carts', { line_items: [{ id: 'oolong', quantity: 2.5 }] })).status).toBe(400)
    expect((await call('POST', '/carts', { line_items: items }, { version: '2026-01-30' })).status).toBe(400)
  })
})

describe('a session', () => {
  it('is bought by an AMP wallet, once, and its order is told by a signed event the bridge believes', async () => {
    const { call, told, merchant } = await shopOf()
    const made = await call('POST', '/checkout_sessions', { line_items: items, currency: 'usd', capabilities: {} })
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'ready_for_payment', protocol: { version: '2026-04-17' } },
    })
    const path = `/checkout_sessions/${made.body.id}`
    const key = randomUUID()
    const done = await call('POST', `${path}/complete`, payment(), { key })
    expect(done).toMatchObject({
      status: 200,
      body: { status: 'completed', order: { checkout_session_id: made.body.id } },
    })
    const again = await call('POST', `${path}/complete`, payment(), { key })
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
    expect(again.body).toEqual(done.body)
    expect((await call('POST', `${path}/complete`, payment())).status).toBe(409)
    expect((await call('POST', `${path}/cancel`, {})).status).toBe(405)
    expect(merchant.paid.size).toBe(1)
    expect(JSON.stringify(done.body)).not.toContain('assurance')
    const [event] = told
    const result = await translate(
      readDescription({
        method: 'POST',
        url: 'https://bridge.example/agentic_checkout/webhooks/order_events',
        headers: event?.headers,
        body: event?.body,
      }),
      everybody(acpTestSettings),
    )
    expect(result).toMatchObject({ outcome: 'translated', identity: { agent: { id: 'acp:tea-house' } } })
  })

  it('is what the bridge makes a draft of, with the total the shop asks for', async () => {
    const { call } = await shopOf()
    const { body } = await call('POST', '/checkout_sessions', { line_items: items, currency: 'usd', capabilities: {} })
    const result = await translate(
      readDescription({
        method: 'POST',
        url: 'https://bridge.example/offers',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${secrets.token}`,
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify(body),
      }),
      everybody(acpTestSettings),
    )
    expect(result).toMatchObject({
      draft: {
        status: 'inactive',
        checkout: { total_amount: { currency: 'USD', value: '3400' }, reference_checkout_id: body.id },
      },
    })
  })

  it('whose answer was lost is not paid twice, and is completed by an inquiry', async () => {
    const { call, merchant } = await shopOf()
    const { body } = await call('POST', '/checkout_sessions', { line_items: items, currency: 'usd', capabilities: {} })
    const path = `/checkout_sessions/${body.id}`
    merchant.ends('down')
    const key = randomUUID()
    expect((await call('POST', `${path}/complete`, payment(), { key })).status).toBe(500)
    expect((await call('POST', `${path}/complete`, payment(), { key })).status).toBe(409)
    expect((await call('POST', `${path}/cancel`, {})).status).toBe(405)
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { status: 'completed' } })
    expect(merchant.paid.size).toBe(1)
  })

  it.each([
    ['FAIL', 200, 'ready_for_payment'],
    ['PROCESSING', 200, 'complete_in_progress'],
    ['refused', 422, 'ready_for_payment'],
  ] as const)('whose payment is %s says so', async (how, status, after) => {
    const { call, merchant } = await shopOf()
    const { body } = await call('POST', '/checkout_sessions', { line_items: items, currency: 'usd', capabilities: {} })
    const path = `/checkout_sessions/${body.id}`
    merchant.ends(how)
    const done = await call('POST', `${path}/complete`, payment())
    expect(done.status).toBe(status)
    expect((await call('GET', path)).body.status).toBe(after)
  })

  it('is over when its price no longer holds', async () => {
    const { call, wait } = await shopOf()
    const { body } = await call('POST', '/checkout_sessions', { line_items: items, currency: 'usd', capabilities: {} })
    const path = `/checkout_sessions/${body.id}`
    wait(1_800)
    expect(await call('GET', path)).toMatchObject({ status: 200, body: { status: 'expired' } })
    expect((await call('POST', `${path}/complete`, payment())).status).toBe(409)
    expect((await call('POST', `${path}/cancel`, {})).status).toBe(405)
  })

  it('takes no card, no older version, no change of its order; it can be canceled while it waits', async () => {
    const { call } = await shopOf()
    const wanted = { line_items: items, currency: 'usd', capabilities: {} }
    expect((await call('POST', '/checkout_sessions', wanted, { version: '2026-01-16' })).status).toBe(400)
    const { body } = await call('POST', '/checkout_sessions', wanted)
    const path = `/checkout_sessions/${body.id}`
    const spt = { handler_id: 'card', instrument: { type: 'card', credential: { type: 'spt', token: 'vt_1' } } }
    expect((await call('POST', `${path}/complete`, { payment_data: spt })).status).toBe(400)
    const card = { type: 'card', credential: { type: 'card', number: '4242424242424242' } }
    const refused = await call('POST', `${path}/complete`, { payment_data: { handler_id: 'card', instrument: card } })
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_card'])
    expect((await call('POST', path, { line_items: items })).status).toBe(422)
    expect(await call('POST', `${path}/cancel`, {})).toMatchObject({ status: 200, body: { status: 'canceled' } })
    expect((await call('POST', `${path}/cancel`, {})).status).toBe(405)
  })
})

describe('the door', () => {
  it.each([
    ['', 'missing_api_version'],
    ['2026-01-22', 'unsupported_api_version'],
  ])('answers the version "%s" with those it speaks', async (version, code) => {
    const { call } = await shopOf()
    const { status, body } = await call('POST', '/carts', { line_items: items }, { version })
    expect([status, body.code, (body.supported_versions as string[]).length]).toEqual([400, code, 5])
  })

  it('wants a key from 2026-04-17 on', async () => {
    const { call } = await shopOf()
    const { status, body } = await call('POST', '/carts', { line_items: items }, { key: undefined })
    expect([status, body.code]).toEqual([400, 'idempotency_key_required'])
  })

  it('takes no body that is too large, or that names a member twice', async () => {
    const { base, call } = await shopOf()
    const large = await call('POST', '/carts', { line_items: items, note: 'x'.repeat(70_000) })
    expect([large.status, large.body.code]).toEqual([413, 'invalid'])
    const twice = await fetch(`${base}/carts`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'api-version': '2026-04-17',
        authorization: `Bearer ${secrets.token}`,
      },
      body: '{"line_items":[],"line_items":[]}',
    })
    expect(twice.status).toBe(400)
  })

  it('tells where things are', async () => {
    const { base } = await shopOf()
    const found = await (await fetch(`${base}/.well-known/acp.json`)).json()
    expect(found).toMatchObject({ protocol: { name: 'acp', supported_versions: ['2026-04-17', '2026-01-30'] } })
  })
})

describe('delegate_payment', () => {
  const serviceOf = async () => {
    const mandate = activated('5000', 'USD') as unknown as Message<'trust/mandate'>
    const parts = {
      store: memoryAllowances(),
      nonces: memoryNonces(100),
      mandateOf: async (id: string) => (id === 'mandate-1' ? mandate : undefined),
      now: () => now,
      newToken: () => randomUUID().replaceAll('-', ''),
      clients,
      idempotency: memoryIdempotency(),
    }
    return { call: caller(await serve(acpDelegatePayment(parts))), parts }
  }
  const wanted = (change: object = {}) => ({
    payment_method: { type: 'amp_wallet', mandate_id: 'mandate-1', metadata: {} },
    allowance: {
      reason: 'one_time',
      max_amount: 2_000,
      currency: 'usd',
      checkout_session_id: 'session-1',
      merchant_id: 'tea-house',
      expires_at: '2026-11-20T12:00:00Z',
      ...change,
    },
    risk_signals: [],
    metadata: { source: 'chat' },
  })
  const path = '/agentic_commerce/delegate_payment'

  it.each(['2025-09-29', '2025-12-12', '2026-01-16', '2026-01-30', '2026-04-17'])(
    'gives a token in %s, the same for the same key, which is taken once',
    async (version) => {
      const { call, parts } = await serviceOf()
      const key = randomUUID()
      const made = await call('POST', path, wanted(), { version, key })
      expect(made).toMatchObject({ status: 201, body: { metadata: { source: 'chat' } } })
      expect((await call('POST', path, wanted(), { version, key })).body).toEqual(made.body)
      const other = await call('POST', path, wanted({ max_amount: 2_001 }), { version, key })
      expect(other.status).toBe(version === '2026-04-17' ? 422 : 409)
      const charge = { merchantId: 'tea-house', sessionId: 'session-1', amount: { currency: 'USD', value: '1999' } }
      expect((await takeAllowance(String(made.body.id), charge, parts)).ok).toBe(true)
      expect((await takeAllowance(String(made.body.id), charge, parts)).ok).toBe(false)
    },
  )

  it.each([
    ['a card', { payment_method: { type: 'card', number: '4242424242424242' } }, 400, 'invalid_card'],
    ['no mandate', { payment_method: { type: 'amp_wallet' } }, 400, 'invalid_request'],
    [
      'a mandate nobody has',
      { payment_method: { type: 'amp_wallet', mandate_id: 'mandate-2' } },
      404,
      'mandate_unknown',
    ],
    ['more than the mandate holds', wanted({ max_amount: 5_001 }), 422, 'budget_exceeded'],
    ['a recurring reason', wanted({ reason: 'recurring' }), 422, 'foreign_constraint_unknown'],
  ])('refuses %s', async (_name, change, status, code) => {
    const { call } = await serviceOf()
    const answer = await call('POST', path, { ...wanted(), ...change })
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })
})
