/** Micro amounts: whole atomic units at an explicit scale, and their way into minor units and back without a loss. */
import type { Message } from '../../../schemas/index.ts'
import { exponentOf } from '../currency.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'

/** Money below minor units: `value` counts units of 10^-scale of the major unit; `$0.000001` is 1 at scale 6. */
export type Micro = { readonly currency: string; readonly scale: number; readonly value: bigint }

/** A micro amount on the wire: `value` as a decimal string. */
export type WireMicro = Message<'extensions/clearing/micro-amount'>

/** The largest amount there is, so that every sum fits the 64-bit integers of the books. */
export const microMax = 2n ** 63n - 1n
/** The scale used where nothing else is asked for: millionths. */
export const scaleDefault = 6
export const scaleMax = 18

/**
 * Reads a micro amount exactly (EXT-CLEARING-1, 2). Refuses by name: `micro-amount-malformed`, `-negative`,
 * `-fractional`, `-zero`, `-overflow`, `currency-mismatch` for an unknown currency or another than expected, and
 * `scale-mismatch` for another scale than expected.
 */
export const readMicro = (
  wire: { readonly currency: string; readonly scale: number; readonly value: string },
  expected: { readonly currency: string; readonly scale: number } = wire,
): Outcome<Micro> => {
  const { currency, scale, value } = wire
  if (exponentOf(currency) === undefined || currency !== expected.currency) return refuse('currency-mismatch')
  if (!Number.isInteger(scale) || scale < 0 || scale > scaleMax || scale !== expected.scale)
    return refuse('scale-mismatch')
  const read = readUnits(value)
  return read.ok ? accept({ currency, scale, value: read.value }) : read
}

/** Reads a positive count of atomic units, each kind of fault by its name. */
export const readUnits = (text: string): Outcome<bigint> => {
  if (/^-\d/.test(text)) return refuse('micro-amount-negative')
  if (/^\d+\.\d*$/.test(text)) return refuse('micro-amount-fractional')
  if (!/^(0|[1-9]\d*)$/.test(text)) return refuse('micro-amount-malformed')
  if (text === '0') return refuse('micro-amount-zero')
  if (text.length > 19 || BigInt(text) > microMax) return refuse('micro-amount-overflow')
  return accept(BigInt(text))
}

/** Writes a micro amount; a negative one is a bug, since the wire has no sign. */
export const writeMicro = ({ currency, scale, value }: Micro): WireMicro => {
  if (value < 0n) throw new RangeError('a negative micro amount has no wire form')
  return { currency, scale, value: value.toString() }
}

/** A micro amount in major units for people: `0.000001`. */
export const microToMajor = ({ scale, value }: Pick<Micro, 'scale' | 'value'>): string => {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}

const powerOfTen = (exponent: number): bigint => 10n ** BigInt(exponent)

/** How many atomic units make one minor unit, and how many minor units make one atomic unit; one of the two is 1. */
export const ratioOf = (currency: string, scale: number): { readonly units: bigint; readonly minors: bigint } => {
  const exponent = exponentOf(currency)
  if (exponent === undefined) throw new RangeError(`${currency} is no active ISO 4217 currency`)
  return scale >= exponent
    ? { units: powerOfTen(scale - exponent), minors: 1n }
    : { units: 1n, minors: powerOfTen(exponent - scale) }
}

/** Minor units and the atomic units that are left over; `minor` and `remainder` together are the amount exactly. */
export type Converted = { readonly minor: bigint; readonly remainder: bigint }

/**
 * Turns a net position into whole minor units without rounding anybody (EXT-CLEARING-27, 28). Whoever is owed is paid
 * down to the minor unit; whoever owes pays up to it. What is left is never negative and stays on the own balance:
 * `position = minor * units / minors + remainder`, `0 <= remainder < units`.
 */
export const toMinor = (position: bigint, currency: string, scale: number): Converted => {
  const { units, minors } = ratioOf(currency, scale)
  const whole = position / units - (position < 0n && position % units !== 0n ? 1n : 0n)
  return { minor: whole * minors, remainder: position - whole * units }
}

/** Atomic units of a count of minor units; refuses `micro-amount-fractional` where the scale is too coarse. */
export const fromMinor = (minor: bigint, currency: string, scale: number): Outcome<bigint> => {
  const { units, minors } = ratioOf(currency, scale)
  return minor % minors === 0n ? accept((minor / minors) * units) : refuse('micro-amount-fractional')
}
