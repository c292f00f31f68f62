/** Whole messages for measuring the firewall: checkouts as agents send them, with and without card data hidden in them. */
import fc from 'fast-check'
import type { HttpField } from '../../bridge/message.ts'
import { bodyWrappings, cardNumber, wrappings } from './card-samples.ts'

/** A message before it is read. */
export type PlainMessage = { readonly url: string; readonly fields: readonly HttpField[]; readonly body: unknown }

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
const base64 = fc.uint8Array({ minLength: 12, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString('base64url'))

const checkout = fc.record({
  orderId: fc.oneof(
    fc.uuid(),
    fc.tuple(fc.constantFrom('20261120', '20270101'), digits(8)).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('ORD', 'INV'), digits(9)).map((parts) => parts.join('-')),
  ),
  phone: fc.tuple(fc.constantFrom('+1', '+44', '+49', '+86', '+65'), digits(10)).map((parts) => parts.join('')),
  name: fc.stringMatching(/^[A-Z][a-z]{2,8} [A-Z][a-z]{2,8}$/),
  zip: digits(5),
  total: fc.record({ currency: fc.constantFrom('USD', 'JPY', 'KWD'), value: fc.nat(99_999_999).map(String) }),
  createdAt: fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }),
  token: base64,
  digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  prompt: fc.constantFrom(
    'tea for two, 50 USD at most',
    'order 12 pencils by 2026-12-01',
    'book room 1204 for 3 nights',
  ),
  items: fc.array(fc.record({ sku: digits(8), quantity: fc.integer({ min: 1, max: 99 }), price: fc.nat(99_999) }), {
    maxLength: 3,
  }),
})

/** A message without card data. */
export const cleanMessage: fc.Arbitrary<PlainMessage> = fc
  .record({ checkout, trace: base64, session: fc.uuid(), page: fc.nat(999) })
  .map(({ checkout: body, trace, session, page }) => ({
    url: `https://merchant.example/orders/${body.orderId}?page=${page}&session=${session}`,
    fields: [
      { name: 'content-type', value: 'application/json' },
      { name: 'x-trace', value: trace },
      { name: 'user-agent', value: 'Agent/1.2 (tea; 2026)' },
    ],
    body,
  }))

const jwt = (claims: unknown): string =>
  ['{"alg":"ES256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

/** Secrets of a card that are found by their names, in some protocol's spelling. */
const named = fc
  .tuple(
    fc.constantFrom(
      'cvv',
      'cvc2',
      'securityCode',
      'tavv',
      'dtvc',
      'cryptogram',
      'onlinePaymentCryptogram',
      'ucaf',
      'dsrp',
      'track2',
      'pinBlock',
      'credentialHash',
      'pan_sha256',
      'dynamicDataValue',
    ),
    fc.stringMatching(/^[G-Z]{8}$/),
  )
  .map(([name, secret]) => ({ secret, value: { [name]: secret } as unknown }))

const numbered = fc
  .tuple(cardNumber, fc.constantFrom(...wrappings, ...bodyWrappings))
  .map(([number, { wrap }]) => ({ secret: number, value: wrap(number) as unknown }))

/** A message with card data in one of its places, and what was hidden. */
export const guiltyMessage: fc.Arbitrary<{ readonly message: PlainMessage; readonly secret: string }> = fc
  .tuple(cleanMessage, fc.oneof(named, numbered), fc.nat(7))
  .map(([message, { secret, value }, place]) => {
    const body = message.body as Record<string, unknown>
    const text = typeof value === 'string' ? value : undefined
    const places: readonly PlainMessage[] = [
      { ...message, body: { ...body, extra: value } },
      { ...message, body: { ...body, items: [{ deep: [{ deeper: { value } }] }] } },
      { ...message, body: { ...body, token: jwt({ sub: 'x', data: value }) } },
      { ...message, body: { ...body, note: JSON.stringify(value) } },
      { ...message, body: { ...body, note: Buffer.from(JSON.stringify({ value })).toString('base64') } },
      text === undefined
        ? { ...message, body: value }
        : { ...message, fields: [...message.fields, { name: 'x-note', value: encodeURIComponent(text) }] },
      text === undefined
        ? { ...message, body: [value] }
        : { ...message, url: `${message.url}&note=${encodeURIComponent(text)}` },
      /^\d{16}$/.test(secret)
        ? {
            ...message,
            fields: [
              ...message.fields,
              ...(secret.match(/.{4}/g) ?? []).map((part, index) => ({ name: `x-part-${'abcd'[index]}`, value: part })),
            ],
          }
        : { ...message, body: { ...body, extra: value } },
    ]
    return { message: places[place] as PlainMessage, secret }
  })
