/** Money: an integer count of minor units in one currency, never a float (decision 0001). */
import type { Message } from '../../schemas/index.ts'
import { exponentOf } from './currency.ts'
import { accept, type Outcome, refuse } from './outcome.ts'

/** Money inside: `value` in minor units. */
export type Amount = { readonly currency: string; readonly value: bigint }

/** Money on the wire: `value` as a decimal string of minor units. */
export type WireAmount = Message<'common/amount'>

export const amountOf = (currency: string, value: bigint): Amount => ({ currency, value })

/** Reads a wire amount that its schema already accepted. */
export const fromWire = (wire: WireAmount): Amount => ({ currency: wire.currency, value: BigInt(wire.value) })

/** Writes an amount; a negative one is a bug, since the wire has no sign. */
export const toWire = (amount: Amount): WireAmount => {
  if (amount.value < 0n) throw new RangeError('a negative amount has no wire form')
  return { currency: amount.currency, value: amount.value.toString() }
}

/** Whether two wire amounts are the same money. */
export const sameAmount = (a: WireAmount, b: WireAmount): boolean => a.currency === b.currency && a.value === b.value

const decimal = /^(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,18}))?$/

/**
 * Reads an amount in major units, `"100.50"`, exactly: digits beyond the exponent of the currency have to be zero.
 * Refuses `currency-mismatch` for an unknown currency and `request-invalid` for anything that is not exact.
 */
export const fromMajor = (text: string, currency: string): Outcome<Amount> => {
  const exponent = exponentOf(currency)
  if (exponent === undefined)
    return refuse('currency-mismatch', { detail: `${currency} is no active ISO 4217 currency` })
  const match = decimal.exec(text)
  const fraction = match?.[2] ?? ''
  if (!match || /[1-9]/.test(fraction.slice(exponent)))
    return refuse('request-invalid', { detail: `the amount has no exact form in minor units of ${currency}` })
  return accept({ currency, value: BigInt(`${match[1]}${fraction.slice(0, exponent).padEnd(exponent, '0')}`) })
}

/** Writes an amount in major units for people: `100.50`. */
export const toMajor = (amount: Amount): string => {
  const exponent = exponentOf(amount.currency) ?? 0
  const digits = amount.value.toString().padStart(exponent + 1, '0')
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
