/** One run from URL to verdict: examine, open a session, run the checks, report. */
import { readFileSync } from 'node:fs'
import { roles as operated, packageFile, version } from '../schemas/index.ts'
import { plans } from './agent/errand.ts'
import type { AgentConfig } from './agent/launch.ts'
import { openAgentSession } from './agent/open.ts'
import { type Auth, knockWith } from './auth.ts'
import { allChecks } from './chapters/index.ts'
import { type Examined, examine } from './doctor.ts'
import { checksThrough, type DriverConfig, openDriver } from './drivers/open.ts'
import type { Finding } from './finding.ts'
import type { JudgedRole } from './roles.ts'
import { type CheckResult, type Counts, countsOf, type Outcome, outcomeOf, type Pace, runChecks } from './run.ts'
import { openSession, type Programme, type Session } from './session.ts'
import { type Exchange, NoAnswer } from './target/client.ts'
import type { Discovery } from './target/discovery.ts'
import { HookRefused } from './target/hooks.ts'

/** What is judged and how. */
export type Order = {
  readonly url: string
  readonly roles?: readonly JudgedRole[] | undefined
  readonly hooksSecret?: string | undefined
  readonly seed: number
  /** Only checks whose id or requirement contains this. */
  readonly only?: string | undefined
  /** Address of this machine as the target reaches it; loopback unless given. */
  readonly callbackHost?: string | undefined
  readonly pace?: Partial<Pace> | undefined
  /** A program of an earlier proof, which the stateful check that is named plays first. */
  readonly program?: Programme | undefined
  /** How an implementation with another transport is reached; the URL is then a name. */
  readonly driver?: DriverConfig | undefined
  /** A buyer agent, which is sent on errands instead of asked. */
  readonly agent?: AgentConfig | undefined
  /** A program that kills the target and has started it again when it ends. */
  readonly restart?: readonly string[] | undefined
  /** What the door in front of the target asks for with every request. */
  readonly auth?: Auth | undefined
  /** What the target would say of itself, where it serves no discovery document. */
  readonly declared?: Discovery | undefined
}

/** Everything a run found, as `--json` writes it. */
export type Report = {
  readonly format: 'amp-conformance-report/1'
  readonly suite: { readonly name: string; readonly version: string; readonly protocol: string }
  readonly target: { readonly url: string; readonly software?: { readonly name: string; readonly version: string } }
  readonly roles: readonly JudgedRole[]
  readonly hooks: string
  readonly seed: number
  readonly started: string
  readonly milliseconds: number
  readonly requests: number
  readonly outcome: Outcome | 'configuration'
  readonly counts: Readonly<Record<'MUST' | 'SHOULD' | 'MAY', Counts>>
  readonly doctor: readonly Finding[]
  readonly results: readonly CheckResult[]
}

const suiteOf = (): Report['suite'] => {
  const { name, version: release } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'))
  return { name, version: release, protocol: version }
}

const countsByLevel = (results: readonly CheckResult[]): Report['counts'] => {
  const of = (level: CheckResult['level']) => countsOf(results.filter((result) => result.level === level))
  return { MUST: of('MUST'), SHOULD: of('SHOULD'), MAY: of('MAY') }
}

/** The checks an order asks for, of the roles a target serves: all, those a word names, or the one that is called so. */
export const checksFor = (roles: readonly JudgedRole[], only?: string) => {
  const served = allChecks.filter(({ role }) => roles.includes(role))
  if (only === undefined) return served
  const called = served.filter(({ id }) => id === only)
  return called.length > 0
    ? called
    : served.filter(({ id, requirements }) => id.includes(only) || requirements.includes(only))
}

