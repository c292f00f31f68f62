/** The books of a mandate for later as a network keeps them: what is held for tokens, what was captured, what may still be asked. */
import type { Model, Possible } from '../engines/model.ts'

/** A mandate of 3,000 with orders that are asked for under it. Slots are orders, requests payment identifiers. */
export const budget = 3_000
export const orderAmounts = [1_000, 400, 500, 600, 1_000, 2_000] as const

/** `key` tells calls apart that are otherwise alike. */
export type BudgetCommand =
  | { readonly do: 'apply'; readonly slot: number; readonly key: number }
  | { readonly do: 'pay'; readonly slot: number; readonly request: number; readonly key: number }
  | { readonly do: 'lower'; readonly limit: number; readonly key: number }
  | { readonly do: 'cancel'; readonly key: number }
  | { readonly do: 'look' }

type Token = 'none' | 'issued' | 'used'

/** `tried`: the order each payment identifier was used for, and whether it was paid. */
export type BudgetState = {
  readonly status: 'activated' | 'revoked' | 'finished'
  readonly limit: number
  readonly held: number
  readonly captured: number
  readonly tokens: readonly Token[]
  readonly tried: Readonly<Record<string, { readonly slot: number; readonly paid: boolean }>>
}

/** What a look shows, as text. */
export const books = ({ status, limit, held, captured }: BudgetState): string =>
  JSON.stringify({ status, limit, held, captured, remaining: limit - held - captured })

type Possibles = readonly Possible<BudgetState>[]

const ended = ({ status }: BudgetState): readonly string[] => (status === 'activated' ? [] : [`mandate-${status}`])

const refusals = (state: BudgetState, codes: readonly string[]): Possibles =>
  codes.map((seen) => ({ seen, after: state }))

/** A token request that is refused in the end held its budget while it was looked at. */
const heldInPassing = (beside: readonly BudgetCommand[]): boolean =>
  beside.some((other) => other.do === 'apply') && beside.some((other) => other.do === 'cancel')

const apply = (state: BudgetState, slot: number, beside: readonly BudgetCommand[]): Possibles => {
  const amount = orderAmounts[slot] as number
  const remaining = state.limit - state.held - state.captured
  const reasons = [
    ...ended(state),
    ...(amount > remaining ? ['budget-exceeded'] : []),
    ...(state.tokens[slot] === 'none' ? [] : ['checkout-used']),
  ]
  if (reasons.length > 0) return refusals(state, reasons)
  const tokens = state.tokens.with(slot, 'issued')
  return [
    { seen: 'issued', after: { ...state, held: state.held + amount, tokens } },
    ...refusals(state, heldInPassing(beside) ? ['budget-exceeded', 'checkout-used'] : []),
  ]
}

const pay = (
  state: BudgetState,
  command: BudgetCommand & { do: 'pay' },
  beside: readonly BudgetCommand[],
): Possibles => {
  const { slot, request } = command
  const known = state.tried[request]
  if (known?.slot === slot && known.paid) return [{ seen: 'SUCCESS', after: state }]
  const reasons = [
    ...(known && known.slot !== slot ? ['payment-request-reused'] : []),
    ...(state.tokens[slot] === 'used' ? ['payment-token-used'] : []),
    ...(state.tokens[slot] === 'none' ? ['payment-token-unknown'] : []),
    ...ended(state),
  ]
  const remembered = (paid: boolean) => ({ ...state.tried, [request]: { slot, paid } })
  /** The same payment, asked for twice at once, may be told of while it is under way. */
  const twin = beside.some((other) => other.do === 'pay' && other.slot === slot && other.request === request)
  const underway: Possibles = twin ? [{ seen: 'PROCESSING', after: state }] : []
  if (reasons.length > 0 || (known && known.slot !== slot))
    return [
      ...underway,
      ...reasons.flatMap((seen) => [
        { seen, after: state },
        ...(known ? [] : [{ seen, after: { ...state, tried: remembered(false) } }]),
      ]),
    ]
  const amount = orderAmounts[slot] as number
  const held = state.held - amount
  const captured = state.captured + amount
  const usedUp = captured === state.limit
  const tokens = state.tokens.with(slot, 'used')
  const after = { ...state, held, captured, tokens, tried: remembered(true) }
  /** A debit takes its time: until it is through, a mandate it uses up can still be cancelled. */
  const cancelled = beside.some((other) => other.do === 'cancel')
  return [
    ...underway,
    ...(usedUp ? [{ seen: 'SUCCESS', after: { ...after, status: 'finished' as const } }] : []),
    ...(usedUp && !cancelled ? [] : [{ seen: 'SUCCESS', after }]),
  ]
}

const lower = (state: BudgetState, limit: number, beside: readonly BudgetCommand[]): Possibles => {
  const reasons = [
    ...ended(state),
    ...(limit > state.limit ? ['limit-not-lower'] : []),
    ...(limit < state.held + state.captured ? ['limit-below-used'] : []),
  ]
  if (reasons.length > 0) return refusals(state, reasons)
  const after = { ...state, limit }
  const usedUp = limit === state.captured
  return [
    { seen: 'lowered', after },
    ...(usedUp ? [{ seen: 'lowered', after: { ...after, status: 'finished' as const } }] : []),
    ...refusals(state, heldInPassing(beside) ? ['limit-below-used'] : []),
  ]
}

/** A mandate just activated, with a token for its first order, and what a network may make of requests under it (AMP-TRUST-075 to 079, AMP-PAY-052). */
export const budgetModel: Model<BudgetState, BudgetCommand> = {
  initial: {
    status: 'activated',
    limit: budget,
    held: orderAmounts[0],
    captured: 0,
    tokens: orderAmounts.map((_, slot) => (slot === 0 ? 'issued' : 'none')),
    tried: {},
  },
  possible: (state, command, beside) => {
    if (command.do === 'apply') return apply(state, command.slot, beside)
    if (command.do === 'pay') return pay(state, command, beside)
    if (command.do === 'lower') return lower(state, command.limit, beside)
    if (command.do === 'look') return [{ seen: books(state), after: state }]
    return state.status === 'finished'
      ? refusals(state, ['mandate-finished'])
      : [{ seen: 'revoked', after: { ...state, status: 'revoked' } }]
  },
}
