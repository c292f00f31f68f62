/** Settles windows: judged, written in one transaction, told; what another writer overtook is judged again. */
import { refuse } from '../core/index.ts'
import { Overtaken } from './books.ts'
import { judge, tell, verifyAhead } from './judge.ts'
import type { Memory } from './memory.ts'
import type { Engine } from './rows.ts'
import type { ClearingDatabase } from './tables.ts'
import type { Turns } from './turns.ts'
import type { verifyAside } from './verify.ts'
import { listenersOf, partsOf, type Waiting } from './waiting.ts'
import { type Change, writeWindow } from './window.ts'

const tries = 4

/** What windows are settled with. */
export type SettlerParts = {
  readonly database: ClearingDatabase
  readonly engine: Engine
  readonly now: () => number
  readonly verify: typeof verifyAside
  readonly turns: Turns
  readonly memory: Memory
  /** Milliseconds, rising. */
  readonly elapsed: () => number
  /** How long a window took to be written, its turn included. */
  readonly wrote: (ms: number) => void
  readonly onError: (error: unknown) => void
}

export class Settler {
  readonly #parts: SettlerParts
  /** Windows made durable since the start, and the ticks in them. */
  readonly done = { windows: 0, ticks: 0 }

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /**
   * Settles a window, in parts where it takes many signatures: those of the next part are verified on the threads of
   * libuv while this one is written.
   */
  async settle(window: readonly Waiting[]): Promise<void> {
    const { now, verify } = this.#parts
    const parts = partsOf(window)
    if (parts.length > 1) verifyAhead(parts[0] ?? [], now(), verify)
    for (const [at, part] of parts.entries()) {
      verifyAhead(parts[at + 1] ?? [], now(), verify)
      await this.#settlePart(part)
    }
  }

  /** Verifies, writes and tells; gives up where the books cannot be written after some tries. */
  async #settlePart(part: readonly Waiting[]): Promise<void> {
    const { now, verify, turns, memory, onError } = this.#parts
    const ticks = part.reduce((sum, waiting) => sum + waiting.ticks, 0)
    for (let attempt = 1; ; attempt++) {
      const at = now()
      const judged = await Promise.all(part.map((waiting) => judge(waiting, at, verify)))
      try {
        const changes = judged.flatMap(({ change }) => change ?? [])
        if (changes.length > 0) await this.#write(changes, ticks, at)
        this.done.ticks += ticks
        for (const each of judged) tell(each)
        return
      } catch (error) {
        turns.forget()
        const read = attempt < tries && (await memory.reread(part.map(({ live }) => live)).catch(() => false))
        if (read) continue
        for (const waiting of part) this.#giveUp(waiting)
        if (!(error instanceof Overtaken)) onError(error)
        return
      }
    }
  }

  /** Tells everybody who waited for a channel to come again. */
  #giveUp(waiting: Waiting): void {
    const { live, notes } = waiting
    this.#parts.memory.drop(live)
    const result = refuse('clearing-busy').refusal
    const busy = [...listenersOf(waiting)].map((listener) => ({ result, listener }))
    tell({ live, change: undefined, durable: [], notes: [...notes, ...busy] })
  }

  /** Writes a window as of the time it was judged at; memory follows before anybody else has the turn. */
  async #write(changes: readonly Change[], ticks: number, now: number): Promise<void> {
    const { database, engine, turns, elapsed, wrote } = this.#parts
    const started = elapsed()
    await turns.take(async (last) => {
      if (changes.some(({ live, base }) => live.state !== base)) throw new Overtaken('a channel changed meanwhile')
      const windowId = last.windowId + 1n
      await database
        .transaction()
        .execute((transaction) =>
          writeWindow({ transaction, engine, windowId, cycle: last.cycle, at: BigInt(now) }, changes, ticks),
        )
      last.windowId = windowId
      for (const { live, next, link } of changes) {
        live.state = next
        if (link !== undefined) live.link = link
      }
    })
    wrote(elapsed() - started)
    this.done.windows++
  }
}
