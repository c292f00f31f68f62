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

/** Why a well-formed text is still not taken, or nothing. Walks the text once; it is known to be well-formed JSON. */
const objection = (text: string): string | undefined => {
  const open: (Set<string> | undefined)[] = []
  let values = 0
  let nameExpected = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') {
      const start = at
      for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
      const names = open.at(-1)
      if (!nameExpected || !names) continue
      const name: string = JSON.parse(text.slice(start, at + 1))
      if (names.has(name)) return 'an object names a member twice'
      names.add(name)
      nameExpected = false
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined)
      nameExpected = character === '{'
      values += 1
      if (open.length > depthMax) return `it is nested deeper than ${depthMax} levels`
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === ',') {
      nameExpected = open.at(-1) !== undefined
      values += 1
    }
    if (values > valuesMax) return `it holds more than ${valuesMax} values`
  }
  return undefined
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
  const why = objection(text)
  return why ? { ok: false, why } : { ok: true, value }
}

const stepOf = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** Paths of every leaf (RFC 6901 steps below `prefix`): values, and objects and arrays that are empty. */
export const leavesOf = (value: Json, prefix: string): readonly string[] => {
  const entries = isObject(value) ? Object.entries(value) : Array.isArray(value) ? [...value.entries()] : []
  if (entries.length === 0) return [prefix]
  return entries.flatMap(([name, inner]) => leavesOf(inner, `${prefix}/${stepOf(String(name))}`))
}
