/** Proves both flows, the race for the last unit of a budget and revocation in flight, on SQLite and on a real PostgreSQL. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BuyerAgent, HeldMandate } from '../../reference/index.ts'
import { proveBooks } from '../../reference/ledger/index.ts'
import type { NetworkTables } from '../../reference/network/index.ts'
import type { WalletTables } from '../../reference/wallet/index.ts'
import type { Message } from '../../schemas/index.ts'
import { type Cast, createCast, pin, type User } from './cast.ts'
import { engines } from './engines.ts'

const racers = 50

describe.each(engines)('on %s', (_name, engine) => {
  let cast: Cast
  let user: User
  let agent: BuyerAgent
  let bindingId: string

  beforeAll(async () => {
    if (!(await engine.start())) throw new Error('this machine has no binaries for the engine')
    cast = await createCast(await engine.options())
    user = await cast.seedUser('1000000')
    agent = await cast.registerAgent()
    bindingId = await cast.bind(agent, user)
  })
  afterAll(async () => {
    await cast?.reference.stop()
    await engine.stop()
  })

  const tables = <Tables>(): Kysely<Tables> => cast.reference.database as unknown as Kysely<Tables>
  const debits = async (mandateId: string) =>
    tables<WalletTables>()
      .selectFrom('wallet_debits')
      .selectAll()
      .where('mandate_id', '=', mandateId)
      .where('status', '=', 'SUCCESS')
      .execute()
  const liveTokens = async (mandateId: string) =>
    tables<NetworkTables>()
      .selectFrom('network_tokens')
      .selectAll()
      .where('mandate_id', '=', mandateId)
      .where('status', 'in', ['issued', 'paying', 'used'])
      .execute()
  const budgetOf = async (held: HeldMandate): Promise<Message<'trust/budget'>> =>
    (await cast.get('wallet.inquiryMandate', { mandateId: held.mandateId }, user.userToken)).budget
  const balanced = async () => (await proveBooks(cast.reference.database)).balanced

  it('pays with the user present: draft, PIN, token, order, debit, closed mandate, bill', async () => {
    const before = BigInt((await cast.balanceOf(user)) ?? 0)
    const checkout = await cast.checkout('rain-jacket')
    const intent = { raw: 'that rain jacket please', desc: 'Rain jacket' }
    const session = cast.granted(await agent.requestImmediate(bindingId, intent, checkout))
    const authId = session.authUrl.split('/').at(-1) ?? ''
    const decided = await cast.get('wallet.completeIdv', { authId, decision: 'approve', pin }, user.userToken)
    expect(decided).toEqual({ authId, authStatus: 'SUCCESS' })
    const held = await cast.held(agent, session.sessionId)
    const token = cast.granted(await agent.applyForToken(held, checkout))
    const order = await cast.buy(checkout.reference_checkout_id, token)
    expect(order.body).toMatchObject({ orderStatus: 'paid', paymentStatus: 'SUCCESS' })
    expect(BigInt((await cast.balanceOf(user)) ?? 0)).toBe(before - 12950n)
    const mandate = await cast.get('wallet.inquiryMandate', { mandateId: held.mandateId }, user.userToken)
    expect(mandate).toMatchObject({ mandateStatus: 'finished', statusText: 'Closed', progress: '100' })
    expect(mandate.bills).toMatchObject([{ amount: { currency: 'USD', value: '12950' }, paymentStatus: 'SUCCESS' }])
    const again = await agent.applyForToken(held, checkout)
    expect(again).toMatchObject({ ok: false, refusal: { code: 'mandate-finished' } })
    expect(await balanced()).toBe(true)
  })

  it('pays with the user away: several payments in one budget, then more than is left is refused', async () => {
    const held = await cast.delegate(agent, bindingId, '12000')
    for (const [product, left] of [
      ['running-shoes', '3100'],
      ['water-bottle', '1300'],
    ] as const) {
      const checkout = await cast.checkout(product)
      const token = cast.granted(await agent.applyForToken(held, checkout))
      expect(token.token.budget.remaining.value).toBe(left)
      const order = await cast.buy(checkout.reference_checkout_id, token)
      expect(order.body).toMatchObject({ orderStatus: 'paid' })
    }
    const over = await agent.applyForToken(held, await cast.checkout('water-bottle'))
    expect(over).toMatchObject({ ok: false, refusal: { code: 'budget-exceeded', stage: 'S2' } })
    expect(await budgetOf(held)).toMatchObject({ captured: { value: '10700' }, held: { value: '0' } })
    expect(await balanced()).toBe(true)
  })

  it(`lets exactly one of ${racers} requests for the last unit of a budget win`, async () => {
    const held = await cast.delegate(agent, bindingId, '1')
    const checkouts = await Promise.all(Array.from({ length: racers }, () => cast.checkout('sticker')))
    const answers = await Promise.all(
      checkouts.map(async (checkout) => ({ checkout, token: await agent.applyForToken(held, checkout) })),
    )
    const winners = answers.flatMap(({ checkout, token }) => (token.ok ? [{ checkout, token: token.value }] : []))
    expect(winners).toHaveLength(1)
    const losers = answers.flatMap(({ token }) => (token.ok ? [] : [token.refusal.code]))
    expect([...new Set(losers)]).toEqual(['budget-exceeded'])
    expect(await budgetOf(held)).toMatchObject({ held: { value: '1' }, remaining: { value: '0' } })
    expect(await liveTokens(held.mandateId)).toHaveLength(1)

    const [winner] = winners
    if (!winner) throw new Error('nobody won')
    const orders = await Promise.all(
      Array.from({ length: racers }, () => cast.buy(winner.checkout.reference_checkout_id, winner.token)),
    )
    expect(orders.filter(({ body }) => body.orderStatus === 'paid').length).toBeGreaterThanOrEqual(1)
    expect(orders.every(({ status }) => status < 500)).toBe(true)
    expect(await debits(held.mandateId)).toHaveLength(1)
    expect(await budgetOf(held)).toMatchObject({ captured: { value: '1' }, held: { value: '0' } })
    expect(await balanced()).toBe(true)
  })

  it('lets no token and no debit pass once a revocation is acknowledged, with requests in flight', async () => {
    const held = await cast.delegate(agent, bindingId, '2000')
    let paid = 0
    let enough: () => void = () => {}
    const some = new Promise<void>((resolve) => {
      enough = resolve
    })
    const payOne = async (checkout: Message<'common/checkout'>): Promise<string> => {
      const token = await agent.applyForToken(held, checkout)
      if (!token.ok) return token.refusal.code
      const order = await cast.buy(checkout.reference_checkout_id, token.value)
      if (order.status !== 200) return order.body.code
      paid += 1
      if (paid === 3) enough()
      return 'paid'
    }
    /** Goes on paying until it is refused, so that requests are in flight whenever the revocation comes. */
    const payUntilRefused = async (): Promise<readonly string[]> => {
      const seen: string[] = []
      do seen.push(await payOne(await cast.checkout('sticker')))
      while (seen.at(-1) === 'paid')
      return seen
    }
    const inFlight = Array.from({ length: racers }, payUntilRefused)
    await some
    const cancelled = await cast.ask('wallet.cancelMandate', { mandateId: held.mandateId }, user.userToken)
    expect(cancelled.body).toMatchObject({ mandateStatus: 'revoked' })
    const [debitsThen, tokensThen, balanceThen] = await Promise.all([
      debits(held.mandateId),
      liveTokens(held.mandateId),
      cast.balanceOf(user),
    ])
    const outcomes = (await Promise.all(inFlight)).flat()
    expect(await debits(held.mandateId)).toHaveLength(debitsThen.length)
    expect((await liveTokens(held.mandateId)).length).toBeLessThanOrEqual(tokensThen.length)
    expect(await cast.balanceOf(user)).toBe(balanceThen)
    expect(outcomes.filter((outcome) => outcome === 'paid')).toHaveLength(debitsThen.length)
    expect(outcomes.filter((outcome) => outcome === 'mandate-revoked').length).toBeGreaterThan(0)
    expect([...new Set(outcomes)].sort()).toEqual(['mandate-revoked', 'paid'])
    const late = await agent.applyForToken(held, await cast.checkout('sticker'))
    expect(late).toMatchObject({ ok: false, refusal: { code: 'mandate-revoked', mandateStatus: 'revoked' } })
    expect(await balanced()).toBe(true)
  })
})
