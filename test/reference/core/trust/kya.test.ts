/** A KYA credential and everything that ends it, its status list, and the runtime that acts under it. */
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  issueKya,
  type KyaClaims,
  type KyaLife,
  type KyaStep,
  type KyaUse,
  readKya,
  stepKya,
  useKya,
  withhold,
} from '../../../../reference/core/trust/kya.ts'
import { eatVerifier, identifyRuntime, signAttestation } from '../../../../reference/core/trust/runtime.ts'
import {
  type CredentialStatus,
  packStatuses,
  signStatusList,
  statusIn,
  verifyStatusList,
} from '../../../../reference/core/trust/status-list.ts'
import { makeKey } from '../../../../reference/http/keys.ts'
import type { PartyKey } from '../../../../reference/http/operation.ts'
import { day, start } from './events.ts'

const uri = 'https://credential-provider.example/status/1'
const world = { now: () => start, id: (prefix: string) => prefix, nonce: () => 'A'.repeat(22), deviation: {} }
const signerOf = ({ publicJwk, privateKey }: PartyKey) => ({ kid: publicJwk.kid, privateKey })

let provider: PartyKey
let agent: PartyKey
let claims: KyaClaims

beforeAll(async () => {
  provider = await makeKey('https://credential-provider.example')
  agent = await makeKey('agent-1')
  claims = {
    ...{ iss: provider.id, sub: 'agent-1', iat: start, exp: start + 400 * day, review_due: start + 365 * day },
    vct: 'https://schemas.agentic-mobile-protocol.example/2026-11-20/kya',
    cnf: { jwk: agent.publicJwk as KyaClaims['cnf']['jwk'] },
    status: { status_list: { idx: 5, uri } },
    ...{ agent_version: '1.4.2', kind: 'buyer-agent', capabilities: ['shopping'] },
    ...{ operator: 'Operator Ltd', developer: 'Developer Ltd', review_digest: 'A'.repeat(43) },
  }
})

const keys = () => ({ keys: [provider.publicJwk] })

