/** What a payer signs for one payment: a voucher of its channel that is bound to everything it agreed to. */
import { createHash } from 'node:crypto'
import {
  isSignedBy,
  readUnits,
  type SignedVoucher,
  signerKeyOf,
  voucherPreimage,
} from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { canonicalJson } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import type { RailChannel } from './rail.ts'

/** A proof on the wire of any protocol: six strings and a time. */
export type Proof = {
  /** Base64url, 32 bytes. */
  readonly channelId: string
  /** 16 to 64 base64url characters: with the channel it names the payment, however often it is offered. */
  readonly nonce: string
  /** Epoch seconds. */
  readonly validBefore: number
  readonly cumulative: string
  readonly sequence: string
  /** Base64url, 64 bytes, by the signer of the channel over the 120 bytes of the voucher. */
  readonly signature: string
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The name of a payment: its channel and its nonce. */
export const paymentIdOf = ({ channelId, nonce }: Pick<Proof, 'channelId' | 'nonce'>): string =>
  sha256(`${channelId}.${nonce}`).toString('base64url')

/** Digest of what a payer agreed to, whenever and however often it signs for it. */
export const requestOf = (domain: string, agreed: Json): string =>
  sha256(canonicalJson({ agreed, domain })).toString('base64url')

/** The context hash of the voucher: what was agreed, under which nonce, until when. */
const contextOf = (
  domain: string,
  agreed: Json,
  { nonce, validBefore }: Pick<Proof, 'nonce' | 'validBefore'>,
): Buffer => sha256(canonicalJson({ agreed, domain, nonce, validBefore }))

/** The voucher a proof stands for. */
export const voucherOf = (domain: string, agreed: Json, proof: Proof): SignedVoucher => ({
  channelId: Buffer.from(proof.channelId, 'base64url'),
  cumulative: BigInt(proof.cumulative),
  sequence: BigInt(proof.sequence),
  expiresAt: 0n,
  contextHash: contextOf(domain, agreed, proof),
  signature: Buffer.from(proof.signature, 'base64url'),
})

/** Signs a proof with whatever holds the key of the channel. */
export const signProof = async (
  domain: string,
  agreed: Json,
  plain: Omit<Proof, 'signature'>,
  sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<Proof> => {
  const unsigned = { ...plain, signature: '' }
  const signature = await sign(voucherPreimage(voucherOf(domain, agreed, unsigned)))
  return { ...plain, signature: Buffer.from(signature).toString('base64url') }
}

const keys = new Map<string, ReturnType<typeof signerKeyOf>>()
const keysMax = 1_000

/** The key of a signer: read once, since each payment asks for it again. */
const keyOf = (signerKey: string): ReturnType<typeof signerKeyOf> => {
  if (keys.has(signerKey)) return keys.get(signerKey)
  const key = signerKeyOf(Buffer.from(signerKey, 'base64url'))
  if (keys.size >= keysMax) keys.clear()
  keys.set(signerKey, key)
  return key
}

/** Whether the voucher is signed by the signer of the channel. */
export const isProven = (voucher: SignedVoucher, { signerKey }: Pick<RailChannel, 'signerKey'>): boolean => {
  const key = keyOf(signerKey)
  return key !== undefined && isSignedBy(key, voucherPreimage(voucher), voucher.signature)
}

const patterns = {
  channelId: /^[A-Za-z0-9_-]{43}$/,
  nonce: /^[A-Za-z0-9_-]{16,64}$/,
  sequence: /^[1-9]\d{0,18}$/,
  signature: /^[A-Za-z0-9_-]{86}$/,
} as const

/** Reads a proof from untrusted JSON; refuses `voucher-malformed` with the member at fault, or the amount by its name. */
export const readProof = (value: Json | undefined): Outcome<Proof> => {
  const malformed = (field: string) => refuse('voucher-malformed', { field })
  if (!isObject(value)) return malformed('payload')
  const text = (name: keyof typeof patterns): string | undefined => {
    const found = member(value as JsonObject, name)
    return typeof found === 'string' && patterns[name].test(found) ? found : undefined
  }
  const [channelId, nonce, sequence, signature] = [
    text('channelId'),
    text('nonce'),
    text('sequence'),
    text('signature'),
  ]
  if (channelId === undefined) return malformed('channelId')
  if (nonce === undefined) return malformed('nonce')
  if (sequence === undefined) return malformed('sequence')
  if (signature === undefined) return malformed('signature')
  const validBefore = member(value, 'validBefore')
  if (typeof validBefore !== 'number' || !Number.isSafeInteger(validBefore) || validBefore < 0)
    return malformed('validBefore')
  const cumulative = member(value, 'cumulative')
  if (typeof cumulative !== 'string') return malformed('cumulative')
  // A channel on which nothing was signed for yet can be closed too.
  const units = cumulative === '0' ? accept(0n) : readUnits(cumulative)
  if (!units.ok) return { ok: false, refusal: { ...units.refusal, field: 'cumulative' } }
  return accept({ channelId, nonce, validBefore, cumulative, sequence, signature })
}
