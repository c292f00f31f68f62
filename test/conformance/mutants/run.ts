/** Runs the suite against the reference, intact or with one rule broken, in this process. */
import { allChecks } from '../../../conformance/chapters/index.ts'
import type { Received } from '../../../conformance/neighbours/server.ts'
import { type CheckResult, runChecks } from '../../../conformance/run.ts'
import { openSession } from '../../../conformance/session.ts'
import type { Exchange } from '../../../conformance/target/client.ts'
import { readDiscovery } from '../../../conformance/target/discovery.ts'
import type { Deviation } from '../../../reference/core/index.ts'
import { startReference } from '../../../reference/index.ts'
import type { Role } from '../../../schemas/index.ts'
import { startProxy } from '../proxy.ts'
import { tryAgent } from './agent-run.ts'
import { type Replaced, tryBridge } from './bridge-run.ts'

const hooksSecret = 'mutants-mutants-mutants'

/** What is run: one role of the reference, alone in its process, and all checks of it unless some are named. */
export type Trial = {
  readonly role: Role
  readonly deviation?: Deviation | undefined
  readonly seed?: number
  readonly only?: ReadonlySet<string>
  readonly database?: string
  /** Whether a slow proxy stands in front of it. */
  readonly proxied?: boolean
  readonly onExchange?: (exchange: Exchange) => void
  readonly onReceived?: (received: readonly Received[]) => void
}

/** A trial of a mutant, or of one bridge with a part replaced. */
export type AnyTrial =
  | Trial
  | (Pick<Trial, 'seed' | 'only' | 'deviation'> & { readonly role: 'agent' })
  | (Pick<Trial, 'seed' | 'only'> & { readonly role: 'bridge'; readonly replaced?: () => Replaced })

/** Runs the checks of a role against a fresh one of it and gives back every result. */
export const tryOut = (trial: AnyTrial): Promise<readonly CheckResult[]> => {
  if (trial.role === 'bridge') return tryBridge(trial.replaced?.(), trial)
  return trial.role === 'agent' ? tryAgent(trial) : tryRole(trial as Trial)
}

const tryRole = async ({
  role,
  deviation,
  seed = 1,
  only,
  database,
  proxied,
  ...hear
}: Trial): Promise<readonly CheckResult[]> => {
  const masterKey = database === undefined ? undefined : new Uint8Array(32).fill(7)
  const proxy = proxied ? await startProxy() : undefined
  const at = proxy && { port: proxy.port, publicUrl: proxy.publicUrl }
  const url = proxy?.publicUrl
  const reference = await startReference({ roles: [role], hooksSecret, deviation, database, masterKey, ...at })
  try {
    const { document, odd } = await readDiscovery(url ?? reference.url)
    if (!document) throw new Error(`the reference shows no discovery document: ${odd}`)
    const session = await openSession({
      url: url ?? reference.url,
      discovery: document,
      seed,
      hooksSecret,
      ...hear,
    })
    try {
      const checks = allChecks.filter((check) => check.role === role && (only?.has(check.id) ?? true))
      const results = await runChecks(session, checks, { reruns: 0, ...(proxied ? { together: 32 } : {}) })
      hear.onReceived?.(session.neighbours.received)
      return results
    } finally {
      await session.close()
    }
  } finally {
    await reference.stop()
    proxy?.stop()
  }
}

/** Ids of the checks that failed or warned. */
export const killers = (results: readonly CheckResult[]): readonly string[] =>
  results.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id }) => id)
