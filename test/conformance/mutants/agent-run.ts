/** Sends the buyer agent of the reference on the errands of the suite, intact or with one rule broken. */
import { openAgentSession } from '../../../conformance/agent/open.ts'
import { allChecks } from '../../../conformance/chapters/index.ts'
import { type CheckResult, runChecks } from '../../../conformance/run.ts'
import type { Deviation } from '../../../reference/core/index.ts'
import { runReferenceAgent } from '../agent/reference-agent.ts'

/** Judges it. */
export const tryAgent = async ({
  deviation,
  seed = 1,
  only,
}: {
  readonly deviation?: Deviation | undefined
  readonly seed?: number
  readonly only?: ReadonlySet<string>
}): Promise<readonly CheckResult[]> => {
  const session = await openAgentSession({ run: (errand) => runReferenceAgent(errand, deviation) }, { seed })
  try {
    const checks = allChecks.filter(({ id, role }) => role === 'agent' && (only?.has(id) ?? true))
    return await runChecks(session, checks, { reruns: 0 })
  } finally {
    await session.close()
  }
}
