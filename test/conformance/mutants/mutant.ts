/** What a mutant is: the reference with one rule broken at run time, and the checks that have to notice. */
import type { Deviation } from '../../../reference/core/index.ts'
import type { Role } from '../../../schemas/index.ts'

/** Kinds of faults, named after what goes wrong. */
export type FaultClass =
  | 'MissingCheck'
  | 'WrongReasonRefusal'
  | 'UnsignedAccepted'
  | 'ReplayNonce'
  | 'AlgNone'
  | 'ClockSkew'
  | 'IdempotencyCheckThenAct'
  | 'StaleRevocation'
  | 'BudgetEscape'
  | 'CapOffByOne'
  | 'CheckoutSwap'
  | 'MissingLayer'
  | 'StrippedDisclosure'
  | 'ScopeWiden'
  | 'LeakAfterFailure'
  | 'WrongAnswer'
  | 'WrongSignature'
  | 'SilentLoss'
  | 'TrustGateBypass'

/** One mutant: `breaks` is the requirement it violates, and a check of that requirement has to fail on it. */
export type Mutant = {
  readonly mutant: string
  readonly role: Role
  readonly class: FaultClass
  readonly breaks: string
  readonly deviation: Deviation
}

/** A deviation that leaves out rules by name. */
export const without = (...rules: readonly string[]): Deviation => ({ ignores: new Set(rules) })
