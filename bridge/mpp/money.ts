/** Which money a challenge asks for: methods say it in their own units, the operator says what tokens are. */
import type { Settings } from '../adapter.ts'
import { exponentOf } from '../currency.ts'
import { isObject, type Json, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { Misconfigured } from '../keys.ts'
import type { Challenge } from './codec.ts'
import { methodName } from './offer.ts'

/** A currency and how many decimals one unit of an amount has. */
export type Money = { readonly currency: string; readonly decimals: number }

const protocol = 'mpp'

/** Methods that count minor units of an ISO 4217 currency. */
export const minorMethods: ReadonlySet<string> = new Set(['stripe', 'card'])

type Token = Money & { readonly method: string; readonly token: string }

const readToken = (value: Json): Token => {
  const [method, token, currency] = ['method', 'token', 'currency'].map((name) =>
    isObject(value) ? textOf(value, name) : undefined,
  )
  const decimals = isObject(value) ? member(value, 'decimals') : undefined
  if (!method || !token || !currency || exponentOf(currency) === undefined)
    throw new Misconfigured(`${protocol}: an asset has method, token, decimals and an ISO 4217 currency`)
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 18)
    throw new Misconfigured(`${protocol}: an asset has 0 to 18 decimals`)
  return { method, token, currency, decimals }
}

/** The tokens an operator names in `settings.protocols.mpp.assets`. Throws `Misconfigured`. */
const tokensOf = ({ protocols }: Settings): readonly Token[] => {
  const list = member(protocols?.[protocol] ?? {}, 'assets') ?? []
  if (!Array.isArray(list)) throw new Misconfigured(`${protocol}: assets is a list`)
  return list.map(readToken)
}

/** The money of a challenge, or nothing where nobody here knows it. */
export const moneyOf = (
  { method, request }: Pick<Challenge, 'method' | 'request'>,
  settings: Settings,
): Money | undefined => {
  const text = textOf(request, 'currency') ?? ''
  const listed = tokensOf(settings).find(
    (each) => each.method === method && each.token.toLowerCase() === text.toLowerCase(),
  )
  if (listed) return listed
  const currency = text.toUpperCase()
  const exponent = /^[A-Za-z]{3}$/.test(text) ? exponentOf(currency) : undefined
  if (exponent === undefined) return undefined
  if (minorMethods.has(method)) return { currency, decimals: exponent }
  const details = member(request, 'methodDetails')
  const scale = isObject(details) ? member(details, 'scale') : undefined
  const isScale = typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 && scale <= 18
  return method === methodName && isScale ? { currency, decimals: scale } : undefined
}
