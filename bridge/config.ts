/** The configuration file of a gateway, read strictly: a member nobody knows is a mistake, not a comment. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Settings } from './adapter.ts'
import type { SessionAgent } from './amp-sessions.ts'
import { readRoots, type Source } from './directories/index.ts'
import { isObject, type Json, type JsonObject, member, parseJson } from './json.ts'
import { Misconfigured } from './keys.ts'
import { adapters } from './registry.ts'
import { readMerchants } from './settings.ts'
import type { Policy, Tenant } from './tenants.ts'

/** What a gateway process is told. Paths in the file are relative to it. */
export type Config = {
  readonly listen: { readonly host: string; readonly port: number }
  readonly tenants: readonly Tenant[]
  /** JWKS files of trusted agents and issuers. */
  readonly pinned: readonly unknown[]
  readonly remote: readonly Source[]
  readonly isOffline: boolean
  /** Fetches key lists from this machine too. */
  readonly allowsLoopback: boolean
  readonly nonces: string
  readonly audit?: string
  readonly telemetry?: string
  /** Secret of the test hooks; there are none without it. */
  readonly hooks?: string
  readonly amp?: { readonly endpoint: string; readonly agents: Readonly<Record<string, SessionAgent>> }
  /** Every file the configuration was read from: what a reload watches. */
  readonly files: readonly string[]
}

const only = (object: JsonObject, names: readonly string[], where: string): void => {
  const unknown = Object.keys(object).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Misconfigured(`${where} has no member ${unknown}; it has ${names.join(', ')}`)
}

const objectAt = (value: Json | undefined, where: string): JsonObject => {
  if (!isObject(value)) throw new Misconfigured(`${where} is an object`)
  return value
}
const textAt = (object: JsonObject, name: string, where: string): string => {
  const value = member(object, name)
  if (typeof value !== 'string' || value === '') throw new Misconfigured(`${where} has no ${name}`)
  return value
}
const optionalText = (object: JsonObject, name: string, where: string): string | undefined =>
  member(object, name) === undefined ? undefined : textAt(object, name, where)
const flagAt = (object: JsonObject, name: string, where: string): boolean => {
  const value = member(object, name) ?? false
  if (typeof value !== 'boolean') throw new Misconfigured(`${name} of ${where} is true or false`)
  return value
}
const textsAt = (object: JsonObject, name: string, where: string): readonly string[] | undefined => {
  const value = member(object, name)
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((each): each is string => typeof each === 'string')) return value
  throw new Misconfigured(`${name} of ${where} is a list of strings`)
}

/** Reads files beside the configuration and remembers which. */
type Files = {
  readonly text: (path: string) => string
  readonly json: (path: string) => Json
  readonly seen: () => readonly string[]
}

const filesBeside = (config: string): Files => {
  const seen = new Set<string>([config])
  const text = (path: string): string => {
    const whole = resolve(dirname(config), path)
    seen.add(whole)
    try {
      return readFileSync(whole, 'utf8')
    } catch {
      throw new Misconfigured(`${path} cannot be read`)
    }
  }
  const json = (path: string): Json => {
    const read = parseJson(text(path))
    if (!read.ok) throw new Misconfigured(`${path} is refused: ${read.why}`)
    return read.value
  }
  return { text, json, seen: () => [...seen] }
}

const readPolicy = (value: Json, where: string): Policy => {
  const object = objectAt(value, `the policy of ${where}`)
  only(object, ['amountMax', 'agents', 'evidence'], `the policy of ${where}`)
  const [agents, evidence] = ['agents', 'evidence'].map((name) => textsAt(object, name, `the policy of ${where}`))
  const amountMax = member(object, 'amountMax')
  if (
    amountMax !== undefined &&
    !Object.values(objectAt(amountMax, 'amountMax')).every((each) => typeof each === 'string')
  )
    throw new Misconfigured('amountMax maps currencies to amounts in major units, as text')
  return {
    ...(agents ? { agents } : {}),
    ...(evidence ? { evidence } : {}),
    ...(amountMax === undefined ? {} : { amountMax: amountMax as Readonly<Record<string, string>> }),
  }
}

const readSettings = (object: JsonObject, where: string, files: Files): Settings => {
  const currency = optionalText(object, 'currency', where)
  const listed = member(object, 'merchants')
  const merchants = typeof listed === 'string' ? files.json(listed) : listed
  const protocols = member(object, 'settings')
  if (protocols !== undefined && !Object.values(objectAt(protocols, `settings of ${where}`)).every(isObject))
    throw new Misconfigured(`settings of ${where} are objects by protocol`)
  return {
    ...(currency === undefined ? {} : { currency }),
    ...(merchants === undefined ? {} : { merchants: readMerchants(merchants) }),
    ...(flagAt(object, 'allowPs256', where) ? { allowPs256: true } : {}),
    ...(protocols === undefined ? {} : { protocols: protocols as Readonly<Record<string, JsonObject>> }),
  }
}

const tenantNames = [
  'name',
  'origins',
  'mode',
  'protocols',
  'policy',
  'currency',
  'merchants',
  'allowPs256',
  'settings',
]

