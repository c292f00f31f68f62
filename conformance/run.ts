/** The only grader: runs the checks of the roles a target serves and says what each came to. */
import { performance } from 'node:perf_hooks'
import { type Check, levelOf } from './check.ts'
import { Disproved, Failed, Inconclusive, NotApplicable, type Proof, Untestable } from './expect.ts'
import type { JudgedRole } from './roles.ts'
import { openScene, type Scene } from './scene.ts'
import type { Session } from './session.ts'
import { type Exchange, NoAnswer } from './target/client.ts'
import { readDiscovery } from './target/discovery.ts'
import { HookRefused } from './target/hooks.ts'

/** What a check came to. */
export type Verdict = 'pass' | 'fail' | 'warn' | 'not-applicable' | 'untestable' | 'inconclusive' | 'harness-error'

/** One check, judged. `failed` of `attempts` tells a stable failure from a flaky one. */
export type CheckResult = {
  readonly id: string
  readonly role: JudgedRole
  readonly title: string
  readonly chapter: string
  readonly requirements: readonly string[]
  readonly level: 'MUST' | 'SHOULD' | 'MAY'
  readonly verdict: Verdict
  readonly milliseconds: number
  readonly reason?: string
  readonly expected?: string
  readonly received?: string
  readonly attempts?: number
  readonly failed?: number
  readonly exchanges?: readonly Exchange[]
  /** The shortest program that was found to break the property, where one was looked for. */
  readonly proof?: Proof
  /** How often a stateful check came to what it is about. */
  readonly reach?: Readonly<Record<string, number>>
}

type Attempt = Pick<CheckResult, 'verdict' | 'reason' | 'expected' | 'received' | 'milliseconds' | 'proof'> & {
  readonly scene: Scene
  /** The target did not answer. */
  readonly silent?: boolean
}

const checkMillisecondsMax = 60_000

const verdictOf = (
  error: unknown,
  level: CheckResult['level'],
): Pick<Attempt, 'verdict' | 'reason' | 'expected' | 'received' | 'proof'> => {
  if (error instanceof Failed)
    return {
      verdict: level === 'MUST' ? 'fail' : 'warn',
      reason: error.message,
      expected: error.expected,
      received: error.received,
      ...(error instanceof Disproved ? { proof: error.proof } : {}),
    }
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof Inconclusive || error instanceof NoAnswer || error instanceof HookRefused)
    return { verdict: 'inconclusive', reason }
  if (error instanceof NotApplicable) return { verdict: 'not-applicable', reason }
  if (error instanceof Untestable) return { verdict: 'untestable', reason }
  return { verdict: 'harness-error', reason: error instanceof Error ? (error.stack ?? reason) : reason }
}

/** What a check stumbled over is the target's doing where an answer was not what its schema says. */
const stumbled = (scene: Scene, judged: ReturnType<typeof verdictOf>): ReturnType<typeof verdictOf> => {
  const odd = scene.oddity()
  return judged.verdict === 'harness-error' && odd !== undefined
    ? { verdict: 'inconclusive', reason: `an answer could not be made sense of: ${odd}` }
    : judged
}

const inTime = async (work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Inconclusive(`it did not come to an end within ${checkMillisecondsMax / 1000} seconds`)),
      checkMillisecondsMax,
    )
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const attempt = async (session: Session, check: Check, label: string): Promise<Attempt> => {
  const scene = openScene(session, check.role, label)
  const started = performance.now()
  try {
    await inTime(check.run(scene))
    return { scene, verdict: 'pass', milliseconds: performance.now() - started }
  } catch (error) {
    const judged = stumbled(scene, verdictOf(error, levelOf(check)))
    const silent = error instanceof NoAnswer
    return { scene, ...judged, silent, milliseconds: performance.now() - started }
  } finally {
    scene.end()
  }
}

const exchangesShown = 12

const broken = (verdict: Verdict): boolean => verdict === 'fail' || verdict === 'warn'

type Judged = CheckResult & { readonly silent?: boolean }

/** After this many checks in a row that met silence the target is looked at, and where it is gone nothing more is asked. */
const silenceMax = 12

