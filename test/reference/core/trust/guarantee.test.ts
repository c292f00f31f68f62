/** Laws of the guarantee over 1,000 histories: one payout a payment, never above the loss, a pool never below nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatTime } from '../../../../reference/core/time.ts'
import {
  decideClaim,
  type Guarantee,
  isClaimDecision,
  lossOf,
  type Step,
  solvencyOf,
  stepGuarantee,
} from '../../../../reference/core/trust/guarantee.ts'
import { isMessage } from '../../../../schemas/index.ts'
import { day, guaranteePolicy as policy, start } from './events.ts'
import { factsOf } from './story.ts'

const empty: Guarantee = { currency: 'USD', balance: 0n, claims: new Map() }
const paymentId = fc.constantFrom('payment-1', 'payment-2', 'payment-3')
const value = fc.bigInt(0n, 3000n)
const facts = fc
  .record({ id: paymentId, claimed: value, linked: fc.boolean(), revoked: fc.boolean(), confirmed: fc.boolean() })
  .map(({ id, claimed, linked, revoked, confirmed }) =>
    factsOf(id, start, {
      ...{
        claimed: { currency: 'USD', value: String(claimed) },
        linked,
        keyRevoked: revoked,
        userConfirmed: confirmed,
      },
    }),
  )
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('fund' as const), value }),
  fc.record({ kind: fc.constant('submit' as const), facts }),
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('review' as const, 'decide' as const, 'pay' as const), paymentId }),
  },
  fc.record({ kind: fc.constantFrom('refunded' as const, 'recovered' as const), paymentId, value }),
  fc.record({ kind: fc.constant('appeal' as const), paymentId, facts }),
)

describe('the guarantee', () => {
  it('pays a payment once at most, never above the loss that is left, from a pool that never falls below nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(20 * day)), { maxLength: 60 }), (steps) => {
        let guarantee = empty
        let now = start
        let funded = 0n
        const payouts = new Map<string, number>()
        for (const [next, gap] of steps) {
          now += gap
          const outcome = stepGuarantee(policy, guarantee, next, now)
          if (!outcome.ok) continue
          if (next.kind === 'fund') funded += next.value
          if (next.kind === 'pay') payouts.set(next.paymentId, (payouts.get(next.paymentId) ?? 0) + 1)
          guarantee = outcome.value
          const claims = [...guarantee.claims.values()]
          expect(guarantee.balance).toBeGreaterThanOrEqual(0n)
          expect(guarantee.balance + claims.reduce((sum, { paid = 0n }) => sum + paid, 0n)).toBe(funded)
          for (const claim of claims) {
            expect((claim.paid ?? 0n) <= lossOf(claim.facts)).toBe(true)
            if (claim.decision) expect(isClaimDecision(claim.decision, policy)).toBe(true)
          }
        }
        expect([...payouts.values()].every((count) => count === 1)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['not-agent-initiated', { agentInitiated: false }],
    ['cause-not-covered', { cause: 'merchandise' }],
    ['submitted-late', { submittedAt: formatTime(start + 121 * day) }],
    ['reported-late', { reportedAt: formatTime(start + 61 * day) }],
    ['reported-late', { reportedAt: formatTime(start - 1) }],
    ['linked-parties', { linked: true }],
    ['user-confirmed', { userConfirmed: true }],
    ['gate-ignored', { gate: 'deny' }],
    ['key-not-revoked', { keyRevoked: false }],
    ['evidence-missing', { evidence: [] }],
    ['currency-not-covered', { claimed: { currency: 'EUR', value: '2000' } }],
    ['no-loss-left', { refunded: { currency: 'USD', value: '2000' } }],
  ] as const)('rejects for %s, and for that alone', (reason, change) => {
    const decision = decideClaim(policy, factsOf('payment-1', start, change as never))
    expect(decision).toMatchObject({ outcome: 'rejected', reasons: [reason], payout: { value: '0' } })
    expect(isMessage('extensions/guarantee/decision', decision)).toBe(true)
  })

  it('pays no more than partial refunds, a claim and the policy leave', () => {
    const payout = (change: object) => decideClaim(policy, factsOf('payment-1', start, change)).payout.value
    const usd = (amount: string) => ({ currency: 'USD', value: amount })
    expect(payout({})).toBe('2000')
    expect(payout({ refunded: usd('500'), recovered: usd('300') })).toBe('1200')
    expect(payout({ claimed: usd('700') })).toBe('700')
    expect(payout({ paymentAmount: usd('900000'), claimed: usd('900000') })).toBe('500000')
  })

  const walk = (guarantee: Guarantee, now: number, ...steps: readonly Step[]) => {
    let current = guarantee
    for (const each of steps) {
      const outcome = stepGuarantee(policy, current, each, now)
      if (!outcome.ok) return outcome.refusal.code
      current = outcome.value
    }
    return current
  }
  const one = { paymentId: 'payment-1' }
  const rejected = [
    { kind: 'submit', facts: factsOf('payment-1', start, { keyRevoked: false }) },
    { kind: 'review', ...one },
    { kind: 'decide', ...one },
  ] as const
  const appeal = { kind: 'appeal', ...one, facts: factsOf('payment-1', start) } as const

  it('hears one appeal, in time', () => {
    const first = walk(empty, start, ...rejected)
    if (typeof first === 'string') throw new Error(first)
    const heard = walk(first, start + 14 * day, appeal, { kind: 'decide', ...one })
    expect(heard).toMatchObject({ balance: 0n })
    expect(walk(first, start + 14 * day + 1, appeal)).toBe('claim-late')
    const again = { ...appeal, facts: factsOf('payment-1', start, { keyRevoked: false }) }
    expect(walk(first, start, again, { kind: 'decide', ...one }, appeal)).toBe('claim-state-invalid')
  })

  it('refuses a second claim for a payment and a claim above the loss', () => {
    expect(walk(empty, start, rejected[0], { kind: 'submit', facts: factsOf('payment-1', start) })).toBe(
      'claim-duplicate',
    )
    const above = factsOf('payment-1', start, { claimed: { currency: 'USD', value: '2001' } })
    expect(walk(empty, start, { kind: 'submit', facts: above })).toBe('claim-exceeds-loss')
  })

  it('shows what it owes, whether it can pay, and what is overdue', () => {
    const owed = walk(
      empty,
      start,
      { kind: 'submit', facts: factsOf('payment-1', start) },
      { kind: 'review', ...one },
      { kind: 'decide', ...one },
    )
    if (typeof owed === 'string') throw new Error(owed)
    expect(solvencyOf(policy, owed, start)).toEqual({ balance: 0n, owed: 2000n, solvent: false, overdue: [] })
    expect(walk(owed, start, { kind: 'pay', ...one })).toBe('pool-insufficient')
    const waiting = walk(empty, start, rejected[0])
    if (typeof waiting === 'string') throw new Error(waiting)
    expect(solvencyOf(policy, waiting, start + 31 * day).overdue).toEqual(['claim-payment-1'])
  })
})
