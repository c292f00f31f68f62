/** What the door in front of a target asks for besides AMP: one header with a secret, or headers a module makes for each request. */
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject } from './layers.ts'

/** A secret as a configuration gives it: as it stands, printed by a program, or by the default export of a module. */
export type Secret = { readonly value: string } | { readonly command: readonly string[] } | { readonly module: string }

/** A request as the module of a door sees it: `headers` are in lower case, with the signature in them. */
export type Knock = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One header for all requests, or a module whose default export gives headers for each. */
export type Auth =
  | { readonly header: string; readonly value: string }
  | { readonly header: string; readonly command: readonly string[] }
  | { readonly module: string }

/** Shown of headers that are a secret, in reports, transcripts and curl commands. */
export const hidden = '[hidden]'

const programMillisecondsMax = 30_000
const moduleMillisecondsMax = 10_000

/** Headers AMP, its hooks and HTTP itself need; a door cannot have them. */
const taken = new Set([
  'amp-hook-secret',
  'amp-version',
  'connection',
  'content-digest',
  'content-length',
  'content-type',
  'host',
  'idempotency-key',
  'signature',
  'signature-input',
  'transfer-encoding',
])
const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** Whether a door may ask for a header of this name. */
export const isDoorHeader = (name: string): boolean => headerName.test(name) && !taken.has(name)

const isCommand = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string')

/** Whether a value from a file is a secret. */
export const isSecret = (value: unknown): value is Secret =>
  isObject(value) &&
  [typeof value.value === 'string', isCommand(value.command), typeof value.module === 'string'].filter(Boolean)
    .length === 1

/** Whether a value from a file says what a door asks for. */
export const isAuth = (value: unknown): value is Auth =>
  isSecret(value) &&
  ('module' in value
    ? !('header' in value)
    : typeof (value as { header?: unknown }).header === 'string' &&
      isDoorHeader((value as unknown as { header: string }).header.toLowerCase()))

/** The default export of a module, which has to be a function. Paths are of the folder the command runs in. */
const functionOf = async (module: string): Promise<(argument?: unknown) => unknown> => {
  const loaded: unknown = await import(pathToFileURL(resolve(module)).href)
  if (!isObject(loaded) || typeof loaded.default !== 'function')
    throw new Error(`${module} exports no function as default`)
  return loaded.default as (argument?: unknown) => unknown
}

const printed = (command: readonly string[]): string =>
  execFileSync(command[0] ?? '', command.slice(1), {
    encoding: 'utf8',
    timeout: programMillisecondsMax,
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()

/** The secret itself. Throws where the program or module fails or gives no text. */
export const readSecret = async (secret: Secret): Promise<string> => {
  if ('value' in secret) return secret.value
  const given = 'command' in secret ? printed(secret.command) : await (await functionOf(secret.module))()
  if (typeof given !== 'string' || given === '')
    throw new Error(`${'command' in secret ? secret.command.join(' ') : secret.module} gave no text`)
  return given
}

const inTime = async <Value>(work: Promise<Value>, what: string): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} gave nothing within ${moduleMillisecondsMax / 1000} seconds`)),
      moduleMillisecondsMax,
    )
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** Headers of a module, held to what a door may ask for. */
const doorHeaders = (given: unknown, module: string): Record<string, string> => {
  if (!isObject(given)) throw new Error(`${module} gave no headers`)
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const lower = name.toLowerCase()
      if (!isDoorHeader(lower)) throw new Error(`${module} gave ${name}, which is not for a door to ask`)
      if (typeof value !== 'string') throw new Error(`${module} gave ${name} without text`)
      return [lower, value]
    }),
  )
}

type Opener = (knock: Knock) => Record<string, string> | Promise<Record<string, string>>

const openerOf = async (auth: Auth): Promise<Opener> => {
  if ('module' in auth) {
    const headersFor = await functionOf(auth.module)
    return async (knock) => doorHeaders(await inTime((async () => headersFor(knock))(), auth.module), auth.module)
  }
  const headers = { [auth.header.toLowerCase()]: await readSecret(auth) }
  return () => headers
}

const doors = new Map<string, Opener>()

/** Makes every request to some origins carry what their door asks for, and to no other; gives back how to end that. Throws where the secret cannot be had. */
export const knockWith = async (auth: Auth, urls: readonly string[]): Promise<() => void> => {
  const opener = await openerOf(auth)
  const origins = urls.map((url) => new URL(url).origin)
  for (const origin of origins) doors.set(origin, opener)
  return () => {
    for (const origin of origins) if (doors.get(origin) === opener) doors.delete(origin)
  }
}

/** What the door of a URL asks for; nothing where it has none. The request's own headers come before these. */
export const headersAtDoor = async (knock: Knock): Promise<Readonly<Record<string, string>>> => {
  const opener = doors.size === 0 ? undefined : doors.get(new URL(knock.url).origin)
  return opener ? opener(knock) : {}
}

/** Headers of a door as files may show them. */
export const veiled = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.keys(headers).map((name) => [name, hidden]))
