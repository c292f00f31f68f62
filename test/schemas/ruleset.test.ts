/** Every rule of the schema subset and the API style fires on a document that breaks it, and on nothing of ours. */
import { describe, expect, it } from 'vitest'
import { dangling, lintProblems, lintSchemas, lintText, openapiRules, schemaRules } from '../../schemas/ruleset.ts'

const good = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://schemas.example/x.schema.json',
  title: 'X',
  description: 'An x.',
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string', description: 'A name.', maxLength: 8 } },
}

const property = (schema: object) => ({ ...good, properties: { name: schema } })

/** One broken document per rule. */
const broken: Readonly<Record<keyof typeof schemaRules, object>> = {
  'schema-has-id': { ...good, $id: undefined },
  'schema-has-title': { ...good, title: undefined },
  'schema-has-description': { ...good, description: undefined },
  'schema-dialect': { ...good, $schema: 'http://json-schema.org/draft-07/schema#' },
  'schema-closed': { ...good, additionalProperties: undefined },
  'schema-string-bounded': property({ type: 'string', description: 'Unbounded.' }),
  'schema-array-bounded': property({
    type: 'array',
    description: 'Unbounded.',
    items: { type: 'string', maxLength: 1 },
  }),
  'schema-integer-bounded': property({ type: 'integer', description: 'Unbounded.' }),
  'schema-no-number': property({ type: 'number', description: 'A float.' }),
  'schema-property-described': property({ type: 'string', maxLength: 8 }),
  'schema-relative-reference': property({ $ref: 'https://elsewhere.example/a.schema.json' }),
  'schema-subset': property({
    type: 'array',
    description: 'A tuple.',
    maxItems: 2,
    prefixItems: [{ type: 'string', maxLength: 1 }],
  }),
}

describe('the subset of JSON Schema', () => {
  it('takes a schema that keeps to it', async () => {
    expect(await lintText('good.json', JSON.stringify(good), schemaRules)).toEqual([])
  })

  it.each(Object.entries(broken))('%s fires', async (rule, document) => {
    const rules = (await lintText('broken.json', JSON.stringify(document), schemaRules)).map((finding) => finding.rule)
    expect(rules).toContain(rule)
  })

  it.each([
    'if',
    'then',
    'else',
    'dependentSchemas',
    'unevaluatedProperties',
    'patternProperties',
    'allOf',
    'anyOf',
    'not',
  ])('refuses the keyword %s', async (keyword) => {
    const rules = (await lintText('broken.json', JSON.stringify({ ...good, [keyword]: {} }), schemaRules)).map(
      (finding) => finding.rule,
    )
    expect(rules).toContain('schema-subset')
  })
})

const operation = {
  operationId: 'x.y',
  summary: 'Does it',
  tags: ['x'],
  security: [{}],
  'x-safe': false,
  parameters: [{ $ref: '#/components/parameters/AmpVersion' }, { $ref: '#/components/parameters/IdempotencyKey' }],
  requestBody: { content: { 'application/json': { schema: { $ref: './a.schema.json' } } } },
  responses: { '200': { description: 'ok' }, default: { description: 'a problem' } },
}

const api = (changed: object) => ({ openapi: '3.1.0', paths: { '/x/y': { post: { ...operation, ...changed } } } })

const brokenApi: Readonly<Record<keyof typeof openapiRules, object>> = {
  'api-operation-id': { operationId: undefined },
  'api-summary': { summary: undefined },
  'api-tags': { tags: undefined },
  'api-security': { security: undefined },
  'api-headers': { parameters: [{ $ref: '#/components/parameters/AmpVersion' }] },
  'api-answers': { responses: { '200': { description: 'ok' } } },
  'api-refers': { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } } },
}

describe('a reference', () => {
  it('that leads to no file is found, with its line', () => {
    const text = JSON.stringify({ a: { $ref: 'amount.schema.json' }, b: { $ref: 'nothing.schema.json' } }, null, 2)
    const file = 'schemas/2026-11-20/common/made.schema.json'
    expect(dangling(file, text)).toEqual([
      { file, line: 6, rule: 'invalid-ref', message: 'nothing.schema.json is no file' },
    ])
  })
})

describe('the style of the OpenAPI document', () => {
  it('takes an operation that keeps to it', async () => {
    const findings = await lintText('good.json', JSON.stringify(api({})), openapiRules)
    expect(findings.filter(({ rule }) => rule in openapiRules)).toEqual([])
  })

  it.each(Object.entries(brokenApi))('%s fires', async (rule, change) => {
    const rules = (await lintText('broken.json', JSON.stringify(api(change)), openapiRules)).map(
      (finding) => finding.rule,
    )
    expect(rules).toContain(rule)
  })
})

describe('the table of refusals', () => {
  const table = (...problems: object[]) => JSON.stringify({ problems }, null, 2)
  const kind = { code: 'a-code', status: 400, title: 'A', retry: 'never', spec: 'x' }
  it.each([
    ['a code that is there twice', [kind, kind]],
    ['a code that is not kebab-case', [{ ...kind, code: 'aCode' }]],
    ['a status that refuses nothing', [{ ...kind, status: 200 }]],
    ['an unknown way to retry', [{ ...kind, retry: 'maybe' }]],
  ])('refuses %s', (_, problems) => {
    expect(lintProblems('problems.json', table(...problems)).length).toBeGreaterThan(0)
  })
})

it('finds nothing wrong with the schemas, refusals and API of this version', async () => {
  expect(await lintSchemas()).toEqual([])
})
