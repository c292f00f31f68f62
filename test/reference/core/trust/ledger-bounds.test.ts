/** Bounds of what trust rests on, each one step to either side: trees and their proofs, credentials and their lives, ratings and their statements. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../../../reference/core/outcome.ts'
import { type KyaLife, type KyaStep, type KyaUse, stepKya, useKya } from '../../../../reference/core/trust/kya.ts'
import {
  consistencyProof,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../../../reference/core/trust/merkle.ts'
import {
  newStanding,
  passTime,
  type RatingPolicy,
  ratingOf,
  type Standing,
  standingAfter,
  weighEvent,
  whyUnsoundRating,
} from '../../../../reference/core/trust/rating.ts'
import {
  readJson,
  recompute,
  signJson,
  signStatement,
  statementClaims,
  verifyStatement,
} from '../../../../reference/core/trust/statement.ts'
import { packStatuses } from '../../../../reference/core/trust/status-list.ts'
import { makeKey } from '../../../../reference/http/keys.ts'
import type { PartyKey } from '../../../../reference/http/operation.ts'
import { day, payment, ratingPolicy as policy, start } from './events.ts'

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.refusal.code)
const signerOf = ({ publicJwk, privateKey }: PartyKey) => ({ kid: publicJwk.kid, privateKey })
const sha256 = (hex: string): string => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('base64url')

let network: PartyKey
let stranger: PartyKey
beforeAll(async () => {
  network = await makeKey('https://network.example')
  stranger = await makeKey('https://stranger.example')
})

describe('a tree of hashes', () => {
  const leaves = Array.from({ length: 7 }, (_, at) => leafHash(`leaf ${at}`))
  const root = (size: number): string => rootOf(leaves.slice(0, size))

  it('hashes leaves and nodes apart, as RFC 9162 writes it', () => {
    expect(leafHash('é')).toBe(sha256('00c3a9'))
    const [left, right] = [leafHash('a'), leafHash('b')]
    const hex = (hash: string) => Buffer.from(hash, 'base64url').toString('hex')
    expect(nodeHash(left, right)).toBe(sha256(`01${hex(left)}${hex(right)}`))
    expect(rootOf([])).toBe(sha256(''))
  })

  it.each([-1, 7, 8])('has no proof of leaf %i of seven', (index) => {
    expect(() => inclusionProof(leaves, index)).toThrow(new RangeError('there is no such leaf'))
  })

  it.each([-1, 0, 8])('has no proof of a beginning of %i of seven', (first) => {
    expect(() => consistencyProof(leaves, first)).toThrow(new RangeError('there is no such tree'))
  })

  it('has each leaf at its own place of its own tree only', () => {
    for (let size = 1; size <= 7; size++)
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(leaves.slice(0, size), index)
        const leaf = leaves[index] as string
        expect(verifyInclusion(leaf, index, size, proof, root(size))).toBe(true)
        expect(verifyInclusion(leaf, size, size, proof, root(size))).toBe(false)
        expect(verifyInclusion(leaf, index - size, size, proof, root(size))).toBe(false)
        expect(verifyInclusion(leaf, -1, size, proof, root(size))).toBe(false)
        expect(verifyInclusion(leaf, index, size, [...proof, leaf], root(size))).toBe(false)
        expect(verifyInclusion(leaf, index, size, proof, root((size % 7) + 1))).toBe(false)
        if (proof.length > 0) {
          expect(verifyInclusion(leaf, index, size, proof.slice(1), root(size))).toBe(false)
          expect(verifyInclusion(leaf, index, size, proof.with(-1, `${proof.at(-1)}=`), root(size))).toBe(false)
        }
      }
  })

  it('takes no leaf for a tree of none', () => {
    expect(verifyInclusion(leaves[0] as string, 0, 0, [], leaves[0] as string)).toBe(false)
  })

  it('begins with each smaller one, and with no other', () => {
    for (let size = 1; size <= 7; size++)
      for (let first = 1; first <= size; first++) {
        const proof = consistencyProof(leaves.slice(0, size), first)
        const [small, large] = [
          { size: first, root: root(first) },
          { size, root: root(size) },
        ]
        expect(verifyConsistency(small, large, proof)).toBe(true)
        expect(verifyConsistency({ ...small, root: root((first % 7) + 1) }, large, proof)).toBe(false)
        expect(verifyConsistency(small, { ...large, root: root((size % 7) + 1) }, proof)).toBe(false)
        expect(verifyConsistency(small, large, [...proof, root(1)])).toBe(false)
        expect(verifyConsistency({ ...small, size: 0 }, large, proof)).toBe(false)
        expect(verifyConsistency({ ...small, size: size + 1 }, large, proof)).toBe(false)
        if (proof.length > 0) {
          expect(verifyConsistency(small, large, proof.slice(1))).toBe(false)
          expect(verifyConsistency(small, large, proof.with(0, `${proof[0]}=`))).toBe(false)
        }
      }
    expect(verifyConsistency({ size: 3, root: root(3) }, { size: 7, root: root(7) }, [])).toBe(false)
  })
})

describe('a credential', () => {
  const uri = 'https://credential-provider.example/status/1'
  const known = { uri, lst: packStatuses(['valid']), ttl: 600, fetchedAt: start + 10 }
  const useOf = (change: Partial<KyaUse>, claims: object = {}): KyaUse => ({
    claims: {
      ...{ iss: 'https://cp.example', sub: 'agent-1', iat: start, exp: start + 20, review_due: start + 30 },
      ...{ cnf: { jwk: network.publicJwk }, status: { status_list: { idx: 0, uri } } },
      ...{ agent_version: '1', kind: 'buyer-agent', capabilities: ['shopping'], review_digest: 'A'.repeat(43) },
      ...claims,
    } as unknown as KyaUse['claims'],
    ...{ keyThumbprint: network.publicJwk.kid, capability: 'shopping', now: start + 10, stalenessMaxSeconds: 300 },
    list: known,
    ...change,
  })
  const list = (change: Partial<typeof known>) => ({ list: { ...known, ...change } })

  it.each<[string, Partial<KyaUse>, object, string]>([
    ['60 s before it was issued', { now: start - 60, ...list({ fetchedAt: start - 60 }) }, {}, 'ok'],
    ['61 s before it was issued', { now: start - 61 }, {}, 'kya-credential-expired'],
    ['in its last second', { now: start + 19 }, {}, 'ok'],
    ['at its end', { now: start + 20 }, {}, 'kya-credential-expired'],
    ['a second before its review', { now: start + 19 }, { review_due: start + 20, exp: start + 99 }, 'ok'],
    ['at its review', { now: start + 20 }, { review_due: start + 20, exp: start + 99 }, 'kya-credential-expired'],
    ['with a list fetched this second', list({ fetchedAt: start + 10 }), {}, 'ok'],
    ['with a list of the future', list({ fetchedAt: start + 11 }), {}, 'kya-status-stale'],
    ['with a list as old as may be', list({ fetchedAt: start - 290 }), {}, 'ok'],
    ['with a list a second older', list({ fetchedAt: start - 291 }), {}, 'kya-status-stale'],
    ['with a list as old as it says', list({ fetchedAt: start, ttl: 10 }), {}, 'ok'],
    ['with a list a second older than it says', list({ fetchedAt: start, ttl: 9 }), {}, 'kya-status-stale'],
  ])('is used %s or refused', async (_, change, claims, code) => {
    expect(codeOf(await useKya(useOf(change, claims), { deviation: {} }))).toBe(code)
  })

  const valid: KyaLife = { status: 'valid', reviewDue: start + day, keyThumbprint: 'key' }
  const suspended: KyaLife = { ...valid, status: 'suspended' }
  const rotate = (keyThumbprint: string, proven: boolean): KyaStep => ({ kind: 'rotate', keyThumbprint, proven })
  const [before, due] = [start + day - 1, start + day]

  it.each<[KyaLife, KyaStep, number, Partial<KyaLife> | string]>([
    [valid, { kind: 'suspend' }, start, { status: 'suspended' }],
    [suspended, { kind: 'resume' }, before, { status: 'valid' }],
    [suspended, { kind: 'resume' }, due, 'kya-credential-expired'],
    [valid, { kind: 'revoke' }, start, { status: 'revoked' }],
    [suspended, { kind: 'revoke' }, start, { status: 'revoked' }],
    [valid, { kind: 'review' }, start + 5, { reviewDue: start + 5 + 365 * day }],
    [valid, { kind: 'sweep' }, before, {}],
    [valid, { kind: 'sweep' }, due, { status: 'suspended' }],
    [valid, rotate('next', true), start, { keyThumbprint: 'next' }],
    [valid, rotate('next', false), start, 'proof-of-possession-invalid'],
    [valid, rotate('key', true), start, 'proof-of-possession-invalid'],
    [suspended, rotate('next', true), start, 'kya-suspended'],
    ...(['suspend', 'resume', 'revoke', 'review', 'sweep'] as const).map((kind): [KyaLife, KyaStep, number, string] => [
      { ...valid, status: 'revoked' },
      { kind },
      start,
      'kya-revoked',
    ]),
    [{ ...valid, status: 'revoked' }, rotate('next', true), start, 'kya-revoked'],
  ])('%j after %j at %i', (life, step, now, came) => {
    const outcome = stepKya(life, step, now)
    if (typeof came === 'string') expect(codeOf(outcome)).toBe(came)
    else expect(outcome).toEqual({ ok: true, value: { ...life, ...came } })
  })
})

describe('a rating', () => {
  const { earning } = policy
  const unitOf = (standing: Standing): number => standing.earned.get('merchant-1') ?? 0
  const one = unitOf(weighEvent(policy, newStanding(start), payment(1, start)))
  const paying = (...changes: Parameters<typeof payment>[2][]): Standing =>
    changes.reduce<Standing>(
      (standing, change, at) => weighEvent(policy, standing, payment(at, start, change)),
      newStanding(start),
    )

  it('is earned by a payment of a merchant that counts, and by nothing less', () => {
    expect(one).toBeGreaterThan(0)
    const least = earning.countedFrom.find(({ currency }) => currency === 'USD')?.value ?? ''
    const of = (value: string) => paying({ amount: { currency: 'USD', value } })
    expect([unitOf(of(least)), unitOf(of(String(BigInt(least) - 1n)))]).toEqual([one, 0])
    const nothing = newStanding(start)
    const { amount: _amount, ...priceless } = payment(1, start)
    const { merchantId: _merchant, ...nowhere } = payment(1, start)
    for (const event of [priceless, nowhere, payment(1, start, { related: true })])
      expect(weighEvent(policy, nothing, event)).toEqual(nothing)
    expect(weighEvent(policy, nothing, payment(1, start, { amount: { currency: 'XXX', value: '999999' } }))).toEqual(
      nothing,
    )
  })

  it('is earned at so many merchants, and no further one', () => {
    const merchants = Array.from({ length: earning.merchantsMax }, (_, at): [string, number] => [`shop-${at}`, 1])
    const crowded: Standing = { ...newStanding(start), earned: new Map(merchants) }
    const roomy: Standing = { ...crowded, earned: new Map(merchants.slice(1)) }
    const at = (standing: Standing, merchantId: string) =>
      weighEvent(policy, standing, payment(1, start, { merchantId })).earned
    expect(at(crowded, 'another')).toEqual(crowded.earned)
    expect(at(crowded, 'shop-1').get('shop-1')).toBe(one + 1)
    expect(at(roomy, 'another').get('another')).toBe(one)
  })

  it('is taken back with a refund, as far as it was earned', () => {
    const refund = { kind: 'payment-refunded' as const }
    const left = (units: number): number => {
      const standing = { ...newStanding(start), earned: new Map([['merchant-1', units]]) }
      return unitOf(weighEvent(policy, standing, payment(1, start, refund)))
    }
    expect([left(2 * one), left(one + 1), left(one), left(one - 1)]).toEqual([one, 1, 0, 0])
    expect(paying({}, { ...refund, merchantId: 'elsewhere' }).earned).toEqual(paying({}).earned)
    const { merchantId: _merchant, ...nowhere } = payment(2, start, refund)
    expect(weighEvent(policy, paying({}), nowhere).earned).toEqual(paying({}).earned)
  })

  it('takes events in their order, and kinds it has no cost for as nothing lost', () => {
    const late = weighEvent(policy, newStanding(start), payment(1, start + 10))
    const early = () => weighEvent(policy, late, payment(2, start + 9))
    expect(early).toThrow(new RangeError('events are taken in the order they were recorded'))
    expect(() => weighEvent(policy, late, { ...payment(2, start), at: 'soon' })).toThrow(RangeError)
    expect(weighEvent(policy, late, payment(2, start + 10)).at).toBe(start + 10)
    const unknown = payment(1, start, { kind: 'unheard-of' as never })
    expect(weighEvent(policy, newStanding(start), unknown)).toEqual(newStanding(start))
  })

  it('forgets with time alone, and drops merchants of whom nothing is left', () => {
    const standing = paying({})
    expect(passTime(policy, standing, start)).toBe(standing)
    expect(passTime(policy, standing, start - 1)).toBe(standing)
    expect(unitOf(passTime(policy, standing, start + 1))).toBe(one - earning.decayPerDay)
    const seconds = Math.ceil(one / earning.decayPerDay)
    expect(passTime(policy, standing, start + seconds).earned.size).toBe(0)
    expect(passTime(policy, standing, start + seconds - 1).earned.size).toBe(1)
  })

  it('has the lowest tier where no tier begins so low', () => {
    const high = { ...policy, tiers: policy.tiers.map((row) => ({ ...row, from: 1_001 })) }
    expect(ratingOf(high, newStanding(start), start).tier).toBe('L0')
  })

  it.each<[string, Partial<RatingPolicy>]>([
    ['each dimension has one weight', { weights: policy.weights.slice(1) }],
    [
      'each dimension has one weight',
      { weights: policy.weights.map((row) => ({ ...row, dimension: 'safety' as never })) },
    ],
    [
      'weights sum to 1000',
      { weights: policy.weights.map((row, at) => (at ? row : { ...row, weight: row.weight + 1 })) },
    ],
    ['tiers rise from L0 to L4', { tiers: policy.tiers.map((row, at) => (at === 2 ? { ...row, from: 0 } : row)) }],
    ['tiers rise from L0 to L4', { tiers: policy.tiers.map((row, at) => (at === 2 ? { ...row, tier: 'L4' } : row)) }],
    ['L0 begins at 0', { tiers: policy.tiers.map((row, at) => (at ? row : { ...row, from: 1 })) }],
    ['L0 begins at 0', { tiers: [] }],
    [
      'a payment that succeeded costs nothing',
      { kinds: policy.kinds.map((row, at) => (at ? row : { ...row, kind: 'payment-succeeded' as never })) },
    ],
    ['each kind has one cost', { kinds: [...policy.kinds, ...policy.kinds.slice(0, 1)] }],
  ])('has no policy of which it is not true that %s', (why, change) => {
    expect(whyUnsoundRating({ ...policy, ...change })).toBe(why)
  })

  it('has tiers that may begin together', () => {
    const flat = policy.tiers.map((row, at) => (at === 2 ? { ...row, from: policy.tiers[1]?.from ?? 0 } : row))
    expect(whyUnsoundRating({ ...policy, tiers: flat })).toBeUndefined()
  })
})

describe('a statement', () => {
  const events = [payment(1, start + 5), payment(2, start + 10, { merchantId: 'merchant-2' })]
  const occasion = { iss: 'https://network.example', sub: 'agent-1', iat: start + 10, registeredAt: start }
  const claims = statementClaims(policy, standingAfter(policy, start, events), occasion)

  it('comes to what its events come to, as of the last of them or later', () => {
    expect(recompute(claims, policy, events)).toEqual({ ok: true, value: true })
    const mismatch = { ok: false, refusal: { code: 'rating-statement-mismatch' } }
    const cases = {
      score: recompute({ ...claims, score: claims.score + 1 }, policy, events),
      others: recompute(claims, policy, [...events.slice(1), payment(3, start + 10, { agentId: 'agent-2' })]),
      fewer: recompute(claims, policy, events.slice(1)),
      early: recompute({ ...claims, iat: start + 9 }, policy, events),
      disorder: recompute(claims, policy, [...events].reverse()),
      before: recompute({ ...claims, registered_at: start + 6 }, policy, events),
    }
    for (const [name, outcome] of Object.entries(cases)) expect([name, outcome]).toEqual([name, mismatch])
    const foreign = events.map((event) => ({ ...event, agentId: 'agent-2' }))
    const own = statementClaims(policy, standingAfter(policy, start, foreign), occasion)
    expect(recompute(own, policy, foreign)).toEqual(mismatch)
    const later = statementClaims(policy, standingAfter(policy, start, events), { ...occasion, iat: start + 9 })
    expect(recompute(later, policy, events)).toEqual(mismatch)
  })

  it('lets a fault that is not the statement’s through', () => {
    const broken = {
      ...policy,
      get earning(): never {
        throw new TypeError('no policy')
      },
    } as unknown as RatingPolicy
    expect(() => recompute(claims, broken, events)).toThrow(TypeError)
  })

  it('is read by the key it names among others, of its type and in its one form', async () => {
    const statement = await signStatement(claims, signerOf(network))
    const keys = { keys: [stranger.publicJwk, network.publicJwk] }
    expect(await verifyStatement(statement, keys)).toEqual({ ok: true, value: claims })
    const read = (jws: string, type = 'amp-rating+jwt') => readJson(type, jws, keys)
    expect(await read(statement)).toEqual(claims)
    expect(await read(statement, 'amp-other+jwt')).toBeUndefined()
    const [head, body, signature = ''] = statement.split('.')
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const stray = last[(last.indexOf(signature.at(-1) ?? '') & ~15) | ((last.indexOf(signature.at(-1) ?? '') + 1) & 15)]
    expect(await read(`${head}.${body}.${signature.slice(0, -1)}${stray}`)).toBeUndefined()
    const nameless = await signJson('amp-rating+jwt', claims, { kid: 'another', privateKey: network.privateKey })
    expect(await read(nameless)).toBeUndefined()
    expect(
      await readJson('amp-rating+jwt', statement, { keys: [{ ...network.publicJwk, kty: 'OKP' }] }),
    ).toBeUndefined()
    expect(
      await readJson('amp-rating+jwt', statement, { keys: [{ ...network.publicJwk, crv: 'P-384' }] }),
    ).toBeUndefined()
    expect(codeOf(await verifyStatement('nothing', keys))).toBe('rating-statement-invalid')
    const incomplete = await signJson('amp-rating+jwt', { iss: 'x' }, signerOf(network))
    expect(codeOf(await verifyStatement(incomplete, keys))).toBe('rating-statement-invalid')
  })
})
