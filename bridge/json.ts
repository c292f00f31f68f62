/** JSON from strangers: duplicate members, deep nesting and member floods are refused before anything is read. */

/** What a JSON text can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Own member of an object, so that a name like `constructor` finds nothing inherited. */
export const member = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined

const depthMax = 16
const valuesMax = 4_000

/** What a value holds, counted without following it deeper than allowed. */
type Count = { members: number; values: number; deepest: number }

const count = (value: Json, depth: number, into: Count): void => {
  into.values += 1
  if (typeof value !== 'object' || value === null) return
  into.deepest = Math.max(into.deepest, depth + 1)
  if (depth >= depthMax || into.values > valuesMax) return
  const inner = Array.isArray(value) ? value : Object.values(value)
  if (!Array.isArray(value)) into.members += inner.length
  for (const each of inner) count(each, depth + 1, into)
}

const strings = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/** Members a well-formed text names, each time it names them. */
const namedIn = (text: string): number => {
  let named = 0
  for (const [, isName] of text.matchAll(strings)) if (isName !== undefined) named += 1
  return named
}

/**
 * Why a well-formed text is still not taken, or nothing. A member that is named twice is there once after parsing, also
 * where its name is spelled in two ways, so the text names more members than the value has.
 */
const objection = (text: string, value: Json): string | undefined => {
  const counted: Count = { members: 0, values: 0, deepest: 0 }
  count(value, 0, counted)
  if (counted.deepest > depthMax) return `it is nested deeper than ${depthMax} levels`
  if (counted.values > valuesMax) return `it holds more than ${valuesMax} values`
  return namedIn(text) === counted.members ? undefined : 'an object names a member twice'
}

/** Reads a JSON text strictly, or tells why not in words that repeat none of it. */
export const parseJson = (
  text: string,
): { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string } => {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, why: 'it is not well-formed JSON' }
  }
  const why = objection(text, value)
  return why ? { ok: false, why } : { ok: true, value }
}

const numbers = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const digitsMax = 15

const isExactNumber = (text: string): boolean =>
  /^-?\d+$/.test(text)
    ? Number.isSafeInteger(Number(text))
    : !/e/i.test(text) && text.replace(/^-?0*\.?0*|\./g, '').length <= digitsMax

/** Whether a JSON text holds only numbers that are read as they are written: safe integers, else 15 digits that count. */
export const isExact = (text: string): boolean =>
  (text.replace(strings, '""').match(numbers) ?? []).every(isExactNumber)

const stepOf = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name

const gather = (value: Json, prefix: string, into: string[]): void => {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  if (names.length === 0) into.push(prefix)
  for (const name of names) gather((value as JsonObject)[name] ?? null, `${prefix}/${stepOf(name)}`, into)
}

/** Paths of every leaf (RFC 6901 steps below `prefix`): values, and objects and arrays that are empty. */
export const leavesOf = (value: Json, prefix: string): readonly string[] => {
  const leaves: string[] = []
  gather(value, prefix, leaves)
  return leaves
}
