/** A foreign HTTP message as the bridge takes it: bounded, strictly read, and not yet believed. */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { isObject, type Json, leavesOf, member, parseJson } from './json.ts'

/** One header line. The same name may come twice, and adapters see that it does. */
export type HttpField = { readonly name: string; readonly value: string }

/** A request from another protocol. `json` is the body where it is JSON. */
export type ForeignMessage = {
  readonly method: string
  /** Absolute http or https URL as it was sent: no fragment, no credentials. */
  readonly url: string
  readonly fields: readonly HttpField[]
  readonly body: string
  readonly json?: Json
}

/** What a message may be at most; bytes where not said otherwise. */
export const messageBounds = { url: 8_192, fields: 100, headers: 16_384, body: 65_536 } as const

const methodPattern = /^[A-Z][A-Z-]{0,31}$/
const namePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
const urlPattern = /^https?:\/\/[^\s/?#@\\]+([/?][^\s#\\]*)?$/i

const malformed = (detail: string, field: string) => refuse('message-malformed', { detail, field })
const tooLarge = (detail: string, field: string) => refuse('message-too-large', { detail, field })

/** Headers by name, of the message looked at last: every adapter asks for some of them, one after the other. */
let latest: { readonly fields: readonly HttpField[]; readonly read: ReadonlyMap<string, string> } | undefined

const headersOf = (fields: readonly HttpField[]): ReadonlyMap<string, string> => {
  const read = new Map<string, string>()
  for (const field of fields) {
    const [name, before] = [field.name.toLowerCase(), read.get(field.name.toLowerCase())]
    read.set(name, before === undefined ? field.value.trim() : `${before}, ${field.value.trim()}`)
  }
  latest = { fields, read }
  return read
}

/** Values of a header in the order received, joined as HTTP says; nothing where the header is absent. */
export const headerOf = ({ fields }: Pick<ForeignMessage, 'fields'>, name: string): string | undefined =>
  (latest?.fields === fields ? latest.read : headersOf(fields)).get(name)

const addressOf = (url: string): URL | undefined => {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

const readUrl = (url: string): Outcome<string> => {
  if (url.length > messageBounds.url) return tooLarge(`the URL is longer than ${messageBounds.url}`, 'url')
  const address = urlPattern.test(url) ? addressOf(url) : undefined
  if (!address) return malformed('the URL has to be absolute, http or https, without credentials or fragment', 'url')
  // Verifiers disagree on paths like `/a/../b`: what one covers is not what another routes.
  const path = /^https?:\/\/[^/?]+([^?]*)/i.exec(url)?.[1] || '/'
  if (path !== address.pathname) return malformed('the path is not in normal form', 'url')
  return accept(url)
}

const readFields = (fields: readonly HttpField[]): Outcome<readonly HttpField[]> => {
  const size = fields.reduce((sum, field) => sum + field.name.length + field.value.length, 0)
  if (fields.length > messageBounds.fields || size > messageBounds.headers)
    return tooLarge(`more than ${messageBounds.fields} header lines or ${messageBounds.headers} bytes`, 'headers')
  if (fields.some((field) => !namePattern.test(field.name) || /[\r\n\0]/.test(field.value)))
    return malformed('a header name or value is not one', 'headers')
  return accept(fields)
}

const readJson = (fields: readonly HttpField[], body: string): Outcome<Json | undefined> => {
  const type = headerOf({ fields }, 'content-type') ?? ''
  const claimed = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(type)
  if (body.trim() === '' || (!claimed && !/^\s*[[{]/.test(body))) return accept(undefined)
  const json = parseJson(body)
  if (json.ok) return accept(json.value)
  return /deeper|more than/.test(json.why)
    ? tooLarge(`the body is refused: ${json.why}`, 'body')
    : malformed(`the body is refused: ${json.why}`, 'body')
}

/**
 * Reads the parts of a request strictly. `body` is bytes as received or the text they stand for.
 * Refuses with `message-too-large` or `message-malformed`.
 */
export const readMessage = (parts: {
  readonly method: string
  readonly url: string
  readonly fields: readonly HttpField[]
  readonly body: Uint8Array | string
}): Outcome<ForeignMessage> => {
  if (!methodPattern.test(parts.method)) return malformed('the method is not one', 'method')
  const url = readUrl(parts.url)
  if (!url.ok) return url
  const fields = readFields(parts.fields)
  if (!fields.ok) return fields
  if (Buffer.byteLength(parts.body) > messageBounds.body)
    return tooLarge(`the body is larger than ${messageBounds.body} bytes`, 'body')
  if (!/^(identity)?$/i.test(headerOf(parts, 'content-encoding') ?? ''))
    return malformed('the body is compressed', 'header/content-encoding')
  let body: string
  try {
    body = typeof parts.body === 'string' ? parts.body : new TextDecoder('utf-8', { fatal: true }).decode(parts.body)
  } catch {
    return malformed('the body is not UTF-8', 'body')
  }
  const json = readJson(fields.value, body)
  if (!json.ok) return json
  const { method } = parts
  return accept({
    method,
    url: parts.url,
    fields: parts.fields,
    body,
    ...(json.value === undefined ? {} : { json: json.value }),
  })
}

/** Reads a message from its JSON description: `{"method", "url", "headers", "body"?}`; a header may be a list. */
export const readDescription = (value: unknown): Outcome<ForeignMessage> => {
  if (!isObject(value)) return malformed('a message is an object with method, url, headers and body', 'message')
  const method = member(value, 'method')
  const url = member(value, 'url')
  const headers = member(value, 'headers') ?? {}
  const body = member(value, 'body') ?? ''
  if (typeof method !== 'string') return malformed('the method is not a string', 'method')
  if (typeof url !== 'string') return malformed('the URL is not a string', 'url')
  if (typeof body !== 'string') return malformed('the body has to be the text that was sent', 'body')
  if (!isObject(headers)) return malformed('the headers are not an object', 'headers')
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((line) => ({ name, value: line })),
  )
  if (!fields.every((field): field is HttpField => typeof field.value === 'string'))
    return malformed('a header value is not a string', 'headers')
  return readMessage({ method, url, fields, body })
}

/** Authority as RFC 9421 section 2.2.3 covers it: lower case, without the default port. */
export const authorityOf = (message: Pick<ForeignMessage, 'url'>): string => new URL(message.url).host

/** Every field of a message once: method, parts of the URL, headers by name, leaves of the body. */
export const fieldsOf = (message: ForeignMessage): readonly string[] => [
  'method',
  'url/authority',
  'url/path',
  ...(message.url.includes('?') ? ['url/query'] : []),
  ...new Set(message.fields.map((field) => `header/${field.name.toLowerCase()}`)),
  ...(message.json !== undefined ? leavesOf(message.json, 'body') : message.body === '' ? [] : ['body']),
]
