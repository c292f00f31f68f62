/** Assertions that speak AMP: what they let pass, what they call a failure of the target, and what they call no answer to the question. */
import { describe, expect, it } from 'vitest'
import {
  accepted,
  eachOnce,
  equal,
  Failed,
  given,
  holds,
  Inconclusive,
  needed,
  refused,
  sandwich,
  taken,
  told,
  unitsIn,
  type Where,
} from '../../conformance/expect.ts'
import { type Answer, NoAnswer } from '../../conformance/target/client.ts'
import type { ProblemCode } from '../../schemas/index.ts'

const answer = (status: number, body: unknown, change: Partial<Answer> = {}): Answer => ({
  status,
  headers: {},
  text: JSON.stringify(body) ?? '',
  body,
  ...change,
})
const fine = answer(200, { resultCode: 'SUCCESS' })
const problem = answer(403, {
  code: 'budget-exceeded',
  field: '/checkout/total_amount',
  stage: 'S2',
  detail: 'too much',
})
const thrown = (work: () => unknown): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe('an answer in a few words', () => {
  it.each([
    [problem, 'budget-exceeded at /checkout/total_amount in S2 (too much)'],
    [answer(403, { code: 'budget-exceeded', field: '', detail: '' }), 'budget-exceeded'],
    [answer(403, { code: 'budget-exceeded' }), 'budget-exceeded'],
    [answer(200, { code: 'budget-exceeded' }), 'status 200 {"code":"budget-exceeded"}'],
    [answer(502, undefined, { text: 'x'.repeat(301) }), `status 502 ${'x'.repeat(300)}`],
  ])('%#', (one, words) => {
    expect(told(one)).toBe(words)
  })
})

describe('a count of atomic units', () => {
  it.each([
    ['0', 0n],
    ['1', 1n],
    ['-20', -20n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
  ])('%s is what it says', (text, count) => {
    expect(unitsIn(text)).toBe(count)
  })

  it.each(['', '1.5', '-0', '01', '+1', '1e3', '0x10', ' 1', '10000000000000000000', 5, null, undefined])(
    '%j is a failure of the target',
    (text) => {
      expect(thrown(() => unitsIn(text))).toMatchObject({
        expected: 'a whole count of atomic units',
        received: JSON.stringify(text) ?? 'nothing',
      })
    },
  )
})

describe('an acceptance', () => {
  it('is the message itself', () => {
    expect([accepted('wallet.pay', fine), given('wallet.pay', fine), taken(fine)]).toEqual([fine.body, fine.body, fine])
  })

  it('that does not come is a failure where it was the question, and inconclusive where it only came first', () => {
    const failed = thrown(() => accepted('wallet.pay', problem))
    expect(failed).toBeInstanceOf(Failed)
    expect(failed).toMatchObject({
      expected: 'the request to be accepted',
      received: told(problem),
      message: `expected the request to be accepted; received ${told(problem)}`,
    })
    expect(thrown(() => given('wallet.pay', problem))).toEqual(
      new Inconclusive(`wallet.pay refused what the check needs first: ${told(problem)}`),
    )
    expect(thrown(() => taken(problem))).toEqual(
      new Inconclusive(`a call the check needs first was refused: ${told(problem)}`),
    )
    expect(thrown(() => given('wallet.pay', problem))).toBeInstanceOf(Inconclusive)
    expect(thrown(() => taken(problem))).toBeInstanceOf(Inconclusive)
  })
})

describe('a refusal', () => {
  it.each<[ProblemCode | ProblemCode[], Where]>([
    ['budget-exceeded', {}],
    [['mandate-revoked', 'budget-exceeded'], {}],
    ['budget-exceeded', { field: '/checkout/total_amount' }],
    ['budget-exceeded', { field: /total/ }],
    ['budget-exceeded', { stage: 'S2' }],
    ['budget-exceeded', { field: /total/, stage: 'S2' }],
  ])('counts as %s at %j', (codes, where) => {
    expect(refused(problem, codes, where)).toBe(problem.body)
  })

  it.each<[Answer, ProblemCode | ProblemCode[], Where, string]>([
    [problem, 'mandate-revoked', {}, 'the refusal mandate-revoked'],
    [
      problem,
      ['mandate-revoked', 'mandate-expired'],
      { field: '/checkout' },
      'the refusal mandate-revoked or mandate-expired at /checkout',
    ],
    [problem, 'budget-exceeded', { field: '/checkout' }, 'the refusal budget-exceeded at /checkout'],
    [problem, 'budget-exceeded', { field: /^total/ }, 'the refusal budget-exceeded at /^total/'],
    [problem, 'budget-exceeded', { stage: 'S3' }, 'the refusal budget-exceeded in S3'],
    [problem, 'budget-exceeded', { field: /total/, stage: 'S3' }, 'the refusal budget-exceeded at /total/ in S3'],
    [answer(200, problem.body), 'budget-exceeded', {}, 'the refusal budget-exceeded'],
    [answer(403, undefined), 'budget-exceeded', {}, 'the refusal budget-exceeded'],
    [answer(403, { code: 'budget-exceeded' }), 'budget-exceeded', { field: /./ }, 'the refusal budget-exceeded at /./'],
    [answer(403, {}, { means: ['mandate-revoked'] }), 'budget-exceeded', {}, 'the refusal budget-exceeded'],
  ])('does not count otherwise: %#', (one, codes, where, expected) => {
    const error = thrown(() => refused(one, codes, where))
    expect(error).toBeInstanceOf(Failed)
    expect(error).toMatchObject({ expected, received: told(one) })
  })

  it('of an implementation with coarser words counts for each thing it may mean, wherever it says it is', () => {
    const coarse = answer(403, {}, { means: ['mandate-revoked', 'budget-exceeded'] })
    expect(refused(coarse, 'budget-exceeded', { field: '/checkout', stage: 'S2' })).toBe(coarse.body)
  })
})

describe('what holds', () => {
  it('is silent where it does, and tells both sides where it does not', () => {
    expect(thrown(() => holds(true, 'a', 'b'))).toBeUndefined()
    expect(thrown(() => holds(false, 'a', 'b'))).toMatchObject({ expected: 'a', received: 'b' })
    expect(thrown(() => holds(false, 'a', { b: 1, a: 2 }))).toMatchObject({ received: '{"a":2,"b":1}' })
    expect(thrown(() => holds(false, 'a', undefined))).toMatchObject({ received: 'null' })
  })

  it.each([
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [undefined, null, true],
    [[1, 2], [2, 1], false],
    ['1', 1, false],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, true],
  ])('is equal as JSON: %j and %j', (one, other, same) => {
    const error = thrown(() => equal(one, other, 'it'))
    expect(error === undefined).toBe(same)
    if (!same) expect(error).toMatchObject({ expected: `it to be ${JSON.stringify(other)}` })
  })

  it('is needed before a question can be asked', () => {
    expect(needed(0, 'a number')).toBe(0)
    expect(thrown(() => needed(undefined, 'a number'))).toEqual(new Inconclusive('a number'))
    expect(thrown(() => needed(undefined, 'a number'))).toBeInstanceOf(Inconclusive)
  })

  it('is each thing once, by its name, as it was told last', () => {
    const asked = [
      { id: 'a', at: 1 },
      { id: 'b', at: 2 },
      { id: 'a', at: 3 },
    ]
    expect(eachOnce(asked, ({ id }) => id)).toEqual([
      { id: 'a', at: 3 },
      { id: 'b', at: 2 },
    ])
  })
})

