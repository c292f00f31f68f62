/** Makes one move: the input is held against its schema first, refusals become problems. */
import { type Problem, problemOf } from '../../schemas/index.ts'
import { type Outcome, refuse } from '../core/index.ts'
import { type Move, moves } from './moves.ts'
import type { OpenAgent } from './open.ts'
import type { Done } from './purchase.ts'
import { checker } from './shape.ts'

/** What a move led to: the answer, or the problem a client is told. */
export type Acted = { readonly ok: true; readonly done: Done } | { readonly ok: false; readonly problem: Problem }

const checked = new Map(moves.map((move) => [move.name, { move, check: checker(move.takes) }]))

const run = async (move: Move, check: ReturnType<typeof checker>, input: unknown, agent: OpenAgent) => {
  const wrong = check(input)
  if (wrong)
    return refuse('request-invalid', { field: wrong.path.slice(0, 512) || '/', detail: wrong.message.slice(0, 1024) })
  return move.run(input as never, agent)
}

/** Makes the move of that name. A broken invariant says no more than that. */
export const act = async (name: string, input: unknown, agent: OpenAgent): Promise<Acted> => {
  const known = checked.get(name)
  let outcome: Outcome<Done>
  try {
    outcome = known
      ? await run(known.move, known.check, input, agent)
      : refuse('operation-unknown', { detail: `the moves are ${moves.map((move) => move.name).join(', ')}` })
  } catch (error) {
    agent.log.error({ move: name, err: error }, 'a move broke')
    outcome = refuse('internal-error')
  }
  if (outcome.ok) return { ok: true, done: outcome.value }
  const { code, ...occurrence } = outcome.refusal
  return { ok: false, problem: problemOf(code, occurrence) }
}
