/** A TAP agent for tests: fixed keys nobody else uses, the directory that trusts them, and requests signed with them. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { BridgeContext, Settings } from '../../bridge/adapter.ts'
import { type KeyDirectory, staticDirectory } from '../../bridge/keys.ts'
import { memoryNonces } from '../../bridge/nonces.ts'
import {
  signTapObject,
  signTapRequest,
  type TapRequest,
  type TapSigner,
  type TapSigning,
} from '../../bridge/visa-tap/sign.ts'

/** An Ed25519 key from a name: the same in every run. */
export const ed25519Key = (name: string): KeyObject => {
  const seed = createHash('sha256').update(`agentic-mobile-protocol test key ${name}`).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

/** Node cannot make an RSA key from a seed, so this one is new in every run; nothing in the tests depends on its value. */
export const rsaKey: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

export const agent: TapSigner = { keyid: 'shop-agent-1', key: ed25519Key('shop agent') }
export const agentRsa: TapSigner = { keyid: 'shop-agent-rsa', key: rsaKey }
export const otherAgent: TapSigner = { keyid: 'other-agent-1', key: ed25519Key('other agent') }
export const idTokenIssuer = { issuer: 'https://id.example', keyid: 'id-1', key: ed25519Key('id token issuer') }

export const publicJwk = (signer: TapSigner, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...createPublicKey(signer.key).export({ format: 'jwk' }),
  kid: signer.keyid,
  use: 'sig',
  ...more,
})

/** The key set of the tests: two keys of one agent, one key of another, and an issuer of ID tokens. */
export const keySet = {
  keys: [
    publicJwk(agent, { agent: { id: 'shop-agent', name: 'Shop Agent', domain: 'https://agent.example' } }),
    publicJwk(agentRsa, {
      agent: { id: 'shop-agent', name: 'Shop Agent', domain: 'https://agent.example' },
      alg: 'PS256',
    }),
    publicJwk(otherAgent, { agent: 'other-agent' }),
  ],
  issuers: { [idTokenIssuer.issuer]: { keys: [publicJwk(idTokenIssuer)] } },
}

export const directory: KeyDirectory = staticDirectory(keySet, { name: 'test-directory' })

/** 2026-11-20T10:00:00Z. */
export const now = 1_795_168_800

/** A context of its own: a nonce store that has seen nothing. */
export const contextOf = (settings: Settings = {}, more: Partial<BridgeContext> = {}): BridgeContext => ({
  now,
  directory,
  nonces: memoryNonces(1_000),
  settings,
  ...more,
})

/** How a request is signed unless a test says otherwise. */
export const signing: TapSigning = { tag: 'agent-payer-auth', nonce: 'bm9uY2U', created: now - 10, expires: now + 300 }

export const url = 'https://merchant.example/checkout?cart=1'

/** A signed POST with a JSON body, or a signed GET without one. */
export const tapRequest = (
  body?: unknown,
  how: Partial<TapSigning> = {},
  signer: TapSigner = agent,
  request: Partial<TapRequest> = {},
): Promise<TapRequest> =>
  signTapRequest(
    body === undefined
      ? { method: 'GET', url, headers: {}, ...request }
      : {
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
          ...request,
        },
    signer,
    { ...signing, ...how },
  )

/** An AMP checkout of 12.50 USD. */
export const checkout = {
  total_amount: { currency: 'USD', value: '1250' },
  merchant: { reference_merchant_id: 'M-1', merchant_name: 'Tea House', merchant_mcc: '5499' },
  goods: [{ goods_name: 'Oolong', goods_unit_amount: { currency: 'USD', value: '1250' }, goods_quantity: '1' }],
  reference_checkout_id: 'order-1',
}

/** Bounds of a delegated purchase. */
export const bounds = {
  raw: 'Buy tea for me when it is on sale',
  desc: 'Tea, 50 USD at most',
  expiry_time: '2026-12-20T10:00:00Z',
  constraints: { budget_amount: { currency: 'USD', value: '5000' }, merchant_name_list: ['Tea House'] },
}

export const consumerObject = (members: Record<string, unknown> = {}, signer: TapSigner = agentRsa) =>
  signTapObject({ nonce: signing.nonce, contextualData: { countryCode: 'US', zip: '94105' }, ...members }, signer)

export const iouObject = (members: Record<string, unknown> = {}, signer: TapSigner = agent) =>
  signTapObject(
    {
      invoiceId: 'inv-1',
      amount: '12.50',
      cardAcceptorId: 'CAID1',
      acquirerId: 'ACQ1',
      uri: 'https://merchant.example/a',
      ...members,
    },
    signer,
  )

export const containerObject = (members: Record<string, unknown> = {}, signer: TapSigner = agentRsa) =>
  signTapObject({ nonce: signing.nonce, ...members }, signer)
