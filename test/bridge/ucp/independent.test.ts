/** Proves that independent libraries verify what we sign for UCP: requests, answers, checkouts, in both algorithms. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { httpbis } from 'http-message-signatures'
import { flattenedVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../bridge/json.ts'
import { authorizeCheckout } from '../../../bridge/ucp/merchant-authorization.ts'
import { signUcpAnswer, signUcpRequest } from '../../../bridge/ucp/signature.ts'
import { canonicalJson } from '../../../schemas/index.ts'
import { type Party, ucpBotPlatform, ucpBusiness, ucpPlatform } from '../parties.ts'
import { ucpCheckout } from './samples.ts'

// The other library reads the clock itself, so these messages are signed now.
const now = Math.floor(Date.now() / 1000)

const keyOf = ({ kid, key }: Party) => ({
  id: kid,
  verify: async (data: Buffer, signature: Buffer) => {
    const publicKey = createPublicKey(key)
    return publicKey.asymmetricKeyType === 'ed25519'
      ? verify(null, data, publicKey, signature)
      : verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  },
})

const verifier = (party: Party, requiredFields: string[]) => ({
  keyLookup: async ({ keyid }: { keyid?: string }) => (keyid === party.kid ? keyOf(party) : null),
  requiredFields,
  requiredParams: ['keyid'],
})

const holds = async (check: () => Promise<boolean | null>): Promise<boolean> => {
  try {
    return (await check()) === true
  } catch {
    return false
  }
}

const digestOf = (body: string): string => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`

describe.each([
  ['ES256', ucpPlatform],
  ['Ed25519', ucpBotPlatform],
] as const)('with %s', (_name, party) => {
  const signer = { kid: party.kid, key: party.key }

  it('a request verifies elsewhere, and a change of any covered part does not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('nothing', 'method', 'path', 'profile', 'key', 'body'),
        fc.uuid(),
        fc.boolean(),
        fc.option(fc.stringMatching(/^[a-z]{1,8}=[a-z]{1,8}$/)),
        async (changed, key, isTimed, query) => {
          const request = await signUcpRequest(
            {
              method: 'POST',
              url: `https://shop.example/checkout-sessions${query === null ? '' : `?${query}`}`,
              headers: {
                'content-type': 'application/json',
                'ucp-agent': `profile="${party.issuer}"`,
                'idempotency-key': key,
              },
              body: JSON.stringify({ key }),
            },
            signer,
            isTimed ? { created: now - 1 } : {},
          )
          const headers = { ...request.headers }
          if (changed === 'profile') headers['ucp-agent'] = 'profile="https://evil.example/"'
          if (changed === 'key') headers['idempotency-key'] = `${key}0`
          const body = changed === 'body' ? `${request.body} ` : (request.body ?? '')
          const message = {
            method: changed === 'method' ? 'PUT' : request.method,
            url: changed === 'path' ? request.url.replace('sessions', 'session') : request.url,
            headers,
          }
          const fields = [
            '@method',
            '@authority',
            '@path',
            'ucp-agent',
            'idempotency-key',
            'content-digest',
            'content-type',
          ]
          const all = query === null ? fields : [...fields, '@query']
          const isHeld =
            (await holds(() => httpbis.verifyMessage(verifier(party, all), message))) &&
            headers['content-digest'] === digestOf(body)
          expect([changed, isHeld]).toEqual([changed, changed === 'nothing'])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('a request in the Web Bot Auth shape names its profile and its thumbprint', async () => {
    const request = await signUcpRequest(
      { method: 'GET', url: 'https://shop.example/orders/1', headers: { 'ucp-agent': `profile="${party.issuer}"` } },
      signer,
      { created: now - 1, profile: party.issuer },
    )
    expect(await holds(() => httpbis.verifyMessage(verifier(party, ['@authority']), request))).toBe(true)
    expect(request.headers['signature-input']).toContain('"signature-agent";key="sig1"')
    expect(request.headers['signature-agent']).toBe(`sig1="${party.issuer}";type=jwks_uri`)
  })

  it('an answer verifies elsewhere over its status and digest', async () => {
    const answer = await signUcpAnswer(
      { status: 200, headers: { 'content-type': 'application/json' }, body: '{"id":"s"}' },
      signer,
      { created: now - 1 },
    )
    const headers = { ...answer.headers }
    const required = verifier(party, ['@status', 'content-digest', 'content-type'])
    expect(await holds(() => httpbis.verifyMessage(required, { status: 200, headers }))).toBe(true)
    expect(await holds(() => httpbis.verifyMessage(required, { status: 201, headers }))).toBe(false)
    expect(headers['content-digest']).toBe(digestOf(answer.body ?? ''))
  })

  it('a checkout carries a detached JWS that jose verifies over its canonical form', async () => {
    const money = { currency: 'KWD' as const, price: 1_250, quantity: 2, tax: 3, discount: 0 }
    const checkout = ucpCheckout({ version: '2026-08-25', id: 's', money }) as unknown as JsonObject
    const signed = authorizeCheckout(checkout, signer) as { ap2: { merchant_authorization: string } }
    const [header = '', , signature = ''] = signed.ap2.merchant_authorization.split('.')
    const payload = Buffer.from(canonicalJson(checkout)).toString('base64url')
    const { protectedHeader } = await flattenedVerify(
      { protected: header, payload, signature },
      createPublicKey(party.key),
    )
    expect(protectedHeader).toEqual({ alg: party === ucpPlatform ? 'ES256' : 'EdDSA', kid: party.kid })
    const other = Buffer.from(canonicalJson({ ...checkout, currency: 'USD' })).toString('base64url')
    await expect(
      flattenedVerify({ protected: header, payload: other, signature }, createPublicKey(party.key)),
    ).rejects.toThrow()
  })
})

it('no party of the tests shares a key', () => {
  const thumbs = [ucpPlatform, ucpBotPlatform, ucpBusiness].map(({ key }) =>
    createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
  )
  expect(new Set(thumbs).size).toBe(3)
})
