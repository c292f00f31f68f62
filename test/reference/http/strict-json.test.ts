/** JSON from strangers: everything well-formed is read as it is, everything ambiguous is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../reference/http/strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth)

describe('parseStrictJson', () => {
  it('reads what JSON writes (EXT-HTTP-5)', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(undefined, 2), (value, space) => {
        const text = JSON.stringify(value, null, space)
        expect(parse(text)).toEqual({ value: JSON.parse(text) })
      }),
    )
  })

  it('refuses a name that comes twice in one object, however it is written', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue({ maxDepth: 2 }), fc.nat(6), (name, value, depth) => {
        const escaped = `"${[...name.matchAll(/[\s\S]/g)].map(([unit]) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
        const twice = `{ ${JSON.stringify(name)}: ${JSON.stringify(value)}, "other${name.length}": {}, ${escaped}: 1 }`
        expect(parse('['.repeat(depth) + twice + ']'.repeat(depth))).toBeUndefined()
      }),
    )
  })

  it.each([
    '{"a":{"a":1},"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":["a","a"]}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
  ])('takes equal names and texts in different places: %s', (text) =>
    expect(parse(text)).toEqual({ value: JSON.parse(text) }),
  )

  it('bounds the depth at 16 (EXT-HTTP-10)', () => {
    expect(parse(nested(16, '[', ']'))).toBeDefined()
    expect(parse(nested(17, '[', ']'))).toBeUndefined()
    expect(parse(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)).toBeUndefined()
    expect(parse('[[]]'.concat())).toBeDefined()
    expect(parse(nested(30_000, '[', ']'))).toBeUndefined()
  })

  it.each(['', ' ', '{', '{"a":1,}', "{'a':1}", 'NaN', '{"a":01}', '1 2', '"\u0001"', '\ufeff\ufeff{}'])(
    'refuses what is not well-formed: %j',
    (text) => expect(parse(text)).toBeUndefined(),
  )

  it('refuses bytes that are not UTF-8', () => {
    expect(parseStrictJson(Uint8Array.from([0x22, 0xff, 0x22]))).toBeUndefined()
  })

  it('keeps __proto__ a plain member that reaches no prototype', () => {
    const value = parse('{"__proto__":{"polluted":true}}')?.value as object
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect((value as { polluted?: boolean }).polluted).toBeUndefined()
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
