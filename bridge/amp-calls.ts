/** Signed calls of AMP's HTTP binding, as an agent a platform registered there: nothing of the reference, only the schemas. */
import { createHash, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createSignature } from 'http-message-sig'
import { Agent, errors, request } from 'undici'
import { accept, type Outcome, refuse } from '../reference/core/outcome.ts'
import {
  canonicalJson,
  isMessage,
  type Message,
  type OperationName,
  operations,
  type ProblemCode,
  problemKinds,
  type RequestOf,
  type ResponseOf,
  validate,
  version,
} from '../schemas/index.ts'
import { Misconfigured } from './keys.ts'

/** An agent that is registered with AMP, with the private key (JWK, P-256) of its registration. */
export type AmpAgent = {
  readonly agentId: string
  readonly privateJwk: Readonly<Record<string, unknown>>
}

export type CallOptions = {
  /** Epoch seconds. */
  readonly now: () => number
  readonly timeoutMs?: number
}

/**
 * Calls an operation of the role at `endpoint` (`https://host/role`). Refuses `message-malformed` before anything is sent,
 * what AMP refuses as AMP does, and `peer-answer-invalid`. Throws where nobody answers.
 */
export type AmpCall = <Name extends OperationName>(
  endpoint: string,
  name: Name,
  message: RequestOf<Name>,
) => Promise<Outcome<ResponseOf<Name>>>

/** Connections to AMP: answers are bounded, and idle ones are let go before the hastiest server closes them under a request. */
const pool = new Agent({ connections: 128, keepAliveTimeout: 1_000, maxResponseSize: 1_048_576 })

type Signer = { readonly agentId: string; readonly key: KeyObject; readonly kid: string }

const signerOf = ({ agentId, privateJwk }: AmpAgent): Signer => {
  try {
    const key = createPrivateKey({ key: privateJwk as Record<string, string>, format: 'jwk' })
    const { kid } = privateJwk
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1' || typeof kid !== 'string')
      throw new TypeError('not P-256')
    return { agentId, key, kid }
  } catch {
    throw new Misconfigured(`the key of the agent ${agentId} is no private P-256 JWK with a kid`)
  }
}

/** Headers of a signed request of AMP's HTTP binding. */
const headersOf = async (url: string, body: string, isSafe: boolean, { agentId, key, kid }: Signer, now: number) => {
  const digest = createHash('sha256').update(body).digest('base64')
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'amp-version': version,
    'content-digest': `sha-256=:${digest}:`,
    ...(isSafe ? {} : { 'idempotency-key': randomBytes(24).toString('base64url') }),
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
      components: [
        '@method',
        '@authority',
        '@path',
        'content-digest',
        'amp-version',
        ...(isSafe ? [] : ['idempotency-key']),
      ],
      parameters: {
        created: now,
        expires: now + 300,
        keyid: `${agentId}#${kid}`,
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

/** The JSON of an answer; nothing where it is none, or longer than any message of AMP. */
const jsonOf = async (body: { readonly json: () => Promise<unknown> }): Promise<unknown> => {
  try {
    return await body.json()
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof errors.ResponseExceededMaxSizeError) return undefined
    throw error
  }
}

/** Calls as this agent. Throws `Misconfigured` at once where its key is none. */
export const ampCalls = (agent: AmpAgent, { now, timeoutMs = 10_000 }: CallOptions): AmpCall => {
  const signer = signerOf(agent)
  return async (endpoint, name, message) => {
    const operation = operations.get(name)
    if (!operation) throw new Error(`there is no operation ${name}`)
    const [reason] = validate(operation.request, message)
    if (reason)
      return refuse('message-malformed', { detail: `it is no request of AMP: ${reason.message.slice(0, 128)}` })
    const url = `${endpoint}/${operation.name}`
    const body = canonicalJson(message)
    const answer = await request(url, {
      method: 'POST',
      headers: await headersOf(url, body, operation.safe, signer, now()),
      body,
      dispatcher: pool,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const json = await jsonOf(answer.body)
    if (isMessage('common/problem', json) && problemKinds.has(json.code as ProblemCode))
      return refuse(json.code as ProblemCode, json.detail === undefined ? {} : { detail: json.detail })
    if (answer.statusCode !== 200 || !isMessage(operation.response, json)) return refuse('peer-answer-invalid')
    return accept(json as never)
  }
}

const callBackMs = 5_000

/** What the hook `callBack` does: calls a URL as AMP is called, unsigned, and says what came of it. */
export const callBack = async (url: string): Promise<Message<'hooks/call-back-response'>> => {
  const headers = { 'content-type': 'application/json' }
  try {
    const signal = AbortSignal.timeout(callBackMs)
    const { statusCode, body } = await request(url, { method: 'POST', headers, body: '{}', dispatcher: pool, signal })
    await body.dump().catch(() => undefined)
    return { reached: true, status: statusCode }
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string }
    const says = [typeof code === 'string' ? code : '', message].filter(Boolean).join(': ')
    return { reached: false, says: says.slice(0, 256) || 'it failed' }
  }
}
