/** Proves that the Payment scheme there and back is what went, that subscriptions are exact bounds, and that a credential comes once. */
import fc from 'fast-check'
import { Challenge, Credential } from 'mppx'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { periodStart, readSubscription } from '../../../bridge/mpp/subscription.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { formatTime } from '../../../reference/core/time.ts'
import { everybody } from '../parties.ts'
import { now } from '../tap-agent.ts'
import { due } from './outbound.ts'
import { secret, settings, token } from './samples.ts'

const adapter = adapterOf('mpp')
if (!adapter) throw new Error('mpp is not registered')

const run = (message: unknown, context = everybody(settings)) => translate(readDescription(message), context)
const bringing = (challenge: string) => ({
  method: 'GET',
  url: 'https://shop.example/',
  headers: { 'www-authenticate': challenge },
})
const issued = (request: object, more: object = {}) =>
  Challenge.from({
    realm: 'shop.example',
    method: 'stripe',
    intent: 'charge',
    request: request as never,
    secretKey: secret,
    ...more,
  })

describe('there and back', () => {
  it('is the identity on what was carried, in currencies and tokens of any decimals', async () => {
    await fc.assert(
      fc.asyncProperty(due, async (document) => {
        if (document.kind !== 'checkout') return
        const gone = translateOut(accept(document as unknown as Json), adapter, { now, settings: {} })
        if (gone.outcome !== 'translated') throw new Error(gone.problem.code)
        const { given, value } = document
        const { currency } = value.total_amount
        const asset = {
          method: 'tempo',
          token: given.token ?? currency.toLowerCase(),
          decimals: given.decimals ?? 0,
          currency,
        }
        const known = everybody({ protocols: { mpp: { assets: [asset] } } })
        const back = await run(bringing(gone.message.headers?.['WWW-Authenticate'] ?? ''), known)
        expect(back).toMatchObject({ outcome: 'translated', draft: { mode: 'IMMEDIATE', checkout: value } })
      }),
      { numRuns: 60 },
    )
  })

  it('a payment that did not succeed has no receipt', () => {
    for (const paymentStatus of ['FAIL', 'PROCESSING'] as const) {
      const value = {
        paymentId: 'p',
        paymentRequestId: 'r',
        paymentStatus,
        paymentAmount: { currency: 'USD', value: '1' },
      }
      const gone = translateOut(accept({ kind: 'payment', value, given: { method: 'amp' } }), adapter, {
        now,
        settings: {},
      })
      expect(gone).toMatchObject({
        message: { status: 402, body: { type: 'https://paymentauth.org/problems/verification-failed' } },
      })
      expect(JSON.stringify(gone)).not.toContain('Payment-Receipt')
    }
  })
})

describe('a credential', () => {
  const header = (challenge: object, source?: string) => ({
    method: 'GET',
    url: 'https://shop.example/',
    headers: {
      authorization: Credential.serialize({
        challenge,
        payload: { spt: 'spt_1' },
        ...(source ? { source } : {}),
      } as never),
    },
  })
  const open = { expires: new Date((now + 300) * 1_000).toISOString() }

  it('of a challenge the operator issued comes once; of another realm it is unverified', async () => {
    const context = everybody(settings)
    const message = header(issued({ amount: '500', currency: 'usd' }, open), 'did:key:z6MkAgent')
    expect(await run(message, context)).toMatchObject({
      identity: { agent: { id: 'did:key:z6MkAgent' }, proof: 'none' },
      evidence: expect.arrayContaining([expect.objectContaining({ kind: 'challenge', status: 'verified' })]),
      draft: { checkout: { total_amount: { currency: 'USD', value: '500' } } },
    })
    expect(await run(message, context)).toMatchObject({ problem: { code: 'foreign-nonce-replayed' } })
    const elsewhere = header(issued({ amount: '500', currency: 'usd' }, { ...open, realm: 'other.example' }))
    for (let times = 0; times < 2; times++)
      expect(await run(elsewhere, context)).toMatchObject({
        evidence: expect.arrayContaining([expect.objectContaining({ kind: 'challenge', status: 'unverified' })]),
      })
  })

  it('of the amp method goes on to the server that asked, whoever else looks at the message', async () => {
    const message = header(issued({ amount: '1', currency: 'usd', methodDetails: { scale: 6 } }, { method: 'amp' }))
    expect(await run(message)).toMatchObject({ outcome: 'not-this-protocol' })
  })

  it('comes alone', async () => {
    const { headers } = header(issued({ amount: '1', currency: 'usd' }))
    const twice = {
      ...header(issued({})),
      headers: { authorization: `${headers.authorization}, ${headers.authorization}` },
    }
    expect(await run(twice)).toMatchObject({ problem: { code: 'message-malformed' } })
  })
})

