/** Idempotency as ACP has it: one effect per key, the same answer again, and a conflict told by the rules of the version. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../../schemas/index.ts'
import type { Json, JsonObject } from '../json.ts'
import { type AcpVersion, acpTraits } from './versions.ts'

/** An answer of an ACP server. */
export type AcpAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: JsonObject
}

/** An error in ACP's shape. */
export const acpError = (
  status: number,
  code: string,
  message: string,
  more: { readonly type?: string; readonly param?: string; readonly supported_versions?: readonly string[] } = {},
): AcpAnswer => ({
  status,
  body: {
    type: status === 503 ? 'service_unavailable' : status >= 500 ? 'processing_error' : 'invalid_request',
    code,
    message,
    ...more,
  },
})

/** What a store says of a key: new, of another body, still being worked on, or answered before. */
export type KeyState = 'begun' | 'conflict' | 'in-flight' | AcpAnswer

/** Where answers are kept. `begin` decides and records in one step, or two racing copies both act. */
export type IdempotencyStore = {
  readonly begin: (scope: string, digest: string, now: number) => Promise<KeyState>
  /** Keeps an answer; without one the key is free again. */
  readonly end: (scope: string, answer: AcpAnswer | undefined, now: number) => Promise<void>
}

const retention = 86_400
/** How long work may take before a retry acts again: so that a crash does not block a key for a day. */
const lease = 30

type Entry = { readonly digest: string; readonly answer?: AcpAnswer; readonly until: number }

/** A store of one process. */
export const memoryIdempotency = (capacity = 100_000): IdempotencyStore => {
  const entries = new Map<string, Entry>()
  return {
    begin: async (scope, digest, now) => {
      const known = entries.get(scope)
      if (known && known.until > now) {
        if (known.digest !== digest) return 'conflict'
        return known.answer ?? 'in-flight'
      }
      if (entries.size >= capacity) for (const [key, { until }] of entries) if (until <= now) entries.delete(key)
      if (entries.size >= capacity) throw new Error('the idempotency store has no room')
      entries.set(scope, { digest, until: now + lease })
      return 'begun'
    },
    end: async (scope, answer, now) => {
      const known = entries.get(scope)
      if (!known) return
      if (answer) entries.set(scope, { digest: known.digest, answer, until: now + retention })
      else entries.delete(scope)
    },
  }
}

/** A request that changes something. `body` is parsed: two texts of one value are one request. */
export type KeyedRequest = {
  readonly version: AcpVersion
  readonly caller: string
  readonly path: string
  readonly key?: string
  readonly body: Json
}

/**
 * Acts at most once per caller, path and key. The same body again gets the first answer; another body 409 or, from
 * 2026-04-17, 422; a copy of what is being worked on 409 with Retry-After. Answers of 500 and above are not kept.
 */
export const actOnce = async (
  { version, caller, path, key, body }: KeyedRequest,
  store: IdempotencyStore,
  now: () => number,
  act: () => Promise<AcpAnswer>,
): Promise<AcpAnswer> => {
  const { needsKey, conflict, conflictType: type } = acpTraits[version]
  if (key === undefined)
    return needsKey ? acpError(400, 'idempotency_key_required', 'The request has no Idempotency-Key') : act()
  if (key.length < 1 || key.length > 255)
    return acpError(400, 'idempotency_key_required', 'An Idempotency-Key has 1 to 255 characters')
  const scope = JSON.stringify([caller, path, key])
  const digest = createHash('sha256').update(canonicalJson(body)).digest('base64url')
  const state = await store.begin(scope, digest, now())
  const echo = { 'idempotency-key': key }
  if (state === 'conflict') {
    const told = acpError(conflict, 'idempotency_conflict', 'The key was used with another body', { type })
    return { ...told, headers: echo }
  }
  if (state === 'in-flight') {
    const told = acpError(409, 'idempotency_in_flight', 'The first request is still being worked on', { type })
    return { ...told, headers: { ...echo, 'retry-after': '1' } }
  }
  if (state !== 'begun') return { ...state, headers: { ...state.headers, ...echo, 'idempotent-replayed': 'true' } }
  let answer: AcpAnswer | undefined
  try {
    answer = await act()
    return { ...answer, headers: { ...answer.headers, ...echo } }
  } finally {
    await store.end(scope, answer && answer.status < 500 ? answer : undefined, now())
  }
}
