/** Recognises a card number in a text by issuer range, length and check digit, and little else that looks like one. */

/** Leading digits and lengths of the card schemes. 13 digits are as old as Visa cards get, 19 is what ISO 7812 allows. */
const schemes: readonly { readonly lead: RegExp; readonly lengths: readonly number[] }[] = [
  { lead: /^4/, lengths: [13, 16, 18, 19] },
  { lead: /^5[1-5]/, lengths: [16] },
  { lead: /^2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)/, lengths: [16] },
  { lead: /^3[47]/, lengths: [15] },
  { lead: /^3(0[0-5]|095|[689])/, lengths: [14, 15, 16, 17, 18, 19] },
  { lead: /^35(2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { lead: /^6/, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { lead: /^5[06-8]/, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { lead: /^220[0-5]/, lengths: [16, 17, 18, 19] },
  { lead: /^(81|9792)/, lengths: [16, 17, 18, 19] },
]

/** The check digit of ISO/IEC 7812-1 (Luhn). */
const luhn = (digits: string): boolean => {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index])
    sum += index % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** Whether a string of digits is a card number. */
export const isCardNumber = (digits: string): boolean =>
  schemes.some((scheme) => scheme.lengths.includes(digits.length) && scheme.lead.test(digits)) &&
  !/^(\d)\1+$/.test(digits) &&
  luhn(digits)

/** Decimal digits of any script: their code points stand in runs of ten, zero first. */
const toAsciiDigit = (digit: string): string => {
  let zero = digit.codePointAt(0) ?? 0
  const code = zero
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String((code - zero) % 10)
}

const normalise = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? text
    : text
        .normalize('NFKC')
        .replace(/\p{Cf}/gu, '')
        .replace(/(?![0-9])\p{Nd}/gu, toAsciiDigit)

const uuid = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-z])/gi
const digest =
  /(?<![0-9a-z])(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|[0-9a-f]{130})(?![0-9a-z])/gi
const iban = /(?<![0-9a-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?(?![0-9a-z])/g

/** Check digits of ISO 13616: the rearranged number leaves 1 modulo 97. */
const isIban = (text: string): boolean => {
  const plain = text.replaceAll(' ', '')
  const digits = (plain.slice(4) + plain.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return /^..(0[2-9]|[1-8]\d|9[0-8])/.test(plain) && BigInt(digits) % 97n === 1n
}

/** Blanks what is certainly something else: identifiers with letters in them, digests, bank accounts with check digits. */
const withoutLookalikes = (text: string): string =>
  text
    .replace(uuid, (found) => (/[a-f]/i.test(found) ? '~' : found))
    .replace(digest, (found) => (found.replace(/\d/g, '').length >= found.length / 8 ? '~' : found))
    .replace(iban, (found) => (isIban(found) ? '~' : found))

const run = /(?:\+|%2B)?\d(?:[ \t\r\n._\u2010-\u2015\u2212/-]{0,3}\d){12,}/gi

const anyRun = new RegExp(run.source)

/** A telephone number as E.164 writes it. No card has had 13 digits for decades; longer ones are looked at. */
const isTelephone = (found: string): boolean => /^(?:\+|%2B)(?:\D*\d){13}$/i.test(found)

/** Whether a text has digits enough at all; one character beyond Latin-1 may stand for anything. */
const hasDigits = (text: string): boolean => {
  let digits = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0xff) return true
    if ((code >= 0x30 && code <= 0x39) || code === 0xb2 || code === 0xb3 || code === 0xb9) digits += 1
  }
  return digits >= 13
}

/** Whether a card number stands in the text, alone or with separators, also among other numbers. */
export const holdsCardNumber = (text: string): boolean => {
  if (!hasDigits(text)) return false
  const plain = normalise(text)
  // Blanking look-alikes can only take runs away, so where there is none before there is none after.
  if (!anyRun.test(plain)) return false
  for (const [found] of withoutLookalikes(plain).matchAll(run)) {
    if (isTelephone(found)) continue
    const groups = found.replace(/^%2B/i, '').match(/\d+/g) ?? []
    for (let first = 0; first < groups.length; first += 1) {
      let digits = ''
      for (let next = first; next < groups.length && digits.length <= 19; next += 1) {
        digits += groups[next]
        if (digits.length >= 13 && isCardNumber(digits)) return true
      }
    }
  }
  return false
}
