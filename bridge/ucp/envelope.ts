/** JSON-RPC around UCP: MCP tool calls and results, A2A messages, embedded events. What they carry is found and read. */
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'

/** What a body carries, and where it stands. Without an envelope it is the body itself. */
export type Carried = {
  /** Path of the object, `body` or below it. */
  readonly at: string
  readonly object: JsonObject
  /** The tool an MCP call names, and what it says beside the object. */
  readonly tool?: string
  readonly meta?: JsonObject
  readonly isEnvelope: boolean
}

const version = /^\d{4}-\d{2}-\d{2}$/

/** The `ucp` member of an object: only what a business answers or publishes has one. */
export const metaOf = (object: JsonObject): JsonObject | undefined => {
  const meta = member(object, 'ucp')
  return isObject(meta) && version.test(textOf(meta, 'version') ?? '') ? meta : undefined
}

const stepOf = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

type Found = { readonly at: string; readonly object: JsonObject }

/** Objects of UCP inside a value, the outermost of each. */
const objectsIn = (value: Json, at: string): readonly Found[] => {
  if (isObject(value) && metaOf(value)) return [{ at, object: value }]
  const entries = isObject(value) ? Object.entries(value) : Array.isArray(value) ? [...value.entries()] : []
  return entries.flatMap(([name, inner]) => objectsIn(inner, `${at}/${stepOf(String(name))}`))
}

const callOf = (body: JsonObject): Pick<Carried, 'tool' | 'meta'> & { readonly inner?: Found } => {
  const params = member(body, 'params')
  const given = isObject(params) ? member(params, 'arguments') : undefined
  if (!isObject(params) || !isObject(given)) return {}
  const [tool, meta, checkout] = [textOf(params, 'name'), member(given, 'meta'), member(given, 'checkout')]
  const at = 'body/params/arguments'
  return {
    ...(tool === undefined ? {} : { tool }),
    ...(isObject(meta) ? { meta } : {}),
    inner: isObject(checkout) ? { at: `${at}/checkout`, object: checkout } : { at, object: given },
  }
}

/** Takes a body out of its envelope; nothing where the envelope carries two objects, so that none is meant. */
export const openEnvelope = (body: JsonObject): Carried | undefined => {
  if (!Object.hasOwn(body, 'jsonrpc')) return { at: 'body', object: body, isEnvelope: false }
  const objects = objectsIn(body, 'body')
  if (objects.length > 1) return undefined
  const { inner, ...call } = callOf(body)
  const [found = inner ?? { at: 'body', object: body }] = objects
  return { ...found, ...call, isEnvelope: true }
}
