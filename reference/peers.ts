/** Finds the parties a server is told of by the address of their discovery document (EXT-HTTP-20). */
import { request } from 'undici'
import { isMessage, type Message, type Role, roles } from '../schemas/index.ts'
import { type LedgerDatabase, savePeer } from './ledger/index.ts'

const answerBytesMax = 262_144

/** Where to look for the parties of a role, or servers of which every role that is not served here is a neighbour. */
export type PeerAddresses = { readonly [Name in Role]?: readonly string[] } | readonly string[]

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Base URL of a peer. Throws where it is no https URL; plain http is for loopback only. */
export const readPeerAddress = (text: string): string => {
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.has(url.hostname)))
    throw new Error(`a peer is reached over https: ${text}`)
  return url.href.replace(/\/$/, '')
}

const read = async (base: string): Promise<Message<'common/discovery'>> => {
  const { statusCode, body } = await request(`${readPeerAddress(base)}/.well-known/amp`, {
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  })
  const text = await body.text()
  const document: unknown = text.length <= answerBytesMax ? JSON.parse(text) : undefined
  if (statusCode !== 200 || !isMessage('common/discovery', document))
    throw new Error(`there is no discovery document at ${base}`)
  return document
}

/** A party that did not answer yet, and why. */
export type MissingPeer = { readonly base: string; readonly roles: readonly Role[]; readonly reason: string }

type Wanted = { readonly base: string; readonly roles: readonly Role[] }

const wantedOf = (addresses: PeerAddresses, served: readonly Role[]): readonly Wanted[] => {
  if (Array.isArray(addresses))
    return addresses.map((base) => ({ base, roles: roles.filter((role) => !served.includes(role)) }))
  return Object.entries(addresses).flatMap(([role, bases]) =>
    ((bases ?? []) as readonly string[]).map((base) => ({ base, roles: [role as Role] })),
  )
}

/** Takes the parties of the wanted roles from one discovery document, and nothing else. Throws where it has none. */
const take = async (database: LedgerDatabase, { base, roles: wanted }: Wanted): Promise<void> => {
  const found = (await read(base)).roles.filter(({ role }) => wanted.includes(role))
  if (found.length === 0) throw new Error(`${base} serves none of ${wanted.join(', ')}`)
  for (const party of found) {
    readPeerAddress(party.endpoint)
    await savePeer(database, party, false)
  }
}

/** Finds every peer; gives back those that did not answer yet, each with the reason. */
export const discoverPeers = async (
  database: LedgerDatabase,
  addresses: PeerAddresses,
  served: readonly Role[],
): Promise<readonly MissingPeer[]> => {
  const results = await Promise.all(
    wantedOf(addresses, served).map(async (wanted) => {
      try {
        await take(database, wanted)
        return undefined
      } catch (error) {
        return { ...wanted, reason: error instanceof Error ? error.message : 'unknown' }
      }
    }),
  )
  return results.filter((missing) => missing !== undefined)
}
