/** Channel descriptors: what a channel is bound to, and the identifier that follows from it (EXT-CLEARING-3 to 6). */
import { createHash } from 'node:crypto'
import { canonicalJson, type Message, version } from '../../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../outcome.ts'
import { parseTime } from '../time.ts'
import { readMicro } from './micro.ts'
import { signerKeyOf } from './preimage.ts'

export type Descriptor = Message<'extensions/clearing/descriptor'>

/** The 32 bytes that identify a channel: SHA-256 over the RFC 8785 form of its descriptor. */
export const channelIdOf = (descriptor: Descriptor): Buffer =>
  createHash('sha256').update(canonicalJson(descriptor)).digest()

/** What an opening has to fit: this clearing, its network, and the caller. */
export type Opening = {
  readonly clearing: string
  readonly network: string
  readonly caller: { readonly agentId: string; readonly keyThumbprint: string }
  readonly now: number
}

/** Terms of a channel as numbers. Times are epoch seconds. */
export type Terms = {
  readonly cap: bigint
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Checks a descriptor against where and by whom it is opened (EXT-CLEARING-3, 4, 5). Refuses
 * `channel-descriptor-mismatch` with the field, `signer-key-invalid`, `channel-expired`, and amounts by their names.
 */
export const checkDescriptor = (descriptor: Descriptor, opening: Opening): Outcome<Terms> => {
  const { clearing, network, caller, now } = opening
  const notBefore = parseTime(descriptor.notBefore)
  const notAfter = parseTime(descriptor.notAfter)
  const fits: Readonly<Record<string, boolean>> = {
    version: descriptor.version === version,
    network: descriptor.network === network,
    clearing: descriptor.clearing === clearing,
    payerAgentId: descriptor.payerAgentId === caller.agentId,
    payerKeyThumbprint: descriptor.payerKeyThumbprint === caller.keyThumbprint,
    payeeId: descriptor.payeeId !== descriptor.payerAgentId,
    notBefore: notBefore !== undefined,
    notAfter: notAfter !== undefined && notBefore !== undefined && notBefore < notAfter,
  }
  const wrong = Object.keys(fits).find((field) => !fits[field])
  if (wrong !== undefined) return refuse('channel-descriptor-mismatch', { field: `/descriptor/${wrong}` })
  if (!signerKeyOf(Buffer.from(descriptor.signerKey, 'base64url')))
    return refuse('signer-key-invalid', { field: '/descriptor/signerKey' })
  const cap = readMicro({ currency: descriptor.currency, scale: descriptor.scale, value: descriptor.cap })
  if (!cap.ok) return { ok: false, refusal: { ...cap.refusal, field: '/descriptor/cap' } }
  if ((notAfter as number) <= now) return refuse('channel-expired', { field: '/descriptor/notAfter' })
  return accept({ cap: cap.value.value, notBefore: notBefore as number, notAfter: notAfter as number })
}
