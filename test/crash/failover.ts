/** Kills the primary of a quorum cluster under load, promotes a standby, and holds its books to what was acknowledged. */
import { openBooks } from '../../reference/clearing/open-books.ts'
import { start } from '../reference/clearing/house.ts'
import { openClearing } from './clearing.ts'
import { Cluster } from './cluster.ts'
import { dice, Payers } from './payers.ts'

export type FailoverReport = {
  readonly failovers: number
  readonly sent: number
  readonly acknowledged: number
  readonly refusals: readonly string[]
  /** Milliseconds from the kill until the standby was primary, slowest. */
  readonly slowestMs: number
}

/** The primary is killed after a random number of ticks, or after this time. */
const patienceMs = 5_000

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Lines both ways without a process in between; what is told comes a turn later, as over a pipe. */
const serve = async (url: string, books: string, payers: Payers): Promise<() => Promise<void>> => {
  let take: ((line: string) => void) | undefined
  let broken: Error | undefined
  let open = true
  const orders: string[] = []
  const opened = payers.connect((line) => orders.push(line.trimEnd()))
  const clearing = await openClearing(await openBooks(url, () => start), books, (text) => {
    try {
      if (open) payers.hear(text.trimEnd())
    } catch (error) {
      broken ??= error as Error
    }
  })
  await opened
  take = clearing.take
  const turn = (): void => {
    if (!open) return
    payers.pump()
    for (const order of orders.splice(0)) take?.(order)
    setImmediate(turn)
  }
  turn()
  return async () => {
    open = false
    await clearing.engine.idle().catch(() => {})
    await clearing.engine.database.destroy().catch(() => {})
    if (broken) throw broken
  }
}

/** Nothing where there are no binaries for this machine; throws at the first tick that was lost or made. */
export const crashCluster = async (
  failovers: number,
  seed: number,
  say: (line: string) => void = () => {},
): Promise<FailoverReport | undefined> => {
  const random = dice(seed)
  const cluster = await Cluster.start()
  if (!cluster) return undefined
  const payers = new Payers('cluster', random)
  let slowestMs = 0
  const acknowledged = (): number => payers.channels.reduce((sum, { told }) => sum + Number(told.authorised), 0)
  try {
    for (let failover = 0; failover < failovers; failover++) {
      const stop = await serve(cluster.url, 'cluster', payers)
      const enough = acknowledged() + Math.floor(random() * 8_000)
      const end = performance.now() + patienceMs
      while (acknowledged() < enough && performance.now() < end) await sleep(1)
      await cluster.killPrimary()
      await stop()
      slowestMs = Math.max(slowestMs, await cluster.failOver())
      const engine = await openBooks(cluster.url, () => start)
      await payers.prove(engine.database)
      await engine.database.destroy()
      say(`${failover + 1} primaries killed, ${acknowledged()} ticks acknowledged, none lost, none made`)
    }
    const refusals = [...payers.codes]
    return {
      failovers,
      sent: payers.count.sent,
      acknowledged: acknowledged(),
      refusals,
      slowestMs: Math.round(slowestMs),
    }
  } finally {
    await cluster.stop()
  }
}
