/** Statements outside the chain: each verifies as it was signed, by whom and for whom it was, in its five minutes, and never otherwise. */
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { hashOf } from '../../../reference/core/canonical.ts'
import {
  commit,
  proveKey,
  signTokenRequest,
  verifyCommitment,
  verifyKeyProof,
  verifyTokenRequest,
} from '../../../reference/core/proofs.ts'
import { publicKeyOf } from '../../../reference/core/public-key.ts'
import { reviewItems, reviewRules } from '../../../reference/core/review.ts'
import { firstBroken } from '../../../reference/core/rule.ts'
import type { World } from '../../../reference/core/world.ts'
import type { Message } from '../../../schemas/index.ts'

const at = 1_790_000_000
const nonce = 'AAAAAAAAAAAAAAAAAAAAAA'
const worldAt = (now: number, ignores: readonly string[] = []): World => ({
  now: () => now,
  id: (prefix) => prefix,
  nonce: () => nonce,
  deviation: { ignores: new Set(ignores) },
})
const world = worldAt(at)
const network = 'https://network.example'
const provider = 'https://provider.example'

const make = async (kid: string) => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { x = '', y = '' } = await exportJWK(publicKey)
  const jwk: Message<'common/public-jwk'> = { kty: 'EC', crv: 'P-256', x, y, kid }
  return { jwk, signer: { kid, privateKey } }
}
let agent: Awaited<ReturnType<typeof make>>
let stranger: Awaited<ReturnType<typeof make>>
beforeAll(async () => {
  agent = await make('agent-1')
  stranger = await make('stranger-1')
})

/** Times at which something signed at `at` is good, and at which it is not: five minutes and a minute of leeway on both sides. */
const moments: readonly (readonly [number, boolean])[] = [
  [at - 61, false],
  [at - 60, true],
  [at + 359, true],
  [at + 360, false],
]

type Unsigned = Omit<Message<'payment/apply-credential-request'>, 'requestSignature'>
const unsigned = { agentId: 'agent-id-1', mandateId: 'mandate-1', checkout: { total: '3000' } } as unknown as Unsigned
const invalidRequest = { ok: false, refusal: { code: 'request-signature-invalid', field: '/requestSignature' } }

/** A statement with claims and type of ours, signed by the agent. */
const stated = (claims: unknown, typ = 'amp-request+jwt', key = agent): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', typ, kid: key.signer.kid })
    .sign(key.signer.privateKey)

describe('the signature over a token request', () => {
  const request = async (change: object = {}) => ({
    ...unsigned,
    ...change,
    requestSignature: await signTokenRequest(unsigned, network, agent.signer, world),
  })
  const verified = async (whole: Awaited<ReturnType<typeof request>>, on: World = world, audience = network) =>
    verifyTokenRequest(whole, audience, agent.jwk, on)

  it('gives its nonce, to be spent once', async () => {
    expect(await verified(await request())).toEqual({ ok: true, value: nonce })
    const { requestSignature } = await request()
    const [header, claims] = requestSignature.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'ES256', typ: 'amp-request+jwt', kid: 'agent-1' })
    const request_hash = hashOf(unsigned)
    expect(JSON.parse(claims ?? '')).toEqual({ iss: 'agent-id-1', aud: network, iat: at, nonce, request_hash })
  })

  it('is good for five minutes', async () => {
    const whole = await request()
    for (const [now, good] of moments) expect([now, (await verified(whole, worldAt(now))).ok]).toEqual([now, good])
  })

  it('is for this request of this agent to this network, by its key', async () => {
    const whole = await request()
    expect(await verified({ ...whole, ...{ mandateId: 'mandate-2' } })).toEqual(invalidRequest)
    expect(await verified({ ...whole, agentId: 'agent-id-2' })).toEqual(invalidRequest)
    expect(await verified(whole, world, provider)).toEqual(invalidRequest)
    expect(await verifyTokenRequest(whole, network, stranger.jwk, world)).toEqual(invalidRequest)
    expect(await verified({ ...whole, requestSignature: 'a.b.c' })).toEqual(invalidRequest)
    const other = { ...unsigned, agentId: 'agent-id-2' }
    const inTheNameOfAnother = { ...other, requestSignature: await stated(claimsOf(hashOf(other))) }
    expect(await verified(inTheNameOfAnother)).toEqual(invalidRequest)
  })

  const claimsOf = (request_hash: string) => ({ iss: 'agent-id-1', aud: network, iat: at, nonce, request_hash })

  it('has its type and all its claims', async () => {
    const claims = claimsOf(hashOf(unsigned))
    const withSignature = async (jws: Promise<string>) => verified({ ...unsigned, requestSignature: await jws })
    expect((await withSignature(stated(claims))).ok).toBe(true)
    expect(await withSignature(stated(claims, 'amp-proof+jwt'))).toEqual(invalidRequest)
    expect(await withSignature(stated({ ...claims, iat: String(at) }))).toEqual(invalidRequest)
    expect(await withSignature(stated({ ...claims, more: 1 }))).toEqual(invalidRequest)
    expect(await withSignature(stated({ ...claims, nonce: undefined }))).toEqual(invalidRequest)
    expect(await withSignature(stated('claims'))).toEqual(invalidRequest)
  })

  it('is not looked at by the mutant that leaves the rule out, and by no other', async () => {
    const bad = { ...(await request()), requestSignature: 'a.b.c' }
    expect(await verified(bad, worldAt(at, ['AMP-TRUST-017']))).toEqual({ ok: true, value: nonce })
    expect(await verified(bad, worldAt(at, ['AMP-TRUST-015', 'AMP-TRUST-022']))).toEqual(invalidRequest)
  })
})

