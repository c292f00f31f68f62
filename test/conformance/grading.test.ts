/** The grader: what a check throws decides its verdict, failures are tried again, silence ends a run, and the verdicts of all decide the outcome. */
import { describe, expect, it } from 'vitest'
import { type Check, levelOf } from '../../conformance/check.ts'
import { againstExpected, differencesOf } from '../../conformance/compare.ts'
import { Disproved, Failed, Inconclusive, NotApplicable, Untestable } from '../../conformance/expect.ts'
import type { Report } from '../../conformance/index.ts'
import { type CheckResult, countsOf, outcomeOf, runChecks, type Verdict } from '../../conformance/run.ts'
import type { Session } from '../../conformance/session.ts'
import { NoAnswer } from '../../conformance/target/client.ts'
import { HookRefused } from '../../conformance/target/hooks.ts'

/** As much of a session as checks need that ask nothing over a wire. */
const session = {
  url: 'http://127.0.0.1:9',
  seed: 1,
  challenge: 'challenge',
  requests: { count: 0 },
  answered: new Map(),
  observations: [],
  onExchange: () => undefined,
  now: () => 0,
  hooked: true,
  hooks: { endpoint: '' },
  served: () => ({ endpoint: '' }),
} as unknown as Session

const must = 'AMP-TRUST-001'
const should = 'AMP-TRUST-034'
const may = 'AMP-TRUST-025'

const checkOf = (title: string, run: Check['run'], change: Partial<Check> = {}): Check => ({
  id: `wallet: ${title}`,
  role: 'wallet',
  title,
  chapter: 'trust',
  requirements: [must],
  phase: 'together',
  run,
  ...change,
})

const throwing = (error: unknown, change: Partial<Check> = {}): Check =>
  checkOf(
    'throws',
    async () => {
      throw error
    },
    change,
  )

const judged = async (check: Check, reruns = 0): Promise<CheckResult> => {
  const [result] = await runChecks(session, [check], { reruns })
  if (!result) throw new Error('nothing was judged')
  return result
}

const proof = { steps: [['{}']], failed: 2, of: 3, repetitions: 1, played: 3 }

describe('the level of a check', () => {
  it.each([
    [[must], 'MUST'],
    [[should], 'SHOULD'],
    [[may], 'MAY'],
    [[may, should], 'SHOULD'],
    [[may, should, must], 'MUST'],
  ])('%j is that of its strictest requirement: %s', (requirements, level) => {
    expect(levelOf({ requirements })).toBe(level)
  })
})

describe('the verdict', () => {
  it.each<[string, unknown, Verdict]>([
    ['a broken requirement', new Failed('a', 'b'), 'fail'],
    ['what came first was refused', new Inconclusive('why'), 'inconclusive'],
    ['no answer', new NoAnswer('why'), 'inconclusive'],
    ['a hook that refuses', new HookRefused('why'), 'inconclusive'],
    ['not offered', new NotApplicable('why'), 'not-applicable'],
    ['nothing to ask with', new Untestable('why'), 'untestable'],
    ['a bug of the suite', new TypeError('why'), 'harness-error'],
    ['a bug that is no error', 'why', 'harness-error'],
  ])('of %s', async (_, error, verdict) => {
    const result = await judged(throwing(error))
    expect(result).toMatchObject({
      id: 'wallet: throws',
      role: 'wallet',
      title: 'throws',
      chapter: 'trust',
      requirements: [must],
      level: 'MUST',
      verdict,
    })
    expect(result.reason).toContain(verdict === 'fail' ? 'expected a; received b' : 'why')
    expect('exchanges' in result).toBe(!['not-applicable', 'untestable'].includes(verdict))
    expect('silent' in result).toBe(false)
  })

  it('is a warning where the requirement only recommends, and a pass where nothing is thrown', async () => {
    expect(await judged(throwing(new Failed('a', 'b'), { requirements: [should] }))).toMatchObject({
      verdict: 'warn',
      level: 'SHOULD',
      expected: 'a',
      received: 'b',
    })
    const passed = await judged(checkOf('passes', async ({ reach }) => void reach.set('two met', 3)))
    expect(passed).toMatchObject({ verdict: 'pass', reach: { 'two met': 3 } })
    expect(passed).not.toHaveProperty('exchanges')
    expect(await judged(checkOf('passes', async () => undefined))).not.toHaveProperty('reach')
  })

  it('shows where in the suite a bug is', async () => {
    expect((await judged(throwing(new TypeError('why')))).reason).toContain('grading.test.ts')
  })
})

