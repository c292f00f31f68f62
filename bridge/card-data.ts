/** The card data firewall: finds card numbers by value and secrets of cards by name, however they are wrapped (law 4). */
import { isUtf8 } from 'node:buffer'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { holdsCardNumber } from './card-number.ts'
import { isObject, type Json } from './json.ts'
import type { ForeignMessage } from './message.ts'
import { type TokenAmounts, valueWithoutAmounts } from './token-amounts.ts'

/** Members that hold account or authentication data of a card in any of the protocols, compared without case and signs. */
const forbiddenNames: ReadonlySet<string> = new Set(
  `pan fpan dpan accountpan primaryaccountnumber cardnumber cardno ccnumber ccnum creditcardnumber debitcardnumber
  cardpan cardcvv cardcvc cardpin cvvcode cvccode cvvnumber cvcnumber cvv cvv2 cvc cvc2 csc cav2 cid2 cardsecuritycode securitycode cardverificationvalue cardverificationcode
  tokensecuritycode cryptogram threedscryptogram tokencryptogram networktokencryptogram onlinepaymentcryptogram tavv davv cavv aav ucaf
  dsrp dtvc dynamicdata dynamicdatavalue tokenauthenticationverificationvalue
  track1 track2 track3 trackdata track1data track2data magstripe magneticstripe magneticstripedata
  pin pinblock pindata encryptedpin credentialhash panhash hashedpan paymenttoken networktoken
  encryptedpayload signedpayload encryptedcard encryptedcarddata encryptedpaymentdata`.split(/\s+/),
)

/** Hashes of a card number under any name: without a key they are as good as the number. */
const hashNames =
  /^(hash(ed)?|sha\d*|md5)?(pan|primaryaccountnumber|(credit|debit)?card(number|no)?)(hash(ed)?|sha\d*|md5|digest)?$/
const isHashName = (name: string): boolean => hashNames.test(name) && /hash|sha|md5|digest/.test(name)

const plain = (name: string): string => name.replace(/[^a-z0-9]/g, '').replace(/^x(?=c|p)/, '')

const judged = new Map<string, boolean>()
const judgedMax = 5_000

/** Whether a name, or its last step where it is a path, is one of them. Names come again and again, so it is remembered. */
const isForbidden = (name: string): boolean => {
  const known = judged.get(name)
  if (known !== undefined) return known
  const verdict = judgeName(name)
  if (judged.size < judgedMax && name.length <= 64) judged.set(name, verdict)
  return verdict
}

const judgeName = (name: string): boolean => {
  const lower = name.normalize('NFKC').toLowerCase()
  return [lower, ...lower.split(/[.[\]/:]+/)].some((part) => forbiddenNames.has(plain(part)) || isHashName(plain(part)))
}

/** How many wrappings are opened, and how many characters are looked at in all, before a message counts as too large. */
const wrappingsMax = 5
const charactersMax = 524_288

/** Where in a message card data was found: enough for the sender to mend it, nothing of what was found. */
type Place = 'url' | 'headers' | 'body'

type Scan = { left: number }

/** What the firewall wants to know of an adapter. */
type CountsTokens = { readonly tokenAmounts?: TokenAmounts }

const isDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || byte === 0xb2 || byte === 0xb3 || byte === 0xb9
const isControl = (byte: number): boolean =>
  (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || (byte >= 0x7f && byte <= 0x9f)

/**
 * Bytes as text: UTF-8 where they are UTF-8, else each byte a character. Nothing for bytes that are neither readable nor
 * hold digits enough for a number: most of what is taken for an encoding is a signature, and need not become a text.
 */
const decode = (token: string, encoding: 'base64' | 'hex'): string | undefined => {
  const bytes = Buffer.from(token, encoding)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let [digits, readable] = [0, true]
  for (const byte of bytes) {
    if (isDigit(byte)) digits += 1
    else if (isControl(byte)) readable = false
  }
  return readable || digits >= 13 ? bytes.toString('latin1') : undefined
}

/** Whether a text is worth unwrapping again: no control characters, so hardly the decoding of something never encoded. */
const isReadable = (text: string): boolean => /^[\P{Cc}\t\n\r]{4,}$/u.test(text)

/** Texts that a text may stand for: form and percent-encoding, base64 of either alphabet at any offset, hexadecimal. */
const unwrapped = (value: string): ReadonlySet<string> => {
  const found = new Set<string>()
  if (/\d\+\d/.test(value)) found.add(value.replace(/(?<=\d)\+(?=\d)/g, ' '))
  if (/%[0-9a-f]{2}/i.test(value))
    found.add(
      value
        .replaceAll('+', ' ')
        .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => decode(bytes.replaceAll('%', ''), 'hex') ?? ''),
    )
  if (value.length < 16) return found
  const tokens = new Set<string>()
  for (const alphabet of [/[A-Za-z0-9+/]{16,}/g, /[A-Za-z0-9_-]{16,}/g])
    for (const [token] of value.matchAll(alphabet)) if (!/^\d+$/.test(token)) tokens.add(token)
  const add = (text: string | undefined): void => {
    if (text !== undefined) found.add(text)
  }
  for (const token of tokens) for (let offset = 0; offset < 4; offset += 1) add(decode(token.slice(offset), 'base64'))
  for (const [token] of value.matchAll(/(?:[0-9a-f]{2}){13,}/gi)) add(decode(token, 'hex'))
  return found
}

/** Names in a text that is not JSON: form fields and `name: value` pairs at the start of a line. */
const namesIn = (value: string): readonly string[] =>
  !/[=:]/.test(value)
    ? []
    : [...value.matchAll(/(?:^|[?&;\r\n])[ \t]{0,8}([A-Za-z0-9_.[\]-]{1,64})[ \t]{0,8}[=:]/g)].map(
        ([, name]) => name ?? '',
      )

/** A code or cryptogram that somebody tells in words: the name of it, and what could be its value right after. */
const toldCode =
  /\b(?:cvv2?|cvc2?|cav2|card (?:security|verification) code|dtvc)\b[^0-9a-z]{0,4}(?:(?:code|number|is|was)[^0-9a-z]{1,4})*\d{3,4}\b/i
