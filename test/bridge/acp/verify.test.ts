/** Proves whose word an ACP message stands on, and how each version of a session is read. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answer } from '../../../bridge/acp/answer.ts'
import { toAmpCheckout } from '../../../bridge/acp/session.ts'
import { acpVersions } from '../../../bridge/acp/versions.ts'
import { isEventSigned, signEvent } from '../../../bridge/acp/webhook.ts'
import type { Settings } from '../../../bridge/adapter.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { adapterOf } from '../../../bridge/registry.ts'
import { translate } from '../../../bridge/translate.ts'
import { translateOut } from '../../../bridge/translate-out.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { accept } from '../../../reference/core/outcome.ts'
import { everybody } from '../parties.ts'
import { now } from '../tap-agent.ts'
import { ampCheckout } from '../ucp/outbound.ts'
import { acpSample, acpSession, acpTestSettings, secrets } from './samples.ts'

const run = (message: TapRequest, settings: Settings = acpTestSettings, more = {}) =>
  translate(readDescription(message), everybody(settings, more))
const codeOf = async (message: TapRequest, settings?: Settings, more = {}) => {
  const result = await run(message, settings, more)
  return result.outcome === 'refused' ? result.problem.code : result.outcome
}

const merchant = { reference_merchant_id: 'm', merchant_name: 'M', merchant_mcc: '5999' }
const money = { currency: 'usd' as const, price: 1_250, quantity: 2, tax: 0, discount: 0 }

describe('an order event', () => {
  const body =
    '{"type":"order_create","data":{"type":"order","checkout_session_id":"s","permalink_url":"https://t.example/o","status":"created"}}'
  const event = (signature: string, sent = body): TapRequest => ({
    method: 'POST',
    url: 'https://bridge.example/agentic_checkout/webhooks/order_events',
    headers: { 'content-type': 'application/json', 'merchant-signature': signature },
    body: sent,
  })

  it('carries the code anybody computes from its secret, time and body', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.nat(), (text, secret, at) => {
        const expected = createHmac('sha256', secret).update(`${at}.${text}`).digest('hex')
        expect(signEvent(text, secret, at)).toBe(`t=${at},v1=${expected}`)
        expect(isEventSigned(text, secret, at, expected)).toBe(true)
        expect(isEventSigned(`${text} `, secret, at, expected)).toBe(false)
        expect(isEventSigned(text, secret, at + 1, expected)).toBe(false)
      }),
    )
  })

  it('is believed once, within its time, from a merchant that is known', async () => {
    const signed = event(signEvent(body, secrets.webhook, now))
    const once = { nonces: memoryNonces() }
    expect(await codeOf(signed, undefined, once)).toBe('translated')
    expect(await codeOf(signed, undefined, once)).toBe('foreign-nonce-replayed')
    expect(await codeOf({ ...signed, body: `${body} ` })).toBe('foreign-signature-invalid')
    expect(await codeOf(signed, undefined, { now: now + 300 })).toBe('foreign-expired')
    expect(await codeOf(signed, undefined, { now: now - 61 })).toBe('foreign-not-yet-valid')
    expect(await codeOf(signed, {})).toBe('foreign-agent-unknown')
    expect(await codeOf(event(signEvent(body, 'another secret entirely', now)))).toBe('foreign-signature-invalid')
    expect(await codeOf(event('v1=00'))).toBe('message-malformed')
    const { 'merchant-signature': _signature, ...headers } = signed.headers
    expect(await codeOf({ ...signed, headers })).toBe('foreign-signature-missing')
  })
})

describe('a session', () => {
  it.each(acpVersions)('of %s keeps its total, exact in 0, 2 and 3 decimals, and its lines add up', (version) => {
    fc.assert(
      fc.property(
        fc.record({
          currency: fc.constantFrom('usd', 'jpy', 'kwd'),
          price: fc.integer({ min: 1, max: 9_999_999 }),
          quantity: fc.integer({ min: 1, max: 99 }),
          tax: fc.integer({ min: 0, max: 999 }),
          discount: fc.integer({ min: 0, max: 1 }),
        }),
        (of) => {
          const made = toAmpCheckout(acpSession({ version, id: 's', money: of }) as JsonObject, merchant)
          if (!made.ok) throw new Error(made.refusal.detail)
          const expected = BigInt(of.price) * BigInt(of.quantity) + BigInt(of.tax) - BigInt(of.discount)
          expect(made.value.total_amount).toEqual({ currency: of.currency.toUpperCase(), value: expected.toString() })
          const sum = made.value.goods.reduce(
            (all, line) => all + BigInt(line.goods_unit_amount.value) * BigInt(line.goods_quantity),
            0n,
          )
          expect(sum).toBe(expected)
          expect(made.value.goods.length).toBe(of.discount > 0 ? 1 : of.tax > 0 ? 2 : 1)
        },
      ),
    )
  })

  it.each(['2026-01-30', '2026-04-17'])('comes back from %s as it left', async (version) => {
    const adapter = adapterOf('acp')
    if (!adapter) throw new Error('ACP is not registered')
    await fc.assert(
      fc.asyncProperty(ampCheckout, fc.uuid(), async (checkout, key) => {
        const given = { version, network: 'https://network.amp.example' }
        const out = translateOut(accept({ kind: 'checkout', value: checkout as never, given }), adapter, {
          now,
          settings: {},
        })
        if (out.outcome !== 'translated') throw new Error(out.problem.detail)
        const result = await run({
          method: 'POST',
          url: 'https://bridge.example/offers',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${secrets.token}`,
            'idempotency-key': key,
          },
          body: JSON.stringify(out.message.body),
        })
        expect(result).toMatchObject({
          outcome: 'translated',
          draft: { status: 'inactive', checkout, source: { protocol: 'acp', version } },
        })
      }),
      { numRuns: 40 },
    )
  })

  it('with a quantity that is no whole number becomes one line', () => {
    const session = acpSession({ version: '2025-09-29', id: 's', money }) as { line_items: JsonObject[] }
    const line = { ...session.line_items[0], item: { id: 'cherries', quantity: 2.5 } }
    const made = toAmpCheckout({ ...session, line_items: [line] } as JsonObject, merchant)
    expect(made.ok && made.value.goods).toEqual([
      { goods_name: '2.5 x cherries', goods_unit_amount: { currency: 'USD', value: '2500' }, goods_quantity: '1' },
    ])
  })

  it('is found by its handler, its account or its page; another merchant than the operator lists is refused', async () => {
    const named = (id: string): Settings => ({
      ...acpTestSettings,
      merchants: [
        { cardAcceptorId: 'tea.example', currency: 'USD', merchant: { ...merchant, reference_merchant_id: id } },
      ],
    })
    const older = acpSample({ version: '2025-12-12' }).message
    expect(await run(older)).toMatchObject({
      draft: { checkout: { merchant: { reference_merchant_id: 'tea-house' } } },
    })
    expect(await run(older, named('by-page'))).toMatchObject({
      draft: { checkout: { merchant: { reference_merchant_id: 'by-page' } } },
    })
    expect(await codeOf(older, { ...acpTestSettings, merchants: [] })).toBe('foreign-fields-missing')
    expect(await codeOf(acpSample({ version: '2026-04-17' }).message, named('coffee-house'))).toBe(
      'foreign-object-mismatch',
    )
  })

  it('tells its version by a header, by its protocol, or by its members', async () => {
    for (const version of acpVersions) {
      const { message } = acpSample({ version })
      const { 'api-version': _version, ...headers } = message.headers
      const result = await run({ ...message, headers })
      const shown = result.outcome === 'translated' ? result.draft?.source.version : result.outcome
      // The provider names an account in the tests, so that 2025-12-12 cannot be told from its successor.
      expect([version, shown]).toEqual([version, version === '2025-12-12' ? '2026-01-16' : version])
    }
  })
})

describe('a platform', () => {
  it('that is not known, or says nothing, proposes nothing', async () => {
    const { message } = acpSample({ way: 'none' })
    const result = await run(message)
    expect(result).toMatchObject({ outcome: 'translated', identity: { proof: 'none' } })
    expect(result).not.toHaveProperty('draft')
    const basic = { ...message.headers, authorization: 'Basic abc' }
    expect(await codeOf({ ...message, headers: basic })).toBe('message-malformed')
  })

  it('that has a key has to sign', async () => {
    const { message } = acpSample({ way: 'signing' })
    expect(await run(message)).toMatchObject({ identity: { agent: { id: 'careful-platform' } } })
    const { signature: _signature, ...headers } = message.headers
    expect(await codeOf({ ...message, headers })).toBe('foreign-signature-missing')
    expect(await codeOf({ ...message, body: (message.body ?? '').replace('Oolong', 'Sencha') })).toBe(
      'foreign-signature-invalid',
    )
    const spaced = JSON.stringify(JSON.parse(message.body ?? '{}'), null, 2)
    expect(await codeOf({ ...message, body: spaced })).toBe('translated')
  })

  it('hands over a session once, also without a key', async () => {
    const { message } = acpSample({ version: '2025-09-29' })
    const { 'idempotency-key': _key, ...headers } = message.headers
    const once = { nonces: memoryNonces() }
    expect(await codeOf({ ...message, headers }, undefined, once)).toBe('translated')
    expect(await codeOf({ ...message, headers }, undefined, once)).toBe('foreign-nonce-replayed')
  })

  it('needs a key for what it changes from 2026-04-17 on', async () => {
    for (const version of acpVersions) {
      const { message } = acpSample({ kind: 'request', version })
      const { 'idempotency-key': _key, ...headers } = message.headers
      expect(await codeOf({ ...message, headers })).toBe(
        version === '2026-04-17' ? 'foreign-fields-missing' : 'translated',
      )
    }
  })

  it.each([
    ['over', { expires_at: '2026-11-20T09:00:00Z' }, 'foreign-expired'],
    ['without an end', { expires_at: 'soon' }, 'foreign-fields-missing'],
    ['for more than once', { reason: 'recurring' }, 'foreign-constraint-unknown'],
    ['of a fraction', { max_amount: 0.5 }, 'message-malformed'],
    ['in no currency', { currency: 'xxx' }, 'foreign-currency-missing'],
  ])('asks for no allowance %s', async (_name, change, code) => {
    const { message } = acpSample({ kind: 'delegate' })
    const body = JSON.parse(message.body ?? '{}')
    const sent = JSON.stringify({ ...body, allowance: { ...body.allowance, ...change } })
    expect(await codeOf({ ...message, body: sent })).toBe(code)
  })

  it('delegates bounds for one payment', async () => {
    const result = await run(acpSample({ kind: 'delegate' }).message)
    expect(result).toMatchObject({
      draft: {
        mode: 'AUTONOMOUS',
        status: 'inactive',
        intent: {
          expiry_time: '2026-11-20T12:00:00Z',
          constraints: {
            budget_amount: { currency: 'USD', value: '1250' },
            merchant_allow_list: ['tea-house'],
            payment_frequency: { count: 1, period: 'month' },
          },
        },
      },
    })
  })
})

describe('an answer', () => {
  it.each(acpVersions)('to a key that comes again is a conflict as %s has it', (version) => {
    const read = readDescription(acpSample({ version }).message)
    if (!read.ok) throw new Error('unreadable')
    const problem = { code: 'foreign-nonce-replayed', field: 'header/idempotency-key' } as const
    const made = answer(read.value, { kind: 'refused', problem, status: 409, title: 'Used before' })
    const isNewest = version === '2026-04-17'
    expect(made).toMatchObject({
      status: isNewest ? 422 : 409,
      body: { code: 'idempotency_conflict', type: isNewest ? 'invalid_request' : 'request_not_idempotent' },
    })
  })
})
