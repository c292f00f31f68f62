/** The agents of the simulation: channels with what their payers signed, and signatures that cost little. */
import { createHash } from 'node:crypto'
import { type Anchor, type SignedVoucher, voucherPreimage, worthOf } from '../../reference/core/clearing/index.ts'
import { plan, start } from '../reference/clearing/house.ts'
import { channelCount } from './script.ts'

/**
 * Signatures of the simulation: a digest nobody but the channel's payer makes. Ed25519 itself is tested elsewhere; here
 * it would only cost time.
 */
const signatureOf = (secret: string, bytes: Uint8Array): Uint8Array => {
  const half = createHash('sha256').update(secret).update(bytes).digest()
  return Buffer.concat([half, half])
}

export const capOf = (channel: number): bigint => (channel % 2 === 0 ? 3_000n : 4_000n)
const unitPrice = 3n
const length = 1_200

/** Channels of two mandates share a budget that does not cover all of them topped up. */
export const mandateOf = (channel: number): number => channel % 3

export const participants = ['payer-0', 'payer-1', 'seller-0', 'seller-1'] as const

const wishOf = (channel: number) => ({
  payer: `payer-${channel % 2}`,
  payee: `seller-${channel < 3 ? 0 : 1}`,
  word: `simulated ${channel}`,
  mandateId: `mandate-${mandateOf(channel)}`,
  cap: capOf(channel),
  granted: capOf(channel) + 200n,
  scale: 3,
  notAfter: start + (channel === 5 ? 3_600 : 86_400),
  graceSeconds: 600,
  ...(channel < 3 ? { profile: 'hash-chain' as const, length, unitPrice } : {}),
})

const plans = Array.from({ length: channelCount }, (_, channel) => {
  const made = plan(wishOf(channel))
  return { ...made, idBytes: Buffer.from(made.opening.grant.channelId, 'base64url') }
})

const links = plans.map(({ chain }) => Array.from({ length: chain.length + 1 }, (_, index) => chain.link(index)))

/** One payer with its channel: what it signed so far, and what it was told is in the books. */
export class Payer {
  readonly channel: number
  readonly chained: boolean
  readonly secret: string
  /** What the newest honest tick is worth. */
  newest = 0n
  /** The most that was ever signed, tricks included. */
  signed = 0n
  told = 0n
  toldDelivered = 0n
  /** Top-ups that were asked for. */
  readonly asked = new Map<string, bigint>()

  constructor(channel: number) {
    this.channel = channel
    this.chained = channel < 3
    this.secret = `secret ${channel}`
  }

  get plan(): (typeof plans)[number] {
    return plans[this.channel] as (typeof plans)[number]
  }

  get id(): string {
    return this.plan.opening.grant.channelId
  }

  /** The link of an index, or of the last. */
  link(index: number): Uint8Array {
    const own = links[this.channel] as Uint8Array[]
    return own[Math.min(index, own.length - 1)] as Uint8Array
  }

  worth(index: number): bigint {
    return worthOf({ base: 0n, unitPrice } as Anchor, index)
  }

  /** A signed voucher; what is signed is remembered. */
  voucher(cumulative: bigint, sequence = cumulative, expiresAt = 0n): SignedVoucher {
    if (cumulative > this.signed) this.signed = cumulative
    const { idBytes } = this.plan
    const plain = { channelId: idBytes, cumulative, sequence, expiresAt, contextHash: new Uint8Array(32) }
    return { ...plain, signature: signatureOf(this.secret, voucherPreimage(plain)) }
  }
}

/** Whether a signature over the bytes was made by the payer of the channel they name. */
export const isSimulatedSignature = (payers: readonly Payer[], bytes: Uint8Array, signature: Uint8Array): boolean => {
  const id = Buffer.from(bytes.subarray(24, 56)).toString('base64url')
  const payer = payers.find((each) => each.id === id)
  return payer !== undefined && Buffer.compare(signatureOf(payer.secret, bytes), signature) === 0
}
