/** Where x402 counts tokens: requirements of either version, and what a payer signs or deposits. */
import { isObject, type Json, member, parseJson } from '../json.ts'
import { headerOf } from '../message.ts'
import { encodedWithoutAmounts, messageWith, type TokenAmounts, textWithoutAmounts } from '../token-amounts.ts'
import { spotOf } from './wire.ts'

const permit = 'permit2Authorization/permitted/amount'

/** Members of what a payer sends, by the scheme and the way it signed. */
const paid = [
  'authorization/value',
  permit,
  'voucher/maxClaimableAmount',
  'deposit/amount',
  'deposit/authorization/erc3009Authorization/value',
  `deposit/authorization/${permit}`,
].map((path) => `payload/${path}`)

const pathsOf = (object: Json): readonly string[] => {
  const price = isObject(object) && member(object, 'x402Version') === 1 ? 'maxAmountRequired' : 'amount'
  const payment = [`accepted/${price}`, ...paid]
  return [
    `accepts/*/${price}`,
    `paymentRequirements/${price}`,
    ...payment,
    ...payment.map((path) => `paymentPayload/${path}`),
  ]
}

export const x402Amounts: TokenAmounts = {
  arriving: (message) => {
    const spot = spotOf(message)
    if (!spot || !isObject(spot.object)) return message
    const { object, place } = spot
    if (!place.startsWith('header/'))
      return messageWith(message, 'body', textWithoutAmounts(message.body, object, pathsOf(object)))
    const name = place.slice('header/'.length)
    const without = (text: string): string => {
      const json = parseJson(text)
      return json.ok ? textWithoutAmounts(text, json.value, pathsOf(json.value)) : text
    }
    return messageWith(message, name, encodedWithoutAmounts(headerOf(message, name) ?? '', 'base64', without))
  },
  leaving: [
    'accepts/*/amount',
    'accepts/*/maxAmountRequired',
    'x402.payment.required/accepts/*/amount',
    'x402.payment.required/accepts/*/maxAmountRequired',
    'amount',
  ],
}
