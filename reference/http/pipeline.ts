/** The pipeline of an operation: each step may refuse, in the order of precedence of problems.json. */
import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { type Operation, problemKinds, supportedVersions, validate } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, type Refusal, refuse, type World } from '../core/index.ts'
import {
  abandonCall,
  claimCall,
  findCall,
  gap,
  type IdempotentCall,
  keepAnswer,
  type ShellTables,
} from '../ledger/index.ts'
import { type CallerParts, verifyCaller } from './callers.ts'
import type { RoleModule, VerifiedCaller } from './operation.ts'
import { digestOf, type Incoming } from './signing.ts'
import { parseStrictJson } from './strict-json.ts'

/** What a step works on; steps fill in body and caller as they come to know them. */
type Passing = {
  readonly operation: Operation
  readonly incoming: Incoming
  readonly parts: PipelineParts
  body?: unknown
  caller?: VerifiedCaller
}

export type PipelineParts = CallerParts & {
  readonly database: Kysely<ShellTables>
  readonly modules: readonly RoleModule[]
  readonly world: World
}

type Step = (passing: Passing) => Outcome<true> | Promise<Outcome<true>>

const pass = accept(true as const)

const mediaType: Step = ({ incoming, parts }) => {
  const { 'content-type': type = '', 'content-encoding': encoding } = incoming.headers
  const plain = /^application\/json *(; *charset="?utf-8"?)?$/i.test(type) && encoding === undefined
  return plain || !enforces(parts.world, 'EXT-HTTP-4')
    ? pass
    : refuse('media-type-unsupported', { field: 'Content-Type' })
}

const version: Step = ({ incoming, parts }) =>
  supportedVersions.includes(incoming.headers['amp-version'] ?? '') || !enforces(parts.world, 'EXT-HTTP-18')
    ? pass
    : refuse('version-unsupported', { field: 'AMP-Version', supportedVersions: [...supportedVersions] })

const digest: Step = ({ incoming, parts }) => {
  const { 'content-digest': claimed, signature } = incoming.headers
  if (!enforces(parts.world, 'EXT-HTTP-30')) return pass
  if (claimed === undefined)
    return signature === undefined ? pass : refuse('digest-missing', { field: 'Content-Digest' })
  return claimed === digestOf(incoming.body) ? pass : refuse('digest-mismatch', { field: 'Content-Digest' })
}

const json: Step = (passing) => {
  const { world } = passing.parts
  const deepest = enforces(world, 'EXT-HTTP-10') ? undefined : Number.POSITIVE_INFINITY
  const parsed = parseStrictJson(passing.incoming.body, deepest)
  if (!parsed && enforces(world, 'EXT-HTTP-5')) return refuse('json-malformed')
  passing.body = parsed?.value ?? looselyParsed(passing.incoming.body)
  return pass
}

/** Only reached by the mutant that does not refuse malformed JSON. */
const looselyParsed = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return {}
  }
}

const caller: Step = async (passing) => {
  const verified = await verifyCaller(passing.parts, passing.operation, passing.incoming, passing.body)
  if (!verified.ok) return verified
  passing.caller = verified.value
  return pass
}

const schema: Step = ({ operation, body, parts }) => {
  const invalid = validate(operation.request, body)[0]
  return invalid === undefined || !enforces(parts.world, 'EXT-HTTP-6')
    ? pass
    : refuse('request-invalid', {
        field: invalid.path || '/',
        detail: enforces(parts.world, 'EXT-HTTP-15') ? invalid.message : JSON.stringify(body).slice(0, 900),
      })
}

const idempotencyKey: Step = ({ operation, incoming, parts }) => {
  const { 'idempotency-key': key } = incoming.headers
  if (operation.safe || !enforces(parts.world, 'EXT-HTTP-37')) return pass
  if (key === undefined) return refuse('idempotency-key-missing', { field: 'Idempotency-Key' })
  return /^[\x21-\x7e]{16,128}$/.test(key) ? pass : refuse('idempotency-key-malformed', { field: 'Idempotency-Key' })
}

