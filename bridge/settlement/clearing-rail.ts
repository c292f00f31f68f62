/** The rail over a clearing of AMP as it is served: signed calls of the agent that is paid. */
import type { SignedVoucher } from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, type Refusal, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import type { AmpCall } from '../amp-calls.ts'
import type { Rail } from './rail.ts'

type Channel = Message<'extensions/clearing/channel'>

export type ClearingRailOptions = {
  /** Calls as the payee of the channels. */
  readonly call: AmpCall
  /** Endpoint of the clearing, `https://host/clearing`. */
  readonly endpoint: string
  /** Epoch seconds. */
  readonly now: () => number
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

const wireOf = ({ cumulative, sequence, expiresAt, contextHash, signature }: SignedVoucher) => ({
  cumulative: cumulative.toString(),
  sequence: sequence.toString(),
  expiresAt: expiresAt.toString(),
  contextHash: base64url(contextHash),
  signature: base64url(signature),
})

/**
 * Why nothing new is taken on a channel. Its payee could still redeem what it holds until the grace is over; what it is
 * offered now it does not hold yet (EXT-CLEARING-19, 20).
 */
const ended = ({ status, revokedAt, descriptor }: Channel, now: number): Refusal | undefined => {
  if (status === 'closed') return refuse('channel-closed').refusal
  if (revokedAt !== undefined) return refuse('mandate-revoked').refusal
  if (status === 'closing') return refuse('channel-closing').refusal
  return (parseTime(descriptor.notAfter) ?? 0) <= now ? refuse('channel-expired').refusal : undefined
}

/** A rail over the clearing at `endpoint`. Throws where it does not answer: then nobody knows what was done. */
export const clearingRail = ({ call, endpoint, now }: ClearingRailOptions): Rail => {
  const inquire = (channelId: string) => call(endpoint, 'clearing.inquiryChannel', { channelId })
  const stands = async (channelId: string): Promise<Outcome<Channel>> => {
    const found = await inquire(channelId)
    if (!found.ok) return found
    const refusal = ended(found.value, now())
    return refusal ? { ok: false, refusal } : found
  }
  return {
    find: async (channelId) => {
      const found = await inquire(channelId)
      if (!found.ok) {
        if (found.refusal.code === 'channel-unknown') return undefined
        throw new Error(`the clearing does not show a channel: ${found.refusal.code}`)
      }
      const { descriptor, cap, authorised, delivered } = found.value
      const { payerAgentId, payeeId, currency, scale, signerKey } = descriptor
      return {
        channelId,
        payer: payerAgentId,
        payee: payeeId,
        currency,
        scale,
        cap: BigInt(cap),
        authorised: BigInt(authorised),
        delivered: BigInt(delivered),
        signerKey,
      }
    },
    authorise: async (channelId, voucher) => {
      const open = await stands(channelId)
      if (!open.ok) return open
      const ticked = await call(endpoint, 'clearing.tick', { channelId, voucher: wireOf(voucher) })
      if (ticked.ok) return accept(BigInt(ticked.value.authorised))
      return ticked.refusal.code === 'voucher-conflict' ? accept(BigInt(open.value.authorised)) : ticked
    },
    deliver: async (channelId, delivered) => {
      const ticked = await call(endpoint, 'clearing.tick', { channelId, delivered: delivered.toString() })
      return ticked.ok ? accept(BigInt(ticked.value.delivered)) : ticked
    },
    close: async (channelId) => {
      const closed = await call(endpoint, 'clearing.closeChannel', { channelId })
      return closed.ok ? accept(true) : closed
    },
  }
}