const readTenant = (value: Json, files: Files): Tenant => {
  const object = objectAt(value, 'a tenant')
  const name = textAt(object, 'name', 'a tenant')
  const where = `the tenant ${name}`
  only(object, tenantNames, where)
  const origins = textsAt(object, 'origins', where) ?? []
  if (origins.length === 0 || !origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
    throw new Misconfigured(`origins of ${where} are like https://merchant.example`)
  const mode = member(object, 'mode') ?? 'live'
  if (mode !== 'live' && mode !== 'shadow') throw new Misconfigured(`the mode of ${where} is live or shadow`)
  const protocols = textsAt(object, 'protocols', where)
  const strange = protocols?.find((protocol) => !adapters.some((adapter) => adapter.protocol === protocol))
  if (strange !== undefined) throw new Misconfigured(`the bridge does not speak ${strange}`)
  const policy = member(object, 'policy')
  return {
    name,
    origins,
    mode,
    settings: readSettings(object, where, files),
    ...(protocols ? { protocols } : {}),
    ...(policy === undefined ? {} : { policy: readPolicy(policy, where) }),
  }
}

const readSource = (value: Json, files: Files): Source => {
  const object = objectAt(value, 'a remote directory')
  only(object, ['issuer', 'url', 'kind', 'agent', 'roots', 'needsProof'], 'a remote directory')
  const kind = member(object, 'kind') ?? 'jwks'
  if (kind !== 'jwks' && kind !== 'signatures' && kind !== 'ucp')
    throw new Misconfigured('the kind of a remote directory is jwks, signatures or ucp')
  const [issuer, url] = [textAt(object, 'issuer', 'a remote directory'), textAt(object, 'url', 'a remote directory')]
  if (!URL.canParse(url)) throw new Misconfigured(`${url} is no address`)
  const agent = optionalText(object, 'agent', 'a remote directory')
  const roots = textsAt(object, 'roots', 'a remote directory')
  return {
    issuer,
    url,
    kind,
    ...(agent === undefined ? {} : { agent: { id: agent } }),
    ...(roots ? { roots: readRoots(roots.map(files.text)) } : {}),
    ...(flagAt(object, 'needsProof', 'a remote directory') ? { needsProof: true } : {}),
  }
}

const readAmp = (value: Json, files: Files): NonNullable<Config['amp']> => {
  const object = objectAt(value, 'amp')
  only(object, ['endpoint', 'agents'], 'amp')
  const agents = Object.entries(objectAt(member(object, 'agents'), 'agents of amp')).map(([id, entry]) => {
    const agent = objectAt(entry, `the agent ${id}`)
    only(agent, ['agentId', 'bindingId', 'keyFile'], `the agent ${id}`)
    const [agentId, bindingId, keyFile] = ['agentId', 'bindingId', 'keyFile'].map((name) =>
      textAt(agent, name, `the agent ${id}`),
    )
    return [
      id,
      { agentId, bindingId, privateJwk: objectAt(files.json(keyFile ?? ''), 'the key') } as SessionAgent,
    ] as const
  })
  return { endpoint: textAt(object, 'endpoint', 'amp'), agents: Object.fromEntries(agents) }
}

const hookSecretMin = 16

const readHooks = (value: Json, files: Files): string => {
  const object = objectAt(value, 'hooks')
  only(object, ['secretFile'], 'hooks')
  const secret = files.text(textAt(object, 'secretFile', 'hooks')).trim()
  if (secret.length < hookSecretMin)
    throw new Misconfigured(`the secret of hooks has ${hookSecretMin} characters or more`)
  return secret
}

const names = ['listen', 'tenants', 'directories', 'nonces', 'audit', 'telemetry', 'amp', 'hooks']

/** Reads a configuration. Throws `Misconfigured` with what is wrong, in words for the operator. */
export const readConfig = (path: string): Config => {
  const file = resolve(path)
  const files = filesBeside(file)
  const object = objectAt(files.json(file), 'the configuration')
  only(object, names, 'the configuration')
  const listen = objectAt(member(object, 'listen') ?? {}, 'listen')
  only(listen, ['host', 'port'], 'listen')
  const port = member(listen, 'port') ?? 8080
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Misconfigured('the port is 0 to 65535')
  const list = member(object, 'tenants')
  if (!Array.isArray(list) || list.length === 0) throw new Misconfigured('there is no tenant')
  const directories = objectAt(member(object, 'directories') ?? {}, 'directories')
  only(directories, ['pinned', 'remote', 'offline', 'allowLoopback'], 'directories')
  const remote = member(directories, 'remote') ?? []
  if (!Array.isArray(remote)) throw new Misconfigured('remote directories are a list')
  const tenants = list.map((tenant) => readTenant(tenant, files))
  const [amp, hooks] = [member(object, 'amp'), member(object, 'hooks')]
  if (amp === undefined && tenants.some(({ mode }) => mode === 'live'))
    throw new Misconfigured('a live tenant needs amp: where sessions are opened, and as which agent')
  const [audit, telemetry] = ['audit', 'telemetry'].map((name) => optionalText(object, name, 'the configuration'))
  return {
    listen: { host: optionalText(listen, 'host', 'listen') ?? '127.0.0.1', port },
    tenants,
    pinned: (textsAt(directories, 'pinned', 'directories') ?? []).map(files.json),
    remote: remote.map((source) => readSource(source, files)),
    isOffline: flagAt(directories, 'offline', 'directories'),
    allowsLoopback: flagAt(directories, 'allowLoopback', 'directories'),
    nonces: optionalText(object, 'nonces', 'the configuration') ?? 'memory',
    ...(audit === undefined ? {} : { audit: resolve(dirname(file), audit) }),
    ...(telemetry === undefined ? {} : { telemetry }),
    ...(amp === undefined ? {} : { amp: readAmp(amp, files) }),
    ...(hooks === undefined ? {} : { hooks: readHooks(hooks, files) }),
    files: files.seen(),
  }
}
