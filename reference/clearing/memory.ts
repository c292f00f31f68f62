/** Channels in memory: read from the books once, and kept to what was written since. */
import { sameChain } from '../core/clearing/index.ts'
import { type LiveChannel, readChannel, rewind } from './records.ts'
import type { ClearingDatabase } from './tables.ts'
import type { Turns } from './turns.ts'

/** Puts what the books say in the place of what was in memory; links that wait are kept where they still lead on. */
const renew = (live: LiveChannel, fresh: LiveChannel): void => {
  const { anchor } = live.state
  const ahead = anchor && fresh.state.anchor && sameChain(anchor, fresh.state.anchor) ? live.cursor : undefined
  live.state = fresh.state
  live.anchor = fresh.anchor
  live.link = fresh.link
  live.closedAt = fresh.closedAt
  rewind(live)
  if (ahead && live.cursor && ahead.index > live.cursor.index && ahead.index <= live.covered)
    live.cursor.advance(ahead.index, ahead.tip, 0, Number.POSITIVE_INFINITY)
}

export class Memory {
  readonly #database: ClearingDatabase
  readonly #turns: Turns
  readonly #live = new Map<string, LiveChannel>()

  constructor(database: ClearingDatabase, turns: Turns) {
    this.#database = database
    this.#turns = turns
  }

  /** The channel of an identifier, from memory or from the books. What a turn may have made old is read again. */
  async find(channelId: string): Promise<LiveChannel | undefined> {
    const known = this.#live.get(channelId)
    if (known) return known
    const turns = this.#turns.count
    const read = await readChannel(this.#database, channelId)
    if (!read) return undefined
    const meanwhile = this.#live.get(channelId)
    if (meanwhile) return meanwhile
    if (turns !== this.#turns.count) return this.find(channelId)
    if (read.state.status !== 'closed') this.#live.set(channelId, read)
    return read
  }

  /** Takes channels from the books again; false where one is not there. */
  async reread(channels: readonly LiveChannel[]): Promise<boolean> {
    for (const live of channels) {
      const fresh = await readChannel(this.#database, live.id)
      if (!fresh) return false
      this.adopt(live, fresh)
    }
    return true
  }

  /** Tells memory what was written of channels, where it knows them; within the turn that wrote it. */
  follow(channels: readonly LiveChannel[]): void {
    for (const fresh of channels) {
      const live = this.#live.get(fresh.id)
      if (live) this.adopt(live, fresh)
    }
  }

  /** Makes a channel what the books say; one that closed is not kept. */
  adopt(live: LiveChannel, fresh: LiveChannel): void {
    renew(live, fresh)
    if (live.state.status === 'closed') this.drop(live)
  }

  /** Forgets one channel. */
  drop({ id }: LiveChannel): void {
    this.#live.delete(id)
  }

  /** Forgets every channel. */
  forget(): void {
    this.#live.clear()
  }
}
