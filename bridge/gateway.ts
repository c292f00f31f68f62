/** The gateway: takes a foreign agent's HTTP request at the merchant's edge, and opens a draft the user may authorise. */
import { randomUUID } from 'node:crypto'
import express, {
  type ErrorRequestHandler,
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import type { Logger } from 'pino'
import { type Occurrence, type Outcome, type Refusal, refuse } from '../reference/core/outcome.ts'
import { type Message, type ProblemCode, problemOf } from '../schemas/index.ts'
import type {
  Answered,
  BridgeContext,
  BridgeResult,
  Draft,
  ForeignIdentity,
  OpenedDraft,
  SealedAdapter,
  Settings,
} from './adapter.ts'
import { guard, sendJson, sendTranslation } from './answers.ts'
import { type AuditEntry, digestOfJson } from './audit.ts'
import { type ForeignMessage, type HttpField, messageBounds, readMessage } from './message.ts'
import { type BridgeMetrics, bridgeMetrics } from './metrics.ts'
import { memoryNonces } from './nonces.ts'
import { adapters as registered } from './registry.ts'
import { requestLog } from './request-log.ts'
import type { Spans } from './spans.ts'
import { judge, type Tenant, tenantOf } from './tenants.ts'
import { translate } from './translate.ts'

/** Opens a mandate session on AMP for a draft. A refusal of AMP is passed on; a throw is `peer-unavailable`. */
export type OpenDraft = (draft: Draft, identity: ForeignIdentity) => Promise<Outcome<OpenedDraft>>

/** What a gateway stands on. Everything that reaches outside is given. */
export type GatewayOptions = Pick<BridgeContext, 'directory' | 'nonces'> & {
  /** Whom the gateway works for, asked per request so that a reload takes hold. Any other host is refused. */
  readonly tenants: () => readonly Tenant[]
  readonly openDraft: OpenDraft
  /** Epoch seconds. */
  readonly now: () => number
  /** Where requests are logged; nowhere if left out. No header, path, query or body ever is. */
  readonly logger?: Logger
  readonly newId?: () => string
  readonly adapters?: readonly SealedAdapter[]
  readonly audit?: (entry: AuditEntry) => void
  readonly spans?: Pick<Spans, 'start'>
  /** Throws where something the gateway stands on does not answer. */
  readonly ready?: () => Promise<void>
  /** What it says of itself at `/.well-known/amp`; nothing is served there where this is left out. */
  readonly discovery?: () => Message<'common/discovery'>
  /** Test hooks, while they are on. */
  readonly hooks?: Router
  /** The way through the bridge: another one is for those who watch it or try it out. */
  readonly translate?: typeof translate
  /** Lets through, to the next handler, what proposes no payment: for an application that serves the rest itself. */
  readonly passesOn?: boolean
}

/** A gateway for one merchant and one set of settings, in the words of a library. */
export const soleTenant = (
  origins: () => readonly string[],
  settings: Settings = {},
  more: Partial<Omit<Tenant, 'origins' | 'settings'>> = {},
): (() => readonly Tenant[]) => {
  return () => [{ name: 'default', mode: 'live', ...more, origins: origins(), settings }]
}

/** Paths of the gateway's own, out of the way of the merchant's. */
export const gatewayPaths = {
  health: '/.well-known/amp-bridge/health',
  ready: '/.well-known/amp-bridge/ready',
  metrics: '/.well-known/amp-bridge/metrics',
  hooks: '/.well-known/amp-bridge/hooks',
  discovery: '/.well-known/amp',
} as const

const sendProblem = (req: Request, res: Response, code: ProblemCode, occurrence: Occurrence = {}): void => {
  res.locals.problem = code
  const problem = problemOf(code, { ...occurrence, instance: String(req.id) })
  sendJson(res, problem.status, problem, 'application/problem+json; charset=utf-8')
}

const fieldsOf = ({ rawHeaders }: Request): readonly HttpField[] =>
  Array.from({ length: rawHeaders.length / 2 }, (_, index) => ({
    name: rawHeaders[index * 2] ?? '',
    value: rawHeaders[index * 2 + 1] ?? '',
  }))

/** The request as it was signed: the configured origin its Host names, its target unchanged, its body as received. */
const messageOf = (req: Request, origin: string | undefined): Outcome<ForeignMessage> => {
  if (origin === undefined)
    return refuse('message-malformed', { detail: 'the gateway does not answer for this host', field: 'header/host' })
  if (!req.originalUrl.startsWith('/'))
    return refuse('message-malformed', { detail: 'the request target has to be a path', field: 'url' })
  const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
  return readMessage({
    method: req.method,
    url: `${origin}${req.originalUrl}`,
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

/** One message on its way: what it is, whose, and who may answer it. */
type Turn = {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
  readonly read: Outcome<ForeignMessage>
  readonly tenant?: Tenant
  readonly adapter?: SealedAdapter
}

/** Answers as the protocol does, where it has words for it; otherwise as AMP does. */
const send = ({ req, res, read, adapter }: Turn, answered: Answered): void => {
  const own = read.ok ? adapter?.answer?.(read.value, answered) : undefined
  if (answered.kind === 'refused') res.locals.problem = answered.problem.code
  if (own) {
    res.set(own.headers ?? {})
    if (own.body === undefined) res.status(own.status ?? 200).end()
    else sendJson(res, own.status ?? 200, own.body)
    return
  }
  if (answered.kind === 'refused') {
    const { code, ...occurrence } = answered.problem
    sendProblem(req, res, code, occurrence)
  } else if (answered.kind === 'opened') sendTranslation(res, 202, answered.translation, { session: answered.session })
  else sendTranslation(res, 200, answered.translation)
}

const refuseTurn = (turn: Turn, problem: Refusal): void => {
  const { status, title } = problemOf(problem.code, {})
  send(turn, { kind: 'refused', problem, status, title })
}

const conclude = async (turn: Turn, result: Translated, options: GatewayOptions): Promise<OpenedDraft | undefined> => {
  const { res, tenant } = turn
  res.locals.agent = result.identity.proof === 'none' ? undefined : result.identity.agent.id
  const unwanted = judge(result, tenant?.policy)
  if (unwanted) {
    refuseTurn(turn, unwanted)
    return undefined
  }
  // Only a payment message carries a draft; the second look costs nothing and keeps browsing out of payment for good.
  if (!result.draft || result.identity.interaction === 'browse') {
    if (options.passesOn) turn.next()
    else send(turn, { kind: 'identified', translation: result })
    return undefined
  }
  const session = await open(result.draft, result.identity, options.openDraft)
  if (session.ok) send(turn, { kind: 'opened', translation: result, session: session.value })
  else refuseTurn(turn, session.refusal)
  return session.ok ? session.value : undefined
}

/** Translates and reports; nothing is opened and no nonce of the live store is spent. */
const shadow = ({ req, res, next }: Turn, result: BridgeResult, options: GatewayOptions): void => {
  if (options.passesOn) {
    next()
    return
  }
  if (result.outcome === 'translated') {
    sendTranslation(res, 200, result, { shadow: true })
    return
  }
  const problem = result.outcome === 'refused' ? result.problem.code : 'protocol-unknown'
  res.locals.problem = problem
  const told = problemOf(problem, { instance: String(req.id) })
  sendJson(res, 200, { outcome: result.outcome, problem: told, shadow: true })
}

const entryOf = (req: Request, res: Response, turn: Turn, result: BridgeResult, now: number): AuditEntry => ({
  at: now,
  request: String(req.id),
  ...(turn.tenant ? { tenant: turn.tenant.name, mode: turn.tenant.mode } : {}),
  ...('protocol' in result && result.protocol !== undefined ? { protocol: result.protocol } : {}),
  outcome: result.outcome,
  ...(res.locals.problem === undefined ? {} : { problem: String(res.locals.problem) }),
  ...(res.locals.agent === undefined ? {} : { agent: String(res.locals.agent) }),
  ...(result.outcome === 'translated' && result.draft ? { draft: digestOfJson(result.draft) } : {}),
})

const receive = (options: GatewayOptions, metrics: BridgeMetrics) => {
  const adapters = options.adapters ?? registered
  const shadowNonces = memoryNonces()
  return async (req: Request, res: Response, next: NextFunction): Promise<void> => {
    const [stop, end] = [metrics.start(), options.spans?.start(req.headers.traceparent as string | undefined)]
    const found = tenantOf(options.tenants(), req.headers.host)
    const { tenant } = found ?? {}
    const now = options.now()
    const read = messageOf(req, found?.origin)
    const taken = tenant?.protocols
    const among = taken ? adapters.filter(({ protocol }) => taken.includes(protocol)) : adapters
    const isShadow = tenant?.mode === 'shadow'
    const context: BridgeContext = {
      directory: options.directory,
      nonces: isShadow ? shadowNonces : options.nonces,
      settings: tenant?.settings ?? {},
      now,
    }
    const result = await (options.translate ?? translate)(read, context, among)
    stop(result)
    const protocol = 'protocol' in result ? result.protocol : undefined
    const adapter = adapters.find((each) => each.protocol === protocol)
    const turn: Turn = { req, res, next, read, ...(tenant ? { tenant } : {}), ...(adapter ? { adapter } : {}) }
    res.locals.outcome = result.outcome
    res.locals.ampBridge = result
    let session: OpenedDraft | undefined
    if (isShadow) shadow(turn, result, options)
    else if (result.outcome === 'translated') session = await conclude(turn, result, options)
    else if (result.outcome === 'refused') refuseTurn(turn, result.problem)
    else if (options.passesOn) next()
    else sendProblem(req, res, 'protocol-unknown')
    options.audit?.({ ...entryOf(req, res, turn, result, now), ...(session ? { session: session.sessionId } : {}) })
    end?.({
      'amp.protocol': protocol ?? 'unknown',
      'amp.outcome': result.outcome,
      'amp.problem': String(res.locals.problem ?? ''),
      'amp.tenant': tenant?.name ?? '',
    })
  }
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

/** What the gateway says of itself. */
const ownPaths = (options: GatewayOptions, metrics: BridgeMetrics): RequestHandler => {
  const router = express.Router()
  router.get(gatewayPaths.health, (_req, res) => void res.json({ status: 'ok' }))
  router.get(gatewayPaths.ready, async (_req, res) => {
    try {
      await options.ready?.()
      res.json({ status: 'ready' })
    } catch {
      res.status(503).json({ status: 'unavailable' })
    }
  })
  router.get(gatewayPaths.metrics, async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.text())
  })
  if (options.hooks) router.use(gatewayPaths.hooks, options.hooks)
  const { discovery } = options
  if (discovery) router.get(gatewayPaths.discovery, (_req, res) => void res.json(discovery()))
  // A message to the merchant need not be held against each of them.
  return (req, res, next) => (/^\/\.well-known\/amp/i.test(req.path) ? router(req, res, next) : next())
}

const readAnyBody = express.raw({ type: () => true, limit: messageBounds.body, inflate: false })

/** Reads the body as it came. One of a length that is told and allowed needs no more than that its parts are put together. */
const readBody: RequestHandler = (req, res, next) => {
  const { 'content-length': length, 'content-encoding': encoding, 'transfer-encoding': transfer } = req.headers
  const isPlain = encoding === undefined && transfer === undefined && Number(length) <= messageBounds.body
  if (!isPlain || req.body !== undefined || req.readableEnded || !req.readable) {
    readAnyBody(req, res, next)
    return
  }
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.once('end', () => {
    req.body = parts.length === 1 ? parts[0] : Buffer.concat(parts)
    next()
  })
  req.once('error', () => next({ type: 'request.aborted' }))
}

/** Handlers that throw nothing, one after the other as a single one: every request goes through each of them. */
const inTurn = (handlers: readonly RequestHandler[]): RequestHandler => {
  const from = (at: number, req: Request, res: Response, next: NextFunction): void => {
    const handler = handlers[at]
    if (handler) void handler(req, res, (error?: unknown) => (error ? next(error) : from(at + 1, req, res, next)))
    else next()
  }
  return (req, res, next) => from(0, req, res, next)
}

/**
 * The gateway as middleware, to be mounted before any body parser. Answers 202 with the opened session and where the
 * user authorises, 200 with the identity of a verified request that proposes nothing, else a problem.
 */
export const gatewayRouter = (options: GatewayOptions): Router => {
  const metrics = bridgeMetrics()
  const router = express.Router()
  const log = requestLog(options.logger, options.newId ?? randomUUID)
  router.use(inTurn([guard, log, ownPaths(options, metrics), readBody]))
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

/**
 * The gateway inside an application: what proposes a payment is answered here, everything else goes on, with the
 * translation in `res.locals.ampBridge`. Mount it before any body parser; `req.body` is then the body as it came.
 */
export const ampBridge = (options: Omit<GatewayOptions, 'passesOn'>): Router =>
  gatewayRouter({ ...options, passesOn: true })
