/** Where two targets part, narrowed: one check asked alone of both, and its first call that is answered otherwise. */
import { certify, type Order } from './certify.ts'
import { isObject } from './layers.ts'
import { curlOf } from './report/curl.ts'
import type { Exchange } from './target/client.ts'

/** The first call of a check that two targets answer differently. */
export type Parting = {
  readonly check: string
  /** Counted from 1. */
  readonly call: number
  readonly of: number
  readonly operation: string
  readonly first: string
  readonly second: string
  readonly curl: string
}

/** Role and operation at the end of a URL: what two targets have in common of it. */
const operationOf = ({ url }: Exchange): string => url.split('/').slice(-2).join('/')

/** Status, and what a refusal is called: names and amounts of an answer are each target's own. */
const answerOf = (exchange: Exchange | undefined): string => {
  if (!exchange) return 'no such call: the check had ended'
  try {
    const body: unknown = JSON.parse(exchange.answer)
    return isObject(body) && typeof body.code === 'string' ? `${exchange.status} ${body.code}` : String(exchange.status)
  } catch {
    return String(exchange.status)
  }
}

/** The calls of one check on one target. */
const callsOf = async (order: Order, check: string): Promise<readonly Exchange[]> => {
  const calls: Exchange[] = []
  await certify({ ...order, only: check, pace: { reruns: 0 } }, { onExchange: (exchange) => void calls.push(exchange) })
  return calls
}

/** Asks one check alone of two targets; nothing comes back where all its calls are answered alike. */
export const narrow = async (first: Order, second: Order, check: string): Promise<Parting | undefined> => {
  const [ones, others] = [await callsOf(first, check), await callsOf(second, check)]
  const of = Math.max(ones.length, others.length)
  for (let at = 0; at < of; at++) {
    const [one, other] = [ones[at], others[at]]
    const shown = other ?? one
    if (!shown || answerOf(one) === answerOf(other)) continue
    return {
      check,
      call: at + 1,
      of,
      operation: operationOf(shown),
      first: answerOf(one),
      second: answerOf(other),
      curl: curlOf(shown),
    }
  }
  return undefined
}

/** A parting for people. */
export const partingText = ({ check, call, of, operation, first, second, curl }: Parting): string =>
  [
    `narrowed to one check, and call ${call} of its ${of}:`,
    `  ${check}`,
    `  ${operation}: the first answered ${first}, the other ${second}`,
    ...curl.split('\n').map((line) => `    ${line}`),
    '',
  ].join('\n')