/** What the caller hears while a run goes on. */
export type Listener = {
  readonly onExamined?: (examined: Examined) => void
  readonly onStart?: (checks: number) => void
  readonly onExchange?: (exchange: Exchange) => void
  /** Before the first check; what it finds wrong stops the run. */
  readonly onSession?: (session: Session, roles: readonly JudgedRole[]) => Promise<Finding | undefined>
  /** What was found wrong after the examination. */
  readonly onUnready?: (finding: Finding) => void
  /** Before the session closes, with everything a certificate needs. */
  readonly onEnd?: (report: Report, session: Session) => Promise<void>
}

const notJudged = (role: JudgedRole): Finding => ({
  about: 'roles',
  state: 'note',
  says: `this release has no checks for the role ${role}`,
  cure: 'its neighbours are judged by what it sends them; certify those',
})

/** What the doctor says of a target behind a driver, or of an agent. */
const examinedOf = (
  opened: { readonly session: Session } | { readonly odd: string },
  { url, roles }: Order,
): Examined => {
  if ('odd' in opened)
    return {
      findings: [
        {
          about: 'reachability',
          state: 'wrong',
          says: `${url} cannot be used: ${opened.odd}`,
          cure: 'see its settings',
        },
      ],
      roles: [],
      skewSeconds: 0,
    }
  const { discovery, driver, agent } = opened.session
  if (agent) {
    const says = `${url} is sent on ${Object.keys(plans).length} errands, one after the other`
    return { findings: [{ about: 'reachability', state: 'fine', says }], discovery, roles: ['agent'], skewSeconds: 0 }
  }
  const played = discovery.roles.map(({ role }) => role as JudgedRole)
  const undriven = played.filter((role) => !(operated as readonly string[]).includes(role))
  if (undriven.length > 0)
    return {
      findings: [
        {
          about: 'roles',
          state: 'wrong',
          says: `a driver carries operations, and ${undriven.join(', ')} has none`,
          cure: 'a bridge is judged at its url, an agent by "agent" in the configuration',
        },
      ],
      roles: [],
      skewSeconds: 0,
    }
  const says = `${url} reaches ${discovery.software.name}; ${driver?.about.requirements.length} requirements can be asked through it`
  return {
    findings: [{ about: 'reachability', state: 'fine', says }],
    discovery,
    roles: played.filter((role) => roles === undefined || roles.includes(role)),
    skewSeconds: 0,
  }
}

type Found = Pick<Examined, 'skewSeconds'> & {
  readonly discovery: NonNullable<Examined['discovery']>
  readonly onExchange?: (exchange: Exchange) => void
}

/** A session on a target reached over HTTP, or why its hooks let none begin. */
const sessionWith = async (
  { url, seed, hooksSecret, callbackHost, restart, program }: Order,
  found: Found,
): Promise<Session | { readonly unready: Finding }> => {
  try {
    return await openSession({
      url: url.replace(/\/$/, ''),
      seed,
      hooksSecret,
      callbackHost,
      restart,
      program,
      ...found,
    })
  } catch (error) {
    if (!(error instanceof HookRefused || error instanceof NoAnswer)) throw error
    const cure = 'the hooks reset and registerPeer have to work before anything is judged'
    return { unready: { about: 'hooks', state: 'wrong', says: error.message, cure } }
  }
}

/** Origins of a target that are its own: where its URL is, and what its configuration declares. */
const ownUrls = ({ url, declared }: Omit<Order, 'seed'>): readonly string[] =>
  [url, ...(declared?.roles.map(({ endpoint }) => endpoint) ?? []), declared?.hooks.endpoint ?? url].filter((one) =>
    URL.canParse(one),
  )

/** Lets requests carry what the door of a target asks for; says instead why that cannot be had. */
const atDoor = async (
  order: Omit<Order, 'seed'>,
): Promise<{ readonly leave: () => void } | { readonly unready: Finding }> => {
  if (!order.auth) return { leave: () => {} }
  try {
    return { leave: await knockWith(order.auth, ownUrls(order)) }
  } catch (error) {
    const says = `what the gateway asks for cannot be had: ${error instanceof Error ? error.message : String(error)}`
    const cure = 'run its command or module by hand first; paths are of the folder this runs in'
    return { unready: { about: 'auth', state: 'wrong', says, cure } }
  }
}

