/** The facilitator over HTTP: `POST /verify`, `POST /settle`, `GET /supported`, to be mounted on an Express application. */
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { parseJson } from '../json.ts'
import type { Facilitator } from './facilitator.ts'

/** `mayCall` decides who is served; without it everybody is, since nothing moves that no payer signed for. */
export type RouterOptions = { readonly mayCall?: (request: Request) => boolean | Promise<boolean> }

const bodyMax = 65_536

/** A router for one facilitator. Bodies are JSON, read strictly: 64 KiB, no member twice. */
export const facilitatorRouter = (facilitator: Facilitator, { mayCall }: RouterOptions = {}): Router => {
  const router = Router()
  const refused = (request: Request, response: Response, status: number, reason: string): void => {
    const answer = request.path.endsWith('settle')
      ? { success: false, transaction: '', network: '', errorReason: reason }
      : { isValid: false, invalidReason: reason }
    response.status(status).json(answer)
  }
  const operation = (run: (body: never) => Promise<object>) => async (request: Request, response: Response) => {
    if (mayCall && !(await mayCall(request))) return refused(request, response, 401, 'amp_caller_not_allowed')
    const json = parseJson(typeof request.body === 'string' ? request.body : '')
    if (!json.ok) return refused(request, response, 400, 'invalid_payload')
    response.set('Cache-Control', 'no-store').json(await run(json.value as never))
  }
  router.use(express.text({ type: 'application/json', limit: bodyMax }))
  router.get('/supported', (_, response) => void response.json(facilitator.supported()))
  router.post('/verify', operation(facilitator.verify))
  router.post('/settle', operation(facilitator.settle))
  const failed: ErrorRequestHandler = (error, request, response, next) => {
    if (response.headersSent) return next(error)
    const status = Number((error as { status?: unknown }).status)
    if (status >= 400 && status < 500) return refused(request, response, status, 'invalid_payload')
    refused(
      request,
      response,
      500,
      request.path.endsWith('settle') ? 'unexpected_settle_error' : 'unexpected_verify_error',
    )
  }
  router.use(failed)
  return router
}
