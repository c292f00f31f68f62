/** Proves that the firewall finds card data by value and by name, and lets look-alikes pass. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseCardData } from '../../bridge/card-data.ts'
import { holdsCardNumber, isCardNumber } from '../../bridge/card-number.ts'
import { type ForeignMessage, readMessage } from '../../bridge/message.ts'
import { cleanMessage, guiltyMessage, type PlainMessage } from './card-messages.ts'
import { bodyWrappings, cardNumber } from './card-samples.ts'

const messageOf = (body: unknown, more: Partial<Pick<ForeignMessage, 'url' | 'fields'>> = {}): ForeignMessage => {
  const read = readMessage({
    method: 'POST',
    url: 'https://merchant.example/checkout',
    fields: [{ name: 'content-type', value: typeof body === 'string' ? 'text/plain' : 'application/json' }],
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...more,
  })
  if (!read.ok) throw new Error(read.refusal.code)
  return read.value
}

const codeOf = (message: ForeignMessage): string => {
  const outcome = refuseCardData(message)
  return outcome.ok ? 'passes' : outcome.refusal.code
}

describe('a card number', () => {
  it.each([
    '4111111111111111',
    '5555555555554444',
    '378282246310005',
    '30569309025904',
    '6011111111111117',
    '3530111333300000',
    '6200000000000005',
    '4222222222222',
    '2223003122003222',
  ])('%s is one, and is none with another check digit', (number) => {
    expect(isCardNumber(number)).toBe(true)
    expect(isCardNumber(`${number.slice(0, -1)}${(Number(number.at(-1)) + 1) % 10}`)).toBe(false)
  })

  it.each(['1234567890128', '17956896101234', '0000000000000000', '4444444444444444444444'])('%s is none', (digits) => {
    expect(isCardNumber(digits)).toBe(false)
  })

  it('is found in every form only a body can hold', () => {
    fc.assert(
      fc.property(cardNumber, fc.constantFrom(...bodyWrappings), (number, { name, wrap }) => {
        expect([name, codeOf(messageOf({ note: wrap(number) }))]).toEqual([name, 'card-data-present'])
      }),
      { numRuns: 500 },
    )
  })

  it('is found as a JSON number, with digits a parser would drop', () => {
    fc.assert(fc.property(cardNumber, (number) => codeOf(messageOf(`{"note":${number}}`)) === 'card-data-present'))
  })

  it('is found in a form body and in a body of no type', () => {
    expect(codeOf(messageOf('name=tea&number=4111+1111+1111+1111'))).toBe('card-data-present')
    expect(codeOf(messageOf('anything 4111111111111111'))).toBe('card-data-present')
  })
})

describe('a name of card data', () => {
  it.each([
    'cvv',
    'CVV2',
    'card_cvc',
    'security-code',
    'tokenSecurityCode',
    'cryptogram',
    'TAVV',
    'dtvc',
    'track2',
    'pinBlock',
    'credentialHash',
    'paymentToken',
    'cardNumber',
    'card[cvv]',
    'payment.cvv',
    'ｃｖｖ',
  ])('%s is refused wherever it stands', (name) => {
    expect(codeOf(messageOf({ a: [{ [name]: 'x' }] }))).toBe('card-data-present')
    expect(codeOf(messageOf({ a: Buffer.from(JSON.stringify({ é: '—', [name]: 'x' })).toString('base64') }))).toBe(
      'card-data-present',
    )
  })

  it.each(['cvv', 'x-cvv', 'card-cvc'])('%s is refused as a header, in a query, in a form and in a cookie', (name) => {
    expect(codeOf(messageOf({}, { fields: [{ name, value: 'x' }] }))).toBe('card-data-present')
    expect(codeOf(messageOf({}, { url: `https://merchant.example/?a=b&${name}=123` }))).toBe('card-data-present')
    expect(codeOf(messageOf(`a=b&${name}=123`))).toBe('card-data-present')
    expect(codeOf(messageOf({}, { fields: [{ name: 'cookie', value: `a=b; ${name}=123` }] }))).toBe('card-data-present')
  })

  it.each([
    'company',
    'spanner',
    'pinned',
    'cvvResult',
    'number',
    'lastFour',
    'paymentAccountReference',
    'trackingNumber',
  ])('%s passes', (name) => {
    expect(codeOf(messageOf({ [name]: 'x' }))).toBe('passes')
  })
})

describe('card data that is told or cut', () => {
  it.each([
    'my cvv is 123',
    'the CVC: 1234 please',
    'card security code 123',
    'TAVV: AgAAAAAAAIR8CQrXcIhbQAAAAAA=',
    'cryptogram is /wAAAAwAcPXmSwAAAZYDgpAAAAA=',
    'block 241234FFFFFFFFFF',
    '041234ffffffffff',
    '%B4111111111111111^TEA/HOUSE^26122010000000000000?',
    ';4111111111111111=26122010000000000000?',
  ])('%s is refused in words of a prompt', (text) => {
    expect(codeOf(messageOf({ consumerPrompt: `please buy tea, ${text}` }))).toBe('card-data-present')
  })

  it.each([
    'cvv not needed',
    'call 123 for cvc',
    'TAVV',
    'a cryptogram is a secret text',
    '1234567890ABCDEF',
    '24ffffffffffffff',
    '0fb1cd34ffffffff',
    'dynamicDataType TAVV',
  ])('%s passes', (text) => {
    expect(codeOf(messageOf({ consumerPrompt: text }))).toBe('passes')
  })

  it.each(['pan_sha256', 'sha256Pan', 'cardNumberHash', 'hashed_card_number', 'panDigest', 'md5_pan'])(
    '%s is refused as a name',
    (name) => {
      expect(codeOf(messageOf({ [name]: 'x' }))).toBe('card-data-present')
    },
  )

  it('a number is found where members or parts of a query follow each other', () => {
    fc.assert(
      fc.property(cardNumber, (number) => {
        const parts = number.match(/.{1,4}/g) ?? []
        const named = Object.fromEntries(parts.map((part, index) => [`n${index}`, part]))
        const query = parts.map((part, index) => `n${index}=${part}`).join('&')
        expect([
          codeOf(messageOf(named)),
          codeOf(messageOf({}, { url: `https://merchant.example/?${query}` })),
        ]).toEqual(['card-data-present', 'card-data-present'])
      }),
      { numRuns: 200 },
    )
  })
})

describe('what only looks like card data', () => {
  const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
  const ibanOf = (country: string, account: string): string => {
    const spelled = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
    return `${country}${String(98n - (BigInt(spelled) % 97n)).padStart(2, '0')}${account}`
  }
  const lookalikes: readonly (readonly [string, fc.Arbitrary<string>])[] = [
    ['UUIDs', fc.uuid()],
    [
      'telephone numbers',
      fc.tuple(fc.constantFrom('+1', '+44', '+49', '+86', '+852', '+65'), digits(10)).map((parts) => parts.join('')),
    ],
    [
      'IBANs',
      fc
        .tuple(fc.constantFrom('DE', 'GB', 'FR', 'SG', 'NL'), fc.stringMatching(/^[A-Z]{4}[0-9]{14}$/))
        .map(([c, a]) => ibanOf(c, a)),
    ],
    [
      'dated order numbers',
      fc.tuple(fc.constantFrom('20261120', '20270101'), digits(8)).map(([day, rest]) => `${day}${rest}`),
    ],
    ['lettered order numbers', fc.tuple(fc.stringMatching(/^[A-Z]{2}$/), digits(10)).map((parts) => parts.join('-'))],
    ['payment tokens', digits(20).map((rest) => `281123${rest}`)],
    ['digests', fc.string().map((text) => createHash('sha256').update(text).digest('hex'))],
    [
      'nonces',
      fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    ],
    ['milliseconds', fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }).map(String)],
    [
      'time and address',
      fc
        .tuple(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), fc.ipV4())
        .map(([date, ip]) => `${date.toISOString()} ${ip}`),
    ],
  ]

  it.each(lookalikes)('%s pass, but for fewer than 1 in 10,000', (_name, lookalike) => {
    const refused = fc.sample(lookalike, { numRuns: 10_000, seed: 20_261_120 }).filter(holdsCardNumber)
    expect(refused.length).toBeLessThan(1)
  })

  it('a text wrapped again and again is refused rather than passed unseen', () => {
    const wrap = (text: string, times: number): string =>
      times === 0 ? text : `${wrap(Buffer.from(`${text}%2525252541`).toString('base64'), times - 1)}%2525252541`
    const text = 'nothing to see here '
    expect(codeOf(messageOf({ a: wrap(text.repeat(10), 3) }))).toBe('passes')
    expect(codeOf(messageOf({ a: wrap(text.repeat(650), 5) }))).toBe('message-too-large')
  })

  it('no body, however it is made, takes long to look at', () => {
    const piece = fc.constantFrom(
      '\n',
      ' ',
      '1',
      '4 ',
      '-',
      '"',
      '{',
      '[',
      '%',
      '%25',
      'A',
      'V',
      ';',
      '=',
      '+1',
      'GB12 ',
      '\\',
      'é',
      '٣',
      '\u200b',
      'f',
    )
    const unit = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(unit, fc.boolean(), (text, quoted) => {
        const body = text.repeat(Math.floor(30_000 / Buffer.byteLength(text)))
        const started = process.cpuUsage()
        refuseCardData(messageOf(quoted ? { a: body } : `x${body}`))
        const { user, system } = process.cpuUsage(started)
        expect((user + system) / 1_000).toBeLessThan(1_000)
      }),
      { numRuns: 100 },
    )
  })
})

/** Generated messages of each kind: 100,000 where `AMP_BRIDGE_CARDS` says so. */
const count = Number(process.env.AMP_BRIDGE_CARDS ?? 3_000)

const whole = ({ body, url, fields }: PlainMessage): ForeignMessage => messageOf(body, { url, fields })

describe(`of ${count} messages`, () => {
  const sample = <Value>(arbitrary: fc.Arbitrary<Value>, seed: number) => fc.sample(arbitrary, { numRuns: count, seed })

  it('with card data hidden in them none passes, and no problem holds any of it', () => {
    const passed = sample(guiltyMessage, 1).filter(({ message, secret }) => {
      const outcome = refuseCardData(whole(message))
      return outcome.ok || outcome.refusal.code !== 'card-data-present' || JSON.stringify(outcome).includes(secret)
    })
    expect(passed).toEqual([])
  })

  it('without, fewer than 1 in 10,000 is refused', () => {
    const refused = sample(cleanMessage, 2).filter((message) => !refuseCardData(whole(message)).ok)
    expect(refused.length).toBeLessThan(Math.max(1, count / 10_000))
  })
})
