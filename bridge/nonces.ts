/** Nonce stores: a signed message is taken once. Checking and recording is one step, or two racing copies both pass. */

/** What became of a nonce: taken now for the first time, seen before, or the store has no room (fail closed). */
export type NonceVerdict = 'fresh' | 'replayed' | 'full'

/** Where nonces are recorded, to be called only after the signature over the nonce verified (law 5). */
export type NonceStore = {
  /**
   * Records `key` until `expires` (epoch seconds) unless it is there already, atomically. A key may be forgotten from
   * `expires` on: from then on the message is refused for its age. Throws when the store cannot be reached.
   */
  readonly record: (key: string, expires: number, now: number) => Promise<NonceVerdict>
}

/** A nonce store of one process, holding at most `capacity` nonces. Nonces are forgotten when they expire, never before. */
export const memoryNonces = (capacity = 100_000): NonceStore => {
  const seen = new Map<string, number>()
  let swept = Number.NEGATIVE_INFINITY
  const sweep = (now: number): void => {
    if (now === swept) return
    swept = now
    for (const [key, expires] of seen) if (expires <= now) seen.delete(key)
  }
  return {
    record: async (key, expires, now) => {
      if ((seen.get(key) ?? Number.NEGATIVE_INFINITY) > now) return 'replayed'
      if (seen.size >= capacity) sweep(now)
      if (seen.size >= capacity) return 'full'
      seen.set(key, expires)
      return 'fresh'
    },
  }
}
