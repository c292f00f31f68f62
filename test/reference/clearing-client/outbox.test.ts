/** What a client sends: every tick once and in order, links as records where they can be, everything else as lines. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outbox, type Tick } from '../../../reference/clearing-client/outbox.ts'
import {
  handleAt,
  handlesMax,
  indexAt,
  linkAt,
  recordBytes,
  recordsMax,
} from '../../../reference/core/clearing/index.ts'

const tokenOf = (seed: number): string => Buffer.alloc(32, seed).toString('base64url')

const gather = (takesRecords: boolean) => {
  const messages: (string | Buffer)[] = []
  return { messages, outbox: new Outbox((message) => void messages.push(message), takesRecords) }
}

/** Reads messages back as a clearing does. */
const ticksOf = (messages: readonly (string | Buffer)[]): unknown[] => {
  const names = new Map<number, string>()
  return messages.flatMap((message) => {
    if (typeof message === 'string') return message.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []))
    const ticks: unknown[] = []
    for (let at = 0; at < message.length; at += recordBytes) {
      const index = indexAt(message, at)
      const bytes = message.toString('base64url', linkAt(at), at + recordBytes)
      if (index === 0) names.set(handleAt(message, at), bytes)
      else ticks.push({ channelId: names.get(handleAt(message, at)), link: { index, link: bytes } })
    }
    return ticks
  })
}

const channelId = fc.nat({ max: 5 }).map(tokenOf)
const link = fc.record({ index: fc.integer({ min: 1, max: 10 ** 12 }), link: fc.nat({ max: 255 }).map(tokenOf) })
const tick: fc.Arbitrary<Tick> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ channelId, link }) },
  fc.record({ channelId, delivered: fc.constant('7') }),
  fc.record({ channelId, link, delivered: fc.constant('7') }),
)

it('says every tick once and in order, as records and as lines', () => {
  fc.assert(
    fc.property(fc.array(tick, { maxLength: 60 }), fc.boolean(), (ticks, takesRecords) => {
      const { messages, outbox } = gather(takesRecords)
      for (const one of ticks) outbox.tick(one)
      outbox.flush()
      expect(ticksOf(messages)).toEqual(ticks)
      expect(takesRecords || messages.every((message) => typeof message === 'string')).toBe(true)
    }),
  )
})

it('sends full messages at once and the rest when nothing more comes, none longer than a clearing takes', async () => {
  const { messages, outbox } = gather(true)
  const count = 2 * recordsMax
  for (let index = 1; index <= count; index++) outbox.tick({ channelId: tokenOf(1), link: { index, link: tokenOf(2) } })
  expect(messages.map(({ length }) => length)).toEqual([recordsMax * recordBytes, recordsMax * recordBytes])
  await new Promise((resolve) => setImmediate(resolve))
  expect([messages.at(-1)?.length, ticksOf(messages).length]).toEqual([recordBytes, count])
})

it('names channels anew where there are more than handles', () => {
  const { messages, outbox } = gather(true)
  const idOf = (number: number): string => {
    const bytes = Buffer.alloc(32)
    bytes.writeUInt32BE(number)
    return bytes.toString('base64url')
  }
  const order = [...Array.from({ length: handlesMax + 3 }, (_, number) => number), 0, 5, handlesMax + 2]
  const ticks = order.map((number) => ({ channelId: idOf(number), link: { index: number + 1, link: tokenOf(3) } }))
  for (const one of ticks) outbox.tick(one)
  outbox.flush()
  expect(ticksOf(messages)).toEqual(ticks)
})

it('leaves to a line what no record can say, so that it is refused as a line', () => {
  const { messages, outbox } = gather(true)
  const wrong = [
    { index: 0, link: tokenOf(1) },
    { index: -1, link: tokenOf(1) },
    { index: 1.5, link: tokenOf(1) },
    { index: 2 ** 48, link: tokenOf(1) },
    { index: 1, link: 'AAAA' },
    { index: 1, link: `${tokenOf(1)}AAAA` },
    { index: 1, link: '*'.repeat(43) },
  ]
  for (const one of wrong) outbox.tick({ channelId: tokenOf(1), link: one })
  outbox.flush()
  expect(messages).toEqual([wrong.map((one) => `${JSON.stringify({ channelId: tokenOf(1), link: one })}\n`).join('')])
})
