/** A payer over a clearing of AMP as it is served: a channel to each payee, opened under a mandate of the agent. */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { Outcome } from '../../reference/core/outcome.ts'
import { formatTime, parseTime } from '../../reference/core/time.ts'
import { canonicalJson, type Message, version } from '../../schemas/index.ts'
import type { AmpAgent, AmpCall } from '../amp-calls.ts'
import { thumbprintOf } from '../keys.ts'
import type { Due, Payer, PayerChannel } from './purse.ts'

type Descriptor = Message<'extensions/clearing/descriptor'>

/** What has to be kept to go on with a channel after a restart. Whoever has the key can spend the channel. */
export type KeptChannel = { readonly descriptor: Descriptor; readonly signerJwk: Readonly<Record<string, unknown>> }

/** Where channels are kept by payee and money; memory unless told otherwise. Saved before a channel is opened. */
export type ChannelKeep = {
  readonly load: (name: string) => Promise<KeptChannel | undefined>
  readonly save: (name: string, kept: KeptChannel) => Promise<void>
}

const memoryKeep = (): ChannelKeep => {
  const all = new Map<string, KeptChannel>()
  return { load: async (name) => all.get(name), save: async (name, kept) => void all.set(name, kept) }
}

export type ClearingPayerOptions = {
  readonly agent: AmpAgent
  readonly call: AmpCall
  readonly clearing: { readonly id: string; readonly endpoint: string }
  readonly networkId: string
  /** An activated AUTONOMOUS mandate: its identifier, its layer (L2), and when it ends, in epoch seconds. */
  readonly mandate: { readonly mandateId: string; readonly mandate: string; readonly until: number }
  /** Atomic units each channel holds, taken from the budget of the mandate as it is opened. */
  readonly cap: bigint
  /** Seconds a channel lives at most: a day unless told otherwise, and never longer than its mandate. */
  readonly lifetime?: number
  readonly now: () => number
  readonly keep?: ChannelKeep
}

const value = <Value>(outcome: Outcome<Value>): Value => {
  if (outcome.ok) return outcome.value
  throw new Error(`the clearing opens no channel: ${outcome.refusal.code}`)
}

const hour = 3_600

/** A fresh channel: its key is made here and signs nothing else. */
const plan = (options: ClearingPayerOptions, { payee, currency, scale }: Due): KeptChannel => {
  const { agent, clearing, networkId, mandate, cap, now, lifetime = 24 * hour } = options
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signerJwk = privateKey.export({ format: 'jwk' })
  const { kty, crv, x, y } = agent.privateJwk as Record<string, string>
  const descriptor: Descriptor = {
    version,
    network: networkId,
    clearing: clearing.id,
    payerAgentId: agent.agentId,
    payerKeyThumbprint: thumbprintOf({ kty, crv, x, y } as Record<string, string>),
    signerKey: publicKey.export({ format: 'jwk' }).x as string,
    payeeId: payee,
    mandateId: mandate.mandateId,
    mandateHash: createHash('sha256').update(mandate.mandate, 'ascii').digest('base64url'),
    currency,
    scale,
    profile: 'voucher',
    cap: cap.toString(),
    notBefore: formatTime(now() - 60),
    notAfter: formatTime(Math.min(now() + lifetime, mandate.until)),
    graceSeconds: hour,
    salt: randomBytes(16).toString('base64url'),
    incarnation: 0,
  }
  return { descriptor, signerJwk: { ...signerJwk } }
}

type Open = { readonly channel: PayerChannel; readonly until: number }

/** Whether a channel can be gone on with: open, not revoked, and with a minute left. */
const isUsable = ({ status, revokedAt, descriptor }: Message<'extensions/clearing/channel'>, now: number): boolean =>
  status === 'open' && revokedAt === undefined && (parseTime(descriptor.notAfter) ?? 0) > now + 60

/**
 * A payer whose channels are opened when they are first needed, one to each payee in each money, and again when their
 * time is over. `channelTo` throws where the clearing opens none: the mandate is not activated, its budget does not cover
 * the cap, or nobody answers.
 */
export const clearingPayer = (options: ClearingPayerOptions): Payer => {
  const { call, clearing, now, keep = memoryKeep() } = options
  const channels = new Map<string, Promise<Open>>()
  const ask = async ({ descriptor }: KeptChannel) =>
    value(await call(clearing.endpoint, 'clearing.openChannel', { descriptor }))
  const fresh = async (name: string, due: Due): Promise<KeptChannel> => {
    const kept = plan(options, due)
    await keep.save(name, kept)
    return kept
  }
  const open = async (name: string, due: Due): Promise<Open> => {
    let kept = (await keep.load(name)) ?? (await fresh(name, due))
    let channel = await ask(kept)
    if (!isUsable(channel, now())) {
      kept = await fresh(name, due)
      channel = await ask(kept)
    }
    const key = createPrivateKey({ key: kept.signerJwk as Record<string, string>, format: 'jwk' })
    return {
      until: (parseTime(kept.descriptor.notAfter) ?? 0) - 60,
      channel: {
        channelId: channel.channelId,
        cap: BigInt(channel.cap),
        authorised: BigInt(channel.authorised),
        sequence: BigInt(channel.voucher?.sequence ?? 0),
        sign: (bytes) => sign(null, bytes, key),
      },
    }
  }
  return {
    now,
    newNonce: () => randomBytes(18).toString('base64url'),
    channelTo: async (due) => {
      const { payee, currency, scale } = due
      const name = canonicalJson({ payee, currency, scale })
      const known = await channels.get(name)
      if (known && known.until > now()) return known.channel
      const opening = open(name, due)
      channels.set(name, opening)
      opening.catch(() => channels.delete(name))
      return (await opening).channel
    },
  }
}
