/** How the published demo spells things: amounts in four ways, names in snake_case or camelCase, answers in two envelopes. */
import type { Message } from '../../../schemas/index.ts'
import { isObject } from '../../layers.ts'

type Amount = Message<'common/amount'>

/** `{value: "50000", currency}`, `{amount: 50000, currency}`, `{cent: 50000, currency, value}`, `{cent: 50000, currency_code}`. */
export const amountSpellings = ['value', 'amount', 'cent', 'cent-code'] as const
export type AmountSpelling = (typeof amountSpellings)[number]

/** Writes an amount of minor units the given way. */
export const writeAmount = ({ currency, value }: Amount, spelling: AmountSpelling): object => {
  const cent = Number(value)
  if (spelling === 'value') return { value, currency }
  if (spelling === 'amount') return { amount: cent, currency }
  return spelling === 'cent' ? { cent, currency, value } : { cent, currency_code: currency }
}

/** Reads an amount in any of the four; what is no whole number of minor units comes back as it was written, and is then judged. */
export const readAmount = (written: unknown): Amount => {
  const { value, amount, cent, currency, currencyCode, currency_code } = isObject(written) ? written : {}
  return {
    currency: String(currency ?? currencyCode ?? currency_code),
    value: String(cent ?? amount ?? value),
  }
}

const camel = (name: string): string => name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const renamed = (value: unknown, rename: (name: string) => string, keep: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename, keep))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      rename(name),
      keep.includes(rename(name)) ? member : renamed(member, rename, keep),
    ]),
  )
}

/** Members whose inside is a signed object or a key: its names are its own. */
const own = ['ispPk', 'isp_pk']

/** A message with the names of its members in camelCase, as the suite works on it. */
export const toCamel = (message: unknown): Record<string, unknown> => {
  const named = renamed(message, camel, own)
  return isObject(named) ? named : {}
}

/** A message with the names of its members in snake_case. */
export const toSnake = (message: unknown): unknown => renamed(message, snake, own)

/** What an answer came to, whichever envelope it is in. */
export type Opened = {
  readonly success: boolean
  readonly code: string
  readonly data: Record<string, unknown>
}

/** Opens `{success, resultCode, resultMessage, data}` of the network, or `{result: {resultCode, resultStatus}, ...}` of a wallet. */
export const openEnvelope = (answer: Record<string, unknown>): Opened => {
  if (isObject(answer.result)) {
    const { result, ...data } = answer
    const { resultStatus, resultCode } = result as Record<string, unknown>
    return { success: resultStatus === 'S', code: String(resultCode), data }
  }
  const data = isObject(answer.data) ? answer.data : {}
  return { success: answer.success === true, code: String(answer.resultCode ?? 'SYSTEM_ERROR'), data }
}
