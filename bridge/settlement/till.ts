/** The till: verifies payments of other protocols and settles each once, over a rail and the record of what was paid. */
import type { SignedVoucher } from '../../reference/core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Json } from '../json.ts'
import type { Payment, Payments } from './payments.ts'
import { isProven, type Proof, paymentIdOf, requestOf, voucherOf } from './proof.ts'
import type { Rail, RailChannel } from './rail.ts'

/** A payment as the protocol it came by tells of it, and the proof of its payer. */
export type Order = {
  /** Tells protocols apart: no proof of one is a proof of another. */
  readonly domain: string
  /** Everything the payer signed for, in the words of the protocol. */
  readonly agreed: Json
  readonly payee: string
  readonly currency: string
  readonly scale: number
  /** The most that may be taken, in atomic units. */
  readonly amount: bigint
  /** Names the request itself where its sender gave it a key: another payment for it is this payment. */
  readonly key?: string
  /** Seconds a proof may be valid for. */
  readonly windowMax: number
  readonly proof: Proof
}

/** A payment that is set aside or settled, and whose it is. */
export type Standing = { readonly payment: Payment; readonly channel: RailChannel }

export type Till = {
  /** Verifies an order and sets its payment aside. */
  readonly verify: (order: Order) => Promise<Outcome<Standing>>
  /** Settles an order for `charge`, once. With `isDeferred` the money moves with the next `sweep`. */
  readonly settle: (order: Order, charge: bigint, isDeferred?: boolean) => Promise<Outcome<Standing>>
  /** Closes the channel of an order whose payer signed for that, after everything taken on it has moved. */
  readonly close: (order: Order) => Promise<Outcome<RailChannel>>
  /** Moves what was taken and not moved; gives back the channels it could not be moved on, with the reason. */
  readonly sweep: () => Promise<readonly { readonly channelId: string; readonly code: string }[]>
}

export type TillParts = {
  readonly rail: Rail
  readonly payments: Payments
  /** Epoch seconds. */
  readonly now: () => number
}

const skew = 60

const misfit = (order: Order, channel: RailChannel) => {
  if (channel.payee !== order.payee) return refuse('order-mismatch', { detail: 'the channel pays somebody else' })
  if (channel.currency !== order.currency) return refuse('currency-mismatch')
  return channel.scale === order.scale ? undefined : refuse('scale-mismatch')
}

const untimely = ({ proof, windowMax }: Order, now: number) => {
  if (proof.validBefore <= now) return refuse('foreign-expired', { field: 'validBefore' })
  if (proof.validBefore > now + windowMax + skew) return refuse('foreign-window-invalid', { field: 'validBefore' })
  return undefined
}

/** Opens a till. */
export const openTill = ({ rail, payments, now }: TillParts): Till => {
  /** The channel of an order, and the voucher that its payer signed for it. */
  const prove = async (order: Order): Promise<Outcome<{ channel: RailChannel; voucher: SignedVoucher }>> => {
    const channel = await rail.find(order.proof.channelId)
    if (!channel) return refuse('channel-unknown')
    const wrong = misfit(order, channel)
    if (wrong) return wrong
    const voucher = voucherOf(order.domain, order.agreed, order.proof)
    return isProven(voucher, channel) ? accept({ channel, voucher }) : refuse('voucher-signature-invalid')
  }

  const stand = async (order: Order, counts: boolean): Promise<Outcome<Standing>> => {
    const { domain, agreed, proof, amount } = order
    const { channelId } = proof
    const proven = await prove(order)
    if (!proven.ok) return proven
    const { channel, voucher } = proven.value
    const paymentId = paymentIdOf(proof)
    const claim = order.key === undefined ? undefined : requestOf('claim', [channel.payer, order.payee, order.key])
    const before = await payments.find(paymentId, claim)
    const late = before && !counts ? undefined : untimely(order, now())
    if (late) return late
    // What the payee holds it may still redeem, even where the mandate ended since (EXT-CLEARING-19).
    const isHeld = before !== undefined && before.state !== 'released'
    const authorised = isHeld ? accept(channel.authorised) : await rail.authorise(channelId, voucher)
    if (!authorised.ok) return authorised
    const held = await payments.hold({
      paymentId,
      channelId,
      request: requestOf(domain, agreed),
      amount,
      ...(claim === undefined ? {} : { claim }),
      authorised: authorised.value,
      delivered: channel.delivered,
      expires: proof.validBefore + skew,
      now: now(),
      counts,
    })
    return held.ok ? accept({ payment: held.value, channel }) : held
  }

  /** Moves up to a cumulative amount, and sees to it that nobody else moves money of this channel. */
  const move = async (channelId: string, reached: bigint): Promise<Outcome<bigint>> => {
    const delivered = await rail.deliver(channelId, reached)
    if (!delivered.ok) return delivered
    if (delivered.value > (await payments.charged(channelId)))
      return refuse('settlement-leg-conflict', { detail: 'somebody else delivers on this channel' })
    return delivered
  }

  return {
    verify: (order) => stand(order, true),
    settle: async (order, charge, isDeferred = false) => {
      const standing = await stand(order, false)
      if (!standing.ok) return standing
      const { channel } = standing.value
      const taken = await payments.take(standing.value.payment.paymentId, charge)
      if (!taken.ok) return taken
      const payment: Payment = { ...taken.value, state: 'settled' }
      if (taken.value.state === 'settled') return accept({ payment, channel })
      if (isDeferred || charge === 0n) {
        await payments.finish(payment)
        return accept({ payment, channel })
      }
      const moved = await move(payment.channelId, payment.reached)
      if (!moved.ok) return moved
      await payments.finish(payment, moved.value)
      return accept({ payment, channel })
    },
    close: async (order) => {
      const proven = await prove(order)
      if (!proven.ok) return proven
      const late = untimely(order, now())
      if (late) return late
      const { channel } = proven.value
      const moved = await move(channel.channelId, await payments.charged(channel.channelId))
      if (!moved.ok && moved.refusal.code !== 'channel-closed') return moved
      const closed = await rail.close(channel.channelId)
      return closed.ok ? accept((await rail.find(channel.channelId)) ?? channel) : closed
    },
    sweep: async () => {
      const stuck: { channelId: string; code: string }[] = []
      for (const { channelId, charged } of await payments.outstanding()) {
        const moved = await move(channelId, charged)
        if (moved.ok) await payments.moved(channelId, moved.value)
        else stuck.push({ channelId, code: moved.refusal.code })
      }
      return stuck
    },
  }
}
