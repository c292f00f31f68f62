/** The card data firewall: finds card numbers by value and secrets of cards by name, however they are wrapped (law 4). */
import { isUtf8 } from 'node:buffer'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { holdsCardNumber } from './card-number.ts'
import { isObject, type Json } from './json.ts'
import type { ForeignMessage, HttpField } from './message.ts'
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

/** What a byte of an unwrapped text is, as bits: of one character to a byte, then of UTF-8, then of a number with gaps. */
const [digit, control, continuing, leading, never, gap] = [1, 2, 4, 8, 16, 32] as const
const kinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isDigit = (byte >= 0x30 && byte <= 0x39) || byte === 0xb2 || byte === 0xb3 || byte === 0xb9
  const isControl = (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || (byte >= 0x7f && byte <= 0x9f)
  const utf8 = byte < 0x80 ? 0 : byte < 0xc0 ? continuing : byte < 0xc2 || byte > 0xf4 ? never : leading
  // Separators, what becomes one or nothing, and fractions, which become digits.
  const isGap = /[ \t\r\n._/\-\xa0\xad\xbc-\xbe]/.test(String.fromCharCode(byte))
  return (isDigit ? digit : 0) | (isControl ? control : 0) | utf8 | (isGap ? gap : 0)
})

/** Values of the characters of base64 in either alphabet. */
const sextets: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(String.fromCharCode(code))),
)
for (const [character, value] of [
  ['-', 62],
  ['_', 63],
] as const)
  sextets[character.charCodeAt(0)] = value

/** What the byte at a place is in what base64 from an offset on stands for. */
const kindAt = (token: string, offset: number, place: number): number => {
  const phase = place % 3
  const at = offset + ((place - phase) / 3) * 4 + phase
  const [first, second] = [sextets[token.charCodeAt(at)] ?? 0, sextets[token.charCodeAt(at + 1)] ?? 0]
  return kinds[(((first << 6) | second) >> (4 - 2 * phase)) & 0xff] ?? 0
}

/** Whether bytes follow each other that are digits, thirteen at least, and gaps. Of thirteen bytes one tells. */
const mayHoldNumber = (token: string, offset: number, length: number): boolean => {
  const isPart = (place: number): boolean => (kindAt(token, offset, place) & (digit | gap)) !== 0
  for (let place = 12; place < length; place += 13) {
    if (!isPart(place)) continue
    let [begun, digits] = [place, 0]
    while (begun > 0 && isPart(begun - 1)) begun -= 1
    for (place = begun; place < length && isPart(place); place += 1) digits += kindAt(token, offset, place) & digit
    if (digits >= 13) return true
  }
  return false
}

/**
 * Whether base64 from an offset on may stand for a text, or for bytes with a number among them. Most of what is taken
 * for an encoding is a signature or a key, and need not become a text: this looks at a part of it without making one.
 */
const mayBeText = (token: string, offset: number): boolean => {
  const length = Math.floor(((token.length - offset) * 3) / 4)
  let seen = 0
  let isWaiting = false
  for (let place = 0; place < length; place += 1) {
    const kind = kindAt(token, offset, place)
    seen |= kind
    // A byte that continues nothing, or a beginning that is not continued, is not UTF-8.
    if ((kind & continuing) !== 0 ? !isWaiting && (seen & leading) === 0 : isWaiting) seen |= never
    isWaiting = (kind & leading) !== 0
    if ((seen & never) !== 0 && (seen & control) !== 0) return mayHoldNumber(token, offset, length)
  }
  return true
}

/**
 * Bytes as text: UTF-8 where they are UTF-8, else each byte a character. Nothing for bytes that are neither readable nor
 * hold digits enough for a number.
 */
const decode = (token: string, encoding: 'base64' | 'hex'): string | undefined => {
  const bytes = Buffer.from(token, encoding)
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let [digits, seen] = [0, 0]
  for (const byte of bytes) {
    const kind = kinds[byte] ?? 0
    digits += kind & digit
    seen |= kind
  }
  return (seen & control) === 0 || digits >= 13 ? bytes.toString('latin1') : undefined
}

/** Whether a text is worth unwrapping again: no control characters, so hardly the decoding of something never encoded. */
const isReadable = (text: string): boolean => /^[\P{Cc}\t\n\r]{4,}$/u.test(text)

/** Characters of what wraps: base64 in either alphabet, and with them hexadecimal. */
const wraps: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Runs of such characters, sixteen at least. Of sixteen characters one tells whether it is worth looking around it. */
const runsOf = (value: string): readonly string[] => {
  const isPart = (at: number): boolean => wraps[value.charCodeAt(at)] === 1
  const found: string[] = []
  for (let at = 15; at < value.length; at += 16) {
    if (!isPart(at)) continue
    let begun = at
    while (begun > 0 && isPart(begun - 1)) begun -= 1
    while (isPart(at)) at += 1
    if (at - begun >= 16) found.push(value.slice(begun, at))
  }
  return found
}

const nothing: ReadonlySet<string> = new Set()
const alphabets = [/[A-Za-z0-9+/]{16,}/g, /[A-Za-z0-9_-]{16,}/g]

