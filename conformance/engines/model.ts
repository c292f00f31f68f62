/** What a pure model says may come of commands, and whether some order of them explains what was seen. */

/** One thing that may come of a command: what is seen, in a word or as JSON, and the state after it. */
export type Possible<State> = { readonly seen: string; readonly after: State }

/** A model knows no clock, no randomness and no wire; states and commands are plain JSON. */
export type Model<State, Command> = {
  readonly initial: State
  /** Everything the specification lets come of a command. `beside`: what was in flight at the same time. */
  readonly possible: (state: State, command: Command, beside: readonly Command[]) => readonly Possible<State>[]
}

/** A command and what was seen of it; `undefined` where nobody can know whether it was carried out. */
export type Call<Command> = { readonly command: Command; readonly seen: string | undefined }

/** Names need not be canonical: two of one state cost time and change nothing. */
const nameOf = JSON.stringify

const distinct = <State>(states: readonly State[]): readonly State[] => [
  ...new Map(states.map((state) => [nameOf(state), state])).values(),
]

/** The states one call may have led to. */
const after = <State, Command>(
  model: Model<State, Command>,
  state: State,
  { command, seen }: Call<Command>,
  beside: readonly Command[],
): readonly State[] => {
  const possible = model.possible(state, command, beside)
  if (seen === undefined) return [state, ...possible.map((one) => one.after)]
  return possible.filter((one) => one.seen === seen).map((one) => one.after)
}

/**
 * The states in which calls that met may have left things, over all their orders (linearisation). Where it is empty no
 * order explains what was seen. Calls that are alike are not tried in both orders.
 */
export const explain = <State, Command>(
  model: Model<State, Command>,
  states: readonly State[],
  calls: readonly Call<Command>[],
): readonly State[] => {
  const known = new Map<string, readonly State[]>()
  const alike = calls.map(({ command, seen }) => nameOf([command, seen]))
  const besides = calls.map((_, index) => calls.filter((_, other) => other !== index).map(({ command }) => command))
  const rest = (state: State, open: readonly number[]): readonly State[] => {
    if (open.length === 0) return [state]
    const name = nameOf([state, open])
    const found = known.get(name)
    if (found) return found
    const tried = new Set<string>()
    const reached: State[] = []
    for (const index of open) {
      if (tried.has(alike[index] as string)) continue
      tried.add(alike[index] as string)
      for (const next of after(model, state, calls[index] as Call<Command>, besides[index] as readonly Command[]))
        reached.push(
          ...rest(
            next,
            open.filter((other) => other !== index),
          ),
        )
    }
    const all = distinct(reached)
    known.set(name, all)
    return all
  }
  const everything = calls.map((_, index) => index)
  return distinct(states.flatMap((state) => rest(state, everything)))
}