const answers = async ({ url, driver }: Session): Promise<boolean> =>
  driver === undefined && (await readDiscovery(url).catch(() => undefined)) !== undefined

const unasked = (check: Check): Judged => {
  const { id, role, title, chapter, requirements } = check
  const reason = `not asked: the target had stopped answering (${silenceMax} checks in a row met silence)`
  const level = levelOf(check)
  return {
    id,
    role,
    title,
    chapter,
    requirements,
    level,
    verdict: 'inconclusive',
    reason,
    milliseconds: 0,
    silent: true,
  }
}

const judge = async (session: Session, check: Check, reruns: number): Promise<Judged> => {
  const first = await attempt(session, check, check.id)
  const { scene, silent, ...rest } = first
  const { id, role, title, chapter, requirements } = check
  const reach = scene.reach.size > 0 ? { reach: Object.fromEntries(scene.reach) } : {}
  const result: CheckResult = { id, role, title, chapter, requirements, level: levelOf(check), ...rest, ...reach }
  if (first.verdict === 'pass' || first.verdict === 'not-applicable' || first.verdict === 'untestable') return result
  const shown = { ...result, ...(silent ? { silent } : {}), exchanges: scene.exchanges.slice(-exchangesShown) }
  if (!broken(first.verdict)) return shown
  // A proof was tried again when it was found.
  if (first.proof) return { ...shown, attempts: first.proof.of + 1, failed: first.proof.failed + 1 }
  let failed = 1
  for (let again = 1; again <= reruns; again++)
    if (broken((await attempt(session, check, `${check.id}/again-${again}`)).verdict)) failed++
  return { ...shown, attempts: reruns + 1, failed }
}

/** How a run goes. */
export type Pace = {
  /** Checks at a time. */
  readonly together: number
  /** How often a failing check is tried again. */
  readonly reruns: number
  readonly onResult?: (result: CheckResult, done: number, of: number) => void
}

const ordinary: Pace = { together: 8, reruns: 3 }

/** Runs checks in their phases and gives the results in the order of the checks. */
export const runChecks = async (
  session: Session,
  checks: readonly Check[],
  pace: Partial<Pace> = {},
): Promise<readonly CheckResult[]> => {
  const { together, reruns, onResult } = { ...ordinary, ...pace }
  const results = new Map<string, CheckResult>()
  let silence = 0
  const take = async (check: Check): Promise<void> => {
    const { silent, ...result } = silence < silenceMax ? await judge(session, check, reruns) : unasked(check)
    if (!silent) silence = 0
    else if (++silence === silenceMax && (await answers(session))) silence = 0
    results.set(check.id, result)
    onResult?.(result, results.size, checks.length)
  }
  const of = (phase: Check['phase']): Check[] => checks.filter((check) => check.phase === phase)
  const queue = [...of('first'), ...of('together')]
  await Promise.all(
    Array.from({ length: together }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await take(next)
    }),
  )
  for (const check of [...of('alone'), ...of('afterwards')]) await take(check)
  return checks.flatMap((check) => results.get(check.id) ?? [])
}

/** Counts of verdicts. */
export type Counts = Readonly<Record<Verdict, number>>

export const countsOf = (results: readonly CheckResult[]): Counts => {
  const counts: Record<Verdict, number> = {
    pass: 0,
    fail: 0,
    warn: 0,
    'not-applicable': 0,
    untestable: 0,
    inconclusive: 0,
    'harness-error': 0,
  }
  for (const { verdict } of results) counts[verdict]++
  return counts
}

/** What a run comes to: certified needs no failure, nothing untestable and nothing inconclusive among the required. */
export type Outcome = 'certified' | 'failed' | 'inconclusive' | 'harness-error'

export const outcomeOf = (results: readonly CheckResult[]): Outcome => {
  const required = results.filter(({ level }) => level === 'MUST')
  if (results.some(({ verdict }) => verdict === 'harness-error')) return 'harness-error'
  if (required.some(({ verdict }) => verdict === 'fail')) return 'failed'
  if (required.some(({ verdict }) => verdict === 'inconclusive' || verdict === 'untestable')) return 'inconclusive'
  return required.length > 0 ? 'certified' : 'inconclusive'
}
