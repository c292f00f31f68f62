/** The paid side: verifies ticks before it serves, hands them in, tells what it delivered, closes. */
import type { Message } from '../../schemas/index.ts'
import {
  ChainCursor,
  isSignedBy,
  lastCovered,
  readUnits,
  signerKeyOf,
  voucherPreimage,
  worthOf,
} from '../core/clearing/index.ts'
import { accept, type Outcome, type Refusal, refuse } from '../core/index.ts'
import { TickLine } from './line.ts'
import type { Tick } from './outbox.ts'
import { ask, type Trader } from './party.ts'
import type { Via } from './wire.ts'

type Wire = Message<'extensions/clearing/channel'>

const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')

/** A channel as its payee holds it. */
export class SellerChannel {
  readonly channelId: string
  readonly #trader: Trader
  readonly #line: TickLine
  readonly #wire: Wire
  readonly #cap: bigint
  readonly #key
  readonly #cursor: ChainCursor | undefined
  readonly #anchor
  #authorised: bigint
  #delivered: bigint

  constructor(trader: Trader, line: TickLine, wire: Wire) {
    this.#trader = trader
    this.#line = line
    this.#wire = wire
    this.channelId = wire.channelId
    this.#cap = BigInt(wire.cap)
    this.#authorised = BigInt(wire.authorised)
    this.#delivered = BigInt(wire.delivered)
    this.#key = signerKeyOf(bytesOf(wire.descriptor.signerKey))
    line.follow(wire.channelId, { authorised: this.#authorised, delivered: this.#delivered })
    const { anchor } = wire
    if (!anchor) return
    const channelId = bytesOf(wire.channelId)
    this.#anchor = {
      channelId,
      anchor: bytesOf(anchor.anchor),
      unitPrice: BigInt(anchor.unitPrice),
      base: BigInt(anchor.base),
      length: BigInt(anchor.length),
      expiresAt: BigInt(anchor.expiresAt),
    }
    const tip = wire.link ? bytesOf(wire.link.link) : this.#anchor.anchor
    this.#cursor = new ChainCursor(channelId, anchor.length, wire.link?.index ?? 0, tip)
  }

  /** What the payer signed for, as far as this side verified it. */
  get authorised(): bigint {
    return this.#authorised
  }

  get delivered(): bigint {
    return this.#delivered
  }

  /**
   * Verifies a tick that came from the payer. Nothing is served for one that does not verify: `voucher-signature-invalid`,
   * `chain-link-wrong`, `channel-cap-exceeded`; an older one changes nothing.
   */
  take(tick: Tick): Outcome<bigint> {
    const verified = tick.link ? this.#takeLink(tick.link) : this.#takeVoucher(tick.voucher)
    if (!verified.ok) return verified
    if (verified.value > this.#authorised) this.#authorised = verified.value
    return accept(this.#authorised)
  }

  #takeLink({ index, link }: NonNullable<Tick['link']>): Outcome<bigint> {
    if (!this.#cursor || !this.#anchor) return refuse('profile-mismatch')
    if (index > lastCovered({ cap: this.#cap }, this.#anchor)) return refuse('channel-cap-exceeded')
    const step = this.#cursor.advance(index, bytesOf(link))
    if (step === 'known') return accept(this.#authorised)
    return step === 'advanced' ? accept(worthOf(this.#anchor, index)) : refuse('chain-link-wrong')
  }

  #takeVoucher(voucher: Tick['voucher']): Outcome<bigint> {
    if (!voucher || !this.#key) return refuse('profile-mismatch')
    const cumulative = readUnits(voucher.cumulative)
    if (!cumulative.ok) return cumulative
    if (cumulative.value > this.#cap) return refuse('channel-cap-exceeded')
    const { sequence, expiresAt, contextHash, signature } = voucher
    const bytes = voucherPreimage({
      channelId: bytesOf(this.channelId),
      cumulative: cumulative.value,
      sequence: BigInt(sequence),
      expiresAt: BigInt(expiresAt),
      contextHash: bytesOf(contextHash),
    })
    return isSignedBy(this.#key, bytes, bytesOf(signature)) ? cumulative : refuse('voucher-signature-invalid')
  }

  /** Hands a tick in that `take` verified; resolves when it is on its way. */
  redeem(tick: Tick): Promise<Refusal | undefined> {
    return this.#line.send(tick, this.#authorised)
  }

  /** Tells what was delivered in all; never more than was authorised. */
  async deliver(delivered: bigint): Promise<Refusal | undefined> {
    if (delivered > this.#authorised) return refuse('delivered-exceeds-authorised').refusal
    if (delivered > this.#delivered) this.#delivered = delivered
    return this.#line.deliver(this.channelId, this.#delivered)
  }

  /** Resolves once everything redeemed and delivered is durable. */
  async durable(): Promise<Outcome<{ readonly authorised: bigint; readonly delivered: bigint }>> {
    return this.#line.durable(this.channelId, { authorised: this.#authorised, delivered: this.#delivered })
  }

  /** Closes at what was delivered, at once; the rest goes back to the payer. */
  async close(): Promise<Outcome<Wire>> {
    const settled = await this.durable()
    return settled.ok ? ask(this.#trader, 'clearing.closeChannel', { channelId: this.channelId }) : settled
  }

  /** Every transfer of the channel, newest first. */
  async statement(): Promise<Outcome<Message<'extensions/clearing/statement'>>> {
    const { channelId } = this.#wire
    const transfers: Message<'extensions/clearing/statement'>['transfers'] = []
    let pageToken: string | undefined
    for (;;) {
      const request = { channelId, pageSize: 100, ...(pageToken === undefined ? {} : { pageToken }) }
      const page = await ask(this.#trader, 'clearing.inquiryStatement', request)
      if (!page.ok) return page
      transfers.push(...page.value.transfers)
      pageToken = page.value.nextPageToken
      if (pageToken === undefined) return accept({ channel: page.value.channel, transfers })
    }
  }
}

/** An agent that is paid. */
export const createSeller = (trader: Trader, { via }: { readonly via?: Via } = {}) => {
  const line = new TickLine(trader, via)
  return {
    line,
    /** Takes a channel up that a payer opened to this agent. */
    join: async (channelId: string): Promise<Outcome<SellerChannel>> => {
      const found = await ask(trader, 'clearing.inquiryChannel', { channelId })
      return found.ok ? accept(new SellerChannel(trader, line, found.value)) : found
    },
    stop: () => line.close(),
  }
}

export type Seller = ReturnType<typeof createSeller>
