/** Spectral rules: the subset of JSON Schema the messages are written in, and the style of the OpenAPI document. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import spectralCore from '@stoplight/spectral-core'
import spectralFunctions from '@stoplight/spectral-functions'
import spectralParsers from '@stoplight/spectral-parsers'
import { packageFile, schemaBase, version } from './version.ts'

const { Document, Spectral } = spectralCore
const { falsy, pattern, truthy } = spectralFunctions

/** One thing that is wrong, with its place. */
export type Finding = { readonly file: string; readonly line: number; readonly rule: string; readonly message: string }

type Schema = Readonly<Record<string, unknown>>
type Result = readonly { message: string }[] | undefined

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A rule function: a reason where the schema breaks it. */
const schemaFunction =
  (reason: (schema: Schema) => string | undefined) =>
  (value: unknown): Result => {
    const message = isSchema(value) ? reason(value) : undefined
    return message === undefined ? undefined : [{ message }]
  }

const everySchema = ['$', '$..properties[*]', '$..items', '$..oneOf[*]']

const closed = schemaFunction((schema) =>
  schema.type === 'object' && schema.additionalProperties !== false
    ? 'an object has to be closed: additionalProperties false'
    : undefined,
)
const boundedString = schemaFunction((schema) =>
  schema.type === 'string' && !['maxLength', 'pattern', 'enum', 'const', 'format'].some((key) => key in schema)
    ? 'a string has to have a bound: maxLength, pattern, enum, const or format'
    : undefined,
)
const boundedArray = schemaFunction((schema) =>
  schema.type === 'array' && !('maxItems' in schema) ? 'an array has to have maxItems' : undefined,
)
const boundedInteger = schemaFunction((schema) =>
  schema.type === 'integer' && !('maximum' in schema && 'minimum' in schema)
    ? 'an integer has to have minimum and maximum'
    : undefined,
)
const noNumber = schemaFunction((schema) =>
  schema.type === 'number' ? 'a number can lose digits: money is a decimal string, counts are integers' : undefined,
)
const described = schemaFunction((schema) =>
  isSchema(schema) && !('description' in schema) && !('$ref' in schema)
    ? 'a property has to have a description, or refer to a schema that has one'
    : undefined,
)
const relative = (value: unknown): Result =>
  typeof value === 'string' && /^((\.\.\/){1,2}([a-z-]+\/){1,2})?[a-z0-9-]+\.schema\.json$/.test(value)
    ? undefined
    : [{ message: 'a reference has to be relative and to a schema of this version' }]

const outside = [
  'prefixItems',
  'if',
  'then',
  'else',
  'dependentSchemas',
  'dependentRequired',
  'unevaluatedProperties',
  'unevaluatedItems',
  'patternProperties',
  'allOf',
  'anyOf',
  'not',
  'discriminator',
  '$defs',
  'definitions',
]

const rule = (given: string | string[], message: string, then: object) => ({
  given,
  message,
  severity: 0 as const,
  resolved: false,
  then,
})

/** Rules for every message schema. */
export const schemaRules = {
  'schema-has-id': rule('$', 'a schema has to have $id', { field: '$id', function: truthy }),
  'schema-has-title': rule('$', 'a schema has to have a title', { field: 'title', function: truthy }),
  'schema-has-description': rule('$', 'a schema has to have a description', { field: 'description', function: truthy }),
  'schema-dialect': rule('$', 'a schema is written in 2020-12', {
    field: '$schema',
    function: pattern,
    functionOptions: { match: '^https://json-schema.org/draft/2020-12/schema$' },
  }),
  'schema-closed': rule(everySchema, '{{error}}', { function: closed }),
  'schema-string-bounded': rule(everySchema, '{{error}}', { function: boundedString }),
  'schema-array-bounded': rule(everySchema, '{{error}}', { function: boundedArray }),
  'schema-integer-bounded': rule(everySchema, '{{error}}', { function: boundedInteger }),
  'schema-no-number': rule(everySchema, '{{error}}', { function: noNumber }),
  'schema-property-described': rule('$..properties[*]', '{{error}}', { function: described }),
  'schema-relative-reference': rule('$..[?(@property === "$ref")]', '{{error}}', { function: relative }),
  'schema-subset': rule(
    outside.map((keyword) => `$..[?(@property === "${keyword}")]`),
    'the keyword lies outside the subset',
    { function: falsy },
  ),
}

const operationPath = '$.paths[*].post'

const refers = (value: unknown): Result =>
  isSchema(value) && typeof value.$ref === 'string'
    ? undefined
    : [{ message: 'a body has to refer to a schema, not define one' }]

const keyed = (value: unknown): Result => {
  if (!isSchema(value) || !Array.isArray(value.parameters)) return [{ message: 'an operation has to name its headers' }]
  const names = value.parameters.map((parameter) =>
    isSchema(parameter)
      ? String(parameter.$ref ?? '')
          .split('/')
          .at(-1)
      : '',
  )
  if (!names.includes('AmpVersion')) return [{ message: 'an operation has to take AMP-Version' }]
  return value['x-safe'] === false && !names.includes('IdempotencyKey')
    ? [{ message: 'an unsafe operation has to take Idempotency-Key' }]
    : undefined
}

