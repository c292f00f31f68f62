/** The checks inside an implementer's own test runner: vitest, jest or node:test. */
import { type Auth, knockWith } from './auth.ts'
import { checksFor } from './certify.ts'
import { examine } from './doctor.ts'
import type { JudgedRole } from './roles.ts'
import { runChecks } from './run.ts'
import { openSession, type Session } from './session.ts'

/** What of a test runner is needed; vitest, jest and node:test all have it. */
export type Runner = {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>, timeout?: never) => unknown
  readonly beforeAll: (body: () => Promise<void>) => unknown
  readonly afterAll: (body: () => Promise<void>) => unknown
}

/** What is judged. `url` may be a function, since servers of tests pick their ports late. */
export type SuiteOrder = {
  readonly url: string | (() => string | Promise<string>)
  readonly roles: readonly JudgedRole[]
  readonly hooksSecret: string
  readonly seed?: number
  readonly only?: string
  readonly callbackHost?: string
  /** What a gateway in front of the target wants with every request. */
  readonly auth?: Auth
}

/**
 * Registers a test for each check: `suite({ url, roles: ['wallet'], hooksSecret }, { describe, it, beforeAll, afterAll })`.
 * A test fails where its check fails a MUST or comes to no answer; a SHOULD that is not kept is left to reports.
 */
export const suite = (order: SuiteOrder, { describe, it, beforeAll, afterAll }: Runner): void => {
  describe(`AMP conformance of ${order.roles.join(', ')}`, () => {
    let session: Session | undefined
    let leave = (): void => {}
    beforeAll(async () => {
      const url = typeof order.url === 'function' ? await order.url() : order.url
      if (order.auth) leave = await knockWith(order.auth, [url])
      const { discovery, findings, skewSeconds } = await examine({
        url,
        auth: order.auth,
        roles: order.roles,
        hooksSecret: order.hooksSecret,
        callbackHost: order.callbackHost,
      })
      const wrong = findings.find(({ state }) => state === 'wrong')
      if (!discovery || wrong)
        throw new Error(`${wrong?.says ?? 'there is no discovery document'}; cure: ${wrong?.cure ?? ''}`)
      const { hooksSecret, seed = 1, callbackHost } = order
      session = await openSession({ url, discovery, seed, hooksSecret, callbackHost, skewSeconds })
    })
    afterAll(async () => {
      await session?.close()
      leave()
    })
    const phases = ['first', 'together', 'alone', 'afterwards']
    const checks = [...checksFor(order.roles, order.only)].sort(
      (a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase),
    )
    for (const check of checks)
      it(`${check.id} (${check.requirements.join(', ')})`, async () => {
        if (!session) throw new Error('the session did not open')
        const [result] = await runChecks(session, [check], { reruns: 0 })
        const kept = ['pass', 'warn', 'not-applicable'].includes(result?.verdict ?? '')
        if (!kept) throw new Error(`${result?.verdict}: ${result?.reason}`)
      })
  })
}
