/** Turns at the books: whoever writes a window has them alone, and knows the number of the last one. */
import type { ClearingDatabase } from './tables.ts'

/** The last window and the open cycle; whoever writes a window keeps it up to date. */
export type Last = { windowId: bigint; cycle: bigint }

export class Turns {
  readonly #database: ClearingDatabase
  #turn: Promise<unknown> = Promise.resolve()
  #last: Last | undefined
  #count = 0

  constructor(database: ClearingDatabase) {
    this.#database = database
  }

  /** Turns begun and ended: what was read from the books before one may be old after it. */
  get count(): number {
    return this.#count
  }

  /** Runs work that writes windows, one after another; it is told the last window and keeps it up to date. */
  take<Value>(work: (last: Last) => Promise<Value>): Promise<Value> {
    const run = this.#turn.then(async () => {
      this.#count++
      this.#last ??= await this.#read()
      try {
        return await work(this.#last)
      } catch (error) {
        this.#last = undefined
        throw error
      } finally {
        this.#count++
      }
    })
    this.#turn = run.catch(() => {})
    return run
  }

  async #read(): Promise<Last> {
    const { windowId } = await this.#database
      .selectFrom('clearing_windows')
      .select(({ fn }) => fn.max('window_id').as('windowId'))
      .executeTakeFirstOrThrow()
    const { cycle } = await this.#database
      .selectFrom('clearing_cycles')
      .select('cycle')
      .where('status', '=', 'open')
      .executeTakeFirstOrThrow()
    return { windowId: windowId ?? 0n, cycle }
  }

  /** Forgets the last window, so that the next turn reads it from the books. */
  forget(): void {
    this.#last = undefined
  }

  /** Resolves when the turns asked for so far are over. */
  async over(): Promise<void> {
    await this.#turn
  }
}
