/** Answers in ACP's shape: pending until the user decides, or what is wrong with the message. */
import type { Answered, OutboundMessage } from '../adapter.ts'
import { isObject } from '../json.ts'
import { type ForeignMessage, headerOf } from '../message.ts'
import { errorBody } from './from-amp.ts'
import { acpNewest, acpTraits, acpVersions, isAcpVersion } from './versions.ts'
import { parse } from './wire.ts'

type Told = { readonly status: number; readonly code: string; readonly more?: object }

/** Refusals ACP has codes of its own for. */
const toldOf = (code: string, field: string | undefined, message: ForeignMessage): Told | undefined => {
  const header = headerOf(message, 'api-version')
  const traits = acpTraits[isAcpVersion(header) ? header : acpNewest]
  if (field === 'header/api-version')
    return {
      status: 400,
      code: header === undefined ? 'missing_api_version' : 'unsupported_api_version',
      more: { supported_versions: acpVersions },
    }
  if (code === 'foreign-fields-missing' && field === 'header/idempotency-key')
    return { status: 400, code: 'idempotency_key_required' }
  if (code === 'foreign-nonce-replayed' && field === 'header/idempotency-key')
    return { status: traits.conflict, code: 'idempotency_conflict', more: { type: traits.conflictType } }
  if (field === 'header/merchant-signature') return { status: 401, code: 'invalid_signature' }
  return code === 'foreign-agent-unknown' ? { status: 401, code: 'unauthorized' } : undefined
}

const echoOf = (message: ForeignMessage): Record<string, string> =>
  Object.fromEntries(
    ['idempotency-key', 'request-id'].flatMap((name) => {
      const value = headerOf(message, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The answer to a message. What only identifies its sender has none, but an event is acknowledged. */
export const answer = (message: ForeignMessage, answered: Answered): OutboundMessage | undefined => {
  const headers = echoOf(message)
  if (answered.kind === 'refused') {
    const { problem, status, title } = answered
    const told = toldOf(problem.code, problem.field, message)
    const field = problem.field === undefined ? {} : { field: problem.field }
    const body = errorBody({
      status: told?.status ?? status,
      code: problem.code,
      title: problem.detail ?? title,
      ...field,
    })
    return {
      name: 'error',
      status: told?.status ?? status,
      headers,
      body: told ? { ...body, code: told.code, ...told.more } : body,
    }
  }
  const wire = parse(message)
  if (!wire.ok) return undefined
  if (answered.kind === 'identified')
    return wire.value.kind === 'event'
      ? { name: 'received', status: 200, headers, body: { received: true, ...requestId(headers) } }
      : undefined
  const { authorizeUrl } = answered.session
  const { status: waiting, ...how } = acpTraits[wire.value.version].review
  const review = {
    type: 'error',
    ...how,
    content_type: 'plain',
    content: `The buyer has to authorise the payment at the wallet: ${authorizeUrl}`,
  }
  // A session that was handed over comes back as it is, but pending; anything else has only the message.
  const body =
    wire.value.kind === 'session' && isObject(wire.value.body)
      ? { ...wire.value.body, status: waiting, messages: [review] }
      : { type: 'invalid_request', code: review.code, message: review.content }
  return { name: 'pending', status: wire.value.kind === 'session' ? 200 : 409, headers, body }
}

const requestId = (headers: Readonly<Record<string, string>>) =>
  headers['request-id'] === undefined ? {} : { request_id: headers['request-id'] }
