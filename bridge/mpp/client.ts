/** A client of the Payment scheme that pays by the `amp` method, over HTTP and over MCP. */
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { openPurse, type Payer, type Purse } from '../settlement/index.ts'
import type { Receipt } from './codec.ts'
import { type Challenge, type Credential, challengeOf, readChallenges, writeCredential } from './codec.ts'
import { learn, learnFrom } from './learn.ts'
import { type Action, intents, methodName, readTerms, signPayload } from './offer.ts'

/** How one request is paid for in a session: how many units it signs for, or that it ends the session. */
export type Wish = { readonly action?: Action; readonly units?: bigint }

/** The challenges a client can answer, in the order the server named them. */
const ours = (challenges: readonly Challenge[], now: number): Challenge | undefined =>
  challenges.find(
    ({ method, intent, expires, request }) =>
      method === methodName &&
      intents.some((each) => each === intent) &&
      (expires === undefined || Date.parse(expires) > now * 1_000) &&
      readTerms(request).ok,
  )

const tries = 2

/** Pays over HTTP: a `fetch` that answers challenges of the `amp` method; all others it leaves to its caller. */
export const payingFetch = (payer: Payer, inner: typeof fetch = fetch) => {
  const purse = openPurse(payer)
  return async (input: string | URL | Request, init: RequestInit = {}, wish: Wish = {}): Promise<Response> => {
    const asked = new Request(input, init)
    let response = await inner(asked.clone())
    for (let tried = 0; tried < tries && response.status === 402; tried++) {
      const challenge = ours(readChallenges(response.headers.get('www-authenticate') ?? '') ?? [], payer.now())
      if (!challenge) return response
      const payload = await signPayload(purse, challenge, wish)
      const authorization = writeCredential({ challenge, payload: { ...payload } })
      const paid = new Request(asked.clone(), { headers: [...asked.headers, ['Authorization', authorization]] })
      response = await inner(paid)
      if (!(await learn(purse, authorization, response))) return response
    }
    return response
  }
}

/** A JSON-RPC message, as MCP has it. */
export type Rpc = JsonObject

/** Keys of the scheme in `_meta`, and the codes of its errors. */
export const mcpKeys = { credential: 'org.paymentauth/credential', receipt: 'org.paymentauth/receipt' } as const
export const mcpCodes = { required: -32_042, failed: -32_043 } as const

const at = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((inner, name) => (isObject(inner) ? member(inner, name) : undefined), value)

const challengesIn = (answer: Rpc): readonly Challenge[] => {
  const list = at(answer, 'error', 'data', 'challenges')
  return Array.isArray(list) ? list.flatMap((each: Json) => (isObject(each) ? (challengeOf(each) ?? []) : [])) : []
}

const heard = (purse: Purse, credential: Credential, answer: Rpc): boolean => {
  const receipt = at(answer, 'result', '_meta', mcpKeys.receipt)
  return learnFrom(
    purse,
    credential,
    isObject(receipt) ? (receipt as Receipt) : undefined,
    at(answer, 'error', 'data', 'problem'),
  )
}

/** Pays over MCP: sends a JSON-RPC request, and once more with a credential where a payment is asked for. */
export const payingCalls = (payer: Payer, send: (request: Rpc) => Promise<Rpc>) => {
  const purse = openPurse(payer)
  return async (request: Rpc, wish: Wish = {}): Promise<Rpc> => {
    let answer = await send(request)
    for (let tried = 0; tried < tries; tried++) {
      const code = at(answer, 'error', 'code')
      const challenge =
        code === mcpCodes.required || code === mcpCodes.failed ? ours(challengesIn(answer), payer.now()) : undefined
      if (!challenge) return answer
      const payload = await signPayload(purse, challenge, wish)
      const credential: Credential = { challenge, payload: { ...payload } }
      const params = member(request, 'params')
      const around = isObject(params) ? params : {}
      const meta = member(around, '_meta')
      const _meta = { ...(isObject(meta) ? meta : {}), [mcpKeys.credential]: credential as unknown as Json }
      answer = await send({ ...request, params: { ...around, _meta } })
      if (!heard(purse, credential, answer)) return answer
    }
    return answer
  }
}
