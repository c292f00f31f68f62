/** Answers in the shape of Visa Intelligent Commerce: pending until the user decides, and errors as the API has them. */
import type { Answered, OutboundMessage } from '../adapter.ts'
import { isObject } from '../json.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { places, routeOf, textAt } from './dialects.ts'

/** What the platform waits for. */
const pendingEvents = ['USER_AUTHORIZATION'] as const

/** The answer to a request. Enrolment and cancellation have none: nothing on the other rail was enrolled or cancelled. */
export const answer = (message: ForeignMessage, answered: Answered): OutboundMessage | undefined => {
  const route = routeOf(message.method, new URL(message.url).pathname)
  if (!route) return undefined
  const place = places[route.dialect].correlation
  const reference = isObject(message.json) ? textAt(message.json, place) : undefined
  const frame = reference === undefined ? {} : { [place]: reference }
  const headers = headerOf(message, 'x-request-id') === undefined ? {} : { 'x-correlation-id': reference ?? '' }
  if (answered.kind === 'refused') {
    const { problem, status, title } = answered
    const reason = problem.code.toUpperCase().replaceAll('-', '_')
    const detail = {
      ...(problem.detail === undefined ? {} : { message: problem.detail }),
      ...(problem.field === undefined ? {} : { source: problem.field }),
    }
    return {
      name: 'error',
      status,
      headers,
      body: { error: { status: String(status), reason, message: title, detail } },
    }
  }
  if (answered.kind === 'opened') {
    const { sessionId, authorizeUrl } = answered.session
    const body = { ...frame, instructionId: sessionId, status: 'PENDING', pendingEvents, authorizeUrl }
    return { name: 'pending', status: 202, headers, body }
  }
  return route.operation === 'confirm' ? { name: 'accepted', status: 202, headers, body: frame } : undefined
}
