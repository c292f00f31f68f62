/** Card numbers that belong to nobody, and the ways to hide them in a message. */
import fc from 'fast-check'
import type { TapRequest } from '../../bridge/visa-tap/sign.ts'

const leads = [
  '4',
  '51',
  '55',
  '2221',
  '2720',
  '34',
  '37',
  '36',
  '3528',
  '3589',
  '6011',
  '65',
  '62',
  '50',
  '57',
  '81',
  '9792',
]
const lengthOf = (lead: string): number => (/^3[47]/.test(lead) ? 15 : /^36/.test(lead) ? 14 : 16)

const checkDigit = (digits: string): string => {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return String((10 - (sum % 10)) % 10)
}

/** A number with the lead, length and check digit of a scheme. */
export const cardNumber: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...leads), fc.stringMatching(/^[0-9]{19}$/))
  .map(([lead, random]) => {
    const digits = `${lead}${random}`.slice(0, lengthOf(lead) - 1)
    return `${digits}${checkDigit(digits)}`
  })

const groups = (number: string, by: string): string => (number.match(/.{1,4}/g) ?? []).join(by)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const base64url = (text: string): string => Buffer.from(text).toString('base64url')

/** Ways to write a card number so that a plain search does not find it. */
export const wrappings: readonly { readonly name: string; readonly wrap: (number: string) => string }[] = [
  { name: 'plain', wrap: (number) => number },
  { name: 'in words', wrap: (number) => `pay with ${number}please` },
  { name: 'with spaces', wrap: (number) => groups(number, ' ') },
  { name: 'with dashes', wrap: (number) => groups(number, '-') },
  { name: 'with dots', wrap: (number) => groups(number, '.') },
  { name: 'digit by digit', wrap: (number) => [...number].join(' ') },
  { name: 'after another number', wrap: (number) => `12 34 ${groups(number, ' ')} 1226` },
  { name: 'percent-encoded', wrap: (number) => [...number].map((digit) => `%3${digit}`).join('') },
  { name: 'base64', wrap: (number) => base64(`card ${number}`) },
  { name: 'base64 twice', wrap: (number) => base64(base64(number)) },
  { name: 'base64url after a word', wrap: (number) => `cc${base64url(`{"n":"${number}"}`)}` },
  { name: 'hexadecimal', wrap: (number) => Buffer.from(`n=${number}`).toString('hex') },
  { name: 'JSON in a string', wrap: (number) => JSON.stringify({ a: [{ b: number }] }) },
  {
    name: 'JSON in JSON in base64',
    wrap: (number) => base64(JSON.stringify(JSON.stringify({ a: groups(number, '-') }))),
  },
  {
    name: 'payload of a JWT',
    wrap: (number) => `${base64url('{"alg":"none"}')}.${base64url(`{"sub":"${number}"}`)}.c2ln`,
  },
  { name: 'track 2', wrap: (number) => `;${number}=26122010000000000?` },
  { name: 'IBAN-like', wrap: (number) => `GB00BANK${number}` },
]

/** Further ways that only a body can hold. */
export const bodyWrappings: readonly { readonly name: string; readonly wrap: (number: string) => unknown }[] = [
  { name: 'split into a list', wrap: (number) => number.match(/.{1,4}/g) },
  { name: 'a member name', wrap: (number) => ({ [number]: true }) },
  {
    name: 'full-width digits',
    wrap: (number) => [...number].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
  },
  {
    name: 'Arabic digits',
    wrap: (number) => [...number].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
  },
  { name: 'with invisible characters', wrap: (number) => [...number].join('\u200b') },
  { name: 'with no-break spaces', wrap: (number) => groups(number, '\u00a0') },
]

const inBody = (message: TapRequest, value: unknown, deep: boolean): TapRequest => {
  const body = JSON.parse(message.body ?? '{}')
  return { ...message, body: JSON.stringify({ ...body, note: deep ? { a: [{ b: { c: value } }] } : value }) }
}

/** The message with a text in one of its places: a header, the query, the path, the body or deep in it. */
export const hidden = (message: TapRequest, text: string, pick: number): TapRequest => {
  const places: readonly (() => TapRequest)[] = [
    () => inBody(message, text, false),
    () => inBody(message, text, true),
    () => ({ ...message, headers: { ...message.headers, 'x-note': text } }),
    () => ({
      ...message,
      url: `${message.url}${message.url.includes('?') ? '&' : '?'}note=${encodeURIComponent(text)}`,
    }),
    () => ({ ...message, url: message.url.replace('.example/', `.example/${encodeURIComponent(text)}/`) }),
  ]
  return (places[pick % places.length] as () => TapRequest)()
}
