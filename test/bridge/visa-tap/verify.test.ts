/** Proves that every step of TAP verification refuses with its own reason, and that object signatures are evidence. */
import { constants, sign } from 'node:crypto'
import { createSignature } from 'http-message-sig'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type BridgeContext, type BridgeResult, sealAdapter } from '../../../bridge/adapter.ts'
import { staticDirectory } from '../../../bridge/keys.ts'
import { readDescription } from '../../../bridge/message.ts'
import { translate } from '../../../bridge/translate.ts'
import { visaTap } from '../../../bridge/visa-tap/index.ts'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import {
  agentRsa,
  bounds,
  checkout,
  consumerObject,
  containerObject,
  contextOf,
  ed25519Key,
  idTokenIssuer,
  iouObject,
  keySet,
  now,
  otherAgent,
  publicJwk,
  signing,
  tapRequest,
} from '../tap-agent.ts'

const run = (message: unknown, context: BridgeContext = contextOf()): Promise<BridgeResult> =>
  translate(readDescription(message), context)

const codeOf = (result: BridgeResult): string =>
  result.outcome === 'refused' ? result.problem.code : `${result.outcome}, not refused`

const statusOf = (result: BridgeResult, kind: string): string | undefined =>
  result.evidence.find((evidence) => evidence.kind === kind)?.status

const draftOf = (result: BridgeResult) => (result.outcome === 'translated' ? result.draft : undefined)

const withHeader = (request: TapRequest, name: string, change: (value: string) => string): TapRequest => ({
  ...request,
  headers: { ...request.headers, [name]: change(request.headers[name] ?? '') },
})

const input = 'signature-input'

type Case = [name: string, code: string, message: () => Promise<unknown>, context?: () => BridgeContext]

