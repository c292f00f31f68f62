/** The buyer agent of the reference in the world of the suite, with little else to load: as a program it starts once for each errand. */
import { type Errand, runErrand } from '../../../reference/buyer-agent/errand.ts'
import type { Deviation, World } from '../../../reference/core/index.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import type { PartyKey } from '../../../reference/http/operation.ts'

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
