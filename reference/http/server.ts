/** The HTTP shell: serves the operations of roles, discovery, health, metrics and test hooks. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import {
  type Operation,
  type OperationName,
  operations,
  type ProblemCode,
  problemOf,
  validate,
  version,
} from '../../schemas/index.ts'
import { enforces, type Outcome, refuse, type World } from '../core/index.ts'
import { deliver, forgetCalls, forgetNonces, type ShellTables } from '../ledger/index.ts'
import { readBody } from './body.ts'
import { discoveryOf } from './discovery.ts'
import { documentation, openapi } from './documentation.ts'
import { hookRouter } from './hooks.ts'
import { createMetrics } from './metrics.ts'
import type { Call, Neighbours, PartyKey, RoleModule } from './operation.ts'
import { passPipeline } from './pipeline.ts'
import type { Incoming } from './signing.ts'

/** Bounds of a server. `requestsPerMinute` counts one address. */
export type Limits = {
  readonly bodyBytesMax: number
  readonly requestsPerMinute: number
  /** How long a sender may take over its headers, and over the whole request, before the connection is cut. */
  readonly headersMillisecondsMax: number
  readonly requestMillisecondsMax: number
}

const defaultLimits: Limits = {
  bodyBytesMax: 65_536,
  requestsPerMinute: 600_000,
  headersMillisecondsMax: 10_000,
  requestMillisecondsMax: 30_000,
}

/** One role as served: its module, its party key, and how it reaches its neighbours. */
export type ServedRole = {
  readonly module: RoleModule
  readonly key: PartyKey
  readonly name: string
  readonly neighbours: Neighbours
}

export type ShellParts = {
  readonly roles: readonly ServedRole[]
  readonly world: World
  readonly setClockOffset: (seconds: number) => void
  readonly database: Kysely<ShellTables>
  readonly log: Logger
  readonly hooksSecret?: string | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Pages beside the operations, mounted under `/console`. */
  readonly console?: express.Router | undefined
}

/** A running shell. `stop` lets requests in flight finish. */
export type Shell = {
  readonly url: string
  readonly server: Server
  readonly sweep: () => Promise<void>
  readonly stop: () => Promise<void>
}

const requestIdOf = (response: Response): string => String(response.getHeader('AMP-Request-Id'))

