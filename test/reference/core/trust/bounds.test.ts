/** Guarantee, refunds, disputes, gate and runtime at their bounds: the last moment and the last unit that pass, the first that do not, and what each step leaves behind. */
import { describe, expect, it } from 'vitest'
import { formatTime } from '../../../../reference/core/time.ts'
import { routeConfirmation } from '../../../../reference/core/trust/device.ts'
import { type DisputeStep, openDispute, receive, stepDispute } from '../../../../reference/core/trust/dispute.ts'
import {
  decideGate,
  type GateInput,
  type GatePolicy,
  isGateDecision,
  settleEscalation,
} from '../../../../reference/core/trust/gate.ts'
import {
  decideClaim,
  type Facts,
  type Guarantee,
  lossOf,
  type Step,
  solvencyOf,
  stepGuarantee,
} from '../../../../reference/core/trust/guarantee.ts'
import { type Refundable, refundedOf, refundOnce, restoredOf } from '../../../../reference/core/trust/refund.ts'
import { type Attestation, identifyRuntime } from '../../../../reference/core/trust/runtime.ts'
import { day, guaranteePolicy as policy, start } from './events.ts'
import { factsOf } from './story.ts'

const usd = (value: string) => ({ currency: 'USD', value })
const eur = (value: string) => ({ currency: 'EUR', value })
const at = (days: number, seconds = 0) => formatTime(start + days * day + seconds)

describe('a claim', () => {
  const reasonsOf = (change: Partial<Facts>) => decideClaim(policy, factsOf('payment-1', start, change)).reasons

  it.each<[string, Partial<Facts>, readonly string[]]>([
    ['submitted on its last second', { submittedAt: at(120) }, []],
    ['submitted a second later', { submittedAt: at(120, 1) }, ['submitted-late']],
    ['submitted before it was paid', { submittedAt: at(0, -1) }, ['submitted-late']],
    ['submitted at no time', { submittedAt: 'x' }, ['submitted-late']],
    ['paid at no time', { paidAt: 'x' }, ['submitted-late', 'reported-late']],
    ['reported on its last second', { reportedAt: at(60) }, []],
    ['reported a second later', { reportedAt: at(60, 1) }, ['reported-late']],
    ['after the gate let it pass', { gate: 'auto-execute' }, []],
    ['after the gate asked the user', { gate: 'escalate' }, ['gate-ignored']],
    ['of a loss with one unit left', { refunded: usd('1000'), recovered: usd('999') }, []],
    ['of a loss that came back in two parts', { refunded: usd('1000'), recovered: usd('1000') }, ['no-loss-left']],
    ['of more than came back', { refunded: usd('3000') }, ['no-loss-left']],
    ['of nothing', { claimed: usd('0') }, ['no-loss-left']],
    ['refunded in another currency', { refunded: eur('0') }, ['currency-not-covered']],
    ['recovered in another currency', { recovered: eur('0') }, ['currency-not-covered']],
    [
      'in a currency nobody covers',
      {
        ...{ paymentAmount: { currency: 'XAF', value: '9' }, refunded: { currency: 'XAF', value: '0' } },
        ...{ recovered: { currency: 'XAF', value: '0' }, claimed: { currency: 'XAF', value: '9' } },
      },
      ['currency-not-covered'],
    ],
    ['with everything against it', { agentInitiated: false, linked: true }, ['not-agent-initiated', 'linked-parties']],
  ])('%s', (_, change, reasons) => {
    expect(reasonsOf(change)).toEqual(reasons)
  })

  it('is never of less than nothing', () => {
    expect(lossOf(factsOf('payment-1', start, { refunded: usd('1500'), recovered: usd('600') }))).toBe(0n)
    expect(lossOf(factsOf('payment-1', start, { refunded: usd('1500'), recovered: usd('499') }))).toBe(1n)
  })
})

