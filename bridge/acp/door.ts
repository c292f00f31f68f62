/** The way into an ACP server: version, token, body and key of a request, before anybody acts on it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { refuseCardJson } from '../card-data.ts'
import { isObject, type JsonObject, parseJson } from '../json.ts'
import { messageBounds } from '../message.ts'
import { type AcpAnswer, acpError, actOnce, type IdempotencyStore } from './idempotency.ts'
import type { AcpClient } from './settings.ts'
import { type AcpVersion, acpVersions, isAcpVersion } from './versions.ts'

/** A request that got in. */
export type AcpRequest = {
  readonly caller: string
  readonly version: AcpVersion
  readonly body: JsonObject
  readonly id: string
}

/** One operation of a server. */
export type AcpOperation = {
  readonly method: 'get' | 'post' | 'put'
  readonly path: string
  readonly act: (request: AcpRequest) => Promise<AcpAnswer> | AcpAnswer
}

/** What a door stands on. */
export type DoorParts = {
  readonly clients: readonly Pick<AcpClient, 'token' | 'agent'>[]
  readonly idempotency: IdempotencyStore
  /** Epoch seconds. */
  readonly now: () => number
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

const callerOf = ({ headers }: Request, clients: DoorParts['clients']): string | undefined => {
  const token = /^Bearer ([^\s,]{1,2048})$/i.exec(headers.authorization ?? '')?.[1]
  return token === undefined
    ? undefined
    : clients.filter((client) => timingSafeEqual(digest(client.token), digest(token)))[0]?.agent
}

const headerText = (request: Request, name: string): string | undefined => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

const bodyOf = (request: Request): JsonObject | AcpAnswer => {
  const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : ''
  const json = text === '' ? { ok: true as const, value: {} } : parseJson(text)
  if (!json.ok || !isObject(json.value)) return acpError(400, 'invalid', 'The body is no JSON object')
  return refuseCardJson(json.value, 'body').ok
    ? json.value
    : acpError(400, 'invalid_card', 'Card data is not taken here; pay by an AMP wallet')
}

const isAnswer = (value: JsonObject | AcpAnswer): value is AcpAnswer => typeof value.status === 'number'

const send = (request: Request, response: Response, { status, headers = {}, body }: AcpAnswer): void => {
  const id = headerText(request, 'request-id')
  response
    .status(status)
    .set({ ...headers, ...(id === undefined ? {} : { 'request-id': id }) })
    .json(body)
}

const enter = async (request: Request, { act }: AcpOperation, parts: DoorParts): Promise<AcpAnswer> => {
  const asked = headerText(request, 'api-version')
  if (!isAcpVersion(asked)) {
    const code = asked === undefined ? 'missing_api_version' : 'unsupported_api_version'
    return acpError(400, code, 'API-Version names a version that is spoken here', { supported_versions: acpVersions })
  }
  const caller = callerOf(request, parts.clients)
  if (caller === undefined) return acpError(401, 'unauthorized', 'The token is not known here')
  const body = bodyOf(request)
  if (isAnswer(body)) return body
  const entered = { caller, version: asked, body, id: String(request.params.id ?? '') }
  const perform = async (): Promise<AcpAnswer> => act(entered)
  if (request.method === 'GET') return perform()
  const key = headerText(request, 'idempotency-key')
  const keyed = { version: asked, caller, path: request.path, body, ...(key === undefined ? {} : { key }) }
  return actOnce(keyed, parts.idempotency, parts.now, perform)
}

/** A router of these operations. What nobody foresaw is 500 without a word about it. */
export const acpDoor = (operations: readonly AcpOperation[], parts: DoorParts): Router => {
  const router = Router()
  router.use(express.raw({ type: () => true, limit: messageBounds.body, inflate: false }))
  for (const operation of operations)
    router[operation.method](operation.path, async (request, response) => {
      const answer = await enter(request, operation, parts).catch(() =>
        acpError(500, 'internal_error', 'Something went wrong here'),
      )
      send(request, response, answer)
    })
  const onError: ErrorRequestHandler = (error, request, response, _next) => {
    const isLarge = error?.type === 'entity.too.large'
    send(
      request,
      response,
      acpError(isLarge ? 413 : 400, 'invalid', isLarge ? 'The body is too large' : 'The body cannot be read'),
    )
  }
  router.use(onError)
  return router
}
