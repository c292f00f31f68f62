/** Reads the body of a request up to a bound, and refuses a larger one at once, without waiting for the rest (EXT-HTTP-9). */
import type { RequestHandler } from 'express'

/** How long the sender of a refused body has to read the refusal before the connection is cut. */
const graceMilliseconds = 1_000

/** Puts the bytes of the body in `request.body`; a body larger than `limit` bytes is an error of type `entity.too.large`. */
export const readBody =
  (limit: number): RequestHandler =>
  (request, response, next) => {
    const chunks: Buffer[] = []
    let size = 0
    let refused = false
    const refuseBody = (): void => {
      refused = true
      chunks.length = 0
      response.once('finish', () => {
        setTimeout(() => request.complete || request.destroy(), graceMilliseconds).unref()
      })
      next(Object.assign(new Error('the body is too large'), { type: 'entity.too.large', status: 413 }))
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (refused) return
      if (size > limit) refuseBody()
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (refused) return
      request.body = Buffer.concat(chunks)
      next()
    })
    request.on('error', () => response.destroy())
    if (Number(request.headers['content-length'] ?? 0) > limit) refuseBody()
  }
