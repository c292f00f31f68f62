/** Examples of the playground: one message per adapter, signed when it starts, with keys that live as long as it does. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createSignature } from 'http-message-sig'
import { acpExamples } from '../acp/examples.ts'
import { ap2Examples } from '../ap2/examples.ts'
import { thumbprintOf } from '../keys.ts'
import { mppExamples } from '../mpp/examples.ts'
import { ucpExamples } from '../ucp/examples.ts'
import { signTapObject, signTapRequest, type TapRequest } from '../visa-tap/sign.ts'
import { x402Examples } from '../x402/examples.ts'

/** A message to paste, with whom it takes to believe it. */
export type Example = {
  readonly protocol: string
  readonly title: string
  readonly direction: 'in' | 'out'
  /** A message description, or for `out` an AMP document. */
  readonly input: unknown
  readonly keys: unknown
  readonly settings: Readonly<Record<string, unknown>>
  readonly now: number
}

type Jwk = Record<string, string>
const jwkOf = (key: KeyObject, kid?: string): Jwk => {
  const jwk = key.export({ format: 'jwk' }) as Jwk
  return { ...jwk, kid: kid ?? thumbprintOf(jwk) }
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')
const nonce = (): string => randomBytes(12).toString('base64url')

const jws = (header: object, claims: object, key: KeyObject): string => {
  const input = `${part({ alg: 'ES256', ...header })}.${part(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

type Signing = {
  readonly key: KeyObject
  readonly keyid: string
  readonly tag: string
  readonly now: number
  readonly components: readonly (string | { name: string; parameters: object })[]
}

/** Signs a request with an Ed25519 key, and its body by a digest. */
const signed = async (request: TapRequest, { key, keyid, tag, now, components }: Signing): Promise<TapRequest> => {
  const digest = createHash('sha256')
    .update(request.body ?? '')
    .digest('base64')
  const headers =
    request.body === undefined ? request.headers : { ...request.headers, 'content-digest': `sha-256=:${digest}:` }
  const { signature, signatureInput } = await createSignature(
    {
      kind: 'request',
      method: request.method,
      targetUri: request.url,
      fields: Object.entries(headers).map(([name, value]) => ({ name, value })),
    },
    {
      label: 'sig1',
      components: components as never,
      parameters: { created: now, expires: now + 300, keyid, alg: 'ed25519', nonce: nonce(), tag },
      signer: { algorithm: 'ed25519', sign: (data) => sign(null, data, key) },
    },
  )
  return { ...request, headers: { ...headers, 'signature-input': signatureInput, signature } }
}

const json = { 'content-type': 'application/json' }
const bodyParts = ['@authority', '@path', 'content-digest']

const checkout = {
  total_amount: { currency: 'USD', value: '1250' },
  merchant: { reference_merchant_id: 'tea-house', merchant_name: 'Tea House', merchant_mcc: '5499' },
  goods: [{ goods_name: 'Oolong', goods_unit_amount: { currency: 'USD', value: '1250' }, goods_quantity: '1' }],
  reference_checkout_id: 'order-1',
}

/** Final mandates of a card holder: the credential, and one checkout with its payment. */
const bundle = (issuer: KeyObject, kid: string, now: number): Record<string, string> => {
  const user = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const l1Claims = {
    iss: 'https://issuer.example',
    sub: 'holder-1',
    iat: now - 3_600,
    exp: now + 86_400,
    vct: 'https://issuer.example/card',
    cnf: { jwk: user.publicKey.export({ format: 'jwk' }) },
    pan_last_four: '1234',
    _sd_alg: 'sha-256',
  }
  const l1 = `${jws({ typ: 'sd+jwt', kid }, l1Claims, issuer)}~`
  const cart = jws({ typ: 'JWT' }, { total: 1_250 }, user.privateKey)
  const mandates = [
    {
      vct: 'mandate.checkout.1',
      checkout_jwt: cart,
      checkout_hash: hashOf(cart),
      prompt_summary: 'some oolong, please',
    },
    {
      vct: 'mandate.payment.1',
      payment_instrument: { type: 'card', id: 'card-1' },
      payment_amount: { currency: 'USD', amount: 1_250 },
      payee: { id: 'tea-house', name: 'Tea House', website: 'https://tea.example/' },
      transaction_id: hashOf(cart),
    },
  ].map((mandate) => part([nonce(), mandate]))
  const l2Claims = {
    nonce: nonce(),
    aud: 'https://agent.example',
    iat: now,
    exp: now + 600,
    sd_hash: hashOf(l1),
    _sd_alg: 'sha-256',
    delegate_payload: mandates.map((text) => ({ '...': hashOf(text) })),
  }
  return { l1, l2: `${jws({ typ: 'kb-sd-jwt', kid: 'holder-key' }, l2Claims, user.privateKey)}~${mandates.join('~')}~` }
}

const mandate = (now: number) => {
  const at = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(/\.\d+/, '')
  const usd = (value: string) => ({ currency: 'USD', value })
  return {
    mandateId: 'mandate-1',
    mandateType: 'AUTONOMOUS',
    mandateStatus: 'activated',
    agentId: 'agent-1',
    agentName: 'Tea Agent',
    bindingId: 'binding-1',
    description: 'Tea for a month, 50 USD at most',
    createdAt: at(now),
    validUntil: at(now + 2_592_000),
    budget: { total: usd('5000'), limit: usd('5000'), held: usd('0'), captured: usd('0'), remaining: usd('5000') },
    constraints: { budget_amount: usd('5000'), merchant_name_list: ['Tea House'] },
    events: [{ at: at(now), event: 'activated', mandateStatus: 'activated', by: 'user' }],
  }
}

/** Makes every example anew; `now` is in epoch seconds. */
export const makeExamples = async (now: number): Promise<readonly Example[]> => {
  const agent = generateKeyPairSync('ed25519')
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const bot = jwkOf(agent.publicKey)
  const keys = {
    keys: [{ ...jwkOf(agent.publicKey, 'agent-key-1'), agent: { id: 'tea-agent', name: 'Tea Agent' } }],
    issuers: {
      'https://bot.example': { keys: [bot] },
      'https://issuer.example': { keys: [jwkOf(issuer.publicKey, 'issuer-key-1')] },
      'agent.example': { keys: [jwkOf(issuer.publicKey, 'issuer-key-1')] },
    },
  }
  const tap = { keyid: 'agent-key-1', key: agent.privateKey }
  const by = (tag: string, components: Signing['components'] = bodyParts): Signing => ({
    key: agent.privateKey,
    keyid: 'agent-key-1',
    tag,
    now,
    components,
  })
  const post = (url: string, body: object): TapRequest => ({
    method: 'POST',
    url,
    headers: json,
    body: JSON.stringify(body),
  })
  const tapNonce = nonce()
  const tapBody = {
    agenticConsumer: signTapObject({ nonce: tapNonce, contextualData: { countryCode: 'US' } }, tap),
    checkout,
  }
  const instruction = {
    clientReferenceId: 'client-1',
    tokenId: 'token-1',
    consumerPrompt: 'some tea every now and then',
    mandates: [
      {
        mandateId: 'm-1',
        description: 'Tea',
        preferredMerchantName: 'Tea House',
        declineThreshold: { amount: '8.00', currencyCode: 'USD' },
        effectiveUntilTime: String(now + 86_400),
      },
    ],
  }
  const claims = {
    iss: 'https://issuer.example',
    sub: 'account-1',
    aud: 'tea-house',
    iat: now,
    exp: now + 300,
    jti: nonce(),
  }
  const kya = {
    ...claims,
    hid: { email: 'someone@example.com' },
    aid: { name: 'Tea Agent', creation_ip: '192.0.2.1' },
    amt: '12.50',
    cur: 'USD',
    val: '12500000',
    stp: 'coin',
  }
  const layers = () => bundle(issuer.privateKey, 'issuer-key-1', now)
  const inputs: readonly (readonly [protocol: string, title: string, input: unknown])[] = [
    [
      'visa-tap',
      'an agent proposes a checkout',
      await signTapRequest(post('https://merchant.example/checkout', tapBody), tap, {
        tag: 'agent-payer-auth',
        nonce: tapNonce,
        created: now,
        expires: now + 300,
        coversBody: true,
      }),
    ],
    [
      'visa-tap',
      'an agent looks around',
      await signTapRequest({ method: 'GET', url: 'https://merchant.example/tea', headers: {} }, tap, {
        tag: 'agent-browser-auth',
        nonce: nonce(),
        created: now,
        expires: now + 300,
      }),
    ],
    [
      'visa-intelligent-commerce',
      'a platform creates an instruction',
      await signed(post('https://bridge.example/vacp/v1/instructions', instruction), by('amp-bridge')),
    ],
    [
      'mastercard-agent-pay',
      'an agentic token with an intent',
      await signed(
        post('https://merchant.example/checkout', {
          srcDigitalCardId: 'card-reference-1',
          verifiable_intent: layers(),
        }),
        by('web-bot-auth'),
      ),
    ],
    [
      'verifiable-intent',
      'final mandates of a card holder',
      post('https://network.example/intents', { verifiable_intent: layers() }),
    ],
    [
      'kyapay',
      'a token that may be charged',
      {
        method: 'GET',
        url: 'https://seller.example/',
        headers: { 'kyapay-token': jws({ typ: 'kya-pay+jwt', kid: 'issuer-key-1' }, kya, issuer.privateKey) },
      },
    ],
    [
      'web-bot-auth',
      'a bot says who it is',
      await signed(
        { method: 'GET', url: 'https://shop.example/', headers: { 'signature-agent': 'sig1="https://bot.example"' } },
        {
          ...by('web-bot-auth', ['@authority', { name: 'signature-agent', parameters: { key: 'sig1' } }]),
          keyid: bot.kid ?? '',
        },
      ),
    ],
    [
      'forter-tacp',
      'an opened message',
      post('https://merchant.example/checkout', {
        tac: jws(
          { kid: 'issuer-key-1' },
          { ...claims, iss: 'agent.example', aud: 'merchant.example', jti: nonce(), session: { consent: 'said yes' } },
          issuer.privateKey,
        ),
      }),
    ],
    [
      'erc-8004',
      'a registration file',
      post('https://agent.example/.well-known/agent-registration.json', {
        type: 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1',
        name: 'Tea Agent',
        registrations: [{ agentId: 22, agentRegistry: `eip155:1:0x${'ab'.repeat(20)}` }],
      }),
    ],
  ]
  const given = {
    clientReferenceId: 'client-1',
    tokenId: 'token-1',
    assuranceData: [{ verificationMethod: '23', verificationResults: '01' }],
  }
  return [
    ...inputs.map(
      ([protocol, title, input]): Example => ({ protocol, title, direction: 'in', input, keys, settings: {}, now }),
    ),
    {
      protocol: 'visa-intelligent-commerce',
      title: 'a mandate leaves as an instruction',
      direction: 'out',
      input: { kind: 'mandate', value: mandate(now), given },
      keys: {},
      settings: {},
      now,
    },
    ...(await ucpExamples(now, mandate(now))),
    ...acpExamples(now, mandate(now)),
    ...ap2Examples(now, mandate(now)),
    ...x402Examples(now),
    ...mppExamples(now),
  ]
}