const answered = (value: unknown): Result =>
  isSchema(value) && 'default' in value && '200' in value
    ? undefined
    : [{ message: 'an operation answers 200, and problems by default' }]

/** Rules for the OpenAPI document. */
export const openapiRules = {
  'api-operation-id': rule(operationPath, 'an operation has to have an operationId', {
    field: 'operationId',
    function: truthy,
  }),
  'api-summary': rule(operationPath, 'an operation has to have a summary', { field: 'summary', function: truthy }),
  'api-tags': rule(operationPath, 'an operation has to be tagged with its role', { field: 'tags', function: truthy }),
  'api-security': rule(operationPath, 'an operation has to say who may call', { field: 'security', function: truthy }),
  'api-headers': rule(operationPath, '{{error}}', { function: keyed }),
  'api-answers': rule(`${operationPath}.responses`, '{{error}}', { function: answered }),
  'api-refers': rule('$.paths[*].post..content[*].schema', '{{error}}', { function: refers }),
}

/** Leaves references as they stand: every schema is a file of its own and is linted as one (`dangling` looks where they lead). */
const unresolving = {
  uriCache: {},
  resolve: async (result: unknown) => ({ result, errors: [], refMap: {}, runner: {}, graph: {} }),
}

/** References of a file that lead nowhere. */
export const dangling = (file: string, text: string): readonly Finding[] =>
  text.split('\n').flatMap((line, index): Finding[] => {
    const [, target = ''] = /"\$ref":\s*"([^"#]+)/.exec(line) ?? []
    return target === '' || existsSync(packageFile(dirname(file), target))
      ? []
      : [{ file, line: index + 1, rule: 'invalid-ref', message: `${target} is no file` }]
  })

/** Lints one JSON text against rules. */
export const lintText = async (file: string, text: string, rules: object): Promise<readonly Finding[]> => {
  const spectral = new Spectral({ resolver: unresolving as never })
  spectral.setRuleset({ rules } as never)
  const found = await spectral.run(new Document(text, spectralParsers.Json as never, file))
  return found.map(({ code, message, range }) => ({ file, line: range.start.line + 1, rule: String(code), message }))
}

const placed = (file: string, text: string): readonly Finding[] => {
  const { $id }: { $id?: string } = JSON.parse(text)
  const path = file.split(`schemas/${version}/`)[1] ?? file
  const findings: Finding[] = []
  if ($id !== schemaBase + path)
    findings.push({ file, line: 1, rule: 'schema-id-is-path', message: `$id has to be ${schemaBase}${path}` })
  if (!/^[a-z0-9-]+\.schema\.json$/.test(basename(file)))
    findings.push({
      file,
      line: 1,
      rule: 'schema-file-name',
      message: 'a file name is kebab-case and ends in .schema.json',
    })
  return findings
}

/** Problems of the table of refusals: codes unique and kebab-case, statuses of refusals, known ways to retry. */
export const lintProblems = (file: string, text: string): readonly Finding[] => {
  const { problems }: { problems: readonly { code: string; status: number; retry: string }[] } = JSON.parse(text)
  const lines = text.split('\n')
  const at = (code: string): number => lines.findIndex((line) => line.includes(`"code": "${code}"`)) + 1
  return problems.flatMap(({ code, status, retry }, index) => {
    const wrong = [
      problems.findIndex((other) => other.code === code) === index ? undefined : 'the code is there twice',
      /^[a-z]+(-[a-z]+)*$/.test(code) ? undefined : 'a code is kebab-case',
      status >= 400 && status < 600 ? undefined : 'a refusal has a status from 400 to 599',
      ['never', 'same', 'after', 'with-new-key'].includes(retry)
        ? undefined
        : 'retry is never, same, after or with-new-key',
    ]
    return wrong.flatMap((message) =>
      message === undefined ? [] : [{ file, line: at(code), rule: 'problem-table', message: `${code}: ${message}` }],
    )
  })
}

/** Lints every schema, the table of problems and the OpenAPI document of the current version. */
export const lintSchemas = async (): Promise<readonly Finding[]> => {
  const folder = packageFile('schemas', version)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.schema.json'))
    .sort()
  const findings: Finding[] = []
  for (const name of files) {
    const file = `schemas/${version}/${name.replaceAll('\\', '/')}`
    const text = readFileSync(packageFile(file), 'utf8')
    findings.push(...placed(file, text), ...dangling(file, text), ...(await lintText(file, text, schemaRules)))
  }
  const problems = `schemas/${version}/problems.json`
  const openapi = `schemas/${version}/openapi.json`
  findings.push(...lintProblems(problems, readFileSync(packageFile(problems), 'utf8')))
  const apiText = readFileSync(packageFile(openapi), 'utf8')
  findings.push(...dangling(openapi, apiText), ...(await lintText(openapi, apiText, openapiRules)))
  return findings
}
