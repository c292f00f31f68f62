/** Opens the driver a configuration names: one that ships with the suite, a module, or an executable. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Check } from '../check.ts'
import { isObject } from '../layers.ts'
import type { NeighbourServer } from '../neighbours/server.ts'
import { Refusal } from '../neighbours/server.ts'
import { openSession, type Programme, partiesOf, type Session } from '../session.ts'
import type { Exchange } from '../target/client.ts'
import type { Discovery } from '../target/discovery.ts'
import { openDemoApi } from './demo-api/index.ts'
import { type About, type Driven, type Driver, type OpenDriver, peopleOf } from './driver.ts'
import { openLines } from './lines.ts'

/** What a configuration says of a driver: `module` is a name of ours or a path, `command` a program with its arguments. */
export type DriverConfig =
  | { readonly module: string; readonly settings?: unknown }
  | { readonly command: readonly string[]; readonly settings?: unknown }

/** Drivers that ship with the suite. */
const shipped: Readonly<Record<string, OpenDriver>> = { 'demo-api': openDemoApi }

/** Whether a value configures a driver. */
export const isDriverConfig = (value: unknown): value is DriverConfig =>
  isObject(value) &&
  (typeof value.module === 'string' ||
    (Array.isArray(value.command) && value.command.length > 0 && value.command.every((one) => typeof one === 'string')))

/** A driver as reports name it in place of a URL. */
export const nameOfDriver = (config: DriverConfig): string =>
  `driver:${'module' in config ? config.module : config.command.join(' ')}`

const opener = async (config: DriverConfig): Promise<OpenDriver> => {
  if ('command' in config) return (context) => openLines(config.command, context)
  const known = shipped[config.module]
  if (known) return known
  const loaded: unknown = await import(pathToFileURL(resolve(config.module)).href)
  const open = isObject(loaded) ? (loaded.default ?? loaded.open) : undefined
  if (typeof open !== 'function') throw new Error(`${config.module} exports no function as default or as open`)
  return open as OpenDriver
}

/** The discovery document an implementation would serve if it spoke the HTTP binding. */
const documentOf = ({ software, roles, extensions = [] }: About): Discovery => ({
  versions: ['2026-11-20'],
  software,
  roles: roles.map(({ role, id, keys, address }) => ({
    role,
    id,
    endpoint: address ?? `driver:${role}`,
    jwks: { keys: [...keys] },
  })) as Discovery['roles'],
  extensions: [...extensions] as Discovery['extensions'],
  limits: { bodyBytesMax: 65_536, pageSizeMax: 100, clockSkewSecondsMax: 60 },
  hooks: { tier: 'H0' },
})

const drivenBy = (reply: object | Refusal): Driven =>
  reply instanceof Refusal ? { status: reply.problem.status, body: reply.problem } : { status: 200, body: reply }

/** Opens a driver and a session on the implementation behind it. Throws where the driver cannot be opened. */
export const openDriven = async (
  config: DriverConfig,
  {
    seed,
    program,
    onExchange,
  }: {
    readonly seed: number
    readonly program?: Programme | undefined
    readonly onExchange?: (exchange: Exchange) => void
  },
): Promise<Session> => {
  let neighbours: NeighbourServer | undefined
  const open = await opener(config)
  const driver = await open({
    settings: config.settings ?? {},
    parties: peopleOf(await partiesOf(seed)),
    deliver: async (name, message, came) => {
      const reply = await neighbours?.deliver(name, message, came)
      return reply && drivenBy(reply)
    },
  })
  try {
    const session = await openSession({
      url: nameOfDriver(config),
      discovery: documentOf(driver.about),
      seed,
      program,
      driver,
      ...(onExchange ? { onExchange } : {}),
    })
    neighbours = session.neighbours
    return session
  } catch (error) {
    await driver.close()
    throw error
  }
}

/** Opens a driver, or says why it cannot be used: that is configuration, no failure of the target. */
export const openDriver = async (
  config: DriverConfig,
  run: Parameters<typeof openDriven>[1],
): Promise<{ readonly session: Session } | { readonly odd: string }> => {
  try {
    return { session: await openDriven(config, run) }
  } catch (error) {
    return { odd: error instanceof Error ? error.message : String(error) }
  }
}

/** The checks an implementation can be asked through its driver: those its own API can show, and none of the HTTP binding. */
export const checksThrough = (driver: Driver | undefined, checks: readonly Check[]): readonly Check[] =>
  driver === undefined
    ? checks
    : checks.filter(({ requirements }) => requirements.every((id) => driver.about.requirements.includes(id)))
