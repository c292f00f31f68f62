/** Stateful properties on a live target: programs are generated, run against target and model, and shrunk to a proof. */
import fc from 'fast-check'
import { Disproved, Inconclusive } from '../expect.ts'
import type { Dice } from '../parties.ts'
import type { Scene } from '../scene.ts'
import { corpusOf } from './corpus.ts'
import { type Call, explain, type Model } from './model.ts'
import { AnsweredTwice, openPlay, type Play, type System } from './system.ts'

/** One step of a program: commands that are sent at the same time. */
export type Step<Command> = readonly Command[]
export type Program<Command> = readonly Step<Command>[]

/**
 * How commands are put together: one after the other; two to four different ones at once, accepted where some order
 * explains what was seen; or many of the same at once.
 */
export type Engine = 'sequential' | 'parallel' | 'burst'

/** A property: a model, what it is asked, and what of interest has to have happened before it means anything. */
export type Property<State, Command extends object> = {
  readonly name: string
  readonly model: Model<State, Command>
  /** A command; `meeting` ones are those that may be in flight together. */
  readonly command: fc.Arbitrary<Command>
  readonly meeting: fc.Arbitrary<Command>
  /** How copies of a command in a burst differ, beside those that do not: each names its own call. */
  readonly apart: readonly ((command: Command, copy: number) => Command)[]
  /** Enters the stage once; what comes back opens a system for each program. */
  readonly enter: (scene: Scene) => Promise<() => Promise<System<Command>>>
  /** Counters by engine: how often a step came to what the engine is for. Zero at the end is inconclusive. */
  readonly reach: Readonly<Record<Engine, Readonly<Record<string, (calls: readonly Call<Command>[]) => boolean>>>>
}

const burstMax = 8
/** Short, as every program begins with a fresh system and what meets there soon uses it up. */
const stepsMax = 5
const stepsAloneMax = 20
const reruns = 3
const repetitionsMax = 10

const programOf = <State, Command extends object>(
  { command, meeting, apart }: Property<State, Command>,
  engine: Engine,
): fc.Arbitrary<Program<Command>> => {
  const one = command.map((single): Step<Command> => [single])
  const steps = (step: fc.Arbitrary<Step<Command>>, maxLength: number) =>
    fc.array(step, { minLength: 1, maxLength, size: 'max' })
  if (engine === 'sequential') return steps(one, stepsAloneMax)
  const different = fc.array(meeting, { minLength: 2, maxLength: 4, size: 'max' })
  const copies = fc
    .record({
      copied: meeting,
      times: fc.integer({ min: 2, max: burstMax }),
      differ: fc.constantFrom((command: Command) => command, ...apart),
    })
    .map(({ copied, times, differ }): Step<Command> => Array.from({ length: times }, (_, copy) => differ(copied, copy)))
  const together = { arbitrary: engine === 'parallel' ? different : copies, weight: 3 }
  return steps(fc.oneof(together, { arbitrary: one, weight: 1 }), stepsMax)
}

/** What is known of the target: every state it may be in. */
type Known<State> = { states: readonly State[] }

/** A program on a target: knows what was played, and throws where no order explains it. */
const playedOn = <State, Command extends object>(
  { model }: Property<State, Command>,
  play: Play<Command>,
  note: (calls: readonly Call<Command>[]) => void,
) => {
  const ran: Step<Command>[] = []
  const hold = (known: Known<State>, calls: readonly Call<Command>[]): void => {
    const states = explain(model, known.states, calls)
    if (states.length === 0) {
      const allowed = model.possible(known.states[0] as State, (calls[0] as Call<Command>).command, [])
      throw new Unexplained(
        calls.length === 1
          ? `${JSON.stringify(calls[0]?.command)} to come to ${[...new Set(allowed.map(({ seen }) => seen))].join(' or ')}`
          : `some order of ${calls.length} calls that explains all answers`,
        calls.map(({ command, seen }) => `${JSON.stringify(command)} -> ${seen ?? 'unknown'}`).join('; '),
      )
    }
    known.states = states
  }
  return {
    ran,
    step: async (known: Known<State>, asked: Step<Command>): Promise<void> => {
      const step = asked.filter(play.usable)
      if (step.length === 0) return
      ran.push(step)
      const calls = await play.play(step)
      note(calls)
      if (calls.length > 0) hold(known, calls)
      if (step.length > 1) hold(known, await play.look())
    },
    end: async (known: Known<State>): Promise<void> => hold(known, await play.look()),
  }
}

class Unexplained extends Error {
  readonly expected: string
  readonly received: string
  constructor(expected: string, received: string) {
    super(`${expected}; ${received}`)
    this.expected = expected
    this.received = received
  }
}

const isDisproof = (error: unknown): error is Unexplained | AnsweredTwice =>
  error instanceof Unexplained || error instanceof AnsweredTwice

/** A program that disproved, as far as it was played, and how. */
type Failure<Command> = { readonly program: Program<Command>; readonly error: Unexplained | AnsweredTwice }

type Run<Command> = (program: Program<Command>) => Promise<Failure<Command> | undefined>

/** How hard to look: programs to generate, time for it, and proofs of earlier runs to begin with. */
export type Effort<Command> = {
  readonly programs?: number
  readonly millisecondsMax?: number
  readonly corpus?: readonly Program<Command>[]
  /** Programs go on, one after the other, until each counter says this much, as far as time allows. */
  readonly reachWanted?: number
}

