/** Proves that independent libraries agree with the bridge on JWTs and SD-JWTs, both ways. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import fc from 'fast-check'
import { compactVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { readSdJwt } from '../../bridge/jws.ts'
import { readDescription } from '../../bridge/message.ts'
import { translate } from '../../bridge/translate.ts'
import { cardIssuer, everybody, kyaIssuer } from './parties.ts'
import { flipJws, jws, p256Key } from './signers.ts'
import { now } from './tap-agent.ts'
import { bundleOf } from './verifiable-intent/bundles.ts'
import { bundlePlan } from './verifiable-intent/samples.ts'

const translated = async (message: unknown): Promise<boolean> =>
  (await translate(readDescription(message), everybody())).outcome === 'translated'

describe('jose', () => {
  const claims = (jti: string) => ({
    iss: kyaIssuer.issuer,
    sub: 'account-1',
    aud: 'seller-1',
    iat: now,
    exp: now + 300,
    jti,
    hid: { email: 'someone@example.com' },
    aid: { name: 'Tea Agent', creation_ip: '192.0.2.1' },
  })
  const request = (token: string) => ({
    method: 'GET',
    url: 'https://seller.example/',
    headers: { 'kyapay-token': token },
  })

  it('verifies what we take, and fails where we fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.boolean(), fc.nat(), async (jti, isChanged, pick) => {
        const token = jws({ typ: 'kya+jwt', kid: kyaIssuer.kid }, claims(jti), kyaIssuer.key)
        const sent = isChanged ? flipJws(token, pick) : token
        const there = await compactVerify(sent, createPublicKey(kyaIssuer.key)).then(
          () => true,
          () => false,
        )
        expect([there, await translated(request(sent))]).toEqual([!isChanged, !isChanged])
      }),
      { numRuns: 60 },
    )
  })

  it('signs what we take', async () => {
    const signed = (alg: string, key: typeof kyaIssuer.key) =>
      new SignJWT(claims('by-jose')).setProtectedHeader({ alg, typ: 'kya+jwt', kid: kyaIssuer.kid }).sign(key)
    expect(await translated(request(await signed('ES256', kyaIssuer.key)))).toBe(true)
    expect(await translated(request(await signed('ES256', p256Key('somebody else'))))).toBe(false)
  })
})

describe('@sd-jwt/core', () => {
  const keys = {
    l1: cardIssuer.key,
    l2: p256Key('card holder'),
    l3a: p256Key('intent agent'),
    l3b: p256Key('intent agent'),
  }

  const readerOf = (name: keyof typeof keys) =>
    new SDJwtInstance({
      verifier: async (data, signature) =>
        verify(
          'sha256',
          Buffer.from(data),
          { key: createPublicKey(keys[name]), dsaEncoding: 'ieee-p1363' },
          Buffer.from(signature, 'base64url'),
        ),
      hasher: (data) =>
        createHash('sha256')
          .update(typeof data === 'string' ? data : new Uint8Array(data))
          .digest(),
      hashAlg: 'sha-256',
    })

  it('verifies the layers we take and reads the same claims in them', async () => {
    await fc.assert(
      fc.asyncProperty(bundlePlan, async (made) => {
        const { tokens } = bundleOf(made)
        expect(
          await translated({
            method: 'POST',
            url: 'https://network.example/',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(tokens),
          }),
        ).toBe(true)
        for (const [name, token] of Object.entries(tokens)) {
          const reader = readerOf(name as keyof typeof keys)
          await reader.verify(token, { currentDate: now })
          expect(await reader.getClaims(token)).toEqual(readSdJwt(token)?.resolved)
        }
      }),
      { numRuns: 25 },
    )
  })
})
