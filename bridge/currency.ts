/** Amounts of other protocols in minor units, exactly or not at all (law 3). */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import type { Message } from '../schemas/index.ts'

/** ISO 4217 alphabetic codes by number of decimals of the minor unit. Codes without a minor unit (XAU, XDR) are left out. */
const codes: readonly (readonly [exponent: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
]

const exponents = new Map(
  codes.flatMap(([exponent, list]) => list.split(/\s+/).map((code) => [code, exponent] as const)),
)

/** Decimals of the minor unit of a currency (ISO 4217), or nothing for a code that is none. */
export const exponentOf = (currency: string): number | undefined => exponents.get(currency)

/**
 * An amount written in major units (`"12.5"`) in minor units of `currency`. Decimals the currency does not have, signs,
 * exponents, grouping and numbers beyond 18 digits are refused, never rounded (`message-malformed`); a currency that
 * ISO 4217 does not list is `foreign-currency-missing`.
 */
export const amountOfMajor = (text: string, currency: string, field: string): Outcome<Message<'common/amount'>> => {
  const exponent = exponentOf(currency)
  if (exponent === undefined)
    return refuse('foreign-currency-missing', { detail: 'the currency is not one of ISO 4217', field })
  const [, major, minor = ''] = /^(0|[1-9]\d*)(?:\.(\d+))?$/.exec(text) ?? []
  const decimals = minor.padEnd(exponent, '0')
  if (major === undefined || /[^0]/.test(decimals.slice(exponent)))
    return refuse('message-malformed', { detail: `the amount is not a decimal with at most ${exponent} places`, field })
  const value = `${major}${decimals.slice(0, exponent)}`.replace(/^0+(?=\d)/, '')
  if (value.length > 18) return refuse('message-malformed', { detail: 'the amount is too large', field })
  return accept({ currency, value })
}

/** An amount as people write it: `12.50 USD`. A currency ISO 4217 does not list keeps its minor units. */
export const writeAmount = (amount: Message<'common/amount'>): string => {
  const exponent = exponentOf(amount.currency) ?? 0
  const digits = amount.value.padStart(exponent + 1, '0')
  const cut = digits.length - exponent
  return `${digits.slice(0, cut)}${exponent > 0 ? '.' : ''}${digits.slice(cut)} ${amount.currency}`
}