/** Holds a property against the target of a scene. Throws `Disproved` with a proof, or `Inconclusive` where the programs never came to their question. */
export const judgeProperty = async <State, Command extends object>(
  scene: Scene,
  property: Property<State, Command>,
  engine: Engine,
  {
    programs = 8,
    millisecondsMax = 15_000,
    reachWanted = 2,
    corpus = corpusOf<Command>(property.name, engine),
  }: Effort<Command> = {},
): Promise<void> => {
  const { model, reach } = property
  const counters = reach[engine]
  for (const label of Object.keys(counters)) scene.reach.set(label, 0)
  const note = (calls: readonly Call<Command>[]): void => {
    for (const [label, happened] of Object.entries(counters))
      if (happened(calls)) scene.reach.set(label, (scene.reach.get(label) ?? 0) + 1)
  }

  const open = await property.enter(scene)
  /** Runs a program on a system of its own; the failure it met, where it met one. */
  const run: Run<Command> = async (program) => {
    const system = await open()
    const keys = new Map<string, string>()
    const keyOf = (call: string): string => {
      const key = keys.get(call) ?? scene.dice.nonce()
      keys.set(call, key)
      return key
    }
    const { ran, step, end } = playedOn(property, openPlay(system, keyOf), note)
    const known: Known<State> = { states: [model.initial] }
    try {
      for (const one of program) await step(known, one)
      await end(known)
      return undefined
    } catch (error) {
      if (isDisproof(error)) return { program: ran, error }
      throw error
    }
  }

  const until = performance.now() + millisecondsMax
  const unreached = (least: number): string | undefined =>
    Object.keys(counters).find((label) => (scene.reach.get(label) ?? 0) < least)
  const given = scene.session.program
  const proven = given && (given.steps as Program<Command>)
  const search = async (): Promise<Failure<Command> | undefined> => {
    for (const program of [...(proven ? again(proven) : []), ...(given?.alone ? [] : corpus)]) {
      const failure = await run(program)
      if (failure) return failure
    }
    if (given?.alone) return undefined
    let played = 0
    for (const program of endless(programOf(property, engine), programs, scene.dice)) {
      const failure = await run(program)
      if (failure) return failure
      if (performance.now() >= until || (++played >= programs && unreached(reachWanted) === undefined)) break
    }
    return undefined
  }

  const failure = await search()
  if (failure) throw await disproof(await smaller(failure, run, until), run, millisecondsMax)
  const missing = given?.alone ? undefined : unreached(1)
  if (missing !== undefined) throw new Inconclusive(`no program came to it that ${missing}`)
}

/** A program as often as one rerun plays it at most: what is sent at once need not meet each time it is sent. */
const again = <Command>(program: Program<Command>): readonly Program<Command>[] =>
  Array.from({ length: program.some((step) => step.length > 1) ? repetitionsMax : 1 }, () => program)

/** Programs without end, decided by the dice. */
function* endless<Command>(
  arbitrary: fc.Arbitrary<Program<Command>>,
  numRuns: number,
  dice: Dice,
): Generator<Program<Command>> {
  for (;;) yield* fc.sample(arbitrary, { seed: dice.number(0, 2 ** 31 - 1), numRuns, unbiased: true })
}

const lengthOf = (program: Program<unknown>): number => program.reduce((sum, step) => sum + step.length, 0)

/** A program without some of its commands, counted through its steps. */
const without = <Command>(program: Program<Command>, start: number, end: number): Program<Command> => {
  let place = -1
  const kept = program.map((step) => step.filter(() => ++place < start || place >= end))
  return kept.filter((step) => step.length > 0)
}

/**
 * As little of a program as still disproves. What was not played any more is gone already; the last step, in which it
 * showed, is tried alone; then parts are left out, half of the commands at first and one at the end (ddmin).
 */
const smaller = async <Command>(
  failure: Failure<Command>,
  run: Run<Command>,
  until: number,
): Promise<Failure<Command>> => {
  let kept = failure
  const suffices = async (program: Program<Command>): Promise<boolean> => {
    if (program.length === 0 || performance.now() >= until) return false
    const still = await run(program)
    if (still) kept = still
    return still !== undefined
  }
  if (kept.program.length > 1) await suffices(kept.program.slice(-1))
  for (let size = lengthOf(kept.program) >> 1; size > 0; size >>= 1)
    for (let end = lengthOf(kept.program); end > 0; end = Math.min(end, lengthOf(kept.program))) {
      const start = Math.max(0, end - size)
      await suffices(without(kept.program, start, end))
      end = start
    }
  return kept
}

/**
 * The failure with its proof, run again three times. What is sent at once need not meet each time it is sent, so a rerun
 * of such a program plays it until it fails, at most ten times, each on a system of its own; one of single commands is
 * played once. The proof says how often programs were played for that. Nobody is accused by it: the program has
 * disproved the target before.
 */
const disproof = async <Command>(
  { program, error }: Failure<Command>,
  run: Run<Command>,
  millisecondsMax: number,
): Promise<Disproved> => {
  const until = performance.now() + millisecondsMax
  const repetitions = again(program).length
  let failed = 0
  let played = 0
  for (let rerun = 0; rerun < reruns; rerun++)
    for (let time = 0; time === 0 || (time < repetitions && performance.now() < until); time++) {
      played++
      if ((await run(program)) === undefined) continue
      failed++
      break
    }
  const steps = program.map((step) => step.map((command) => JSON.stringify(command)))
  const expected = error instanceof Unexplained ? error.expected : 'one answer for one call with one key'
  const received = error instanceof Unexplained ? error.received : error.message
  return new Disproved(expected, received, { steps, failed, of: reruns, repetitions, played })
}
