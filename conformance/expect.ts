/** Assertions that speak AMP: acceptance, refusal for the right reason, and the sandwich that makes a refusal count. */
import { canonicalJson, type Message, type OperationName, type ProblemCode, type ResponseOf } from '../schemas/index.ts'
import { type Answer, NoAnswer } from './target/client.ts'

/** The target broke the requirement. */
export class Failed extends Error {
  readonly expected: string
  readonly received: string
  constructor(expected: string, received: string) {
    super(`expected ${expected}; received ${received}`)
    this.expected = expected
    this.received = received
  }
}

/**
 * A program of requests that breaks a property, as short as it could be made, and in how many reruns it did so again. A
 * rerun of what was sent at once counts as failed where the program fails within its `repetitions`, as calls need not
 * meet each time.
 */
export type Proof = {
  /** Steps in order; what stands in one step was sent at the same time. */
  readonly steps: readonly (readonly string[])[]
  readonly failed: number
  readonly of: number
  /** How often one rerun plays the program at most; it ends with the first time that fails. */
  readonly repetitions: number
  /** How often all reruns played it. */
  readonly played: number
}

/** The target broke a stateful requirement, with the program that shows it. */
export class Disproved extends Failed {
  readonly proof: Proof
  constructor(expected: string, received: string, proof: Proof) {
    super(expected, received)
    this.proof = proof
  }
}

/** The check could not come to its question. */
export class Inconclusive extends Error {}

/** Nothing outside can ask this here: a hook or a setting is missing. */
export class Untestable extends Error {}

/** The target does not offer what the requirement is about. */
export class NotApplicable extends Error {}

/** An answer in a few words. */
export const told = ({ status, body, text }: Answer): string => {
  const { code, field, stage, detail } = (body ?? {}) as Partial<Message<'common/problem'>>
  if (status === 200 || code === undefined) return `status ${status} ${text.slice(0, 300)}`
  const parts = [code, field && `at ${field}`, stage && `in ${stage}`, detail && `(${detail})`]
  return parts.filter((part) => part !== undefined && part !== '').join(' ')
}

/** The message of an answer that has to be an acceptance; otherwise the requirement is broken. */
export const accepted = <Name extends OperationName>(_name: Name, answer: Answer): ResponseOf<Name> => {
  if (answer.status !== 200) throw new Failed('the request to be accepted', told(answer))
  return answer.body as ResponseOf<Name>
}

/** The message of an answer the check only needs to get to its question. */
export const given = <Name extends OperationName>(name: Name, answer: Answer): ResponseOf<Name> => {
  if (answer.status !== 200) throw new Inconclusive(`${name} refused what the check needs first: ${told(answer)}`)
  return answer.body as ResponseOf<Name>
}

/** An answer that has to be an acceptance before the check can go on, whatever it says. */
export const taken = (answer: Answer): Answer => {
  if (answer.status !== 200) throw new Inconclusive(`a call the check needs first was refused: ${told(answer)}`)
  return answer
}

/** What a refusal has to say beside its code. */
export type Where = { readonly field?: string | RegExp; readonly stage?: 'S1' | 'S2' | 'S3' | 'S4' }

/** A refusal with one of these codes, at this place. */
export const refused = (
  answer: Answer,
  codes: ProblemCode | readonly ProblemCode[],
  where: Where = {},
): Message<'common/problem'> => {
  const wanted = typeof codes === 'string' ? [codes] : codes
  const problem = (answer.body ?? {}) as Message<'common/problem'>
  const { field, stage } = where
  const codesOf = answer.means ?? [problem.code]
  const placed =
    answer.means !== undefined ||
    ((field === undefined || (typeof field === 'string' ? problem.field === field : field.test(problem.field ?? ''))) &&
      (stage === undefined || problem.stage === stage))
  if (answer.status === 200 || !wanted.some((code) => codesOf.includes(code)) || !placed)
    throw new Failed(
      `the refusal ${wanted.join(' or ')}${field === undefined ? '' : ` at ${field}`}${stage === undefined ? '' : ` in ${stage}`}`,
      told(answer),
    )
  return problem
}

/** A value as text that equals that of an equal value; what is no JSON after all, such as a number beyond bounds, as it prints. */
const canonical = (value: unknown): string => {
  try {
    return canonicalJson(value ?? null)
  } catch {
    return String(JSON.stringify(value))
  }
}

/** Whether something holds; otherwise the requirement is broken. */
export const holds = (condition: boolean, expected: string, received: unknown): void => {
  if (!condition) throw new Failed(expected, typeof received === 'string' ? received : canonical(received))
}

/** Whether two values are equal as JSON. */
export const equal = (received: unknown, expected: unknown, what: string): void =>
  holds(canonical(received) === canonical(expected), `${what} to be ${canonical(expected)}`, received ?? null)

/** Whether something the check needs is there. */
export const needed = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Inconclusive(what)
  return value
}

const wholeUnits = /^(0|-?[1-9][0-9]{0,18})$/

/** What a count of atomic units in an answer comes to; one that is no whole number is the target's fault (EXT-CLEARING-1). */
export const unitsIn = (text: unknown): bigint => {
  if (typeof text !== 'string' || !wholeUnits.test(text))
    throw new Failed('a whole count of atomic units', JSON.stringify(text) ?? 'nothing')
  return BigInt(text)
}

/**
 * Each thing that was asked for, once: who is not answered in time lawfully asks again under the same name, and two
 * names are two things.
 */
export const eachOnce = <Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] => [
  ...new Map(items.map((item) => [nameOf(item), item])).values(),
]

/**
 * A refusal that counts: the control is accepted, exactly one thing is changed and refused for its own reason, nothing
 * moved, and the control is accepted again. Where the control itself is refused the check is inconclusive.
 */
export const sandwich = async (layers: {
  readonly control: () => Promise<Answer>
  readonly changed: () => Promise<Answer>
  readonly refusedAs: ProblemCode | readonly ProblemCode[]
  readonly where?: Where
  /** What may not move: balances, statuses, budgets. */
  readonly state?: () => Promise<unknown>
  /** Leaves the second control out, where the first one already used up what it needs. */
  readonly once?: boolean
}): Promise<void> => {
  const { control, changed, refusedAs, where, state, once } = layers
  const pass = async (which: string): Promise<void> => {
    const answer = await control()
    if (answer.status !== 200) throw new Inconclusive(`the ${which} was refused: ${told(answer)}`)
  }
  await pass('control')
  const before = await state?.()
  let answer: Answer
  try {
    answer = await changed()
  } catch (error) {
    if (error instanceof NoAnswer) throw new Failed('a refusal', `no answer (${error.message})`)
    throw error
  }
  refused(answer, refusedAs, where)
  if (state) equal(await state(), before, 'what the refused request could have moved')
  if (!once) await pass('second control')
}