/** Texts that a text may stand for: form and percent-encoding, base64 of either alphabet at any offset, hexadecimal. */
const unwrapped = (value: string): ReadonlySet<string> => {
  if (value.length < 16 && !/[%+]/.test(value)) return nothing
  const found = new Set<string>()
  if (value.includes('+') && /\d\+\d/.test(value)) found.add(value.replace(/(?<=\d)\+(?=\d)/g, ' '))
  if (value.includes('%') && /%[0-9a-f]{2}/i.test(value))
    found.add(
      value
        .replaceAll('+', ' ')
        .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => decode(bytes.replaceAll('%', ''), 'hex') ?? ''),
    )
  const add = (text: string | undefined): void => {
    if (text !== undefined) found.add(text)
  }
  for (const run of runsOf(value)) {
    const isPlain = !/[+/_-]/.test(run)
    for (const alphabet of isPlain ? alphabets.slice(0, 1) : alphabets)
      for (const token of run.match(alphabet) ?? [])
        for (let offset = 0; offset < 4 && !/^\d+$/.test(token); offset += 1)
          if (mayBeText(token, offset)) add(decode(token.slice(offset), 'base64'))
    if (run.length >= 26) for (const token of run.match(/(?:[0-9a-f]{2}){13,}/gi) ?? []) add(decode(token, 'hex'))
  }
  return found
}

/** Whether a text that is not JSON names card data: form fields and `name: value` pairs at the start of a line. */
const namesIt = (value: string): boolean => {
  if (!/[=:]/.test(value)) return false
  for (const [, name] of value.matchAll(/(?:^|[?&;\r\n])[ \t]{0,8}([A-Za-z0-9_.[\]-]{1,64})[ \t]{0,8}[=:]/g))
    if (isForbidden(name ?? '')) return true
  return false
}

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

/** Words without which nothing is told: looked for first, in one go. */
const tellingWords = /cv[vc]|c?av[v2]|card|dtvc|ucaf|dsrp|cryptogram/i

const isTold = (value: string): boolean =>
  value.length >= 7 &&
  ((tellingWords.test(value) && (toldCode.test(value) || toldCryptogram.test(value))) ||
    (value.length >= 16 && /ff/i.test(value) && clearPinBlock(value)))

/** A number cut into fours over members, parts of a query or headers that follow each other. */
const isSplit = (values: readonly Json[]): boolean => {
  if (values.length < 3) return false
  let run: string[] = []
  for (let at = 0; at <= values.length; at += 1) {
    const value = values[at]
    const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
    if (text.length >= 2 && text.length <= 7 && /^\d+$/.test(text)) {
      run.push(text)
      continue
    }
    if (run.length >= 3 && run.filter((part) => part.length === 4).length >= 2 && holdsCardNumber(run.join(' ')))
      return true
    if (run.length > 0) run = []
  }
  return false
}

const inText = (value: string, wrappings: number, scan: Scan): boolean => {
  scan.left -= value.length
  if (scan.left < 0) return false
  // A few letters, or fewer digits than a number has, hold no pair of name and value, and nothing that is wrapped.
  if (value.length < 16 && /^(?:[A-Za-z _.-]*|\d{0,12})$/.test(value)) return false
  if (value.length < 13 && /^[\w .-]*$/.test(value) && !tellingWords.test(value)) return false
  if (holdsCardNumber(value) || namesIt(value) || isTold(value)) return true
  if (wrappings >= wrappingsMax) return false
  if (/^\s*[[{"]/.test(value)) {
    try {
      if (inJson(JSON.parse(value), wrappings + 1, scan)) return true
    } catch {
      // Not JSON after all: it was looked at as text already.
    }
  }
  for (const inner of unwrapped(value))
    if (isReadable(inner) ? inText(inner, wrappings + 1, scan) : holdsCardNumber(inner)) return true
  return false
}

/** Names that were looked at and hold nothing: members and headers are called the same again and again. */
const cleanNames = new Set<string>()

const inName = (name: string, wrappings: number, scan: Scan): boolean => {
  if (cleanNames.has(name)) {
    scan.left -= name.length
    return false
  }
  if (isForbidden(name) || inText(name, wrappings, scan)) return true
  // With fewer wrappings to open, or nothing left to look at, less was seen.
  if (wrappings === 0 && scan.left >= 0 && name.length <= 64 && cleanNames.size < judgedMax) cleanNames.add(name)
  return false
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
  for (const name of Object.keys(value))
    if (inName(name, wrappings, scan) || inJson(value[name] ?? null, wrappings, scan)) return true
  return false
}

const refusal = (place: Place) =>
  refuse('card-data-present', { detail: `card data was found in the ${place}; nothing of it was kept`, field: place })

/** Headers that say the same in request after request, and nothing about who sends them; their clean lines are kept. */
const commonHeaders: ReadonlySet<string> = new Set(
  'accept accept-encoding connection content-length content-type host user-agent'.split(' '),
)
const cleanLines = new Set<string>()

const inHeader = ({ name, value }: HttpField, scan: Scan): boolean => {
  const line = `${name} ${value}`
  if (cleanLines.has(line)) {
    scan.left -= line.length
    return false
  }
  if (isForbidden(name) || inText(line, 0, scan)) return true
  const isKept = line.length <= 128 && cleanLines.size < judgedMax && commonHeaders.has(name.toLowerCase())
  if (isKept && scan.left >= 0) cleanLines.add(line)
  return false
}

const scanned = (message: ForeignMessage): Outcome<ForeignMessage> => {
  const scan: Scan = { left: charactersMax }
  const headers = message.fields.some((field) => inHeader(field, scan))
  const query = message.url.includes('?') ? [...new URL(message.url).searchParams.values()] : []
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