describe('the proof of a key', () => {
  const invalid = { ok: false, refusal: { code: 'proof-of-possession-invalid', field: '/proofOfPossession' } }

  it('is about this key, by this key, for this party, for five minutes', async () => {
    const proof = await proveKey(agent.jwk, provider, agent.signer, world)
    expect(await verifyKeyProof(proof, agent.jwk, provider, world)).toEqual({ ok: true, value: nonce })
    expect(await verifyKeyProof(proof, agent.jwk, network, world)).toEqual(invalid)
    expect(await verifyKeyProof(proof, stranger.jwk, provider, world)).toEqual(invalid)
    const ofAnother = await proveKey(stranger.jwk, provider, agent.signer, world)
    expect(await verifyKeyProof(ofAnother, agent.jwk, provider, world)).toEqual(invalid)
    for (const [now, good] of moments)
      expect([now, (await verifyKeyProof(proof, agent.jwk, provider, worldAt(now))).ok]).toEqual([now, good])
    const request = await signTokenRequest(unsigned, provider, agent.signer, world)
    expect(await verifyKeyProof(request, agent.jwk, provider, world)).toEqual(invalid)
  })

  it('is not looked at by the mutant that leaves the rule out, and by no other', async () => {
    expect(await verifyKeyProof('', agent.jwk, provider, worldAt(at, ['AMP-TRUST-015']))).toEqual({
      ok: true,
      value: nonce,
    })
    expect(await verifyKeyProof('', agent.jwk, provider, worldAt(at, ['AMP-TRUST-017']))).toEqual(invalid)
  })
})