describe('a failure', () => {
  it('is tried again, and says in how many attempts it came', async () => {
    expect(await judged(throwing(new Failed('a', 'b')), 3)).toMatchObject({ attempts: 4, failed: 4 })
    expect(await judged(throwing(new Failed('a', 'b'), { requirements: [should] }), 2)).toMatchObject({
      attempts: 3,
      failed: 3,
    })
    let time = 0
    const flaky = checkOf('flaky', async () => {
      if (time++ % 2 === 0) throw new Failed('a', 'b')
    })
    expect(await judged(flaky, 3)).toMatchObject({ verdict: 'fail', attempts: 4, failed: 2 })
    expect(time).toBe(4)
  })

  it('with a proof was tried again when it was found, and nothing else is tried again', async () => {
    let times = 0
    const proved = checkOf('proved', async () => {
      times++
      throw new Disproved('a', 'b', proof)
    })
    expect(await judged(proved, 3)).toMatchObject({ verdict: 'fail', proof, attempts: 4, failed: 3 })
    expect(times).toBe(1)
    expect(await judged(throwing(new Inconclusive('x')), 3)).not.toHaveProperty('attempts')
    expect(await judged(throwing(new Failed('a', 'b')))).not.toHaveProperty('proof')
  })
})

describe('a run', () => {
  it('plays the phases in their order and gives results in that of the checks', async () => {
    const played: string[] = []
    const one = (title: string, phase: Check['phase']) => checkOf(title, async () => void played.push(title), { phase })
    const checks = [
      one('last', 'afterwards'),
      one('lonely', 'alone'),
      one('b', 'together'),
      one('early', 'first'),
      one('c', 'together'),
    ]
    const told: [string, number, number][] = []
    const results = await runChecks(session, checks, {
      together: 1,
      onResult: ({ title }, done, of) => told.push([title, done, of]),
    })
    expect(played).toEqual(['early', 'b', 'c', 'lonely', 'last'])
    expect(results.map(({ title }) => title)).toEqual(['last', 'lonely', 'b', 'early', 'c'])
    expect(told).toEqual(played.map((title, index) => [title, index + 1, 5]))
  })

  it('has so many in flight at a time, and of those alone one', async () => {
    let flying = 0
    const most = new Map<string, number>()
    const one = (phase: Check['phase']) => (index: number) =>
      checkOf(
        `${phase} ${index}`,
        async () => {
          flying++
          most.set(phase, Math.max(most.get(phase) ?? 0, flying))
          await new Promise(setImmediate)
          flying--
        },
        { phase },
      )
    const six = [0, 1, 2, 3, 4, 5]
    await runChecks(session, [...six.map(one('together')), ...six.map(one('alone'))], { together: 4 })
    expect(Object.fromEntries(most)).toEqual({ together: 4, alone: 1 })
  })

  it('asks no more of a target that is gone, after twelve checks in a row met silence', async () => {
    let asked = 0
    const checks = Array.from({ length: 15 }, (_, index) =>
      checkOf(`silence ${index}`, async () => {
        asked++
        throw new NoAnswer('nothing')
      }),
    )
    const results = await runChecks(session, checks, { together: 1 })
    expect(asked).toBe(12)
    expect(results.map(({ verdict }) => verdict)).toEqual(Array(15).fill('inconclusive'))
    expect(results.slice(12)).toEqual(
      checks.slice(12).map(({ id, role, title, chapter, requirements }) => ({
        ...{ id, role, title, chapter, requirements, level: 'MUST', verdict: 'inconclusive', milliseconds: 0 },
        reason: 'not asked: the target had stopped answering (12 checks in a row met silence)',
      })),
    )
  })

  it('goes on after silence that ended', async () => {
    let asked = 0
    const checks = Array.from({ length: 24 }, (_, index) =>
      checkOf(`silence ${index}`, async () => {
        asked++
        if (index !== 11) throw new NoAnswer('nothing')
      }),
    )
    await runChecks(session, checks, { together: 1 })
    expect(asked).toBe(24)
  })

  it('lets an answer that departs from its schema be the target’s doing', async () => {
    const odd = checkOf('odd', async (scene) => {
      Object.assign(scene, { oddity: () => 'an answer without status' })
      throw new TypeError('cannot read status of undefined')
    })
    expect(await judged(odd)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'an answer could not be made sense of: an answer without status',
    })
    const failed = checkOf('odd', async (scene) => {
      Object.assign(scene, { oddity: () => 'an answer without status' })
      throw new Failed('a', 'b')
    })
    expect(await judged(failed)).toMatchObject({ verdict: 'fail' })
  })
})

