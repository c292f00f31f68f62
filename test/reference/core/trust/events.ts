/** Policies of the package, and generators of rating events and gate inputs. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { formatTime } from '../../../../reference/core/time.ts'
import type { GateInput, GatePolicy } from '../../../../reference/core/trust/gate.ts'
import type { GuaranteePolicy } from '../../../../reference/core/trust/guarantee.ts'
import type { RatingEvent, RatingPolicy } from '../../../../reference/core/trust/rating.ts'
import { packageFile, version } from '../../../../schemas/index.ts'

const read = (path: string) => JSON.parse(readFileSync(packageFile('schemas', version, 'extensions', path), 'utf8'))

export const ratingPolicy: RatingPolicy = read('rating/policy.json')
export const gatePolicy: GatePolicy = read('rating/gate-policy.json')
export const guaranteePolicy: GuaranteePolicy = read('guarantee/policy.json')

export const start = 1_795_000_000
export const day = 86_400

/** A payment that succeeded, of an agent nobody is linked to unless said. */
export const payment = (index: number, at: number, change: Partial<RatingEvent> = {}): RatingEvent => ({
  ...{ eventId: `event-${index}`, agentId: 'agent-1', at: formatTime(at), kind: 'payment-succeeded' },
  ...{ merchantId: 'merchant-1', amount: { currency: 'USD', value: '1500' }, related: false },
  evidenceDigest: 'A'.repeat(43),
  ...change,
})

export const adverseKinds = ratingPolicy.kinds.map(({ kind }) => kind)

const drawn = fc.record({
  gap: fc.integer({ min: 0, max: 40 * day }),
  adverse: fc.boolean(),
  kind: fc.constantFrom(...adverseKinds),
  severity: fc.integer({ min: 1, max: 10 }),
  merchant: fc.integer({ min: 1, max: 12 }),
  value: fc.constantFrom('1', '499', '500', '100000'),
  currency: fc.constantFrom('USD', 'XAF'),
  related: fc.boolean(),
})

/** Histories of one agent, in the order of their record. */
export const histories = fc.array(drawn, { maxLength: 40 }).map((rows) => {
  let at = start
  return rows.map((row, index): RatingEvent => {
    at += row.gap
    const { currency, value, related } = row
    const paid = { merchantId: `merchant-${row.merchant}`, amount: { currency, value }, related }
    const kind = row.adverse ? row.kind : ('payment-succeeded' as const)
    return payment(index, at, { kind, ...paid, ...(row.adverse ? { severity: row.severity } : {}) })
  })
})

const tiers = ['L0', 'L1', 'L2', 'L3', 'L4'] as const
const devices = ['cannot-show', 'shows', 'shows-and-proves'] as const
const runtimes = ['failed', 'unattested', 'attested'] as const

/** Inputs of the gate as positions on ladders that rise from worst to best, so that a worse one is easy to draw. */
export const positions = fc.record({
  tier: fc.integer({ min: 0, max: 4 }),
  lowest: fc.integer({ min: 0, max: 1000 }),
  device: fc.integer({ min: 0, max: 2 }),
  runtime: fc.integer({ min: 0, max: 2 }),
  calm: fc.integer({ min: 0, max: 1000 }),
  room: fc.integer({ min: 0, max: 300_000 }),
  silent: fc.boolean(),
  mode: fc.constantFrom('IMMEDIATE' as const, 'AUTONOMOUS' as const),
})
export type Position = typeof positions extends fc.Arbitrary<infer Value> ? Value : never

export const inputAt = (p: Position): GateInput => ({
  tier: tiers[p.tier] ?? 'L0',
  lowest: p.lowest,
  mode: p.mode,
  amount: { currency: 'USD', value: String(300_000 - p.room) },
  device: devices[p.device] ?? 'cannot-show',
  runtime: runtimes[p.runtime] ?? 'failed',
  ...(p.silent ? {} : { risk: 1000 - p.calm }),
})

/** Any policy the schema allows, of up to 8 rules. */
export const gatePolicies: fc.Arbitrary<GatePolicy> = fc
  .array(
    fc.record({
      when: fc.record(
        {
          mode: fc.constantFrom('IMMEDIATE' as const, 'AUTONOMOUS' as const),
          tierAtMost: fc.constantFrom(...tiers),
          lowestBelow: fc.integer({ min: 1, max: 1000 }),
          amountAbove: fc.integer({ min: 0, max: 300_000 }).map((value) => ({ currency: 'USD', value: String(value) })),
          deviceAtMost: fc.constantFrom(...devices),
          runtimeAtMost: fc.constantFrom(...runtimes),
          riskAtLeast: fc.integer({ min: 0, max: 1000 }),
        },
        { requiredKeys: [] },
      ),
      disposition: fc.constantFrom('auto-execute' as const, 'observe' as const, 'escalate' as const, 'deny' as const),
    }),
    { maxLength: 8 },
  )
  .map((rules) => ({
    policyId: 'drawn',
    currencies: ['USD'],
    rules: rules.map((rule, index) => ({ id: `rule-${index}`, ...rule })),
  }))
