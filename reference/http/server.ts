/** The HTTP shell: serves the operations of roles, discovery, health, metrics and test hooks. */
import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { pinoHttp } from 'pino-http'
import { type OperationName, operations, type ProblemCode, type Role, version } from '../../schemas/index.ts'
import { enforces, type Refusal, refuse, type World } from '../core/index.ts'
import type { ShellTables } from '../ledger/index.ts'
import { readBody } from './body.ts'
import { discoveryOf } from './discovery.ts'
import { documentation, openapi } from './documentation.ts'
import { hookRouter } from './hooks.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { Neighbours, PartyKey, RoleModule } from './operation.ts'
import { headersTooLarge, renderProblem, requestIdOf, sendProblem } from './problem.ts'
import { type Home, operationRoute } from './route.ts'
import { createSweep } from './sweep.ts'

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

type State = Home & { readonly stopping: boolean }

/** What is served beside the operations: health, metrics, discovery and documentation. */
const servePages = (app: Express, parts: ShellParts, state: State, limits: Limits, metrics: Metrics): void => {
  app.get('/', (_request, response) => void response.redirect('/docs'))
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    await parts.database.selectFrom('peers').select('id').limit(1).execute()
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
}

type Route = ReturnType<typeof operationRoute>

const forgotten: readonly OperationName[] = [
  'wallet.inquiryPayment',
  'network.inquiryPayment',
  'credential-provider.queryPaymentMethodList',
  'merchant.searchProducts',
  'acquirer.inquiryPayment',
  'clearing.inquiryParticipant',
]

/** Every operation of every role, and the refusal of other methods (EXT-HTTP-1, EXT-HTTP-3). */
const serveOperations = (
  app: Express,
  parts: ShellParts,
  state: State,
  raw: RequestHandler,
  metrics: Metrics,
  kick: (role: Role) => void,
): void => {
  const { world } = parts
  /** Only missing in the mutant that serves no inquiries of payments, orders and limits. */
  const unserved = new Set<OperationName>(enforces(world, 'EXT-HTTP-1') ? [] : forgotten)
  /** By path: to try a hundred patterns one after the other would take longer than some operations. */
  const routes = new Map<string, { readonly name: OperationName; readonly route: Route }>()
  for (const role of parts.roles)
    for (const [name, operation] of operations) {
      if (operation.role !== role.module.role || unserved.has(name)) continue
      const route = operationRoute(
        parts,
        name,
        operation,
        role,
        (outcome, seconds) => metrics.observe(name, outcome, seconds),
        () => kick(operation.role),
        state,
      )
      routes.set(`/${operation.role}/${operation.name}`, { name, route })
    }
  app.use((request, response, next) => {
    const found = routes.get(request.path)
    if (!found) return next()
    const otherwise = enforces(world, 'EXT-HTTP-3') ? 'method-not-allowed' : 'operation-unknown'
    if (request.method !== 'POST') return sendProblem(response, found.name, refuse(otherwise), world)
    raw(request, response, (error?: unknown) => {
      if (error) next(error)
      else found.route(request, response).catch(next)
    })
  })
}

/** Sockets that carry a request whose body goes on and on; the time a request may take is not theirs. */
const long = new WeakSet<object>()

/** Long connections of every role, as requests (EXT-HTTP-3 for any other method). */
const serveLongRequests = (app: Express, { roles, world }: ShellParts): void => {
  for (const { module } of roles)
    for (const [name, connection] of Object.entries(module.longConnections ?? {})) {
      app.post(`/${module.role}/${name}`, async (request, response) => {
        long.add(request.socket)
        const taken = await connection.request(request, response)
        if (taken.ok) return
        response.setHeader('Connection', 'close')
        sendProblem(response, undefined, taken, world)
      })
      app.all(`/${module.role}/${name}`, (_request, response) =>
        sendProblem(response, undefined, refuse('method-not-allowed'), world),
      )
    }
}

/** The same as WebSockets; whatever is refused gets a problem and no upgrade. */
const serveUpgrades = (server: Server, { roles, world }: ShellParts, state: State): void => {
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const [, role, name, ...more] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    const module = roles.find((served) => served.module.role === role)?.module
    const connection = more.length === 0 ? module?.longConnections?.[name ?? ''] : undefined
    const end = ({ code, ...occurrence }: Refusal): void => {
      const { status, text } = renderProblem(undefined, code, { ...occurrence, instance: randomUUID() }, world)
      socket.end(
        `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
      )
    }
    if (state.stopping || !connection)
      return end(refuse(state.stopping ? 'shutting-down' : 'operation-unknown').refusal)
    connection.upgrade(request, socket, head).then(
      (taken) => taken.ok || end(taken.refusal),
      () => socket.destroy(),
    )
  })
}

/** The express application of a shell and what it does in the background. */
const createApplication = (parts: ShellParts, state: State) => {
  const { world, log } = parts
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
  // Lines about requests are of this level: where nobody reads them none is prepared.
  if (log.isLevelEnabled('info'))
    app.use(
      pinoHttp({
        logger: log,
        genReqId: (_request, response) => String(response.getHeader('AMP-Request-Id')),
        autoLogging: { ignore: ({ url }) => url === '/metrics' || url === '/healthz' },
      }),
    )
  app.use(securityHeaders)
  servePages(app, parts, state, limits, metrics)
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
      // The address of the connection counts: who is behind a proxy limits there, and believes no header here.
      validate: { xForwardedForHeader: false },
      handler: (_request, response) =>
        sendProblem(response, undefined, refuse('rate-limited', { retryAfterSeconds: 60 }), world),
    }),
  )
  if (parts.console) app.use('/console', parts.console)

  const raw = readBody(enforces(world, 'EXT-HTTP-9') ? limits.bodyBytesMax : Number.POSITIVE_INFINITY)
  serveLongRequests(app, parts)
  serveOperations(app, parts, state, raw, metrics, (role) => void kick(role))
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
  const kicked = (): Promise<void>[] => parts.roles.map(({ module }) => kick(module.role))
  return { app, sweep, settle: async () => void (await Promise.all([sweep(), ...kicked()])) }
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
    if (!socket.writable || (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && long.has(socket))) return
    if (error.code === 'HPE_HEADER_OVERFLOW') return void socket.end(headersTooLarge())
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  })
  serveUpgrades(server, parts, state)
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
    await Promise.all(parts.roles.map(({ module }) => module.stop?.()))
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