/** What is known of a target before anything is asked: by driver, by agent, or by looking at it. */
const lookAt = async (order: Order, onExchange: Pick<Listener, 'onExchange'>) => {
  const { url, hooksSecret, seed, roles, auth, declared, callbackHost } = order
  const opened = order.agent
    ? { session: await openAgentSession(order.agent, { seed, callbackHost, ...onExchange }) }
    : order.driver && (await openDriver(order.driver, { seed, program: order.program, ...onExchange }))
  const examined = opened
    ? examinedOf(opened, order)
    : await examine({ url, roles, hooksSecret, auth, declared, callbackHost })
  return { examined, driven: opened !== undefined && 'session' in opened ? opened.session : undefined }
}

/** What the doctor sees of a target that has an address, with what its door asks for. */
export const looking = async (order: Omit<Order, 'seed'>): Promise<Examined> => {
  const door = await atDoor(order)
  if ('unready' in door) return { findings: [door.unready], roles: [], skewSeconds: 0 }
  try {
    return await examine(order)
  } finally {
    door.leave()
  }
}

/** Judges a running target. Never throws for what the target does. */
export const certify = async (order: Order, listener: Listener = {}): Promise<Report> => {
  const door = await atDoor(order)
  try {
    return await judged(order, listener, 'unready' in door ? door.unready : undefined)
  } finally {
    if ('leave' in door) door.leave()
  }
}

const judged = async (order: Order, listener: Listener, unready: Finding | undefined): Promise<Report> => {
  const started = new Date()
  const { url, hooksSecret, seed } = order
  const onExchange = listener.onExchange ? { onExchange: listener.onExchange } : {}
  const nothing: Awaited<ReturnType<typeof lookAt>> = {
    examined: { findings: unready ? [unready] : [], roles: [], skewSeconds: 0 },
    driven: undefined,
  }
  const { examined, driven } = unready ? nothing : await lookAt(order, onExchange)
  const { discovery, skewSeconds } = examined
  const roles = examined.roles.filter((role) => allChecks.some((check) => check.role === role))
  const unjudged = examined.roles.filter((role) => !roles.includes(role))
  const findings = [...examined.findings, ...unjudged.map(notJudged)]
  listener.onExamined?.({ ...examined, findings, roles })
  const report = (outcome: Report['outcome'], results: readonly CheckResult[], requests: number): Report => ({
    format: 'amp-conformance-report/1',
    suite: suiteOf(),
    target: { url, ...(discovery ? { software: discovery.software } : {}) },
    roles,
    hooks: hooksSecret === undefined ? 'none' : (discovery?.hooks.tier ?? 'none'),
    seed,
    started: started.toISOString(),
    milliseconds: Date.now() - started.getTime(),
    requests,
    outcome,
    counts: countsByLevel(results),
    doctor: findings,
    results,
  })
  if (!discovery || roles.length === 0 || findings.some(({ state }) => state === 'wrong')) {
    await driven?.close()
    return report('configuration', [], 0)
  }
  const unreadied = (finding: Finding): Report => {
    findings.push(finding)
    listener.onUnready?.(finding)
    return report('configuration', [], 0)
  }
  const session = driven ?? (await sessionWith(order, { discovery, skewSeconds, ...onExchange }))
  if ('unready' in session) return unreadied(session.unready)
  try {
    const unfit = await listener.onSession?.(session, roles)
    if (unfit) return unreadied(unfit)
    const checks = checksThrough(driven?.driver, checksFor(roles, order.only))
    listener.onStart?.(checks.length)
    const results = await runChecks(session, checks, order.pace)
    /** A buyer agent is the one who asks. */
    const requests = session.agent ? session.neighbours.received.length : session.requests.count
    const finished = report(outcomeOf(results), results, requests)
    await listener.onEnd?.(finished, session)
    return finished
  } finally {
    await session.close()
  }
}