describe('the KYA credential', () => {
  it('is read as it was issued, with names withheld as the holder wants', async () => {
    const credential = await issueKya(claims, signerOf(provider), world)
    expect(await readKya(credential, keys())).toEqual({ ok: true, value: claims })
    const { operator: _, ...rest } = claims
    expect(await readKya(withhold(credential, ['operator']), keys())).toEqual({ ok: true, value: rest })
  })

  it('is refused when it is changed, of another type, signed by another, or shows what was never committed to', async () => {
    const credential = await issueKya(claims, signerOf(provider), world)
    const other = await issueKya({ ...claims, operator: 'Other Ltd' }, signerOf(provider), world)
    const foreign = other.split('~')[1] ?? ''
    const stranger = await makeKey(provider.id)
    const refused = { ok: false, refusal: { code: 'kya-credential-invalid' } }
    const shown = credential.split('~')[1] ?? ''
    expect(await readKya(credential, { keys: [stranger.publicJwk] })).toEqual(refused)
    expect(await readKya(`${withhold(credential, ['operator'])}${foreign}~`, keys())).toEqual(refused)
    expect(await readKya(`${credential}${shown}~`, keys())).toEqual(refused)
    expect(await readKya(credential.replace('.', '.e'), keys())).toEqual(refused)
    expect(await readKya('nothing', keys())).toEqual(refused)
  })

  const use = (change: Partial<KyaUse>, status: CredentialStatus = 'valid'): KyaUse => {
    const lst = packStatuses(Array.from({ length: 8 }, (_, index) => (index === 5 ? status : 'valid')))
    return {
      ...{ claims, keyThumbprint: agent.publicJwk.kid, capability: 'shopping', now: start + day },
      ...{ list: { uri, lst, ttl: 600, fetchedAt: start + day - 60 }, stalenessMaxSeconds: 300 },
      ...change,
    }
  }
  const codeOf = async (given: KyaUse) => {
    const outcome = await useKya(given, world)
    return outcome.ok ? 'used' : outcome.refusal.code
  }

  it('is checked at every use', async () => {
    const list = use({}).list
    if (!list) throw new Error('a list is there')
    expect(await codeOf(use({}))).toBe('used')
    expect(await codeOf(use({ keyThumbprint: provider.publicJwk.kid }))).toBe('kya-credential-invalid')
    expect(await codeOf(use({ now: start + 365 * day }))).toBe('kya-credential-expired')
    expect(await codeOf(use({ now: start - 3600 }))).toBe('kya-credential-expired')
    expect(await codeOf(use({ list: undefined }))).toBe('kya-status-stale')
    expect(await codeOf(use({ list: { ...list, fetchedAt: start + day - 301 } }))).toBe('kya-status-stale')
    expect(await codeOf(use({ list: { ...list, ttl: 59 } }))).toBe('kya-status-stale')
    expect(await codeOf(use({ list: { ...list, uri: 'https://elsewhere.example/1' } }))).toBe('kya-status-stale')
    expect(await codeOf(use({ list: { ...list, lst: 'AAAA' } }))).toBe('kya-status-stale')
    expect(await codeOf(use({}, 'revoked'))).toBe('kya-revoked')
    expect(await codeOf(use({}, 'suspended'))).toBe('kya-suspended')
    expect(await codeOf(use({ capability: 'selling' }))).toBe('kya-capability-missing')
  })

  it('is never usable again after revocation, and never valid with a review overdue, whatever happens', () => {
    const step: fc.Arbitrary<KyaStep> = fc.oneof(
      fc.record({ kind: fc.constantFrom('suspend' as const, 'resume' as const, 'revoke' as const, 'review' as const) }),
      fc.record({ kind: fc.constant('sweep' as const) }),
      fc.record({ kind: fc.constant('rotate' as const), keyThumbprint: fc.string(), proven: fc.boolean() }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(200 * day)), { maxLength: 30 }), (steps) => {
        let life: KyaLife = { status: 'valid', reviewDue: start + 365 * day, keyThumbprint: 'key' }
        let now = start
        for (const [next, gap] of steps) {
          now += gap
          const before = life
          const outcome = stepKya(life, next, now)
          if (before.status === 'revoked') expect(outcome.ok).toBe(false)
          if (!outcome.ok) continue
          life = outcome.value
          if (next.kind === 'sweep' || next.kind === 'resume')
            expect(life.status === 'valid' && now >= life.reviewDue).toBe(false)
          if (life.keyThumbprint !== before.keyThumbprint) expect(next).toMatchObject({ kind: 'rotate', proven: true })
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the status list', () => {
  it('gives back each status at its place, and none beyond its end', () => {
    const statuses = fc.array(fc.constantFrom<CredentialStatus>('valid', 'revoked', 'suspended'), {
      minLength: 1,
      maxLength: 300,
    })
    fc.assert(
      fc.property(statuses, (given) => {
        const packed = packStatuses(given)
        expect(given.map((_, index) => statusIn(packed, index))).toEqual(given)
        expect(statusIn(packed, given.length + 4)).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('packs the bits where the Token Status List draft shows them', () => {
    /** Two-bit example of the draft: 1,2,0,3 in the lowest bits first is the byte 0xC9; ours has no 3, so 1,2,0,2 is 0x89. */
    const packed = packStatuses(['revoked', 'suspended', 'valid', 'suspended'])
    expect([...inflateSync(Buffer.from(packed, 'base64url'))]).toEqual([0x89])
  })

  it('counts only when signed for its address and not expired', async () => {
    const given = {
      sub: uri,
      iat: start,
      exp: start + 600,
      ttl: 300,
      status_list: { bits: 2, lst: packStatuses(['valid']) },
    }
    const token = await signStatusList(given, signerOf(provider))
    expect(await verifyStatusList(token, uri, keys(), start)).toEqual({ ok: true, value: given })
    expect((await verifyStatusList(token, `${uri}0`, keys(), start)).ok).toBe(false)
    expect((await verifyStatusList(token, uri, keys(), start + 600)).ok).toBe(false)
    expect((await verifyStatusList(token, uri, { keys: [agent.publicJwk] }, start)).ok).toBe(false)
  })
})

describe('the runtime identity', () => {
  it('needs the user, the exact version and an attested runtime, and a challenge is good once', async () => {
    const attester = await makeKey('https://attester.example')
    const port = eatVerifier(new Map([[attester.id, { keys: [attester.publicJwk] }]]))
    const challenge = 'N'.repeat(22)
    const eat = {
      ...{ iss: attester.id, iat: start, exp: start + 600, eat_nonce: challenge, ueid: 'device-0001' },
      ...{
        cnf: { jkt: agent.publicJwk.kid },
        swname: 'agent-1',
        swversion: '1.4.2',
        dbgstat: 'disabled-since-boot' as const,
      },
    }
    const expected = {
      ...{ userReference: 'user-1', agentId: 'agent-1', agentVersion: '1.4.2' },
      ...{ keyThumbprint: agent.publicJwk.kid, challenge, used: new Set<string>() },
    }
    const identify = async (claimed: object, wanted: object = {}, now = start + 10, key = attester) =>
      (
        await identifyRuntime(
          port,
          await signAttestation({ ...eat, ...claimed }, signerOf(key)),
          { ...expected, ...wanted },
          now,
        )
      ).ok
    expect(await identify({})).toBe(true)
    expect(await identify({}, { userReference: undefined })).toBe(false)
    expect(await identify({}, { used: new Set([challenge]) })).toBe(false)
    expect(await identify({}, { challenge: 'M'.repeat(22) })).toBe(false)
    for (const wrong of [
      { swversion: '1.4.3' },
      { swname: 'agent-2' },
      { dbgstat: 'enabled' },
      { cnf: { jkt: 'B'.repeat(43) } },
      { iss: 'https://other.example' },
    ])
      expect(await identify(wrong)).toBe(false)
    expect(await identify({}, {}, start + 301)).toBe(false)
    expect(await identify({}, {}, start + 10, agent)).toBe(false)
  })
})
