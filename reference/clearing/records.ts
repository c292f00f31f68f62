/** Channels between the books and memory: rows read into live channels, proofs and anchors as text. */
import type { KeyObject } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import {
  ChainCursor,
  type Channel,
  lastCovered,
  linkBytes,
  type SignedAnchor,
  type SignedVoucher,
  signerKeyOf,
} from '../core/clearing/index.ts'
import { formatTime } from '../core/index.ts'
import type { ClearingDatabase, ClearingTables } from './tables.ts'

export type ChannelRow = Selectable<ClearingTables['clearing_channels']>

/** A channel in memory. `state` is what the books hold; `cursor` may be ahead of it by the links that wait. */
export type LiveChannel = {
  readonly id: string
  readonly idBytes: Uint8Array
  readonly row: Pick<ChannelRow, 'payer' | 'payee' | 'mandate_id' | 'currency' | 'scale' | 'descriptor' | 'opened_at'>
  readonly key: KeyObject
  state: Channel
  /** The anchor of `state` as the books have it. */
  anchor: string | null
  closedAt: number | undefined
  link: string | undefined
  cursor: ChainCursor | undefined
  /** Highest link the cap covers. */
  covered: number
}

const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64url')

/** A voucher as one line of text, for the books. */
export const writeProof = ({ cumulative, sequence, expiresAt, contextHash, signature }: SignedVoucher): string =>
  `${cumulative}.${sequence}.${expiresAt}.${base64url(contextHash)}.${base64url(signature)}`

const readProof = (text: string, channelId: Uint8Array): SignedVoucher => {
  const [cumulative = '', sequence = '', expiresAt = '', contextHash = '', signature = ''] = text.split('.')
  return {
    channelId,
    cumulative: BigInt(cumulative),
    sequence: BigInt(sequence),
    expiresAt: BigInt(expiresAt),
    contextHash: bytesOf(contextHash),
    signature: bytesOf(signature),
  }
}

/** The bytes a voucher on the wire is a view of. */
export const voucherFromWire = (
  wire: Message<'extensions/clearing/voucher'>,
  channelId: Uint8Array,
): SignedVoucher => ({
  channelId,
  cumulative: BigInt(wire.cumulative),
  sequence: BigInt(wire.sequence),
  expiresAt: BigInt(wire.expiresAt),
  contextHash: bytesOf(wire.contextHash),
  signature: bytesOf(wire.signature),
})

export const voucherToWire = (voucher: SignedVoucher): Message<'extensions/clearing/voucher'> => ({
  cumulative: voucher.cumulative.toString(),
  sequence: voucher.sequence.toString(),
  expiresAt: voucher.expiresAt.toString(),
  contextHash: base64url(voucher.contextHash),
  signature: base64url(voucher.signature),
})

export const anchorFromWire = (wire: Message<'extensions/clearing/anchor'>, channelId: Uint8Array): SignedAnchor => ({
  channelId,
  anchor: bytesOf(wire.anchor),
  unitPrice: BigInt(wire.unitPrice),
  base: BigInt(wire.base),
  length: BigInt(wire.length),
  expiresAt: BigInt(wire.expiresAt),
  signature: bytesOf(wire.signature),
})

const number = (value: bigint | null): number | undefined => (value === null ? undefined : Number(value))

/** Reads a row into a live channel. */
export const toLive = (row: ChannelRow): LiveChannel => {
  const idBytes = bytesOf(row.channel_id)
  const key = signerKeyOf(bytesOf(row.signer_key))
  if (!key) throw new Error(`channel ${row.channel_id} has a key that cannot be read`)
  const anchor = row.anchor === null ? undefined : anchorFromWire(JSON.parse(row.anchor), idBytes)
  const voucher = row.profile === 'voucher' && row.proof !== null ? readProof(row.proof, idBytes) : undefined
  const link = row.profile === 'hash-chain' ? (row.proof ?? undefined) : undefined
  const state: Channel = {
    profile: row.profile,
    status: row.status,
    cap: row.cap,
    authorised: row.authorised,
    delivered: row.delivered,
    notBefore: Number(row.not_before),
    notAfter: Number(row.not_after),
    graceSeconds: Number(row.grace_seconds),
    voucher,
    anchor,
    linkIndex: Number(row.link_index),
    revokedAt: number(row.revoked_at),
    closesAt: number(row.closes_at),
  }
  const live: LiveChannel = {
    id: row.channel_id,
    idBytes,
    row,
    key,
    state,
    anchor: row.anchor,
    closedAt: number(row.closed_at),
    link,
    cursor: undefined,
    covered: 0,
  }
  rewind(live)
  return live
}

/** The newest link the books hold, or the anchor. */
export const tipOf = ({ state, link }: LiveChannel): Uint8Array =>
  link === undefined || state.linkIndex === 0 ? (state.anchor?.anchor ?? new Uint8Array(linkBytes)) : bytesOf(link)

/** Puts the cursor on a link that was verified, or where the books are. */
export const rewind = (live: LiveChannel, index = live.state.linkIndex, tip: Uint8Array = tipOf(live)): void => {
  const { anchor } = live.state
  if (!anchor) return
  live.cursor = new ChainCursor(live.idBytes, Number(anchor.length), index, tip)
  live.covered = lastCovered(live.state, anchor)
}

/** The channel of an identifier as the books hold it. */
export const readChannel = async (database: ClearingDatabase, channelId: string): Promise<LiveChannel | undefined> => {
  const row = await database
    .selectFrom('clearing_channels')
    .selectAll()
    .where('channel_id', '=', channelId)
    .executeTakeFirst()
  return row && toLive(row)
}

/** A channel as it is shown. */
export const channelToWire = (live: LiveChannel, anchor?: string | null): Message<'extensions/clearing/channel'> => {
  const { state, row } = live
  const time = (name: 'revokedAt' | 'closesAt' | 'closedAt', at: number | undefined) =>
    at === undefined ? {} : { [name]: formatTime(at) }
  return {
    channelId: live.id,
    descriptor: JSON.parse(row.descriptor),
    status: state.status,
    cap: state.cap.toString(),
    authorised: state.authorised.toString(),
    delivered: state.delivered.toString(),
    ...(state.voucher ? { voucher: voucherToWire(state.voucher) } : {}),
    ...(state.anchor ? { anchor: anchorToWire(state.anchor) } : anchor ? { anchor: JSON.parse(anchor) } : {}),
    ...linkToWire(live),
    openedAt: formatTime(Number(row.opened_at)),
    ...time('revokedAt', state.revokedAt),
    ...time('closesAt', state.closesAt),
    ...time('closedAt', live.closedAt),
  }
}

/** The newest link, where one was taken. */
export const linkToWire = (live: LiveChannel): { link?: Message<'extensions/clearing/link'> } =>
  live.link === undefined || live.state.linkIndex === 0
    ? {}
    : { link: { index: live.state.linkIndex, link: live.link } }

export const anchorToWire = (anchor: SignedAnchor): Message<'extensions/clearing/anchor'> => ({
  anchor: base64url(anchor.anchor),
  unitPrice: anchor.unitPrice.toString(),
  base: anchor.base.toString(),
  length: Number(anchor.length),
  expiresAt: anchor.expiresAt.toString(),
  signature: base64url(anchor.signature),
})
