/** Who went on the errands of a run, as it presented itself when it applied: one agent with one key of its own. */
import { calculateJwkThumbprint } from 'jose'
import type { Message } from '../../schemas/index.ts'
import type { Received } from '../neighbours/server.ts'
import { messageOf } from './runs.ts'

/** An agent by the key it signs with and what it says of itself. */
export type Presented = {
  readonly key: Message<'common/public-jwk'>
  readonly profile: Message<'trust/agent-profile'>
}

const applications = (received: readonly Received[]): readonly Presented[] =>
  (received as readonly unknown[] as readonly Received<'credential-provider.registerAgent'>[])
    .filter(({ name, signed }) => name === 'credential-provider.registerAgent' && signed)
    .flatMap((one) => {
      const message = messageOf(one)
      return message ? [{ key: message.agentKey, profile: message.profile }] : []
    })

/**
 * The one agent that applied with what reached the suite, each time with the same key; or why nobody can be named.
 * A key is the agent's own: errands hold none, and an application counts where it is signed.
 */
export const presentedBy = async (
  received: readonly Received[],
): Promise<Presented | { readonly cause: string; readonly cure: string }> => {
  const applied = applications(received)
  const [first] = applied
  if (!first)
    return {
      cause: 'the agent never applied with a key of its own, so there is none to bind a certificate to',
      cure: 'let it register with its key (credential-provider.registerAgent), signed by that key',
    }
  const keys = new Set(await Promise.all(applied.map(({ key }) => calculateJwkThumbprint({ ...key })))).size
  if (keys > 1)
    return {
      cause: `the agent came with ${keys} keys on its errands, and a certificate binds one that lasts`,
      cure: 'let it keep one key for all of its errands',
    }
  const versions = new Set(applied.map(({ profile: { name, version } }) => JSON.stringify([name, version])))
  if (versions.size > 1)
    return {
      cause: `the agent called itself ${versions.size} things: ${[...versions].join(', ')}`,
      cure: 'send one release of one agent on all errands',
    }
  return first
}
