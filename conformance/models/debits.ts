/** The money of a user and the copy of a mandate as a wallet keeps them: what was debited, and what may still be. */
import type { Model, Possible } from '../engines/model.ts'

/** `key` tells calls apart that are otherwise alike; slots are orders, payments the identifiers a network gives them. */
export type DebitCommand =
  | { readonly do: 'pay'; readonly slot: number; readonly payment: number; readonly key: number }
  | { readonly do: 'lower'; readonly limit: number; readonly key: number }
  | { readonly do: 'cancel'; readonly key: number }
  | { readonly do: 'look' }

export type DebitState = {
  readonly status: 'activated' | 'revoked' | 'finished'
  readonly limit: number
  readonly captured: number
  readonly spent: number
  readonly paid: readonly number[]
  readonly tried: Readonly<Record<string, { readonly slot: number; readonly paid: boolean; readonly seen: string }>>
}

/** What a mandate under test lets its user pay. */
export type Terms = {
  readonly limit: number
  readonly amounts: readonly number[]
  /** A mandate for one order is finished by its payment. */
  readonly once: boolean
}

/** A mandate for later: four orders, of which the budget covers some. */
export const later: Terms = { limit: 3_000, amounts: [1_000, 1_000, 2_000, 3_000], once: false }
/** A mandate for one order, the user being present. */
export const direct: Terms = { limit: 1_000, amounts: [1_000], once: true }

/** What a look shows: the money gone. Budget and status are what the network says of them, which the suite plays. */
export const purse = ({ spent }: Pick<DebitState, 'spent'>): string => JSON.stringify({ spent })

type Possibles = readonly Possible<DebitState>[]

const refusals = (state: DebitState, codes: readonly string[]): Possibles =>
  codes.map((seen) => ({ seen, after: state }))

const ended = ({ status }: DebitState): readonly string[] => (status === 'activated' ? [] : [`mandate-${status}`])

const pay = (
  { amounts, once }: Terms,
  state: DebitState,
  { slot, payment }: DebitCommand & { do: 'pay' },
): Possibles => {
  const amount = amounts[slot] as number
  const known = state.tried[payment]
  if (known && known.slot !== slot) return refusals(state, ['payment-request-reused'])
  if (known?.paid) return [{ seen: 'SUCCESS', after: state }]
  const repeated = known ? [known.seen] : []
  const reasons = [...ended(state), ...(state.captured + amount > state.limit ? ['budget-exceeded'] : []), ...repeated]
  /** Whether an order may be debited twice under two identifiers is its network's to prevent; a wallet may as well. */
  const twice = state.paid.includes(slot) ? ['checkout-used', 'order-mismatch'] : []
  /** A refusal may be remembered or not, as far as others that met it tell. */
  const refusing = [...reasons, ...twice].flatMap((seen) => [
    { seen, after: state },
    { seen, after: { ...state, tried: { ...state.tried, [payment]: { slot, paid: false, seen } } } },
  ])
  if (reasons.length > 0) return refusing
  const captured = state.captured + amount
  const after: DebitState = {
    ...state,
    captured,
    spent: state.spent + amount,
    status: once || captured >= state.limit ? 'finished' : state.status,
    paid: [...new Set([...state.paid, slot])].sort(),
    tried: { ...state.tried, [payment]: { slot, paid: true, seen: 'SUCCESS' } },
  }
  return [...refusing, { seen: 'SUCCESS', after }]
}

const lower = (state: DebitState, limit: number): Possibles => {
  const reasons = [
    ...ended(state),
    ...(limit > state.limit ? ['limit-not-lower'] : []),
    ...(limit < state.captured ? ['limit-below-used'] : []),
  ]
  if (reasons.length > 0) return refusals(state, reasons)
  const after = { ...state, limit }
  const usedUp: Possibles =
    limit === state.captured ? [{ seen: 'lowered', after: { ...after, status: 'finished' } }] : []
  return [{ seen: 'lowered', after }, ...usedUp]
}

/** A mandate just confirmed, and what a wallet may make of debits under it: money is conserved, the budget is never exceeded, a payment happens once. */
export const debitModel = (terms: Terms): Model<DebitState, DebitCommand> => ({
  initial: { status: 'activated', limit: terms.limit, captured: 0, spent: 0, paid: [], tried: {} },
  possible: (state, command) => {
    if (command.do === 'pay') return pay(terms, state, command)
    if (command.do === 'lower') return lower(state, command.limit)
    if (command.do === 'look') return [{ seen: purse(state), after: state }]
    return state.status === 'finished'
      ? refusals(state, ['mandate-finished'])
      : [{ seen: 'revoked', after: { ...state, status: 'revoked' } }]
  },
})
