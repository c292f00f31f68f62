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

  /**
   * Takes the records of a message one after the other (EXT-CLEARING-47); false where the stream ends (EXT-CLEARING-48).
   * It is a promise only where something has to be waited for.
   */
  take(message: Buffer): boolean | Promise<boolean> {
    if (enforces(this.#world, 'EXT-CLEARING-48') && !isRecords(message)) return this.#end('tick-records-malformed')
    /** Only a mutant passes over what comes before the newest record (EXT-CLEARING-47). */
    return this.#takeFrom(
      message,
      enforces(this.#world, 'EXT-CLEARING-47') ? 0 : Math.max(0, message.length - recordBytes),
    )
  }

  #takeFrom(message: Buffer, from: number): boolean | Promise<boolean> {
    for (let at = from; at + recordBytes <= message.length; at += recordBytes) {
      const taken = this.#record(message, at)
      if (taken === false) return false
      if (taken !== true) return taken.then((goesOn) => goesOn && this.#takeFrom(message, at + recordBytes))
    }
    return true
  }

  #record(message: Buffer, at: number): boolean | Promise<boolean> {
    const index = indexAt(message, at)
    const named = this.#named[handleAt(message, at)]
    const offset = linkAt(at)
    if (index !== 0 && named?.place?.known) return this.#stream.link(named.place, index, message, offset)
    return this.#other(named, index, message, at)
  }

  /** Takes a record that is not the next link of a channel already found. */
  #other(named: Named | undefined, index: number, message: Buffer, at: number): boolean | Promise<boolean> {
    const offset = linkAt(at)
    if (index === 0) return this.#name(handleAt(message, at), message.toString('base64url', offset, offset + linkBytes))
    if (!named) return enforces(this.#world, 'EXT-CLEARING-48:handle') ? this.#end('tick-handle-unknown') : true
    return this.#first(named, index, message, offset)
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
