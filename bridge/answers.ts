/** How a gateway writes an answer: headers that keep browsers from harm, and JSON, each in one go. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler, Response } from 'express'
import helmet from 'helmet'

/** What helmet sets on an answer. None of it depends on the request, so it is asked once. */
const guards: readonly (readonly [string, string])[] = (() => {
  const set: [string, string][] = []
  const answer = { setHeader: (name: string, value: string) => set.push([name, value]), removeHeader: () => undefined }
  helmet()({} as IncomingMessage, answer as unknown as ServerResponse, () => undefined)
  return set
})()

/** Sets the headers of helmet. */
export const guard: RequestHandler = (_req, res, next) => {
  res.removeHeader('x-powered-by')
  for (const [name, value] of guards) res.setHeader(name, value)
  next()
}

/** Ends an answer with JSON. It is for one request alone, so it has no entity tag: nobody could ask whether it changed. */
export const sendJson = (
  res: Response,
  status: number,
  value: unknown,
  type = 'application/json; charset=utf-8',
): void => {
  const text = JSON.stringify(value)
  res.statusCode = status
  res.setHeader('content-type', type)
  res.setHeader('content-length', Buffer.byteLength(text))
  res.end(text)
}
