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

/** Where each keyword of each schema was seen to hold, and seen not to. */
const seen = { held: new Set<string>(), broke: new Set<string>() }

const second = async (path: SchemaPath) => {
  const check = await secondValidator(`${schemaBase}${path}.schema.json`)
  const afterKeyword = (
    [, place]: readonly [string, string, unknown],
    _i: unknown,
    _c: unknown,
    valid: boolean,
  ): void => void (valid ? seen.held : seen.broke).add(place)
  const plugins = [{ afterKeyword }]
  return (value: unknown): boolean => (check(value as never, { plugins } as never) as { readonly valid: boolean }).valid
}

/** Keywords that say something of a value, by place; the others describe. */
const telling = new Set([
  'type',
  'const',
  'enum',
  'oneOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'minItems',
  'maxItems',
  'uniqueItems',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  '$ref',
])

const placesIn = (schema: unknown, place: string): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return []
  const own = Object.entries(schema)
  return own.flatMap(([keyword, value]) => {
    if (!telling.has(keyword)) return []
    const at = `${place}/${keyword}`
    if (keyword === 'properties')
      return [at, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, `${at}/${name}`))]
    if (keyword === 'oneOf')
      return [at, ...(value as unknown[]).flatMap((inner, index) => placesIn(inner, `${at}/${index}`))]
    return keyword === 'items' ? [at, ...placesIn(value, at)] : [at]
  })
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

  it('between them the messages reached every keyword of every schema, and broke most', () => {
    const places = [...schemas].flatMap(([path, schema]) => placesIn(schema, `${schemaBase}${path}.schema.json#`))
    const held = places.filter((place) => seen.held.has(place)).length
    const broke = places.filter((place) => seen.broke.has(place)).length
    const share = (count: number): string =>
      `${count} of ${places.length} (${((count / places.length) * 100).toFixed(1)} %)`
    console.log(`keyword coverage: held ${share(held)}, broke ${share(broke)}`)
    expect(held / places.length).toBeGreaterThan(0.97)
    expect(broke / places.length).toBeGreaterThan(0.3)
  })
})