describe('a challenge', () => {
  it.each([
    ['a session without a deposit', { amount: '1', currency: 'usd' }, { intent: 'session' }, 'foreign-fields-missing'],
    ['an intent nobody knows', { amount: '1', currency: 'usd' }, { intent: 'authorize' }, 'foreign-constraint-unknown'],
    ['money nobody knows', { amount: '1', currency: 'sat' }, { method: 'lightning' }, 'foreign-currency-missing'],
    ['an amount below a cent', { amount: '1', currency: token }, { method: 'tempo' }, 'micro-amount-fractional'],
    ['no amount', { currency: 'usd' }, {}, 'foreign-fields-missing'],
    [
      'a time that is none',
      { amount: '1', currency: 'usd' },
      { expires: 'tomorrow', id: 'x', secretKey: undefined },
      'message-malformed',
    ],
    ['a time that is over', { amount: '1', currency: 'usd' }, { expires: '2020-01-01T00:00:00Z' }, 'foreign-expired'],
  ])('with %s is refused', async (_, request, more, code) => {
    const plain = { realm: 'shop.example', method: 'stripe', intent: 'charge', request, id: 'c-1', ...more }
    expect(await run(bringing(Challenge.serialize(plain as never)))).toMatchObject({ problem: { code } })
  })

  it('of several ways takes the first that AMP has words for', async () => {
    const all = [
      issued({ amount: '1', currency: 'sat' }, { method: 'lightning' }),
      issued({ amount: '250', currency: 'jpy' }),
    ]
    const told = await run(bringing(all.map((each) => Challenge.serialize(each as never)).join(', ')))
    expect(told).toMatchObject({ draft: { checkout: { total_amount: { currency: 'JPY', value: '250' } } } })
    if (told.outcome !== 'translated') return
    expect(told.losses).toContainEqual({ field: 'required/0/request/amount', why: 'another way to pay; one was taken' })
  })
})

describe('a subscription', () => {
  const day = 86_400
  const periods = fc.constantFrom('day', 'week', 'month') as fc.Arbitrary<'day' | 'week' | 'month'>

  it('is paid once each period and never more than its bounds', () => {
    fc.assert(
      fc.property(
        periods,
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 0, max: day * 400 }),
        fc.integer({ min: 1, max: 9_999 }),
        (period, days, later, cents) => {
          const anchor = now + later
          const end = anchor + days * day
          const amount = { currency: 'USD', value: String(cents) }
          const request = { periodUnit: period, periodCount: '1', subscriptionExpires: formatTime(end) }
          const read = readSubscription(request, amount, anchor, 'x')
          if (!read.ok) throw new Error(read.refusal.code)
          const { budget, frequency, expires } = read.value
          expect([frequency, expires]).toEqual([{ count: 1, period }, formatTime(end)])
          const count = Number(BigInt(budget.value) / BigInt(cents))
          expect(BigInt(budget.value)).toBe(BigInt(cents) * BigInt(count))
          expect(periodStart(anchor, period, count - 1)).toBeLessThan(end)
          expect(periodStart(anchor, period, count)).toBeGreaterThanOrEqual(end)
          for (let index = 0; index < Math.min(count, 40); index++)
            expect(periodStart(anchor, period, index)).toBeLessThan(periodStart(anchor, period, index + 1))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('of months keeps its day, or takes the last there is', () => {
    const anchor = Date.UTC(2027, 0, 31, 12) / 1_000
    const days = [0, 1, 2, 3, 12, 13].map((index) => formatTime(periodStart(anchor, 'month', index)).slice(0, 10))
    expect(days).toEqual(['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2028-01-31', '2028-02-29'])
  })

  it.each([
    ['two weeks', { periodUnit: 'week', periodCount: '2' }, 'foreign-constraint-unknown'],
    ['a year', { periodUnit: 'year', periodCount: '1' }, 'foreign-constraint-unknown'],
    ['no end', { periodUnit: 'week', periodCount: '1', subscriptionExpires: undefined }, 'foreign-fields-missing'],
    [
      'an end that is over',
      { periodUnit: 'week', periodCount: '1', subscriptionExpires: '2020-01-01T00:00:00Z' },
      'foreign-expired',
    ],
    [
      'days beyond count',
      { periodUnit: 'day', periodCount: '1', subscriptionExpires: '2126-01-01T00:00:00Z' },
      'foreign-constraint-unknown',
    ],
  ])('of %s is refused', async (_, change, code) => {
    const request = { amount: '999', currency: 'usd', subscriptionExpires: '2027-01-01T00:00:00Z', ...change }
    const challenge = issued(JSON.parse(JSON.stringify(request)), { intent: 'subscription' })
    expect(await run(bringing(Challenge.serialize(challenge as never)))).toMatchObject({ problem: { code } })
  })
})
