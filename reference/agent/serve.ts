/** Serves a buyer agent over HTTP: MCP at /mcp, A2A at /a2a, its agent card where A2A looks for it. */
import { timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express'
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import helmet from 'helmet'
import { type ProblemCode, problemOf } from '../../schemas/index.ts'
import { sha256 } from '../core/index.ts'
import { readBody } from '../http/body.ts'
import { parseStrictJson } from '../http/strict-json.ts'
import { a2aRequests, agentCardOf } from './a2a.ts'
import { serveMcp } from './mcp-http.ts'
import { moves } from './moves.ts'
import type { OpenAgent } from './open.ts'
import { answerSchema, selfContained } from './shape.ts'

const bodyBytesMax = 65_536
/** A checkout inside an A2A message inside a call of JSON-RPC nests twelve deep. */
const depthMax = 32
const requestsPerMinute = 1_200
const loopback = new Set(['127.0.0.1', '::1', 'localhost'])

/** Where an agent is served, and who may call it. */
export type AgentServerOptions = {
  readonly host?: string | undefined
  /** 0 picks a free port. */
  readonly port?: number | undefined
  /** Base URL others reach this server by, where it is not host and port. */
  readonly publicUrl?: string | undefined
  /** Bearer token every caller of /mcp and /a2a has to bring; needed wherever others than this machine can call. */
  readonly secret?: string | undefined
}

/** A served agent. */
export type AgentServer = { readonly url: string; readonly stop: () => Promise<void> }

const refuseWith = (response: Response, code: ProblemCode, detail: string): void => {
  const problem = problemOf(code, { detail })
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Only requests for this server, and none that a foreign page makes a browser send. */
const guardHost =
  (own: ReadonlySet<string>, origin: string): RequestHandler =>
  (request, response, next) => {
    const { host, origin: from } = request.headers
    if (!own.has(host ?? '')) return refuseWith(response, 'caller-not-allowed', 'the request is for another host')
    if (from !== undefined && from !== origin)
      return refuseWith(response, 'caller-not-allowed', 'pages of other origins may not call')
    next()
  }

const guardSecret =
  (secret: string | undefined): RequestHandler =>
  (request, response, next) => {
    if (secret === undefined) return next()
    const given = Buffer.from(sha256(request.headers.authorization ?? ''))
    if (timingSafeEqual(given, Buffer.from(sha256(`Bearer ${secret}`)))) return next()
    response.setHeader('WWW-Authenticate', 'Bearer')
    refuseWith(response, 'session-missing', 'the bearer token of this agent is missing or another')
  }

/** The body as JSON, read as strictly as AMP reads it: no member twice, and no deeper than messages go. */
const readStrictly: RequestHandler = (request, response, next) => {
  const bytes: Buffer = request.body
  request.body = undefined
  if (bytes.length === 0) return next()
  const read = parseStrictJson(bytes, depthMax)
  if (!read) return refuseWith(response, 'json-malformed', 'no JSON, a member twice, or too deep')
  request.body = read.value
  next()
}

/** What broke on the way; nothing of it is repeated. */
const broken = (error: { type?: string }, _request: Request, response: Response, _next: NextFunction): void =>
  error.type === 'entity.too.large'
    ? refuseWith(response, 'body-too-large', `a body has at most ${bodyBytesMax} bytes`)
    : refuseWith(response, 'internal-error', 'the request could not be answered')

const applicationOf = (agent: OpenAgent, url: string, hosts: ReadonlySet<string>, secret: string | undefined) => {
  const card = agentCardOf(agent, url, secret !== undefined)
  const mcp = serveMcp(agent)
  const app = express()
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple')
  app.use(helmet({ strictTransportSecurity: false }), guardHost(hosts, new URL(url).origin))
  app.use(
    rateLimit({
      windowMs: 60_000,
      limit: requestsPerMinute,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      validate: { xForwardedForHeader: false },
      handler: (_request, response) => refuseWith(response, 'rate-limited', 'wait a minute'),
    }),
  )
  const legacyCompat = { enabled: true }
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: async () => card, legacyCompat }))
  app.get('/skills', (_request, response) => {
    const schemas = moves.map(({ name, takes, gives }) => [
      name,
      { input: selfContained(takes), output: answerSchema(gives) },
    ])
    response.json(Object.fromEntries(schemas))
  })
  app.use(['/mcp', '/a2a'], guardSecret(secret), readBody(bodyBytesMax), readStrictly)
  app.all('/mcp', mcp.handle)
  const requestHandler = a2aRequests(agent, card)
  app.use('/a2a', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat }))
  app.use((_request, response) => refuseWith(response, 'operation-unknown', 'MCP is at /mcp, A2A at /a2a'))
  app.use(broken)
  return { app, close: mcp.close }
}

/**
 * Serves an agent, in plain HTTP: whoever opens it to others puts TLS before it. Throws where others than this machine
 * could call it without a secret or by an unknown name, or the address is taken.
 */
export const serveAgent = async (agent: OpenAgent, options: AgentServerOptions = {}): Promise<AgentServer> => {
  const { host = '127.0.0.1', port = 0, secret } = options
  if (secret !== undefined && secret.length < 16) throw new Error('a secret has at least 16 characters')
  const open = !loopback.has(host) || options.publicUrl !== undefined
  if (open && secret === undefined) throw new Error('an agent others can reach needs a secret: whoever calls it spends')
  if (!loopback.has(host) && options.publicUrl === undefined)
    throw new Error('an agent others can reach needs a public URL: requests for any other host are refused')
  const server = createServer({ maxHeaderSize: 16_384 })
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve))
  const bound = (server.address() as AddressInfo).port
  const local = `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound}`
  const url = options.publicUrl?.replace(/\/$/, '') ?? local
  const hosts = new Set(
    [url, local, `http://127.0.0.1:${bound}`, `http://localhost:${bound}`].map((each) => new URL(each).host),
  )
  const { app, close } = applicationOf(agent, url, hosts, secret)
  server.on('request', app)
  return {
    url,
    stop: async () => {
      await close()
      server.closeIdleConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
