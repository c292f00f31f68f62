/** Proves whose word a UCP message stands on: its sender, its business, and the mandate that embeds a checkout. */
import { describe, expect, it } from 'vitest'
import type { Settings } from '../../../bridge/adapter.ts'
import { readKey, staticDirectory } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { translate } from '../../../bridge/translate.ts'
import { authorizeCheckout } from '../../../bridge/ucp/merchant-authorization.ts'
import { isUcpAnswerSigned, signUcpAnswer, signUcpRequest } from '../../../bridge/ucp/signature.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { provider } from '../ap2/chains.ts'
import { directoryOf, everybody, ucpBotPlatform, ucpBusiness, ucpPlatform } from '../parties.ts'
import { flipJws, jwkOf } from '../signers.ts'
import { now } from '../tap-agent.ts'
import { credential } from './outbound.ts'
import { bodySigned, checkoutMandate, merchantAuthorization, ucpSigned } from './parties.ts'
import { ucpCheckout, ucpSample } from './samples.ts'

const run = (message: TapRequest, settings: Settings = {}, more = {}) =>
  translate(readDescription(message), everybody(settings, more))

const said = async (message: TapRequest, settings: Settings = {}, more = {}) => {
  const result = await run(message, settings, more)
  if (result.outcome !== 'translated') return result.outcome === 'refused' ? result.problem.code : result.outcome
  return Object.fromEntries(result.evidence.map(({ kind, status }) => [kind, status]))
}

const changed = (message: TapRequest, change: (body: string) => string): TapRequest => ({
  ...message,
  body: change(message.body ?? ''),
})

const platform = (body: unknown, headers: Record<string, string> = {}): TapRequest => ({
  method: 'POST',
  url: 'https://bridge.example/offers',
  headers: {
    'content-type': 'application/json',
    'ucp-agent': `profile="${ucpPlatform.issuer}"`,
    'idempotency-key': '550e8400-e29b-41d4-a716-446655440000',
    ...headers,
  },
  body: JSON.stringify(body),
})

const checkout = () =>
  ucpCheckout({
    version: '2026-08-25',
    id: 'session-1',
    money: { currency: 'USD', price: 1_250, quantity: 2, tax: 99, discount: 0 },
  }) as Record<string, unknown>

describe('the sender', () => {
  it.each(['2026-01-11', '2026-01-23'])('signs %s with a JWS over the body', async (version) => {
    const { message } = await ucpSample({ way: 'detached', version: version as '2026-01-23' })
    expect(await said(message)).toMatchObject({ proof: 'verified' })
    expect(await said(changed(message, (body) => `${body} `))).toBe('foreign-signature-invalid')
    const evil = { ...message.headers, 'ucp-agent': 'profile="https://evil.example/profile"' }
    expect(await said({ ...message, headers: evil })).toBe('foreign-agent-unknown')
    expect(await said(message, {}, { directory: directoryOf(ucpPlatform.issuer) })).toBe('foreign-agent-unknown')
    const once = { nonces: memoryNonces() }
    await run(message, {}, once)
    expect(await said(message, {}, once)).toBe('foreign-nonce-replayed')
  })

  it('signs a body as it stands, or encoded', async () => {
    const { message } = await ucpSample({ way: 'none' })
    const encoded = await bodySigned(message, ucpBotPlatform)
    const headers = { ...encoded.headers, 'ucp-agent': `profile="${ucpBotPlatform.issuer}"` }
    expect(await said({ ...encoded, headers })).toMatchObject({ proof: 'verified' })
  })

  it('is nobody where nothing is signed, and then nothing is proposed', async () => {
    const { message } = await ucpSample({ way: 'none', isAuthorized: true })
    const result = await run(message)
    expect(result).toMatchObject({ outcome: 'translated', identity: { proof: 'none' } })
    expect(result).not.toHaveProperty('draft')
    expect(await said(message)).toMatchObject({ proof: 'unsigned', checkout: 'verified' })
  })

  it('signs one way, not two', async () => {
    const { message } = await ucpSample({ way: 'detached' })
    expect(await said(await ucpSigned(message, ucpPlatform, now))).toBe('message-malformed')
  })

  it('is bound to its idempotency key for a day, and to a signature without a time for longer', async () => {
    for (const created of [now, undefined]) {
      const message = await ucpSigned(platform(checkout()), ucpPlatform, created)
      const once = { nonces: memoryNonces() }
      expect(await said(message, {}, once)).toMatchObject({ proof: 'verified' })
      const again = await ucpSigned(platform(checkout()), ucpPlatform, created)
      expect(await said(again, {}, once)).toBe('foreign-nonce-replayed')
      const later = { ...once, now: now + 86_400 }
      expect(await said(message, {}, later)).toBe(created === undefined ? 'foreign-nonce-replayed' : 'foreign-expired')
    }
  })

  it('may show itself to Web Bot Auth by the same signature', async () => {
    const message = await signUcpRequest(
      platform(checkout(), { 'ucp-agent': `profile="${ucpBotPlatform.issuer}"` }),
      { kid: ucpBotPlatform.kid, key: ucpBotPlatform.key },
      { created: now, profile: ucpBotPlatform.issuer },
    )
    expect(message.headers['signature-input']).toContain('tag="web-bot-auth"')
    const result = await run(message)
    expect(result).toMatchObject({ outcome: 'translated', protocol: 'ucp', identity: { algorithm: 'Ed25519' } })
  })
})

