/** A rule of the protocol as a row: its requirement, the refusal it leads to, and when it holds. */
import type { ProblemCode } from '../../schemas/index.ts'
import { type Occurrence, type Refusal, refuse } from './outcome.ts'
import { enforces, type World } from './world.ts'

/** One rule. Rows stand in order of precedence: the first that does not hold is the refusal. */
export type Rule<Context> = {
  readonly id: string
  readonly code: ProblemCode
  readonly holds: (context: Context) => boolean
  readonly occurrence?: (context: Context) => Occurrence
}

/** The refusal of the first rule that does not hold, or nothing. */
export const firstBroken = <Context>(
  rules: readonly Rule<Context>[],
  context: Context,
  world: Pick<World, 'deviation'>,
): Refusal | undefined => {
  const broken = rules.find((rule) => enforces(world, rule.id) && !rule.holds(context))
  return broken && refuse(broken.code, broken.occurrence?.(context)).refusal
}
