/** The people of the demo: a wallet owner with a session, and a shopper's calls to a merchant. */
import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import {
  type OperationName,
  operations,
  type Problem,
  type RequestOf,
  type ResponseOf,
  version,
} from '../schemas/index.ts'

/** What a person got: the answer, or the problem. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: Problem }

const post = async (url: string, body: object, headers: Record<string, string>): Promise<Answer<unknown>> => {
  const response = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const value = await response.body.json()
  return response.statusCode < 300 ? { ok: true, value } : { ok: false, problem: value as Problem }
}

/** Calls an operation as a person does: with a session or with nothing. */
export const call = async <Name extends OperationName>(
  base: string,
  name: Name,
  body: RequestOf<Name>,
  userToken?: string,
): Promise<Answer<ResponseOf<Name>>> => {
  const operation = operations.get(name)
  if (!operation) throw new Error(`there is no operation ${name}`)
  const key: Record<string, string> = operation.safe ? {} : { 'idempotency-key': randomUUID() }
  const session: Record<string, string> = userToken === undefined ? {} : { authorization: `Bearer ${userToken}` }
  const answer = await post(`${base}/${operation.role}/${operation.name}`, body, {
    'amp-version': version,
    ...key,
    ...session,
  })
  return answer as Answer<ResponseOf<Name>>
}

/** Calls a test hook. */
export const hook = async <Value>(base: string, name: string, secret: string, body: object): Promise<Value> => {
  const answer = await post(`${base}/hooks/${name}`, body, { 'amp-hook-secret': secret })
  if (!answer.ok) throw new Error(`the hook ${name} refused: ${answer.problem.code} ${answer.problem.detail ?? ''}`)
  return answer.value as Value
}

/** The value of an answer or outcome that has to be there; otherwise what was refused. */
export const must = <Value>(
  answer:
    | Answer<Value>
    | { readonly ok: true; readonly value: Value }
    | { readonly ok: false; readonly refusal: { readonly code: string; readonly detail?: string | undefined } },
): Value => {
  if (answer.ok) return answer.value
  const { code, detail } = 'problem' in answer ? answer.problem : answer.refusal
  throw new Error(`refused: ${code}${detail === undefined ? '' : ` (${detail})`}`)
}
