/** Proves that a whole amount of a token passes where x402 and the Payment scheme have it, and a card number nowhere. */
import fc from 'fast-check'
import { Challenge, Credential } from 'mppx'
import { describe, expect, it } from 'vitest'
import { refuseCardData, refuseCardJson } from '../../bridge/card-data.ts'
import { isCardNumber } from '../../bridge/card-number.ts'
import type { Json } from '../../bridge/json.ts'
import { readDescription } from '../../bridge/message.ts'
import { adapterOf, adapters } from '../../bridge/registry.ts'
import { cardNumber } from './card-samples.ts'
import { requirements, requirementsV1 } from './x402/samples.ts'

type Described = {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body?: string
}

const verdictOf = (described: Described): string => {
  const read = readDescription(described)
  if (!read.ok) throw new Error(read.refusal.code)
  const outcome = refuseCardData(read.value, adapters)
  return outcome.ok ? 'passes' : outcome.refusal.code
}

const post = (body: unknown): Described => ({
  method: 'POST',
  url: 'https://bridge.example/',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const get = (name: string, value: string): Described => ({
  method: 'GET',
  url: 'https://shop.example/tea',
  headers: { [name]: value },
})
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')

/** An amount of at most eight digits and zeros behind them that a search for card numbers takes for one. */
const wholeAmount: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('4', '52', '2221', '6011', '34'),
    fc.integer({ min: 0, max: 999_999 }),
    fc.integer({ min: 5, max: 8 }),
  )
  .map(([lead, more, length]) => {
    const size = lead === '34' ? 15 : lead === '4' && more % 2 === 0 ? 19 : 16
    const digits = `${lead}${more}`.slice(0, length - 1)
    // One last digit of ten fits the check digit, which is zero.
    const amounts = Array.from({ length: 10 }, (_, last) => `${digits}${last}`.padEnd(size, '0'))
    return amounts.find(isCardNumber) ?? ''
  })

const due = (amount: string) => ({ x402Version: 2, accepts: [{ ...requirements(1), amount }, requirements(2)] })
const paid = (amount: string, payload: object = { authorization: { value: amount } }) => ({
  x402Version: 2,
  accepted: { ...requirements(1), amount },
  payload: { signature: '0x', ...payload },
})
const v1 = (amount: string) => ({ ...requirementsV1(1), maxAmountRequired: amount })
const permit = (amount: string) => ({ permit2Authorization: { permitted: { token: '0x', amount } } })

const challengeOf = (amount: string, method = 'tempo') =>
  Challenge.from({
    realm: 'shop.example',
    method,
    intent: 'session',
    request: { amount, currency: 'usd', suggestedDeposit: amount },
    secretKey: 'a secret of thirty-two bytes or more',
  })
const credentialOf = (amount: string, method = 'tempo') => ({
  challenge: challengeOf(amount, method),
  payload: { action: 'voucher', cumulativeAmount: amount },
})

/** Every place where a protocol counts tokens, in every carrier. */
const places: Readonly<Record<string, (amount: string) => Described>> = {
  'x402 due, header': (amount) => get('payment-required', base64(due(amount))),
  'x402 due, body': (amount) => post(due(amount)),
  'x402 due, body with spaces': (amount) => post(JSON.stringify(due(amount), null, 2)),
  'x402 due, version 1': (amount) => post({ x402Version: 1, accepts: [v1(amount)] }),
  'x402 due, A2A': (amount) =>
    post({ result: { status: { message: { metadata: { 'x402.payment.required': due(amount) } } } } }),
  'x402 due, MCP': (amount) => post({ result: { isError: true, structuredContent: due(amount) } }),
  'x402 paid, header': (amount) => get('payment-signature', base64(paid(amount))),
  'x402 paid, on an amp network': (amount) => {
    const payment = paid(amount)
    return get('payment-signature', base64({ ...payment, accepted: { ...payment.accepted, network: 'amp:main' } }))
  },
  'x402 paid, permit': (amount) => get('payment-signature', base64(paid(amount, permit(amount)))),
  'x402 paid, channel': (amount) =>
    get(
      'payment-signature',
      base64(
        paid(amount, {
          voucher: { maxClaimableAmount: amount },
          deposit: { amount, authorization: { erc3009Authorization: { value: amount } } },
        }),
      ),
    ),
  'x402 paid, MCP': (amount) => post({ method: 'tools/call', params: { _meta: { 'x402/payment': paid(amount) } } }),
  'x402 at a facilitator': (amount) =>
    post({ x402Version: 2, paymentPayload: paid(amount), paymentRequirements: { ...requirements(1), amount } }),
  'mpp challenge, header': (amount) => get('www-authenticate', Challenge.serialize(challengeOf(amount))),
  'mpp challenge, MCP': (amount) => post({ error: { code: -32_042, data: { challenges: [challengeOf(amount)] } } }),
  'mpp credential, header': (amount) => get('authorization', Credential.serialize(credentialOf(amount) as never)),
  'mpp credential, MCP': (amount) =>
    post({ params: { _meta: { 'org.paymentauth/credential': credentialOf(amount) } } }),
}

describe('a whole amount of a token that looks like a card number', () => {
  it.each(Object.entries(places))('passes as %s', (_name, place) => {
    fc.assert(
      fc.property(wholeAmount, (amount) => {
        expect(verdictOf(place(amount))).toBe('passes')
      }),
      { numRuns: 100 },
    )
  })

  it('passes on the way out where the other side has it, and in no other member', () => {
    const x402 = adapterOf('x402')?.tokenAmounts?.leaving
    const mpp = adapterOf('mpp')?.tokenAmounts?.leaving
    fc.assert(
      fc.property(wholeAmount, (amount) => {
        expect(refuseCardJson(due(amount) as unknown as Json, 'message', x402).ok).toBe(true)
        expect(refuseCardJson({ challenges: [{ request: { amount } }] }, 'message', mpp).ok).toBe(true)
        expect(refuseCardJson({ success: true, note: amount }, 'message', x402).ok).toBe(false)
        expect(refuseCardJson({ accepts: [{ extra: { amount } }] }, 'message', x402).ok).toBe(false)
        expect(refuseCardJson({ amount }, 'message', mpp).ok).toBe(false)
        expect(refuseCardJson({ amount }, 'document').ok).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  const withExtra =
    (extra: object, root: object = {}) =>
    (amount: string) =>
      JSON.stringify({ x402Version: 2, ...root, accepts: [{ ...requirements(1), ...extra }] }).replaceAll(
        'AMOUNT',
        amount,
      )

  const elsewhere: Readonly<Record<string, (amount: string) => Described>> = {
    'an amount of no protocol': (amount) => post({ amount }),
    'an amount of another protocol': (amount) => post({ line_items: [], currency: 'usd', amount }),
    'accepts of no x402': (amount) => post({ accepts: [{ amount }] }),
    'another member of requirements': (amount) => post(withExtra({ price: 'AMOUNT' })(amount)),
    'an amount further down': (amount) => post(withExtra({ extra: { amount: 'AMOUNT' } })(amount)),
    'an amount further up': (amount) => post(withExtra({}, { amount: 'AMOUNT' })(amount)),
    'the amount of the other version': (amount) => post(withExtra({ maxAmountRequired: 'AMOUNT' })(amount)),
    'the amount as a number': (amount) => post(withExtra({})(amount).replace(/"amount":"\d+"/, `"amount":${amount}`)),
    'the amount with zeros before it': (amount) => post(due(`0 ${amount}`)),
    'the amount in fours': (amount) => post(due((amount.match(/.{1,4}/g) ?? []).join(' '))),
    'the amount, and a note beside it': (amount) => post({ ...due(amount), note: amount }),
    'the amount, and a member named like it': (amount) => post({ ...due(amount), [amount]: true }),
    'the amount spelled otherwise, and a note beside it': (amount) => {
      const escaped = `\\u003${amount[0]}${amount.slice(1)}`
      return post(JSON.stringify({ ...due('SPELLED'), note: amount }).replace('SPELLED', escaped))
    },
    'the amount, and a header beside it': (amount) => {
      const { headers, ...rest } = post(due(amount))
      return { ...rest, headers: { ...headers, 'x-note': amount } }
    },
    'the amount in one of two headers': (amount) => ({
      ...get('payment-required', base64(due('1'))),
      body: JSON.stringify(due(amount)),
    }),
    'another member of a payment': (amount) => get('payment-signature', base64(paid('1', { note: amount }))),
    'an amount of cents': (amount) => get('www-authenticate', Challenge.serialize(challengeOf(amount, 'stripe'))),
    'a credential for cents': (amount) =>
      get('authorization', Credential.serialize(credentialOf(amount, 'stripe') as never)),
    'another member of a challenge': (amount) =>
      get('www-authenticate', Challenge.serialize({ ...challengeOf('1'), description: amount } as never)),
  }

  it.each(Object.entries(elsewhere))('is refused as %s', (_name, place) => {
    fc.assert(
      fc.property(wholeAmount, (amount) => {
        expect(verdictOf(place(amount))).toBe('card-data-present')
      }),
      { numRuns: 50 },
    )
  })
})

describe('a card number', () => {
  const hasAccount = cardNumber.filter((number) => !/^\d{1,8}0{6,}$/.test(number))

  it.each(Object.entries(places))('is refused as %s', (_name, place) => {
    fc.assert(
      fc.property(hasAccount, (number) => {
        expect(verdictOf(place(number))).toBe('card-data-present')
      }),
      { numRuns: 100 },
    )
  })

  it('is refused beside a whole amount', () => {
    fc.assert(
      fc.property(hasAccount, wholeAmount, (number, amount) => {
        expect(verdictOf(post({ ...due(amount), note: number }))).toBe('card-data-present')
        expect(verdictOf(get('payment-signature', base64(paid(amount, { note: number }))))).toBe('card-data-present')
      }),
      { numRuns: 200 },
    )
  })

  it.each(['4000020000000000', '6011000000000004', '4111117000000000', '5100400000000000'])(
    '%s is judged by nothing but its digits',
    (number) => {
      expect(isCardNumber(number)).toBe(true)
    },
  )
})
