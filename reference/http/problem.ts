/** Problems on their way out: the only form a refusal takes on the wire. */
import { randomUUID } from 'node:crypto'
import type { Response } from 'express'
import { type OperationName, type ProblemCode, problemOf, version } from '../../schemas/index.ts'
import { enforces, type Outcome, type World } from '../core/index.ts'

/** The identifier of a request in the log and in its answer. */
export const requestIdOf = (response: Response): string => String(response.getHeader('AMP-Request-Id'))

/** Sends a problem (EXT-HTTP-13): the only form a refusal takes. */
export const sendProblem = (
  response: Response,
  name: OperationName | undefined,
  outcome: Extract<Outcome<never>, { ok: false }>,
  world: World,
): void => {
  const { code, ...occurrence } = outcome.refusal
  const { status, text } = renderProblem(name, code, { ...occurrence, instance: requestIdOf(response) }, world)
  if (occurrence.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', String(occurrence.retryAfterSeconds))
  const type = enforces(world, 'EXT-HTTP-13') ? 'application/problem+json' : 'application/json'
  response.status(status).type(type).send(text)
}

/** Status and text of a problem, as a deviation would have it. */
export const renderProblem = (
  name: OperationName | undefined,
  code: ProblemCode,
  occurrence: object,
  world: World,
): { status: number; text: string } => {
  const problem = problemOf(code, occurrence)
  const sent = name && world.deviation.refuses ? world.deviation.refuses(name, { ...problem }) : problem
  return { status: Number(sent.status ?? problem.status), text: JSON.stringify(sent) }
}

/** The answer to headers that are too large, which node refuses before there is a request (EXT-HTTP-11). */
export const headersTooLarge = (): string => {
  const body = JSON.stringify(problemOf('headers-too-large'))
  return `HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nAMP-Version: ${version}\r\nAMP-Request-Id: ${randomUUID()}\r\nConnection: close\r\n\r\n${body}`
}
