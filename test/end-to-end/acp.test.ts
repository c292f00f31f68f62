/** Proves a purchase over ACP end to end: cart, session, draft, the user's decision, completion by the wallet, its event. */
import { randomUUID } from 'node:crypto'
import express from 'express'
import { afterEach, describe, expect, it } from 'vitest'
import {
  acpDelegatePayment,
  acpShop,
  createGateway,
  makeAmpInstrument,
  memoryAllowances,
  memoryIdempotency,
  memoryNonces,
  soleTenant,
  staticDirectory,
  takeAllowance,
} from '../../bridge/index.ts'
import type { JsonObject } from '../../bridge/json.ts'
import { type Answer, call, must } from '../../demo/people.ts'
import { referenceProducts } from '../../reference/catalogue.ts'
import { accept, type Outcome } from '../../reference/core/outcome.ts'
import type { Message, ProblemCode } from '../../schemas/index.ts'
import { listening } from '../bridge/x402/house.ts'
import { type Cast, createCast, type User } from './cast.ts'
import { hire, network } from './examples/agents.ts'

const token = 'token-of-the-platform'
const secret = 'secret-of-the-shop-events'
const clients = [{ token, agent: 'chat-platform' }]
const settings = { protocols: { acp: { clients, webhooks: [{ secret, merchant: 'M-REFERENCE-1' }] } } }

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const outcomeOf = <Value>(answer: Answer<Value>): Outcome<Value> =>
  answer.ok
    ? accept(answer.value)
    : { ok: false, refusal: { code: answer.problem.code as ProblemCode, detail: answer.problem.title } }

const articles = new Map(
  referenceProducts
    .filter(({ unitAmount }) => unitAmount.currency === 'USD')
    .map(({ productId, name, unitAmount }) => [
      productId,
      { id: productId, name, unitAmount: Number(unitAmount.value) },
    ]),
)

/** The shop of the reference merchant, as ACP platforms see it; events go to `heard`. */
const openShop = async (
  cast: Cast,
  heard: (body: string, headers: Readonly<Record<string, string>>) => Promise<void>,
) => {
  const { url, world } = cast.reference
  const shop = await listening(
    express().use(
      acpShop({
        clients,
        idempotency: memoryIdempotency(),
        now: world.now,
        baseUrl: 'https://shop.amp.example',
        network,
        currency: 'USD',
        articles,
        startCheckout: async (items) =>
          outcomeOf(
            await call(url, 'merchant.startCheckout', {
              items: items.map(({ id, quantity }) => ({ productId: id, quantity })),
            }),
          ),
        startPayment: async (request) => outcomeOf(await call(url, 'merchant.startPayment', request)),
        inquiryOrder: async (checkoutId) => outcomeOf(await call(url, 'merchant.inquiryOrder', { checkoutId })),
        tell: heard,
        webhookSecret: secret,
        newId: randomUUID,
      }),
    ),
  )
  closing.push(shop.close)
  return shop.url
}

const ask = async (url: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'api-version': '2026-04-17',
      'idempotency-key': randomUUID(),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as JsonObject }
}

/** A wallet owner whose agent is bound. */
const household = async (): Promise<
  { cast: Cast; user: User; bindingId: string } & Awaited<ReturnType<typeof hire>>
> => {
  const cast = await createCast()
  closing.push(() => cast.reference.stop())
  const user = await cast.seedUser('50000')
  const hired = await hire(cast, 'Shop Agent')
  return { cast, user, bindingId: await cast.bind(hired.buyer, user), ...hired }
}

