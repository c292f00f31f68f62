/** Writes `generated/` from the schemas: message types and the problem table. `--check` only compares. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { openapiDocument } from './openapi.ts'
import { packageFile, schemaBase, version } from './version.ts'

const folder = packageFile('schemas', version)

const schemaPaths = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.schema.json'))
    .map((file) => file.replaceAll('\\', '/').replace('.schema.json', ''))
    .sort()

/** `payment/pay-request` becomes `PaymentPayRequest`. */
const typeName = (path: string): string =>
  path.replaceAll(/(^|[/-])([a-z])/g, (_, __, letter: string) => letter.toUpperCase())

/** One schema with its title turned into a type name and its references into definitions of one root. */
const inlined = (path: string): JSONSchema => {
  const text = readFileSync(packageFile('schemas', version, `${path}.schema.json`), 'utf8')
  const schema = JSON.parse(text, (key, value) => {
    if (key !== '$ref') return value
    const target = new URL(value, `${schemaBase}${path}.schema.json`).href.slice(schemaBase.length)
    return `#/$defs/${typeName(target.replace('.schema.json', ''))}`
  })
  const { $id: _id, $schema: _schema, ...rest } = schema
  return { ...rest, title: typeName(path) }
}

const messageTypes = async (): Promise<string> => {
  const paths = schemaPaths()
  const root = {
    title: 'MessagesRoot',
    type: 'object',
    additionalProperties: false,
    required: paths,
    properties: Object.fromEntries(paths.map((path) => [path, { $ref: `#/$defs/${typeName(path)}` }])),
    $defs: Object.fromEntries(paths.map((path) => [typeName(path), inlined(path)])),
  }
  const types = await compile(root as JSONSchema, 'MessagesRoot', {
    additionalProperties: false,
    bannerComment: '/** Generated from the schemas by `npm run generate`: the type of every message. Do not edit. */',
    ignoreMinAndMaxItems: true,
    declareExternallyReferenced: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return `${types.replace('export interface MessagesRoot', '/** Every message by schema path. */\nexport interface Messages')}
/** The message a schema defines. */
export type Message<Path extends keyof Messages> = Messages[Path]
`
}

const problemTable = (): string => {
  const { problems } = JSON.parse(readFileSync(packageFile('schemas', version, 'problems.json'), 'utf8'))
  return `/** Generated from problems.json by \`npm run generate\`. Do not edit. */
export const problemTable = ${JSON.stringify(problems, null, 2)} as const
`
}

/** What each generated file should hold, by path in the package. */
export const generated = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['schemas/generated/messages.ts', await messageTypes()],
    ['schemas/generated/problems.ts', problemTable()],
    [`schemas/${version}/openapi.json`, `${JSON.stringify(openapiDocument(), null, 2)}\n`],
  ])

if (process.argv[1]?.endsWith('schemas/generate.ts'))
  for (const [path, text] of await generated()) writeFileSync(packageFile(path), text)
