/** Runs the bridge checks against our gateway, intact or with one part replaced by one that is wrong. */

import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ampSessions, type SessionAgent } from '../../../bridge/amp-sessions.ts'
import { discoveryOf } from '../../../bridge/discovery.ts'
import { createGateway, type GatewayOptions, gatewayPaths, soleTenant } from '../../../bridge/gateway.ts'
import { bridgeHooks } from '../../../bridge/hooks.ts'
import { staticDirectory } from '../../../bridge/keys.ts'
import { memoryNonces } from '../../../bridge/nonces.ts'
import { adapters } from '../../../bridge/registry.ts'
import { allChecks } from '../../../conformance/chapters/index.ts'
import { type CheckResult, runChecks } from '../../../conformance/run.ts'
import { openSession } from '../../../conformance/session.ts'
import { readDiscovery } from '../../../conformance/target/discovery.ts'
import { refuse } from '../../../reference/core/outcome.ts'

const secret = 'bridge-bridge-bridge-bridge'

/** What a mutant replaces of a gateway. */
export type Replaced = (options: GatewayOptions) => Partial<GatewayOptions>

const asAgent = (): SessionAgent => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    agentId: 'agent-bridge',
    bindingId: 'binding-bridge',
    privateJwk: { ...privateKey.export({ format: 'jwk' }), kid: 'bridge-1' },
  }
}

/** A gateway on a port of its own, with hooks. */
export const startBridge = async (
  replaced: Replaced = () => ({}),
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> => {
  const agent = asAgent()
  const agents = { '*': agent }
  let handle: ReturnType<typeof createGateway> | undefined
  const server = createServer((request, response) => handle?.(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hooks = bridgeHooks(
    secret,
    {
      now: () => Math.floor(Date.now() / 1000),
      directory: staticDirectory({ keys: [] }, { name: 'none' }),
      openDraft: async () => refuse('peer-unavailable'),
      tenants: soleTenant(() => [url]),
    },
    (endpoint, now) => ampSessions({ endpoint, agents, now }),
  )
  const options: GatewayOptions = {
    tenants: hooks.tenants,
    directory: hooks.directory,
    nonces: memoryNonces(),
    openDraft: hooks.openDraft,
    now: hooks.now,
    hooks: hooks.router,
    discovery: () =>
      discoveryOf({ endpoint: url, keys: [agent.privateJwk], adapters, hooks: `${url}${gatewayPaths.hooks}` }),
  }
  handle = createGateway({ ...options, ...replaced(options) })
  return {
    url,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Runs the checks, all or those that are named, and gives back every result. */
export const tryBridge = async (
  replaced?: Replaced,
  { seed = 1, only }: { readonly seed?: number | undefined; readonly only?: ReadonlySet<string> | undefined } = {},
): Promise<readonly CheckResult[]> => {
  const bridge = await startBridge(replaced)
  try {
    const { document, odd } = await readDiscovery(bridge.url)
    if (!document) throw new Error(`the gateway shows no discovery document: ${odd}`)
    const session = await openSession({ url: bridge.url, discovery: document, seed, hooksSecret: secret })
    try {
      const checks = allChecks.filter(({ role, id }) => role === 'bridge' && (only?.has(id) ?? true))
      return await runChecks(session, checks, { reruns: 0 })
    } finally {
      await session.close()
    }
  } finally {
    await bridge.stop()
  }
}
