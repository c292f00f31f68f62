/** The OpenAPI 3.1 document of the binding, written from the table of operations; it refers to the schemas and defines none. */
import { readFileSync } from 'node:fs'
import { type Caller, operations } from './operations.ts'
import { problemOf } from './problem.ts'
import { packageFile, version } from './version.ts'

const schemaOf = (path: string) => ({ $ref: `./${path}.schema.json` })

/** One accepted exchange of each operation, recorded from a run of the suite (`npm run examples`). */
const examples: Readonly<Record<string, { readonly request: unknown; readonly response: unknown }>> = JSON.parse(
  readFileSync(packageFile('schemas', version, 'examples.json'), 'utf8'),
)

const withExample = (path: string, value: unknown) => ({ schema: schemaOf(path), example: value })

const schemes: Readonly<Record<string, object>> = {
  httpSignature: {
    type: 'http',
    scheme: 'signature',
    description: 'RFC 9421 signature with label and tag amp, of a party, an agent or an applicant.',
  },
  walletSession: {
    type: 'http',
    scheme: 'bearer',
    description: 'Session of the wallet owner, opened by wallet.login.',
  },
}

/** Who may call, as security requirements: any one of them is enough. */
const securityOf = (callers: readonly Caller[]): readonly object[] => {
  if (callers.includes('anyone')) return [{}]
  const session = callers.includes('user') ? [{ walletSession: [] }] : []
  return callers.some((caller) => caller !== 'user') ? [{ httpSignature: [] }, ...session] : session
}

const header = (name: string, description: string, schema: object) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
})

const paths = (): object =>
  Object.fromEntries(
    [...operations].map(([name, operation]) => [
      `/${operation.role}/${operation.name}`,
      {
        post: {
          operationId: name,
          summary: operation.summary,
          tags: [operation.role],
          'x-callers': operation.callers,
          'x-safe': operation.safe,
          security: securityOf(operation.callers),
          parameters: [
            { $ref: '#/components/parameters/AmpVersion' },
            ...(operation.safe ? [] : [{ $ref: '#/components/parameters/IdempotencyKey' }]),
          ],
          requestBody: {
            required: true,
            content: { 'application/json': withExample(operation.request, examples[name]?.request) },
          },
          responses: {
            '200': {
              description: 'The answer.',
              headers: { 'AMP-Version': { schema: { type: 'string', const: version } } },
              content: { 'application/json': withExample(operation.response, examples[name]?.response) },
            },
            default: { $ref: '#/components/responses/Problem' },
          },
        },
      },
    ]),
  )

/** The whole document. */
export const openapiDocument = (): object => ({
  openapi: '3.1.0',
  info: {
    title: 'AMP over HTTP',
    version,
    summary: 'Operations of the Agentic Mobile Protocol, by role',
    description: 'Tracks ant-intl/AMP@2d7cb03; the binding is ours. Written from the table of operations; do not edit.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: 'https://amp.example', description: 'Where a role is served; discovery tells.' }],
  paths: {
    '/.well-known/amp': {
      get: {
        operationId: 'discovery',
        summary: 'Roles, versions, endpoints, keys and test hooks',
        tags: ['discovery'],
        security: [{}],
        responses: {
          '200': {
            description: 'The discovery document.',
            content: { 'application/json': { schema: schemaOf('common/discovery') } },
          },
        },
      },
    },
    ...paths(),
  },
  components: {
    parameters: {
      AmpVersion: header('AMP-Version', 'Version the request speaks.', { type: 'string', const: version }),
      IdempotencyKey: header('Idempotency-Key', 'Bound to caller, operation and body.', {
        type: 'string',
        pattern: '^[\\x21-\\x7e]{16,128}$',
      }),
    },
    responses: {
      Problem: {
        description: 'A refusal (RFC 9457), with a code from problems.json.',
        content: {
          'application/problem+json': withExample('common/problem', problemOf('mandate-revoked', { stage: 'S2' })),
        },
      },
    },
    securitySchemes: schemes,
  },
})
