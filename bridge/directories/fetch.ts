/** Fetches a key list so that nobody can turn the bridge against its own network: the address is checked, then used. */
import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isPublicAddress } from './addresses.ts'

/** What came back: text of a 200 answer of an expected media type. */
export type Fetched = {
  readonly text: string
  readonly contentType: string
  /** Headers by lower-case name; one that came twice is joined. */
  readonly headers: Readonly<Record<string, string>>
  /** `max-age` of the answer in seconds, where it names one. */
  readonly maxAge?: number
}

/** Why nothing came back; never the text of what came. */
export class Unfetched extends Error {
  override name = 'Unfetched'
}

/** Bounds of one fetch. */
export type FetchOptions = {
  readonly contentTypes: readonly string[]
  readonly bytesMax: number
  /** From the first step to the last byte. */
  readonly millisecondsMax: number
  /** Fetches from addresses of this machine too, over http as well: for tests and for a directory beside the bridge. */
  readonly allowsLoopback?: boolean
  /** Names to addresses; the system's if left out. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

const system = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

const isLoopback = (address: string): boolean => /^127\./.test(address) || address === '::1'

const readUrl = (text: string, allowsLoopback: boolean): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '') throw new Unfetched('the address is not one')
  if (url.protocol !== 'https:' && !(allowsLoopback && url.protocol === 'http:'))
    throw new Unfetched('the address is not https')
  return url
}

/** Every address of a host has to be fit, so that no second answer of its name server makes a difference. */
const fitAddress = async (url: URL, { resolve = system, allowsLoopback = false }: FetchOptions): Promise<string> => {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  let addresses: readonly string[]
  try {
    addresses = await resolve(host)
  } catch {
    throw new Unfetched('the host has no address')
  }
  const isFit = (address: string): boolean => isPublicAddress(address) || (allowsLoopback && isLoopback(address))
  const [first] = addresses
  if (first === undefined || !addresses.every(isFit)) throw new Unfetched('the host has an address that is not public')
  return first
}

const secondsOf = (header: string | undefined): number | undefined => {
  if (header === undefined) return undefined
  if (/\bno-(store|cache)\b/i.test(header)) return 0
  const [, seconds] = /\bmax-age=(\d{1,9})\b/i.exec(header) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

const readAnswer = (answer: IncomingMessage, { contentTypes, bytesMax }: FetchOptions): Promise<Fetched> =>
  new Promise((settle, fail) => {
    const stop = (why: string): void => {
      answer.destroy()
      fail(new Unfetched(why))
    }
    if (answer.statusCode !== 200) return stop('the answer is not 200; redirects are not followed')
    const contentType = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
    if (!contentTypes.includes(contentType)) return stop('the media type is another')
    if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity') return stop('the answer is compressed')
    const chunks: Buffer[] = []
    let size = 0
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > bytesMax) stop('the answer is too large')
      else chunks.push(chunk)
    })
    answer.on('error', () => fail(new Unfetched('the answer broke off')))
    answer.on('end', () => {
      const maxAge = secondsOf(answer.headers['cache-control'])
      const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
      settle({
        text: Buffer.concat(chunks).toString('utf8'),
        contentType,
        headers,
        ...(maxAge === undefined ? {} : { maxAge }),
      })
    })
  })

/**
 * Gets one address that the operator named, never one from a message. The host is resolved once, every address is
 * checked, and the connection goes to the checked one under the name of the host. Throws `Unfetched`.
 */
export const fetchGuarded = async (text: string, options: FetchOptions): Promise<Fetched> => {
  const url = readUrl(text, options.allowsLoopback === true)
  const timer = AbortSignal.timeout(options.millisecondsMax)
  const address = await fitAddress(url, options)
  const family = address.includes(':') ? 6 : 4
  const pinned: LookupFunction = (_host, lookupOptions, done) =>
    lookupOptions.all ? done(null, [{ address, family }]) : done(null, address, family)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((settle, fail) => {
    const out = request(url, {
      method: 'GET',
      lookup: pinned,
      signal: timer,
      headers: { accept: options.contentTypes.join(', '), 'accept-encoding': 'identity' },
      agent: false,
      maxHeaderSize: 16_384,
    })
    out.on('error', () => fail(new Unfetched('the host does not answer')))
    out.on('response', (answer) => {
      timer.addEventListener('abort', () => fail(new Unfetched('the host takes too long')))
      readAnswer(answer, options).then(settle, fail)
    })
    out.end()
  })
}
