/** The world of a running server: real time plus an offset the test hooks may set, real randomness. */
import { randomBytes } from 'node:crypto'
import type { Deviation, World } from '../core/world.ts'

/** A world and the handle that moves its clock. */
export type Clock = { readonly world: World; readonly setOffset: (seconds: number) => void }

export const createClock = (deviation: Deviation = {}): Clock => {
  let offset = 0
  return {
    world: {
      now: () => Math.floor(Date.now() / 1000) + offset,
      id: (prefix) => `${prefix}-${randomBytes(15).toString('base64url')}`,
      nonce: () => randomBytes(16).toString('base64url'),
      deviation,
    },
    setOffset: (seconds) => {
      offset = seconds
    },
  }
}
