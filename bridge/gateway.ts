/** The gateway: takes a foreign agent's HTTP request at the merchant's edge, and opens a draft the user may authorise. */
import { randomUUID } from 'node:crypto'
import express, { type ErrorRequestHandler, type Express, type Request, type Response, type Router } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import { type Occurrence, type Outcome, refuse } from '../reference/core/outcome.ts'
import { type ProblemCode, problemOf } from '../schemas/index.ts'
import type { BridgeContext, BridgeResult, Draft, ForeignIdentity, SealedAdapter } from './adapter.ts'
import { type ForeignMessage, type HttpField, messageBounds, readMessage } from './message.ts'
import { type BridgeMetrics, bridgeMetrics } from './metrics.ts'
import { adapters as registered } from './registry.ts'
import { requestLog } from './request-log.ts'
import { translate } from './translate.ts'

/** A mandate session that waits for the user. */
export type OpenedDraft = {
  readonly sessionId: string
  readonly mandateId?: string
  /** Where the user authorises: the wallet's trusted surface. */
  readonly authorizeUrl: string
  readonly status: 'inactive'
}

/** Opens a mandate session on AMP for a draft. A refusal of AMP is passed on; a throw is `peer-unavailable`. */
export type OpenDraft = (draft: Draft, identity: ForeignIdentity) => Promise<Outcome<OpenedDraft>>

/** What a gateway stands on. Everything that reaches outside is given. */
export type GatewayOptions = Pick<BridgeContext, 'directory' | 'nonces' | 'settings'> & {
  /** Origins the gateway answers for, `https://merchant.example`: what agents sign as authority. Asked per request. */
  readonly origins: () => readonly string[]
  readonly openDraft: OpenDraft
  /** Epoch seconds. */
  readonly now: () => number
  /** Where requests are logged; nowhere if left out. No header, path, query or body ever is. */
  readonly logger?: Logger
  readonly newId?: () => string
  readonly adapters?: readonly SealedAdapter[]
}

/** Paths of the gateway's own, out of the way of the merchant's. */
export const gatewayPaths = {
  health: '/.well-known/amp-bridge/health',
  metrics: '/.well-known/amp-bridge/metrics',
} as const

const sendProblem = (req: Request, res: Response, code: ProblemCode, occurrence: Occurrence = {}): void => {
  res.locals.problem = code
  const problem = problemOf(code, { ...occurrence, instance: String(req.id) })
  res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

const fieldsOf = ({ rawHeaders }: Request): readonly HttpField[] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => ({
    name: rawHeaders[index * 2] ?? '',
    value: rawHeaders[index * 2 + 1] ?? '',
  }))

/** The request as it was signed: the configured origin its Host names, its target unchanged, its body as received. */
const messageOf = (req: Request, origins: readonly string[]): Outcome<ForeignMessage> => {
  const origin = origins.find((known) => new URL(known).host === req.headers.host?.toLowerCase())
  if (origin === undefined)
    return refuse('message-malformed', { detail: 'the gateway does not answer for this host', field: 'header/host' })
  if (!req.originalUrl.startsWith('/'))
    return refuse('message-malformed', { detail: 'the request target has to be a path', field: 'url' })
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  return readMessage({
    method: req.method,
    url: `${new URL(origin).origin}${req.originalUrl}`,
    fields: fieldsOf(req),
    body,
  })
}

type Translated = Extract<BridgeResult, { outcome: 'translated' }>

const open = async (draft: Draft, identity: ForeignIdentity, openDraft: OpenDraft): Promise<Outcome<OpenedDraft>> => {
  try {
    return await openDraft(draft, identity)
  } catch {
    return refuse('peer-unavailable', { detail: 'the mandate session cannot be opened now; sign the request again' })
  }
}

const answer = async (req: Request, res: Response, result: Translated, options: GatewayOptions): Promise<void> => {
  res.locals.agent = result.identity.agent.id
  // Only a payment message carries a draft; the second look costs nothing and keeps browsing out of payment for good.
  if (!result.draft || result.identity.interaction === 'browse') {
    res.status(200).json(result)
    return
  }
  const session = await open(result.draft, result.identity, options.openDraft)
  if (!session.ok) {
    const { code, ...occurrence } = session.refusal
    sendProblem(req, res, code, occurrence)
    return
  }
  res.status(202).json({ ...result, session: session.value })
}

const receive =
  (options: GatewayOptions, metrics: BridgeMetrics) =>
  async (req: Request, res: Response): Promise<void> => {
    const stop = metrics.start()
    const context: BridgeContext = { ...options, now: options.now() }
    const result = await translate(messageOf(req, options.origins()), context, options.adapters ?? registered)
    stop(result)
    res.locals.outcome = result.outcome
    if (result.outcome === 'translated') return answer(req, res, result, options)
    if (result.outcome === 'not-this-protocol') return sendProblem(req, res, 'protocol-unknown')
    const { code, ...occurrence } = result.problem
    sendProblem(req, res, code, occurrence)
  }

/** Codes of what the body reader itself refuses. */
const bodyProblems: Readonly<Record<string, ProblemCode>> = {
  'entity.too.large': 'message-too-large',
  'encoding.unsupported': 'media-type-unsupported',
  'request.aborted': 'message-malformed',
  'request.size.invalid': 'message-malformed',
}

const onError: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) {
    next(error)
    return
  }
  res.locals.error = error
  sendProblem(req, res, bodyProblems[error?.type] ?? 'internal-error')
}

/**
 * The gateway as middleware, to be mounted before any body parser. Answers 202 with the opened session and where the
 * user authorises, 200 with the identity of a verified request that proposes nothing, else a problem.
 */
export const gatewayRouter = (options: GatewayOptions): Router => {
  const metrics = bridgeMetrics()
  const router = express.Router()
  router.use(helmet())
  router.use(requestLog(options.logger, options.newId ?? randomUUID))
  router.get(gatewayPaths.health, (_req, res) => void res.json({ status: 'ok' }))
  router.get(gatewayPaths.metrics, async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text())
  })
  router.use(express.raw({ type: () => true, limit: messageBounds.body, inflate: false }))
  router.use(receive(options, metrics))
  router.use(onError)
  return router
}

/** The gateway as an application of its own. */
export const createGateway = (options: GatewayOptions): Express => {
  const app = express()
  app.disable('x-powered-by')
  app.use(gatewayRouter(options))
  return app
}