describe('the business', () => {
  const signed = async (body: Record<string, unknown>) => ucpSigned(platform(body), ucpPlatform, now)

  it('signs its checkout, and a change of any part of it is found', async () => {
    const authorized = { ...checkout(), ap2: { merchant_authorization: await merchantAuthorization(checkout()) } }
    expect(await said(await signed(authorized))).toMatchObject({ checkout: 'verified' })
    expect(await said(await signed({ ...authorized, currency: 'EUR' }))).toBe('foreign-signature-invalid')
    const stranger = { ...authorized, links: [], continue_url: 'https://other.example/' }
    expect(await said(await signed(stranger))).toMatchObject({ checkout: 'unverified' })
  })

  it('signs what our own code signs too', async () => {
    const own = authorizeCheckout(checkout() as never, { kid: ucpBusiness.kid, key: ucpBusiness.key })
    expect(await said(await signed(own as Record<string, unknown>))).toMatchObject({ checkout: 'verified' })
  })

  it.each(['dev.ucp.shopping.ap2_mandate', 'dev.ucp.common.payment.ap2_mandate'])(
    'has to sign where %s was negotiated',
    async (name) => {
      const offer = checkout()
      const ucp = { ...(offer.ucp as object), capabilities: { [name]: [{ version: '2026-08-25' }] } }
      expect(await said(await signed({ ...offer, ucp }))).toBe('foreign-fields-missing')
    },
  )

  it('cannot sell in the name of another the operator lists', async () => {
    const listed = (id: string): Settings => ({
      merchants: [
        {
          cardAcceptorId: 'tea.example',
          currency: 'USD',
          merchant: { reference_merchant_id: id, merchant_name: 'Tea House', merchant_mcc: '5499' },
        },
      ],
    })
    const authorized = { ...checkout(), ap2: { merchant_authorization: await merchantAuthorization(checkout()) } }
    const [message, byBusiness] = [await signed(checkout()), await signed(authorized)]
    expect(await said(byBusiness, listed('tea-house'))).toMatchObject({ merchant: 'verified' })
    expect(await said(byBusiness)).toMatchObject({ merchant: 'unverified' })
    // Whoever links the pages of a shop is not the shop.
    expect(await said(message, listed('tea-house'))).toMatchObject({ merchant: 'unverified' })
    for (const each of [message, byBusiness])
      expect(await said(each, listed('coffee-house'))).toBe('foreign-object-mismatch')
  })

  it('has to be named by somebody', async () => {
    const { ucp: _ucp, ...rest } = checkout()
    const bare = { ...rest, ucp: { version: '2026-04-08', payment_handlers: {} } }
    expect(await said(await signed(bare))).toBe('foreign-fields-missing')
    const named = { ...bare, merchant: { id: 'm-1', name: 'Tea House', website: 'https://tea.example/' } }
    const result = await run(await signed(named))
    expect(result).toMatchObject({ draft: { checkout: { merchant: { reference_merchant_id: 'm-1' } } } })
  })

  it('ends its checkouts', async () => {
    const over = { ...checkout(), expires_at: '2026-11-20T09:59:59Z' }
    expect(await said(await signed(over))).toBe('foreign-expired')
  })
})

