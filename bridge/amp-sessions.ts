/** Opens mandate sessions at an AMP credential provider, as the agent a platform registered there. */
import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createSignature } from 'http-message-sig'
import { request } from 'undici'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import { canonicalJson, isMessage, type ProblemCode, problemKinds, validate, version } from '../schemas/index.ts'
import type { Draft, OpenedDraft } from './adapter.ts'
import type { OpenDraft } from './gateway.ts'
import { Misconfigured } from './keys.ts'

/** An agent that is registered with AMP and bound to an account, with the private key (JWK, P-256) of its registration. */
export type SessionAgent = {
  readonly agentId: string
  readonly bindingId: string
  readonly privateJwk: Readonly<Record<string, unknown>>
}

export type SessionOptions = {
  /** Endpoint of the credential provider, `https://host/credential-provider`. */
  readonly endpoint: string
  /** The AMP agent of a foreign agent, by the id its identity has; `*` for all others. */
  readonly agents: Readonly<Record<string, SessionAgent>>
  /** Epoch seconds. */
  readonly now: () => number
  readonly timeoutMs?: number
}

type Signer = { readonly agent: SessionAgent; readonly key: KeyObject; readonly kid: string }

const signerOf = (agent: SessionAgent): Signer => {
  try {
    const key = createPrivateKey({ key: agent.privateJwk as Record<string, string>, format: 'jwk' })
    const { kid } = agent.privateJwk
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1' || typeof kid !== 'string')
      throw new TypeError('not P-256')
    return { agent, key, kid }
  } catch {
    throw new Misconfigured(`the key of the agent ${agent.agentId} is no private P-256 JWK with a kid`)
  }
}

const requestOf = (draft: Draft, { agentId, bindingId }: SessionAgent): Record<string, unknown> => ({
  agentId,
  bindingId,
  mandateType: draft.mode,
  intent: draft.intent,
  ...(draft.mode === 'IMMEDIATE' ? { checkout: draft.checkout } : {}),
})

/** Headers of a signed request of AMP's HTTP binding. */
const headersOf = async (url: string, body: string, { agent, key, kid }: Signer, now: number) => {
  const digest = createHash('sha256').update(body).digest('base64')
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'amp-version': version,
    'content-digest': `sha-256=:${digest}:`,
    'idempotency-key': randomBytes(24).toString('base64url'),
  }
  const { signature, signatureInput } = await createSignature(
    {
      kind: 'request',
      method: 'POST',
      targetUri: url,
      fields: Object.entries(headers).map(([name, value]) => ({ name, value })),
    },
    {
      label: 'amp',
      components: ['@method', '@authority', '@path', 'content-digest', 'amp-version', 'idempotency-key'],
      parameters: {
        created: now,
        expires: now + 300,
        keyid: `${agent.agentId}#${kid}`,
        nonce: randomBytes(16).toString('base64url'),
        alg: 'ecdsa-p256-sha256',
        tag: 'amp',
      },
      signer: {
        algorithm: 'ecdsa-p256-sha256',
        sign: (data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
      },
    },
  )
  return { ...headers, signature, 'signature-input': signatureInput }
}

/**
 * Opens sessions by `createMandateSession`. The mandate is inactive until the user authorises it at the wallet. A refusal
 * of AMP is passed on; a credential provider that does not answer is `peer-unavailable`. Throws `Misconfigured` at once.
 */
export const ampSessions = ({ endpoint, agents, now, timeoutMs = 10_000 }: SessionOptions): OpenDraft => {
  const signers = new Map(Object.entries(agents).map(([id, agent]) => [id, signerOf(agent)]))
  return async (draft, identity): Promise<Outcome<OpenedDraft>> => {
    const signer = signers.get(identity.agent.id) ?? signers.get('*')
    if (!signer) return refuse('agent-unknown', { detail: 'no AMP agent is configured for this agent' })
    const message = requestOf(draft, signer.agent)
    const [reason] = validate('trust/create-mandate-session-request', message)
    if (reason)
      return refuse('message-malformed', { detail: `the draft is no request of AMP: ${reason.message.slice(0, 128)}` })
    const url = `${endpoint}/createMandateSession`
    const body = canonicalJson(message)
    const answer = await request(url, {
      method: 'POST',
      headers: await headersOf(url, body, signer, now()),
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const json: unknown = await answer.body.json()
    if (isMessage('common/problem', json) && problemKinds.has(json.code as ProblemCode))
      return refuse(json.code as ProblemCode, json.detail === undefined ? {} : { detail: json.detail })
    if (answer.statusCode !== 200 || !isMessage('trust/create-mandate-session-response', json))
      return refuse('peer-answer-invalid')
    return accept({
      sessionId: json.sessionId,
      mandateId: json.mandateId,
      authorizeUrl: json.authUrl,
      status: 'inactive',
    })
  }
}
