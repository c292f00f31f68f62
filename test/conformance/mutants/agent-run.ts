/** Sends the buyer agent of the reference on the errands of the suite, intact or with one rule broken. */
import { openAgentSession } from '../../../conformance/agent/open.ts'
import { allChecks } from '../../../conformance/chapters/index.ts'
import { type CheckResult, runChecks } from '../../../conformance/run.ts'
import { type Errand, runErrand } from '../../../reference/buyer-agent/errand.ts'
import type { Deviation, World } from '../../../reference/core/index.ts'
import { makeKey, type PartyKey } from '../../../reference/index.ts'

/** The reference's agent on an errand: it finds everything by the discovery document it is sent to, and has a key that lasts where it is given one. */
export const runReferenceAgent = async (
  errand: Errand & { readonly amp: string },
  deviation: Deviation = {},
  key?: PartyKey,
): Promise<void> => {
  const world: World = {
    now: () => Math.floor(Date.now() / 1000),
    id: (prefix) => `${prefix}-${crypto.randomUUID()}`,
    nonce: () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url'),
    deviation,
  }
  const { roles } = (await (await fetch(`${errand.amp}/.well-known/amp`)).json()) as {
    roles: { role: string; id: string; endpoint: string }[]
  }
  const found = (role: string) => {
    const one = roles.find((served) => served.role === role)
    if (!one) throw new Error(`there is no ${role}`)
    return one
  }
  await runErrand(errand, {
    credentialProviderEndpoint: found('credential-provider').endpoint,
    merchantEndpoint: found('merchant').endpoint,
    networkId: found('network').id,
    key: key ?? (await makeKey('agent')),
    world,
  })
}

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
