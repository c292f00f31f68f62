/** Finds the parties a server is told of by the address of their discovery document (EXT-HTTP-20). */
import { Agent, request } from 'undici'
import { isMessage, type Message, type Role } from '../schemas/index.ts'
import { type LedgerDatabase, savePeer } from './ledger/index.ts'

const patienceMs = 5_000
const pool = new Agent({ maxResponseSize: 262_144 })

/** Where to look for the parties of a role: base URLs, whose discovery documents are read. */
export type PeerAddresses = { readonly [Name in Role]?: readonly string[] }

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Base URL of a peer. Throws where it is no https URL; plain http is for loopback only. */
export const readPeerAddress = (text: string): string => {
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.has(url.hostname)))
    throw new Error(`a peer is reached over https: ${text}`)
  return url.href.replace(/\/$/, '')
}

/** The discovery document at a base URL. Throws where there is none. */
export const readDiscovery = async (base: string): Promise<Message<'common/discovery'>> => {
  const { statusCode, body } = await request(`${readPeerAddress(base)}/.well-known/amp`, {
    dispatcher: pool,
    signal: AbortSignal.timeout(patienceMs),
  })
  const document: unknown = await body.json()
  if (statusCode !== 200 || !isMessage('common/discovery', document))
    throw new Error(`there is no discovery document at ${base}`)
  return document
}

/** A party that did not answer yet, and why. */
export type MissingPeer = { readonly base: string; readonly role: Role; readonly reason: string }

type Wanted = { readonly base: string; readonly role: Role }

const wantedOf = (addresses: PeerAddresses): readonly Wanted[] =>
  Object.entries(addresses).flatMap(([role, bases]) => bases.map((base) => ({ base, role: role as Role })))

/** Takes the party of the wanted role from one discovery document, and nothing else. Throws where it has none. */
const take = async (database: LedgerDatabase, { base, role }: Wanted): Promise<void> => {
  const party = (await readDiscovery(base)).roles.find((each) => each.role === role)
  if (!party) throw new Error(`${base} serves no ${role}`)
  readPeerAddress(party.endpoint)
  await savePeer(database, { ...party, role }, false)
}

/** Finds every peer; gives back those that did not answer yet, each with the reason. */
export const discoverPeers = async (
  database: LedgerDatabase,
  addresses: PeerAddresses,
): Promise<readonly MissingPeer[]> => {
  const results = await Promise.all(
    wantedOf(addresses).map(async (wanted) => {
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
