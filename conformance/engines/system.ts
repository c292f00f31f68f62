/** A target under a program of commands: requests are made ready, leave together, and are read in the words of the model. */
import { canonicalJson } from '../../schemas/index.ts'
import { type Answer, NoAnswer } from '../target/client.ts'
import type { Call } from './model.ts'

/** What commands are played on: a mandate with its user and agent, made anew for each program. */
export type System<Command> = {
  /** Whether a command can be sent: a token is paid with after it was issued. */
  readonly usable: (command: Command) => boolean
  /** Makes a request ready; what comes back sends it. */
  readonly prepare: (command: Command, idempotencyKey: string) => Promise<() => Promise<Answer>>
  /** What an answer says in the words of the model, and what the system has to remember of it. */
  readonly read: (command: Command, answer: Answer) => string
  /** How everything stands when nothing is in flight; a command of the model. */
  readonly look: Command
  readonly isSafe: (command: Command) => boolean
}

/** Two definite answers to one call with one key. */
export class AnsweredTwice extends Error {}

/** Nobody can tell from these whether the call was carried out. */
const isUnknown = ({ status, body }: Answer): boolean =>
  status >= 500 || status === 429 || (body as { code?: string } | undefined)?.code === 'idempotency-in-progress'

/** A target as one program meets it. Calls that are equal have one idempotency key and count once. */
export const openPlay = <Command extends object>(system: System<Command>, keyOf: (name: string) => string) => {
  const answers = new Map<string, string>()

  const sent = async (go: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await go()
    } catch (error) {
      if (error instanceof NoAnswer) return undefined
      throw error
    }
  }

  /** Sends usable commands at once; gives back what was seen of each that is not a repetition. */
  const play = async (commands: readonly Command[]): Promise<readonly Call<Command>[]> => {
    const ready = await Promise.all(
      commands.map(async (command) => {
        const name = canonicalJson(command)
        return { command, name, go: await system.prepare(command, keyOf(name)) }
      }),
    )
    const told = await Promise.all(ready.map(async (one) => ({ ...one, answer: await sent(one.go) })))
    const calls: Call<Command>[] = []
    const open = new Map<string, Command>()
    for (const { command, name, answer } of told) {
      const unknown = answer === undefined || isUnknown(answer)
      if (system.isSafe(command)) {
        calls.push({ command, seen: unknown ? undefined : system.read(command, answer) })
        continue
      }
      if (unknown) {
        if (!answers.has(name)) open.set(name, command)
        continue
      }
      const first = answers.get(name)
      if (first === undefined) {
        answers.set(name, answer.text)
        open.delete(name)
        calls.push({ command, seen: system.read(command, answer) })
      } else if (gist(first) !== gist(answer.text))
        throw new AnsweredTwice(`${name} answered ${first.slice(0, 240)} and ${answer.text.slice(0, 240)}`)
    }
    for (const command of open.values()) calls.push({ command, seen: undefined })
    return calls
  }

  return { usable: system.usable, play, look: () => play([system.look]) }
}

/** An answer as far as it has to be the same when it is given again: a problem names its own occurrence. */
const gist = (text: string): string => {
  try {
    const { instance: _instance, ...rest } = JSON.parse(text)
    return canonicalJson(rest)
  } catch {
    return text
  }
}

export type Play<Command extends object> = ReturnType<typeof openPlay<Command>>
