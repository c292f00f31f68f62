/** A run's hold on its target: who it says it is, its clock, its hooks, and the neighbours the suite plays for it. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type Role, roles } from '../schemas/index.ts'
import type { AgentConfig } from './agent/launch.ts'
import type { AgentRuns } from './agent/runs.ts'
import { agentWorld } from './agent/world.ts'
import { type Driver, driverHooks } from './drivers/driver.ts'
import { Inconclusive, Untestable } from './expect.ts'
import { type IssuedBinding, playedParts } from './neighbours/parts.ts'
import { type NeighbourServer, startNeighbours } from './neighbours/server.ts'
import { diceOf, type Party } from './parties.ts'
import type { JudgedRole } from './roles.ts'
import type { Exchange, Observation } from './target/client.ts'
import { type Discovery, readDiscovery, type ServedRole, servedRole } from './target/discovery.ts'
import { createHooks, type Hooks } from './target/hooks.ts'

/** What every check of a run shares. */
export type Session = {
  readonly seed: number
  readonly url: string
  readonly discovery: Discovery
  /** The role of the target; the run only has checks for roles it serves. */
  readonly served: (role: JudgedRole) => ServedRole
  /** The suite's own party of each role, which the target was told of. */
  readonly parties: Readonly<Record<Role, Party>>
  readonly neighbours: NeighbourServer
  /** Random for this run, in the path of every address the target was told of. */
  readonly challenge: string
  /** Throws `Untestable` where the target has no hooks or no secret was given. */
  readonly hooks: Hooks
  readonly hooked: boolean
  /** How a target behind another transport is reached. */
  readonly driver: Driver | undefined
  /** The errands of a buyer agent under test. */
  readonly agent: AgentRuns | undefined
  /** A program that disproved a target before, to be played first by the stateful check it belongs to. */
  readonly program: Programme | undefined
  /** Kills the target and starts it again, where a program for it was given; its neighbours are told of again. */
  readonly restart: (() => Promise<void>) | undefined
  /** Epoch seconds as the target has them. */
  readonly now: () => number
  /** Moves the target's clock ahead of real time; 0 restores it. */
  readonly moveClock: (offsetSeconds: number) => Promise<void>
  /** Makes the target forget what hooks told it and know the suite's own parties; for checks that brought in others. */
  readonly introduce: () => Promise<void>
  /** Bindings the suite's network made, by the authorization they came from. */
  readonly issued: ReadonlyMap<string, IssuedBinding>
  readonly observations: Observation[]
  readonly requests: { count: number }
  /** Answers of each role so far; what nobody asked shows nothing. */
  readonly answered: Map<JudgedRole, number>
  /** Hears every exchange with the target. */
  readonly onExchange: (exchange: Exchange) => void
  readonly close: () => Promise<void>
}

/** Steps of commands as a proof holds them; `alone` where nothing else is to be looked for. */
export type Programme = { readonly steps: readonly (readonly object[])[]; readonly alone?: boolean }

const run = promisify(execFile)

const noHooks = (): Hooks => ({
  endpoint: '',
  send: async () => {
    throw new Untestable('needs the test hooks of the target: give their secret with --hooks')
  },
  call: async () => {
    throw new Untestable('needs the test hooks of the target: give their secret with --hooks')
  },
})

/** How a target is reached. */
export type Approach = {
  readonly url: string
  readonly discovery: Discovery
  readonly seed: number
  readonly hooksSecret?: string | undefined
  /** Address of this machine as the target can reach it. */
  readonly callbackHost?: string | undefined
  /** Seconds the target's clock is ahead of ours. */
  readonly skewSeconds?: number
  readonly onExchange?: (exchange: Exchange) => void
  readonly driver?: Driver | undefined
  /** A buyer agent under test, which calls the suite. */
  readonly agent?: AgentConfig | undefined
  readonly program?: Programme | undefined
  /** A program that kills the target and has started it again when it ends, or what does so. */
  readonly restart?: readonly string[] | (() => Promise<void>) | undefined
}

