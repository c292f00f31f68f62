/** A clearing on a server of its own: it finds network and agents by discovery, borrows over HTTP, hears of a revocation. */
import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { gatherTraders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import { createPayer, createSeller, startReference } from '../../../reference/index.ts'

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

it('trades, settles and stops across two servers', { timeout: 120_000 }, async () => {
  const hooksSecret = randomBytes(16).toString('base64url')
  const clearing = await startReference({ roles: ['clearing'] })
  const others = await startReference({
    roles: ['network', 'credential-provider', 'wallet'],
    hooksSecret,
    peers: { clearing: [clearing.url] },
  })
  expect(await others.discover()).toEqual([])
  const port = Number(new URL(clearing.url).port)
  await clearing.stop()
  const apart = await startReference({ roles: ['clearing'], port, peers: { network: [others.url] } })
  expect(await apart.discover()).toEqual([])
  expect(await others.discover()).toEqual([])
  const traders = await gatherTraders(others, hooksSecret, { currency: 'USD', value: '500' }, apart.url)
  const payer = createPayer(traders.buyer)
  const seller = createSeller(traders.seller)
  const terms = {
    payeeId: traders.seller.agentId,
    mandate: traders.mandate,
    currency: 'USD',
    cap: 40_000n,
    notAfter: apart.world.now() + 3_600,
  }
  const channel = must(await payer.openChannel(terms))
  const till = must(await seller.join(channel.channelId))
  const tick = must(channel.next(900n))
  must(till.take(tick))
  await till.redeem(tick)
  await till.deliver(900n)
  expect(must(await till.close())).toMatchObject({ status: 'closed', delivered: '900' })
  await apart.sweep()
  const budget = async () =>
    others.database
      .selectFrom('network_mandates' as never)
      .select(['held', 'captured'] as never)
      .executeTakeFirstOrThrow()
  await expect.poll(budget, { timeout: 20_000 }).toEqual({ held: 0n, captured: 1n })
  const open = must(await payer.openChannel({ ...terms, incarnation: 1 }))
  await traders.owner.cancel(traders.mandate.mandateId)
  await others.sweep()
  const status = async () => must(await open.inquire()).status
  await expect.poll(status, { timeout: 20_000 }).toBe('closing')
  expect(await audit(apart.database as never)).toEqual([])
  await payer.stop()
  await seller.stop()
  await apart.stop()
  await others.stop()
})
