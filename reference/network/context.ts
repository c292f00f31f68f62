/** What every part of the network is built from, and how it takes what neighbours refuse. */
import { type Refusal, refuse } from '../core/index.ts'
import type { GatePolicy } from '../core/trust/gate.ts'
import type { RoleContext } from '../http/operation.ts'
import type { NetworkDatabase } from './records.ts'

/** A source of risk: a score from 0 to 1000 for a payment about to be allowed, or nothing where it has no answer. */
export type RiskPort = (payment: {
  readonly agentId: string
  readonly mandateId: string
  readonly amount: { readonly currency: string; readonly value: string }
}) => Promise<number | undefined>

/** The trust gate as an operator sets it: its policy, and a source of risk where there is one. */
export type Gate = { readonly policy: GatePolicy; readonly risk?: RiskPort | undefined }

/** Without a gate no rating stops a token. */
export type NetworkContext = RoleContext<NetworkDatabase> & { readonly gate?: Gate | undefined }

const silent: ReadonlySet<string> = new Set([
  'peer-unavailable',
  'peer-answer-invalid',
  'internal-error',
  'idempotency-in-progress',
  'shutting-down',
  'rate-limited',
])

/** Whether a neighbour said nothing about what it was asked: it may have acted or not, and the same may be asked again. */
export const saidNothing = ({ code }: Refusal): boolean => silent.has(code)

/** A refusal of a neighbour as it is passed on: its silence is ours to answer for, never a limit or a shutdown of our own. */
export const passedOn = (refusal: Refusal): Refusal =>
  saidNothing(refusal) && refusal.code !== 'peer-answer-invalid'
    ? refuse('peer-unavailable', refusal.detail === undefined ? {} : { detail: refusal.detail }).refusal
    : refusal