/** The suite's own party of each role in a run. */
export const partiesOf = async (seed: number): Promise<Record<Role, Party>> => {
  const salt = diceOf(seed, 'salt').word()
  const dice = diceOf(seed, 'parties')
  const entries: [Role, Party][] = []
  for (const role of roles) entries.push([role, await dice.party(`https://${role}.suite-${salt}.example`)])
  return Object.fromEntries(entries) as Record<Role, Party>
}

/** Restarts a target and waits until it answers again. */
const restarted = async (url: string, how: Approach['restart'], acquaint: () => Promise<void>): Promise<void> => {
  if (typeof how === 'function') await how()
  else await run(how?.[0] ?? '', how?.slice(1) ?? [], { timeout: 60_000 })
  const until = Date.now() + 30_000
  for (;;) {
    const up = await readDiscovery(url).catch(() => undefined)
    if (up?.document) break
    if (Date.now() > until) throw new Inconclusive('the target did not come back within 30 seconds')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await acquaint()
}

/** Opens a session: starts the neighbours and makes them known to the target. */
export const openSession = async (approach: Approach): Promise<Session> => {
  const { url, discovery, seed, hooksSecret, skewSeconds = 0 } = approach
  const requests = { count: 0 }
  const { driver } = approach
  const hooked = driver !== undefined || (hooksSecret !== undefined && discovery.hooks.endpoint !== undefined)
  const count = (_exchange: Exchange): void => void requests.count++
  const overHttp = hooked && hooksSecret !== undefined && discovery.hooks.endpoint !== undefined
  const hooks = driver
    ? driverHooks(driver)
    : overHttp
      ? createHooks(discovery.hooks.endpoint as string, hooksSecret, count)
      : noHooks()
  let offset = 0
  const now = (): number => Math.floor(Date.now() / 1000) + skewSeconds + offset
  const parties = await partiesOf(seed)
  const keys = discovery.roles.flatMap(({ jwks }) => jwks.keys)
  const challenge = randomBytes(16).toString('base64url')
  const issued = new Map<string, IssuedBinding>()
  const cast = { parties, now, dice: diceOf(seed, 'neighbours', challenge), issued }
  const world = approach.agent && agentWorld(cast)
  const neighbours = await startNeighbours({ ...playedParts(cast), ...world?.parts }, keys, {
    host: approach.callbackHost,
    challenge,
    keysIn: world?.keysIn,
    documents: world ? { '/.well-known/amp': () => world.document(neighbours.url) } : {},
  })
  const acquaint = async (): Promise<void> => {
    for (const role of roles)
      await hooks.call('registerPeer', {
        role,
        id: parties[role].id,
        name: role === 'wallet' ? 'SUITE_WALLET' : `Suite ${role}`,
        endpoint: `${neighbours.url}/${role}`,
        jwks: { keys: [parties[role].jwk] },
      })
  }
  const introduce = async (): Promise<void> => {
    await hooks.call('reset', {})
    await acquaint()
  }
  try {
    if (overHttp) await introduce()
  } catch (error) {
    await neighbours.close()
    throw error
  }
  return {
    seed,
    url,
    discovery,
    served: (role) => {
      const found = servedRole(discovery, role)
      if (!found) throw new Error(`the target serves no ${role}`)
      return found
    },
    parties,
    neighbours,
    challenge,
    hooks,
    hooked,
    driver,
    program: approach.program,
    agent: world && approach.agent && world.runs(approach.agent, neighbours),
    restart: approach.restart && (() => restarted(url, approach.restart, acquaint)),
    now,
    moveClock: async (offsetSeconds) => {
      try {
        await hooks.call('setClock', { offsetSeconds })
        offset = offsetSeconds
      } catch (error) {
        // Whether the clock was moved is not known: where it stands is, once it is put back.
        await hooks
          .call('setClock', { offsetSeconds: 0 })
          .then(() => (offset = 0))
          .catch(() => undefined)
        throw error
      }
    },
    introduce,
    issued,
    observations: [],
    requests,
    answered: new Map(),
    onExchange: approach.onExchange ?? (() => {}),
    close: async () => {
      if (overHttp) await hooks.call('reset', {}).catch(() => undefined)
      await driver?.close()
      await neighbours.close()
    },
  }
}
