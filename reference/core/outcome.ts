/** What an operation of the core gives back: a value, or a refusal with a code from problems.json. */
import type { Problem, ProblemCode } from '../../schemas/index.ts'

/** What is known about one occurrence of a refusal: field at fault, guard stage, newest mandate status, limit passed. */
export type Occurrence = Partial<
  Pick<Problem, 'detail' | 'field' | 'stage' | 'mandateStatus' | 'limit' | 'retryAfterSeconds' | 'supportedVersions'>
>

/** A refusal inside the core; it becomes a problem on the wire. */
export type Refusal = { readonly code: ProblemCode } & Occurrence

/** A value or a refusal. Refusals are values, bugs are exceptions. */
export type Outcome<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal }

export const accept = <Value>(value: Value): Outcome<Value> => ({ ok: true, value })

export const refuse = (
  code: ProblemCode,
  occurrence: Occurrence = {},
): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { code, ...occurrence },
})
