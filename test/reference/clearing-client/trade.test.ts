/** Two agents trade over HTTP with every role on one server: budget lent, ticks streamed, connections cut, books that add up. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatherTraders, type Traders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import { createPayer, createSeller, fileStore, type Reference, startReference } from '../../../reference/index.ts'
import { folderOfTest } from '../../folder.ts'

const hooksSecret = randomBytes(16).toString('base64url')
let reference: Reference
let traders: Traders

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

beforeAll(async () => {
  reference = await startReference({ hooksSecret })
  traders = await gatherTraders(reference, hooksSecret)
})
afterAll(async () => {
  expect(await audit(reference.database as never)).toEqual([])
  await reference.stop()
})

const terms = (more: object = {}) => ({
  payeeId: traders.seller.agentId,
  mandate: traders.mandate,
  currency: 'USD',
  cap: 100_000n,
  notAfter: reference.world.now() + 3_600,
  ...more,
})

const budget = async () => {
  const row = await reference.database
    .selectFrom('network_mandates' as never)
    .select(['held', 'captured'] as never)
    .executeTakeFirstOrThrow()
  return row as { held: bigint; captured: bigint }
}

describe.each(['websocket', 'websocket-lines', 'http'] as const)('a trade over %s', (via) => {
  it('streams ticks, survives cut connections, and closes at what was delivered', async () => {
    const before = await budget()
    const payer = createPayer(traders.buyer, { via })
    const channel = must(await payer.openChannel(terms()))
    expect((await budget()).held).toBe(before.held + 10n)
    const seller = createSeller(traders.seller, { via })
    const till = must(await seller.join(channel.channelId))
    for (let count = 1; count <= 3_000; count++) {
      const tick = must(channel.next(2n))
      must(till.take(tick))
      expect(await till.redeem(tick)).toBeUndefined()
      if (count % 700 === 0) {
        seller.line.cut()
        payer.line.cut()
      }
    }
    await till.deliver(5_998n)
    expect(must(await till.durable())).toEqual({ authorised: 6_000n, delivered: 5_998n })
    expect(seller.line.connections).toBeGreaterThan(1)
    const closed = must(await till.close())
    expect(closed).toMatchObject({ status: 'closed', authorised: '6000', delivered: '5998' })
    const { transfers } = must(await till.statement())
    const sum = (kind: string) =>
      transfers.filter((one) => one.kind === kind).reduce((total, { amount }) => total + BigInt(amount), 0n)
    expect([sum('hold'), sum('tick'), sum('deliver'), sum('release')]).toEqual([100_000n, 6_000n, 5_998n, 94_002n])
    await reference.sweep()
    expect(await budget()).toEqual({ held: before.held, captured: before.captured + 1n })
    await payer.stop()
    await seller.stop()
  })
})

describe('the client', () => {
  it('takes a channel up again after a restart, without paying twice', async () => {
    const store = fileStore(join(folderOfTest('channels'), 'kept'))
    const first = createPayer(traders.buyer, { store })
    const channel = must(await first.openChannel(terms({ profile: 'voucher', cap: 20_000n })))
    for (let count = 0; count < 10; count++) await channel.tick(7n)
    expect(must(await channel.durable())).toBe(70n)
    first.line.cut()
    const second = createPayer(traders.buyer, { store })
    expect(await second.resume('A'.repeat(43))).toMatchObject({ refusal: { code: 'channel-unknown' } })
    const again = must(await second.resume(channel.channelId))
    expect(again.promised).toBe(70n)
    await again.tick(1n)
    expect(must(await again.durable())).toBe(71n)
    expect(must(await again.topUp(5_000n))).toBe(25_000n)
    expect(again.next(30_000n)).toMatchObject({ refusal: { code: 'channel-cap-exceeded' } })
    expect(must(await again.close())).toMatchObject({ status: 'closing' })
    expect(await again.tick(1n)).toBeUndefined()
    expect(await again.durable()).toMatchObject({ refusal: { code: 'channel-closing' } })
  })

  it('is refused what the mandate does not cover, and the network holds nothing for it', async () => {
    const before = await budget()
    const payer = createPayer(traders.buyer)
    for (const [change, code] of [
      [{ cap: 6_000_000n, unitPrice: 1_000n }, 'budget-exceeded'],
      [{ payeeId: traders.buyer.agentId }, 'channel-descriptor-mismatch'],
      [{ payeeId: 'agent-of-nobody' }, 'participant-unknown'],
      [{ currency: 'EUR' }, 'currency-mismatch'],
      [{ mandate: { ...traders.mandate, mandate: 'other' } }, 'channel-descriptor-mismatch'],
      [{ mandate: { ...traders.mandate, mandateId: 'mandate-other' } }, 'mandate-unknown'],
      [{ notAfter: reference.world.now() + 40 * 86_400 }, 'channel-descriptor-mismatch'],
    ] as const)
      expect(await payer.openChannel(terms(change))).toMatchObject({ refusal: { code } })
    await reference.sweep()
    expect(await budget()).toEqual(before)
  })

  it('stops at once when the owner cancels, while the seller redeems what it holds', async () => {
    const payer = createPayer(traders.buyer)
    const channel = must(await payer.openChannel(terms({ cap: 30_000n })))
    const seller = createSeller(traders.seller)
    const till = must(await seller.join(channel.channelId))
    const tick = must(channel.next(500n))
    must(till.take(tick))
    await traders.owner.cancel(traders.mandate.mandateId)
    await reference.sweep()
    expect(await channel.tick(1n)).toBeUndefined()
    expect(await channel.durable()).toMatchObject({ refusal: { code: 'mandate-revoked' } })
    await till.redeem(tick)
    await till.deliver(500n)
    expect(must(await till.close())).toMatchObject({ status: 'closed', delivered: '500' })
    expect(await payer.openChannel(terms())).toMatchObject({ refusal: { code: 'mandate-revoked' } })
  })
})