describe('the pool', () => {
  const one = { paymentId: 'payment-1' }
  const submit: Step = { kind: 'submit', facts: factsOf('payment-1', start) }
  const walk = (now: number, steps: readonly Step[], from?: Guarantee): Guarantee | string => {
    let current: Guarantee = from ?? { currency: 'USD', balance: 0n, claims: new Map() }
    for (const step of steps) {
      const outcome = stepGuarantee(policy, current, step, now)
      if (!outcome.ok) return outcome.refusal.code
      current = outcome.value
    }
    return current
  }
  const stood = (guarantee: Guarantee | string) => {
    if (typeof guarantee === 'string') throw new Error(guarantee)
    const claim = guarantee.claims.get('payment-1')
    return { balance: guarantee.balance, status: claim?.status, since: claim?.since, paid: claim?.paid }
  }
  const approved = [submit, { kind: 'review', ...one }, { kind: 'decide', ...one }] as const
  const funded = (value: bigint): Step => ({ kind: 'fund', value })
  const pay: Step = { kind: 'pay', ...one }
  const back = (kind: 'refunded' | 'recovered', value: bigint): Step => ({ kind, ...one, value })

  it('pays with its last unit, and not with one less', () => {
    expect(stood(walk(start, [funded(2000n), ...approved, pay]))).toEqual({
      ...{ balance: 0n, status: 'paid', since: start, paid: 2000n },
    })
    expect(walk(start, [funded(1999n), ...approved, pay])).toBe('pool-insufficient')
  })

  it('pays the loss that is left, and gets back what comes after it', () => {
    const less = walk(start, [funded(5000n), ...approved, back('recovered', 600n), pay])
    expect(stood(less)).toEqual({ balance: 3600n, status: 'paid', since: start, paid: 1400n })
    const some = walk(start, [funded(5000n), ...approved, pay, back('refunded', 500n)])
    expect(stood(some)).toEqual({ balance: 3500n, status: 'paid', since: start, paid: 1500n })
    const all = walk(start, [funded(5000n), ...approved, pay, back('refunded', 500n), back('recovered', 9000n)])
    expect(stood(all)).toEqual({ balance: 5000n, status: 'paid', since: start, paid: 0n })
    if (typeof all === 'string') throw new Error(all)
    expect(all.claims.get('payment-1')?.facts).toMatchObject({ refunded: usd('500'), recovered: usd('1500') })
    const partial = { ...submit, facts: factsOf('payment-1', start, { claimed: usd('1000') }) }
    const covered = walk(start, [funded(5000n), partial, ...approved.slice(1), pay, back('refunded', 1000n)])
    expect(stood(covered)).toEqual({ balance: 4000n, status: 'paid', since: start, paid: 1000n })
    expect(stood(walk(start, [submit, back('refunded', 1n)]))).toMatchObject({ paid: undefined, balance: 0n })
  })

  it.each<[string, readonly Step[], string]>([
    ['reviewed twice', [submit, { kind: 'review', ...one }, { kind: 'review', ...one }], 'claim-state-invalid'],
    ['decided unread', [submit, { kind: 'decide', ...one }], 'claim-state-invalid'],
    ['paid undecided', [submit, { kind: 'review', ...one }, pay], 'claim-state-invalid'],
    ['paid twice', [funded(9000n), ...approved, pay, pay], 'claim-state-invalid'],
    [
      'appealed though approved',
      [...approved, { kind: 'appeal', ...one, facts: factsOf('payment-1', start) }],
      'claim-state-invalid',
    ],
    ['refunded though unknown', [back('refunded', 1n)], 'claim-state-invalid'],
    [
      'in another currency than the pool',
      [
        {
          kind: 'submit',
          facts: factsOf('payment-1', start, {
            ...{ paymentAmount: eur('2000'), refunded: eur('0'), recovered: eur('0'), claimed: eur('1') },
          }),
        },
      ],
      'claim-not-covered',
    ],
    [
      'of another currency than its payment',
      [{ kind: 'submit', facts: factsOf('payment-1', start, { claimed: eur('1') }) }],
      'claim-not-covered',
    ],
  ])('refuses a claim that is %s', (_, steps, code) => {
    expect(walk(start, steps)).toBe(code)
  })

  it('dates a claim itself, and lets an appeal change evidence and nothing else', () => {
    const submitted = walk(start + day, [{ kind: 'submit', facts: factsOf('payment-1', start, { keyRevoked: false }) }])
    const rejected = walk(start + day, approved.slice(1), submitted as Guarantee)
    const appeal = factsOf('payment-1', start, {
      ...{ claimed: usd('1'), cause: 'merchandise' as never, evidence: ['B'.repeat(43)], reportedAt: at(1) },
    })
    const heard = walk(start + 2 * day, [{ kind: 'appeal', ...one, facts: appeal }], rejected as Guarantee)
    if (typeof heard === 'string') throw new Error(heard)
    expect(heard.claims.get('payment-1')).toMatchObject({
      ...{ status: 'under-review', since: start + 2 * day, appealed: true },
      facts: factsOf('payment-1', start, { submittedAt: at(1), evidence: ['B'.repeat(43)], reportedAt: at(1) }),
    })
  })

  it('is solvent to the unit, and a decision is overdue a second after its days', () => {
    const owing = walk(start, [funded(2000n), ...approved]) as Guarantee
    expect(solvencyOf(policy, owing, start)).toEqual({ balance: 2000n, owed: 2000n, solvent: true, overdue: [] })
    const reduced = walk(start, [back('refunded', 500n)], owing) as Guarantee
    expect(solvencyOf(policy, reduced, start)).toMatchObject({ owed: 1500n })
    const paid = walk(start, [pay], owing) as Guarantee
    expect(solvencyOf(policy, paid, start + 99 * day)).toEqual({ balance: 0n, owed: 0n, solvent: true, overdue: [] })
    for (const steps of [[submit], approved.slice(0, 2)]) {
      const waiting = walk(start, steps) as Guarantee
      expect(solvencyOf(policy, waiting, start + 30 * day).overdue).toEqual([])
      expect(solvencyOf(policy, waiting, start + 30 * day + 1).overdue).toEqual(['claim-payment-1'])
    }
  })
})

