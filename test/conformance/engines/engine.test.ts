/** The engine on counters made wrong on purpose: proofs are as small as they can be, say how often they failed again, and what is right is left alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Engine, judgeProperty, type Property } from '../../../conformance/engines/engine.ts'
import { Disproved } from '../../../conformance/expect.ts'
import { diceOf } from '../../../conformance/parties.ts'
import type { Scene } from '../../../conformance/scene.ts'
import type { Answer } from '../../../conformance/target/client.ts'

type Command = { readonly do: 'add'; readonly key: number } | { readonly do: 'look' }

const answering = (text: string): Answer => ({ status: 200, headers: {}, text, body: undefined })

/** Says how many additions that met, or came so far, a counter of that number of plays leaves out. */
type Fault = (met: number, count: number) => boolean

/** A counter for each program. `faultOf` is given how many had been played before it. */
const counterWith = (faultOf: (play: number) => Fault): Property<number, Command> => {
  let plays = 0
  const add = fc.record({ do: fc.constant('add' as const), key: fc.nat(20) })
  const counters = { 'something was added': () => true }
  return {
    name: 'test: a counter',
    model: {
      initial: 0,
      possible: (count, command) =>
        command.do === 'look' ? [{ seen: `${count}`, after: count }] : [{ seen: 'added', after: count + 1 }],
    },
    command: add,
    meeting: add,
    apart: [(command, copy) => ({ ...command, key: 100 + copy })],
    enter: async () => async () => {
      const fault = faultOf(plays++)
      const calls = new Set<string>()
      let count = 0
      let flying = 0
      return {
        usable: () => true,
        prepare: async (command, key) => async () => {
          if (command.do === 'look') return answering(`${count}`)
          flying++
          await Promise.resolve()
          if (!calls.has(key) && !fault(flying, count)) count++
          calls.add(key)
          await Promise.resolve()
          flying--
          return answering('added')
        },
        read: (_command, { text }) => text,
        look: { do: 'look' },
        isSafe: ({ do: what }) => what === 'look',
      }
    },
    reach: { sequential: counters, parallel: counters, burst: counters },
  }
}

const judged = async (engine: Engine, faultOf: (play: number) => Fault, seed = 1): Promise<Disproved | undefined> => {
  const scene = { session: {}, dice: diceOf(seed, 'engine'), reach: new Map() } as unknown as Scene
  try {
    await judgeProperty(scene, counterWith(faultOf), engine, { programs: 30, corpus: [], reachWanted: 1 })
    return undefined
  } catch (error) {
    if (error instanceof Disproved) return error
    throw error
  }
}

const never: Fault = () => false
/** Loses one of two that meet. */
const racing: Fault = (met) => met > 1
const seeds = Array.from({ length: 10 }, (_, seed) => seed + 1)

describe('a right counter', () => {
  it.each(['sequential', 'parallel', 'burst'] as const)('is not accused by the %s engine', async (engine) => {
    for (const seed of seeds) expect(await judged(engine, () => never, seed)).toBeUndefined()
  })
})

describe('a race', () => {
  it.each(['parallel', 'burst'] as const)('is proved by two calls, found by the %s engine', async (engine) => {
    for (const seed of seeds) {
      const found = await judged(engine, () => racing, seed)
      expect(found?.proof.steps.map((step) => step.length)).toEqual([2])
      expect(found?.proof).toMatchObject({ failed: 3, of: 3, repetitions: 10, played: 3 })
    }
  })

  it('is not seen by calls one after the other', async () => {
    for (const seed of seeds) expect(await judged('sequential', () => racing, seed)).toBeUndefined()
  })

  it('that is lost at every fourth play fails each rerun, and the proof says of how many plays', async () => {
    for (const seed of seeds) {
      const found = await judged('burst', (play) => (play % 4 === 3 ? racing : never), seed)
      expect(found?.proof).toMatchObject({ failed: 3, of: 3, repetitions: 10 })
      expect(found?.proof.played).toBeGreaterThanOrEqual(9)
      expect(found?.proof.played).toBeLessThanOrEqual(12)
    }
  })

  it('that never shows again is said to have failed in no rerun, after all its repetitions', async () => {
    let shown = false
    const once: Fault = (met) => {
      if (shown || met < 2) return false
      shown = true
      return true
    }
    const found = await judged('burst', () => once)
    expect(found?.proof).toMatchObject({ failed: 0, of: 3, repetitions: 10, played: 30 })
  })
})

describe('a fault without a race', () => {
  it('is proved by as many calls as it needs, and rerun without repetitions', async () => {
    for (const seed of seeds) {
      const found = await judged('sequential', () => (_met, count) => count >= 3, seed)
      expect(found?.proof.steps.map((step) => step.length)).toEqual([1, 1, 1, 1])
      expect(found?.proof).toMatchObject({ failed: 3, of: 3, repetitions: 1, played: 3 })
    }
  })
})
