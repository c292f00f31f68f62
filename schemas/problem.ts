/** Refusals on the wire: the table of problems.json and the document a code becomes (RFC 9457). */

import type { Message } from './generated/messages.ts'
import { problemTable as table } from './generated/problems.ts'
import { schemaBase } from './version.ts'

/** A code of problems.json. */
export type ProblemCode = (typeof table)[number]['code']

/** A refusal on the wire. */
export type Problem = Message<'common/problem'>

/** What problems.json says of one code. `retry` tells whether and how the request may be sent again. */
export type ProblemKind = {
  readonly code: ProblemCode
  readonly status: number
  readonly title: string
  readonly retry: 'never' | 'same' | 'after' | 'with-new-key'
  readonly spec: string
  readonly resultCode?: string
}

/** Every kind of problem by code, in order of precedence. */
export const problemKinds: ReadonlyMap<ProblemCode, ProblemKind> = new Map(
  (table as readonly ProblemKind[]).map((kind) => [kind.code, kind]),
)

const order = new Map([...problemKinds.keys()].map((code, index) => [code, index]))

/** Place of a code in the order of precedence: when several apply, the lowest is answered. */
export const precedence = (code: ProblemCode): number => order.get(code) ?? order.size

/** The document of a code, with what is known about this occurrence. */
export const problemOf = (
  code: ProblemCode,
  occurrence: Partial<Omit<Problem, 'type' | 'title' | 'status' | 'code' | 'retry' | 'resultCode'>> = {},
): Problem => {
  const kind = problemKinds.get(code)
  if (!kind) throw new Error(`there is no problem ${code}`)
  const { status, title, retry, resultCode } = kind
  return {
    type: `${schemaBase}problems.json#${code}`,
    title,
    status,
    code,
    retry,
    ...(resultCode ? { resultCode } : {}),
    ...occurrence,
  }
}
