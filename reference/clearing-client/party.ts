/** An agent at a clearing: signed calls of the operations it may use. */
import type { OperationName, RequestOf, ResponseOf } from '../../schemas/index.ts'
import type { Outcome, World } from '../core/index.ts'
import { callOperation } from '../http/neighbours.ts'
import type { PartyKey } from '../http/operation.ts'

/** Who trades, and where. `clearing.endpoint` is the base of its operations. */
export type Trader = {
  readonly agentId: string
  readonly key: PartyKey
  readonly clearing: { readonly id: string; readonly endpoint: string }
  readonly networkId: string
  readonly world: World
}

type Own = Extract<OperationName, `clearing.${string}`>

const tries = 4

/**
 * Calls an operation and, where nothing was said, the same again under the same key, so that it happens once. Refusals
 * are values; `peer-unavailable` where the clearing stayed silent.
 */
export const ask = async <Name extends Own>(
  { agentId, key, clearing, world }: Trader,
  name: Name,
  request: RequestOf<Name>,
): Promise<Outcome<ResponseOf<Name>>> => {
  const idempotencyKey = world.nonce()
  for (let attempt = 1; ; attempt++) {
    const outcome = await callOperation(
      name,
      request,
      {
        endpoint: clearing.endpoint,
        keyId: `${agentId}#${key.publicJwk.kid}`,
        privateKey: key.privateKey,
        idempotencyKey,
      },
      world,
    )
    if (outcome.ok || outcome.refusal.code !== 'peer-unavailable' || attempt === tries) return outcome
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
  }
}
