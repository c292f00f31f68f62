/** A target named by a file instead of a URL: where it is, what it serves, and how to come by the secret of its hooks. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type AgentConfig, isAgentConfig, nameOfAgent } from './agent/launch.ts'
import { type DriverConfig, isDriverConfig, nameOfDriver } from './drivers/open.ts'
import { isObject } from './layers.ts'
import { isJudgedRole, type JudgedRole, judgedRoles } from './roles.ts'

/** How a target is to be judged. */
export type TargetConfig = {
  readonly url: string
  readonly role?: JudgedRole[]
  readonly hooks?: string
  readonly seed?: number
  readonly callbackHost?: string
  /** How an implementation with another transport is reached. */
  readonly driver?: DriverConfig
  /** A buyer agent, which calls instead of being called. */
  readonly agent?: AgentConfig
  /** A program that kills the target and has started it again when it ends. */
  readonly restart?: readonly string[]
}

type Odd = { readonly cause: string; readonly cure: string }

const shape =
  'it looks like {"url" or "driver": {"module" or "command", "settings"?} or "agent": {"command" or "module" or "url"}, "roles"?: [role], "hooks"?: secret or {"command": [program, argument]}, "restart"?: {"command"}, "seed"?, "callbackHost"?}'

const secretOf = (hooks: unknown): string | undefined => {
  if (typeof hooks === 'string') return hooks
  if (!isObject(hooks) || !Array.isArray(hooks.command)) return undefined
  const [program, ...arguments_] = hooks.command.map(String)
  return execFileSync(program ?? '', arguments_, {
    encoding: 'utf8',
    timeout: 30_000,
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
}

const members = ['url', 'driver', 'agent', 'roles', 'hooks', 'restart', 'seed', 'callbackHost']

const isCommand = (value: unknown): value is { readonly command: readonly string[] } =>
  isObject(value) && Array.isArray(value.command) && value.command.every((part) => typeof part === 'string')

/** Reads a target: a URL as it stands, or a file; says what is wrong with one that cannot be used. */
export const readTargetConfig = (target: string): TargetConfig | Odd => {
  if (!target.endsWith('.json')) return { url: target }
  let config: unknown
  try {
    config = JSON.parse(readFileSync(target, 'utf8'))
  } catch (error) {
    return { cause: `${target} cannot be read: ${error instanceof Error ? error.message : String(error)}`, cure: shape }
  }
  if (
    !isObject(config) ||
    (typeof config.url !== 'string' && config.driver === undefined && config.agent === undefined)
  )
    return { cause: `${target} names no url`, cure: shape }
  const odd = Object.keys(config).find((name) => !members.includes(name))
  if (odd !== undefined) return { cause: `${target} has a member ${odd} nobody knows`, cure: shape }
  const { url, roles: wanted, hooks, seed, callbackHost, driver, agent, restart } = config
  if (driver !== undefined && !isDriverConfig(driver))
    return { cause: `${target} has a driver of another form`, cure: shape }
  if (agent !== undefined && !isAgentConfig(agent))
    return { cause: `${target} has an agent of another form`, cure: shape }
  if (restart !== undefined && !isCommand(restart))
    return { cause: `${target} has a restart of another form`, cure: shape }
  if (wanted !== undefined && !(Array.isArray(wanted) && wanted.every(isJudgedRole)))
    return { cause: `${target} names a role there is not`, cure: `roles are ${judgedRoles.join(', ')}` }
  try {
    const secret = hooks === undefined ? undefined : secretOf(hooks)
    if (hooks !== undefined && secret === undefined)
      return { cause: `${target} has hooks of another form`, cure: shape }
    return {
      url: typeof url === 'string' ? url : agent ? nameOfAgent(agent) : nameOfDriver(driver as DriverConfig),
      ...(driver === undefined ? {} : { driver }),
      ...(agent === undefined ? {} : { agent }),
      ...(restart === undefined ? {} : { restart: restart.command }),
      ...(wanted === undefined ? {} : { role: wanted as JudgedRole[] }),
      ...(secret === undefined ? {} : { hooks: secret }),
      ...(typeof seed === 'number' ? { seed } : {}),
      ...(typeof callbackHost === 'string' ? { callbackHost } : {}),
    }
  } catch (error) {
    return {
      cause: `the command for the secret failed: ${error instanceof Error ? error.message : String(error)}`,
      cure: 'run it by hand first',
    }
  }
}
