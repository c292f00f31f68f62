/** The paying side: opens channels, makes ticks, closes; what it forgets it can ask for, and nothing it repeats counts twice. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { type Message, version } from '../../schemas/index.ts'
import {
  type Anchor,
  anchorPreimage,
  channelIdOf,
  type Descriptor,
  HashChain,
  scaleDefault,
  skipMax,
  voucherPreimage,
} from '../core/clearing/index.ts'
import { accept, formatTime, type Outcome, type Refusal, refuse } from '../core/index.ts'
import { TickLine } from './line.ts'
import type { Tick } from './outbox.ts'
import { ask, type Trader } from './party.ts'
import { type ChannelStore, type KeptChannel, memoryStore } from './store.ts'
import type { Via } from './wire.ts'

type Wire = Message<'extensions/clearing/channel'>
type WireAnchor = Message<'extensions/clearing/anchor'>

/** What a channel is to be. Amounts are atomic units, times epoch seconds. */
export type ChannelTerms = {
  readonly payeeId: string
  /** The mandate as the agent holds it: identifier and layer (L2). */
  readonly mandate: { readonly mandateId: string; readonly mandate: string }
  readonly currency: string
  readonly scale?: number
  readonly cap: bigint
  readonly profile?: 'hash-chain' | 'voucher'
  /** Worth of one link; ticks of a chain are multiples of it. */
  readonly unitPrice?: bigint
  readonly notAfter: number
  readonly graceSeconds?: number
  readonly incarnation?: number
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Independent secrets from one seed: the signer, and the end of each chain. */
const derived = (seed: Uint8Array, label: string): Buffer =>
  createHash('sha256').update(seed).update(`amp-clearing-client/${label}`).digest()

const signerOf = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, derived(seed, 'signer')]), format: 'der', type: 'pkcs8' })

const publicOf = (key: KeyObject): string => createPublicKey(key).export({ format: 'jwk' }).x as string

/** A chain and its signed anchor, worth up to the cap from what is authorised. */
const chainOf = (seed: Uint8Array, channelId: Uint8Array, unitPrice: bigint, base: bigint, cap: bigint) => {
  const length = (cap - base) / unitPrice
  const chain = new HashChain(derived(seed, `chain ${base}`), channelId, Number(length))
  const anchor: Anchor = { channelId, anchor: chain.link(0), unitPrice, base, length, expiresAt: 0n }
  const wire: WireAnchor = {
    anchor: base64url(anchor.anchor),
    unitPrice: unitPrice.toString(),
    base: base.toString(),
    length: Number(length),
    expiresAt: '0',
    signature: base64url(sign(null, anchorPreimage(anchor), signerOf(seed))),
  }
  return { chain, wire }
}

type OwnedChain = ReturnType<typeof chainOf>

const noContext = new Uint8Array(32)

/** A channel as its payer holds it. */
export class PayerChannel {
  readonly channelId: string
  readonly #trader: Trader
  readonly #store: ChannelStore
  readonly #line: TickLine
  readonly #idBytes: Uint8Array
  readonly #signer: KeyObject
  readonly #seed: Uint8Array
  #kept: KeptChannel
  #chain: OwnedChain | undefined
  #cap: bigint
  #promised: bigint