describe('a refund', () => {
  const paid: Refundable = {
    ...{ paymentId: 'payment-1', status: 'SUCCESS', currency: 'USD', amount: 1000n, restores: true },
    refunds: new Map(),
  }
  const ask = { refundRequestId: 'r', paymentId: 'payment-1', refundAmount: usd('400'), refundReason: 'late' }
  const once = refundOnce(paid, ask)
  if (!once.ok) throw new Error('it was refused')

  it.each([
    ['another payment', { paymentId: 'payment-2' }],
    ['another reason', { refundReason: 'other' }],
    ['no reason', { refundReason: undefined as never }],
    ['another currency', { refundAmount: eur('400') }],
    ['another value', { refundAmount: usd('401') }],
  ])('asked for again with %s is another one under its name', (_, change) => {
    expect(refundOnce(once.value, { ...ask, ...change })).toEqual({
      ok: false,
      refusal: { code: 'refund-request-reused', field: '/refundRequestId' },
    })
  })

  it('asked for again is the same, whatever became of the payment', () => {
    expect(refundOnce({ ...once.value, status: 'FAIL' }, { ...ask })).toEqual({
      ok: true,
      value: { ...once.value, status: 'FAIL' },
    })
  })

  it('goes to the last unit, and says which member is at fault beyond', () => {
    const rest = refundOnce(once.value, { ...ask, refundRequestId: 's', refundAmount: usd('600') })
    if (!rest.ok) throw new Error('it was refused')
    expect([refundedOf(rest.value), restoredOf(rest.value)]).toEqual([1000n, 1000n])
    expect([refundedOf(paid), paid.refunds.size]).toEqual([0n, 0])
    const refusal = (change: object) => refundOnce(rest.value, { ...ask, refundRequestId: 't', ...change })
    expect(refusal({ refundAmount: usd('1') })).toMatchObject({
      refusal: { code: 'refund-exceeds-payment', field: '/refundAmount' },
    })
    expect(refusal({ refundAmount: eur('1') })).toMatchObject({
      refusal: { code: 'currency-mismatch', field: '/refundAmount' },
    })
  })
})

