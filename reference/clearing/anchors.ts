/** Anchors of chains as they come with an opening or a top-up: verified, and kept as text. */
import { canonicalJson, type Message } from '../../schemas/index.ts'
import { anchorPreimage, type Channel, fitsAnchor, isSignedBy, readUnits, signerKeyOf } from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { anchorFromWire } from './records.ts'

export type WireAnchor = Message<'extensions/clearing/anchor'>

/** The anchor of a request as it is kept, verified for its channel (EXT-CLEARING-14). */
export const readAnchor = (
  wire: WireAnchor | undefined,
  channel: Pick<Channel, 'profile' | 'authorised'>,
  channelId: Uint8Array,
  signerKey: string,
  verify: typeof isSignedBy = isSignedBy,
): Outcome<string | null> => {
  if (!wire) return channel.profile === 'voucher' ? accept(null) : refuse('chain-anchor-invalid', { field: '/anchor' })
  const unitPrice = readUnits(wire.unitPrice)
  if (!unitPrice.ok) return { ok: false, refusal: { ...unitPrice.refusal, field: '/anchor/unitPrice' } }
  const anchor = anchorFromWire(wire, channelId)
  const key = signerKeyOf(Buffer.from(signerKey, 'base64url'))
  const valid =
    key !== undefined && fitsAnchor(channel, anchor) && verify(key, anchorPreimage(anchor), anchor.signature)
  return valid ? accept(canonicalJson(wire)) : refuse('chain-anchor-invalid', { field: '/anchor' })
}
