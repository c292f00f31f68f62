/** A channel at its bounds: which side may act until which second, what a voucher, a link, a delivery and a top-up come to, unit by unit. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ChainCursor, HashChain, skipMax } from '../../../../reference/core/clearing/chain.ts'
import {
  type Channel,
  closingTime,
  contradicts,
  deliver,
  fitsAnchor,
  isDue,
  judgeVoucher,
  lastCovered,
  requestClose,
  revoke,
  type SignedAnchor,
  type SignedVoucher,
  sameChain,
  takeLink,
  takeVoucher,
  topUp,
  whyNoTick,
  worthOf,
} from '../../../../reference/core/clearing/channel.ts'
import { microMax, readMicro, readUnits, writeMicro } from '../../../../reference/core/clearing/micro.ts'
import type { Outcome } from '../../../../reference/core/outcome.ts'

const notBefore = 1_000
const notAfter = 2_000
const grace = 100
const bytes = (text: string): Buffer => createHash('sha256').update(text).digest()
const codeOf = (outcome: Outcome<unknown>): unknown => (outcome.ok ? outcome.value : outcome.refusal.code)

const open: Channel = {
  ...{ profile: 'voucher', status: 'open', cap: 1_000n, authorised: 400n, delivered: 300n },
  ...{ notBefore, notAfter, graceSeconds: grace, voucher: undefined, anchor: undefined },
  ...{ linkIndex: 0, revokedAt: undefined, closesAt: undefined },
}
const closing = requestClose(open, 'payer', 1_500)
const revoked = revoke(open, 1_500)
const closed = requestClose(open, 'payee', 1_500)

describe('a tick', () => {
  it.each<[string, Channel, number, unknown, unknown]>([
    ['before its time', open, notBefore - 1, 'channel-not-started', 'channel-not-started'],
    ['in its first second', open, notBefore, undefined, undefined],
    ['in its last second', open, notAfter - 1, undefined, undefined],
    ['at its end', open, notAfter, 'channel-expired', undefined],
    ['in the last second of its grace', open, notAfter + grace - 1, 'channel-expired', undefined],
    ['after its grace', open, notAfter + grace, 'channel-expired', 'channel-expired'],
    ['while it closes', closing, 1_500, 'channel-closing', undefined],
    ['in the last second of closing', closing, 1_599, 'channel-closing', undefined],
    ['after closing', closing, 1_600, 'channel-closing', 'channel-closing'],
    ['after a revocation', revoked, 1_500, 'mandate-revoked', undefined],
    ['in the last second after a revocation', revoked, 1_599, 'mandate-revoked', undefined],
    ['after the grace of a revocation', revoked, 1_600, 'mandate-revoked', 'mandate-revoked'],
    ['of a closed channel', closed, 1_500, 'channel-closed', 'channel-closed'],
    ['of a closed channel before its time', closed, notBefore - 1, 'channel-closed', 'channel-closed'],
    ['of a revoked channel that is open still', { ...open, revokedAt: 1_500 }, 1_500, 'mandate-revoked', undefined],
  ])('%s', (_, channel, now, payer, payee) => {
    expect(whyNoTick(channel, 'payer', now)?.code).toBe(payer)
    expect(whyNoTick(channel, 'payee', now)?.code).toBe(payee)
  })
})

describe('an end', () => {
  it('by the payer comes after the grace, by the payee at once, and neither undoes one before', () => {
    expect(closing).toEqual({ ...open, status: 'closing', closesAt: 1_600 })
    expect(closed).toEqual({ ...open, status: 'closed' })
    expect(requestClose(closing, 'payer', 1_550)).toBe(closing)
    expect(requestClose(closing, 'payee', 1_550)).toEqual({ ...closing, status: 'closed' })
    expect(requestClose(closed, 'payer', 1_550)).toBe(closed)
    expect(requestClose(closed, 'payee', 1_550)).toBe(closed)
    expect(requestClose(open, 'payer', 2_050).closesAt).toBe(notAfter + grace)
  })

  it('of the mandate is the first that is told, and never later than a closing under way', () => {
    expect(revoked).toEqual({ ...open, status: 'closing', revokedAt: 1_500, closesAt: 1_600 })
    expect(revoke(revoked, 1_550)).toBe(revoked)
    expect(revoke(closed, 1_550)).toBe(closed)
    expect(revoke(closing, 1_550)).toMatchObject({ revokedAt: 1_550, closesAt: 1_600 })
    expect(revoke(open, 2_050).closesAt).toBe(notAfter + grace)
  })

  it('is due to the second', () => {
    expect([closingTime(open), closingTime(closing)]).toEqual([notAfter + grace, 1_600])
    expect([isDue(open, notAfter + grace - 1), isDue(open, notAfter + grace)]).toEqual([false, true])
    expect([isDue(closing, 1_599), isDue(closing, 1_600), isDue(closed, 9_999)]).toEqual([false, true, false])
  })
})

const voucher: SignedVoucher = {
  ...{ channelId: bytes('channel'), cumulative: 400n, sequence: 7n, expiresAt: 0n },
  ...{ contextHash: bytes('context'), signature: bytes('signature') },
}
const ticked = takeVoucher(open, voucher)

describe('a voucher', () => {
  it.each<[string, Partial<SignedVoucher>, unknown]>([
    ['the same', {}, 'unchanged'],
    ['of nothing', { cumulative: 0n }, 'micro-amount-zero'],
    ['one unit less', { cumulative: 399n, sequence: 8n }, 'corrected'],
    ['one unit less that is over', { cumulative: 399n, expiresAt: 1n }, 'corrected'],
    ['one unit more', { cumulative: 401n, sequence: 8n }, 'newer'],
    ['up to the cap', { cumulative: 1_000n, sequence: 8n }, 'newer'],
    ['one unit above the cap', { cumulative: 1_001n, sequence: 8n }, 'channel-cap-exceeded'],
    ['more under the same sequence', { cumulative: 401n }, 'voucher-conflict'],
    ['more under an earlier sequence', { cumulative: 401n, sequence: 6n }, 'voucher-conflict'],
    ['as much under a later sequence', { sequence: 8n }, 'voucher-conflict'],
    ['as much for another reason', { contextHash: bytes('other') }, 'voucher-conflict'],
    ['as much with another signature', { signature: bytes('other') }, 'voucher-conflict'],
    ['as much with another end', { expiresAt: 1_501n }, 'voucher-conflict'],
    ['over now', { cumulative: 401n, sequence: 8n, expiresAt: 1_500n }, 'voucher-expired'],
    ['over in a second', { cumulative: 401n, sequence: 8n, expiresAt: 1_501n }, 'newer'],
  ])('%s', (_, change, standing) => {
    expect(codeOf(judgeVoucher(ticked, { ...voucher, ...change }, 1_500))).toBe(standing)
  })

  it('is taken whole, and the first is held to nothing', () => {
    expect(ticked).toEqual({ ...open, authorised: 400n, voucher })
    expect(codeOf(judgeVoucher(open, { ...voucher, sequence: 0n }, 1_500))).toBe('newer')
    expect(codeOf(judgeVoucher({ ...open, profile: 'hash-chain' }, voucher, 1_500))).toBe('profile-mismatch')
  })

  it.each<[Partial<SignedVoucher>, boolean]>([
    [{}, false],
    [{ signature: bytes('other') }, true],
    [{ cumulative: 399n, sequence: 6n }, false],
    [{ cumulative: 399n, sequence: 7n }, true],
    [{ cumulative: 399n, sequence: 8n }, true],
    [{ sequence: 6n }, true],
  ])('that differs by %o contradicts a newest: %s', (change, does) => {
    expect(contradicts({ ...voucher, ...change }, voucher)).toBe(does)
  })
})

const anchor: SignedAnchor = {
  ...{ channelId: bytes('channel'), anchor: bytes('anchor'), unitPrice: 10n, base: 400n, length: 100n },
  ...{ expiresAt: 0n, signature: bytes('signature') },
}

describe('an anchor', () => {
  const chained: Channel = { ...open, profile: 'hash-chain' }

  it.each<[string, Partial<SignedAnchor>, boolean]>([
    ['for what was authorised', {}, true],
    ['for one unit less', { base: 399n }, false],
    ['worth nothing', { unitPrice: 0n }, false],
    ['of no length', { length: 0n }, false],
    ['of length one', { length: 1n, unitPrice: 1n }, true],
    ['up to the most there is', { unitPrice: 1n, length: microMax - 400n }, true],
    ['one unit beyond', { unitPrice: 1n, length: microMax - 399n }, false],
  ])('%s fits or not', (_, change, fits) => {
    expect(fitsAnchor(chained, { ...anchor, ...change })).toBe(fits)
    expect(fitsAnchor(open, { ...anchor, ...change })).toBe(false)
  })

  it('is worth its base and so many units, as far as the cap covers', () => {
    expect([worthOf(anchor, 0), worthOf(anchor, 60)]).toEqual([400n, 1_000n])
    const covered = (cap: bigint) => lastCovered({ cap }, anchor)
    expect([399n, 400n, 409n, 410n, 1_399n, 1_400n, 9_999n].map(covered)).toEqual([0, 0, 0, 1, 99, 100, 100])
  })

  it('is of the same chain where all that its links are worth is the same', () => {
    expect(sameChain(anchor, anchor)).toBe(true)
    const renewed: SignedAnchor = { ...anchor, expiresAt: 1n, signature: bytes('other') }
    expect(sameChain(anchor, renewed)).toBe(true)
    for (const change of [{ base: 401n }, { unitPrice: 11n }, { length: 101n }, { anchor: bytes('other') }])
      expect(sameChain(anchor, { ...anchor, ...change })).toBe(false)
  })
})

describe('a link', () => {
  const id = bytes('channel')
  const chain = new HashChain(bytes('seed'), id, 3_000)
  const at = (index: number): Uint8Array => Uint8Array.from(chain.link(index))
  const own: SignedAnchor = { ...anchor, anchor: at(0), length: 3_000n, unitPrice: 1n }
  const channel: Channel = { ...open, profile: 'hash-chain', anchor: own, cap: 3_300n }
  const cursor = () => new ChainCursor(id, 3_000, 0, at(0))
  const taken = (index: number, link: Uint8Array, change: Partial<Channel> = {}, from = cursor()) =>
    codeOf(takeLink({ ...channel, ...change }, from, index, link, 1_500))

  it('is taken where it is one of the chain, within skip and cap', () => {
    expect(taken(1, at(1))).toBe('newer')
    expect(taken(skipMax, at(skipMax))).toBe('newer')
    expect(taken(skipMax + 1, at(skipMax + 1))).toBe('chain-skip-too-long')
    expect(taken(2, at(1))).toBe('chain-link-wrong')
    expect(taken(3_001, at(3_000))).toBe('chain-exhausted')
    expect(taken(100, at(100), { cap: 500n })).toBe('newer')
    expect(taken(101, at(101), { cap: 500n })).toBe('channel-cap-exceeded')
  })

  it('that is known already is told so, and one beside it is wrong', () => {
    const moved = cursor()
    expect(taken(5, at(5), {}, moved)).toBe('newer')
    expect(taken(5, at(5), {}, moved)).toBe('unchanged')
    expect(taken(5, at(4), {}, moved)).toBe('chain-link-wrong')
    expect(taken(4, at(4), {}, moved)).toBe('corrected')
    expect(taken(0, bytes('anything'))).toBe('unchanged')
  })

  it('is for its profile, under an anchor, before its end', () => {
    expect(taken(1, at(1), { profile: 'voucher' })).toBe('profile-mismatch')
    expect(taken(1, at(1), { anchor: undefined })).toBe('profile-mismatch')
    expect(taken(1, at(1), { anchor: { ...own, expiresAt: 1_500n } })).toBe('voucher-expired')
    expect(taken(1, at(1), { anchor: { ...own, expiresAt: 1_501n } })).toBe('newer')
  })

  it('that is refused moves nothing', () => {
    const still = cursor()
    taken(101, at(101), { cap: 500n }, still)
    taken(2, at(1), {}, still)
    expect(still.index).toBe(0)
  })
})

describe('a delivery', () => {
  it('goes up to what is authorised, never back, until the channel is closed', () => {
    expect(codeOf(deliver(open, 400n))).toEqual({ ...open, delivered: 400n })
    expect(codeOf(deliver(open, 401n))).toBe('delivered-exceeds-authorised')
    expect(codeOf(deliver(open, 300n))).toBe(open)
    expect(codeOf(deliver(open, 299n))).toBe(open)
    expect(codeOf(deliver(closing, 301n))).toMatchObject({ delivered: 301n })
    expect(codeOf(deliver(closed, 301n))).toBe('channel-closed')
  })
})

describe('a top-up', () => {
  it('raises the cap, before the channel begins as well, up to the most there is', () => {
    expect(codeOf(topUp(open, 1n, 1_500))).toEqual({ ...open, cap: 1_001n })
    expect(codeOf(topUp(open, 1n, notBefore - 1))).toMatchObject({ cap: 1_001n })
    expect(codeOf(topUp(open, microMax - 1_000n, 1_500))).toMatchObject({ cap: microMax })
    expect(codeOf(topUp(open, microMax - 999n, 1_500))).toBe('micro-amount-overflow')
    expect([codeOf(topUp(open, 1n, notAfter)), codeOf(topUp(closing, 1n, 1_500))]).toEqual([
      'channel-expired',
      'channel-closing',
    ])
  })
})

describe('a micro amount', () => {
  const wire = { currency: 'USD', scale: 6, value: '1' }

  it.each<[string, unknown]>([
    ['1', 1n],
    [microMax.toString(), microMax],
    [(microMax + 1n).toString(), 'micro-amount-overflow'],
    ['1'.repeat(20), 'micro-amount-overflow'],
    ['0', 'micro-amount-zero'],
    ['-1', 'micro-amount-negative'],
    ['1.5', 'micro-amount-fractional'],
    ['1.', 'micro-amount-fractional'],
    ['.5', 'micro-amount-malformed'],
    ['01', 'micro-amount-malformed'],
    ['1x', 'micro-amount-malformed'],
    ['x1', 'micro-amount-malformed'],
    ['x-1', 'micro-amount-malformed'],
    ['-', 'micro-amount-malformed'],
    ['', 'micro-amount-malformed'],
  ])('%s is read as %s', (text, read) => {
    expect(codeOf(readUnits(text))).toBe(read)
  })

  it.each<[object, unknown]>([
    [{}, { currency: 'USD', scale: 6, value: 1n }],
    [{ scale: 0 }, { currency: 'USD', scale: 0, value: 1n }],
    [{ scale: 18 }, { currency: 'USD', scale: 18, value: 1n }],
    [{ scale: 19 }, 'scale-mismatch'],
    [{ scale: -1 }, 'scale-mismatch'],
    [{ scale: 1.5 }, 'scale-mismatch'],
    [{ currency: 'XYZ' }, 'currency-mismatch'],
    [{ value: '0' }, 'micro-amount-zero'],
  ])('with %j comes to %o', (change, read) => {
    expect(codeOf(readMicro({ ...wire, ...change }))).toEqual(read)
  })

  it('is of the currency and the scale that are expected, and has no negative form', () => {
    expect(codeOf(readMicro(wire, { currency: 'EUR', scale: 6 }))).toBe('currency-mismatch')
    expect(codeOf(readMicro(wire, { currency: 'USD', scale: 5 }))).toBe('scale-mismatch')
    expect(writeMicro({ currency: 'USD', scale: 6, value: 0n })).toEqual({ currency: 'USD', scale: 6, value: '0' })
    expect(() => writeMicro({ currency: 'USD', scale: 6, value: -1n })).toThrow(
      new RangeError('a negative micro amount has no wire form'),
    )
  })
})
