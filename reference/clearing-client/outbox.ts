/** What is on its way out: ticks and lines of one turn gathered into messages, as records where the clearing takes them. */
import type { Message } from '../../schemas/index.ts'
import {
  handlesMax,
  indexMax,
  linkAt,
  linkBytes,
  recordBytes,
  recordsMax,
  writeRecordHead,
} from '../core/clearing/index.ts'

export type Tick = Message<'extensions/clearing/tick-request'>

/** Characters of lines in one message; a clearing takes 64 KiB. */
const lineCharactersMax = 32_768

const token = /^[A-Za-z0-9_-]{43}$/

/** Whether a tick is a link and nothing else, and one that 40 bytes can say: what is wrong stays a line, to be refused as one. */
const isRecordable = ({ channelId, link, voucher, delivered }: Tick): boolean =>
  link !== undefined &&
  voucher === undefined &&
  delivered === undefined &&
  Number.isInteger(link.index) &&
  link.index >= 1 &&
  link.index <= indexMax &&
  token.test(link.link) &&
  token.test(channelId)

/** Gathers until a message is full or nothing more comes for now. What is written first is sent first. */
export class Outbox {
  readonly #send: (message: string | Buffer) => void
  readonly #takesRecords: boolean
  readonly #handles = new Map<string, number>()
  #next = 0
  #lines = ''
  readonly #records: Buffer
  #filled = 0
  #flushing: NodeJS.Immediate | undefined

  constructor(send: (message: string | Buffer) => void, takesRecords: boolean) {
    this.#send = send
    this.#takesRecords = takesRecords
    this.#records = Buffer.alloc(takesRecords ? recordsMax * recordBytes : 0)
  }

  /** Writes a tick: a link as a record where records are taken, anything else as a line. */
  tick(tick: Tick): void {
    const { channelId, link } = tick
    if (this.#takesRecords && link && isRecordable(tick))
      this.#record(this.#handles.get(channelId) ?? this.#name(channelId), link.index, link.link)
    else this.#line(`${JSON.stringify(tick)}\n`)
  }

  #line(line: string): void {
    this.#sendRecords()
    this.#lines += line
    if (this.#lines.length >= lineCharactersMax) this.flush()
    else this.#soon()
  }

  /** The next handle, which may be that of a channel named long ago. */
  #name(channelId: string): number {
    const handle = this.#next
    this.#next = (handle + 1) % handlesMax
    if (this.#handles.size === handlesMax) {
      const [oldest = ''] = this.#handles.keys()
      this.#handles.delete(oldest)
    }
    this.#handles.set(channelId, handle)
    this.#record(handle, 0, channelId)
    return handle
  }

  /** Writes one record; `text` is its 32 bytes in base64url (EXT-CLEARING-47). */
  #record(handle: number, index: number, text: string): void {
    this.#sendLines()
    writeRecordHead(this.#records, this.#filled, handle, index)
    this.#records.write(text, linkAt(this.#filled), linkBytes, 'base64url')
    this.#filled += recordBytes
    if (this.#filled === this.#records.length) this.flush()
    else this.#soon()
  }

  #soon(): void {
    this.#flushing ??= setImmediate(() => this.flush())
  }

  #sendLines(): void {
    if (this.#lines !== '') this.#send(this.#lines)
    this.#lines = ''
  }

  #sendRecords(): void {
    if (this.#filled > 0) this.#send(Buffer.from(this.#records.subarray(0, this.#filled)))
    this.#filled = 0
  }

  /** Sends what was gathered. */
  flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    this.#sendLines()
    this.#sendRecords()
  }
}
