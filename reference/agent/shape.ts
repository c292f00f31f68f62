/** Shapes of what a move takes and gives: schemas of the protocol, or members that are, as one self-contained schema. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { loadSchemas, type SchemaPath } from '../../schemas/index.ts'

export type JsonSchema = Record<string, unknown>

/** A schema of the protocol by its path, or an object of such members; `optional` names those that may be left out. */
export type Shape =
  | SchemaPath
  | {
      readonly description: string
      readonly members: Readonly<Record<string, SchemaPath | JsonSchema>>
      readonly optional?: readonly string[]
    }

const schemas = loadSchemas()

const nameOf = (path: string): string => path.replaceAll('/', '.')

const schemaOf = (path: string): JsonSchema => {
  const found = schemas.get(path as SchemaPath)
  if (!found) throw new Error(`there is no schema ${path}`)
  const { $schema, $id, ...rest } = found
  return rest
}

/** Path a relative `$ref` of the schema at `from` leads to. */
const targetOf = (ref: string, from: string): string =>
  new URL(ref, `https://schemas.example/${from}.schema.json`).pathname.slice(1).replace('.schema.json', '')

/** Rewrites every `$ref` to a definition of the document, and tells which it met. */
const localise = (value: unknown, from: string, meet: (path: string) => void): unknown => {
  if (Array.isArray(value)) return value.map((each) => localise(each, from, meet))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name !== '$ref' || typeof member !== 'string') return [name, localise(member, from, meet)]
      const path = targetOf(member, from)
      meet(path)
      return [name, `#/$defs/${nameOf(path)}`]
    }),
  )
}

/** A schema with everything it refers to under `$defs`. */
const withDefinitions = (build: (define: (path: string) => void) => JsonSchema): JsonSchema => {
  const definitions = new Map<string, unknown>()
  const define = (path: string): void => {
    if (definitions.has(path)) return
    definitions.set(path, undefined)
    definitions.set(path, localise(schemaOf(path), path, define))
  }
  const root = build(define)
  return definitions.size === 0
    ? root
    : { ...root, $defs: Object.fromEntries([...definitions].map(([path, schema]) => [nameOf(path), schema])) }
}

const build = (shape: Shape, define: (path: string) => void): JsonSchema => {
  if (typeof shape === 'string') return localise(schemaOf(shape), shape, define) as JsonSchema
  const { description, members, optional = [] } = shape
  const properties = Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      if (typeof member !== 'string') return [name, member]
      define(member)
      return [name, { $ref: `#/$defs/${nameOf(member)}` }]
    }),
  )
  const required = Object.keys(members).filter((name) => !optional.includes(name))
  return { type: 'object', description, additionalProperties: false, required, properties }
}

/** The self-contained schema of a shape; its root is an object, as tools of the Model Context Protocol need it. */
export const selfContained = (shape: Shape): JsonSchema => withDefinitions((define) => build(shape, define))

/** The schema of an answer: what a move gives, or a problem; clients hold both against the same schema. */
export const answerSchema = (shape: Shape): JsonSchema =>
  withDefinitions((define) => {
    define('common/problem')
    return { type: 'object', anyOf: [build(shape, define), { $ref: '#/$defs/common.problem' }] }
  })

const ajv = new Ajv2020({ strict: true, strictRequired: false })
addFormats.default(ajv)

/** Compiles a shape; the function gives the JSON pointer of the first member at fault and what is wrong, or nothing. */
export const checker = (shape: Shape): ((value: unknown) => { path: string; message: string } | undefined) => {
  const validate: ValidateFunction = ajv.compile(selfContained(shape))
  return (value) => {
    if (validate(value)) return undefined
    const [error] = validate.errors ?? []
    const name = error?.params.additionalProperty ?? error?.params.missingProperty
    return {
      path: name === undefined ? (error?.instancePath ?? '') : `${error?.instancePath}/${String(name)}`,
      message: error?.message ?? 'does not match its schema',
    }
  }
}
