/** The bytes of a record, at their bounds: what a stream reads and what a client writes are the same numbers in the same places. */
import { describe, expect, it } from 'vitest'
import {
  handleAt,
  handlesMax,
  indexAt,
  indexMax,
  isRecords,
  linkAt,
  recordBytes,
  recordProtocol,
  recordsMax,
  writeRecordHead,
} from '../../../../reference/core/clearing/index.ts'

describe('a record', () => {
  it.each([
    [0, 0, '0000000000000000'],
    [1, 1, '0001000000000001'],
    [258, 0x030405060708, '0102030405060708'],
    [handlesMax - 1, 2 ** 32, '3fff000100000000'],
    [handlesMax - 1, 2 ** 32 - 1, '3fff0000ffffffff'],
    [65_535, indexMax, 'ffffffffffffffff'],
  ])('says handle %i and index %i as %s', (handle, index, bytes) => {
    const message = Buffer.alloc(2 * recordBytes, 0xaa)
    writeRecordHead(message, recordBytes, handle, index)
    const before = 'aa'.repeat(recordBytes)
    expect(message.toString('hex')).toBe(before + bytes + 'aa'.repeat(32))
    expect([handleAt(message, recordBytes), indexAt(message, recordBytes)]).toEqual([handle, index])
  })

  it('ends with 32 bytes of a link or a channel', () => {
    expect([linkAt(0), linkAt(recordBytes)]).toEqual([8, 48])
    expect(recordBytes - linkAt(0)).toBe(32)
  })

  it.each([
    [0, false],
    [recordBytes - 1, false],
    [recordBytes, true],
    [recordBytes + 1, false],
    [2 * recordBytes, true],
    [recordsMax * recordBytes, true],
    [(recordsMax + 1) * recordBytes, false],
  ])('is whole in a message of %i bytes: %s', (length, whole) => {
    expect(isRecords(new Uint8Array(length))).toBe(whole)
  })

  it('has the bounds of the specification', () => {
    expect([recordProtocol, recordBytes, recordsMax, handlesMax, indexMax]).toEqual([
      'amp-ticks.2026-11-20',
      40,
      1_638,
      16_384,
      281_474_976_710_655,
    ])
  })
})
