/** The gateway's log: an allow-list of what is said about a request, so that nothing a stranger sent can get in. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { type Options, pinoHttp } from 'pino-http'

/** An error by kind and place. Its message may repeat what it failed on, so it stays out. */
const describeError = (error: unknown): Record<string, unknown> | undefined => {
  if (!(error instanceof Error)) return undefined
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return { type: error.name, stack: frames.slice(0, 8).map((line) => line.trim()) }
}

const propsOf = (_req: IncomingMessage, res: ServerResponse): object => {
  const { outcome, problem, agent, error } = (res as Response).locals
  return { outcome, problem, agent, error: describeError(error) }
}

/**
 * Gives every request an id of our own, answers it as `X-Request-Id`, and logs one line per request: id, method, status,
 * duration, outcome, problem, agent. A request id sent along is not taken over: it would be a stranger's text in the log.
 */
export const requestLog = (logger: Logger | undefined, newId: () => string): RequestHandler => {
  if (!logger)
    return (req, res, next) => {
      req.id = newId()
      res.setHeader('x-request-id', String(req.id))
      next()
    }
  const options: Options = {
    logger,
    genReqId: (_req, res) => {
      const id = newId()
      res.setHeader('x-request-id', id)
      return id
    },
    serializers: {
      req: ({ id, method }: { id: unknown; method: unknown }) => ({ id, method }),
      res: ({ statusCode }: { statusCode: unknown }) => ({ statusCode }),
      err: describeError,
    },
    customProps: propsOf,
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'error' : 'info'),
  }
  const log = pinoHttp(options)
  return (req, res, next) => log(req, res, next)
}