describe('an ACP platform', { timeout: 60_000 }, () => {
  it('buys from an AMP merchant, and its user pays by an AMP wallet', async () => {
    const { cast, user, bindingId, buyer } = await household()
    const opened: { sessionId: string; authUrl: string; checkout: Message<'common/checkout'> }[] = []
    let origin = ''
    const bridge = await listening(
      createGateway({
        tenants: soleTenant(() => [origin], settings),
        directory: staticDirectory({ keys: [] }, { name: 'nobody' }),
        nonces: memoryNonces(),
        now: cast.reference.world.now,
        openDraft: async (draft) => {
          if (draft.mode !== 'IMMEDIATE') throw new Error('a session is one order')
          const session = must(await buyer.requestImmediate(bindingId, draft.intent, draft.checkout))
          opened.push({ ...session, checkout: draft.checkout })
          const { sessionId, mandateId, authUrl } = session
          return accept({ sessionId, mandateId, authorizeUrl: authUrl, status: 'inactive' })
        },
      }),
    )
    closing.push(bridge.close)
    origin = bridge.url
    const acknowledged: unknown[] = []
    const shop = await openShop(cast, async (body, headers) => {
      const path = '/agentic_checkout/webhooks/order_events'
      acknowledged.push((await ask(`${bridge.url}${path}`, body, headers)).body)
    })

    // A cart, then a session of what is in it.
    const cart = await ask(`${shop}/carts`, { line_items: [{ id: 'sticker', quantity: 3 }] })
    await ask(`${shop}/carts/${cart.body.id}`, { line_items: [{ id: 'rain-jacket' }, { id: 'sticker', quantity: 5 }] })
    const wanted = {
      line_items: [{ id: 'rain-jacket' }, { id: 'sticker', quantity: 5 }],
      currency: 'usd',
      capabilities: {},
    }
    const { body: session } = await ask(`${shop}/checkout_sessions`, wanted)

    // The platform hands the session to the bridge: it waits for the user, and nothing is allowed yet.
    const waiting = await ask(`${bridge.url}/offers`, session)
    expect(waiting).toMatchObject({ status: 200, body: { status: 'pending_approval' } })
    const [draft] = opened
    if (!draft) throw new Error('nothing was opened')
    expect(draft.checkout.total_amount).toEqual({ currency: 'USD', value: '12955' })
    await cast.decide(draft.authUrl)
    const held = await cast.held(buyer, draft.sessionId)

    // One token for exactly this checkout completes the session.
    const { token: paid, assurance } = must(await buyer.applyForToken(held, draft.checkout))
    const instrument = must(
      makeAmpInstrument(held.mandateId, 'amp', { token: paid.paymentToken, assurance: assurance as never }),
    )
    const completion = { payment_data: { handler_id: 'amp', instrument } }
    const path = `${shop}/checkout_sessions/${session.id}/complete`
    const done = await ask(path, completion)
    expect(done).toMatchObject({
      status: 200,
      body: { status: 'completed', order: { checkout_session_id: session.id } },
    })
    expect(JSON.stringify(done.body)).not.toContain(paid.paymentToken)
    expect(await cast.balanceOf(user)).toBe(String(50_000 - 12_955))
    expect(acknowledged).toEqual([{ received: true }])

    // The same token pays for nothing else, and nothing is paid twice.
    const { body: other } = await ask(`${shop}/checkout_sessions`, wanted)
    const again = await ask(`${shop}/checkout_sessions/${other.id}/complete`, completion)
    expect(again.status).toBeGreaterThanOrEqual(400)
    expect((await ask(path, completion)).status).toBe(409)
    expect(await cast.balanceOf(user)).toBe(String(50_000 - 12_955))
  })

  it('delegates a payment on a mandate, until its owner revokes it', async () => {
    const { cast, user, bindingId, buyer } = await household()
    const held = await cast.delegate(buyer, bindingId, '5000')
    const mandateOf = async (mandateId: string) =>
      (await cast.get('wallet.inquiryMandate', { mandateId }, user.userToken)) as unknown as Message<'trust/mandate'>
    const { now } = cast.reference.world
    const parts = {
      clients,
      idempotency: memoryIdempotency(),
      store: memoryAllowances(),
      nonces: memoryNonces(),
      mandateOf,
      now,
      newToken: () => randomUUID().replaceAll('-', ''),
    }
    const service = await listening(express().use(acpDelegatePayment(parts)))
    closing.push(service.close)
    const wanted = (amount: number) => ({
      payment_method: { type: 'amp_wallet', mandate_id: held.mandateId, metadata: {} },
      allowance: {
        reason: 'one_time',
        max_amount: amount,
        currency: 'usd',
        checkout_session_id: 'session-1',
        merchant_id: 'M-REFERENCE-1',
        expires_at: new Date((now() + 600) * 1000).toISOString(),
      },
      risk_signals: [],
      metadata: {},
    })
    const delegate = (amount: number) => ask(`${service.url}/agentic_commerce/delegate_payment`, wanted(amount))
    expect(await delegate(5_001)).toMatchObject({ status: 422, body: { code: 'budget_exceeded' } })
    const issued = [await delegate(5_000), await delegate(1_800)]
    expect(issued.map(({ status }) => status)).toEqual([201, 201])
    const charge = { merchantId: 'M-REFERENCE-1', sessionId: 'session-1', amount: { currency: 'USD', value: '1800' } }
    const take = (index: number) => takeAllowance(String(issued[index]?.body.id), charge, parts)
    expect((await take(0)).ok).toBe(true)
    expect(await take(0)).toMatchObject({ refusal: { code: 'payment-token-used' } })
    await cast.get('wallet.cancelMandate', { mandateId: held.mandateId }, user.userToken)
    expect(await take(1)).toMatchObject({ refusal: { code: 'mandate-revoked' } })
    expect(await delegate(1_800)).toMatchObject({ status: 409, body: { code: 'mandate_revoked' } })
  })
})