/** A target whose answers are set, and what it was asked in which order. */
const played = async (change: {
  readonly controls?: readonly Answer[]
  readonly changed?: () => Promise<Answer>
  readonly states?: readonly unknown[]
  readonly once?: boolean
}) => {
  const { controls = [fine, fine], changed = async () => problem, states, once } = change
  const asked: string[] = []
  let control = 0
  let state = 0
  const look = async (): Promise<unknown> => {
    asked.push('state')
    return states?.[state++]
  }
  const error = await sandwich({
    control: async () => {
      asked.push('control')
      return controls[control++] as Answer
    },
    changed: () => {
      asked.push('changed')
      return changed()
    },
    refusedAs: 'budget-exceeded',
    where: { stage: 'S2' },
    ...(states ? { state: look } : {}),
    ...(once === undefined ? {} : { once }),
  }).catch((reason: unknown) => reason)
  return { asked, error }
}

describe('a sandwich', () => {
  it('asks control, change and control again, and looks before and after the change', async () => {
    expect(await played({ states: [{ held: 1 }, { held: 1 }] })).toEqual({
      asked: ['control', 'state', 'changed', 'state', 'control'],
      error: undefined,
    })
    expect(await played({})).toEqual({ asked: ['control', 'changed', 'control'], error: undefined })
    expect(await played({ once: true })).toEqual({ asked: ['control', 'changed'], error: undefined })
  })

  it('fails a target that accepts the change, refuses it for another reason, moves something or falls silent', async () => {
    const silent = async () => {
      throw new NoAnswer('closed')
    }
    const errors = await Promise.all([
      played({ changed: async () => fine }),
      played({ changed: async () => answer(403, { code: 'budget-exceeded', stage: 'S3' }) }),
      played({ states: [{ held: 1 }, { held: 2 }] }),
      played({ changed: silent }),
    ])
    expect(errors.map(({ error }) => error instanceof Failed)).toEqual([true, true, true, true])
    expect(errors[2]?.error).toMatchObject({
      expected: 'what the refused request could have moved to be {"held":1}',
      received: '{"held":2}',
    })
    expect(errors[3]?.error).toMatchObject({ expected: 'a refusal', received: 'no answer (closed)' })
  })

  it('comes to nothing where a control is refused, and lets a fault of its own through', async () => {
    const first = await played({ controls: [problem] })
    const second = await played({ controls: [fine, problem] })
    expect([first.error, second.error]).toEqual([
      new Inconclusive(`the control was refused: ${told(problem)}`),
      new Inconclusive(`the second control was refused: ${told(problem)}`),
    ])
    expect([first.error, second.error].every((error) => error instanceof Inconclusive)).toBe(true)
    expect(first.asked).toEqual(['control'])
    const bug = new TypeError('no such thing')
    const broken = await played({
      changed: async () => {
        throw bug
      },
    })
    expect(broken.error).toBe(bug)
  })
})
