/** When the next window is taken: at once while few tick, a little later where more of them share a commit. */
import type { EngineClock } from './clock.ts'
import type { WindowBounds } from './waiting.ts'

/** Ticks a window has to have had for the next one to wait for more. */
const worthwhile = 8

export class Pace {
  readonly #clock: EngineClock
  readonly #bounds: WindowBounds
  #planned: unknown
  #commitMs = 0
  #windowTicks = 0

  constructor(clock: EngineClock, bounds: WindowBounds) {
    this.#clock = clock
    this.#bounds = bounds
  }

  /** What a window took to be written, in milliseconds; the last ones weigh most. */
  wrote(ms: number): void {
    this.#commitMs = this.#commitMs * 0.8 + ms * 0.2
  }

  /** How many ticks the last window had. */
  took(ticks: number): void {
    this.#windowTicks = ticks
  }

  /** As long as commits have shown to be worth it. */
  get #delay(): number {
    return Math.min(this.#bounds.delayMsMax, Math.ceil(this.#commitMs * 4))
  }

  /** Plans the next window where none is planned; a full one is taken at once. `run` is called when it is time. */
  plan(ticks: number, run: () => void): void {
    if (this.#planned !== undefined) {
      if (ticks !== this.#bounds.ticksMax) return
      this.#clock.cancel(this.#planned)
    }
    const { soon, later } = this.#clock
    const delay = this.#windowTicks < worthwhile ? 0 : this.#delay
    const go = (): void => {
      this.#planned = undefined
      run()
    }
    this.#planned = delay === 0 || ticks >= this.#bounds.ticksMax ? soon(go) : later(go, delay)
  }

  /** Waits a little for more before a window that follows on another. `ticks`: how many wait. */
  async gather(ticks: () => number): Promise<void> {
    const { ticksMax } = this.#bounds
    if (ticks() === 0 || ticks() >= ticksMax || this.#windowTicks < worthwhile) return
    const { elapsed, soon } = this.#clock
    const until = elapsed() + this.#delay
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (ticks() >= ticksMax || elapsed() >= until) resolve()
        else soon(look)
      }
      look()
    })
  }
}