const refusals: Case[] = [
  [
    'no Signature header',
    'foreign-signature-missing',
    async () => {
      const { signature: _signature, ...headers } = (await tapRequest()).headers
      return { ...(await tapRequest()), headers }
    },
  ],
  [
    'TAP objects without any signature',
    'foreign-signature-missing',
    async () => ({
      method: 'POST',
      url: 'https://merchant.example/checkout',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ agenticConsumer: consumerObject() }),
    }),
  ],
  ...(['created', 'expires', 'keyid', 'alg', 'nonce'] as const).map(
    (name): Case => [
      `no ${name}`,
      'foreign-fields-missing',
      async () =>
        withHeader(await tapRequest(), input, (value) => value.replace(new RegExp(`;${name}=("[^"]*"|\\d+)`), '')),
    ],
  ),
  [
    '@path not covered',
    'foreign-fields-missing',
    async () => withHeader(await tapRequest(), input, (value) => value.replace(' "@path"', '')),
  ],
  [
    '@authority of something else',
    'foreign-fields-missing',
    async () => withHeader(await tapRequest(), input, (value) => value.replace('"@authority"', '"@authority";req')),
  ],
  ['an empty nonce', 'foreign-fields-missing', () => tapRequest(undefined, { nonce: '' })],
  [
    'created that is no integer',
    'message-malformed',
    async () => withHeader(await tapRequest(), input, (value) => value.replace(/created=\d+/, 'created="1"')),
  ],
  [
    'a label twice',
    'message-malformed',
    async () => withHeader(await tapRequest(), input, (value) => `sig2=("@method");created=1, ${value}`),
  ],
  [
    'a signature label twice',
    'message-malformed',
    async () => withHeader(await tapRequest(), 'signature', (value) => `${value}, ${value}`),
  ],
  [
    'a parameter twice',
    'message-malformed',
    async () => withHeader(await tapRequest(), input, (value) => value.replace(';nonce=', ';nonce="x";nonce=')),
  ],
  [
    'two tags in one signature',
    'message-malformed',
    async () => withHeader(await tapRequest(), input, (value) => `${value};tag="web-bot-auth"`),
  ],
  [
    'two TAP signatures',
    'message-malformed',
    async () => {
      const [one, two] = [await tapRequest(), await tapRequest(undefined, { tag: 'agent-browser-auth', label: 'sig1' })]
      return withHeader(
        withHeader(one, input, (value) => `${value}, ${two.headers[input]}`),
        'signature',
        (value) => `${value}, ${two.headers.signature}`,
      )
    },
  ],
  [
    'a header that is no dictionary',
    'message-malformed',
    async () => withHeader(await tapRequest(), input, (value) => value.replace('("@authority"', '("@authority')),
  ],
  [
    'keyId of the sample repository',
    'foreign-wire-form-unsupported',
    async () => withHeader(await tapRequest(), input, (value) => value.replace(';keyid=', ';keyId=')),
  ],
  [
    'spaces of the sample repository',
    'foreign-wire-form-unsupported',
    async () => withHeader(await tapRequest(), input, (value) => value.replaceAll(';', '; ')),
  ],
  [
    'an algorithm of HMAC',
    'foreign-algorithm-not-allowed',
    async () => withHeader(await tapRequest(), input, (value) => value.replace('alg="ed25519"', 'alg="hmac-sha256"')),
  ],
  [
    'an algorithm none',
    'foreign-algorithm-not-allowed',
    async () => withHeader(await tapRequest(), input, (value) => value.replace('alg="ed25519"', 'alg="none"')),
  ],
  ['PS256 that nobody allowed', 'foreign-algorithm-not-allowed', () => tapRequest(undefined, {}, agentRsa)],
  [
    'a window of 481 seconds',
    'foreign-window-invalid',
    () => tapRequest(undefined, { created: now - 10, expires: now + 471 }),
  ],
  [
    'a window that ends as it begins',
    'foreign-window-invalid',
    () => tapRequest(undefined, { created: now, expires: now }),
  ],
  [
    'a signature of tomorrow',
    'foreign-not-yet-valid',
    () => tapRequest(undefined, { created: now + 61, expires: now + 100 }),
  ],
  ['a signature that ends now', 'foreign-expired', () => tapRequest(undefined, { created: now - 100, expires: now })],
  [
    'a key nobody knows',
    'foreign-agent-unknown',
    () => tapRequest(undefined, {}, { keyid: 'nobody', key: ed25519Key('nobody') }),
  ],
  [
    'ed25519 with an RSA key',
    'foreign-key-mismatch',
    async () => withHeader(await tapRequest(), input, (value) => value.replace('shop-agent-1', 'shop-agent-rsa')),
  ],
  [
    'a key tied to another algorithm',
    'foreign-key-mismatch',
    () => tapRequest(),
    () => contextOf({}, { directory: staticDirectory({ keys: [{ ...keySet.keys[0], alg: 'ES256' }] }, { name: 'd' }) }),
  ],
  [
    'a key of another agent under the same id',
    'foreign-signature-invalid',
    () => tapRequest(),
    () =>
      contextOf(
        {},
        { directory: staticDirectory({ keys: [publicJwk({ ...otherAgent, keyid: 'shop-agent-1' })] }, { name: 'd' }) },
      ),
  ],
  [
    'a directory that cannot be read',
    'directory-unavailable',
    () => tapRequest(),
    () =>
      contextOf(
        {},
        { directory: { name: 'd', find: () => Promise.reject(new Error('down')), findIssuer: async () => undefined } },
      ),
  ],
  [
    'a nonce store that is full',
    'directory-unavailable',
    () => tapRequest(),
    () => contextOf({}, { nonces: { record: async () => 'full' } }),
  ],
  [
    'a nonce store that is down',
    'directory-unavailable',
    () => tapRequest(),
    () => contextOf({}, { nonces: { record: () => Promise.reject(new Error('down')) } }),
  ],
  [
    'a consumer object of another nonce',
    'foreign-object-mismatch',
    () => tapRequest({ agenticConsumer: consumerObject({ nonce: 'other' }) }),
  ],
  [
    'a consumer object of another agent',
    'foreign-object-mismatch',
    () => tapRequest({ agenticConsumer: consumerObject({}, otherAgent) }),
  ],
  [
    'a payment object of another agent',
    'foreign-object-mismatch',
    () => tapRequest({ agenticPaymentContainer: containerObject({}, otherAgent) }),
  ],
  [
    'an IOU of another agent',
    'foreign-object-mismatch',
    () => tapRequest({ agenticPaymentContainer: containerObject({ browsingIOU: iouObject({}, otherAgent) }) }),
  ],
  [
    'a consumer object without nonce',
    'foreign-fields-missing',
    () => tapRequest({ agenticConsumer: { idToken: 'x' } }),
  ],
  ['a consumer object that is a list', 'message-malformed', () => tapRequest({ agenticConsumer: [] })],
  [
    'a hash of the card',
    'card-data-present',
    () => tapRequest({ agenticPaymentContainer: containerObject({ credentialHash: { alg: 'x' } }) }),
  ],
  [
    'an encrypted card',
    'card-data-present',
    () => tapRequest({ agenticPaymentContainer: containerObject({ payload: 'eyJ' }) }),
  ],
  ['a member twice', 'message-malformed', () => tapRequest('{"checkout":{},"checkout":{}}')],
  ['a body nested too deep', 'message-too-large', () => tapRequest(`${'['.repeat(40)}${']'.repeat(40)}`)],
  [
    'an IOU without a currency anywhere',
    'foreign-currency-missing',
    () => tapRequest({ agenticPaymentContainer: containerObject({ browsingIOU: iouObject() }) }),
  ],
  [
    'an IOU with more decimals than the currency',
    'message-malformed',
    () => tapRequest({ agenticPaymentContainer: containerObject({ browsingIOU: iouObject({ amount: '12.505' }) }) }),
    () => contextOf({ currency: 'USD' }),
  ],
  [
    'an IOU with a number for an amount',
    'foreign-fields-missing',
    () => tapRequest({ agenticPaymentContainer: containerObject({ browsingIOU: iouObject({ amount: 12.5 }) }) }),
    () => contextOf({ currency: 'USD' }),
  ],
  [
    'an IOU and a checkout',
    'foreign-object-mismatch',
    () => tapRequest({ checkout, agenticPaymentContainer: containerObject({ browsingIOU: iouObject() }) }),
    () => contextOf({ currency: 'USD' }),
  ],
  [
    'a bound AMP does not know',
    'foreign-constraint-unknown',
    () => tapRequest({ intent: { ...bounds, constraints: { ...bounds.constraints, weekdays: ['MON'] } } }),
  ],
  ['a checkout with bounds', 'message-malformed', () => tapRequest({ checkout, intent: bounds })],
  ['a checkout that is not AMP', 'message-malformed', () => tapRequest({ checkout: { cart: 1 } })],
  [
    'a currency that does not exist',
    'foreign-currency-missing',
    () => tapRequest({ checkout: { ...checkout, total_amount: { currency: 'XXX', value: '1' } } }),
  ],
  [
    'a body changed under a covered digest',
    'foreign-object-mismatch',
    async () => ({
      ...(await tapRequest({ checkout }, { coversBody: true })),
      body: JSON.stringify({ checkout: { ...checkout, reference_checkout_id: 'order-2' } }),
    }),
  ],
]

