/** A meter for a seller: counts what was served, at a price that may be below the smallest unit, without rounding anybody. */
import { scaleDefault } from '../core/clearing/index.ts'

/** What a thing costs: `$0.000002 per token` is `{ price: '0.000002' }`. `scale` is that of the channel. */
export type Tariff = { readonly price: string; readonly scale?: number }

/** Counts of things served, and their price. Amounts are atomic units of the channel. */
export type Meter = {
  /** Counts further things as served. */
  readonly count: (things: number) => void
  readonly served: () => bigint
  /** What was delivered so far, down to the last whole unit: what may be told as delivered. */
  readonly delivered: () => bigint
  /** What has to be authorised before further things are served, up to the next whole unit. */
  readonly needed: (things: number) => bigint
  /** Whether what is authorised covers further things. */
  readonly covers: (authorised: bigint, things: number) => boolean
}

/** Reads a price exactly, as a fraction of atomic units. */
const readPrice = ({ price, scale = scaleDefault }: Tariff): { readonly over: bigint; readonly under: bigint } => {
  const [, whole = '', fraction = ''] = /^(\d{1,18})(?:\.(\d{1,30}))?$/.exec(price) ?? []
  const over = BigInt(`${whole}${fraction}` || '0') * 10n ** BigInt(scale)
  if (whole === '' || over === 0n) throw new RangeError('a price is a positive decimal such as 0.000002')
  return { over, under: 10n ** BigInt(fraction.length) }
}

/** A meter from nothing served, or from what was served before. */
export const createMeter = (tariff: Tariff, servedBefore = 0n): Meter => {
  const { over, under } = readPrice(tariff)
  let served = servedBefore
  const needed = (things: number): bigint => ((served + BigInt(things)) * over + under - 1n) / under
  return {
    count: (things) => {
      served += BigInt(things)
    },
    served: () => served,
    delivered: () => (served * over) / under,
    needed,
    covers: (authorised, things) => needed(things) <= authorised,
  }
}
