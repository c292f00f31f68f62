/** Where two targets part, made small: a program that one of them fails, or one call with those it draws on. */
import { certify, type Order, type Report } from './certify.ts'
import { isObject } from './layers.ts'
import { curlOf } from './report/curl.ts'
import { stepsOf } from './report/proof.ts'
import type { CheckResult } from './run.ts'
import type { Exchange } from './target/client.ts'

/** A call that two targets answer differently, and the calls before it that it draws on, in order. */
type CallParting = {
  readonly call: number
  readonly of: number
  readonly operation: string
  readonly first: string
  readonly second: string
  readonly curl: string
  readonly draws: readonly { readonly call: number; readonly operation: string; readonly curl: string }[]
}

/** A program of a stateful check, shrunk on the target that failed it and played again on both. */
type ProgramParting = {
  readonly steps: readonly (readonly object[])[]
  readonly first: string
  readonly second: string
}

/** The smallest that was found of where two targets part. */
export type Parting = CallParting | ProgramParting

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

/** Every string below a JSON text, tokens opened into their parts; a text that is no JSON has none. */
const stringsIn = (text: string): readonly string[] => {
  const below = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return [value, ...opened(value)]
    return isObject(value) || Array.isArray(value) ? Object.values(value).flatMap(below) : []
  }
  try {
    return below(JSON.parse(text))
  } catch {
    return []
  }
}

/** What the base64url parts of a signed token say. */
const opened = (token: string): readonly string[] =>
  token.length > 40 && /^[\w.~-]+$/.test(token)
    ? token.split(/[.~]/).flatMap((part) => stringsIn(Buffer.from(part, 'base64url').toString('utf8')))
    : []

/** Names that were made for one thing alone: no addresses, times, or words that any message may hold. */
const isName = (text: string): boolean =>
  /^[\w.~-]{8,}$/.test(text) && /\d/.test(text) && !/^\d{4}-\d\d-\d\dT/.test(text)

const namesIn = ({ headers, body, answer }: Exchange, side: 'asked' | 'answered'): ReadonlySet<string> => {
  const texts = side === 'asked' ? [JSON.stringify(headers), body ?? ''] : [answer]
  return new Set(
    texts
      .flatMap(stringsIn)
      .flatMap((text) => [text, text.replace(/^Bearer /, '')])
      .filter(isName),
  )
}

/**
 * Places of the calls that the last of `calls` draws on, directly or through others, in order. A call draws on the one
 * that brought up a name it holds, as question or as answer.
 */
export const drawnOn = (calls: readonly Exchange[]): readonly number[] => {
  const broughtUp = new Map<string, number>()
  const draws = calls.map((call, at) => {
    const asked = namesIn(call, 'asked')
    const from = new Set([...asked].flatMap((name) => broughtUp.get(name) ?? []))
    for (const name of [...asked, ...namesIn(call, 'answered')]) if (!broughtUp.has(name)) broughtUp.set(name, at)
    return from
  })
  const needed = new Set<number>([calls.length - 1])
  for (let at = calls.length - 1; at >= 0; at--) if (needed.has(at)) for (const one of draws[at] ?? []) needed.add(one)
  return [...needed].filter((at) => at < calls.length - 1).sort((one, other) => one - other)
}

/** One check asked alone of a target: what it came to, and its calls. */
const asked = async (order: Order, check: string) => {
  const calls: Exchange[] = []
  const pace = { reruns: 0 }
  const report = await certify({ ...order, only: check, pace }, { onExchange: (exchange) => void calls.push(exchange) })
  return { result: resultOf(report, check), calls }
}

const resultOf = ({ results }: Report, check: string): CheckResult | undefined => results.find(({ id }) => id === check)

const verdictOf = (result: CheckResult | undefined): string =>
  result ? [result.verdict, result.reason ?? []].flat().join(': ') : 'not asked'

/** Plays the program that disproved one target alone on both; nothing comes back where both come to the same. */
const narrowProgram = async (
  first: Order,
  second: Order,
  check: string,
  results: readonly (CheckResult | undefined)[],
): Promise<ProgramParting | undefined> => {
  const proof = results.map((result) => result?.proof).find((one) => one !== undefined)
  if (!proof) return undefined
  const steps = stepsOf(proof)
  const program = { steps, alone: true }
  const [one, other] = [await asked({ ...first, program }, check), await asked({ ...second, program }, check)]
  if (one.result?.verdict === other.result?.verdict) return undefined
  return { steps, first: verdictOf(one.result), second: verdictOf(other.result) }
}

const narrowCalls = (ones: readonly Exchange[], others: readonly Exchange[]): CallParting | undefined => {
  const of = Math.max(ones.length, others.length)
  for (let at = 0; at < of; at++) {
    const [one, other] = [ones[at], others[at]]
    const shown = other ?? one
    if (!shown || answerOf(one) === answerOf(other)) continue
    const before = (other ? others : ones).slice(0, at + 1)
    return {
      call: at + 1,
      of,
      operation: operationOf(shown),
      first: answerOf(one),
      second: answerOf(other),
      curl: curlOf(shown),
      draws: drawnOn(before).flatMap((place) => {
        const call = before[place]
        return call ? [{ call: place + 1, operation: operationOf(call), curl: curlOf(call) }] : []
      }),
    }
  }
  return undefined
}

/** Asks one check alone of two targets; nothing comes back where all its calls are answered alike. */
export const narrow = async (first: Order, second: Order, check: string): Promise<Parting | undefined> => {
  const [one, other] = [await asked(first, check), await asked(second, check)]
  return (await narrowProgram(first, second, check, [one.result, other.result])) ?? narrowCalls(one.calls, other.calls)
}

const indented = (curl: string): readonly string[] => curl.split('\n').map((line) => `    ${line}`)

const programLines = (check: string, { steps, first, second }: ProgramParting): readonly string[] => [
  `narrowed to one check, and ${steps.flat().length} commands of it:`,
  `  ${check}`,
  ...steps.map((step, index) => `  ${index + 1}. ${step.map((one) => JSON.stringify(one)).join('  at once with  ')}`),
  `  the first came to ${first}`,
  `  the other came to ${second}`,
]

const callLines = (check: string, parting: CallParting): readonly string[] => {
  const { call, of, operation, first, second, curl, draws } = parting
  const spared = call - 1 - draws.length
  return [
    `narrowed to one check, and call ${call} of its ${of}:`,
    `  ${check}`,
    `  ${operation}: the first answered ${first}, the other ${second}`,
    ...indented(curl),
    ...(draws.length === 0
      ? []
      : [`  it draws on ${draws.length === 1 ? 'one call' : `${draws.length} calls`} before it:`]),
    ...draws.flatMap((one) => [`  call ${one.call}, ${one.operation}`, ...indented(one.curl)]),
    ...(spared > 0 ? [`  nothing of the other ${spared} before it is in them`] : []),
  ]
}

/** Where two targets part at a check, for people. */
export const partingText = (check: string, parting: Parting | undefined): string => {
  if (!parting) return `asked alone, both answer alike each call of ${check}\n`
  return [...('steps' in parting ? programLines(check, parting) : callLines(check, parting)), ''].join('\n')
}