describe('a TAP request is refused with its own reason', () => {
  it.each(refusals)('%s: %s', async (_name, code, message, context) => {
    expect(codeOf(await run(await message(), context?.()))).toBe(code)
  })

  it('the signature of the sample repository over a path with its query', async () => {
    const { signature, [input]: inputs } = (
      await tapRequest(undefined, {}, undefined, { url: 'https://merchant.example/checkout%3Fcart=1' })
    ).headers
    const overOther = await run({
      method: 'GET',
      url: 'https://merchant.example/checkout?cart=1',
      headers: { signature, [input]: inputs },
    })
    expect(codeOf(overOther)).toBe('foreign-signature-invalid')
    const params = inputs?.replace('sig2=', '') ?? ''
    const base = `"@authority": merchant.example\n"@path": /checkout?cart=1\n"@signature-params": ${params}`
    const value = sign(null, Buffer.from(base), ed25519Key('shop agent')).toString('base64')
    const sample = {
      method: 'GET',
      url: 'https://merchant.example/checkout?cart=1',
      headers: { [input]: inputs, signature: `sig2=:${value}:` },
    }
    expect(codeOf(await run(sample))).toBe('foreign-wire-form-unsupported')
  })

  it('a public test key that nobody allowed, and takes it where a trust list does', async () => {
    // The key pair of RFC 8037 appendix A: its private half is printed there.
    const published = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'rfc' }
    const find = (allowPublicTestKeys: boolean) =>
      staticDirectory({ keys: [published] }, { name: 'd', allowPublicTestKeys }).find('rfc')
    expect(await find(false)).toBeUndefined()
    expect((await find(true))?.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('a copy, whichever of twenty comes first', async () => {
    const context = contextOf()
    const request = await tapRequest()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => run(request, context)))
    expect(outcomes.filter(({ outcome }) => outcome === 'translated')).toHaveLength(1)
    expect(new Set(outcomes.filter(({ outcome }) => outcome === 'refused').map(codeOf))).toEqual(
      new Set(['foreign-nonce-replayed']),
    )
  })

  it('and a forged copy does not burn the nonce of the real one', async () => {
    const context = contextOf()
    const request = await tapRequest()
    expect(codeOf(await run({ ...request, url: 'https://merchant.example/other' }, context))).toBe(
      'foreign-signature-invalid',
    )
    expect((await run(request, context)).outcome).toBe('translated')
  })
})

