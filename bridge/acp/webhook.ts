/** Order events of ACP: a code over the time and the body, with a secret merchant and platform share. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Seconds an event may be old, or ahead. */
export const eventTolerance = 300

const codeOf = (secret: string, at: number, body: string): Buffer =>
  createHmac('sha256', secret).update(`${at}.${body}`).digest()

/** The header `Merchant-Signature` of an event, to be called by the merchant that sends it. `at` is in epoch seconds. */
export const signEvent = (body: string, secret: string, at: number): string =>
  `t=${at},v1=${codeOf(secret, at, body).toString('hex')}`

/** Whether a code is that of this body at this time. */
export const isEventSigned = (body: string, secret: string, at: number, code: string): boolean => {
  const [expected, given] = [codeOf(secret, at, body), Buffer.from(code, 'hex')]
  return expected.length === given.length && timingSafeEqual(expected, given)
}
