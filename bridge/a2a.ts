/** Agent2Agent envelopes, 0.3 and 1.0: data parts found in what an agent sent, and messages made around data. */
import { isObject, type Json, type JsonObject, member } from './json.ts'
import type { ForeignMessage } from './message.ts'

/** `0.3` tells its parts apart by `kind`, `1.0` by the member that is there; `none` is data without an envelope. */
export type EnvelopeVersion = '0.3' | '1.0' | 'none'

/** A data object with the path of the member it stands in, in the words of `leavesOf`. */
export type DataPart = { readonly at: string; readonly data: JsonObject; readonly envelope: EnvelopeVersion }

/** Members below which a message, an artifact or a task may stand, alone or in a JSON-RPC request or answer. */
const wrappings = ['params', 'result', 'message', 'artifact', 'task', 'status'] as const
const wrappedMax = 4

const partOf = (part: Json, at: string): readonly DataPart[] => {
  if (!isObject(part)) return []
  const data = member(part, 'data')
  const kind = member(part, 'kind') ?? member(part, 'type')
  if (!isObject(data) || (kind !== undefined && kind !== 'data')) return []
  return [{ at: `${at}/data`, data, envelope: kind === undefined ? '1.0' : '0.3' }]
}

const partsBelow = (value: Json, at: string, depth: number): readonly DataPart[] => {
  if (!isObject(value) || depth > wrappedMax) return []
  const [parts, artifacts] = [member(value, 'parts'), member(value, 'artifacts')]
  return [
    ...(Array.isArray(parts) ? parts.flatMap((part: Json, index) => partOf(part, `${at}/parts/${index}`)) : []),
    ...(Array.isArray(artifacts)
      ? artifacts.flatMap((each: Json, index) => partsBelow(each, `${at}/artifacts/${index}`, depth + 1))
      : []),
    ...wrappings.flatMap((name) => partsBelow(member(value, name) ?? null, `${at}/${name}`, depth + 1)),
  ]
}

/** Every data part of a message; the body itself where it has no parts, so that data may come without an envelope. */
export const dataPartsOf = ({ json }: Pick<ForeignMessage, 'json'>): readonly DataPart[] => {
  if (!isObject(json)) return []
  const parts = partsBelow(json, 'body', 0)
  return parts.length > 0 ? parts : [{ at: 'body', data: json, envelope: 'none' }]
}

/** What an A2A message is made of. */
export type A2aMessage = {
  readonly messageId: string
  readonly contextId?: string
  readonly taskId?: string
  readonly role: 'user' | 'agent'
  readonly extension: string
  readonly data: readonly JsonObject[]
}

/** A message around data, as the body of `message/send` (0.3) or `SendMessage` (1.0), with the headers it needs. */
export const wrapA2a = (
  version: Exclude<EnvelopeVersion, 'none'>,
  { messageId, contextId, taskId, role, extension, data }: A2aMessage,
): { readonly headers: Readonly<Record<string, string>>; readonly message: JsonObject } => {
  const ids = { messageId, ...(contextId ? { contextId } : {}), ...(taskId ? { taskId } : {}) }
  if (version === '0.3')
    return {
      headers: { 'x-a2a-extensions': extension },
      message: { kind: 'message', ...ids, role, parts: data.map((each) => ({ kind: 'data', data: each })) },
    }
  return {
    headers: { 'a2a-extensions': extension, 'a2a-version': '1.0' },
    message: {
      ...ids,
      role: role === 'user' ? 'ROLE_USER' : 'ROLE_AGENT',
      parts: data.map((each) => ({ data: each })),
      extensions: [extension],
    },
  }
}

/** States of a task a bridge can be in: it waits for the user, was refused, or has nothing more to do. */
export type A2aState = 'input-required' | 'rejected' | 'completed'

/** How a task stands, with words for people and data for agents. */
export type A2aTask = {
  readonly id: string
  readonly contextId: string
  readonly state: A2aState
  readonly text: string
  readonly data: JsonObject
}

/** The answer to a JSON-RPC request with a task in it, in the shapes of its version; nothing where it is no request. */
export const answerA2a = (
  request: Json | undefined,
  version: EnvelopeVersion,
  { id, contextId, state, text, data }: A2aTask,
): JsonObject | undefined => {
  if (!isObject(request) || member(request, 'jsonrpc') !== '2.0' || version === 'none') return undefined
  const rpc = { jsonrpc: '2.0', id: member(request, 'id') ?? null }
  const messageId = `${id}-${state}`
  if (version === '0.3') {
    const parts = [
      { kind: 'text', text },
      { kind: 'data', data },
    ]
    const message = { kind: 'message', messageId, contextId, taskId: id, role: 'agent', parts }
    return { ...rpc, result: { kind: 'task', id, contextId, status: { state, message } } }
  }
  const message = { messageId, contextId, taskId: id, role: 'ROLE_AGENT', parts: [{ text }, { data }] }
  const name = `TASK_STATE_${state.toUpperCase().replace('-', '_')}`
  return { ...rpc, result: { task: { id, contextId, status: { state: name, message } } } }
}
