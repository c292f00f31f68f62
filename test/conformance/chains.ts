/** Valid assurance chains with one thing changed, made for tests with jose alone. */
import { createHash, randomBytes } from 'node:crypto'
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

/** One layer before it is signed. */
export type LayerDraft = {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  disclosures: Record<string, unknown>
  strip: string[]
  /** Disclosures appended without a digest. */
  extra: string[]
  /** Disclosures appended with their digest. */
  signedExtra: string[]
  /** Digests of nothing that is shown. */
  decoys: string[]
  key: CryptoKey
  resign: boolean
}

export type ChainDraft = { identity: LayerDraft; mandate: LayerDraft; tokenRequest: LayerDraft | undefined }

type Holder = { key: CryptoKey; jwk: JWK & { kid: string } }

const holder = async (kid: string): Promise<Holder> => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid } as Holder['jwk'] }
}

export const network = await holder('network-1')
export const isp = await holder('isp-1')
export const agent = await holder('agent-1')
export const stranger = await holder('stranger-1')

export const audience = 'https://network.example'
export const now = 1_790_000_000

export const checkout = {
  total_amount: { currency: 'USD', value: '2500' },
  merchant: { reference_merchant_id: 'm-1', merchant_name: 'Tea House', merchant_mcc: '5499' },
  goods: [{ goods_name: 'Tea', goods_unit_amount: { currency: 'USD', value: '2500' }, goods_quantity: '1' }],
  reference_checkout_id: 'checkout-1',
}

const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const nonce = (): string => randomBytes(16).toString('base64url')
const header = (kid: string) => ({ alg: 'ES256', typ: 'sd+jwt', kid })
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString()

/** A valid chain of a mode, open to be changed. `sd_hash` is filled in when it is signed, unless a test sets it. */
export const draftOf = (mode: 'IMMEDIATE' | 'AUTONOMOUS'): ChainDraft => {
  const autonomous = mode === 'AUTONOMOUS'
  const layer = (
    kid: string,
    key: CryptoKey,
    claims: Record<string, unknown>,
    disclosures: Record<string, unknown>,
  ): LayerDraft => ({
    header: header(kid),
    claims,
    disclosures,
    strip: [],
    extra: [],
    signedExtra: [],
    decoys: [],
    key,
    resign: true,
  })
  const bounds = autonomous
    ? {
        expiry_time: iso(now + 86_400),
        constraints: { budget_amount: { currency: 'USD', value: '5000' }, merchant_name_list: ['Tea House'] },
      }
    : {}
  return {
    identity: layer(
      'network-1',
      network.key,
      {
        iss: audience,
        sub: 'user-7f',
        iat: now - 100,
        exp: now + 86_400,
        cnf: { jwk: isp.jwk },
        isp_type: 'MPP',
        isp_name: 'TEST_WALLET',
      },
      {},
    ),
    mandate: layer(
      'isp-1',
      isp.key,
      {
        nonce: nonce(),
        aud: audience,
        iat: now - 50,
        exp: now + 600,
        idv_result: 'PASS',
        idv_time: iso(now - 60),
        mode,
        ...(autonomous ? { cnf: { jwk: agent.jwk } } : {}),
      },
      {
        intent: { raw: 'some tea please', desc: 'Tea from Tea House', ...bounds },
        token_info: {
          token_unique_reference: 'binding-1',
          token_status: 'activated',
          user_login_id: 'a***z',
          wallet_name: 'Test',
        },
        mandate_info: {
          mandate_id: 'mandate-1',
          mandate_type: mode,
          mandate_status: 'inactive',
          mandate_expiry_time: iso(now + 600),
        },
        ...(autonomous ? {} : { checkout }),
      },
    ),
    tokenRequest: autonomous
      ? layer('agent-1', agent.key, { nonce: nonce(), aud: audience, iat: now - 5, exp: now + 300 }, { checkout })
      : undefined,
  }
}

const sign = async (draft: LayerDraft, previous: string | undefined): Promise<string> => {
  const encoded = Object.entries(draft.disclosures).map(([name, value]) => ({
    name,
    text: encode([nonce(), name, value]),
  }))
  const linked = previous === undefined || 'sd_hash' in draft.claims ? {} : { sd_hash: hash(previous) }
  const packed =
    encoded.length > 0
      ? {
          _sd_alg: 'sha-256',
          _sd: [...encoded.map(({ text }) => text), ...draft.signedExtra].map(hash).concat(draft.decoys),
        }
      : {}
  const claims = Object.fromEntries(
    Object.entries({ ...linked, ...packed, ...draft.claims }).filter(([, value]) => value !== undefined),
  )
  const jws = await new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ ...draft.header, alg: 'ES256' })
    .sign(draft.key)
  const [, payload, signature] = jws.split('.')
  const head = draft.header.alg === 'ES256' ? jws.split('.')[0] : encode(draft.header)
  const shown = encoded.filter(({ name }) => !draft.strip.includes(name)).map(({ text }) => text)
  return `${[[head, payload, signature].join('.'), ...shown, ...draft.signedExtra, ...draft.extra].join('~')}~`
}

/** Signs a draft layer by layer. */
export const signChain = async ({ identity, mandate, tokenRequest }: ChainDraft): Promise<string[]> => {
  const first = await sign(identity, undefined)
  const second = await sign(mandate, first)
  return tokenRequest ? [first, second, await sign(tokenRequest, second)] : [first, second]
}

export const disclosureOf = (name: string, value: unknown): string => encode([nonce(), name, value])
