/** What a standby that has every commit costs: ticks over a cluster of three nodes, with and without waiting for it. */
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { Cluster } from '../../crash/cluster.ts'
import { admitAll, start } from '../../reference/clearing/house.ts'
import { median } from './measure.ts'
import { linkRate, openMany } from './streams.ts'

/** Hash-chain ticks a second with quorum commit over those without, in turns; nothing where there are no binaries. */
export const quorumRatio = async (segments: number, ticks: number): Promise<number | undefined> => {
  const cluster = await Cluster.start()
  if (!cluster) return undefined
  try {
    const engine = await openBooks(cluster.url, () => start)
    await admitAll(engine, ['payer', 'payee'])
    const each = Math.floor(ticks / 100)
    const terms = { profile: 'hash-chain', length: each * (2 * segments + 1), cap: 10n ** 9n } as const
    const opened = await openMany(engine, 100, 'quorum', () => terms)
    await linkRate(engine, opened, each)
    const ratios: number[] = []
    for (let segment = 0; segment < segments; segment++) {
      await cluster.wait(false)
      const alone = await linkRate(engine, opened, each)
      await cluster.wait(true)
      ratios.push((await linkRate(engine, opened, each)) / alone)
    }
    await engine.database.destroy()
    return median(ratios)
  } finally {
    await cluster.stop()
  }
}
