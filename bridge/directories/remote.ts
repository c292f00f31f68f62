/** A key directory over the network: lists of sources the operator named, cached with bounds, revoked by removal. */
import type { X509Certificate } from 'node:crypto'
import { verifySignature } from 'http-message-sig'
import { isObject, type Json, member, parseJson } from '../json.ts'
import { type AgentKey, type AgentRecord, type KeyDirectory, readKey, type TrustedKey } from '../keys.ts'
import { isSignedBy } from '../signatures.ts'
import { profileKeys } from '../ucp/profile.ts'
import { isVouchedFor } from './certificates.ts'
import { type Fetched, type FetchOptions, fetchGuarded } from './fetch.ts'

/** A list of keys and whose they are. */
export type Source = {
  /** Who publishes it: the issuer of tokens, or the https URL an agent goes by. */
  readonly issuer: string
  readonly url: string
  /**
   * `jwks` (RFC 7517), `signatures`: the directory of HTTP message signatures, where a `kid` is the thumbprint, or `ucp`:
   * a profile of UCP with its keys under `keys` or `signing_keys`.
   */
  readonly kind: 'jwks' | 'signatures' | 'ucp'
  /** Also gives these keys to an agent, found by `kid` alone. */
  readonly agent?: AgentRecord
  /** Each key needs a certificate chain to one of these roots. */
  readonly roots?: readonly X509Certificate[]
  /** The answer has to be signed by each key it lists (kind `signatures`). */
  readonly needsProof?: boolean
}

export type RemoteOptions = {
  readonly name: string
  readonly sources: readonly Source[]
  /** Epoch seconds. */
  readonly now: () => number
  /** Seconds a list is believed, whatever its own `max-age` says. */
  readonly ttlMax?: number
  /** Asks nobody: lists that are not cached are unavailable. */
  readonly isOffline?: boolean
  readonly fetch?: Pick<FetchOptions, 'allowsLoopback' | 'resolve'> & { readonly millisecondsMax?: number }
}

/** A directory with what an operator wants to see of it. */
export type RemoteDirectory = KeyDirectory & {
  readonly refresh: () => Promise<void>
  /** Age of each list in seconds, by URL; nothing where it was never read. */
  readonly ages: () => Readonly<Record<string, number | undefined>>
}

const mediaTypes = {
  jwks: ['application/json', 'application/jwk-set+json'],
  ucp: ['application/json', 'application/jwk-set+json'],
  signatures: ['application/http-message-signatures-directory+json', 'application/http-message-signatures-directory'],
} as const

const bounds = { bytesMax: 131_072, millisecondsMax: 3_000 } as const
const ttl = { least: 30, most: 3_600, failed: 30 } as const
const keysMax = 100

type Entry = TrustedKey & { readonly notBefore: number; readonly notAfter: number }
type List = { readonly keys: ReadonlyMap<string, Entry>; readonly readAt: number; readonly until: number }

const moment = (jwk: Json, name: string, otherwise: number): number => {
  const value = isObject(jwk) ? member(jwk, name) : undefined
  return typeof value === 'number' ? value : otherwise
}

const keysIn = (value: Json): Json | undefined => (isObject(value) ? member(value, 'keys') : undefined)

/** Keys of a list. One that cannot be read or trusted is left out: the others are none the worse for it. */
const readList = (text: string, source: Source, now: number): ReadonlyMap<string, Entry> => {
  const json = parseJson(text)
  const list = !json.ok ? undefined : source.kind === 'ucp' ? profileKeys(json.value) : keysIn(json.value)
  if (!Array.isArray(list) || list.length > keysMax) throw new Error('the list is none')
  const keys = new Map<string, Entry>()
  const twice = new Set<string>()
  for (const jwk of list) {
    const key = readKey(jwk)
    if (!key || (source.kind === 'signatures' && key.kid !== key.thumbprint)) continue
    if (source.roots && !isVouchedFor(jwk, key, source.roots, now)) continue
    // A profile may publish one key under both names.
    const before = keys.get(key.kid)
    if (before && (source.kind !== 'ucp' || before.thumbprint !== key.thumbprint)) twice.add(key.kid)
    keys.set(key.kid, {
      ...key,
      notBefore: moment(jwk, 'nbf', 0),
      notAfter: moment(jwk, 'exp', Number.MAX_SAFE_INTEGER),
    })
  }
  // Two keys under one id: neither can be meant.
  for (const kid of twice) keys.delete(kid)
  return keys
}