describe('a dispute', () => {
  const given = {
    ...{ disputeId: 'dispute-1', paymentId: 'payment-1', disputeType: 'CHARGEBACK' as const },
    ...{ disputeAmount: usd('500'), evidence: ['A'.repeat(43)] },
  }
  const id = () => 'notice'
  const opened = (change: object = {}) => {
    const outcome = openDispute({ ...given, ...change }, 500n, start, id)
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.value
  }
  const step = (one: DisputeStep, now: number, docket = opened()) => {
    const outcome = stepDispute(docket, one, now, id)
    return outcome.ok
      ? { status: outcome.value.dispute.disputeStatus, told: outcome.value.told.at(-1)?.disputeNotificationType }
      : outcome.refusal.code
  }
  const due = start + 14 * day
  const supply: DisputeStep = { kind: 'supply', digest: 'B'.repeat(43) }
  const judge: DisputeStep = { kind: 'judge', result: 'ACCEPT_BY_CUSTOMER' }
  const supplied = () => {
    const outcome = stepDispute(opened(), supply, start, id)
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.value
  }

  it('opens with all that is bound at once', () => {
    const dispute = {
      ...{ ...given, disputeStatus: 'CREATED', defense: [] },
      ...{ createdTime: formatTime(start), defenseDueTime: formatTime(due) },
    }
    const notice = { notifyId: 'notice', disputeId: 'dispute-1', sequence: 1 }
    expect(opened()).toEqual({
      dispute,
      told: [{ ...notice, disputeNotificationType: 'DISPUTE_CREATED', dispute }],
    })
  })

  it.each([
    [{ disputeAmount: usd('501') }, 'refund-exceeds-payment', '/disputeAmount'],
    [{ disputeAmount: usd('0') }, 'refund-exceeds-payment', '/disputeAmount'],
    [{ evidence: [] }, 'evidence-invalid', '/evidence'],
  ])('does not open with %j', (change, code, field) => {
    expect(openDispute({ ...given, ...change }, 500n, start, id)).toEqual({ ok: false, refusal: { code, field } })
  })

  it('is defended until its time is over, and judged from then on or once it was defended', () => {
    expect(step(supply, due - 1)).toEqual({ status: 'DEFENSE_SUPPLIED', told: 'DEFENSE_SUPPLIED' })
    expect(step(supply, due)).toBe('dispute-late')
    expect(step(judge, due - 1)).toBe('dispute-state-invalid')
    expect(step(judge, due)).toEqual({ status: 'JUDGED', told: 'DISPUTE_JUDGED' })
    expect(step(judge, start, supplied())).toEqual({ status: 'JUDGED', told: 'DISPUTE_JUDGED' })
    expect(supplied().dispute.defense).toEqual(['B'.repeat(43)])
    expect(step({ kind: 'accept' }, start)).toEqual({ status: 'ACCEPTED', told: 'DISPUTE_ACCEPTED' })
    expect(step({ kind: 'cancel' }, start)).toEqual({ status: 'CANCELLED', told: 'DISPUTE_CANCELLED' })
  })

  it('is judged to what its kind can be judged to', () => {
    const documents = () => ({ ...supplied(), dispute: { ...supplied().dispute, disputeType: 'RETRIEVAL' as never } })
    expect(step(judge, start, documents())).toBe('dispute-state-invalid')
    expect(step({ kind: 'judge', result: 'VALIDATE_FAIL' }, start, supplied())).toBe('dispute-state-invalid')
    expect(step({ kind: 'judge', result: 'VALIDATE_FAIL' }, start, documents())).toMatchObject({ status: 'JUDGED' })
  })

  it('is swept a day before its end and at it, and not where it was defended', () => {
    const sweep: DisputeStep = { kind: 'sweep' }
    expect(step(sweep, due - day - 1)).toMatchObject({ told: 'DISPUTE_CREATED' })
    expect(step(sweep, due - day)).toEqual({ status: 'CREATED', told: 'DEFENSE_DUE_ALERT' })
    expect(step(sweep, due - 1)).toEqual({ status: 'CREATED', told: 'DEFENSE_DUE_ALERT' })
    expect(step(sweep, due)).toEqual({ status: 'ACCEPTED', told: 'DISPUTE_ACCEPTED' })
    expect(step(sweep, due, supplied())).toEqual({ status: 'DEFENSE_SUPPLIED', told: 'DEFENSE_SUPPLIED' })
  })

  it('is read in order', () => {
    expect([1, 2, 3, 4].map((sequence) => receive(2, { sequence } as never))).toEqual(['drop', 'drop', 'act', 'wait'])
  })
})

