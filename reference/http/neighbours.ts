/** Calls to neighbours: signed, bounded, without redirects, validated both ways; refusals come back as values. */
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { Agent, request } from 'undici'
import {
  isMessage,
  type Message,
  type OperationName,
  operations,
  type ProblemCode,
  problemKinds,
  type RequestOf,
  type ResponseOf,
  type Role,
  roles,
  validate,
} from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse, type World } from '../core/index.ts'
import { findPeer, type ShellTables } from '../ledger/index.ts'
import type { Neighbours, PartyKey, Peer } from './operation.ts'
import { signRequest } from './signing.ts'

const timeoutMs = 10_000
const answerBytesMax = 1_048_576

/** Idle connections are let go before the hastiest server, which does not say so, closes them under a request. */
const keepAliveTimeout = 1_000

/** A pool for each role that is called: calls nest (a token request leads to S2), and one pool for all would wait for itself. */
const pools = new Map(
  roles.map((role) => [role, new Agent({ connections: 64, keepAliveTimeout, maxResponseSize: answerBytesMax })]),
)

type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body: string; readonly limit: number }

/** How everything reaches a neighbour: through the pool of its role, bounded in time, no redirect followed. */
const reach = (url: string, role: Role, { headers, body, limit }: Sent) =>
  request(url, {
    method: 'POST',
    headers,
    body,
    dispatcher: pools.get(role) as Agent,
    headersTimeout: limit,
    bodyTimeout: limit,
    signal: AbortSignal.timeout(limit),
  })

const callBackMs = 5_000

/** What the hook `callBack` does: calls a URL as a neighbour is called, and says what came of it. */
export const callBack = async (url: string): Promise<Message<'hooks/call-back-response'>> => {
  const headers = { 'content-type': 'application/json' }
  try {
    const { statusCode, body } = await reach(url, 'network', { headers, body: '{}', limit: callBackMs })
    await body.dump().catch(() => undefined)
    return { reached: true, status: statusCode }
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string }
    const says = [typeof code === 'string' ? code : '', message].filter(Boolean).join(': ')
    return { reached: false, says: says.slice(0, 256) || 'it failed' }
  }
}

const isJson = (contentType: string): boolean => /^application\/(problem\+)?json *(;|$)/i.test(contentType)

/** Turns a refusal of a peer into one of ours; anything that is no known problem is an invalid answer. */
const refusalOf = (body: unknown): Outcome<never> => {
  if (!isMessage('common/problem', body) || !problemKinds.has(body.code as ProblemCode))
    return refuse('peer-answer-invalid')
  const { code, detail, field, stage, mandateStatus, limit } = body
  const known = { detail, field, stage, mandateStatus, limit }
  return refuse(
    code as ProblemCode,
    Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  )
}

/** Where a call goes and who signs it. */
export type Exchange = {
  readonly endpoint: string
  readonly keyId: string
  readonly privateKey: PartyKey['privateKey']
  readonly idempotencyKey?: string | undefined
  readonly timeoutMs?: number | undefined
}

/** One signed call of an operation. Refusals: those of the peer, `peer-unavailable`, `peer-answer-invalid`. */
export const callOperation = async <Name extends OperationName>(
  name: Name,
  message: RequestOf<Name>,
  exchange: Exchange,
  world: World,
): Promise<Outcome<ResponseOf<Name>>> => {
  const operation = operations.get(name)
  if (!operation) throw new Error(`there is no operation ${name}`)
  const invalid = validate(operation.request, message)[0]
  if (invalid && world.deviation.asks === undefined) throw new TypeError(`${name}: ${invalid.path} ${invalid.message}`)
  const url = `${exchange.endpoint}/${operation.name}`
  const body = JSON.stringify(message)
  const idempotencyKey = operation.safe ? undefined : (exchange.idempotencyKey ?? world.nonce())
  const headers = await signRequest(
    { url, body, keyId: exchange.keyId, privateKey: exchange.privateKey, idempotencyKey },
    world,
  )
  const limit = exchange.timeoutMs ?? timeoutMs
  try {
    const response = await reach(url, operation.role, { headers, body, limit })
    if (!isJson(String(response.headers['content-type']))) {
      await response.body.dump()
      return refuse('peer-answer-invalid', { detail: `${operation.role} answered ${operation.name} with no JSON` })
    }
    const answer: unknown = await response.body.json()
    if (response.statusCode !== 200) return refusalOf(answer)
    return isMessage(operation.response, answer) ? accept(answer as ResponseOf<Name>) : refuse('peer-answer-invalid')
  } catch (error) {
    return refuse(error instanceof SyntaxError ? 'peer-answer-invalid' : 'peer-unavailable', {
      detail: `${operation.role} did not answer ${operation.name}`,
    })
  }
}

/** The neighbours of a role: its peers are read from the database at every call. */
export const createNeighbours = (parts: {
  readonly database: Kysely<ShellTables>
  readonly key: PartyKey
  readonly world: World
  readonly log: Logger
}): Neighbours => {
  const { database, key, world, log } = parts
  return {
    find: async (role, id) => (await findPeer(database, role, id)) as Peer | undefined,
    call: async (name, peerId, message, options = {}) => {
      const operation = operations.get(name)
      const peer = operation && (await findPeer(database, operation.role, peerId))
      if (!peer) return refuse('peer-unavailable', { detail: `no ${operation?.role} ${peerId} is known` })
      const asked = world.deviation.asks ? world.deviation.asks(name, message as Record<string, unknown>) : message
      if (asked === undefined) return refuse('peer-unavailable', { detail: 'the call was left out' })
      const outcome = await callOperation(
        name,
        asked as typeof message,
        {
          endpoint: peer.endpoint,
          keyId: `${enforces(world, 'AMP-TRUST-020:sender') ? key.id : 'https://other.example'}#${key.publicJwk.kid}`,
          privateKey: key.privateKey,
          ...options,
          ...(enforces(world, 'EXT-HTTP-45') ? {} : { idempotencyKey: world.nonce() }),
        },
        world,
      )
      if (!outcome.ok) log.info({ operation: name, peer: peerId, code: outcome.refusal.code }, 'a neighbour refused')
      return outcome
    },
  }
}