/** Sends a problem (EXT-HTTP-13): the only form a refusal takes. */
const sendProblem = (
  response: Response,
  name: OperationName | undefined,
  outcome: Extract<Outcome<never>, { ok: false }>,
  world: World,
): void => {
  const { code, ...occurrence } = outcome.refusal
  const { status, text } = renderProblem(name, code, { ...occurrence, instance: requestIdOf(response) }, world)
  if (occurrence.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', String(occurrence.retryAfterSeconds))
  const type = enforces(world, 'EXT-HTTP-13') ? 'application/problem+json' : 'application/json'
  response.status(status).type(type).send(text)
}

const renderProblem = (
  name: OperationName | undefined,
  code: ProblemCode,
  occurrence: object,
  world: World,
): { status: number; text: string } => {
  const problem = problemOf(code, occurrence)
  const sent = name && world.deviation.refuses ? world.deviation.refuses(name, { ...problem }) : problem
  return { status: Number(sent.status ?? problem.status), text: JSON.stringify(sent) }
}

/** Where this server is: its base URL, and every authority that leads to it. */
type Home = { readonly url: string; readonly authorities: ReadonlySet<string> }

/**
 * A signature has to be for this server: where `Host` names another, our own authority takes its place, so that a
 * request signed for somebody else does not verify here whoever passes it on (EXT-HTTP-29).
 */
const incomingOf = (request: Request, unsafe: boolean, { url, authorities }: Home): Incoming => ({
  url: `http://${authorities.has(request.headers.host ?? '') ? request.headers.host : new URL(url).host}${request.originalUrl}`,
  headers: request.headers as Record<string, string | undefined>,
  body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  unsafe,
})

/** The function of a role, its answer held against the schema (EXT-HTTP-8). */
const runner =
  (parts: ShellParts, name: OperationName, operation: Operation, role: ServedRole, call: Omit<Call, 'caller'>) =>
  async (body: unknown, caller: Call['caller']): Promise<Outcome<object>> => {
    const handle = role.module.operations[name] as
      | ((request: unknown, call: Call) => Promise<Outcome<object>>)
      | undefined
    if (!handle) return refuse('operation-unknown')
    const outcome = await handle(body, { ...call, caller })
    if (!outcome.ok) return outcome
    const answer = parts.world.deviation.answers
      ? parts.world.deviation.answers(name, outcome.value as Record<string, unknown>)
      : outcome.value
    const invalid = parts.world.deviation.answers ? undefined : validate(operation.response, answer)[0]
    if (invalid)
      throw new TypeError(`${name} answers what its schema does not allow: ${invalid.path} ${invalid.message}`)
    return { ok: true, value: answer }
  }

const operationRoute =
  (
    parts: ShellParts,
    name: OperationName,
    operation: Operation,
    role: ServedRole,
    observe: (outcome: string, seconds: number) => void,
    kick: () => void,
    home: Home,
  ) =>
  async (request: Request, response: Response): Promise<void> => {
    const started = performance.now()
    const { world } = parts
    const requestId = requestIdOf(response)
    const incoming = incomingOf(request, !operation.safe, home)
    const call = {
      requestId,
      idempotencyKey: incoming.headers['idempotency-key'],
      log: parts.log.child({ requestId, operation: name }),
    }
    const render = (outcome: Outcome<object>) => {
      if (outcome.ok) return { status: 200, body: JSON.stringify(outcome.value) }
      const { code, ...occurrence } = outcome.refusal
      const { status, text } = renderProblem(name, code, { ...occurrence, instance: requestId }, world)
      return { status, body: text }
    }
    const passed = await passPipeline(
      operation,
      incoming,
      { database: parts.database, modules: parts.roles.map(({ module }) => module), world },
      runner(parts, name, operation, role, call),
      render,
    )
    const seconds = (performance.now() - started) / 1000
    if ('replayed' in passed) {
      observe('replayed', seconds)
      response
        .status(passed.replayed.status)
        .setHeader('Idempotency-Replayed', 'true')
        .type(passed.replayed.status < 300 ? 'application/json' : 'application/problem+json')
        .send(passed.replayed.body)
      return
    }
    const { outcome } = passed
    observe(outcome.ok ? 'ok' : outcome.refusal.code, seconds)
    if (outcome.ok) response.status(200).type('application/json').send(JSON.stringify(outcome.value))
    else sendProblem(response, name, outcome, world)
    kick()
  }

/** Delivers notifications and repairs what time ended; never two runs at once, and asked again while running runs once more. */
const createSweep = (parts: ShellParts) => {
  const { database, world, log } = parts
  const deliverAll = async (): Promise<void> => {
    for (const { key, neighbours } of parts.roles)
      await deliver(database, key.id, world.now(), async ({ id, operation, peerId, body }) => {
        const outcome = await neighbours.call(operation as OperationName, peerId, body as never, { idempotencyKey: id })
        return outcome.ok
      })
  }
  const sweepAll = async (): Promise<void> => {
    for (const { module } of parts.roles) await module.sweep?.()
    await forgetNonces(database, world.now())
    await forgetCalls(database, world.now())
    await deliverAll()
  }
  const exclusive = (work: () => Promise<void>) => {
    let running: Promise<void> | undefined
    let again = false
    const start = async (): Promise<void> => {
      do {
        again = false
        await work().catch((error: unknown) => log.error({ err: error }, 'sweep failed'))
      } while (again)
      running = undefined
    }
    return (): Promise<void> => {
      if (running) again = true
      else running = start()
      return running
    }
  }
  return { kick: exclusive(deliverAll), sweep: exclusive(sweepAll) }
}

const securityHeaders = helmet({
  contentSecurityPolicy: {
    directives: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      formAction: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      frameAncestors: ["'none'"],
      upgradeInsecureRequests: null,
    },
  },
  strictTransportSecurity: false,
})

