/** The pure core of clearing: bytes, chains, amounts, channels and netting, by vectors that name their bug and by laws. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anchorPreimage,
  ChainCursor,
  type Channel,
  channelIdOf,
  deliver,
  fromMinor,
  HashChain,
  isSignedBy,
  judgeVoucher,
  mergePositions,
  microMax,
  net,
  ratioOf,
  readMicro,
  requestClose,
  revoke,
  settlePosition,
  signerKeyOf,
  takeLink,
  takeVoucher,
  toMinor,
  voucherPreimage,
  whyNoTick,
} from '../../../../reference/core/clearing/index.ts'

const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const channelId = bytes(vectors.channelId)
const key = signerKeyOf(bytes(vectors.signerKey))
if (!key) throw new Error('the vectors have no key')

const { voucher: v, anchor: a } = vectors
const voucher = {
  channelId,
  cumulative: BigInt(v.cumulative),
  sequence: BigInt(v.sequence),
  expiresAt: BigInt(v.expiresAt),
  contextHash: bytes(v.contextHash),
}

describe('what is signed', () => {
  it('is a descriptor as its hash, a voucher as 120 bytes and an anchor as 136', () => {
    expect(channelIdOf(vectors.descriptor).toString('hex')).toBe(vectors.channelId)
    expect(voucherPreimage(voucher).toString('hex')).toBe(v.preimage)
    const anchor = {
      channelId,
      anchor: bytes(a.link0),
      unitPrice: BigInt(a.unitPrice),
      base: BigInt(a.base),
      length: BigInt(a.length),
      expiresAt: BigInt(a.expiresAt),
    }
    expect(anchorPreimage(anchor).toString('hex')).toBe(a.preimage)
    expect(isSignedBy(key, bytes(v.preimage), bytes(v.signature))).toBe(true)
    expect(isSignedBy(key, bytes(a.preimage), bytes(a.signature))).toBe(true)
  })

  it.each(vectors.refused as { bug: string; signature: string }[])('refuses: $bug', ({ signature }) => {
    expect(isSignedBy(key, voucherPreimage(voucher), bytes(signature))).toBe(false)
  })

  it('changes the channel with every member of the descriptor', () => {
    for (const [member, value] of Object.entries(vectors.descriptor)) {
      const other = { ...vectors.descriptor, [member]: typeof value === 'number' ? value + 1 : `${value}x` }
      expect(channelIdOf(other).equals(channelId), member).toBe(false)
    }
  })

  it('takes no key of small order, nor one of another length', () => {
    expect(signerKeyOf(Buffer.alloc(32))).toBeUndefined()
    expect(signerKeyOf(Buffer.from(`01${'00'.repeat(31)}`, 'hex'))).toBeUndefined()
    expect(signerKeyOf(Buffer.alloc(31, 9))).toBeUndefined()
  })
})

describe('a chain', () => {
  it('is the one of the vectors, link by link', () => {
    const chain = new HashChain(bytes(vectors.chain.seed), channelId, vectors.chain.length)
    for (const [index, link] of Object.entries(vectors.chain.links))
      expect(Buffer.from(chain.link(Number(index))).toString('hex')).toBe(link)
  })

  it('hashes as node:crypto does', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 1, max: 40 }),
        (seed, id, length) => {
          const chain = new HashChain(seed, id, length)
          let link: Uint8Array = seed
          for (let index = length; index >= 0; index--) {
            expect(Buffer.from(chain.link(index)).equals(Buffer.from(link))).toBe(true)
            link = createHash('sha256').update(link).update(id.subarray(0, 16)).digest()
          }
        },
      ),
    )
  })

  it.each(vectors.links as { bug: string; anchor: string; index: number; link: string }[])(
    'refuses: $bug',
    ({ anchor, index, link }) => {
      const cursor = new ChainCursor(channelId, 1000, 0, bytes(anchor))
      expect(cursor.advance(index, bytes(link))).toBe('wrong')
      expect(cursor.index).toBe(0)
    },
  )

  it('may skip, but neither too far nor past its end', () => {
    const chain = new HashChain(bytes(vectors.chain.seed), channelId, 3_000)
    const cursor = new ChainCursor(channelId, 3_000, 0, chain.link(0))
    expect(cursor.advance(1_025, chain.link(1_025))).toBe('skip-too-long')
    expect(cursor.advance(1_024, chain.link(1_024))).toBe('advanced')
    expect(cursor.advance(1_000, chain.link(1_000))).toBe('known')
    expect(cursor.advance(3_001, chain.link(3_000))).toBe('exhausted')
    expect(cursor.index).toBe(1_024)
  })
})

describe('an amount', () => {
  it.each(['JPY', 'USD', 'KWD'])('of 1 micro to the largest survives the way there and back in %s', (currency) => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(1n, microMax), fc.bigInt({ min: 1n, max: microMax })),
        fc.integer({ min: 0, max: 18 }),
        (value, scale) => {
          expect(readMicro({ currency, scale, value: value.toString() })).toEqual({
            ok: true,
            value: { currency, scale, value },
          })
          const { units, minors } = ratioOf(currency, scale)
          for (const position of [value, -value]) {
            const { minor, remainder } = toMinor(position, currency, scale)
            expect((minor / minors) * units + remainder).toBe(position)
            expect(remainder >= 0n && remainder < units).toBe(true)
            expect(fromMinor(minor, currency, scale)).toEqual({ ok: true, value: position - remainder })
          }
        },
      ),
    )
  })

  it.each([
    ['-1', 'micro-amount-negative'],
    ['0', 'micro-amount-zero'],
    ['1.5', 'micro-amount-fractional'],
    ['1.', 'micro-amount-fractional'],
    ['12.5', 'micro-amount-fractional'],
    ['1.5x', 'micro-amount-malformed'],
    ['x1.5', 'micro-amount-malformed'],
    ['01', 'micro-amount-malformed'],
    ['+1', 'micro-amount-malformed'],
    ['1e3', 'micro-amount-malformed'],
    ['', 'micro-amount-malformed'],
    [(microMax + 1n).toString(), 'micro-amount-overflow'],
    ['9'.repeat(40), 'micro-amount-overflow'],
  ])('%s is refused as %s', (value, code) => {
    const read = readMicro({ currency: 'USD', scale: 6, value })
    expect(!read.ok && read.refusal.code).toBe(code)
  })

  it('is refused in another currency and at another scale', () => {
    const expected = { currency: 'USD', scale: 6 }
    const code = (currency: string, scale: number) => {
      const read = readMicro({ currency, scale, value: '1' }, expected)
      return !read.ok && read.refusal.code
    }
    expect(code('EUR', 6)).toBe('currency-mismatch')
    expect(code('XXX', 6)).toBe('currency-mismatch')
    expect(code('USD', 7)).toBe('scale-mismatch')
    expect(code('USD', 19)).toBe('scale-mismatch')
  })
})

const open: Channel = {
  profile: 'voucher',
  status: 'open',
  cap: 1_000n,
  authorised: 0n,
  delivered: 0n,
  notBefore: 100,
  notAfter: 1_000,
  graceSeconds: 50,
  voucher: undefined,
  anchor: undefined,
  linkIndex: 0,
  revokedAt: undefined,
  closesAt: undefined,
}
const signed = (cumulative: bigint, sequence: bigint, mark = 0) => ({
  channelId,
  cumulative,
  sequence,
  expiresAt: 0n,
  contextHash: new Uint8Array(32),
  signature: new Uint8Array(64).fill(mark),
})
const codeOf = (outcome: { ok: boolean; refusal?: { code: string } }) => outcome.refusal?.code

describe('a channel', () => {
  it('takes vouchers as their order says', () => {
    expect(codeOf(judgeVoucher(open, signed(0n, 7n), 200))).toBe('micro-amount-zero')
    const channel = takeVoucher(open, signed(500n, 5n))
    expect(judgeVoucher(channel, signed(500n, 5n), 200)).toEqual({ ok: true, value: 'unchanged' })
    expect(judgeVoucher(channel, signed(499n, 9n), 200)).toEqual({ ok: true, value: 'corrected' })
    expect(judgeVoucher(channel, signed(501n, 6n), 200)).toEqual({ ok: true, value: 'newer' })
    expect(codeOf(judgeVoucher(channel, signed(500n, 6n), 200))).toBe('voucher-conflict')
    expect(codeOf(judgeVoucher(channel, signed(500n, 5n, 1), 200))).toBe('voucher-conflict')
    expect(codeOf(judgeVoucher(channel, signed(501n, 5n), 200))).toBe('voucher-conflict')
    expect(codeOf(judgeVoucher(channel, signed(1_001n, 6n), 200))).toBe('channel-cap-exceeded')
    expect(codeOf(judgeVoucher(channel, { ...signed(501n, 6n), expiresAt: 200n }, 200))).toBe('voucher-expired')
    expect(codeOf(judgeVoucher({ ...channel, profile: 'hash-chain' }, signed(501n, 6n), 200))).toBe('profile-mismatch')
  })

  it('stops at every end, and lets only the payee redeem through the grace', () => {
    const why = (channel: Channel, side: 'payer' | 'payee', now: number) => whyNoTick(channel, side, now)?.code
    expect(why(open, 'payer', 99)).toBe('channel-not-started')
    expect(why(open, 'payer', 999)).toBeUndefined()
    expect(why(open, 'payer', 1_000)).toBe('channel-expired')
    expect(why(open, 'payee', 1_049)).toBeUndefined()
    expect(why(open, 'payee', 1_050)).toBe('channel-expired')
    const revoked = revoke(open, 300)
    expect(why(revoked, 'payer', 300)).toBe('mandate-revoked')
    expect(why(revoked, 'payee', 349)).toBeUndefined()
    expect(why(revoked, 'payee', 350)).toBe('mandate-revoked')
    const closing = requestClose(open, 'payer', 300)
    expect(closing).toMatchObject({ status: 'closing', closesAt: 350 })
    expect(why(closing, 'payer', 300)).toBe('channel-closing')
    expect(why(closing, 'payee', 349)).toBeUndefined()
    expect(why(requestClose(open, 'payee', 300), 'payee', 300)).toBe('channel-closed')
  })

  it('never delivers more than was authorised, nor less than before', () => {
    const channel = takeVoucher(open, signed(500n, 5n))
    expect(codeOf(deliver(channel, 501n))).toBe('delivered-exceeds-authorised')
    const delivered = deliver(channel, 400n)
    expect(delivered).toMatchObject({ ok: true, value: { delivered: 400n } })
    expect(delivered.ok && deliver(delivered.value, 300n)).toMatchObject({ ok: true, value: { delivered: 400n } })
  })

  it('takes links up to its cap', () => {
    const chain = new HashChain(bytes(vectors.chain.seed), channelId, 1000)
    const anchor = { ...signed(0n, 0n), anchor: chain.link(0), unitPrice: 300n, base: 0n, length: 1000n }
    const channel: Channel = { ...open, profile: 'hash-chain', anchor }
    const cursor = new ChainCursor(channelId, 1000, 0, chain.link(0))
    expect(takeLink(channel, cursor, 3, chain.link(3), 200)).toEqual({ ok: true, value: 'newer' })
    expect(codeOf(takeLink(channel, cursor, 4, chain.link(4), 200))).toBe('channel-cap-exceeded')
    expect(takeLink(channel, cursor, 3, chain.link(3), 200)).toEqual({ ok: true, value: 'unchanged' })
    expect(takeLink(channel, cursor, 2, chain.link(2), 200)).toEqual({ ok: true, value: 'corrected' })
    expect(
      codeOf(takeLink({ ...channel, anchor: { ...anchor, expiresAt: 200n } }, cursor, 4, chain.link(4), 200)),
    ).toBe('voucher-expired')
  })
})

const obligations = fc.array(
  fc.record({
    payer: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    payee: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    amount: fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 9n }), fc.bigInt({ min: 1n, max: microMax })),
  }),
  { maxLength: 60 },
)

describe('netting', () => {
  it('sums to zero and is what each obligation adds', () => {
    fc.assert(
      fc.property(obligations, (all) => {
        const positions = net(all)
        expect([...positions.values()].reduce((sum, value) => sum + value, 0n)).toBe(0n)
        const plain = new Map<string, bigint>()
        for (const { payer, payee, amount } of all) {
          plain.set(payer, (plain.get(payer) ?? 0n) - amount)
          plain.set(payee, (plain.get(payee) ?? 0n) + amount)
        }
        expect(positions).toEqual(plain)
      }),
    )
  })

  it('merges over nodes as if there were one', () => {
    fc.assert(
      fc.property(obligations, (all) => {
        const parts = [0, 1].map((node) => net(all.filter(({ payer }) => (payer.charCodeAt(0) & 1) === node)))
        const sorted = (map: ReadonlyMap<string, bigint>) => [...map].sort()
        expect(sorted(mergePositions(parts))).toEqual(sorted(net(all)))
      }),
    )
  })

  it('rounds nobody: what is collected covers what is paid, and every remainder stays', () => {
    fc.assert(
      fc.property(
        obligations,
        fc.constantFrom('JPY', 'USD', 'KWD'),
        fc.integer({ min: 0, max: 9 }),
        (all, currency, scale) => {
          const settled = [...net(all)].map(([id, position]) => settlePosition(id, position, 0n, currency, scale))
          const { units, minors } = ratioOf(currency, scale)
          const signedMinor = settled.reduce(
            (sum, { leg }) => sum + (leg ? (leg.direction === 'pay' ? leg.minor : -leg.minor) : 0n),
            0n,
          )
          const carried = settled.reduce((sum, { carriedOut }) => sum + carriedOut, 0n)
          expect(signedMinor <= 0n).toBe(true)
          expect((signedMinor / minors) * units + carried).toBe(0n)
        },
      ),
    )
  })
})
