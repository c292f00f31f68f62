/** How a gateway writes an answer: headers that keep browsers from harm, and JSON, each in one go. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler, Response } from 'express'
import helmet from 'helmet'
import { bytesOfAccounts } from './accounting.ts'
import type { Translation } from './adapter.ts'

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

const json = 'application/json; charset=utf-8'

/** Ends an answer. It is for one request alone, so it has no entity tag: nobody could ask whether it changed. */
const sendBytes = (res: Response, status: number, bytes: Buffer, type: string): void => {
  res.statusCode = status
  res.setHeader('content-type', type)
  res.setHeader('content-length', bytes.length)
  res.end(bytes)
}

/** Ends an answer with JSON. */
export const sendJson = (res: Response, status: number, value: unknown, type = json): void =>
  sendBytes(res, status, Buffer.from(JSON.stringify(value)), type)

/** Ends an answer with a translation and what is said besides; its accounts are long, and mostly were written before. */
export const sendTranslation = (res: Response, status: number, translation: Translation, more: object = {}): void => {
  const { carried, derived, losses, ...rest } = translation
  const text = JSON.stringify({ ...rest, ...more })
  const accounts = bytesOfAccounts({ carried, derived, losses })
  sendBytes(res, status, Buffer.concat([Buffer.from(`${text.slice(0, -1)},`), accounts]), json)
}
