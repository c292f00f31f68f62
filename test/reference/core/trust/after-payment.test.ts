/** Refunds, disputes and devices: laws over 1,000 histories, and each rule by itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abilityOf, type DeviceProfile, routeConfirmation } from '../../../../reference/core/trust/device.ts'
import {
  type DisputeStep,
  type Docket,
  openDispute,
  owedBy,
  receive,
  stepDispute,
} from '../../../../reference/core/trust/dispute.ts'
import {
  type Refundable,
  type RefundRequest,
  refundedOf,
  refundOnce,
  restoredOf,
} from '../../../../reference/core/trust/refund.ts'
import { isMessage } from '../../../../schemas/index.ts'
import { day, start } from './events.ts'

const usd = (value: bigint | number) => ({ currency: 'USD', value: String(value) })

describe('refunds', () => {
  const paid: Refundable = {
    ...{ paymentId: 'payment-1', status: 'SUCCESS', currency: 'USD', amount: 1000n, restores: false },
    refunds: new Map(),
  }
  const request = (id: string, value: bigint | number, change: Partial<RefundRequest> = {}): RefundRequest => ({
    ...{ refundRequestId: id, paymentId: 'payment-1', refundAmount: usd(value) },
    ...change,
  })
  const codeOf = (payment: Refundable, asked: RefundRequest) => {
    const outcome = refundOnce(payment, asked)
    return outcome.ok ? 'refunded' : outcome.refusal.code
  }

  it('never exceed the payment, and each is made once however often it is asked for', () => {
    const asks = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.bigInt(0n, 700n)), { maxLength: 30 })
    fc.assert(
      fc.property(asks, fc.boolean(), (list, restores) => {
        let payment: Refundable = { ...paid, restores }
        const made = new Map<number, bigint>()
        for (const [id, value] of list) {
          const outcome = refundOnce(payment, request(`refund-${id}`, value))
          const first = made.get(id)
          expect(outcome.ok).toBe(
            first === undefined ? value > 0n && refundedOf(payment) + value <= 1000n : first === value,
          )
          if (!outcome.ok) continue
          payment = outcome.value
          made.set(id, value)
        }
        const sum = [...made.values()].reduce((a, b) => a + b, 0n)
        expect(refundedOf(payment)).toBe(sum)
        expect(sum <= payment.amount).toBe(true)
        expect(restoredOf(payment)).toBe(restores ? sum : 0n)
      }),
      { numRuns: 1000 },
    )
  })

  it('are refused by name', () => {
    const once = refundOnce(paid, request('r', 400))
    if (!once.ok) throw new Error('refused')
    expect(codeOf(once.value, request('r', 400))).toBe('refunded')
    expect(codeOf(once.value, request('r', 401))).toBe('refund-request-reused')
    expect(codeOf(once.value, request('r', 400, { refundReason: 'other' }))).toBe('refund-request-reused')
    expect(codeOf(once.value, request('s', 601))).toBe('refund-exceeds-payment')
    expect(codeOf(paid, request('s', 0))).toBe('refund-exceeds-payment')
    expect(codeOf(paid, request('s', 1, { refundAmount: { currency: 'EUR', value: '1' } }))).toBe('currency-mismatch')
    expect(codeOf({ ...paid, status: 'PROCESSING' }, request('s', 1))).toBe('payment-not-refundable')
    expect(codeOf(paid, request('s', 1, { paymentId: 'payment-2' }))).toBe('payment-not-refundable')
  })
})

describe('disputes', () => {
  const given = {
    ...{ disputeId: 'dispute-1', paymentId: 'payment-1', disputeType: 'CHARGEBACK' as const },
    ...{ disputeAmount: usd(500), evidence: ['A'.repeat(43)] },
  }
  const counter = () => {
    let count = 0
    return () => `notice-${(count += 1)}`
  }
  const opened = (change: object = {}): Docket => {
    const outcome = openDispute({ ...given, ...change }, 1000n, start, counter())
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.value
  }
  const step: fc.Arbitrary<DisputeStep> = fc.oneof(
    fc.record({ kind: fc.constantFrom('accept' as const, 'cancel' as const, 'sweep' as const) }),
    fc.record({ kind: fc.constant('supply' as const), digest: fc.constant('B'.repeat(43)) }),
    fc.record({
      kind: fc.constant('judge' as const),
      result: fc.constantFrom('ACCEPT_BY_CUSTOMER' as const, 'ACCEPT_BY_MERCHANT' as const, 'VALIDATE_FAIL' as const),
    }),
  )

  it('end once, tell everything in order without a gap, and owe only what was disputed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(6 * day)), { maxLength: 20 }), (steps) => {
        let docket = opened()
        let now = start
        const id = counter()
        for (const [next, gap] of steps) {
          now += gap
          const before = docket
          const outcome = stepDispute(docket, next, now, id)
          if (!outcome.ok) continue
          docket = outcome.value
          const ended = !['CREATED', 'DEFENSE_SUPPLIED'].includes(before.dispute.disputeStatus)
          if (ended) expect(docket).toEqual(before)
        }
        expect(docket.told.map(({ sequence }) => sequence)).toEqual(docket.told.map((_, index) => index + 1))
        for (const notice of docket.told) expect(isMessage('extensions/dispute/notification', notice)).toBe(true)
        expect([0n, 500n]).toContain(owedBy(docket.dispute))
      }),
      { numRuns: 1000 },
    )
  })

  it('bind evidence and a refundable amount when they open', () => {
    expect(openDispute(given, 499n, start, counter())).toMatchObject({ refusal: { code: 'refund-exceeds-payment' } })
    expect(openDispute({ ...given, evidence: [] }, 500n, start, counter())).toMatchObject({
      refusal: { code: 'evidence-invalid' },
    })
  })

  it('remind once, then take silence for acceptance', () => {
    const id = counter()
    let docket = opened()
    for (const at of [12, 13, 13.5, 14, 15]) {
      const outcome = stepDispute(docket, { kind: 'sweep' }, start + at * day, id)
      if (outcome.ok) docket = outcome.value
    }
    expect(docket.told.map(({ disputeNotificationType }) => disputeNotificationType)).toEqual([
      'DISPUTE_CREATED',
      'DEFENSE_DUE_ALERT',
      'DISPUTE_ACCEPTED',
    ])
    expect(owedBy(docket.dispute)).toBe(500n)
  })

  it.each([
    ['ACCEPT_BY_MERCHANT', 500n],
    ['ACCEPT_BY_CUSTOMER', 0n],
  ] as const)('owe by %s %s', (result, owed) => {
    const id = counter()
    const supplied = stepDispute(opened(), { kind: 'supply', digest: 'B'.repeat(43) }, start, id)
    const judged = supplied.ok ? stepDispute(supplied.value, { kind: 'judge', result }, start, id) : undefined
    if (!judged?.ok) throw new Error('it was not judged')
    expect(owedBy(judged.value.dispute)).toBe(owed)
  })

  it('are read safely twice and out of order', () => {
    const notices = Array.from({ length: 8 }, (_, index) => index + 1)
    const arrivals = fc.shuffledSubarray([...notices, ...notices, ...notices], { minLength: 24 })
    fc.assert(
      fc.property(arrivals, (order) => {
        const waiting = [...order]
        const acted: number[] = []
        for (let round = 0; waiting.length > 0 && round < 100; round += 1) {
          const sequence = waiting.shift() ?? 0
          const what = receive(acted.length, { sequence } as never)
          if (what === 'act') acted.push(sequence)
          if (what === 'wait') waiting.push(sequence)
        }
        expect(acted).toEqual(notices)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('devices', () => {
  const device = (change: Partial<DeviceProfile> = {}): DeviceProfile => ({
    ...{ device: 'phone', shows: 'everything', speaks: true, authenticators: ['face', 'pin'], attested: true },
    ...change,
  })
  const still = { moving: false, driver: false }
  const driving = { moving: true, driver: true }
  const watch = device({ device: 'watch', shows: 'summary', authenticators: ['wrist-detection'] })
  const car = device({ device: 'car', shows: 'nothing', authenticators: ['voice-biometric'] })

  it('confirm where they show and prove, hand over where not, refuse where none can', () => {
    expect(routeConfirmation(device(), [], still)).toMatchObject({
      value: { route: 'here', modality: 'screen', authenticator: 'face' },
    })
    expect(routeConfirmation(watch, [device()], still)).toMatchObject({ value: { route: 'hand-over', to: 'phone' } })
    expect(routeConfirmation(watch, [car], still)).toMatchObject({ refusal: { code: 'device-cannot-confirm' } })
    expect(routeConfirmation(device({ attested: false }), [], still).ok).toBe(false)
    expect([device(), watch, car].map(abilityOf)).toEqual(['shows-and-proves', 'shows', 'cannot-show'])
  })

  it('never ask a driver of a moving car to read or type', () => {
    const profile = fc.record<DeviceProfile>({
      device: fc.constantFrom('phone', 'watch', 'glasses', 'car'),
      shows: fc.constantFrom('everything', 'summary', 'nothing'),
      speaks: fc.boolean(),
      authenticators: fc.subarray(['pin', 'fingerprint', 'face', 'voice-biometric', 'wrist-detection']),
      attested: fc.boolean(),
    })
    fc.assert(
      fc.property(profile, fc.array(profile, { maxLength: 4 }), fc.boolean(), (here, others, moving) => {
        const outcome = routeConfirmation(here, others, moving ? driving : still)
        if (!outcome.ok) return
        const { route, to, modality, authenticator } = outcome.value
        expect(isMessage('extensions/devices/confirmation', outcome.value)).toBe(true)
        if (moving) expect([modality, authenticator]).toEqual(['voice', 'voice-biometric'])
        expect(authenticator).not.toBe('wrist-detection')
        const candidates = route === 'here' ? [here] : others
        expect(
          candidates.some(
            (one) => one.device === to && one.attested && one.authenticators.includes(authenticator ?? 'pin'),
          ),
        ).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
