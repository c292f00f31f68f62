/** Records of a stream: each as good as its line, whatever they are mixed with, and nothing that is none is taken or survived. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../../reference/clearing/audit.ts'
import type { ClearingContext } from '../../../reference/clearing/context.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { RecordReader } from '../../../reference/clearing/record-reader.ts'
import { TickStream } from '../../../reference/clearing/tick-stream.ts'
import {
  handleAt,
  handlesMax,
  indexAt,
  indexMax,
  linkAt,
  recordBytes,
  recordsMax,
  writeRecordHead,
} from '../../../reference/core/clearing/index.ts'
import { admitAll, type Opened, open, start } from './house.ts'

const vectors = JSON.parse(readFileSync(new URL('record-vectors.json', import.meta.url), 'utf8'))
/** Schedules to try out: AMP_SCHEDULES=10000 for a long look. */
const schedules = Number(process.env.AMP_SCHEDULES ?? 200)

const recordOf = (handle: number, index: number, bytes: Uint8Array): Buffer => {
  const record = Buffer.alloc(recordBytes)
  writeRecordHead(record, 0, handle, index)
  record.set(bytes, linkAt(0))
  return record
}

let engine: ClearingEngine
beforeAll(async () => {
  engine = await openBooks('sqlite::memory:', () => start, { delayMsMax: 1 })
  await admitAll(engine, ['payer', 'payee', 'other'])
})
afterAll(async () => {
  expect(await audit(engine.database)).toEqual([])
  await engine.database.destroy()
})

/** A stream of the payer and what it was answered. */
const streamOf = (by = 'payer') => {
  const lines: Record<string, unknown>[] = []
  let lineIds = 0
  const world = { deviation: {}, id: (prefix: string) => `${prefix}-${lineIds++}` }
  const stream = new TickStream({ engine, world } as unknown as ClearingContext, by, {
    send: (text) =>
      void lines.push(
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    unread: () => 0,
    drained: () => Promise.resolve(),
  })
  const codes = () => lines.flatMap(({ problem }) => (problem ? [(problem as { code: string }).code] : [])).sort()
  return { lines, codes, stream, records: new RecordReader(stream, world) }
}

describe('the bytes of a record', () => {
  it('hold what was written', () => {
    const wanted = fc.record({
      handle: fc.nat({ max: 65_535 }),
      index: fc.oneof(fc.nat(), fc.integer({ min: 0, max: indexMax })),
      bytes: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    })
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 1, maxLength: 20 }), (rows) => {
        const message = Buffer.concat(rows.map(({ handle, index, bytes }) => recordOf(handle, index, bytes)))
        const read = rows.map((_, row) => {
          const at = row * recordBytes
          const bytes = new Uint8Array(message.subarray(linkAt(at), at + recordBytes))
          return { handle: handleAt(message, at), index: indexAt(message, at), bytes }
        })
        expect(read).toEqual(rows)
      }),
    )
  })

  it.each(vectors.read as { name: string; record: string; handle: number; index: number; bytes: string }[])(
    'say: $name',
    ({ record, handle, index, bytes }) => {
      const raw = Buffer.from(record, 'hex')
      expect([handleAt(raw, 0), indexAt(raw, 0), raw.subarray(linkAt(0)).toString('hex')]).toEqual([
        handle,
        index,
        bytes,
      ])
      expect(recordOf(handle, index, Buffer.from(bytes, 'hex')).toString('hex')).toBe(record)
    },
  )
})

describe('a message', () => {
  it.each(vectors.refused as { bug: string; message: string; code: string; repeated?: number }[])(
    'is refused: $bug',
    async ({ message, code, repeated = 1 }) => {
      const { records, codes } = streamOf()
      expect(await records.take(Buffer.from(message.repeat(repeated), 'hex'))).toBe(false)
      expect(codes()).toEqual([code])
    },
  )

  it('of any bytes is taken or refused by name, and never thrown over', async () => {
    const { live } = await open(engine, { word: 'fuzz', profile: 'hash-chain', length: 50 })
    const known = fc.nat({ max: 3 }).map((handle) => recordOf(handle, 0, live.idBytes))
    const any = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    const low = fc
      .tuple(fc.nat({ max: 5 }), fc.nat({ max: 60 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map(([handle, index, bytes]) => recordOf(handle, index, bytes))
    const parts = fc.array(fc.oneof(known, low, any), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(parts, async (message) => {
        const { records, codes, lines } = streamOf()
        const taken = await records.take(Buffer.concat(message))
        await engine.idle()
        const fatal = codes().filter((code) => code.startsWith('tick-'))
        expect(fatal).toHaveLength(taken ? 0 : 1)
        expect(lines.every(({ authorised }) => authorised === undefined || authorised === '0')).toBe(true)
      }),
      { numRuns: schedules },
    )
    expect(live.state.authorised).toBe(0n)
  })

  it('of the largest size is taken whole, and handles are bounded', async () => {
    const { live, chain } = await open(engine, { word: 'large', profile: 'hash-chain', length: recordsMax })
    const { records, codes, lines } = streamOf()
    const rows = Array.from({ length: recordsMax - 1 }, (_, at) => recordOf(handlesMax - 1, at + 1, chain.link(at + 1)))
    expect(await records.take(Buffer.concat([recordOf(handlesMax - 1, 0, live.idBytes), ...rows]))).toBe(true)
    await engine.idle()
    expect([codes(), lines.at(-1)?.authorised]).toEqual([[], String(recordsMax - 1)])
    expect(await records.take(recordOf(handlesMax, 0, live.idBytes))).toBe(false)
    expect(codes()).toEqual(['tick-records-malformed'])
  })
})

/** What a schedule does: names channels by handles, ticks by them, tears a message. Numbers are relative to what is taken. */
type Move =
  | { readonly do: 'name'; readonly handle: number; readonly channel: number }
  | { readonly do: 'link'; readonly handle: number; readonly ahead: number; readonly forged: boolean }

const handle = fc.nat({ max: 4 })
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('link' as const),
      handle: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 2 }) }, handle),
      ahead: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -2, max: 4 }) }, fc.constantFrom(1_025, 2_000_000)),
      forged: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('name' as const), handle, channel: fc.nat({ max: 3 }) }) },
)
const message = fc.record({
  moves: fc.array(move, { minLength: 1, maxLength: 12 }),
  torn: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
})

