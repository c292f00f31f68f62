/** How the agent under test is sent on an errand: a program, a module in JavaScript, or an address it listens at. */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject } from '../layers.ts'
import { exchangeOf } from '../target/client.ts'
import type { Errand } from './errand.ts'

/** What a configuration says: `command` gets the errand as JSON in AMP_ERRAND, `module` as argument of its default export, `url` as the body of a POST. */
export type AgentConfig =
  | { readonly command: readonly string[] }
  | { readonly module: string }
  | { readonly url: string }
  | { readonly run: (errand: Errand) => Promise<void> }

/** Whether a value from a file configures an agent. */
export const isAgentConfig = (value: unknown): value is AgentConfig =>
  isObject(value) &&
  (typeof value.module === 'string' ||
    typeof value.url === 'string' ||
    (Array.isArray(value.command) && value.command.length > 0 && value.command.every((one) => typeof one === 'string')))

/** The agent as reports name it in place of a URL. */
export const nameOfAgent = (config: AgentConfig): string => {
  if ('command' in config) return `agent:${config.command.join(' ')}`
  if ('module' in config) return `agent:${config.module}`
  return 'url' in config ? config.url : 'agent'
}

/** How long one errand may take. */
const patienceMilliseconds = 60_000

const byCommand = (command: readonly string[], errand: Errand): Promise<void> =>
  new Promise((done, fail) => {
    const [program = '', ...arguments_] = command
    const env = { ...process.env, AMP_ERRAND: JSON.stringify(errand) }
    const child = spawn(program, arguments_, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMilliseconds)
    child.once('error', fail)
    child.once('exit', () => {
      clearTimeout(timer)
      done()
    })
  })

/** Sends the agent on an errand and waits until it is back; how it says it went is not asked, what it did is seen. */
export const sendOn = async (config: AgentConfig, errand: Errand): Promise<void> => {
  if ('run' in config) return config.run(errand)
  if ('command' in config) return byCommand(config.command, errand)
  if ('url' in config) {
    const headers = { 'content-type': 'application/json' }
    return void (await exchangeOf('POST', config.url, headers, JSON.stringify(errand), patienceMilliseconds))
  }
  const loaded: unknown = await import(pathToFileURL(resolve(config.module)).href)
  const run = isObject(loaded) ? loaded.default : undefined
  if (typeof run !== 'function') throw new Error(`${config.module} exports no function as default`)
  await run(errand)
}
