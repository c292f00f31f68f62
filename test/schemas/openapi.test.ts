/** Every operation of the OpenAPI document shows a request and an answer that its schemas accept. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { operations, packageFile, validate, version } from '../../schemas/index.ts'

type Content = Readonly<Record<string, { readonly schema: { readonly $ref: string }; readonly example: unknown }>>
type Post = {
  readonly operationId: string
  readonly requestBody: { readonly content: Content }
  readonly responses: { readonly '200': { readonly content: Content } }
}

const document: {
  readonly paths: Readonly<Record<string, { readonly post?: Post }>>
  readonly components: { readonly responses: { readonly Problem: { readonly content: Content } } }
} = JSON.parse(readFileSync(packageFile('schemas', version, 'openapi.json'), 'utf8'))

const posts = Object.values(document.paths).flatMap(({ post }) => post ?? [])

describe('the OpenAPI document', () => {
  it('has every operation', () => {
    expect(posts.map(({ operationId }) => operationId).sort()).toEqual([...operations.keys()].sort())
  })

  it.each(posts.map((post) => [post.operationId, post] as const))(
    '%s shows an exchange its schemas accept',
    (name, post) => {
      const operation = operations.get(name as never)
      const request = post.requestBody.content['application/json']?.example
      const answer = post.responses['200'].content['application/json']?.example
      expect(validate(operation?.request ?? 'common/problem', request)).toEqual([])
      expect(validate(operation?.response ?? 'common/problem', answer)).toEqual([])
    },
  )

  it('shows a problem its schema accepts', () => {
    expect(
      validate('common/problem', document.components.responses.Problem.content['application/problem+json']?.example),
    ).toEqual([])
  })
})