/** The express application of a shell and what it does in the background. */
const createApplication = (parts: ShellParts, state: Home & { readonly stopping: boolean }) => {
  const { world, log, database } = parts
  const limits = { ...defaultLimits, ...parts.limits }
  const metrics = createMetrics()
  const { kick, sweep } = createSweep(parts)
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple')
  // A path names one operation, letter by letter, as a proxy in front reads it.
  app.enable('case sensitive routing').enable('strict routing')
  app.use((_request, response, next) => {
    if (state.stopping) response.setHeader('Connection', 'close')
    if (enforces(world, 'EXT-HTTP-16')) response.setHeader('AMP-Request-Id', randomUUID())
    if (enforces(world, 'EXT-HTTP-19')) response.setHeader('AMP-Version', version)
    next()
  })
  app.use(
    pinoHttp({
      logger: log,
      genReqId: (_request, response) => String(response.getHeader('AMP-Request-Id')),
      autoLogging: { ignore: ({ url }) => url === '/metrics' || url === '/healthz' },
    }),
  )
  app.use(securityHeaders)
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    await database.selectFrom('peers').select('id').limit(1).execute()
    response.status(state.stopping ? 503 : 200).json({ status: state.stopping ? 'stopping' : 'ready' })
  })
  app.get(
    '/metrics',
    async (_request, response) =>
      void response.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )
  app.get('/.well-known/amp', (_request, response) => void response.json(discoveryOf(parts, state.url, limits)))
  app.get('/openapi.json', (_request, response) => void response.json(openapi(state.url)))
  app.get(
    '/docs',
    (_request, response) =>
      void response.type('html').send(documentation(parts.roles.map(({ module }) => module.role))),
  )
  app.use((_request, response, next) =>
    state.stopping
      ? sendProblem(response, undefined, refuse('shutting-down', { retryAfterSeconds: 5 }), world)
      : next(),
  )
  app.use(
    rateLimit({
      windowMs: 60_000,
      limit: limits.requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      handler: (_request, response) =>
        sendProblem(response, undefined, refuse('rate-limited', { retryAfterSeconds: 60 }), world),
    }),
  )
  if (parts.console) app.use('/console', parts.console)

  const raw = readBody(enforces(world, 'EXT-HTTP-9') ? limits.bodyBytesMax : Number.POSITIVE_INFINITY)
  for (const role of parts.roles)
    for (const [name, operation] of operations) {
      if (operation.role !== role.module.role) continue
      const route = operationRoute(
        parts,
        name,
        operation,
        role,
        (outcome, seconds) => metrics.observe(name, outcome, seconds),
        () => void kick(),
        state,
      )
      app.post(`/${operation.role}/${operation.name}`, raw, route)
      app.all(`/${operation.role}/${operation.name}`, (_request, response) =>
        sendProblem(
          response,
          name,
          refuse(enforces(world, 'EXT-HTTP-3') ? 'method-not-allowed' : 'operation-unknown'),
          world,
        ),
      )
    }
  app.use('/hooks', hookRouter(parts, raw, sweep))
  const unknown = enforces(world, 'EXT-HTTP-2') ? 'operation-unknown' : 'method-not-allowed'
  app.use((_request, response) => sendProblem(response, undefined, refuse(unknown), world))
  app.use((error: { type?: string; status?: number }, _request: Request, response: Response, _next: NextFunction) => {
    const code: ProblemCode =
      error.type === 'entity.too.large'
        ? 'body-too-large'
        : (error.status ?? 500) < 500
          ? 'operation-unknown'
          : 'internal-error'
    if (code === 'internal-error') log.error({ err: error, requestId: requestIdOf(response) }, 'unexpected error')
    if (response.headersSent) return response.destroy() as unknown as undefined
    sendProblem(response, undefined, refuse(code), world)
  })
  return { app, sweep, settle: async () => void (await Promise.all([sweep(), kick()])) }
}

const headersTooLarge = (): string => {
  const body = JSON.stringify(problemOf('headers-too-large'))
  return `HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nAMP-Version: ${version}\r\nAMP-Request-Id: ${randomUUID()}\r\nConnection: close\r\n\r\n${body}`
}

const sweepMilliseconds = 2_000
/** How long calls in flight may take once the server stops: longer than a call to a neighbour. */
const graceMilliseconds = 15_000

/** Starts a shell on a port (0 picks a free one) and gives its base URL. `announce` runs before the first request. */
export const startShell = async (
  parts: ShellParts,
  options: {
    readonly host: string
    readonly port: number
    readonly publicUrl?: string | undefined
    readonly announce?: (url: string) => Promise<void>
  },
): Promise<Shell> => {
  const state = { stopping: false, url: '', authorities: new Set<string>() }
  const limits = { ...defaultLimits, ...parts.limits }
  const { app, sweep, settle } = createApplication(parts, state)
  const server = createServer(
    {
      maxHeaderSize: enforces(parts.world, 'EXT-HTTP-11') ? 16_384 : 65_536,
      headersTimeout: limits.headersMillisecondsMax,
      requestTimeout: limits.requestMillisecondsMax,
      connectionsCheckingInterval: 500,
      keepAliveTimeout: 15_000,
    },
    app,
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return
    if (error.code === 'HPE_HEADER_OVERFLOW') return void socket.end(headersTooLarge())
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve))
  const { port } = server.address() as AddressInfo
  state.url = options.publicUrl ?? `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`
  for (const name of ['localhost', '127.0.0.1', '[::1]']) state.authorities.add(`${name}:${port}`)
  state.authorities.add(new URL(state.url).host)
  await options.announce?.(state.url)
  const timer = setInterval(() => void sweep(), sweepMilliseconds)
  const stop = async (): Promise<void> => {
    state.stopping = true
    clearInterval(timer)
    await new Promise<void>((resolve) => {
      const idle = setInterval(() => server.closeIdleConnections(), 50)
      const late = setTimeout(() => server.closeAllConnections(), graceMilliseconds)
      server.close(() => {
        clearInterval(idle)
        clearTimeout(late)
        resolve()
      })
      server.closeIdleConnections()
    })
    await settle()
  }
  return { url: state.url, server, sweep, stop }
}
