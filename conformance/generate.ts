/** Instances of a schema: valid ones, and ones that are invalid by exactly one change that is named. */
import fc from 'fast-check'
import { loadSchemas, type SchemaPath, schemaBase } from '../schemas/index.ts'

type Schema = {
  readonly $id?: string
  readonly $ref?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly pattern?: string
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
}

/** A schema with the address its references start from. */
type Placed = { readonly schema: Schema; readonly base: string }

const schemas = loadSchemas() as ReadonlyMap<SchemaPath, Schema>

const placed = (path: SchemaPath): Placed => {
  const schema = schemas.get(path)
  if (!schema) throw new Error(`there is no schema ${path}`)
  return { schema, base: `${schemaBase}${path}.schema.json` }
}

/** The schema a reference leads to, or the schema itself. */
const followed = ({ schema, base }: Placed): Placed =>
  schema.$ref === undefined
    ? { schema, base }
    : followed(
        placed(new URL(schema.$ref, base).href.slice(schemaBase.length).replace('.schema.json', '') as SchemaPath),
      )

/** Gives back what was made of the same name before: arbitraries are dear to make and hold nothing. */
const madeOnce = <Name extends string, Made>(make: (name: Name) => Made): ((name: Name) => Made) => {
  const made = new Map<Name, Made>()
  return (name) => {
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }
}

const matching = madeOnce((pattern: string) =>
  fc.stringMatching(
    new RegExp(
      pattern
        .replaceAll('[^\\s]*', '[a-z]{0,4}')
        .replaceAll('[^\\s]+', '[a-z]{1,12}')
        .replaceAll('[^\\s#?]+', '[a-z]{1,12}'),
      'u',
    ),
  ),
)

const patterned = (pattern: string, { maxLength = 4_096 }: Schema): fc.Arbitrary<string> =>
  matching(pattern).filter((text) => text.length <= maxLength)

const moment = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString())

const string = (schema: Schema): fc.Arbitrary<string> => {
  if (schema.format === 'date-time') return moment
  if (schema.pattern !== undefined) return patterned(schema.pattern, schema)
  return fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 16, 16) })
}

const arbitrary = (at: Placed): fc.Arbitrary<unknown> => {
  const { schema, base } = followed(at)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map((variant) => arbitrary({ schema: variant, base })))
  if (schema.type === 'integer')
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1000, 2 ** 40) })
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'string') return string(schema)
  if (schema.type === 'array') return list(schema, base)
  if (schema.type === 'object') return record(schema, base)
  throw new Error(`${base}: a schema outside the subset`)
}

const list = (schema: Schema, base: string): fc.Arbitrary<unknown> => {
  const bounds = {
    minLength: schema.minItems ?? 0,
    maxLength: Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0)),
  }
  const items = arbitrary({ schema: schema.items ?? {}, base })
  return schema.uniqueItems
    ? fc.uniqueArray(items, { ...bounds, selector: (item) => JSON.stringify(item) })
    : fc.array(items, bounds)
}

const record = ({ properties = {}, required = [] }: Schema, base: string): fc.Arbitrary<unknown> =>
  fc
    .record(
      Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, arbitrary({ schema, base })])),
      { requiredKeys: [...required] },
    )
    .map((made) => ({ ...made }))

/** Instances a schema allows. */
export const validInstance: (path: SchemaPath) => fc.Arbitrary<unknown> = madeOnce((path: SchemaPath) =>
  arbitrary(placed(path)),
)

/** An instance that breaks its schema in one place. `path` is the JSON pointer of that place. */
export type Broken = { readonly value: unknown; readonly change: string; readonly path: string }

type Change = { readonly change: string; readonly path: string; readonly apply: (value: unknown) => unknown }

const inside = (name: string | number, { change, path, apply }: Change): Change => ({
  change,
  path: `/${name}${path}`,
  apply: (value) =>
    Array.isArray(value)
      ? value.map((item, index) => (index === name ? apply(item) : item))
      : { ...(value as object), [name]: apply((value as Record<string, unknown>)[name]) },
})

const here = (change: string, replacement: (value: unknown) => unknown): Change => ({
  change,
  path: '',
  apply: replacement,
})

const without =
  (name: string) =>
  (value: unknown): unknown =>
    Object.fromEntries(Object.entries(value as object).filter(([key]) => key !== name))

/** Single changes of a value that its schema does not allow. Variants of a `oneOf` are followed by their tag. */
const changes = (at: Placed, value: unknown): readonly Change[] => {
  const { schema, base } = followed(at)
  const nested = (name: string | number, inner: Schema, item: unknown) =>
    changes({ schema: inner, base }, item).map((change) => inside(name, change))
  if (schema.oneOf)
    return schema.oneOf.every((variant) => followed({ schema: variant, base }).schema.type === 'object')
      ? [here('not an object', () => 17), here('an unknown member', (one) => ({ ...(one as object), 'x-unknown': 1 }))]
      : []
  if (schema.const !== undefined) return [here('another constant', () => `${String(schema.const)}x`)]
  if (schema.enum) return [here('outside the list', () => 'x-outside')]
  if (schema.type === 'boolean') return [here('text for a boolean', () => 'true')]
  if (schema.type === 'integer')
    return [
      here('text for an integer', () => '1'),
      here('a fraction', () => 1.5),
      here('below the minimum', () => (schema.minimum ?? 0) - 1),
      here('above the maximum', () => (schema.maximum ?? 0) + 1),
    ]
  if (schema.type === 'string') {
    const length =
      schema.maxLength === undefined ? [] : [here('too long', () => 'a'.repeat((schema.maxLength ?? 0) + 1))]
    const form = schema.pattern === undefined ? [] : [here('a broken pattern', () => '\u0000 ')]
    return [here('a number for text', () => 1), here('null', () => null), ...length, ...form]
  }
  if (schema.type === 'array') {
    const items = value as readonly unknown[]
    const many =
      schema.maxItems !== undefined && schema.maxItems <= 100 && items.length > 0
        ? [here('too many items', () => Array.from({ length: (schema.maxItems ?? 0) + 1 }, () => items[0]))]
        : []
    return [
      here('an object for a list', () => ({})),
      ...many,
      ...items.flatMap((item, index) => nested(index, schema.items ?? {}, item)),
    ]
  }
  const members = Object.entries(value as Record<string, unknown>)
  return [
    here('not an object', () => 'x'),
    here('an unknown member', (one) => ({ ...(one as object), 'x-unknown': 1 })),
    ...(schema.required ?? []).map(
      (name): Change => ({ change: 'a missing member', path: `/${name}`, apply: without(name) }),
    ),
    ...members.flatMap(([name, item]) => nested(name, schema.properties?.[name] ?? {}, item)),
  ]
}

/** Instances a schema refuses because of one named change. */
export const invalidInstance = (path: SchemaPath): fc.Arbitrary<Broken> =>
  validInstance(path).chain((value) => {
    const possible = changes(placed(path), value)
    return fc
      .constantFrom(...possible)
      .map(({ change, path: place, apply }) => ({ value: apply(value), change, path: place }))
  })
