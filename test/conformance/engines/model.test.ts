/** Linearisation and models: an order that explains is found, none is invented, and the laws hold in every reachable state. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mandateBooks } from '../../../conformance/chapters/meeting/network.ts'
import { purseForLater, purseForOnce } from '../../../conformance/chapters/meeting/wallet.ts'
import { corpusOf } from '../../../conformance/engines/corpus.ts'
import { type Call, explain, type Model } from '../../../conformance/engines/model.ts'
import { type BudgetCommand, type BudgetState, budgetModel, orderAmounts } from '../../../conformance/models/budget.ts'
import { type DebitCommand, debitModel, direct, later } from '../../../conformance/models/debits.ts'

/** A register that is set and read: the textbook example. */
type Register = { readonly set: number } | { readonly get: true }
const register: Model<number, Register> = {
  initial: 0,
  possible: (state, command) =>
    'set' in command ? [{ seen: 'ok', after: command.set }] : [{ seen: String(state), after: state }],
}

describe('an explanation', () => {
  it('is some order of what met', () => {
    const calls: Call<Register>[] = [
      { command: { get: true }, seen: '2' },
      { command: { set: 1 }, seen: 'ok' },
      { command: { set: 2 }, seen: 'ok' },
    ]
    expect([...explain(register, [0], calls)].sort()).toEqual([1, 2])
  })

  it('is not found where there is none', () => {
    expect(explain(register, [0], [{ command: { get: true }, seen: '7' }])).toEqual([])
    expect(explain(register, [0], [{ command: { set: 1 }, seen: 'refused' }])).toEqual([])
  })

  it('leaves open whether a call nobody answered was carried out', () => {
    expect([...explain(register, [0], [{ command: { set: 1 }, seen: undefined }])].sort()).toEqual([0, 1])
  })

  it('is quick for a burst of calls that are alike', () => {
    const burst = Array.from({ length: 12 }, (): Call<Register> => ({ command: { set: 1 }, seen: 'ok' }))
    expect(explain(register, [0], burst)).toEqual([1])
  })

  it('is found for whatever a target does in some order', () => {
    const commands = fc.array(fc.oneof(fc.record({ set: fc.nat(3) }), fc.constant({ get: true as const })), {
      maxLength: 5,
    })
    fc.assert(
      fc.property(commands, fc.infiniteStream(fc.nat()), (inOrder, numbers) => {
        let state = 0
        const calls = inOrder.map((command): Call<Register> => {
          const [only] = register.possible(state, command, [])
          state = only?.after ?? state
          return { command, seen: only?.seen }
        })
        const shuffled = [...calls].sort(() => ((numbers.next().value as number) % 2) - 0.5)
        expect(explain(register, [0], shuffled)).toContain(state)
      }),
    )
  })
})

/** Follows a model through commands, taking one of the possible outcomes at each. */
const walked = <State, Command>(model: Model<State, Command>, steps: readonly (readonly [Command, number])[]) => {
  const states = [model.initial]
  for (const [command, choice] of steps) {
    const possible = model.possible(states.at(-1) as State, command, [])
    expect(possible.length).toBeGreaterThan(0)
    states.push(possible[choice % possible.length]?.after as State)
  }
  return states
}

const budgetCommand: fc.Arbitrary<BudgetCommand> = fc.oneof(
  fc.record({ do: fc.constant('apply' as const), slot: fc.nat(orderAmounts.length - 1), key: fc.nat(1) }),
  fc.record({
    do: fc.constant('pay' as const),
    slot: fc.nat(orderAmounts.length - 1),
    request: fc.nat(3),
    key: fc.nat(1),
  }),
  fc.record({ do: fc.constant('lower' as const), limit: fc.nat(3_500), key: fc.nat(1) }),
  fc.record({ do: fc.constant('cancel' as const), key: fc.nat(1) }),
)

describe('the books of a mandate', () => {
  it('never hold or capture more than the limit, and never come back to life', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(budgetCommand, fc.nat()), { maxLength: 20 }), (steps) => {
        let ended = false
        for (const { status, limit, held, captured } of walked(budgetModel, steps)) {
          expect(held).toBeGreaterThanOrEqual(0)
          expect(held + captured).toBeLessThanOrEqual(limit)
          expect(ended && status === 'activated').toBe(false)
          ended ||= status !== 'activated'
        }
      }),
    )
  })
})

describe('a debit that uses a mandate up', () => {
  const asked: BudgetCommand = { do: 'apply', slot: 5, key: 0 }
  const first: BudgetCommand = { do: 'pay', slot: 5, request: 0, key: 0 }
  const last: BudgetCommand = { do: 'pay', slot: 0, request: 1, key: 0 }
  const cancel: BudgetCommand = { do: 'cancel', key: 0 }
  const before = [
    { command: asked, seen: 'issued' },
    { command: first, seen: 'SUCCESS' },
  ].reduce((states, call) => explain(budgetModel, states, [call]), [budgetModel.initial] as readonly BudgetState[])
  const cancelled: Call<BudgetCommand> = { command: cancel, seen: 'revoked' }

  it('may be under way when the mandate is cancelled, which is then revoked', () => {
    const after = explain(budgetModel, before, [{ command: last, seen: 'SUCCESS' }, cancelled])
    expect(after.map(({ status, held, captured }) => ({ status, held, captured }))).toEqual([
      { status: 'revoked', held: 0, captured: 3_000 },
    ])
  })

  it('finishes it when it is through, and nothing revokes a finished mandate', () => {
    const after = explain(budgetModel, before, [{ command: last, seen: 'SUCCESS' }])
    expect(after.map(({ status }) => status)).toEqual(['finished'])
    expect(explain(budgetModel, after, [cancelled])).toEqual([])
  })
})

const debitCommand = (slots: number): fc.Arbitrary<DebitCommand> =>
  fc.oneof(
    fc.record({ do: fc.constant('pay' as const), slot: fc.nat(slots - 1), payment: fc.nat(3), key: fc.nat(1) }),
    fc.record({ do: fc.constant('lower' as const), limit: fc.nat(3_500), key: fc.nat(1) }),
    fc.record({ do: fc.constant('cancel' as const), key: fc.nat(1) }),
  )

describe.each([later, direct])('the money under a mandate of $limit', (terms) => {
  it('goes out as it was counted, and never beyond the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(debitCommand(terms.amounts.length), fc.nat()), { maxLength: 20 }), (steps) => {
        for (const { limit, captured, spent } of walked(debitModel(terms), steps)) {
          expect(spent).toBe(captured)
          expect(captured).toBeLessThanOrEqual(limit)
        }
      }),
    )
  })
})

describe('the corpus', () => {
  it('holds proofs the models know how to play', () => {
    const programs = (['sequential', 'parallel', 'burst'] as const).flatMap((engine) =>
      corpusOf<BudgetCommand>('network: the books of a mandate', engine),
    )
    expect(programs.length).toBeGreaterThanOrEqual(3)
    for (const command of programs.flat(2))
      expect(budgetModel.possible(budgetModel.initial, command, [])).not.toEqual([])
  })
})

describe('every engine of every property', () => {
  const properties = [
    { property: mandateBooks, engines: ['sequential', 'parallel', 'burst'] },
    { property: purseForLater, engines: ['sequential', 'parallel', 'burst'] },
    { property: purseForOnce, engines: ['burst'] },
  ] as const
  it.each(properties.flatMap(({ property, engines }) => engines.map((engine) => ({ name: property.name, engine }))))(
    'begins with a program of its own: $name, $engine',
    ({ name, engine }) => {
      expect(corpusOf(name, engine).length).toBeGreaterThan(0)
    },
  )
})