describe('the gate', () => {
  const ruled = (when: object): GatePolicy =>
    ({
      ...{ policyId: 'test', currencies: ['USD'], escalationTimeoutSeconds: 60 },
      rules: [{ id: 'rule', disposition: 'deny', when }],
    }) as unknown as GatePolicy
  const input = {
    ...{ mode: 'IMMEDIATE', tier: 'L2', lowest: 500, device: 'shows', runtime: 'unattested', risk: 300 },
    amount: usd('1000'),
  } as unknown as GateInput
  const denies = (when: object, change: object = {}) =>
    decideGate(ruled(when), { ...input, ...change } as GateInput).reasons.includes('rule')

  it.each<[object, boolean]>([
    [{}, true],
    [{ mode: 'IMMEDIATE' }, true],
    [{ mode: 'AUTONOMOUS' }, false],
    [{ tierAtMost: 'L3' }, true],
    [{ tierAtMost: 'L2' }, true],
    [{ tierAtMost: 'L1' }, false],
    [{ deviceAtMost: 'shows' }, true],
    [{ deviceAtMost: 'cannot-show' }, false],
    [{ runtimeAtMost: 'unattested' }, true],
    [{ runtimeAtMost: 'failed' }, false],
    [{ lowestBelow: 501 }, true],
    [{ lowestBelow: 500 }, false],
    [{ riskAtLeast: 300 }, true],
    [{ riskAtLeast: 301 }, false],
    [{ amountAbove: usd('999') }, true],
    [{ amountAbove: usd('1000') }, false],
    [{ amountAbove: eur('1') }, false],
  ])('where %j holds: %s', (when, holds) => {
    expect(denies(when)).toBe(holds)
  })

  it('takes risk nobody could tell and a currency nobody listed for reasons to ask', () => {
    const { risk: _risk, ...unknown } = input
    expect(denies({ riskAtLeast: 1000 }, { risk: undefined })).toBe(true)
    expect(decideGate(ruled({ mode: 'AUTONOMOUS' }), unknown as GateInput)).toMatchObject({
      ...{ disposition: 'escalate', reasons: ['risk-unavailable'] },
    })
    expect(decideGate(ruled({}), { ...unknown, amount: eur('1') } as GateInput)).toMatchObject({
      ...{ disposition: 'deny', reasons: ['rule', 'risk-unavailable', 'currency-unlisted'] },
    })
    const passed = decideGate(ruled({ mode: 'AUTONOMOUS' }), input)
    expect(passed).toMatchObject({ disposition: 'auto-execute', reasons: [] })
    expect(isGateDecision(passed, ruled({ mode: 'AUTONOMOUS' }))).toBe(true)
    expect(isGateDecision({ ...passed, disposition: 'observe' }, ruled({ mode: 'AUTONOMOUS' }))).toBe(false)
  })

  it('ends an escalation with an answer in time, and with a refusal otherwise', () => {
    const asked = { askedAt: 100, timeoutSeconds: 60 }
    const answer = (when: number, approved = true) => settleEscalation(asked, 500, { at: when, approved })
    expect([99, 100, 159, 160].map((when) => answer(when))).toEqual(['denied', 'approved', 'approved', 'denied'])
    expect(answer(100, false)).toBe('denied')
    expect([159, 160].map((now) => settleEscalation(asked, now))).toEqual(['waiting', 'denied'])
  })
})

