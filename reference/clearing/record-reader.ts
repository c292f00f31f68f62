/** Records of a stream: binary messages of links, each taken as if it had come in a line of its own. */
import { handleAt, handlesMax, indexAt, isRecords, linkAt, linkBytes, recordBytes } from '../core/clearing/index.ts'
import { enforces, refuse, type World } from '../core/index.ts'
import type { Place, TickStream } from './tick-stream.ts'

/** The channel a handle stands for on this stream. */
type Named = { readonly channelId: string; place: Place | undefined }

/** Reads the records of one stream; what it remembers of them is bounded by `handlesMax`. */
export class RecordReader {
  readonly #stream: TickStream
  readonly #world: Pick<World, 'deviation'>
  readonly #named: (Named | undefined)[] = []

  constructor(stream: TickStream, world: Pick<World, 'deviation'>) {
    this.#stream = stream
    this.#world = world
  }

  /** Takes the records of a message one after the other (EXT-CLEARING-47); false where the stream ends (EXT-CLEARING-48). */
  async take(message: Buffer): Promise<boolean> {
    if (enforces(this.#world, 'EXT-CLEARING-48') && !isRecords(message)) return this.#end('tick-records-malformed')
    /** Only a mutant passes over what comes before the newest record (EXT-CLEARING-47). */
    const from = enforces(this.#world, 'EXT-CLEARING-47') ? 0 : Math.max(0, message.length - recordBytes)
    for (let at = from; at + recordBytes <= message.length; at += recordBytes) {
      const taken = this.#record(message, at)
      if (taken !== true && !(await taken)) return false
    }
    return true
  }

  /** Takes one record; it is a promise only where something has to be waited for. */
  #record(message: Buffer, at: number): boolean | Promise<boolean> {
    const handle = handleAt(message, at)
    const index = indexAt(message, at)
    const offset = linkAt(at)
    if (index === 0) return this.#name(handle, message.toString('base64url', offset, offset + linkBytes))
    const named = this.#named[handle]
    if (!named) return enforces(this.#world, 'EXT-CLEARING-48:handle') ? this.#end('tick-handle-unknown') : true
    const { place } = named
    if (!place?.known) return this.#first(named, index, message, offset)
    return this.#stream.link(place, index, message, offset)
  }

  /** From here on a handle stands for a channel, whatever it stood for before. */
  #name(handle: number, channelId: string): boolean {
    if (handle >= handlesMax) return this.#end('tick-records-malformed')
    this.#named[handle] = { channelId, place: undefined }
    return true
  }

  /** The first link of a channel since it was named, or since it has to be looked for anew. */
  async #first(named: Named, index: number, message: Buffer, offset: number): Promise<boolean> {
    named.place = await this.#stream.place(named.channelId)
    return named.place ? this.#stream.link(named.place, index, message, offset) : true
  }

  #end(code: 'tick-records-malformed' | 'tick-handle-unknown'): false {
    this.#stream.refuse(undefined, refuse(code).refusal)
    return false
  }
}
