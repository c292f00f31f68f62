/** What the core issues verifies under its own rules and is read by an independent SD-JWT library. */
import { createHash } from 'node:crypto'
import { SDJwtInstance } from '@sd-jwt/core'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { issueIdentity, issueMandate, issueTokenRequest, verifyChain } from '../../../reference/core/index.ts'
import type { Message } from '../../../schemas/index.ts'
import { checkout } from '../../conformance/chains.ts'

let counter = 0
const world = {
  now: () => 1_790_000_000,
  id: (prefix: string) => `${prefix}-${++counter}`,
  nonce: () => createHash('sha256').update(String(++counter)).digest('base64url').slice(0, 22),
  deviation: {},
}

const make = async (kid: string) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { x = '', y = '' } = await exportJWK(publicKey)
  return {
    signer: { kid, privateKey },
    jwk: { kty: 'EC', crv: 'P-256', x, y, kid } satisfies Message<'common/public-jwk'>,
  }
}

const network = await make('network-1')
const isp = await make('isp-1')
const agent = await make('agent-1')
const audience = 'https://network.example'

const chainOf = async (mode: 'IMMEDIATE' | 'AUTONOMOUS') => {
  const identity = await issueIdentity(
    { issuer: audience, subject: 'sub-1', ispKey: isp.jwk, ispType: 'MPP', ispName: 'TEST' },
    network.signer,
    world,
  )
  const binding = {
    token_unique_reference: 'binding-1',
    token_status: 'activated',
    user_login_id: 'a***z',
    wallet_name: 'Test',
  }
  const facts = {
    audience,
    identity,
    identityCheckedAt: world.now(),
    mandateId: 'mandate-1',
    mandateStatus: 'inactive' as const,
    expiresAt: world.now() + 600,
    binding,
  }
  const autonomous = {
    raw: 'tea',
    desc: 'Tea',
    expiry_time: '2027-01-01T00:00:00Z',
    constraints: { budget_amount: { currency: 'USD', value: '5000' }, merchant_name_list: ['Tea House'] },
  }
  const mandate = await issueMandate(
    mode === 'IMMEDIATE'
      ? { mode, intent: { raw: 'tea', desc: 'Tea' }, checkout }
      : { mode, intent: autonomous, agentKey: agent.jwk },
    facts,
    isp.signer,
    world,
  )
  const tokenRequest =
    mode === 'AUTONOMOUS'
      ? { tokenRequest: await issueTokenRequest({ audience, mandate, checkout }, agent.signer, world) }
      : {}
  return { identity, mandate, ...tokenRequest }
}

describe.each(['IMMEDIATE', 'AUTONOMOUS'] as const)('an issued chain, %s', (mode) => {
  it('verifies, and tells what was signed', async () => {
    const verified = await verifyChain(
      await chainOf(mode),
      { purpose: 'payment', networkKeys: { keys: [network.jwk] }, audience, issuer: audience, checkout },
      world,
    )
    expect(verified).toMatchObject({
      ok: true,
      value: { mode, mandateId: 'mandate-1', bindingId: 'binding-1', checkout },
    })
  })

  it('is read by @sd-jwt/core with every disclosure in its place', async () => {
    const hasher = (data: string | ArrayBuffer) =>
      createHash('sha256')
        .update(typeof data === 'string' ? data : new Uint8Array(data))
        .digest()
    const reader = new SDJwtInstance({ hasher, hashAlg: 'sha-256' })
    const { mandate } = await chainOf(mode)
    const claims = (await reader.getClaims(mandate)) as Record<string, unknown>
    expect(claims).toMatchObject({ mode, mandate_info: { mandate_id: 'mandate-1' }, intent: { desc: 'Tea' } })
    expect('checkout' in claims).toBe(mode === 'IMMEDIATE')
    expect('_sd' in claims).toBe(false)
  })

  it('is refused by another network', async () => {
    const chain = await chainOf(mode)
    const verified = await verifyChain(
      chain,
      { purpose: 'payment', networkKeys: { keys: [network.jwk] }, audience: 'https://other.example' },
      world,
    )
    expect(verified).toMatchObject({ ok: false, refusal: { code: 'assurance-audience-mismatch' } })
  })
})
