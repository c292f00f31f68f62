/** A target named by a file instead of a URL: where it is, what it serves, and how to come by the secrets of its hooks and its door. */
import { readFileSync } from 'node:fs'
import { validate, version } from '../schemas/index.ts'
import { type AgentConfig, isAgentConfig, nameOfAgent } from './agent/launch.ts'
import { type Auth, isAuth, isSecret, readSecret, type Secret } from './auth.ts'
import { type DriverConfig, isDriverConfig, nameOfDriver } from './drivers/open.ts'
import { isObject, type JsonObject } from './layers.ts'
import { isJudgedRole, type JudgedRole, judgedRoles } from './roles.ts'
import type { Discovery } from './target/discovery.ts'

/** How a target is to be judged. */
export type TargetConfig = {
  readonly url: string
  readonly role?: JudgedRole[]
  readonly hooks?: string
  readonly seed?: number
  readonly callbackHost?: string
  /** What the door in front of it asks for with every request. */
  readonly auth?: Auth
  /** What it would say of itself at `/.well-known/amp`, where it serves no such document. */
  readonly declared?: Discovery
  /** How an implementation with another transport is reached. */
  readonly driver?: DriverConfig
  /** A buyer agent, which calls instead of being called. */
  readonly agent?: AgentConfig
  /** A program that kills the target and has started it again when it ends. */
  readonly restart?: readonly string[]
}

type Odd = { readonly cause: string; readonly cure: string }

/** The members of a configuration file, as `--help` and every complaint about one show them. */
export const configShape = `{"url" or "driver" or "agent", "roles"?, "hooks"?, "auth"?, "restart"?, "seed"?, "callbackHost"?}
  driver    {"module" or "command", "settings"?}: how an implementation that does not speak HTTP as AMP does is reached
  agent     {"command" or "module" or "url"}: a buyer agent, which is sent on errands
  roles     names; or, where no /.well-known/amp is served, [{"role", "id", "endpoint", "keys": [JWK], "name"?}]
  hooks     the secret of the test hooks, or {"value" or "command" or "module", "endpoint"?}
  auth      what a gateway in front of the target wants with every request: {"header", "value" or "command"},
            or {"module"}, whose default export gets {method, url, headers, body} and gives headers
  restart   {"command"}: kills the target and has started it again when it ends
  a command is [program, argument...]; it prints the secret. A module is a JavaScript file; its default export gives it`

const members = ['url', 'driver', 'agent', 'roles', 'hooks', 'auth', 'restart', 'seed', 'callbackHost']

const isCommand = (value: unknown): value is { readonly command: readonly string[] } =>
  isObject(value) && Array.isArray(value.command) && value.command.every((part) => typeof part === 'string')

type Declared = {
  readonly role: JudgedRole
  readonly id: string
  readonly endpoint: string
  readonly keys: readonly unknown[]
  readonly name?: string
}

const isDeclared = (value: unknown): value is Declared =>
  isObject(value) &&
  isJudgedRole(value.role) &&
  typeof value.id === 'string' &&
  typeof value.endpoint === 'string' &&
  URL.canParse(value.endpoint) &&
  Array.isArray(value.keys)

const isHooks = (value: unknown): value is string | (Secret & { readonly endpoint?: string }) =>
  typeof value === 'string' ||
  (isSecret(value) && ['undefined', 'string'].includes(typeof (value as { endpoint?: unknown }).endpoint))

/** The discovery document a target would serve, as its configuration declares it. */
const documentOf = (declared: readonly Declared[], hooks: unknown): Discovery => {
  const endpoint = isObject(hooks) && typeof hooks.endpoint === 'string' ? hooks.endpoint : undefined
  return {
    versions: [version],
    software: { name: new URL(declared[0]?.endpoint ?? '').host, version: 'as configured' },
    roles: declared.map(({ role, id, endpoint: at, keys, name }) => ({
      role,
      id,
      name: name ?? role,
      endpoint: at.replace(/\/$/, ''),
      jwks: { keys },
    })) as unknown as Discovery['roles'],
    extensions: [],
    limits: { bodyBytesMax: 65_536, pageSizeMax: 100, clockSkewSecondsMax: 60 },
    hooks: endpoint === undefined ? { tier: 'H0' } : { tier: 'H2', endpoint: endpoint.replace(/\/$/, '') },
  }
}

