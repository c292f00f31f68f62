/** Sends a call again whose answer was lost: the same key and body, so that it is done once however often it arrives. */
import { setTimeout } from 'node:timers/promises'
import type { ProblemCode } from '../../schemas/index.ts'
import type { Outcome } from '../core/index.ts'

/** After these nobody knows whether the call was done, and the same one may be sent again. */
const lost: ReadonlySet<ProblemCode> = new Set(['peer-unavailable', 'idempotency-in-progress'])

const attemptsMax = 3
const pauseMs = 200

/** The answer, or after three attempts the refusal of the last. */
export const sendAgain = async <Value>(send: () => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send()
    if (answer.ok || attempt === attemptsMax || !lost.has(answer.refusal.code)) return answer
    await setTimeout(pauseMs * attempt)
  }
}
