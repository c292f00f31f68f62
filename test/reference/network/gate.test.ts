/** Proves that a network with a gate issues no token its gate refuses, holds nothing for it, and keeps the decision it issued on. */
import { afterEach, describe, expect, it } from 'vitest'
import { isGateDecision } from '../../../reference/core/trust/gate.ts'
import type { Gate } from '../../../reference/network/index.ts'
import { gatePolicy } from '../core/trust/events.ts'
import { checkoutOf, granted, type House, openHouse } from './house.ts'

describe('a network with a trust gate', () => {
  let house: House
  afterEach(() => house.close())
  const open = async (gate: Partial<Gate> = {}): Promise<void> => {
    house = await openHouse('sqlite::memory:', {}, { policy: gatePolicy, ...gate })
  }

  it('issues what a new agent may have alone, escalates what is larger, and gives the budget back', async () => {
    await open()
    const held = await house.delegate('100000')
    granted(await house.apply(held, checkoutOf('2000')))
    const before = await house.mandateRow(held.mandateId)
    expect(await house.apply(held, checkoutOf('2001'))).toMatchObject({
      refusal: { code: 'gate-escalated', detail: 'tier-1-small-only, runtime-unattested, tier-1-watched' },
    })
    expect((await house.mandateRow(held.mandateId)).held).toBe(before.held)
  })

  it('takes the confirmation of the user for the answer to an escalation', async () => {
    await open()
    const bound = await house.bind(await house.register())
    const checkout = checkoutOf('90000')
    const held = await house.activate(await house.draft(bound, house.immediate(checkout)))
    granted(await house.apply(held, checkout))
  })

  it('denies an agent whose conduct broke one dimension, however small the amount and whoever confirms', async () => {
    await open()
    const held = await house.delegate('100000')
    const { agent_id: agentId, registered_at: at } = await house.database
      .selectFrom('network_agents')
      .selectAll()
      .where('agent_id', '=', held.agent.agentId)
      .executeTakeFirstOrThrow()
    const broken = {
      at: Number(at),
      lost: { 'runtime-security': 900 * 86_400 },
      earned: [],
      today: { day: 0, units: 0 },
    }
    await house.database
      .insertInto('network_standings')
      .values({ agent_id: agentId, standing: JSON.stringify({ ...broken, count: 0, head: 'A'.repeat(43) }) })
      .execute()
    expect(await house.apply(held, checkoutOf('1'))).toMatchObject({ refusal: { code: 'gate-denied' } })
  })

  it.each([
    ['fails', () => Promise.reject(new Error('gone'))],
    ['says nothing', async () => undefined],
    ['never answers', () => new Promise<undefined>(() => undefined)],
    ['answers no score', async () => 1.5],
  ])('takes a source of risk that %s for the highest risk', async (_, risk) => {
    await open({ risk })
    const held = await house.delegate('100000')
    expect(await house.apply(held, checkoutOf('100'))).toMatchObject({ refusal: { code: 'gate-denied' } })
  })

  it('keeps the decision with the token, for anyone to decide again', async () => {
    await open({ risk: async () => 10 })
    const held = await house.delegate('100000')
    granted(await house.apply(held, checkoutOf('1500')))
    const { records } = granted(await house.asProvider('network.inquiryEvidence', { mandateId: held.mandateId }))
    const { gate } = JSON.parse(records.find(({ kind }) => kind === 'token')?.content ?? '{}')
    expect(gate).toMatchObject({ disposition: 'observe', input: { tier: 'L1', risk: 10 } })
    expect(isGateDecision(gate, gatePolicy)).toBe(true)
  })
})