describe('a TAP request is translated', () => {
  it('to an identity where it only browses, whatever its body proposes', async () => {
    const body = { checkout, agenticPaymentContainer: containerObject({ browsingIOU: iouObject() }) }
    const result = await run(await tapRequest(body, { tag: 'agent-browser-auth' }), contextOf({ currency: 'USD' }))
    expect(result).toMatchObject({
      outcome: 'translated',
      identity: { interaction: 'browse', agent: { id: 'shop-agent' } },
    })
    expect(draftOf(result)).toBeUndefined()
    expect(statusOf(result, 'iou')).toBe('verified')
    expect(result.outcome === 'translated' && result.losses.map(({ field }) => field)).toContain(
      'body/checkout/reference_checkout_id',
    )
  })

  it('to a draft where it proposes an AMP checkout, marked unsigned', async () => {
    const result = await run(await tapRequest({ checkout }))
    expect(draftOf(result)).toMatchObject({
      kind: 'mandate-draft',
      status: 'inactive',
      mode: 'IMMEDIATE',
      checkout,
      liability: 'absent',
      guarantee: 'absent',
      revocation: 'absent',
    })
    expect([statusOf(result, 'checkout'), statusOf(result, 'intent'), statusOf(result, 'user-mandate')]).toEqual([
      'unsigned',
      'composed',
      'absent',
    ])
    expect(draftOf(result)?.intent.desc).toBe('The agent Shop Agent asks to pay 12.50 USD to Tea House')
  })

  it('with the checkout verified where the signature covers a digest of the body', async () => {
    expect(statusOf(await run(await tapRequest({ checkout }, { coversBody: true })), 'checkout')).toBe('verified')
  })

  it('to a draft with bounds, in the words of the agent', async () => {
    const result = await run(await tapRequest({ intent: bounds }))
    expect(draftOf(result)).toMatchObject({ status: 'inactive', mode: 'AUTONOMOUS', intent: bounds })
  })

  it('to a draft from a signed IOU in the currency of its merchant', async () => {
    const body = { agenticPaymentContainer: containerObject({ browsingIOU: iouObject({ amount: '1250' }) }) }
    const merchant = { reference_merchant_id: 'M-9', merchant_name: 'Tea House Kyoto', merchant_mcc: '5499' }
    const listed = { cardAcceptorId: 'CAID1', acquirerId: 'ACQ1', currency: 'JPY', merchant }
    const result = await run(await tapRequest(body), contextOf({ currency: 'USD', merchants: [listed] }))
    expect(draftOf(result)).toMatchObject({
      checkout: { total_amount: { currency: 'JPY', value: '1250' }, merchant, reference_checkout_id: 'inv-1' },
    })
    const elsewhere = await run(await tapRequest(body), contextOf({ merchants: [{ ...listed, acquirerId: 'ACQ2' }] }))
    expect(codeOf(elsewhere)).toBe('foreign-object-mismatch')
  })

  it('without a draft where the IOU was altered: evidence, and no amount is taken from it', async () => {
    const altered = { ...iouObject(), amount: '1.00' }
    const result = await run(
      await tapRequest({ agenticPaymentContainer: containerObject({ browsingIOU: altered }) }),
      contextOf({ currency: 'USD' }),
    )
    expect(statusOf(result, 'iou')).toBe('bad-signature')
    expect(draftOf(result)).toBeUndefined()
  })

  it('with each object as good as its signature', async () => {
    const status = async (agenticConsumer: unknown) =>
      statusOf(await run(await tapRequest({ agenticConsumer })), 'consumer')
    expect(await status(consumerObject())).toBe('verified')
    expect(await status({ ...consumerObject(), contextualData: { countryCode: 'CA' } })).toBe('bad-signature')
    expect(await status({ ...consumerObject(), signature: 'not base64!' })).toBe('bad-signature')
    expect(await status({ ...consumerObject(), alg: 'HS256' })).toBe('unverified')
    expect(await status({ ...consumerObject(), kid: 'nobody' })).toBe('unverified')
    expect(await status({ nonce: signing.nonce })).toBe('unsigned')
    expect(statusOf(await run(await tapRequest({})), 'consumer')).toBe('absent')
  })

  it('with the ID token as good as its issuer, and none of its claims', async () => {
    const token = (claims: Record<string, unknown>, key = idTokenIssuer.key) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'EdDSA', kid: idTokenIssuer.keyid, typ: 'JWT+ext.id_token' })
        .sign(key)
    const claims = { iss: idTokenIssuer.issuer, sub: 'consumer-77', exp: now + 60, email: 'hidden@example' }
    const status = async (idToken: string) => {
      const result = await run(await tapRequest({ agenticConsumer: consumerObject({ idToken }) }))
      expect(JSON.stringify(result)).not.toMatch(/consumer-77|hidden@example/)
      return statusOf(result, 'id-token')
    }
    expect(await status(await token(claims))).toBe('verified')
    expect(await status(await token({ ...claims, exp: now - 120 }))).toBe('expired')
    expect(await status(await token(claims, ed25519Key('forger')))).toBe('bad-signature')
    expect(await status(await token({ ...claims, iss: 'https://elsewhere.example' }))).toBe('unverified')
    expect(await status('a placeholder')).toBe('unverified')
  })

  it('signed with PS256 where the operator allows it, and with the alias Ed25519', async () => {
    expect((await run(await tapRequest(undefined, {}, agentRsa), contextOf({ allowPs256: true }))).outcome).toBe(
      'translated',
    )
    const { [input]: inputs = '' } = (await tapRequest()).headers
    const aliased = inputs.replace('"ed25519"', '"Ed25519"')
    const base = `"@authority": merchant.example\n"@path": /checkout\n"@signature-params": ${aliased.replace('sig2=', '')}`
    const signature = `sig2=:${sign(null, Buffer.from(base), ed25519Key('shop agent')).toString('base64')}:`
    const result = await run({
      method: 'GET',
      url: 'https://merchant.example/checkout',
      headers: { [input]: aliased, signature },
    })
    expect(result).toMatchObject({ outcome: 'translated', identity: { algorithm: 'Ed25519' } })
  })

  it('with RSA-PSS only where the salt is as long as the hash', async () => {
    const salted = (saltLength: number) => async (data: Uint8Array) =>
      sign('sha256', data, { key: agentRsa.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
    const request = async (saltLength: number) => {
      const { signature, signatureInput } = await createSignature(
        { kind: 'request', method: 'GET', targetUri: 'https://merchant.example/tea', fields: [] },
        {
          label: 'sig2',
          components: ['@authority', '@path'],
          parameters: {
            created: now - 1,
            expires: now + 300,
            keyid: agentRsa.keyid,
            alg: 'rsa-pss-sha256',
            nonce: `salt-${saltLength}`,
            tag: 'agent-payer-auth',
          },
          signer: { algorithm: 'rsa-pss-sha256', sign: salted(saltLength) },
        },
      )
      return {
        method: 'GET',
        url: 'https://merchant.example/tea',
        headers: { 'signature-input': signatureInput, signature },
      }
    }
    const code = async (saltLength: number) =>
      codeOf(await run(await request(saltLength), contextOf({ allowPs256: true })))
    expect(await code(32)).toBe('translated, not refused')
    for (const saltLength of [0, 20, 31, 33, constants.RSA_PSS_SALTLEN_MAX_SIGN])
      expect([saltLength, await code(saltLength)]).toEqual([saltLength, 'foreign-signature-invalid'])
  })

  it('from an IOU only where it is what the merchant asked for with its 402', async () => {
    const body = { agenticPaymentContainer: containerObject({ browsingIOU: iouObject() }) }
    const asked = (invoices: Record<string, Record<string, string>>) =>
      contextOf({ currency: 'USD', protocols: { 'visa-tap': { invoices } } })
    const invoice = { amount: '12.50', cardAcceptorId: 'CAID1', acquirerId: 'ACQ1' }
    expect((await run(await tapRequest(body), asked({ 'inv-1': invoice }))).outcome).toBe('translated')
    for (const invoices of [
      {},
      { 'inv-2': invoice },
      { 'inv-1': { ...invoice, amount: '12.49' } },
      { 'inv-1': { ...invoice, acquirerId: 'ACQ2' } },
    ])
      expect(codeOf(await run(await tapRequest(body), asked(invoices)))).toBe('foreign-object-mismatch')
  })

  it('beside a signature for somebody else, under any label', async () => {
    const request = await tapRequest(undefined, { label: 'agent' })
    const both = withHeader(
      withHeader(request, input, (value) => `proxy=("@method");created=1;tag="cdn", ${value}`),
      'signature',
      (value) => `proxy=:AAAA:, ${value}`,
    )
    expect(await run(both)).toMatchObject({ outcome: 'translated' })
  })
})

