/** Calls of operations over the HTTP binding; each exchange is kept for the report, each answer held against the binding. */
import { Agent, request } from 'undici'
import {
  type Message,
  type OperationName,
  operations,
  type ProblemCode,
  problemKinds,
  type RequestOf,
  type Role,
  validate,
  version,
} from '../../schemas/index.ts'
import { headersAtDoor, veiled } from '../auth.ts'
import type { Dice, Party } from '../parties.ts'
import { digestOf, type Signing, sign } from './signature.ts'

/** One request and what came back, as it went over the wire. */
export type Exchange = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly status: number
  readonly answerHeaders: Readonly<Record<string, string>>
  readonly answer: string
  readonly milliseconds: number
}

/** What a target answered. `body` is the JSON of the answer, where it is JSON. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: unknown
  /** Every problem a refusal may stand for, where the implementation's own codes are coarser than ours. */
  readonly means?: readonly string[]
}

/** Who calls: a party or agent that signs, the owner of a wallet with a session, or nobody in particular. */
export type Caller = Party | { readonly userToken: string } | undefined

/** What is changed of a correct request. `null` leaves a thing out. */
export type Variation = {
  readonly idempotencyKey?: string | null
  readonly version?: string | null
  readonly contentType?: string
  readonly digest?: string | null
  readonly authorization?: string | null
  readonly signing?: Partial<Signing> | null
  /** Written instead of the JSON of the message. */
  readonly text?: string
  /** Put in place of the body after it was signed. */
  readonly sent?: string
  readonly method?: string
  /** Last part of the path instead of the name of the operation. */
  readonly path?: string
  /** Headers set at the end, unsigned. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMilliseconds?: number
}

/** A departure from the binding that any answer can show. */
export type Observation = {
  readonly requirement: string
  readonly role: Role
  readonly detail: string
  readonly exchange: Exchange
}

/** The target did not answer in time, or not with HTTP. */
export class NoAnswer extends Error {}

export type ClientParts = {
  readonly endpointOf: (role: Role) => string
  /** Epoch seconds as the target's clock has them. */
  readonly now: () => number
  readonly dice: Dice
  readonly onExchange: (exchange: Exchange) => void
  readonly onObservation: (observation: Observation) => void
}

const answerBytesMax = 4_194_304
const patienceMilliseconds = 10_000
/** Idle connections are let go well before servers close them, the hastiest known after two seconds: a request must not meet that. */
const keepAliveTimeout = 1_000
const agent = new Agent({
  connections: 128,
  ...{ keepAliveTimeout, keepAliveMaxTimeout: keepAliveTimeout },
  maxResponseSize: answerBytesMax,
})

/** Closes the connections of all clients. */
export const closeClients = (): Promise<void> => agent.close()

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends one request and reads the whole answer, bounded in size and time; redirects are answers like others. */
export const exchangeOf = async (
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  timeoutMilliseconds = patienceMilliseconds,
): Promise<Exchange> => {
  const started = performance.now()
  try {
    const atDoor = await headersAtDoor({ method, url, headers, body: body ?? '' })
    const response = await request(url, {
      method: method as 'POST',
      headers: { ...atDoor, ...headers },
      ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body }),
      dispatcher: agent,
      headersTimeout: timeoutMilliseconds,
      bodyTimeout: timeoutMilliseconds,
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    const answer = await response.body.text()
    return {
      method,
      url,
      headers: { ...veiled(atDoor), ...headers },
      body: body ?? '',
      status: response.statusCode,
      answerHeaders: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : String(value),
        ]),
      ),
      answer,
      milliseconds: performance.now() - started,
    }
  } catch (error) {
    throw new NoAnswer(`${method} ${url}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The answer of an exchange. */
export const answerOf = ({ status, answerHeaders, answer }: Exchange): Answer => ({
  status,
  headers: answerHeaders,
  text: answer,
  body: parsed(answer),
})

/** What an answer shows against the binding, whatever it was asked (EXT-HTTP-8, 13, 16, 19). */
const observe = (name: OperationName, exchange: Exchange, tell: ClientParts['onObservation']): void => {
  const { status, answerHeaders, answer } = exchange
  const note = (requirement: string, detail: string): void =>
    tell({ requirement, role: name.split('.')[0] as Role, detail, exchange })
  if (!answerHeaders['amp-request-id']) note('EXT-HTTP-16', `${name} answered without AMP-Request-Id`)
  if (answerHeaders['amp-version'] !== version)
    note('EXT-HTTP-19', `${name} answered with AMP-Version ${answerHeaders['amp-version'] ?? 'missing'}`)
  const body = parsed(answer)
  if (status === 200) {
    const invalid = validate(operations.get(name)?.response ?? 'common/problem', body)[0]
    if (invalid) note('EXT-HTTP-8', `${name} answered ${invalid.path || 'a body'} that ${invalid.message}`)
    return
  }
  const type = answerHeaders['content-type'] ?? 'no content type'
  if (!/^application\/problem\+json *(;|$)/i.test(type)) note('EXT-HTTP-13', `${name} refused with ${type}`)
  const invalid = validate('common/problem', body)[0]
  if (invalid) {
    note('EXT-HTTP-13', `${name} refused with ${invalid.path || 'a body'} that ${invalid.message}`)
    return
  }
  const problem = body as Message<'common/problem'>
  const kind = problemKinds.get(problem.code as ProblemCode)
  if (!kind) {
    note('EXT-HTTP-13', `${name} refused with the unknown code ${problem.code}`)
    return
  }
  for (const member of ['status', 'title', 'retry'] as const)
    if (problem[member] !== kind[member])
      note('EXT-HTTP-13', `${problem.code} has ${member} ${String(problem[member])}, the table says ${kind[member]}`)
  if (status !== kind.status)
    note('EXT-HTTP-13', `${problem.code} came with status ${status}, the table says ${kind.status}`)
}

/** A client of the target. Every call throws `NoAnswer` where nothing comes back in time. */
export type Client = {
  readonly call: <Name extends OperationName>(
    name: Name,
    message: RequestOf<Name>,
    by: Caller,
    change?: Variation,
  ) => Promise<Answer>
}

const headersOf = (
  name: OperationName,
  body: string,
  by: Caller,
  change: Variation,
  dice: Dice,
): Record<string, string> => {
  const signs = by !== undefined && 'privateKey' in by
  const key =
    change.idempotencyKey === undefined ? (operations.get(name)?.safe ? null : dice.nonce()) : change.idempotencyKey
  const bearer = by !== undefined && 'userToken' in by ? `Bearer ${by.userToken}` : null
  const all: Record<string, string | null> = {
    'content-type': change.contentType ?? 'application/json',
    'amp-version': change.version === undefined ? version : change.version,
    'idempotency-key': key,
    'content-digest': change.digest === undefined ? (signs ? digestOf(body) : null) : change.digest,
    authorization: change.authorization === undefined ? bearer : change.authorization,
  }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null))
}

export const createClient = (parts: ClientParts): Client => ({
  call: async (name, message, by, change = {}) => {
    const operation = operations.get(name)
    if (!operation) throw new Error(`there is no operation ${name}`)
    const url = `${parts.endpointOf(operation.role)}/${change.path ?? operation.name}`
    const body = change.text ?? JSON.stringify(message)
    const plain = headersOf(name, body, by, change, parts.dice)
    const signed =
      by !== undefined && 'privateKey' in by && change.signing !== null
        ? await sign(url, plain, { by, created: parts.now(), nonce: parts.dice.nonce(), ...change.signing })
        : plain
    const exchange = await exchangeOf(
      change.method ?? 'POST',
      url,
      { ...signed, ...change.headers },
      change.sent ?? body,
      change.timeoutMilliseconds,
    )
    parts.onExchange(exchange)
    if (change.method === undefined && change.path === undefined) observe(name, exchange, parts.onObservation)
    return answerOf(exchange)
  },
})