/** What is wrong with the members of a configuration, first thing first. */
const oddIn = (config: JsonObject): string | undefined => {
  const unknown = Object.keys(config).find((name) => !members.includes(name))
  if (unknown !== undefined) return `has a member ${unknown} nobody knows`
  const { url, roles, hooks, auth, driver, agent, restart } = config
  const declares = Array.isArray(roles) && roles.some(isObject)
  if (typeof url !== 'string' && driver === undefined && agent === undefined && !declares) return 'names no url'
  if (driver !== undefined && !isDriverConfig(driver)) return 'has a driver of another form'
  if (agent !== undefined && !isAgentConfig(agent)) return 'has an agent of another form'
  if (restart !== undefined && !isCommand(restart)) return 'has a restart of another form'
  if (hooks !== undefined && !isHooks(hooks)) return 'has hooks of another form'
  if (auth !== undefined && !isAuth(auth)) return 'has an auth of another form, or with a header that is AMP’s own'
  if (auth !== undefined && (driver ?? agent) !== undefined)
    return 'has an auth beside a driver or an agent, which come to the target in their own way'
  if (!declares) return undefined
  if (!roles.every(isDeclared)) return 'declares a role without role, id, endpoint or keys'
  const invalid = validate('common/discovery', documentOf(roles, hooks))[0]
  return invalid && `declares something else than a discovery document would: ${invalid.path} ${invalid.message}`
}

const namesOf = (roles: unknown): readonly unknown[] | undefined =>
  Array.isArray(roles) ? roles.map((role) => (isObject(role) ? role.role : role)) : undefined

const secretOf = async (hooks: unknown): Promise<string | undefined> =>
  typeof hooks === 'string' || hooks === undefined ? hooks : readSecret(hooks as Secret)

const baseOf = ({ url, agent, driver, roles }: JsonObject): string => {
  if (typeof url === 'string') return url
  if (agent !== undefined) return nameOfAgent(agent as AgentConfig)
  if (driver !== undefined) return nameOfDriver(driver as DriverConfig)
  return new URL((roles as readonly Declared[])[0]?.endpoint ?? '').origin
}

/** Reads a target: a URL as it stands, or a file; says what is wrong with one that cannot be used. */
export const readTargetConfig = async (target: string): Promise<TargetConfig | Odd> => {
  if (!target.endsWith('.json')) return { url: target }
  const cure = `a configuration is ${configShape}`
  let config: unknown
  try {
    config = JSON.parse(readFileSync(target, 'utf8'))
  } catch (error) {
    return { cause: `${target} cannot be read: ${error instanceof Error ? error.message : String(error)}`, cure }
  }
  const names = isObject(config) ? namesOf(config.roles) : undefined
  if (!isObject(config) || (config.roles !== undefined && !names)) return { cause: `${target} names no url`, cure }
  if (names && !names.every(isJudgedRole))
    return { cause: `${target} names a role there is not`, cure: `roles are ${judgedRoles.join(', ')}` }
  const odd = oddIn(config)
  if (odd !== undefined) return { cause: `${target} ${odd}`, cure }
  const { hooks, auth, seed, callbackHost, driver, agent, restart, roles } = config
  try {
    const secret = await secretOf(hooks)
    return {
      url: baseOf(config),
      ...(driver === undefined ? {} : { driver: driver as DriverConfig }),
      ...(agent === undefined ? {} : { agent: agent as AgentConfig }),
      ...(auth === undefined ? {} : { auth: auth as Auth }),
      ...(isCommand(restart) ? { restart: restart.command } : {}),
      ...(names === undefined ? {} : { role: names as JudgedRole[] }),
      ...(Array.isArray(roles) && roles.some(isObject) ? { declared: documentOf(roles as Declared[], hooks) } : {}),
      ...(secret === undefined ? {} : { hooks: secret }),
      ...(typeof seed === 'number' ? { seed } : {}),
      ...(typeof callbackHost === 'string' ? { callbackHost } : {}),
    }
  } catch (error) {
    return {
      cause: `the secret of the hooks cannot be had: ${error instanceof Error ? error.message : String(error)}`,
      cure: 'run its command or module by hand first; paths are of the folder this runs in',
    }
  }
}
