/** The gateway as a process: wires clock, stores, directories and log, and takes hold of a changed configuration. */
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { refuse } from '../reference/core/outcome.ts'
import { ampSessions } from './amp-sessions.ts'
import { openAudit } from './audit.ts'
import { type Config, readConfig } from './config.ts'
import { joinedDirectory, type RemoteDirectory, remoteDirectory } from './directories/index.ts'
import { discoveryOf } from './discovery.ts'
import { createGateway, gatewayPaths, type OpenDraft } from './gateway.ts'
import { bridgeHooks, type HookedParts } from './hooks.ts'
import { type KeyDirectory, Misconfigured, staticDirectory } from './keys.ts'
import { memoryNonces, type NonceStore } from './nonces.ts'
import { adapters } from './registry.ts'
import { otlpSpans } from './spans.ts'
import { sqlNonces } from './sql-nonces.ts'

/** A gateway that runs. */
export type RunningGateway = {
  readonly url: string
  /** Reads the configuration again: tenants, directories, AMP agents. A mistake in it changes nothing, and is thrown. */
  readonly reload: () => void
  readonly stop: () => Promise<void>
}

const now = (): number => Math.floor(Date.now() / 1000)
const watchMs = 1_000

/** What a configuration becomes; replaced as a whole when it changes. */
type Standing = {
  readonly config: Config
  readonly directories: readonly KeyDirectory[]
  readonly openDraft: OpenDraft
}

const nowhere: OpenDraft = async () => refuse('agent-unknown', { detail: 'no AMP agent is configured' })

const standOn = (config: Config, before: Standing | undefined): Standing => {
  const pinned = config.pinned.map((set, index) => staticDirectory(set, { name: `pinned-${index}` }))
  // A list over the network keeps its cache across reloads that do not change the lists.
  const isSame = before !== undefined && JSON.stringify(before.config.remote) === JSON.stringify(config.remote)
  const kept = isSame ? before.directories.filter((directory) => 'refresh' in directory) : []
  const remote: RemoteDirectory = remoteDirectory({
    name: 'remote',
    sources: config.remote,
    now,
    isOffline: config.isOffline,
    fetch: { allowsLoopback: config.allowsLoopback },
  })
  return {
    config,
    directories: [...pinned, ...(kept.length > 0 ? kept : [remote])],
    openDraft: config.amp ? ampSessions({ ...config.amp, now }) : nowhere,
  }
}

const stamp = (files: readonly string[]): string =>
  files
    .map((file) => {
      try {
        const { mtimeMs, size } = statSync(file)
        return `${mtimeMs}/${size}`
      } catch {
        return 'gone'
      }
    })
    .join(' ')

type Store = NonceStore & { readonly ping?: () => Promise<void>; readonly close?: () => Promise<void> }
const openNonces = async (url: string): Promise<Store> => (url === 'memory' ? memoryNonces() : sqlNonces(url))

const listenOn = async (server: Server, { host, port }: Config['listen']): Promise<string> => {
  server.listen(port, host)
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`
}

/** What the gateway tells of itself; agents address the first origin it answers for, in the protocols its tenant takes. */
const describe = ({ tenants: [first], amp, hooks }: Config, url: string) =>
  discoveryOf({
    endpoint: first?.origins[0] ?? url,
    keys: Object.values(amp?.agents ?? {}).map(({ privateJwk }) => privateJwk),
    adapters: adapters.filter(({ protocol }) => first?.protocols?.includes(protocol) ?? true),
    ...(hooks === undefined ? {} : { hooks: `${url}${gatewayPaths.hooks}` }),
  })

/**
 * Starts a gateway from a configuration file. The file and those it names are watched: trust lists, tenants and agents
 * change without a restart; where it listens and what it stores in does not. Throws `Misconfigured`.
 */
export const serveGateway = async (path: string, logger?: Logger): Promise<RunningGateway> => {
  let standing = standOn(readConfig(path), undefined)
  const { config } = standing
  const nonces = await openNonces(config.nonces)
  const audit = config.audit === undefined ? undefined : openAudit(config.audit)
  const spans = config.telemetry === undefined ? undefined : otlpSpans(config.telemetry)
  const plain: HookedParts = {
    now,
    directory: joinedDirectory('trusted', () => standing.directories),
    openDraft: (draft, identity) => standing.openDraft(draft, identity),
    tenants: () => standing.config.tenants,
  }
  const hooks =
    config.hooks === undefined
      ? undefined
      : bridgeHooks(config.hooks, plain, (endpoint, at) =>
          standing.config.amp ? ampSessions({ ...standing.config.amp, endpoint, now: at }) : nowhere,
        )
  const { directory, openDraft, tenants, now: time } = hooks ?? plain
  const gateway = createGateway({
    tenants,
    directory,
    nonces,
    openDraft,
    now: time,
    discovery: () => describe(standing.config, url),
    ...(hooks ? { hooks: hooks.router } : {}),
    ready: async () => nonces.ping?.(),
    ...(logger ? { logger } : {}),
    ...(audit ? { audit: audit.write } : {}),
    ...(spans ? { spans } : {}),
  })
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, gateway)
  const url = await listenOn(server, config.listen)
  let seen = stamp(config.files)
  const reload = (): void => {
    const next = standOn(readConfig(path), standing)
    standing = next
    seen = stamp(next.config.files)
    logger?.info({ tenants: next.config.tenants.length }, 'configuration taken')
  }
  const watch = setInterval(() => {
    const now = stamp(standing.config.files)
    if (now === seen) return
    seen = now
    try {
      reload()
    } catch (error) {
      // What worked goes on; the mistake is told, not its surroundings.
      logger?.error(
        { mistake: error instanceof Misconfigured ? error.message : 'the configuration cannot be read' },
        'configuration refused',
      )
    }
  }, watchMs)
  watch.unref()
  return {
    url,
    reload,
    stop: async () => {
      clearInterval(watch)
      server.closeIdleConnections()
      server.close()
      await once(server, 'close')
      await spans?.flush()
      await nonces.close?.()
      audit?.close()
    },
  }
}
