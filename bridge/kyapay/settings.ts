/** What the operator tells the KYAPay adapter: `settings.protocols.kyapay`. */
import type { Settings } from '../adapter.ts'
import { amountOfMajor } from '../currency.ts'
import { isObject, type Json, member } from '../json.ts'
import { Misconfigured } from '../keys.ts'

/** Defaults stand where the operator says nothing. */
export type KyaSettings = {
  /** Accounts, service ids and domains tokens may be for. Left out, the audience is told as evidence only. */
  readonly audiences?: readonly string[]
  /** `env` claims that are taken; all if left out. */
  readonly environments?: readonly string[]
  /** Seconds from `iat` to `exp`, at most; and for a pay token that whoever holds it may use. */
  readonly lifetimeMax: number
  readonly bearerLifetimeMax: number
  /** Largest amount a pay token without a key (`cnf`) may carry, in major units by currency; others need a key. */
  readonly bearerMax: Readonly<Record<string, string>>
}

const day = 86_400
const defaults: KyaSettings = {
  lifetimeMax: day,
  bearerLifetimeMax: day,
  bearerMax: { USD: '100', EUR: '100', GBP: '100' },
}

const texts = (value: Json | undefined, name: string): readonly string[] | undefined => {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value as string[]
  throw new Misconfigured(`kyapay: ${name} is a list of strings`)
}

const seconds = (value: Json | undefined, name: string, otherwise: number): number => {
  if (value === undefined) return otherwise
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= day) return value
  throw new Misconfigured(`kyapay: ${name} is 1 to ${day} seconds`)
}

/** Reads the settings. Throws `Misconfigured`. */
export const kyaSettings = (settings: Settings): KyaSettings => {
  const own = settings.protocols?.kyapay ?? {}
  const [audiences, environments] = [
    texts(member(own, 'audiences'), 'audiences'),
    texts(member(own, 'environments'), 'environments'),
  ]
  const bearerMax = member(own, 'bearerMax') ?? defaults.bearerMax
  if (
    !isObject(bearerMax as Json) ||
    !Object.entries(bearerMax).every(([code, text]) => typeof text === 'string' && amountOfMajor(text, code, '').ok)
  )
    throw new Misconfigured('kyapay: bearerMax maps currencies to amounts in major units')
  return {
    ...(audiences ? { audiences } : {}),
    ...(environments ? { environments } : {}),
    lifetimeMax: seconds(member(own, 'lifetimeMax'), 'lifetimeMax', defaults.lifetimeMax),
    bearerLifetimeMax: seconds(member(own, 'bearerLifetimeMax'), 'bearerLifetimeMax', defaults.bearerLifetimeMax),
    bearerMax: bearerMax as Readonly<Record<string, string>>,
  }
}
