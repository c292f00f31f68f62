/** Proves on both engines that each final payment moves the rating of its agent once, in a race as well, and that anyone can recompute it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept } from '../../../reference/core/index.ts'
import { recompute, verifyStatement } from '../../../reference/core/trust/statement.ts'
import { engines } from '../../end-to-end/engines.ts'
import { checkoutOf, granted, type House, openHouse } from './house.ts'

describe.each(engines)('on %s', (_, engine) => {
  let house: House
  beforeAll(async () => {
    if (!(await engine.start())) throw new Error('this machine has no binaries for the engine')
    const { database = '' } = await engine.options()
    house = await openHouse(database)
  })
  afterAll(async () => {
    await house?.close()
    await engine.stop()
  })

  const ratingOf = async (agentId: string, fromPosition = 0) =>
    granted(await house.asProvider('network.inquiryRating', { agentId, fromPosition }))

  it('rates a new agent with the start of the policy, for its provider and for wallets it is bound at', async () => {
    const agent = await house.register()
    const { statement, events, eventsTotal, policy } = await ratingOf(agent.agentId)
    const claims = granted(await verifyStatement(statement, house.keys))
    expect(claims).toMatchObject({ sub: agent.agentId, score: policy.start, tier: 'L1', credit: 0 })
    expect([events, eventsTotal]).toEqual([[], 0])
    const asked = { agentId: agent.agentId }
    expect(await house.asWallet('network.inquiryRating', asked)).toMatchObject({ refusal: { code: 'agent-unknown' } })
    await house.bind(agent)
    granted(await house.asWallet('network.inquiryRating', asked))
    const stranger = house.as('credential-provider', 'https://stranger.example')
    expect(await stranger('network.inquiryRating', asked)).toMatchObject({ refusal: { code: 'agent-unknown' } })
  })

  it('counts each of many payments made at once, once, and is recomputed from what it gives out', async () => {
    const bound = await house.bind(await house.register())
    const held = await Promise.all([1, 2, 3].map(() => house.delegate('100000', {}, bound)))
    const paid = await Promise.all(held.flatMap((one) => [house.buy(one, '700'), house.buy(one, '800')]))
    expect(paid.every(({ ok }) => ok)).toBe(true)
    await house.sweep()
    const { statement, events, eventsTotal, policy } = await ratingOf(bound.agent.agentId)
    expect(eventsTotal).toBe(6)
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(6)
    const claims = granted(await verifyStatement(statement, house.keys))
    expect(recompute(claims, policy, events).ok).toBe(true)
    expect(recompute(claims, policy, events.slice(1)).ok).toBe(false)
    /** One merchant and one day give no more than the policy lets them. */
    expect(claims.credit).toBe(policy.earning.perDayMax)
    expect((await ratingOf(bound.agent.agentId, 4)).events).toEqual(events.slice(4))
  })

  it('lowers it where a guard refused the payment, and not where money was missing', async () => {
    const held = await house.delegate('100000')
    const score = async () =>
      granted(await verifyStatement((await ratingOf(held.agent.agentId)).statement, house.keys)).score
    const before = await score()
    try {
      house.script['wallet.pay'] = async () => ({ ok: false, refusal: { code: 'balance-insufficient' } })
      expect(await house.buy(held, '900')).toMatchObject({ ok: false })
      expect(await score()).toBe(before)
      house.script['wallet.pay'] = async () => ({ ok: false, refusal: { code: 'budget-exceeded', stage: 'S4' } })
      expect(await house.buy(held, '900')).toMatchObject({ ok: false })
      expect(await score()).toBeLessThan(before)
    } finally {
      house.script['wallet.pay'] = async ({ paymentId }) => accept({ paymentId, paymentStatus: 'SUCCESS' })
    }
  })

  it('lets a payment to a merchant of its own operator earn nothing', async () => {
    const held = await house.delegate('100000')
    await house.database
      .updateTable('network_agents')
      .set({ profile: JSON.stringify({ operator: ' corner SHOP', developer: 'Somebody' }) })
      .where('agent_id', '=', held.agent.agentId)
      .execute()
    granted(await house.buy(held, checkoutOf('900').total_amount.value))
    const { statement, events } = await ratingOf(held.agent.agentId)
    expect(events).toMatchObject([{ kind: 'payment-succeeded', related: true }])
    expect(granted(await verifyStatement(statement, house.keys)).credit).toBe(0)
  })
})
