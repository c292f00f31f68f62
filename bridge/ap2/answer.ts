/** Answers to AP2 over A2A: a task that waits for the user, or one that was rejected with an error AP2 has. */
import { answerA2a, dataPartsOf } from '../a2a.ts'
import type { Answered, OutboundMessage } from '../adapter.ts'
import { isObject, type JsonObject, member } from '../json.ts'
import { digestOf, textOf } from '../jws.ts'
import type { ForeignMessage } from '../message.ts'
import { errorOf } from './errors.ts'

type Told = {
  readonly state: 'input-required' | 'rejected' | 'completed'
  readonly text: string
  readonly data: JsonObject
}

const toldOf = (answered: Answered): Told => {
  if (answered.kind === 'refused') {
    const { problem, title } = answered
    const data = { error: errorOf(problem.code), error_description: problem.detail ?? title, code: problem.code }
    return { state: 'rejected', text: title, data }
  }
  if (answered.kind === 'identified')
    return { state: 'completed', text: 'The message was read. It asks for nothing.', data: {} }
  const { authorizeUrl } = answered.session
  return {
    state: 'input-required',
    text: `The user decides at ${authorizeUrl}`,
    data: { 'amp.session': { ...answered.session } },
  }
}

/** The context a message names, or one of its own. */
const contextOf = ({ json }: ForeignMessage, otherwise: string): string => {
  const params = isObject(json) ? member(json, 'params') : undefined
  const message = isObject(params) ? member(params, 'message') : undefined
  return (isObject(message) ? textOf(message, 'contextId') : undefined) ?? otherwise
}

/** The answer to a JSON-RPC request of A2A. Whoever sends data in another way is answered as AMP answers. */
export const answer = (message: ForeignMessage, answered: Answered): OutboundMessage | undefined => {
  const version = dataPartsOf(message)[0]?.envelope ?? 'none'
  const own = digestOf(message.body).slice(0, 22)
  const id = answered.kind === 'opened' ? answered.session.sessionId : own
  const body = answerA2a(message.json, version, { id, contextId: contextOf(message, own), ...toldOf(answered) })
  return body === undefined ? undefined : { name: 'task', status: 200, body }
}