const results = (...of: readonly (readonly [Verdict, CheckResult['level']])[]): CheckResult[] =>
  of.map(([verdict, level], index) => ({
    ...{ id: `${index}`, role: 'wallet', title: '', chapter: '', requirements: [], milliseconds: 0 },
    verdict,
    level,
  }))

describe('the outcome', () => {
  it.each<[string, readonly (readonly [Verdict, CheckResult['level']])[]]>([
    ['certified', [['pass', 'MUST']]],
    [
      'certified',
      [
        ['pass', 'MUST'],
        ['not-applicable', 'MUST'],
        ['warn', 'SHOULD'],
        ['inconclusive', 'SHOULD'],
        ['untestable', 'MAY'],
      ],
    ],
    [
      'failed',
      [
        ['pass', 'MUST'],
        ['inconclusive', 'MUST'],
        ['fail', 'MUST'],
      ],
    ],
    [
      'inconclusive',
      [
        ['pass', 'MUST'],
        ['inconclusive', 'MUST'],
      ],
    ],
    [
      'inconclusive',
      [
        ['pass', 'MUST'],
        ['untestable', 'MUST'],
      ],
    ],
    ['inconclusive', [['pass', 'SHOULD']]],
    ['inconclusive', []],
    [
      'harness-error',
      [
        ['fail', 'MUST'],
        ['harness-error', 'MAY'],
      ],
    ],
  ])('is %s', (outcome, of) => {
    expect(outcomeOf(results(...of))).toBe(outcome)
  })

  it('comes with the count of each verdict', () => {
    expect(countsOf(results(['pass', 'MUST'], ['pass', 'MAY'], ['fail', 'MUST'], ['untestable', 'MUST']))).toEqual({
      ...{ pass: 2, fail: 1, warn: 0, 'not-applicable': 0 },
      ...{ untestable: 1, inconclusive: 0, 'harness-error': 0 },
    })
  })
})

describe('two runs', () => {
  const run = (...of: readonly (readonly [string, Verdict, string?])[]) =>
    ({ results: of.map(([id, verdict, reason]) => ({ id, verdict, reason })) }) as unknown as Report

  it('differ where a verdict does, told by the run it is new in', () => {
    const first = run(['a', 'pass'], ['b', 'fail', 'of the first'], ['c', 'pass'], ['gone', 'pass'])
    const second = run(['new', 'fail', 'late'], ['c', 'fail', 'of the second'], ['b', 'pass'], ['a', 'pass'])
    expect(differencesOf(first, second)).toMatchObject([
      { id: 'b', first: 'fail', second: 'pass', reason: 'of the first' },
      { id: 'c', first: 'pass', second: 'fail', reason: 'of the second' },
      { id: 'gone', first: 'pass', second: 'missing', reason: '' },
      { id: 'new', first: 'missing', second: 'fail', reason: 'late' },
    ])
    expect(differencesOf(first, first)).toEqual([])
  })

  it('hold their failures against a list, which is stale where one passes or is not there', () => {
    const report = run(['a', 'fail'], ['b', 'fail'], ['c', 'pass'], ['d', 'warn'])
    expect(againstExpected(report, ['b', 'c', 'd', 'e'])).toEqual({ unexpected: ['a'], stale: ['c', 'd', 'e'] })
    expect(againstExpected(report, ['a', 'b'])).toEqual({ unexpected: [], stale: [] })
  })
})
