/** Lines of a stream: cut alike however they come in, and the quick reader reads what a parser would, or nothing. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { linesOf, readLinkLine } from '../../../reference/clearing/lines.ts'

const base64url = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString('base64url'))

const lineOf = (channelId: string, index: number, link: string): string =>
  JSON.stringify({ channelId, link: { index, link } })

it('reads a link as a parser does', () => {
  fc.assert(
    fc.property(base64url(32), fc.integer({ min: 1, max: 10 ** 12 }), base64url(32), (channelId, index, link) => {
      const out = Buffer.alloc(32)
      expect(readLinkLine(Buffer.from(lineOf(channelId, index, link)), out)).toEqual({ channelId, index })
      expect(out.toString('base64url')).toBe(link)
    }),
  )
})

it('reads nothing where one character is another, unless a parser reads the same', () => {
  const id = 'A'.repeat(43)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99_999 }),
      fc.nat({ max: 150 }),
      fc.integer({ min: 32, max: 126 }),
      (index, at, code) => {
        const line = Buffer.from(lineOf(id, index, id))
        line[at % line.length] = code
        const read = readLinkLine(line, Buffer.alloc(32))
        if (!read) return
        const parsed = JSON.parse(line.toString())
        expect(read).toEqual({ channelId: parsed.channelId, index: parsed.link.index })
      },
    ),
  )
})

it('cuts the same lines out of any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z]{0,9}$/)), fc.array(fc.nat({ max: 7 })), async (texts, cuts) => {
      const all = Buffer.from(texts.join('\n'))
      async function* chunks(): AsyncGenerator<Buffer> {
        let from = 0
        for (const size of cuts) {
          yield all.subarray(from, from + size)
          from = Math.min(all.length, from + size)
        }
        yield all.subarray(from)
      }
      const found: string[] = []
      for await (const lines of linesOf(chunks(), 100)) found.push(...(lines ?? ['too long']).map(String))
      expect(found).toEqual(texts.filter((text) => text !== ''))
    }),
  )
})

it('ends at a line that is longer than allowed', async () => {
  async function* chunks(): AsyncGenerator<Buffer> {
    yield Buffer.from('short\n')
    for (let count = 0; count < 1_000; count++) yield Buffer.from('long')
  }
  const found: (string[] | undefined)[] = []
  for await (const lines of linesOf(chunks(), 50)) found.push(lines?.map(String))
  expect(found).toEqual([['short'], undefined])
})
