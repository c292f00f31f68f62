/** Multilateral netting: many obligations become one position for each participant, and positions become legs. */
import { createHash } from 'node:crypto'
import { toMinor } from './micro.ts'

/** `payer` owes `payee` an amount in atomic units. */
export type Obligation = { readonly payer: string; readonly payee: string; readonly amount: bigint }

/** Net position by participant, positive where it is owed. The positions sum to zero (EXT-CLEARING-29). */
export const net = (obligations: Iterable<Obligation>): Map<string, bigint> => {
  const places = new Map<string, number>()
  const low: number[] = []
  const high: bigint[] = []
  const place = (participant: string): number => {
    const known = places.get(participant)
    if (known !== undefined) return known
    places.set(participant, low.length)
    low.push(0)
    high.push(0n)
    return low.length - 1
  }
  /** Small sums run in exact doubles and are carried over before they could lose a unit. */
  const add = (at: number, amount: bigint, sign: 1 | -1): void => {
    if (amount > exact) {
      high[at] = (high[at] as bigint) + (sign === 1 ? amount : -amount)
      return
    }
    const sum = (low[at] as number) + sign * Number(amount)
    if (sum < limit && sum > -limit) low[at] = sum
    else {
      high[at] = (high[at] as bigint) + BigInt(sum)
      low[at] = 0
    }
  }
  for (const { payer, payee, amount } of obligations) {
    add(place(payer), amount, -1)
    add(place(payee), amount, 1)
  }
  return new Map(
    [...places].map(([participant, at]) => [participant, (high[at] as bigint) + BigInt(low[at] as number)]),
  )
}

const limit = 2 ** 52
const exact = 2n ** 52n

/** The clearing node that keeps the channels of a payer, of so many: channels share nothing but their payer. */
export const partOf = (payer: string, parts: number): number =>
  createHash('sha256').update(payer).digest().readUIntBE(0, 6) % parts

/** Positions of several clearing nodes as one: netting is associative (EXT-CLEARING-32). */
export const mergePositions = (parts: readonly ReadonlyMap<string, bigint>[]): Map<string, bigint> => {
  const merged = new Map<string, bigint>()
  for (const part of parts)
    for (const [participant, position] of part) merged.set(participant, (merged.get(participant) ?? 0n) + position)
  return merged
}

/** One instruction to the rail, in minor units. */
export type Leg = {
  readonly participantId: string
  readonly direction: 'collect' | 'pay'
  readonly minor: bigint
}

/** What a position becomes: a leg where there are whole minor units, and a remainder that is carried. */
export type Settled = { readonly net: bigint; readonly carriedOut: bigint; readonly leg: Leg | undefined }

/** A position with what was carried in, as a leg and a remainder (EXT-CLEARING-27, 28). */
export const settlePosition = (
  participantId: string,
  position: bigint,
  carriedIn: bigint,
  currency: string,
  scale: number,
): Settled => {
  const total = position + carriedIn
  const { minor, remainder } = toMinor(total, currency, scale)
  const leg: Leg | undefined =
    minor === 0n
      ? undefined
      : minor > 0n
        ? { participantId, direction: 'pay', minor }
        : { participantId, direction: 'collect', minor: -minor }
  return { net: total, carriedOut: remainder, leg }
}
