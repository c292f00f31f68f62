/** Ticks as the suite makes them, on its own: channel identifiers, the bytes of vouchers and anchors, chains of hashes. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { canonicalJson, type Message } from '../schemas/index.ts'
import type { Dice } from './parties.ts'

export type Descriptor = Message<'extensions/clearing/descriptor'>
export type Anchor = Message<'extensions/clearing/anchor'>
export type Voucher = Message<'extensions/clearing/voucher'>
export type Link = Message<'extensions/clearing/link'>

/** An Ed25519 key, and its 32 public bytes in base64url. */
export type Signer = { readonly key: KeyObject; readonly raw: string }

const hash = (...parts: readonly Uint8Array[]): Buffer => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

const seedOf = (dice: Dice): Buffer => hash(Buffer.from(dice.nonce()), Buffer.from(dice.nonce()))

export const signerOf = (dice: Dice): Signer => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seedOf(dice)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { key, raw: createPublicKey(key).export({ format: 'jwk' }).x as string }
}

/** EXT-CLEARING-3: SHA-256 over the RFC 8785 form. */
export const channelIdOf = (descriptor: Descriptor): string =>
  hash(Buffer.from(canonicalJson(descriptor), 'utf8')).toString('base64url')

const number = (value: bigint, bytes: number): Buffer => Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex')

const tagged = (tag: string, ...parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from(tag.padEnd(24, '\0'), 'latin1'), ...parts])

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')

/** What a voucher says beside its signature. */
export type VoucherTerms = Omit<Voucher, 'signature'>

/** EXT-CLEARING-9: Ed25519 over 120 bytes. */
export const signVoucher = (channelId: string, terms: VoucherTerms, { key }: Signer): Voucher => {
  const bytes = tagged(
    'AMP-CLEARING-VOUCHER/1',
    bytesOf(channelId),
    number(BigInt(terms.cumulative), 16),
    number(BigInt(terms.sequence), 8),
    number(BigInt(terms.expiresAt), 8),
    bytesOf(terms.contextHash),
  )
  return { ...terms, signature: sign(null, bytes, key).toString('base64url') }
}

/** Links of a chain, from the anchor on: each the hash of the next with the first half of the channel. */
export const linksOf = (dice: Dice, channelId: string, length: number): readonly Buffer[] => {
  const binding = bytesOf(channelId).subarray(0, 16)
  const links = [seedOf(dice)]
  for (let index = 0; index < length; index++) links.push(hash(links[index] as Buffer, binding))
  return links.reverse()
}

/** EXT-CLEARING-14: Ed25519 over 136 bytes. */
export const signAnchor = (channelId: string, terms: Omit<Anchor, 'signature'>, { key }: Signer): Anchor => {
  const bytes = tagged(
    'AMP-CLEARING-ANCHOR/1',
    bytesOf(channelId),
    bytesOf(terms.anchor),
    number(BigInt(terms.unitPrice), 16),
    number(BigInt(terms.base), 16),
    number(BigInt(terms.length), 8),
    number(BigInt(terms.expiresAt), 8),
  )
  return { ...terms, signature: sign(null, bytes, key).toString('base64url') }
}

/** EXT-CLEARING-47: 40 bytes; with index 0 the handle is to stand for a channel from there on. */
export const recordOf = (handle: number, index: number, bytes: string): Buffer =>
  Buffer.concat([number(BigInt(handle), 2), number(BigInt(index), 6), bytesOf(bytes)])
