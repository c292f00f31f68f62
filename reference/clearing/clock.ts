/** Turns and time of the engine: the ones of node, unless somebody else keeps them. */

/** Turns and time as the engine sees them. `later` and `soon` give back what `cancel` takes; `elapsed` is in milliseconds. */
export type EngineClock = {
  readonly soon: (run: () => void) => unknown
  readonly later: (run: () => void, ms: number) => unknown
  readonly cancel: (scheduled: unknown) => void
  readonly elapsed: () => number
}

export const systemClock: EngineClock = {
  soon: (run) => setImmediate(run),
  later: (run, ms) => setTimeout(run, ms),
  cancel: (scheduled) => {
    clearTimeout(scheduled as NodeJS.Timeout)
    clearImmediate(scheduled as NodeJS.Immediate)
  },
  elapsed: () => performance.now(),
}