describe('the runtime', () => {
  const claims = {
    ...{ iss: 'https://attester.example', iat: start, exp: start + 400, eat_nonce: 'N'.repeat(22), ueid: 'device-1' },
    ...{ cnf: { jkt: 'K'.repeat(43) }, swname: 'agent-1', swversion: '1.4.2', dbgstat: 'disabled-since-boot' },
  } as unknown as Attestation
  const expected = {
    ...{ userReference: 'user-1', agentId: 'agent-1', agentVersion: '1.4.2', keyThumbprint: 'K'.repeat(43) },
    ...{ challenge: 'N'.repeat(22), used: new Set<string>() },
  }
  const identify = (now: number, change: object = {}) =>
    identifyRuntime(async () => ({ ...claims, ...change }), 'evidence', expected, now)

  it('is who was expected, for five minutes', async () => {
    expect(await identify(start)).toEqual({
      ok: true,
      value: {
        ...{ userReference: 'user-1', agentId: 'agent-1', agentVersion: '1.4.2' },
        ...{ runtimeId: 'device-1', attestedAt: formatTime(start) },
      },
    })
    const refused = { ok: false, refusal: { code: 'runtime-attestation-invalid' } }
    const moments = [start - 61, start - 60, start + 300, start + 301]
    const outcomes = await Promise.all(moments.map((now) => identify(now)))
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, true, false])
    expect(await identify(start + 100, { exp: start + 100 })).toEqual(refused)
    expect((await identify(start + 100, { exp: start + 101 })).ok).toBe(true)
    expect(await identifyRuntime(async () => undefined, '', expected, start)).toEqual(refused)
  })
})

describe('a device', () => {
  const device = (change: object = {}) =>
    ({
      ...{ device: 'phone', shows: 'everything', speaks: true, authenticators: ['pin'], attested: true },
      ...change,
    }) as Parameters<typeof routeConfirmation>[0]
  const driving = { moving: true, driver: true }
  const speaker = device({ device: 'car', shows: 'nothing', authenticators: ['voice-biometric'] })

  it.each<[string, object, object | undefined]>([
    [
      'the strongest proof it has',
      { authenticators: ['pin', 'fingerprint'] },
      { modality: 'screen', authenticator: 'fingerprint' },
    ],
    [
      'a voice on a screen',
      { authenticators: ['voice-biometric', 'pin'] },
      { modality: 'screen', authenticator: 'voice-biometric' },
    ],
    ['wrist detection alone', { authenticators: ['wrist-detection'] }, undefined],
    ['a summary', { shows: 'summary' }, undefined],
    ['no attestation', { attested: false }, undefined],
  ])('confirms with %s, or not', (_, change, way) => {
    for (const situation of [
      { moving: false, driver: true },
      { moving: true, driver: false },
    ]) {
      const outcome = routeConfirmation(device(change), [], situation)
      expect(outcome).toEqual(
        way
          ? { ok: true, value: { route: 'here', to: 'phone', ...way } }
          : { ok: false, refusal: { code: 'device-cannot-confirm' } },
      )
    }
  })

  it('hands over to the first other that can, and only where it cannot itself', () => {
    const voice = { modality: 'voice', authenticator: 'voice-biometric' }
    const mute = { ...speaker, device: 'watch', speaks: false } as typeof speaker
    expect(routeConfirmation(device(), [mute, speaker], driving)).toEqual({
      ok: true,
      value: { route: 'hand-over', to: 'car', ...voice },
    })
    expect(routeConfirmation(speaker, [device()], driving)).toEqual({
      ok: true,
      value: { route: 'here', to: 'car', ...voice },
    })
  })

  it.each<[string, object, object, object]>([
    ['EXT-DEVICES-1', { shows: 'summary' }, {}, { route: 'here', modality: 'screen' }],
    ['EXT-DEVICES-4', { attested: false }, {}, { route: 'here', modality: 'screen' }],
    ['EXT-DEVICES-5', {}, driving, { route: 'here', modality: 'screen' }],
  ])('breaks %s only in the mutant that leaves it out', (rule, change, situation, route) => {
    const still = { moving: false, driver: false, ...situation }
    const ignoring = (id: string) =>
      routeConfirmation(device(change), [], still, { deviation: { ignores: new Set([id]) } })
    expect(ignoring(rule)).toMatchObject({ ok: true, value: route })
    expect(ignoring('EXT-DEVICES-3')).toMatchObject({ ok: false })
  })

  it('hands nothing over in the mutant that gives up', () => {
    const mutant = { deviation: { ignores: new Set(['EXT-DEVICES-3']) } }
    expect(routeConfirmation(device(), [speaker], driving, mutant)).toMatchObject({ ok: false })
    expect(routeConfirmation(device(), [speaker], driving)).toMatchObject({ ok: true })
  })
})
