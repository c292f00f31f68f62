/** Opens mandate sessions at an AMP credential provider, as the agent a platform registered there. */
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import type { RequestOf } from '../schemas/index.ts'
import type { Draft, OpenedDraft } from './adapter.ts'
import { type AmpAgent, ampCalls } from './amp-calls.ts'
import type { OpenDraft } from './gateway.ts'

/** An agent that is registered with AMP and bound to an account, with the private key (JWK, P-256) of its registration. */
export type SessionAgent = AmpAgent & { readonly bindingId: string }

export type SessionOptions = {
  /** Endpoint of the credential provider, `https://host/credential-provider`. */
  readonly endpoint: string
  /** The AMP agent of a foreign agent, by the id its identity has; `*` for all others. */
  readonly agents: Readonly<Record<string, SessionAgent>>
  /** Epoch seconds. */
  readonly now: () => number
  readonly timeoutMs?: number
}

const requestOf = (draft: Draft, { agentId, bindingId }: SessionAgent) =>
  ({
    agentId,
    bindingId,
    mandateType: draft.mode,
    intent: draft.intent,
    ...(draft.mode === 'IMMEDIATE' ? { checkout: draft.checkout } : {}),
  }) as RequestOf<'credential-provider.createMandateSession'>

/**
 * Opens sessions by `createMandateSession`. The mandate is inactive until the user authorises it at the wallet. A refusal
 * of AMP is passed on; a credential provider that does not answer is `peer-unavailable`. Throws `Misconfigured` at once.
 */
export const ampSessions = ({ endpoint, agents, now, timeoutMs = 10_000 }: SessionOptions): OpenDraft => {
  const known = new Map(
    Object.entries(agents).map(([id, agent]) => [id, { agent, call: ampCalls(agent, { now, timeoutMs }) }]),
  )
  return async (draft, identity): Promise<Outcome<OpenedDraft>> => {
    const own = known.get(identity.agent.id) ?? known.get('*')
    if (!own) return refuse('agent-unknown', { detail: 'no AMP agent is configured for this agent' })
    const opened = await own.call(endpoint, 'credential-provider.createMandateSession', requestOf(draft, own.agent))
    if (!opened.ok) return opened
    const { sessionId, mandateId, authUrl } = opened.value
    return accept({ sessionId, mandateId, authorizeUrl: authUrl, status: 'inactive' })
  }
}
