/** What a mutant is: the reference with one rule broken at run time, and the checks that have to notice. */
import type { Deviation } from '../../../reference/core/index.ts'
import type { Role } from '../../../schemas/index.ts'
import type { Replaced } from './bridge-run.ts'

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
  | 'LostUpdate'
  | 'SettleTwice'
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
export type RoleMutant = {
  readonly mutant: string
  readonly role: Role | 'agent'
  readonly class: FaultClass
  readonly breaks: string
  readonly deviation: Deviation
}

/** A gateway with one part replaced; made anew for each run, since a part may remember. */
export type BridgeMutant = Omit<RoleMutant, 'role' | 'deviation'> & {
  readonly role: 'bridge'
  readonly replaced: () => Replaced
}

export type Mutant = RoleMutant | BridgeMutant

/** A deviation that leaves out rules by name. */
export const without = (...rules: readonly string[]): Deviation => ({ ignores: new Set(rules) })

/** A message or claims set, as deviations change them. */
export type Json = Record<string, unknown>

/** Changes the accepted answers of one operation. */
export const answering = (operation: string, change: (body: Json) => Json): Deviation => ({
  answers: (name, body) => (name === operation ? change(body) : body),
})

/** Changes calls of one operation of a neighbour; nothing leaves the call out. */
export const asking = (operation: string, change: (body: Json) => Json | undefined): Deviation => ({
  asks: (name, body) => (name === operation ? change(body) : body),
})

/** A layer before it is signed. */
type Draft = { readonly header: Json; readonly claims: Json; readonly disclosures: Json }

/** Ways to change one layer before it is signed. */
export const signingOf = (layer: 'identity' | 'mandate' | 'token-request') => {
  const signing = (change: (draft: Draft) => object): Deviation => ({
    signs: (name, unsigned) => (name === layer ? { ...unsigned, ...change(unsigned) } : unsigned),
  })
  return {
    signing,
    claim: (name: string, value: unknown): Deviation =>
      signing(({ claims }) => ({ claims: { ...claims, [name]: value } })),
    header: (name: string, value: unknown): Deviation =>
      signing(({ header }) => ({ header: { ...header, [name]: value } })),
    withoutClaim: (name: string): Deviation =>
      signing(({ claims }) => ({ claims: Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name)) })),
    withoutDisclosure: (name: string): Deviation =>
      signing(({ disclosures }) => ({
        disclosures: Object.fromEntries(Object.entries(disclosures).filter(([key]) => key !== name)),
      })),
  }
}

/** One row of a table of mutants: name, requirement broken, kind of fault, deviation. */
export type MutantRow = readonly [mutant: string, breaks: string, fault: FaultClass, deviation: Deviation]

/** The mutants of a role from its table. */
export const mutantsOf = (role: Role | 'agent', rows: readonly MutantRow[]): readonly RoleMutant[] =>
  rows.map(([mutant, breaks, fault, deviation]) => ({
    mutant: `${role} ${mutant}`,
    role,
    class: fault,
    breaks,
    deviation,
  }))
