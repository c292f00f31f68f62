/** Work beside ticks as one window of the books: all of it or nothing, and memory told before the turn is over. */
import type { Kysely } from 'kysely'
import type { Outcome } from '../core/index.ts'
import { inTransaction } from '../ledger/index.ts'
import { beginWindow, type Writing } from './books.ts'
import type { ClearingEngine } from './engine.ts'
import type { LiveChannel } from './records.ts'
import type { ClearingTables } from './tables.ts'
import type { Last } from './turns.ts'

/** Runs work as one window, after those that are being written; a refusal leaves nothing behind. */
export const inWindow = <Value>(
  engine: ClearingEngine,
  work: (writing: Writing) => Promise<Outcome<Value>>,
  after: (last: Last, value: Value) => void = () => {},
): Promise<Outcome<Value>> =>
  engine.inTurn(async (last) => {
    const outcome = await inTransaction(engine.database as Kysely<ClearingTables>, async (transaction) => {
      const writing = {
        transaction,
        engine: engine.engine,
        windowId: last.windowId + 1n,
        cycle: last.cycle,
        at: BigInt(engine.now()),
      }
      await beginWindow(writing, 0n)
      return work(writing)
    })
    if (outcome.ok) {
      last.windowId += 1n
      after(last, outcome.value)
    }
    return outcome
  })

/** What was written of a channel becomes what memory holds, before the next window is judged against it. */
export const followed =
  (engine: ClearingEngine, live: LiveChannel) =>
  (_: unknown, fresh: LiveChannel | undefined): void => {
    if (!fresh) return
    engine.follow([fresh])
    engine.adopt(live, fresh)
  }
