/** A platform and a business of UCP for the tests: fixed keys, signatures by independent libraries, mandates of AP2. */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { FlattenedSign } from 'jose'
import type { TapRequest } from '../../../bridge/visa-tap/sign.ts'
import { canonicalJson } from '../../../schemas/index.ts'
import { agentKey, join, nextOf, rootOf } from '../ap2/chains.ts'
import { type Party, ucpBusiness } from '../parties.ts'
import { hashOf, jwkOf, jws } from '../signers.ts'
import { now } from '../tap-agent.ts'

const isEd25519 = (key: KeyObject): boolean => createPublicKey(key).asymmetricKeyType === 'ed25519'

/** A signer for http-message-signatures; ECDSA as r and s. */
export const independentKey = ({ kid, key }: Party) => ({
  id: kid,
  alg: isEd25519(key) ? ('ed25519' as const) : ('ecdsa-p256-sha256' as const),
  sign: async (data: Buffer) =>
    isEd25519(key) ? sign(null, data, key) : sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
})

/** Signs a request as UCP 2026-04-08 asks for, with nothing of the bridge. */
export const ucpSigned = async (request: TapRequest, party: Party, created?: number): Promise<TapRequest> => {
  const digest = createHash('sha256')
    .update(request.body ?? '')
    .digest('base64')
  const headers: Record<string, string> = {
    ...request.headers,
    ...(request.body === undefined ? {} : { 'content-digest': `sha-256=:${digest}:` }),
  }
  const signed = await httpbis.signMessage(
    {
      key: independentKey(party),
      name: 'sig1',
      fields: [
        '@method',
        '@authority',
        '@path',
        ...(request.url.includes('?') ? ['@query'] : []),
        ...['ucp-agent', 'idempotency-key', 'content-digest', 'content-type'].filter((name) => name in headers),
      ],
      params: [...(created === undefined ? [] : ['created']), 'keyid'],
      paramValues: created === undefined ? {} : { created: new Date(created * 1000) },
    },
    { method: request.method, url: request.url, headers },
  )
  const { Signature: signature = '', 'Signature-Input': input = '' } = signed.headers as Record<string, string>
  return { ...request, headers: { ...headers, 'signature-input': input, signature } }
}

/** Signs a body as UCP 2026-01 did: a detached JWS over it as it stands (RFC 7797). */
export const bodySigned = async (request: TapRequest, { key, kid }: Party): Promise<TapRequest> => {
  const made = await new FlattenedSign(Buffer.from(request.body ?? ''))
    .setProtectedHeader({ alg: isEd25519(key) ? 'EdDSA' : 'ES256', kid, b64: false, crit: ['b64'] })
    .sign(key)
  return { ...request, headers: { ...request.headers, 'request-signature': `${made.protected}..${made.signature}` } }
}

/** The signature of a business over a checkout, detached, with nothing of the bridge but the canonical form. */
export const merchantAuthorization = async (
  checkout: Record<string, unknown>,
  { key, kid }: Party = ucpBusiness,
): Promise<string> => {
  const { ap2: _ap2, ...rest } = checkout
  const made = await new FlattenedSign(Buffer.from(canonicalJson(rest)))
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(key)
  return `${made.protected}..${made.signature}`
}

/** A closed checkout mandate over a checkout: a delegate chain whose agent closes it, or one hop of a provider. */
export const checkoutMandate = (
  checkout: Record<string, unknown>,
  { isChain = false, isMerchantJwt = false, bounds }: MandatePlan = {},
): string => {
  const signer = isMerchantJwt ? ucpBusiness : { kid: 'nobody', key: agentKey }
  const jwt = jws({ typ: 'JWT', kid: signer.kid }, checkout, signer.key)
  const closed = {
    vct: 'mandate.checkout.1',
    checkout_jwt: jwt,
    checkout_hash: hashOf(jwt),
    iat: now - 5,
    exp: now + 600,
  }
  if (!isChain) return rootOf(closed).text
  const open = {
    vct: 'mandate.checkout.open.1',
    constraints: [
      bounds ?? {
        type: 'checkout.line_items',
        items: [{ id: 'a', acceptable_items: [{ id: 'item_1', title: 'Oolong' }], quantity: 2 }],
      },
    ],
    cnf: { jwk: jwkOf(agentKey) },
    iat: now - 60,
    exp: now + 3_600,
  }
  const root = rootOf(open)
  return join(root, nextOf(root, agentKey, closed, { aud: 'merchant', nonce: 'nonce-1' }))
}

type MandatePlan = { readonly isChain?: boolean; readonly isMerchantJwt?: boolean; readonly bounds?: object }
