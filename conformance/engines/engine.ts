/** Stateful properties on a live target: programs are generated, run against target and model, and shrunk to a proof. */
import fc from 'fast-check'
import { Disproved, Inconclusive } from '../expect.ts'
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
const stepsMax = 10
const reruns = 3

const stepsOf = <State, Command extends object>(
  { command, meeting, apart }: Property<State, Command>,
  engine: Engine,
): fc.Arbitrary<Step<Command>>[] => {
  const one = command.map((single): Step<Command> => [single])
  if (engine === 'sequential') return [one]
  if (engine === 'parallel') return [fc.array(meeting, { minLength: 1, maxLength: 4, size: 'max' }), one]
  const burst = fc
    .record({
      copied: meeting,
      times: fc.integer({ min: 2, max: burstMax }),
      differ: fc.constantFrom((command: Command) => command, ...apart),
    })
    .map(({ copied, times, differ }): Step<Command> => Array.from({ length: times }, (_, copy) => differ(copied, copy)))
  return [burst, one]
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
    step: async (known: Known<State>, step: Step<Command>): Promise<void> => {
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

type Failure<Command> = { readonly program: Program<Command>; readonly error: Unexplained | AnsweredTwice }

/** How hard to look: programs to generate, time for it, and proofs of earlier runs to begin with. */
export type Effort<Command> = {
  readonly programs?: number
  readonly millisecondsMax?: number
  readonly corpus?: readonly Program<Command>[]
  /** Programs go on until each counter says this much, as far as time allows. */
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
  const begin = async () => {
    const system = await open()
    const keys = new Map<string, string>()
    const keyOf = (call: string): string => {
      const key = keys.get(call) ?? scene.dice.nonce()
      keys.set(call, key)
      return key
    }
    return playedOn(property, openPlay(system, keyOf), note)
  }

  /** Runs one program to its end; the failure it met, where it met one. */
  const run = async (
    program: Iterable<fc.AsyncCommand<Known<State>, Played, true>>,
  ): Promise<Failure<Command> | undefined> => {
    const played = await begin()
    const known: Known<State> = { states: [model.initial] }
    try {
      await fc.asyncModelRun(() => ({ model: known, real: played }), program)
      await played.end(known)
      return undefined
    } catch (error) {
      if (isDisproof(error)) return { program: played.ran, error }
      throw error
    }
  }
  type Played = Awaited<ReturnType<typeof begin>>

  const commandOf = (step: Step<Command>): fc.AsyncCommand<Known<State>, Played, true> => ({
    check: async () => true,
    run: (known, played) => played.step(known, step),
    toString: () => JSON.stringify(step),
  })

  const again = (program: Program<Command>) => run(program.map(commandOf))

  /** Shrunk proofs of earlier runs come first. */
  const first = async (): Promise<Failure<Command> | undefined> => {
    for (const program of corpus) {
      const failure = await again(program)
      if (failure) return failure
    }
    return undefined
  }

  const until = performance.now() + millisecondsMax
  const search = async (seed: number): Promise<Failure<Command> | undefined> => {
    let found: Failure<Command> | undefined
    let stopped: unknown
    await fc.check(
      fc.asyncProperty(
        fc.commands<Known<State>, Played, true>(
          stepsOf(property, engine).map((steps) => steps.map(commandOf)) as never,
          {
            maxCommands: engine === 'sequential' ? stepsMax * 2 : stepsMax,
            size: 'max',
          },
        ),
        async (commands) => {
          if (stopped !== undefined) return
          try {
            const failure = await run(commands as never)
            if (failure === undefined) return
            found = failure
          } catch (error) {
            // Nothing of the target: a setup that was refused, or a fault of ours, ends the search.
            stopped = error
            return
          }
          throw found.error
        },
      ),
      {
        seed,
        numRuns: programs,
        interruptAfterTimeLimit: Math.max(1, until - performance.now()),
        verbose: 0,
        unbiased: true,
      },
    )
    if (stopped !== undefined) throw stopped
    return found
  }

  /** Leaves out one command after the other where the rest still disproves: what fast-check kept together comes apart. */
  const smaller = async (failure: Failure<Command>): Promise<Failure<Command>> => {
    let kept = failure
    const places = () => kept.program.flatMap((step, at) => step.map((_, index) => [at, index] as const))
    for (let place = places().length - 1; place >= 0 && performance.now() < until; place--) {
      const [at, index] = places()[place] as readonly [number, number]
      const program = kept.program
        .map((step, position) => (position === at ? step.filter((_, other) => other !== index) : step))
        .filter((step) => step.length > 0)
      const still = program.length > 0 ? await again(program) : undefined
      if (still) kept = still
    }
    return kept
  }

  let failure = await first()
  const unreached = (least: number): string | undefined =>
    Object.keys(counters).find((label) => (scene.reach.get(label) ?? 0) < least)
  for (
    let round = 0;
    !failure && (round === 0 || (unreached(reachWanted) !== undefined && performance.now() < until));
    round++
  )
    failure = await search(scene.dice.number(0, 2 ** 31 - 1))
  if (failure) throw await disproof(await smaller(failure), again)
  const missing = unreached(1)
  if (missing !== undefined) throw new Inconclusive(`no program came to it that ${missing}`)
}

/** The failure with its proof, tried again. */
const disproof = async <Command>(
  { program, error }: Failure<Command>,
  again: (program: Program<Command>) => Promise<unknown>,
): Promise<Disproved> => {
  let failed = 0
  for (let time = 0; time < reruns; time++) if ((await again(program)) !== undefined) failed++
  const steps = program.map((step) => step.map((command) => JSON.stringify(command)))
  const expected = error instanceof Unexplained ? error.expected : 'one answer for one call with one key'
  const received = error instanceof Unexplained ? error.received : error.message
  return new Disproved(expected, received, { steps, failed, of: reruns })
}
