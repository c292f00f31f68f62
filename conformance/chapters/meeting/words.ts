/** Words the stateful chapters share: codes of refusals, keys of calls, and counters of what happened in a step. */
import fc from 'fast-check'
import type { Call } from '../../engines/model.ts'
import { told } from '../../expect.ts'
import type { Answer } from '../../target/client.ts'

/** The code of a refusal; where there is none, the answer as it is. */
export const codeOf = (answer: Answer): string => (answer.body as { code?: string } | undefined)?.code ?? told(answer)

/** Calls alike in everything but this are two calls; alike in this too they are one call sent twice. */
export const keys = fc.nat({ max: 1 })

/** Counts calls of one kind in a step. */
export const counted = <Command>(of: (command: Command) => boolean) => ({
  /** At least two were in flight, and one of them was carried out. */
  met: (seen: string) => (calls: readonly Call<Command>[]) => {
    const own = calls.filter(({ command }) => of(command))
    return own.length > 1 && own.some((call) => call.seen === seen)
  },
  /** At least two that met were carried out. */
  both: (seen: string) => (calls: readonly Call<Command>[]) =>
    calls.filter((call) => of(call.command) && call.seen === seen).length > 1,
  saw: (seen: string) => (calls: readonly Call<Command>[]) =>
    calls.some((call) => of(call.command) && call.seen === seen),
})
