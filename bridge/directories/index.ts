/** Where keys come from: pinned lists, lists over the network, and several directories as one. */
import type { KeyDirectory } from '../keys.ts'

export { isPublicAddress } from './addresses.ts'
export { readRoots } from './certificates.ts'
export { Unfetched } from './fetch.ts'
export { type RemoteDirectory, type RemoteOptions, remoteDirectory, type Source } from './remote.ts'

/** Several directories as one; the first that knows a key decides. One that cannot be read refuses, where none knew. */
export const joinedDirectory = (name: string, directories: () => readonly KeyDirectory[]): KeyDirectory => {
  const first = async <Key>(ask: (directory: KeyDirectory) => Promise<Key | undefined>): Promise<Key | undefined> => {
    let failure: unknown
    for (const directory of directories()) {
      try {
        const key = await ask(directory)
        if (key) return key
      } catch (error) {
        failure = error
      }
    }
    if (failure !== undefined) throw failure
    return undefined
  }
  return {
    name,
    find: (kid) => first((directory) => directory.find(kid)),
    findIssuer: (issuer, kid) => first((directory) => directory.findIssuer(issuer, kid)),
  }
}