const proofTag = 'http-message-signatures-directory'

/** Whether the answer is signed by a key, over its digest and the host that was asked. */
const isProven = async (fetched: Fetched, url: string, key: TrustedKey, now: number): Promise<boolean> => {
  const fields = Object.entries(fetched.headers).map(([name, value]) => ({ name, value }))
  const algorithm = key.type === 'Ed25519' ? 'Ed25519' : key.type === 'P-256' ? 'ES256' : 'PS512'
  const request = { kind: 'request', method: 'GET', targetUri: url, fields: [] } as const
  const named = { Ed25519: 'ed25519', ES256: 'ecdsa-p256-sha256', PS512: 'rsa-pss-sha512' }[algorithm]
  try {
    await verifySignature(
      { kind: 'response', status: 200, fields, request },
      {
        policy: {
          algorithms: [named],
          requiredComponents: [{ name: '@authority', parameters: { req: true } }],
          requiredParameters: ['created', 'expires', 'keyid', 'tag'],
          now,
          validate: ({ parameters }) => parameters.tag === proofTag && parameters.keyid === key.thumbprint,
        },
        resolveVerifier: () => ({
          algorithm: named,
          verify: (data, signature) => isSignedBy(key, algorithm, data, signature),
        }),
      },
    )
    return true
  } catch {
    return false
  }
}

/** One list, with its cache: believed until its time is over, asked again for unknown keys, never past its time. */
const cachedList = (source: Source, options: RemoteOptions) => {
  let list: List | undefined
  let pending: Promise<List> | undefined
  let failedUntil = 0
  const load = async (): Promise<List> => {
    const now = options.now()
    if (options.isOffline) throw new Error('the directory is offline')
    if (now < failedUntil) throw new Error('the directory did not answer a moment ago')
    try {
      const fetched = await fetchGuarded(source.url, {
        ...bounds,
        ...options.fetch,
        contentTypes: mediaTypes[source.kind],
      })
      const keys = new Map(readList(fetched.text, source, now))
      if (source.needsProof)
        for (const key of [...keys.values()]) if (!(await isProven(fetched, source.url, key, now))) keys.delete(key.kid)
      const life = Math.max(ttl.least, Math.min(fetched.maxAge ?? ttl.most, options.ttlMax ?? ttl.most))
      list = { keys, readAt: now, until: now + life }
      return list
    } catch (error) {
      // A list that does not answer keeps what it said until its time is over; after that nothing is believed.
      failedUntil = now + ttl.failed
      throw error
    }
  }
  const refresh = (): Promise<List> => {
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }
  const current = async (): Promise<List> => (list && options.now() < list.until ? list : refresh())
  const find = async (kid: string): Promise<TrustedKey | undefined> => {
    let now = await current()
    // A key nobody listed may be new: ask again, but not more often than the least time (the negative cache).
    if (
      !now.keys.has(kid) &&
      options.now() >= now.readAt + ttl.least &&
      !options.isOffline &&
      options.now() >= failedUntil
    )
      now = await refresh().catch(() => now)
    const key = now.keys.get(kid)
    const at = options.now()
    return key && key.notBefore <= at && at < key.notAfter ? key : undefined
  }
  return { source, find, refresh, age: () => (list ? options.now() - list.readAt : undefined) }
}

/**
 * A directory of the sources an operator named. An issuer that is none of them is unknown before anything is fetched. A
 * source that cannot be read, or whose list is too old, makes the look-up throw: the message is refused.
 */
export const remoteDirectory = (options: RemoteOptions): RemoteDirectory => {
  const lists = options.sources.map((source) => cachedList(source, options))
  const findAgent = async (kid: string): Promise<AgentKey | undefined> => {
    let failure: unknown
    for (const { source, find } of lists) {
      if (!source.agent) continue
      try {
        const key = await find(kid)
        if (key) return { ...key, agent: source.agent }
      } catch (error) {
        failure = error
      }
    }
    // Not found while one list could not be read is not the same as not found.
    if (failure !== undefined) throw failure
    return undefined
  }
  return {
    name: options.name,
    find: findAgent,
    findIssuer: async (issuer, kid) => lists.find(({ source }) => source.issuer === issuer)?.find(kid),
    refresh: async () => void (await Promise.allSettled(lists.map(({ refresh }) => refresh()))),
    ages: () => Object.fromEntries(lists.map(({ source, age }) => [source.url, age()])),
  }
}
