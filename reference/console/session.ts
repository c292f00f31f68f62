/** The browser's session: an http-only cookie of the same site, and a token every form has to carry. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request, Response } from 'express'

const cookieName = 'amp-wallet'

/** The session token a browser sent, if it has the form of one. */
export const sessionTokenOf = (request: Request): string | undefined =>
  (request.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim().split('='))
    .find(([name]) => name === cookieName)?.[1]
    ?.match(/^[A-Za-z0-9_-]{32,128}$/)?.[0]

const attributes = (secure: boolean): string => `Path=/console; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`

/** Sets or clears the cookie. It is `Secure` wherever the console is reached over https. */
export const setSession = (response: Response, token: string | undefined, secure: boolean, seconds: number): void => {
  const age = token === undefined ? 0 : seconds
  response.setHeader('Set-Cookie', `${cookieName}=${token ?? ''}; Max-Age=${age}; ${attributes(secure)}`)
}

/** The token forms of this session carry; it cannot be made without the operator's master key. */
export const csrfOf = (sessionToken: string, masterKey: Uint8Array): string =>
  createHmac('sha256', masterKey).update(`console-form:${sessionToken}`).digest('base64url')

export const isCsrf = (sessionToken: string, masterKey: Uint8Array, given: unknown): boolean => {
  const expected = Buffer.from(csrfOf(sessionToken, masterKey))
  const actual = Buffer.from(typeof given === 'string' ? given : '')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}
