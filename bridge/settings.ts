/** The merchants an operator knows, read from JSON. */
import { type Message, validate } from '../schemas/index.ts'
import type { MerchantSetting } from './adapter.ts'
import { exponentOf } from './currency.ts'
import { isObject, type Json, member } from './json.ts'
import { Misconfigured } from './keys.ts'

const readMerchant = (value: Json): MerchantSetting => {
  if (!isObject(value)) throw new Misconfigured('a merchant is an object')
  const [id, acquirer, currency] = ['cardAcceptorId', 'acquirerId', 'currency'].map((name) => member(value, name))
  if (typeof id !== 'string' || id === '') throw new Misconfigured('a merchant has no cardAcceptorId')
  if (typeof currency !== 'string' || exponentOf(currency) === undefined)
    throw new Misconfigured(`the merchant ${id} has no ISO 4217 currency`)
  if (acquirer !== undefined && typeof acquirer !== 'string')
    throw new Misconfigured(`the acquirerId of the merchant ${id} is not a string`)
  const merchant = member(value, 'merchant')
  const [reason] = validate('common/merchant', merchant)
  if (reason) throw new Misconfigured(`the merchant ${id} is not an AMP merchant: ${reason.path} ${reason.message}`)
  return {
    cardAcceptorId: id,
    currency,
    merchant: merchant as unknown as Message<'common/merchant'>,
    ...(acquirer === undefined ? {} : { acquirerId: acquirer }),
  }
}

/** Reads a list of `{cardAcceptorId, acquirerId?, currency, merchant}`; `merchant` is AMP's. Throws `Misconfigured`. */
export const readMerchants = (value: unknown): readonly MerchantSetting[] => {
  if (!Array.isArray(value)) throw new Misconfigured('merchants are a list')
  return value.map(readMerchant)
}
