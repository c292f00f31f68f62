/** Everything the core may not reach by itself: the clock, identifiers, randomness, and the deviations tests ask for. */
import type { OperationName } from '../../schemas/index.ts'

/** One signed object before it is signed: JOSE header, claims, and for an SD-JWT its disclosures by claim name. */
export type Unsigned = {
  readonly header: Record<string, unknown>
  readonly claims: Record<string, unknown>
  readonly disclosures: Record<string, unknown>
}

/**
 * How a mutant departs from the protocol. Only tests make one, by passing it to `startReference`; no option,
 * environment variable or message reaches it. The empty deviation is the intact reference.
 */
export type Deviation = {
  /** Ids of rules that are not enforced, or of named behaviours that are left out (`requirement id` or `id:variant`). */
  readonly ignores?: ReadonlySet<string>
  /** Changes what is about to be signed. */
  readonly signs?: (layer: 'identity' | 'mandate' | 'token-request', unsigned: Unsigned) => Unsigned
  /** Changes a successful answer before it is sent. */
  readonly answers?: (operation: OperationName, body: Record<string, unknown>) => Record<string, unknown>
  /** Changes a request to a neighbour before it is signed and sent; `undefined` leaves the call out. */
  readonly asks?: (operation: OperationName, body: Record<string, unknown>) => Record<string, unknown> | undefined
  /** Changes a problem before it is sent. */
  readonly refuses?: (operation: OperationName, problem: Record<string, unknown>) => Record<string, unknown>
}

/** Clock, identifiers and randomness, given from outside so that every run can be replayed. */
export type World = {
  /** Epoch seconds, whole. */
  readonly now: () => number
  /** A fresh identifier, `{prefix}-{random}`, matching common/identifier. */
  readonly id: (prefix: string) => string
  /** 16 fresh random bytes as base64url. */
  readonly nonce: () => string
  readonly deviation: Deviation
}

/** Whether a rule, named by its requirement id, is enforced here; true everywhere but in a mutant. */
export const enforces = (world: Pick<World, 'deviation'>, rule: string): boolean => !world.deviation.ignores?.has(rule)

/** A message as it is asked: what a mutant makes of it. */
export const askedOf = <Request>(
  { deviation }: Pick<World, 'deviation'>,
  name: OperationName,
  message: Request,
): Request =>
  deviation.asks ? ((deviation.asks(name, message as Record<string, unknown>) ?? message) as Request) : message