/** Every step before the operation itself. */
const steps: readonly Step[] = [mediaType, version, digest, json, caller, schema, idempotencyKey]

/** Only taken by the mutant that looks into a request before it knows who sent it. */
const hastySteps: readonly Step[] = [mediaType, version, digest, json, schema, caller, idempotencyKey]

/** What leaves the pipeline: a value or refusal of the operation, or the stored first answer to the same call. */
export type Passed =
  | { readonly outcome: Outcome<object> }
  | { readonly replayed: { readonly status: number; readonly body: string } }

const waitMilliseconds = 5_000
const pollMilliseconds = 25

/** Only taken by the mutant that looks whether a call is known, and claims it later without looking again. */
const claimLate = async (parts: PipelineParts, call: IdempotentCall) => {
  const { database, world } = parts
  const known = await findCall(database, call)
  if (known?.state === 'done') return claimCall(database, call, world.now())
  await gap()
  await claimCall(database, call, world.now())
  return { state: 'claimed' as const }
}

/** Claims the call, waiting a while for a concurrent duplicate to finish (EXT-HTTP-40). */
const claim = async (parts: PipelineParts, call: IdempotentCall) => {
  const until = Date.now() + waitMilliseconds
  const hasty = !enforces(parts.world, 'EXT-HTTP-40:claim')
  for (;;) {
    const claimed = hasty ? await claimLate(parts, call) : await claimCall(parts.database, call, parts.world.now())
    if (claimed.state === 'running' && !enforces(parts.world, 'EXT-HTTP-40')) return { state: 'claimed' as const }
    if (claimed.state !== 'running' || Date.now() >= until) return claimed
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
  }
}

type Run = (body: unknown, caller: VerifiedCaller) => Promise<Outcome<object>>

/** Refusals that are not kept, ours or passed on from a neighbour: the same request may come again and fare better. */
const isPassing = ({ code }: Refusal): boolean => {
  const status = problemKinds.get(code)?.status ?? 500
  return status >= 500 || status === 429 || code === 'idempotency-in-progress'
}

const once = async (
  passing: Passing,
  run: Run,
  render: (outcome: Outcome<object>) => { status: number; body: string },
): Promise<Passed> => {
  const { operation, incoming, parts, body, caller: who } = passing
  const caller = who ?? { kind: 'anyone' as const, id: '' as const }
  if (operation.safe || !enforces(parts.world, 'EXT-HTTP-38')) return { outcome: await run(body, caller) }
  const digest = enforces(parts.world, 'EXT-HTTP-39')
    ? createHash('sha256').update(incoming.body).digest('base64url')
    : ''
  const call = {
    caller: caller.id,
    operation: `${operation.role}.${operation.name}`,
    key: incoming.headers['idempotency-key'] ?? '',
    digest,
  }
  const claimed = await claim(parts, call)
  if (claimed.state === 'other-body') return { outcome: refuse('idempotency-key-reused', { field: 'Idempotency-Key' }) }
  if (claimed.state === 'running') return { outcome: refuse('idempotency-in-progress', { retryAfterSeconds: 1 }) }
  if (claimed.state === 'done') return { replayed: claimed }
  try {
    const outcome = await run(body, caller)
    const { status, body: text } = render(outcome)
    if (!outcome.ok && isPassing(outcome.refusal)) await abandonCall(parts.database, call)
    else await keepAnswer(parts.database, call, status, text)
    return { outcome }
  } catch (error) {
    await abandonCall(parts.database, call)
    throw error
  }
}

/** Takes one request through every step and, where none refuses, carries it out once. */
export const passPipeline = async (
  operation: Operation,
  incoming: Incoming,
  parts: PipelineParts,
  run: Run,
  render: (outcome: Outcome<object>) => { status: number; body: string },
): Promise<Passed> => {
  const passing: Passing = { operation, incoming, parts }
  for (const step of enforces(parts.world, 'EXT-HTTP-14') ? steps : hastySteps) {
    const outcome = await step(passing)
    if (!outcome.ok) return { outcome }
  }
  return once(passing, run, render)
}