describe('a mandate of AP2', () => {
  it.each([
    { isChain: false, isMerchantJwt: false, isAuthorized: true },
    { isChain: true, isMerchantJwt: false, isAuthorized: true },
    { isChain: true, isMerchantJwt: true, isAuthorized: false },
  ])('embeds a checkout of the business: %o', async (how) => {
    const { message } = await ucpSample({ kind: 'mandate', way: 'detached', ...how })
    const result = await run(message)
    expect(await said(message)).toMatchObject({ checkout: 'verified', 'checkout-mandate': 'unverified' })
    expect(result).toMatchObject({ draft: { status: 'inactive', checkout: { reference_checkout_id: 'session-1' } } })
  })

  const provided = staticDirectory(
    {
      keys: [jwkOf(provider.key, { kid: provider.kid, agent: 'provider' })],
      issuers: Object.fromEntries(
        [ucpPlatform, ucpBusiness].map(({ issuer, key, kid }) => [issuer, { keys: [jwkOf(key, { kid })] }]),
      ),
    },
    { name: 'test-directory' },
  )
  const completed = (mandate: string) =>
    bodySigned(
      {
        method: 'POST',
        url: 'https://bridge.example/checkout-sessions/session-1/complete',
        headers: { 'content-type': 'application/json', 'ucp-agent': `profile="${ucpPlatform.issuer}"` },
        body: JSON.stringify({ payment: { instruments: [] }, ap2: { checkout_mandate: mandate } }),
      },
      ucpPlatform,
    )

  it('is proven down to a root that is known, and its bounds hold the checkout', async () => {
    const line = {
      type: 'checkout.line_items',
      items: [{ id: 'a', acceptable_items: [{ id: 'item_1' }], quantity: 2 }],
    }
    for (const isChain of [true, false]) {
      const message = await completed(checkoutMandate(checkout(), { isChain, bounds: line }))
      expect(await said(message, {}, { directory: provided })).toMatchObject({ 'checkout-mandate': 'verified' })
      expect(await said(message)).toMatchObject({ 'checkout-mandate': 'unverified' })
      expect(await said(message, {}, { directory: provided, now: now + 3_700 })).toBe('foreign-expired')
    }
    const narrow = {
      type: 'checkout.line_items',
      items: [{ id: 'a', acceptable_items: [{ id: 'item_1' }], quantity: 1 }],
    }
    const over = await completed(checkoutMandate(checkout(), { isChain: true, bounds: narrow }))
    expect(await said(over, {}, { directory: provided })).toBe('foreign-object-mismatch')
    const named = { type: 'checkout.allowed_merchants', allowed: [{ id: 'other', name: 'Other' }] }
    const elsewhere = await completed(
      checkoutMandate({ ...checkout(), merchant: { id: 'tea-1', name: 'Tea' } }, { isChain: true, bounds: named }),
    )
    expect(await said(elsewhere, {}, { directory: provided })).toBe('foreign-object-mismatch')
  })

  it('whose signature does not hold is refused', async () => {
    const mandate = checkoutMandate(checkout(), {})
    const [token = '', ...rest] = mandate.split('~')
    const broken = await completed([flipJws(token, 7), ...rest].join('~'))
    expect(await said(broken, {}, { directory: provided })).toBe('foreign-signature-invalid')
  })

  it('is for its own session', async () => {
    const { message } = await ucpSample({ kind: 'mandate', way: 'detached', isAuthorized: true })
    expect(await said({ ...message, url: message.url.replace('session-1', 'session-2') })).toBe(
      'foreign-object-mismatch',
    )
  })

  it('whose checkout nobody signed proves nothing about the business', async () => {
    const { message } = await ucpSample({ kind: 'mandate', way: 'detached' })
    expect(await said(message)).toMatchObject({ checkout: 'unverified' })
  })
})