/** A channel and how far the model thinks it is. The last of a set belongs to others. */
type Modelled = Opened & { index: number; readonly foreign: boolean }

const length = 300_000
const setOf = async (word: string): Promise<readonly Modelled[]> => {
  const channels: Modelled[] = []
  for (const payer of ['payer', 'payer', 'other']) {
    const wish = { payer, word: `${word} ${channels.length}`, profile: 'hash-chain' as const, length }
    channels.push({ ...(await open(engine, wish)), index: 3, foreign: payer !== 'payer' })
  }
  for (const { live, chain, foreign } of channels)
    if (!foreign) engine.offerLink(live, 3, chain.link(3), 0, 'payer', { durable() {}, stale() {}, refused() {} })
  await engine.idle()
  return channels
}

const nobody = Buffer.alloc(32, 7)

/** What has to become of a link, by the words of the specification. */
const fateOf = (of: Modelled | undefined, index: number, forged: boolean): string | undefined => {
  if (!of || of.foreign) return 'channel-unknown'
  if (index < of.index) return undefined
  if (index === of.index) return forged ? 'chain-link-wrong' : undefined
  if (index > length) return 'chain-exhausted'
  if (index - of.index > 1_024) return 'chain-skip-too-long'
  if (forged) return 'chain-link-wrong'
  of.index = index
  return undefined
}

it('any schedule of records comes to what the model says, and to what the same ticks come to in lines', async () => {
  const sets = { records: await setOf('records'), lines: await setOf('lines') }
  const linkOf = ({ chain }: Modelled, index: number, forged: boolean): Buffer => {
    const link = Buffer.from(chain.link(Math.min(index, length)))
    if (forged) link[31] = (link[31] as number) ^ 1
    return link
  }
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), async (script) => {
      const [recorded, lined] = [streamOf(), streamOf()]
      const handles = new Map<number, number>()
      const wanted: string[] = []
      let ended = false
      for (const { moves, torn } of script) {
        if (ended) break
        const rows: Buffer[] = []
        const lines: Buffer[] = []
        for (const one of moves) {
          if (one.do === 'name') {
            if (!torn && !ended) handles.set(one.handle, one.channel)
            rows.push(recordOf(one.handle, 0, sets.records[one.channel]?.live.idBytes ?? nobody))
            continue
          }
          const channel = handles.get(one.handle)
          const [of, twin] = [sets.records[channel ?? 0], sets.lines[channel ?? 0]]
          const index = Math.max(1, (of?.index ?? 1) + one.ahead)
          rows.push(recordOf(one.handle, index, of ? linkOf(of, index, one.forged) : nobody))
          if (torn || ended) continue
          if (channel === undefined) {
            wanted.push('tick-handle-unknown')
            ended = true
            continue
          }
          const fate = fateOf(of, index, one.forged)
          if (fate) wanted.push(fate)
          const channelId = twin?.live.id ?? nobody.toString('base64url')
          const link = (twin ? linkOf(twin, index, one.forged) : nobody).toString('base64url')
          lines.push(Buffer.from(JSON.stringify({ channelId, link: { index, link } })))
        }
        if (torn) wanted.push('tick-records-malformed')
        ended ||= torn
        const whole = Buffer.concat(rows)
        expect(await recorded.records.take(torn ? whole.subarray(0, -7) : whole)).toBe(!ended)
        expect(await lined.stream.lines(lines)).toBe(true)
      }
      await engine.idle()
      expect(recorded.codes()).toEqual(wanted.sort())
      expect(lined.codes()).toEqual(wanted.filter((code) => !code.startsWith('tick-')))
      for (const set of [sets.records, sets.lines])
        for (const [at, { live, foreign }] of set.entries())
          expect(live.state.authorised).toBe(BigInt(foreign ? 0 : (sets.records[at] as Modelled).index))
    }),
    { numRuns: schedules },
  )
})
