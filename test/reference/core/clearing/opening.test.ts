/** How a channel begins, grows and ends by its clock, and how its amounts are written: rule by rule, each refusal by name. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type Channel,
  checkDescriptor,
  type Descriptor,
  fitsAnchor,
  isDue,
  microMax,
  microToMajor,
  type Opening,
  requestClose,
  scaleDefault,
  topUp,
  worthOf,
  writeMicro,
} from '../../../../reference/core/clearing/index.ts'

const { descriptor }: { descriptor: Descriptor } = JSON.parse(
  readFileSync(new URL('vectors.json', import.meta.url), 'utf8'),
)
const begins = Date.parse(descriptor.notBefore) / 1000
const ends = Date.parse(descriptor.notAfter) / 1000

const opening: Opening = {
  clearing: descriptor.clearing,
  network: descriptor.network,
  caller: { agentId: descriptor.payerAgentId, keyThumbprint: descriptor.payerKeyThumbprint },
  now: begins,
}

const channel: Channel = {
  profile: 'hash-chain',
  status: 'open',
  cap: 1_000n,
  authorised: 100n,
  delivered: 0n,
  notBefore: begins,
  notAfter: ends,
  graceSeconds: 60,
  voucher: undefined,
  anchor: undefined,
  linkIndex: 0,
  revokedAt: undefined,
  closesAt: undefined,
}

describe('a descriptor', () => {
  it('gives the terms of the channel where it fits who opens it, and where', () => {
    expect(checkDescriptor(descriptor, opening)).toEqual({
      ok: true,
      value: { cap: 5_000_000n, notBefore: begins, notAfter: ends },
    })
  })

  it.each([
    ['another version', { version: '1999-01-01' }, {}, 'channel-descriptor-mismatch', '/descriptor/version'],
    ['another network', { network: 'https://other.example' }, {}, 'channel-descriptor-mismatch', '/descriptor/network'],
    [
      'another clearing',
      { clearing: 'https://other.example' },
      {},
      'channel-descriptor-mismatch',
      '/descriptor/clearing',
    ],
    ['another payer', { payerAgentId: 'agent-other' }, {}, 'channel-descriptor-mismatch', '/descriptor/payerAgentId'],
    [
      'another key',
      { payerKeyThumbprint: 'x'.repeat(43) },
      {},
      'channel-descriptor-mismatch',
      '/descriptor/payerKeyThumbprint',
    ],
    [
      'a payer that pays itself',
      { payeeId: descriptor.payerAgentId },
      {},
      'channel-descriptor-mismatch',
      '/descriptor/payeeId',
    ],
    [
      'an end before its beginning',
      { notAfter: descriptor.notBefore },
      {},
      'channel-descriptor-mismatch',
      '/descriptor/notAfter',
    ],
    ['a signer key that is none', { signerKey: 'AAAA' }, {}, 'signer-key-invalid', '/descriptor/signerKey'],
    ['no cap', { cap: '0' }, {}, 'micro-amount-zero', '/descriptor/cap'],
    ['an end in the past', {}, { now: ends }, 'channel-expired', '/descriptor/notAfter'],
  ] as const)('is refused with %s', (_, change, at, code, field) => {
    const refused = checkDescriptor({ ...descriptor, ...change } as Descriptor, { ...opening, ...at })
    expect(refused).toMatchObject({ ok: false, refusal: { code, field } })
  })
})

describe('a channel', () => {
  const anchor = {
    channelId: new Uint8Array(32),
    anchor: new Uint8Array(32),
    unitPrice: 2n,
    base: 100n,
    length: 10n,
    expiresAt: 0n,
  }

  it('takes an anchor that starts at what was authorised, is worth something and cannot overflow', () => {
    expect(fitsAnchor(channel, anchor)).toBe(true)
    expect(worthOf(anchor, 10)).toBe(120n)
    for (const wrong of [{ base: 99n }, { unitPrice: 0n }, { length: 0n }, { length: microMax }])
      expect(fitsAnchor(channel, { ...anchor, ...wrong })).toBe(false)
    expect(fitsAnchor({ ...channel, profile: 'voucher' }, anchor)).toBe(false)
  })

  it('is topped up while it is open, before its beginning too, and never past the largest amount', () => {
    expect(topUp(channel, 5n, begins - 10)).toMatchObject({ ok: true, value: { cap: 1_005n } })
    expect(topUp(channel, microMax, begins)).toMatchObject({ refusal: { code: 'micro-amount-overflow' } })
    expect(topUp(requestClose(channel, 'payee', begins), 5n, begins)).toMatchObject({
      refusal: { code: 'channel-closed' },
    })
    expect(topUp(requestClose(channel, 'payer', begins), 5n, begins)).toMatchObject({
      refusal: { code: 'channel-closing' },
    })
  })

  it('is due when its time and the grace are over, and not a second before', () => {
    expect([isDue(channel, ends + 59), isDue(channel, ends + 60)]).toEqual([false, true])
    const closing = requestClose(channel, 'payer', begins)
    expect([isDue(closing, begins + 59), isDue(closing, begins + 60)]).toEqual([false, true])
    expect(isDue(requestClose(channel, 'payee', begins), ends + 60)).toBe(false)
  })
})

describe('a micro amount', () => {
  it('is written in whole units, and shown in major units digit by digit', () => {
    expect(writeMicro({ currency: 'USD', scale: scaleDefault, value: 1n })).toEqual({
      currency: 'USD',
      scale: 6,
      value: '1',
    })
    expect(() => writeMicro({ currency: 'USD', scale: 6, value: -1n })).toThrow(RangeError)
    const shown = [1n, 1_234_567n, -5n].map((value) => microToMajor({ scale: 6, value }))
    expect(shown).toEqual(['0.000001', '1.234567', '-0.000005'])
    expect(microToMajor({ scale: 0, value: 7n })).toBe('7')
  })
})
