/** Netting to the last unit: legs and what is carried, sums beyond what a double holds, and chains that refuse what is none. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ChainCursor, HashChain } from '../../../../reference/core/clearing/chain.ts'
import { fromMinor, microToMajor, ratioOf } from '../../../../reference/core/clearing/micro.ts'
import { net, partOf, settlePosition } from '../../../../reference/core/clearing/netting.ts'

const at = (payer: string, payee: string, amount: bigint) => ({ payer, payee, amount })

describe('a position', () => {
  it.each<[bigint, bigint, bigint, bigint, 'collect' | 'pay' | undefined]>([
    [25_000n, 0n, 2n, 5_000n, 'pay'],
    [20_000n, 0n, 2n, 0n, 'pay'],
    [9_999n, 0n, 0n, 9_999n, undefined],
    [9_999n, 1n, 1n, 0n, 'pay'],
    [0n, 0n, 0n, 0n, undefined],
    [-1n, 0n, 1n, 9_999n, 'collect'],
    [-1n, 1n, 0n, 0n, undefined],
    [-10_000n, 0n, 1n, 0n, 'collect'],
    [-10_001n, 0n, 2n, 9_999n, 'collect'],
    [-20_000n, 5_000n, 2n, 5_000n, 'collect'],
  ])(
    'of %s with %s carried in is a leg of %s, and %s carried on',
    (position, carriedIn, minor, carriedOut, direction) => {
      expect(settlePosition('p', position, carriedIn, 'USD', 6)).toEqual({
        net: position + carriedIn,
        carriedOut,
        leg: direction && { participantId: 'p', direction, minor },
      })
    },
  )

  it('is exact beyond what a double holds, in one amount and in many', () => {
    const most = 2n ** 62n
    const half = 2n ** 52n
    for (const amount of [half - 1n, half, half + 1n, most, most - 1n]) {
      expect(Object.fromEntries(net([at('a', 'b', amount)]))).toEqual({ a: -amount, b: amount })
      const many = [
        at('a', 'b', amount),
        at('a', 'b', 1n),
        at('c', 'b', amount),
        at('a', 'b', amount),
        at('b', 'c', 3n),
      ]
      expect(Object.fromEntries(net(many))).toEqual({
        ...{ a: -2n * amount - 1n, b: 3n * amount - 2n, c: 3n - amount },
      })
    }
    const odd = Array.from({ length: 5 }, () => at('a', 'b', half - 1n))
    expect(Object.fromEntries(net([...odd, at('a', 'b', 1n)]))).toEqual({ a: -5n * half + 4n, b: 5n * half - 4n })
  })

  it('is kept by one node of so many, decided by its payer', () => {
    const of = (payer: string, parts: number) => createHash('sha256').update(payer).digest().readUIntBE(0, 6) % parts
    for (const payer of ['a', 'b', 'agent-1'])
      for (const parts of [1, 2, 7]) expect(partOf(payer, parts)).toBe(of(payer, parts))
  })
})

describe('units', () => {
  it('are so many to a minor unit, or the other way round', () => {
    expect(ratioOf('USD', 6)).toEqual({ units: 10_000n, minors: 1n })
    expect(ratioOf('USD', 2)).toEqual({ units: 1n, minors: 1n })
    expect(ratioOf('USD', 0)).toEqual({ units: 1n, minors: 100n })
    expect(ratioOf('JPY', 1)).toEqual({ units: 10n, minors: 1n })
    expect(() => ratioOf('XYZ', 2)).toThrow(new RangeError('XYZ is no active ISO 4217 currency'))
  })

  it('are made of minor units where nothing is left over', () => {
    expect(fromMinor(3n, 'USD', 6)).toEqual({ ok: true, value: 30_000n })
    expect(fromMinor(300n, 'USD', 0)).toEqual({ ok: true, value: 3n })
    expect(fromMinor(301n, 'USD', 0)).toEqual({ ok: false, refusal: { code: 'micro-amount-fractional' } })
  })

  it.each<[bigint, number, string]>([
    [1n, 6, '0.000001'],
    [0n, 2, '0.00'],
    [-1n, 2, '-0.01'],
    [123n, 0, '123'],
    [-123n, 1, '-12.3'],
  ])('%s at scale %s are %s for people', (value, scale, text) => {
    expect(microToMajor({ value, scale })).toBe(text)
  })
})

describe('a chain', () => {
  const bytes = (text: string): Buffer => createHash('sha256').update(text).digest()
  const none = new RangeError('a chain takes 32 bytes of seed, 32 of channel and a length from 1')

  it.each<[string, Uint8Array, Uint8Array, number]>([
    ['a short seed', bytes('s').subarray(1), bytes('c'), 1],
    ['a short channel', bytes('s'), bytes('c').subarray(1), 1],
    ['no length', bytes('s'), bytes('c'), 0],
    ['a fraction of a length', bytes('s'), bytes('c'), 1.5],
  ])('is not made of %s', (_, seed, channel, length) => {
    expect(() => new HashChain(seed, channel, length)).toThrow(none)
  })

  it.each([1, 2, 3, 4, 15, 16, 17])('of %i links has each of them, in any order, and no other', (length) => {
    const chain = new HashChain(bytes('s'), bytes('c'), length)
    const expected: Buffer[] = [bytes('s')]
    for (let index = 0; index < length; index++)
      expected.unshift(
        createHash('sha256')
          .update(expected[0] as Buffer)
          .update(bytes('c').subarray(0, 16))
          .digest(),
      )
    const order = [...expected.keys()].sort((a, b) => ((a * 7) % 5) - ((b * 7) % 5))
    for (const index of order) expect(Buffer.from(chain.link(index))).toEqual(expected[index])
    for (const index of [-1, length + 1, 0.5]) expect(() => chain.link(index)).toThrow(new RangeError('no such link'))
    const cursor = new ChainCursor(bytes('c'), length, 0, chain.link(0))
    expect(cursor.advance(length + 1, chain.link(length))).toBe('exhausted')
    expect(cursor.advance(length, chain.link(length))).toBe('advanced')
    expect(cursor.advance(length, chain.link(length))).toBe('known')
    expect(Buffer.from(cursor.tip)).toEqual(expected[length])
  })

  it('is skipped from where its cursor stands', () => {
    const chain = new HashChain(bytes('s'), bytes('c'), 20)
    const cursor = new ChainCursor(bytes('c'), 20, 8, chain.link(8))
    expect(cursor.advance(13, chain.link(13), 0, 4)).toBe('skip-too-long')
    expect(cursor.advance(12, chain.link(12), 0, 4)).toBe('advanced')
  })
})
