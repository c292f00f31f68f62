/** Where a payer keeps its channels: in memory, or in files that only it can read. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Message } from '../../schemas/index.ts'
import type { Descriptor } from '../core/clearing/index.ts'

/** What has to be kept to go on with a channel after a restart. Whoever has the seed can spend the channel. */
export type KeptChannel = {
  readonly descriptor: Descriptor
  readonly anchor: Message<'extensions/clearing/anchor'> | undefined
  /** 32 secret bytes, base64url. */
  readonly seed: string
}

/** Where channels are kept: a file, a database, memory. Written before a channel is opened, read to go on with it. */
export type ChannelStore = {
  readonly save: (channelId: string, kept: KeptChannel) => Promise<void>
  readonly load: (channelId: string) => Promise<KeptChannel | undefined>
}

/** A store that dies with the process. */
export const memoryStore = (): ChannelStore => {
  const all = new Map<string, KeptChannel>()
  return {
    save: async (channelId, kept) => void all.set(channelId, kept),
    load: async (channelId) => all.get(channelId),
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** One file of mode 0600 for each channel in a folder; a file is there whole or not at all. */
export const fileStore = (folder: string): ChannelStore => {
  const pathOf = (channelId: string): string => {
    if (!/^[A-Za-z0-9_-]{43}$/.test(channelId)) throw new RangeError('a channel has 43 characters of base64url')
    return join(folder, `${channelId}.json`)
  }
  return {
    save: async (channelId, kept) => {
      const path = pathOf(channelId)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(`${path}.new`, JSON.stringify(kept), { mode: 0o600, flush: true })
      await rename(`${path}.new`, path)
    },
    load: async (channelId) => {
      try {
        return JSON.parse(await readFile(pathOf(channelId), 'utf8'))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
  }
}
