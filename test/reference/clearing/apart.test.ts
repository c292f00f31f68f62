/** A clearing on a server of its own: it finds network and agents by discovery, borrows over HTTP, hears of a revocation. */
import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { gatherTraders } from '../../../demo/traders.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import type { Outcome } from '../../../reference/core/index.ts'
import { callOperation, createPayer, createSeller, makeKey, startReference } from '../../../reference/index.ts'

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
  return outcome.value
}

/** Two servers that know each other: one clears, the other is everybody else. */
const twoServers = async () => {
  const hooksSecret = randomBytes(16).toString('base64url')
  const first = await startReference({ roles: ['clearing'] })
  const others = await startReference({
    roles: ['network', 'credential-provider', 'wallet'],
    hooksSecret,
    peers: { clearing: [first.url] },
  })
  expect(await others.discover()).toEqual([])
  await first.stop()
  const port = Number(new URL(first.url).port)
  const apart = await startReference({ roles: ['clearing'], port, peers: { network: [others.url] } })
  expect(await apart.discover()).toEqual([])
  expect(await others.discover()).toEqual([])
  const traders = await gatherTraders(others, hooksSecret, { currency: 'USD', value: '500' }, apart.url)
  return { apart, others, traders }
}

it('trades, settles and stops across two servers', { timeout: 120_000 }, async () => {
  const { apart, others, traders } = await twoServers()
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

it('takes the key its network has now, and none once an agent was stopped', { timeout: 60_000 }, async () => {
  const { apart, others, traders } = await twoServers()
  const { agentId, key, clearing } = traders.buyer
  const fresh = await makeKey(agentId)
  const ask = async ({ publicJwk, privateKey }: typeof key) => {
    const exchange = { endpoint: clearing.endpoint, keyId: `${agentId}#${publicJwk.kid}`, privateKey }
    const outcome = await callOperation('clearing.openStream', {}, exchange, apart.world)
    return outcome.ok ? 'opened' : outcome.refusal.code
  }
  const tell = (change: object) =>
    others.database
      .updateTable('network_agents' as never)
      .set(change as never)
      .where('agent_id' as never, '=', agentId as never)
      .execute()
  /** Both clocks move, for each server verifies what the other signs. */
  const wait = (seconds: number): void => {
    apart.setClockOffset(seconds)
    others.setClockOffset(seconds)
  }
  expect([await ask(key), await ask(fresh)]).toEqual(['opened', 'signature-key-unknown'])
  await tell({ key_jwk: JSON.stringify(fresh.publicJwk) })
  wait(6)
  expect([await ask(fresh), await ask(key)]).toEqual(['opened', 'signature-key-unknown'])
  await tell({ status: 'suspended' })
  wait(70)
  expect(await ask(fresh)).toBe('signature-key-unknown')
  await apart.stop()
  await others.stop()
})