  constructor(trader: Trader, store: ChannelStore, line: TickLine, kept: KeptChannel, wire: Wire) {
    this.#trader = trader
    this.#store = store
    this.#line = line
    this.#kept = kept
    this.#idBytes = channelIdOf(kept.descriptor)
    this.channelId = base64url(this.#idBytes)
    this.#seed = Buffer.from(kept.seed, 'base64url')
    this.#signer = signerOf(this.#seed)
    this.#cap = BigInt(wire.cap)
    this.#promised = BigInt(wire.authorised)
    line.follow(this.channelId, { authorised: this.#promised, delivered: BigInt(wire.delivered) })
    if (wire.anchor) {
      const { unitPrice, base, length } = wire.anchor
      const end = BigInt(base) + BigInt(unitPrice) * BigInt(length)
      this.#chain = chainOf(this.#seed, this.#idBytes, BigInt(unitPrice), BigInt(base), end)
    }
  }

  /** What was given away so far: signed for, or released link by link. */
  get promised(): bigint {
    return this.#promised
  }

  get cap(): bigint {
    return this.#cap
  }

  /**
   * The next tick, worth `units` more than the last. It is as good as money to whoever has it. Refuses
   * `channel-cap-exceeded`, `chain-exhausted`, and `chain-skip-too-long` for more than 1024 links at once.
   */
  next(units: bigint): Outcome<Tick> {
    if (units <= 0n) throw new RangeError('a tick is worth something')
    const promised = this.#promised + units
    if (promised > this.#cap) return refuse('channel-cap-exceeded')
    const tick = this.#chain ? this.#link(promised, units) : accept(this.#voucher(promised))
    if (tick.ok) this.#promised = promised
    return tick
  }

  #link(promised: bigint, units: bigint): Outcome<Tick> {
    const { chain, wire } = this.#chain as OwnedChain
    const price = BigInt(wire.unitPrice)
    const worth = promised - BigInt(wire.base)
    if (worth % price !== 0n) throw new RangeError(`ticks of this channel are multiples of ${price}`)
    const index = Number(worth / price)
    if (index > chain.length) return refuse('chain-exhausted')
    if (units / price > BigInt(skipMax)) return refuse('chain-skip-too-long')
    return accept({ channelId: this.channelId, link: { index, link: base64url(chain.link(index)) } })
  }

  #voucher(cumulative: bigint): Tick {
    const plain = { channelId: this.#idBytes, cumulative, sequence: cumulative, expiresAt: 0n, contextHash: noContext }
    return {
      channelId: this.channelId,
      voucher: {
        cumulative: cumulative.toString(),
        sequence: cumulative.toString(),
        expiresAt: '0',
        contextHash: base64url(noContext),
        signature: base64url(sign(null, voucherPreimage(plain), this.#signer)),
      },
    }
  }

  /** Makes the next tick and sends it to the clearing; resolves when it is on its way. */
  async tick(units: bigint): Promise<Refusal | undefined> {
    const tick = this.next(units)
    return tick.ok ? this.#line.send(tick.value, this.#promised) : tick.refusal
  }

  /** Resolves once everything promised is durable at the clearing. */
  async durable(): Promise<Outcome<bigint>> {
    const outcome = await this.#line.durable(this.channelId, { authorised: this.#promised, delivered: 0n })
    return outcome.ok ? accept(outcome.value.authorised) : outcome
  }

  /** The channel as the clearing shows it. */
  inquire(): Promise<Outcome<Wire>> {
    return ask(this.#trader, 'clearing.inquiryChannel', { channelId: this.channelId })
  }

  /** Raises the cap; a chain that is used up is followed by the next one, which takes a moment to be made. */
  async topUp(amount: bigint): Promise<Outcome<bigint>> {
    const settled = await this.durable()
    if (!settled.ok) return settled
    const next =
      this.#chain &&
      chainOf(this.#seed, this.#idBytes, BigInt(this.#chain.wire.unitPrice), this.#promised, this.#cap + amount)
    const topped = await ask(this.#trader, 'clearing.topUpChannel', {
      channelId: this.channelId,
      topUpId: `top-up-${this.#cap}`,
      amount: amount.toString(),
      ...(next ? { anchor: next.wire } : {}),
    })
    if (!topped.ok) return topped
    if (next) this.#chain = next
    this.#kept = { ...this.#kept, anchor: next?.wire }
    await this.#store.save(this.channelId, this.#kept)
    this.#cap = BigInt(topped.value.cap)
    return accept(this.#cap)
  }

  /** Asks to close once everything promised is durable; the payee may still redeem during the grace. */
  async close(): Promise<Outcome<Wire>> {
    const settled = await this.durable()
    return settled.ok ? ask(this.#trader, 'clearing.closeChannel', { channelId: this.channelId }) : settled
  }
}

/** An agent that pays. */
export const createPayer = (
  trader: Trader,
  { store = memoryStore(), via }: { readonly store?: ChannelStore; readonly via?: Via } = {},
) => {
  const line = new TickLine(trader, via)

  const open = async (kept: KeptChannel): Promise<Outcome<PayerChannel>> => {
    const opened = await ask(trader, 'clearing.openChannel', {
      descriptor: kept.descriptor,
      ...(kept.anchor ? { anchor: kept.anchor } : {}),
    })
    return opened.ok ? accept(new PayerChannel(trader, store, line, kept, opened.value)) : opened
  }

  return {
    line,

    /** Opens a channel. The secret is kept first, so that no channel is ever open that nobody can use. */
    openChannel: async (terms: ChannelTerms): Promise<Outcome<PayerChannel>> => {
      const { currency, scale = scaleDefault, cap, profile = 'hash-chain', unitPrice = 1n, mandate } = terms
      const { world } = trader
      const seed = randomBytes(32)
      const { kty, crv, x, y } = trader.key.publicJwk
      const descriptor: Descriptor = {
        version,
        network: trader.networkId,
        clearing: trader.clearing.id,
        payerAgentId: trader.agentId,
        payerKeyThumbprint: await calculateJwkThumbprint({ kty, crv, x, y } as never),
        signerKey: publicOf(signerOf(seed)),
        payeeId: terms.payeeId,
        mandateId: mandate.mandateId,
        mandateHash: createHash('sha256').update(mandate.mandate, 'ascii').digest('base64url'),
        currency,
        scale,
        profile,
        cap: cap.toString(),
        notBefore: formatTime(world.now() - 60),
        notAfter: formatTime(terms.notAfter),
        graceSeconds: terms.graceSeconds ?? 3_600,
        salt: world.nonce(),
        incarnation: terms.incarnation ?? 0,
      }
      const idBytes = channelIdOf(descriptor)
      const anchor = profile === 'hash-chain' ? chainOf(seed, idBytes, unitPrice, 0n, cap).wire : undefined
      const kept: KeptChannel = { descriptor, anchor, seed: base64url(seed) }
      await store.save(base64url(idBytes), kept)
      return open(kept)
    },

    /** Goes on with a channel of the store, from where the clearing says it stands. Opening it again opens it once. */
    resume: async (channelId: string): Promise<Outcome<PayerChannel>> => {
      const kept = await store.load(channelId)
      return kept ? open(kept) : refuse('channel-unknown')
    },

    /** Waits until everything is durable and ends the connection. */
    stop: () => line.close(),
  }
}

export type Payer = ReturnType<typeof createPayer>