const toldCryptogram =
  /\b(?:tavv|davv|cavv|ucaf|dsrp|cryptogram)\b(?:\s{1,3}is)?["']?[:=\s]{1,3}["']?[A-Za-z0-9+/]{16,}={0,2}/i

/** A PIN block in the clear (ISO 9564-1 before the account number is mixed in): format, length, digits, filling. */
const clearPinBlock = (value: string): boolean => {
  for (const [block] of value.matchAll(/(?<![0-9a-z])[0-3][4-9a-c][0-9]{4,12}f{2,10}(?![0-9a-z])/gi)) {
    const length = Number.parseInt(block[1] ?? '', 16)
    if (block.length === 16 && /^[0-9]+f+$/i.test(block.slice(2)) && /[0-9](?=f)/i.exec(block)?.index === 1 + length)
      return true
  }
  return false
}

const isTold = (value: string): boolean =>
  value.length >= 7 &&
  (toldCode.test(value) || toldCryptogram.test(value) || (value.length >= 16 && clearPinBlock(value)))

/** A number cut into fours over members, parts of a query or headers that follow each other. */
const isSplit = (values: readonly Json[]): boolean => {
  let run: string[] = []
  for (const value of [...values, null]) {
    const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
    if (/^\d{2,7}$/.test(text)) {
      run.push(text)
      continue
    }
    if (run.filter((part) => part.length === 4).length >= 2 && run.length >= 3 && holdsCardNumber(run.join(' ')))
      return true
    run = []
  }
  return false
}

const inText = (value: string, wrappings: number, scan: Scan): boolean => {
  scan.left -= value.length
  if (scan.left < 0) return false
  // A few letters hold no number, no pair of name and value, and nothing that is wrapped.
  if (value.length < 16 && /^[A-Za-z _.-]*$/.test(value)) return false
  if (holdsCardNumber(value) || namesIn(value).some(isForbidden) || isTold(value)) return true
  if (wrappings >= wrappingsMax) return false
  if (/^\s*[[{"]/.test(value)) {
    try {
      if (inJson(JSON.parse(value), wrappings + 1, scan)) return true
    } catch {
      // Not JSON after all: it was looked at as text already.
    }
  }
  return [...unwrapped(value)].some((inner) =>
    isReadable(inner) ? inText(inner, wrappings + 1, scan) : holdsCardNumber(inner),
  )
}

const inJson = (value: Json, wrappings: number, scan: Scan): boolean => {
  if (typeof value === 'string') return inText(value, wrappings, scan)
  if (typeof value === 'number') return inText(String(value), wrappings, scan)
  if (Array.isArray(value)) {
    const parts = value.filter((part) => typeof part === 'string' || typeof part === 'number')
    return value.some((part) => inJson(part, wrappings, scan)) || holdsCardNumber(parts.join(' '))
  }
  if (!isObject(value)) return false
  if (isSplit(Object.values(value))) return true
  return Object.entries(value).some(
    ([name, inner]) => isForbidden(name) || inText(name, wrappings, scan) || inJson(inner, wrappings, scan),
  )
}

const refusal = (place: Place) =>
  refuse('card-data-present', { detail: `card data was found in the ${place}; nothing of it was kept`, field: place })

const scanned = (message: ForeignMessage): Outcome<ForeignMessage> => {
  const scan: Scan = { left: charactersMax }
  const headers = message.fields.some(
    (field) => isForbidden(field.name) || inText(`${field.name} ${field.value}`, 0, scan),
  )
  const query = [...new URL(message.url).searchParams.values()]
  if (inText(message.url, 0, scan) || inText(message.method, 0, scan) || isSplit(query)) return refusal('url')
  if (headers || isSplit(message.fields.map(({ value }) => value))) return refusal('headers')
  // The text of a JSON body is looked at as well: parsed numbers beyond 2^53 no longer have all their digits.
  const parsed = message.json === undefined ? inText(message.body, 0, scan) : inJson(message.json, 0, scan)
  if (parsed || (/\d{16}/.test(message.body) && holdsCardNumber(message.body))) return refusal('body')
  if (scan.left < 0) return refuse('message-too-large', { detail: 'the message wraps more than can be looked at' })
  return accept(message)
}

/**
 * Refuses a message that holds card data anywhere: `card-data-present`, with the place and nothing else. Numbers are
 * found by issuer range, length and check digit, also with separators, percent-, base64- or hex-encoded, in nested JSON
 * and in JWT parts; verification values, cryptograms, tracks, PINs and hashes of them by the name of the member.
 * A message with more wrapped text than can be looked at is `message-too-large`: what was not seen does not pass.
 * Where something was found the message is looked at again without the whole amounts of tokens that stand where the
 * protocols of `adapters` have them, and nowhere else.
 */
export const refuseCardData = (
  message: ForeignMessage,
  adapters: readonly CountsTokens[] = [],
): Outcome<ForeignMessage> => {
  const found = scanned(message)
  if (found.ok || found.refusal.code !== 'card-data-present') return found
  const rest = adapters.reduce((each, { tokenAmounts }) => tokenAmounts?.arriving(each) ?? each, message)
  if (rest === message) return found
  const again = scanned(rest)
  return again.ok ? accept(message) : again
}

/**
 * Refuses JSON that holds card data anywhere, like `refuseCardData`; `place` is named in the problem, and `amounts` are
 * the paths where whole amounts of tokens may stand.
 */
export const refuseCardJson = (value: Json, place: string, amounts: readonly string[] = []): Outcome<Json> => {
  const scan: Scan = { left: charactersMax }
  if (inJson(value, 0, scan) && (amounts.length === 0 || inJson(valueWithoutAmounts(value, amounts), 0, scan)))
    return refuse('card-data-present', {
      detail: `card data was found in the ${place}; nothing of it was kept`,
      field: place,
    })
  if (scan.left < 0) return refuse('message-too-large', { detail: 'the message wraps more than can be looked at' })
  return accept(value)
}
