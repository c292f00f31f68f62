/** A target named by a file instead of a URL: where it is, what it serves, and how to come by the secret of its hooks. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { type Role, roles } from '../schemas/index.ts'
import { isObject } from './layers.ts'

/** How a target is to be judged. */
export type TargetConfig = {
  readonly url: string
  readonly role?: Role[]
  readonly hooks?: string
  readonly seed?: number
  readonly callbackHost?: string
}

type Odd = { readonly cause: string; readonly cure: string }

const shape =
  'it looks like {"url", "roles"?: [role], "hooks"?: secret or {"command": [program, argument]}, "seed"?, "callbackHost"?}'

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

const isRole = (role: unknown): role is Role => (roles as readonly unknown[]).includes(role)

/** Reads a target: a URL as it stands, or a file; says what is wrong with one that cannot be used. */
export const readTargetConfig = (target: string): TargetConfig | Odd => {
  if (!target.endsWith('.json')) return { url: target }
  let config: unknown
  try {
    config = JSON.parse(readFileSync(target, 'utf8'))
  } catch (error) {
    return { cause: `${target} cannot be read: ${error instanceof Error ? error.message : String(error)}`, cure: shape }
  }
  if (!isObject(config) || typeof config.url !== 'string') return { cause: `${target} names no url`, cure: shape }
  const odd = Object.keys(config).find((name) => !['url', 'roles', 'hooks', 'seed', 'callbackHost'].includes(name))
  if (odd !== undefined) return { cause: `${target} has a member ${odd} nobody knows`, cure: shape }
  const { url, roles: wanted, hooks, seed, callbackHost } = config
  if (wanted !== undefined && !(Array.isArray(wanted) && wanted.every(isRole)))
    return { cause: `${target} names a role there is not`, cure: `roles are ${roles.join(', ')}` }
  try {
    const secret = hooks === undefined ? undefined : secretOf(hooks)
    if (hooks !== undefined && secret === undefined)
      return { cause: `${target} has hooks of another form`, cure: shape }
    return {
      url,
      ...(wanted === undefined ? {} : { role: wanted as Role[] }),
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
