/** A trade goes on through restarts of the server it is cleared by, with cuts at random points, and pays each tick once. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { gatherTraders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import { createPayer, createSeller, startReference } from '../../../reference/index.ts'
import { folderOfTest } from '../../folder.ts'

const hooksSecret = randomBytes(16).toString('base64url')

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

it('loses no tick and pays none twice, wherever the line is cut', { timeout: 120_000 }, async () => {
  const reference = await startReference({ hooksSecret })
  const traders = await gatherTraders(reference, hooksSecret)
  const moves = fc.array(
    fc.oneof(
      { arbitrary: fc.record({ do: fc.constant('tick' as const), units: fc.integer({ min: 1, max: 40 }) }), weight: 8 },
      {
        arbitrary: fc.record({ do: fc.constantFrom('cut payer' as const, 'cut seller' as const, 'wait' as const) }),
        weight: 1,
      },
    ),
    { minLength: 5, maxLength: 60 },
  )
  const profiles = fc.constantFrom('hash-chain' as const, 'voucher' as const)
  const sides = fc.constantFrom('payer' as const, 'seller' as const)
  const ways = fc.constantFrom('websocket' as const, 'websocket-lines' as const, 'http' as const)
  await fc.assert(
    fc.asyncProperty(moves, profiles, sides, ways, async (script, profile, sender, via) => {
      const payer = createPayer(traders.buyer, { via })
      const seller = createSeller(traders.seller, { via })
      const channel = must(
        await payer.openChannel({
          payeeId: traders.seller.agentId,
          mandate: traders.mandate,
          currency: 'USD',
          cap: 3_000n,
          profile,
          notAfter: reference.world.now() + 3_600,
        }),
      )
      const till = must(await seller.join(channel.channelId))
      let paid = 0n
      for (const move of script) {
        if (move.do === 'tick') {
          const units = BigInt(move.units)
          paid += units
          if (sender === 'payer') expect(await channel.tick(units)).toBeUndefined()
          else {
            const tick = must(channel.next(units))
            must(till.take(tick))
            expect(await till.redeem(tick)).toBeUndefined()
          }
        } else if (move.do === 'wait') await new Promise((resolve) => setImmediate(resolve))
        else (move.do === 'cut payer' ? payer : seller).line.cut()
      }
      if (sender === 'payer') expect(must(await channel.durable())).toBe(paid)
      else expect(must(await till.durable()).authorised).toBe(paid)
      expect(must(await channel.inquire()).authorised).toBe(paid.toString())
      const closed = must(await till.close())
      expect([closed.status, closed.authorised]).toEqual(['closed', paid.toString()])
      await payer.stop()
      await seller.stop()
    }),
    { numRuns: 18 },
  )
  expect(await audit(reference.database as never)).toEqual([])
  await reference.stop()
})

it.each(['websocket', 'websocket-lines'] as const)(
  'goes on over %s after the server was restarted',
  { timeout: 120_000 },
  async (via) => {
    const database = `sqlite:${join(folderOfTest('restart'), 'amp.db')}`
    let reference = await startReference({ hooksSecret, database })
    const port = Number(new URL(reference.url).port)
    const traders = await gatherTraders(reference, hooksSecret)
    const payer = createPayer(traders.buyer, { via })
    const seller = createSeller(traders.seller, { via })
    const channel = must(
      await payer.openChannel({
        payeeId: traders.seller.agentId,
        mandate: traders.mandate,
        currency: 'USD',
        cap: 100_000n,
        notAfter: reference.world.now() + 3_600,
      }),
    )
    const till = must(await seller.join(channel.channelId))
    for (let count = 1; count <= 6_000; count++) {
      const tick = must(channel.next(3n))
      must(till.take(tick))
      expect(await till.redeem(tick)).toBeUndefined()
      if (count % 2_000 === 0) {
        await till.deliver(till.authorised)
        await reference.stop()
        reference = await startReference({ hooksSecret, database, port })
      }
    }
    expect(must(await till.durable())).toEqual({ authorised: 18_000n, delivered: 18_000n })
    expect(must(await till.close())).toMatchObject({ authorised: '18000', delivered: '18000' })
    expect(await audit(reference.database as never)).toEqual([])
    await payer.stop()
    await seller.stop()
    await reference.stop()
  },
)
