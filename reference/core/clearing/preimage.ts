/** What is signed, byte by byte: vouchers and chain anchors (EXT-CLEARING-9, 14). JSON is only their view. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { linkBytes } from './chain.ts'

const tag = (text: string): Buffer => Buffer.alloc(24).fill(text, 0, text.length, 'latin1')

/** 24 bytes: the text in ASCII, filled up with zeros. */
export const voucherTag = tag('AMP-CLEARING-VOUCHER/1')
export const anchorTag = tag('AMP-CLEARING-ANCHOR/1')

export const voucherBytes = 120
export const anchorBytes = 136

/** What a voucher says: everything up to `cumulative` is the payee's to deliver against. `expiresAt` 0: never. */
export type Voucher = {
  /** 32 bytes. */
  readonly channelId: Uint8Array
  readonly cumulative: bigint
  readonly sequence: bigint
  /** Epoch seconds. */
  readonly expiresAt: bigint
  /** 32 bytes: SHA-256 of what the voucher answers, or zeros. */
  readonly contextHash: Uint8Array
}

/** What an anchor says: link `i` of this chain is worth `base + i * unitPrice`. */
export type Anchor = {
  readonly channelId: Uint8Array
  /** Link 0, 32 bytes. */
  readonly anchor: Uint8Array
  readonly unitPrice: bigint
  readonly base: bigint
  readonly length: bigint
  readonly expiresAt: bigint
}

const putU128 = (out: Buffer, value: bigint, at: number): void => {
  out.writeBigUInt64BE(value >> 64n, at)
  out.writeBigUInt64BE(value & 0xffff_ffff_ffff_ffffn, at + 8)
}

/** The 120 bytes of a voucher: tag 24, channel 32, cumulative u128, sequence u64, expiresAt u64, contextHash 32; big-endian. */
export const voucherPreimage = (voucher: Voucher): Buffer => {
  const out = Buffer.allocUnsafe(voucherBytes)
  voucherTag.copy(out, 0)
  out.set(voucher.channelId, 24)
  putU128(out, voucher.cumulative, 56)
  out.writeBigUInt64BE(voucher.sequence, 72)
  out.writeBigUInt64BE(voucher.expiresAt, 80)
  out.set(voucher.contextHash, 88)
  return out
}

/** The 136 bytes of an anchor: tag 24, channel 32, anchor 32, unitPrice u128, base u128, length u64, expiresAt u64; big-endian. */
export const anchorPreimage = (anchor: Anchor): Buffer => {
  const out = Buffer.allocUnsafe(anchorBytes)
  anchorTag.copy(out, 0)
  out.set(anchor.channelId, 24)
  out.set(anchor.anchor, 56)
  putU128(out, anchor.unitPrice, 88)
  putU128(out, anchor.base, 104)
  out.writeBigUInt64BE(anchor.length, 120)
  out.writeBigUInt64BE(anchor.expiresAt, 128)
  return out
}

/** Encodings of the points of small order: with such a key a signature says nothing (RFC 8032, 5.1.7; EXT-CLEARING-5). */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
])

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** The key object of 32 raw bytes, or nothing where they are no Ed25519 key that can bind anybody. */
export const signerKeyOf = (raw: Uint8Array): KeyObject | undefined => {
  if (raw.length !== linkBytes || smallOrder.has(Buffer.from(raw).toString('hex'))) return undefined
  try {
    return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/** Whether a signature over the bytes is of this key (RFC 8032, pure Ed25519). */
export const isSignedBy = (key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean =>
  signature.length === 64 && verify(null, bytes, key, signature)
