/** Two validators that share no code agree on generated messages: valid ones, and ones with exactly one thing wrong. */
import { registerSchema, validate as secondValidator } from '@hyperjump/json-schema/draft-2020-12'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { invalidInstance, validInstance } from '../../conformance/generate.ts'
import { loadSchemas, type SchemaPath, schemaBase, validate } from '../../schemas/index.ts'

const schemas = loadSchemas()
for (const schema of schemas.values()) registerSchema(schema as never)

const paths = [...schemas.keys()]
const runs = Math.ceil(1000 / paths.length)

const second = async (path: SchemaPath) => {
  const check = await secondValidator(`${schemaBase}${path}.schema.json`)
  return (value: unknown): boolean => check(value as never).valid
}

describe('two validators', () => {
  it(`accept the same generated messages, ${runs} for each of ${paths.length} schemas`, async () => {
    for (const path of paths) {
      const check = await second(path)
      fc.assert(
        fc.property(validInstance(path), (value) => {
          expect({ path, value, wrong: validate(path, value) }).toEqual({ path, value, wrong: [] })
          expect(check(value)).toBe(true)
        }),
        { numRuns: runs },
      )
    }
  })

  it('refuse the same messages with one thing wrong', async () => {
    for (const path of paths) {
      const check = await second(path)
      fc.assert(
        fc.property(invalidInstance(path), ({ value, change, path: place }) => {
          expect({ path, change, place, refused: validate(path, value).length > 0 }).toEqual({
            path,
            change,
            place,
            refused: true,
          })
          expect({ path, change, place, refused: !check(value) }).toEqual({ path, change, place, refused: true })
        }),
        { numRuns: runs },
      )
    }
  })
})
