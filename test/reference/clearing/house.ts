/** A clearing to test with: participants with money, channels with their signers, ticks of both profiles. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { admit, prefund } from '../../../reference/clearing/admission.ts'
import type { Grant } from '../../../reference/clearing/budget.ts'
import { openChannel } from '../../../reference/clearing/channels.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import type { LiveChannel } from '../../../reference/clearing/records.ts'
import type { Listener } from '../../../reference/clearing/waiting.ts'
import {
  type Anchor,
  anchorPreimage,
  channelIdOf,
  type Descriptor,
  HashChain,
  type SignedVoucher,
  voucherPreimage,
} from '../../../reference/core/clearing/index.ts'
import { formatTime, type Refusal } from '../../../reference/core/index.ts'
import { version } from '../../../schemas/index.ts'

const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** An Ed25519 key made from a word. */
export const signerOf = (word: string): { readonly key: KeyObject; readonly raw: string } => {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, hash(word)]), format: 'der', type: 'pkcs8' })
  return { key, raw: createPublicKey(key).export({ format: 'jwk' }).x as string }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** A channel with what its payer knows. */
export type Opened = {
  readonly live: LiveChannel
  readonly descriptor: Descriptor
  readonly voucher: (cumulative: bigint, sequence?: bigint, change?: Partial<SignedVoucher>) => SignedVoucher
  readonly chain: HashChain
}

export type Wish = {
  readonly payer?: string
  readonly payee?: string
  readonly cap?: bigint
  readonly profile?: 'voucher' | 'hash-chain'
  readonly unitPrice?: bigint
  readonly length?: number
  readonly mandateId?: string
  readonly currency?: string
  readonly scale?: number
  readonly notAfter?: number
  readonly graceSeconds?: number
  readonly granted?: bigint
  readonly word?: string
}

export const start = 1_795_000_000

/** Admits participants of these names with this much money each. */
export const admitAll = async (
  engine: ClearingEngine,
  names: readonly string[],
  money = 10n ** 12n,
  { currency = 'USD', scale = 6, creditLimit = 0n } = {},
): Promise<void> => {
  for (const participantId of names) {
    await admit(engine, { participantId, currency, scale, creditLimit })
    if (money > 0n)
      await prefund(
        engine,
        participantId,
        { currency, scale, value: money },
        `first-${participantId}-${currency}-${scale}`,
      )
  }
}

/** What a wish opens: descriptor, anchor, grant. */
export const plan = (wish: Wish) => {
  const { payer = 'payer', payee = 'payee', cap = 10n ** 9n, profile = 'voucher', word = `${payer}-${payee}` } = wish
  const { mandateId = `mandate-${payer}`, currency = 'USD', scale = 6, unitPrice = 1n, length = 1_000_000 } = wish
  const signer = signerOf(word)
  const notAfter = wish.notAfter ?? start + 86_400
  const descriptor: Descriptor = {
    version,
    network: 'https://network.amp.example',
    clearing: 'https://clearing.amp.example',
    payerAgentId: payer,
    payerKeyThumbprint: 'A'.repeat(43),
    signerKey: signer.raw,
    payeeId: payee,
    mandateId,
    mandateHash: 'B'.repeat(43),
    currency,
    scale,
    profile,
    cap: cap.toString(),
    notBefore: formatTime(start),
    notAfter: formatTime(notAfter),
    graceSeconds: wish.graceSeconds ?? 600,
    salt: base64url(hash(word)).slice(0, 22),
    incarnation: 1,
  }
  const channelId = channelIdOf(descriptor)
  const chain = new HashChain(hash(`chain ${word}`), channelId, profile === 'voucher' ? 1 : length)
  const terms: Anchor = {
    channelId,
    anchor: chain.link(0),
    unitPrice,
    base: 0n,
    length: BigInt(chain.length),
    expiresAt: 0n,
  }
  const anchor = {
    anchor: base64url(terms.anchor),
    unitPrice: unitPrice.toString(),
    base: '0',
    length: chain.length,
    expiresAt: '0',
    signature: base64url(sign(null, anchorPreimage(terms), signer.key)),
  }
  const units = wish.granted ?? cap
  const grant: Grant = {
    grantId: `grant-${base64url(channelId)}`,
    mandateId,
    channelId: base64url(channelId),
    currency,
    scale,
    minor: units,
    units,
  }
  const voucher = (cumulative: bigint, sequence = cumulative, change: Partial<SignedVoucher> = {}): SignedVoucher => {
    const plain = { channelId, cumulative, sequence, expiresAt: 0n, contextHash: new Uint8Array(32), ...change }
    return { ...plain, signature: change.signature ?? sign(null, voucherPreimage(plain), signer.key) }
  }
  return {
    descriptor,
    voucher,
    chain,
    opening: {
      descriptor,
      terms: { cap, notBefore: start, notAfter },
      ...(profile === 'hash-chain' ? { anchor } : {}),
      grant,
    },
  }
}

/** Opens a channel as wished; throws where it is refused. */
export const open = async (engine: ClearingEngine, wish: Wish = {}): Promise<Opened> => {
  const { descriptor, voucher, chain, opening } = plan(wish)
  const opened = await openChannel(engine, opening)
  if (!opened.ok) throw new Error(opened.refusal.code)
  return { live: opened.value, descriptor, voucher, chain }
}

/** What became of one tick: `durable`, `unchanged`, `corrected`, or the code of its refusal. */
export const ask = (offer: (listener: Listener) => Refusal | undefined): Promise<string> =>
  new Promise((resolve) => {
    const refusal = offer({
      durable: () => resolve('durable'),
      stale: (_, result) => resolve(result),
      refused: (_, { code }) => resolve(code),
    })
    if (refusal) resolve(refusal.code)
  })

/** A listener that remembers what it heard. */
export const hearer = () => {
  const heard: string[] = []
  const listener: Listener = {
    durable: (live) => heard.push(`durable ${live.state.authorised}`),
    stale: (_, result) => heard.push(result),
    refused: (_, { code }) => heard.push(code),
  }
  return { heard, listener }
}
