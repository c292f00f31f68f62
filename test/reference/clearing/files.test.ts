/** Files of cycles: CSV and ISO 20022 that read back to the positions and legs they were written from, in any currency. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fileOf } from '../../../reference/clearing/files.ts'
import { exponentOf } from '../../../reference/core/index.ts'
import { isMessage, type Message, validate } from '../../../schemas/index.ts'

type Cycle = Message<'extensions/clearing/cycle'>

const cycles: fc.Arbitrary<Cycle> = fc
  .record({
    currency: fc.constantFrom('JPY', 'USD', 'KWD'),
    rows: fc.array(
      fc.record({
        id: fc.stringMatching(/^agent-[A-Za-z0-9._:-]{1,100}$/),
        minor: fc.bigInt({ min: 1n, max: 10n ** 17n }),
        direction: fc.constantFrom('pay' as const, 'collect' as const),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ currency, rows }) => ({
    cycleId: `7-${currency}-6`,
    currency,
    scale: 6,
    status: 'closed' as const,
    cutOffAt: '2026-11-20T10:00:00Z',
    positions: rows.map(({ id, minor }) => ({
      participantId: id,
      received: minor.toString(),
      paid: '0',
      carriedIn: '0',
      net: minor.toString(),
      carriedOut: '0',
    })),
    legs: rows.map(({ id, minor, direction }, at) => ({
      legId: `leg-7-${at}`,
      participantId: id,
      direction,
      amount: { currency, value: minor.toString() },
      status: 'pending' as const,
      attempts: 0,
    })),
  }))

/** Elements of a small XML document as a tree; one name twice is a list. */
const parseXml = (text: string): Record<string, unknown> => {
  const tags = [...text.replace(/^<\?.*\?>/, '').matchAll(/<(\/?)([A-Za-z]+)((?: [A-Za-z]+="[^"]*")*)>([^<]*)/g)]
  const unescaped = (raw: string): string =>
    raw.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
  const stack: { name: string; node: Record<string, unknown>; text: string }[] = [{ name: '', node: {}, text: '' }]
  for (const [, closing, name = '', attributes = '', body = ''] of tags) {
    if (closing === '') {
      const node = Object.fromEntries(
        [...attributes.matchAll(/ ([A-Za-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
          `@${key}`,
          unescaped(value),
        ]),
      )
      stack.push({ name, node, text: body.trim() })
      continue
    }
    const { node, text: own } = stack.pop() as (typeof stack)[number]
    const value =
      Object.keys(node).length === 0 ? unescaped(own) : own === '' ? node : { ...node, '#text': unescaped(own) }
    const parent = (stack.at(-1) as (typeof stack)[number]).node
    const known = parent[name]
    parent[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]
  }
  return (stack[0] as (typeof stack)[number]).node
}

const minorOf = (text: string, currency: string): bigint => {
  const [whole = '', fraction = ''] = text.split('.')
  expect(fraction.length).toBe(exponentOf(currency))
  return BigInt(whole + fraction)
}

it.each([
  ['pain.001', 'pay', 'CstmrCdtTrfInitn', 'CdtTrfTxInf', 'extensions/clearing/credit-transfers'],
  ['pain.008', 'collect', 'CstmrDrctDbtInitn', 'DrctDbtTxInf', 'extensions/clearing/direct-debits'],
] as const)(
  '%s reads back, against its schema, to every leg that goes its way',
  (format, direction, root, list, schema) => {
    fc.assert(
      fc.property(cycles, (cycle) => {
        const legs = cycle.legs.filter((leg) => leg.direction === direction)
        const file = fileOf(cycle, format, 'A & B <clearing>')
        if (legs.length === 0) {
          expect(file).toMatchObject({ refusal: { code: 'settlement-leg-unknown' } })
          return
        }
        if (!file.ok) throw new Error(file.refusal.code)
        expect(isMessage('extensions/clearing/cycle-file', file.value)).toBe(true)
        const { Document } = parseXml(file.value.content) as { Document: Record<string, Record<string, never>> }
        const { '@xmlns': namespace, ...tree } = Document
        expect(String(namespace)).toContain(format)
        const { GrpHdr, PmtInf } = tree[root] as unknown as {
          GrpHdr: Record<string, string>
          PmtInf: Record<string, unknown>
        }
        const found = [PmtInf[list]].flat() as {
          InstdAmt?: never
          Amt?: { InstdAmt: never }
          PmtId: { EndToEndId: string }
        }[]
        const listed = { ...tree, [root]: { GrpHdr, PmtInf: { ...PmtInf, [list]: found } } }
        expect(validate(schema, listed)).toEqual([])
        expect(GrpHdr.NbOfTxs).toBe(String(legs.length))
        const total = legs.reduce((sum, { amount }) => sum + BigInt(amount.value), 0n)
        expect(minorOf(GrpHdr.CtrlSum ?? '', cycle.currency)).toBe(total)
        const amounts = found.map(({ InstdAmt, Amt, PmtId }) => [
          PmtId.EndToEndId,
          minorOf((InstdAmt ?? Amt?.InstdAmt ?? { '#text': '' })['#text'], cycle.currency),
        ])
        expect(amounts).toEqual(legs.map(({ legId, amount }) => [legId, BigInt(amount.value)]))
      }),
    )
  },
)

it('CSV has a line for each participant, exact to the last digit', () => {
  fc.assert(
    fc.property(cycles, (cycle) => {
      const file = fileOf(cycle, 'csv', 'Clearing')
      if (!file.ok) throw new Error(file.refusal.code)
      const [header = '', ...lines] = file.value.content.trimEnd().split('\r\n')
      expect(lines).toHaveLength(cycle.positions.length)
      const column = header.split(',').indexOf('net')
      for (const [at, line] of lines.entries())
        expect(
          line
            .split(',')
            [column]?.replace('.', '')
            .replace(/^0+(?=\d)/, ''),
        ).toBe(cycle.positions[at]?.net)
    }),
  )
})
