/** Simulated time: whatever is to happen is kept in order, and happens one after another, the same way for the same seed. */

type Event = { readonly at: number; readonly order: number; readonly run: () => void }

/** Numbers from a seed (splitmix32). */
export const numbersOf = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Lets everything that can happen without time passing happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class Clockwork {
  readonly #events: Event[] = []
  #order = 0
  /** Milliseconds since the start. */
  now = 0

  /** Plans something; gives back how to cancel it. */
  plan(run: () => void, ms = 0): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), order: this.#order++, run }
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#events[middle] as Event
      if (other.at > event.at || (other.at === event.at && other.order > event.order)) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
    return () => {
      const found = this.#events.indexOf(event)
      if (found >= 0) this.#events.splice(found, 1)
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.plan(resolve, ms))
  }

  /** Plays until nothing is planned; throws where it never ends. */
  async play(eventsMax = 200_000): Promise<void> {
    await settle()
    for (let played = 0; this.#events.length > 0; played++) {
      if (played > eventsMax) throw new Error('the simulation does not come to an end')
      const { at, run } = this.#events.pop() as Event
      this.now = at
      run()
      await settle()
    }
  }
}
