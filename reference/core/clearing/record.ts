/** Records: links of chains in 40 bytes each, many to a binary message of a stream (EXT-CLEARING-47, 48). */
import { version } from '../../../schemas/index.ts'

/** The subprotocol of a WebSocket whose binary messages are records. */
export const recordProtocol = `amp-ticks.${version}`
/** Bytes of one record: handle (2), index (6), link or channel (32); numbers are big-endian. */
export const recordBytes = 40
/** Records of one message. */
export const recordsMax = 1_638
/** Handles of one stream, counted from 0. */
export const handlesMax = 16_384

/** Highest number of a link that a record can say. */
export const indexMax = 2 ** 48 - 1

const linkFrom = 8
const halfIndex = 2 ** 32

const pairAt = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

/** The handle of the record that begins at `at`. */
export const handleAt = (bytes: Uint8Array, at: number): number => pairAt(bytes, at)
/** Number of the link, up to 2^48 - 1; 0 where the record names a channel. */
export const indexAt = (bytes: Uint8Array, at: number): number =>
  pairAt(bytes, at + 2) * halfIndex + pairAt(bytes, at + 4) * 65_536 + pairAt(bytes, at + 6)
/** Where the link, or the identifier of the channel, begins. */
export const linkAt = (at: number): number => at + linkFrom

/** Whether a message is whole records, at least one and no more than a message holds. */
export const isRecords = ({ length }: Uint8Array): boolean =>
  length > 0 && length % recordBytes === 0 && length <= recordsMax * recordBytes

/** Writes the handle and the index of a record; its 32 bytes are written by the caller, from `linkAt` on. */
export const writeRecordHead = (out: Buffer, at: number, handle: number, index: number): void => {
  out.writeUInt16BE(handle, at)
  out.writeUIntBE(index, at + 2, 6)
}