describe('a signature input', () => {
  it.each([';', '; ', ';tag', '"', '\\"', '(', '(,', ', ', 'a=', ';tag="agent-payer-auth"', ';   '])(
    'of thousands of %j does not take long',
    async (unit) => {
      for (const start of ['', 'sig2=("@authority" "@path");tag="agent-payer-auth"']) {
        const value = `${start}${unit.repeat(15_000 / unit.length)}`
        const started = performance.now()
        const result = await run({
          method: 'GET',
          url: 'https://merchant.example/',
          headers: { [input]: value, signature: 'sig2=:AAAA:' },
        })
        expect(performance.now() - started).toBeLessThan(2_000)
        expect(result.outcome).not.toBe('translated')
      }
    },
  )
})

describe('a message that is not TAP', () => {
  it('is left alone', async () => {
    const bot = withHeader(await tapRequest(), input, (value) => value.replace('agent-payer-auth', 'web-bot-auth'))
    const alone = await translate(readDescription(bot), contextOf(), [sealAdapter(visaTap)])
    expect(alone.outcome).toBe('not-this-protocol')
    expect(await run(bot)).toMatchObject({ outcome: 'refused', protocol: 'web-bot-auth' })
    expect((await run({ method: 'GET', url: 'https://merchant.example/', headers: {} })).outcome).toBe(
      'not-this-protocol',
    )
  })

  it.each([
    ['no object', []],
    ['a relative URL', { method: 'GET', url: '/checkout', headers: {} }],
    ['credentials in the URL', { method: 'GET', url: 'https://a:b@merchant.example/', headers: {} }],
    ['a path with steps back', { method: 'GET', url: 'https://merchant.example/a/../b', headers: {} }],
    ['a path with encoded steps back', { method: 'GET', url: 'https://merchant.example/a/%2e%2E/b', headers: {} }],
    ['a fragment', { method: 'GET', url: 'https://merchant.example/#a', headers: {} }],
    ['a header with a line break', { method: 'GET', url: 'https://merchant.example/', headers: { a: 'b\r\nc' } }],
    [
      'a compressed body',
      { method: 'POST', url: 'https://merchant.example/', headers: { 'content-encoding': 'gzip' }, body: 'x' },
    ],
    ['a body that is an object', { method: 'POST', url: 'https://merchant.example/', headers: {}, body: {} }],
  ])('is malformed with %s', async (_name, message) => {
    expect(codeOf(await run(message))).toBe('message-malformed')
  })

  it.each([
    ['a body', { body: 'x'.repeat(65_537) }],
    ['a URL', { url: `https://merchant.example/${'x'.repeat(8_192)}` }],
    ['headers', { headers: { a: 'x'.repeat(16_384) } }],
  ])('is too large with %s', async (_name, part) => {
    expect(codeOf(await run({ method: 'POST', url: 'https://merchant.example/', headers: {}, ...part }))).toBe(
      'message-too-large',
    )
  })
})
