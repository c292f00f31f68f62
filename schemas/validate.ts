/** Validation of a value against a schema of the protocol, named by its path. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Message, Messages } from './generated/messages.ts'
import { packageFile, schemaBase, version } from './version.ts'

/** Path of a schema below the version folder, without ending: `payment/pay-request`. */
export type SchemaPath = keyof Messages

/** One reason why a value does not match: JSON pointer of the member and what is wrong with it. */
export type Invalid = { readonly path: string; readonly message: string }

const folder = packageFile('schemas', version)

/** Every schema of the version by path, as parsed JSON. */
export const loadSchemas = (): ReadonlyMap<SchemaPath, Record<string, unknown>> => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.schema.json'))
  return new Map(
    files.sort().map((file) => {
      const path = relative(folder, join(folder, file)).split(sep).join('/').replace('.schema.json', '')
      return [path as SchemaPath, JSON.parse(readFileSync(join(folder, file), 'utf8'))]
    }),
  )
}

let ajv: Ajv2020 | undefined
const compiled = new Map<SchemaPath, ValidateFunction>()

const validatorOf = (path: SchemaPath): ValidateFunction => {
  const known = compiled.get(path)
  if (known) return known
  if (!ajv) {
    ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: false })
    addFormats.default(ajv)
    for (const schema of loadSchemas().values()) ajv.addSchema(schema)
  }
  const validator = ajv.getSchema(`${schemaBase}${path}.schema.json`)
  if (!validator) throw new Error(`there is no schema ${path}`)
  compiled.set(path, validator)
  return validator
}

const pointer = (error: ErrorObject): string => {
  const name = error.params.additionalProperty ?? error.params.missingProperty
  return name === undefined ? error.instancePath : `${error.instancePath}/${String(name)}`
}

/** Depth of a JSON pointer: the deepest error of a `oneOf` names the member at fault. */
const depth = (error: ErrorObject): number => pointer(error).split('/').length

/**
 * Checks a value against a schema. Returns nothing where it matches, otherwise the reasons, the most telling first.
 * Throws only when there is no such schema.
 */
export const validate = (path: SchemaPath, value: unknown): readonly Invalid[] => {
  const validator = validatorOf(path)
  if (validator(value)) return []
  const errors = [...(validator.errors ?? [])].filter(
    (error) => error.keyword !== 'oneOf' || validator.errors?.length === 1,
  )
  return errors
    .sort((a, b) => Number(a.keyword === 'const') - Number(b.keyword === 'const') || depth(b) - depth(a))
    .map((error) => ({ path: pointer(error), message: error.message ?? error.keyword }))
}

/** Whether a value is a message of this kind. */
export const isMessage = <Path extends SchemaPath>(path: Path, value: unknown): value is Message<Path> =>
  validatorOf(path)(value) === true
