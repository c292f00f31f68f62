/** Two clearings that share nothing, channels split between them by payer: netted together they say what one would. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { audit } from '../../../reference/clearing/audit.ts'
import { closeCycle } from '../../../reference/clearing/cycles.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { mergePositions, partOf, settlePosition } from '../../../reference/core/clearing/index.ts'
import { admitAll, ask, open, start } from './house.ts'

const names = ['a', 'b', 'c', 'd', 'e']
let count = 0

/** Pays through a channel of its own, on the node of its payer. */
const pay = async (nodes: readonly ClearingEngine[], payer: string, payee: string, amount: bigint): Promise<void> => {
  const engine = nodes[partOf(payer, nodes.length)] as ClearingEngine
  const { live, voucher } = await open(engine, { payer, payee, cap: amount, word: `part ${count++}` })
  await ask((heard) => engine.offerVoucher(live, voucher(amount), 'payer', heard))
  expect(await ask((heard) => engine.offerDelivery(live, amount, heard))).toBe('durable')
}

/** Closes the cycle of every node and gives back the merged net positions. */
const netted = async (nodes: readonly ClearingEngine[]): Promise<ReadonlyMap<string, bigint>> => {
  const parts: Map<string, bigint>[] = []
  for (const engine of nodes) {
    const closed = await closeCycle(engine, 1n)
    if (!closed.ok) throw new Error(closed.refusal.code)
    parts.push(new Map(closed.value.positions.map((each) => [each.participant_id, each.received - each.paid])))
    expect(await audit(engine.database)).toEqual([])
  }
  return mergePositions(parts)
}

const nodesOf = (parts: number): Promise<readonly ClearingEngine[]> =>
  Promise.all(
    Array.from({ length: parts }, async () => {
      const engine = await openBooks('sqlite::memory:', () => start)
      await admitAll(engine, names)
      return engine
    }),
  )

it('a payer is always on the same node, and payers spread over all of them', () => {
  const payers = Array.from({ length: 1_000 }, (_, index) => `https://agent-${index}.example`)
  for (const parts of [1, 2, 3, 7]) {
    const sizes = new Map<number, number>()
    for (const payer of payers) {
      expect(partOf(payer, parts)).toBe(partOf(payer, parts))
      sizes.set(partOf(payer, parts), (sizes.get(partOf(payer, parts)) ?? 0) + 1)
    }
    expect([...sizes.keys()].sort()).toEqual(Array.from({ length: parts }, (_, part) => part))
    expect(Math.min(...sizes.values())).toBeGreaterThan(payers.length / parts / 2)
  }
})

it('two nodes net what one node nets, and settle the same legs', async () => {
  const payments = fc.array(
    fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.bigInt({ min: 1n, max: 10n ** 7n })),
    { minLength: 4, maxLength: 16 },
  )
  await fc.assert(
    fc.asyncProperty(payments, async (all) => {
      const [one, two] = [await nodesOf(1), await nodesOf(2)]
      for (const [payer, payee, amount] of all)
        if (payer !== payee) for (const nodes of [one, two]) await pay(nodes, payer, payee, amount)
      const [alone, merged] = [await netted(one), await netted(two)]
      expect(new Map([...merged].sort())).toEqual(new Map([...alone].sort()))
      expect([...merged.values()].reduce((sum, position) => sum + position, 0n)).toBe(0n)
      const legs = (positions: ReadonlyMap<string, bigint>) =>
        [...positions].map(([name, position]) => settlePosition(name, position, 0n, 'USD', 6)).sort()
      expect(new Set(legs(merged))).toEqual(new Set(legs(alone)))
      for (const { database } of [...one, ...two]) await database.destroy()
    }),
    { numRuns: 8 },
  )
})
