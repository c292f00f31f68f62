/** One operation over HTTP: what comes in, through the pipeline, to what goes out. */
import type { Request, Response } from 'express'
import { type Operation, type OperationName, validate } from '../../schemas/index.ts'
import { type Outcome, refuse } from '../core/index.ts'
import type { Call } from './operation.ts'
import { passPipeline } from './pipeline.ts'
import { renderProblem, requestIdOf, sendProblem } from './problem.ts'
import type { ServedRole, ShellParts } from './server.ts'
import type { Incoming } from './signing.ts'

/** Where this server is: its base URL, and every authority that leads to it. */
export type Home = { readonly url: string; readonly authorities: ReadonlySet<string> }

/**
 * A signature has to be for this server: where `Host` names another, our own authority takes its place, so that a
 * request signed for somebody else does not verify here whoever passes it on (EXT-HTTP-29).
 */
const incomingOf = (request: Request, unsafe: boolean, { url, authorities }: Home): Incoming => ({
  url: `http://${authorities.has(request.headers.host ?? '') ? request.headers.host : new URL(url).host}${request.originalUrl}`,
  headers: request.headers as Record<string, string | undefined>,
  body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  unsafe,
})

/** The function of a role, its answer held against the schema (EXT-HTTP-8). */
const runner =
  (parts: ShellParts, name: OperationName, operation: Operation, role: ServedRole, call: Omit<Call, 'caller'>) =>
  async (body: unknown, caller: Call['caller']): Promise<Outcome<object>> => {
    const handle = role.module.operations[name] as
      | ((request: unknown, call: Call) => Promise<Outcome<object>>)
      | undefined
    if (!handle) return refuse('operation-unknown')
    const outcome = await handle(body, { ...call, caller })
    if (!outcome.ok) return outcome
    const answer = parts.world.deviation.answers
      ? parts.world.deviation.answers(name, outcome.value as Record<string, unknown>)
      : outcome.value
    const invalid = parts.world.deviation.answers ? undefined : validate(operation.response, answer)[0]
    if (invalid)
      throw new TypeError(`${name} answers what its schema does not allow: ${invalid.path} ${invalid.message}`)
    return { ok: true, value: answer }
  }

/** The route of an operation: pipeline, function of the role, answer, and a kick to send what it left to be told. */
export const operationRoute =
  (
    parts: ShellParts,
    name: OperationName,
    operation: Operation,
    role: ServedRole,
    observe: (outcome: string, seconds: number) => void,
    kick: () => void,
    home: Home,
  ) =>
  async (request: Request, response: Response): Promise<void> => {
    const started = performance.now()
    const { world } = parts
    const requestId = requestIdOf(response)
    const incoming = incomingOf(request, !operation.safe, home)
    const call = {
      requestId,
      idempotencyKey: incoming.headers['idempotency-key'],
      log: parts.log.child({ requestId, operation: name }),
    }
    const render = (outcome: Outcome<object>) => {
      if (outcome.ok) return { status: 200, body: JSON.stringify(outcome.value) }
      const { code, ...occurrence } = outcome.refusal
      const { status, text } = renderProblem(name, code, { ...occurrence, instance: requestId }, world)
      return { status, body: text }
    }
    const passed = await passPipeline(
      operation,
      incoming,
      { database: parts.database, modules: parts.roles.map(({ module }) => module), world },
      runner(parts, name, operation, role, call),
      render,
    )
    const seconds = (performance.now() - started) / 1000
    if ('replayed' in passed) {
      observe('replayed', seconds)
      response
        .status(passed.replayed.status)
        .setHeader('Idempotency-Replayed', 'true')
        .type(passed.replayed.status < 300 ? 'application/json' : 'application/problem+json')
        .send(passed.replayed.body)
      return
    }
    const { outcome } = passed
    observe(outcome.ok ? 'ok' : outcome.refusal.code, seconds)
    if (outcome.ok) response.status(200).type('application/json').send(JSON.stringify(outcome.value))
    else sendProblem(response, name, outcome, world)
    kick()
  }
