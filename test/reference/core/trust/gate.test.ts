/** Laws of the gate over any policy its schema allows; escalation ends; statements are recomputed; figures of the bench. */
import fc from 'fast-check'
import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { rateAnew } from '../../../../conformance/rating.ts'
import { decideGate, isGateDecision, settleEscalation } from '../../../../reference/core/trust/gate.ts'
import { newStanding, standingAfter } from '../../../../reference/core/trust/rating.ts'
import {
  recompute,
  signStatement,
  statementClaims,
  verifyStatement,
} from '../../../../reference/core/trust/statement.ts'
import { makeKey } from '../../../../reference/http/keys.ts'
import { isMessage } from '../../../../schemas/index.ts'
import { benchGate } from './bench.ts'
import {
  gatePolicies,
  gatePolicy,
  histories,
  inputAt,
  type Position,
  positions,
  ratingPolicy,
  start,
} from './events.ts'

const strictness = ['auto-execute', 'observe', 'escalate', 'deny']

/** The same situation with every signal as bad or worse. */
const worse = (p: Position, by: readonly number[]): Position => {
  const down = (value: number, index: number) => Math.max(0, value - (by[index] ?? 0))
  return {
    ...{ mode: p.mode, silent: p.silent, tier: down(p.tier, 0), lowest: down(p.lowest, 1) },
    ...{ device: down(p.device, 2), runtime: down(p.runtime, 3), calm: down(p.calm, 4), room: down(p.room, 5) },
  }
}

