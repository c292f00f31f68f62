/** Whole amounts of tokens that look like a card number: set aside at the members a protocol has for them, nowhere else. */
import { isObject, type Json, member } from './json.ts'
import { type ForeignMessage, headerOf } from './message.ts'

/**
 * Where a protocol counts tokens in whole numbers. `arriving` gives the message without such amounts, or the message
 * itself; `leaving` are the paths of them in a body that leaves, `*` being each part of a list.
 */
export type TokenAmounts = {
  readonly arriving: (message: ForeignMessage) => ForeignMessage
  readonly leaving: readonly string[]
}

/**
 * Whether a value is a whole amount of a token: digits as they are written down, of which the first eight at most say
 * something and the last six at least are zeros. Tokens count 10^-6 to 10^-18 of what they are worth, so genuine prices
 * are like this: 4.25 with 18 decimals is `4250000000000000000`.
 *
 * Whoever writes a card number where an amount belongs gets this far only if every digit after the eight of its issuer
 * is zero. Such a number tells no account from another: eight leading digits are what PCI DSS lets be kept of a number
 * once it is truncated. Any other number is looked at like everywhere else, and the message is refused.
 */
const isWholeAmount = (value: Json): value is string =>
  typeof value === 'string' && value.length >= 13 && /^[1-9]\d{0,7}0{6,}$/.test(value)

const valuesAt = (json: Json, [name, ...rest]: readonly string[]): readonly Json[] => {
  if (name === undefined) return [json]
  if (name === '*') return Array.isArray(json) ? json.flatMap((each) => valuesAt(each, rest)) : []
  const inner = isObject(json) ? member(json, name) : undefined
  return inner === undefined ? [] : valuesAt(inner, rest)
}

/**
 * A JSON text without the whole amounts that stand at these paths of its value. An amount that the text holds somewhere
 * else as well stays everywhere: then it may be something else.
 */
export const textWithoutAmounts = (text: string, value: Json, paths: readonly string[]): string => {
  const amounts = paths.flatMap((path) => valuesAt(value, path.split('/'))).filter(isWholeAmount)
  let rest = text
  for (const amount of new Set(amounts)) {
    const parts = rest.split(`"${amount}"`)
    if (parts.length - 1 === amounts.filter((each) => each === amount).length) rest = parts.join('"~"')
  }
  return rest
}

/** A value without the whole amounts at these paths. */
export const valueWithoutAmounts = (value: Json, paths: readonly string[]): Json =>
  JSON.parse(textWithoutAmounts(JSON.stringify(value), value, paths))

/** A text behind an encoding without its amounts, or as it is where it is not the encoding of a text. */
export const encodedWithoutAmounts = (
  encoded: string,
  encoding: 'base64' | 'base64url',
  without: (text: string) => string,
): string => {
  const text = Buffer.from(encoded, encoding).toString('utf8')
  return Buffer.from(text).toString(encoding) === encoded ? Buffer.from(without(text)).toString(encoding) : encoded
}

/** The message with another text in its body, or in the one header of a name, where that changes anything. */
export const messageWith = (message: ForeignMessage, place: string, text: string): ForeignMessage => {
  if (place === 'body') return text === message.body ? message : { ...message, body: text, json: JSON.parse(text) }
  const isIt = ({ name }: { readonly name: string }): boolean => name.toLowerCase() === place
  if (text === headerOf(message, place) || message.fields.filter(isIt).length !== 1) return message
  return { ...message, fields: message.fields.map((field) => (isIt(field) ? { ...field, value: text } : field)) }
}