describe('the letter of commitment', () => {
  const invalid = { ok: false, refusal: { code: 'commitment-invalid', field: '/commitment' } }
  const applicationOf = (name = 'Buyer') =>
    ({ agentKey: agent.jwk, profile: { name }, review: { items: [] } }) as unknown as Parameters<typeof commit>[0]

  it('is about this application, by a key of its provider, for this network, for five minutes', async () => {
    const commitment = await commit(applicationOf(), provider, network, agent.signer, world)
    const whole = { ...applicationOf(), commitment }
    const both = [stranger.jwk, agent.jwk]
    expect(await verifyCommitment(whole, provider, network, both, world)).toEqual({ ok: true, value: true })
    expect(await verifyCommitment(whole, network, network, both, world)).toEqual(invalid)
    expect(await verifyCommitment(whole, provider, provider, both, world)).toEqual(invalid)
    expect(await verifyCommitment({ ...whole, ...applicationOf('Other') }, provider, network, both, world)).toEqual(
      invalid,
    )
    expect(await verifyCommitment(whole, provider, network, [stranger.jwk], world)).toEqual(invalid)
    expect(await verifyCommitment(whole, provider, network, [], world)).toEqual(invalid)
    for (const [now, good] of moments)
      expect([now, (await verifyCommitment(whole, provider, network, both, worldAt(now))).ok]).toEqual([now, good])
  })

  it('says in words what its provider stands for', async () => {
    const [, claims = ''] = (await commit(applicationOf(), provider, network, agent.signer, world)).split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      ...{ iss: provider, aud: network, iat: at, application_hash: hashOf(applicationOf()) },
      statement: 'The review is authentic, its evidence is kept, and the agent is held to law and network rules.',
    })
  })

  it('is not looked at by the mutant that leaves the rule out, and by no other', async () => {
    const whole = { ...applicationOf(), commitment: '' }
    const ignoring = (id: string) => verifyCommitment(whole, provider, network, [agent.jwk], worldAt(at, [id]))
    expect(await ignoring('AMP-TRUST-022')).toEqual({ ok: true, value: true })
    expect(await ignoring('AMP-TRUST-017')).toEqual(invalid)
  })
})

describe('a public key', () => {
  it.each([
    { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' },
    { kty: 'EC', crv: 'P-384', x: 'AAAA', y: 'AAAA' },
    { kty: 'RSA', crv: 'P-256', x: 'AAAA', y: 'AAAA' },
  ])('of another kind is none: %j', (jwk) => {
    expect(() => publicKeyOf(jwk)).toThrow(new TypeError('not P-256'))
  })

  it('of no point is none, and is told apart from every other by both its coordinates', () => {
    expect(() => publicKeyOf({ kty: 'EC', crv: 'P-256' })).toThrow()
    expect(() => publicKeyOf({ kty: 'EC', crv: 'P-256', x: agent.jwk.x, y: stranger.jwk.y })).toThrow()
    const { kty, crv, x, y } = agent.jwk
    expect(publicKeyOf(agent.jwk).export({ format: 'jwk' })).toEqual({ kty, crv, x, y })
    expect(publicKeyOf(stranger.jwk).export({ format: 'jwk' })).toMatchObject({ x: stranger.jwk.x })
  })

  it('is made ready once, and forgotten after a thousand others', async () => {
    const first = publicKeyOf(agent.jwk)
    expect(publicKeyOf({ ...agent.jwk, kid: 'another name' })).toBe(first)
    const others = await Promise.all(Array.from({ length: 999 }, (_, index) => make(`other-${index}`)))
    for (const { jwk } of others) publicKeyOf(jwk)
    const made = (await make('last')).jwk
    const last = publicKeyOf(made)
    expect(publicKeyOf(agent.jwk)).not.toBe(first)
    expect(publicKeyOf(made)).toBe(last)
  })
})

describe('the review of an agent', () => {
  const items = Object.keys(reviewItems).map((item) => ({ item, outcome: 'passed' }))
  const judged = (of: readonly object[]) =>
    firstBroken(reviewRules, { items: of } as unknown as Message<'trust/review-record'>, world)

  it('is its eight items, in any order', () => {
    expect(items).toHaveLength(8)
    expect(judged([...items].reverse())).toBeUndefined()
  })

  it.each(items)('is not complete without $item, or with it twice', ({ item }) => {
    const incomplete = {
      code: 'review-incomplete',
      field: '/review/items',
      detail: `the item ${item} has to be there exactly once`,
    }
    expect(judged(items.filter((one) => one.item !== item))).toEqual(incomplete)
    expect(judged([...items, { item, outcome: 'passed' }])).toEqual(incomplete)
  })

  it('fails with the first item that failed', () => {
    const failing = items.map((one, index) => (index === 3 || index === 5 ? { ...one, outcome: 'failed' } : one))
    expect(judged(failing)).toEqual({ code: 'review-failed', field: '/review/items/3' })
  })
})