describe('the gate', () => {
  it('never relaxes with a higher amount or a worse signal, whatever the policy', () => {
    const steps = fc.tuple(fc.nat(4), fc.nat(1000), fc.nat(2), fc.nat(2), fc.nat(1000), fc.nat(300_000))
    fc.assert(
      fc.property(gatePolicies, positions, steps, (policy, position, by) => {
        const before = decideGate(policy, inputAt(position)).disposition
        const after = decideGate(policy, inputAt(worse(position, by))).disposition
        expect(strictness.indexOf(after)).toBeGreaterThanOrEqual(strictness.indexOf(before))
      }),
      { numRuns: 1000 },
    )
  })

  it('takes silence of the risk source for no better than its worst answer', () => {
    fc.assert(
      fc.property(gatePolicies, positions, (policy, position) => {
        const silent = decideGate(policy, inputAt({ ...position, silent: true }))
        const worst = decideGate(policy, inputAt({ ...position, silent: false, calm: 0 }))
        expect(strictness.indexOf(silent.disposition)).toBeGreaterThanOrEqual(strictness.indexOf(worst.disposition))
        expect(strictness.indexOf(silent.disposition)).toBeGreaterThanOrEqual(strictness.indexOf('escalate'))
        expect(silent.reasons).toContain('risk-unavailable')
      }),
      { numRuns: 1000 },
    )
  })

  it('gives a decision that anyone gets from its input, and no other', () => {
    fc.assert(
      fc.property(gatePolicies, positions, (policy, position) => {
        const decision = decideGate(policy, inputAt(position))
        expect(isMessage('extensions/rating/gate-decision', decision)).toBe(true)
        expect(isGateDecision(structuredClone(decision), policy)).toBe(true)
        const other = decision.disposition === 'deny' ? 'observe' : 'deny'
        expect(isGateDecision({ ...decision, disposition: other }, policy)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('ends an escalation with the answer in time, otherwise in a refusal', () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(600), fc.boolean(), (now, at, approved) => {
        const escalation = { askedAt: 0, timeoutSeconds: 300 }
        expect(settleEscalation(escalation, now)).toBe(now < 300 ? 'waiting' : 'denied')
        const answered = settleEscalation(escalation, now, { at, approved })
        expect(answered === 'approved').toBe(at < 300 && approved)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['a new agent and a small amount', { tier: 1, room: 299_000 }, 'observe', ['tier-1-watched']],
    ['a new agent and more', { tier: 1, room: 290_000 }, 'escalate', ['tier-1-small-only', 'tier-1-watched']],
    ['a trusted agent within its bounds', { tier: 3, room: 270_000 }, 'auto-execute', []],
    ['a trusted agent out of its bounds', { tier: 3, room: 200_000 }, 'escalate', ['tier-3-within-bounds']],
    [
      'an agent whose runtime failed',
      { tier: 4, runtime: 0 },
      'deny',
      ['runtime-failed', 'large-for-anyone', 'runtime-unattested'],
    ],
    ['an agent that lost one dimension', { tier: 4, lowest: 199, room: 299_999 }, 'deny', ['dimension-broken']],
  ] as const)('decides %s', (_, change, disposition, reasons) => {
    const good: Position = {
      tier: 4,
      lowest: 1000,
      device: 2,
      runtime: 2,
      calm: 1000,
      room: 0,
      silent: false,
      mode: 'AUTONOMOUS',
    }
    expect(decideGate(gatePolicy, inputAt({ ...good, ...change }))).toMatchObject({ disposition, reasons })
  })

  it('keeps no more of a history than its policy says, however long it is', () => {
    const { remembered } = benchGate({ rules: 10, events: 5_000, decisions: 10 })
    expect(remembered).toBeLessThanOrEqual(ratingPolicy.earning.merchantsMax)
  })
})

describe('the statement', () => {
  const occasion = { iss: 'https://network.example', sub: 'agent-1', iat: start + 5_000_000_000, registeredAt: start }

  it('is recomputed from its events, and from no others', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (events, which) => {
        const claims = statementClaims(ratingPolicy, standingAfter(ratingPolicy, start, events), occasion)
        expect(recompute(claims, ratingPolicy, events).ok).toBe(true)
        expect(recompute({ ...claims, score: (claims.score + 1) % 1001 }, ratingPolicy, events).ok).toBe(false)
        if (events.length === 0) return
        const index = which % events.length
        expect(recompute(claims, ratingPolicy, events.toSpliced(index, 1)).ok).toBe(false)
        const changed = events.map((event, at) => (at === index ? { ...event, evidenceDigest: 'B'.repeat(43) } : event))
        expect(recompute(claims, ratingPolicy, changed).ok).toBe(false)
        expect(recompute(claims, { ...ratingPolicy, start: 301 }, events).ok).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it('says what a second implementation, that of the suite, makes of the same events', () => {
    fc.assert(
      fc.property(histories, (events) => {
        const claims = statementClaims(ratingPolicy, standingAfter(ratingPolicy, start, events), {
          ...occasion,
          iat: Date.parse(events.at(-1)?.at ?? '2026-11-20T10:00:00Z') / 1000 + 86_400,
        })
        const { iss: _iss, sub: _sub, iat, registered_at, ...numbers } = claims
        expect(rateAnew(ratingPolicy, events, { iat, registered_at })).toEqual(numbers)
      }),
      { numRuns: 1000 },
    )
  })

  it('verifies under the key of its network, and under no other', async () => {
    const key = await makeKey(occasion.iss)
    const stranger = await makeKey(occasion.iss)
    const claims = statementClaims(ratingPolicy, newStanding(start), occasion)
    const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
    const statement = await signStatement(claims, signer)
    const verified = await verifyStatement(statement, { keys: [key.publicJwk] })
    expect(verified).toEqual({ ok: true, value: claims })
    expect((await verifyStatement(statement, { keys: [stranger.publicJwk] })).ok).toBe(false)
    expect((await verifyStatement(`${statement.slice(0, -4)}AAAA`, { keys: [key.publicJwk] })).ok).toBe(false)
    const { privateKey } = await generateKeyPair('ES256')
    const forged = await signStatement(claims, { kid: key.publicJwk.kid, privateKey })
    expect((await verifyStatement(forged, { keys: [key.publicJwk] })).ok).toBe(false)
  })
})