describe('a call over MCP', () => {
  const call = (name: string, checkout: object, profile = ucpPlatform.issuer): TapRequest => ({
    method: 'POST',
    url: 'https://bridge.example/mcp',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: { meta: { 'ucp-agent': { profile }, id: 'session-1' }, checkout } },
    }),
  })
  const pays = {
    payment: {
      instruments: [
        {
          id: 'mandate-1',
          handler_id: 'amp',
          type: 'amp_wallet',
          credential: { type: 'amp_payment_token', ...credential },
        },
      ],
    },
  }

  it('names its sender inside, and is read like a request', async () => {
    const message = await ucpSigned(call('complete_checkout', pays), ucpPlatform, now)
    expect(await run(message)).toMatchObject({ identity: { interaction: 'payment', proof: 'signature' } })
    expect(await said(message)).toMatchObject({ proof: 'verified', instrument: 'unverified' })
    const other = await ucpSigned(call('complete_checkout', pays, 'https://evil.example/profile'), ucpPlatform, now)
    expect(await said(other)).toBe('foreign-agent-unknown')
    const two = {
      ...call('get_checkout', {}),
      headers: { ...call('', {}).headers, 'ucp-agent': 'profile="https://a.example/"' },
    }
    expect(await said(await ucpSigned(two, ucpPlatform, now))).toBe('message-malformed')
  })

  it('whose AMP wallet pays only a part, or carries what no instrument has, is refused', async () => {
    const [first] = pays.payment.instruments
    const split = { payment: { instruments: [first, { id: 'x', handler_id: 'y', type: 'gift_card' }] } }
    expect(await said(await ucpSigned(call('complete_checkout', split), ucpPlatform, now))).toBe(
      'foreign-constraint-unknown',
    )
    const strange = { payment: { instruments: [{ ...first, note: 'more' }] } }
    expect(await said(await ucpSigned(call('complete_checkout', strange), ucpPlatform, now))).toBe('message-malformed')
  })

  it('that carries two checkouts means neither', async () => {
    const message = { ...call('x', {}), body: JSON.stringify({ jsonrpc: '2.0', result: [checkout(), checkout()] }) }
    const named = { ...message, headers: { ...message.headers, 'ucp-agent': `profile="${ucpPlatform.issuer}"` } }
    expect(await said(await ucpSigned(named, ucpPlatform, now))).toBe('foreign-wire-form-unsupported')
  })
})

describe('an answer', () => {
  it.each([ucpBusiness, ucpBotPlatform])('is signed over its status and body, with $kid', async ({ kid, key }) => {
    const jwk = readKey(jwkOf(key, { kid }) as never)
    const keys = new Map(jwk ? [[kid, jwk]] : [])
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":"session-1"}' }
    const signed = await signUcpAnswer(answer, { kid, key }, { created: now })
    expect(await isUcpAnswerSigned(signed, keys, now)).toBe(true)
    expect(await isUcpAnswerSigned({ ...signed, status: 201 }, keys, now)).toBe(false)
    expect(await isUcpAnswerSigned({ ...signed, body: '{"id":"session-2"}' }, keys, now)).toBe(false)
    expect(await isUcpAnswerSigned(signed, new Map(), now)).toBe(false)
  })
})
