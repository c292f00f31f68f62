/** The life of a mandate and the arithmetic of its budget. */
import type { Message, ProblemCode } from '../../schemas/index.ts'
import { type Amount, toWire } from './amount.ts'
import { accept, type Occurrence, type Outcome, type Refusal, refuse } from './outcome.ts'

export type MandateStatus = Message<'trust/mandate-status'>
export type MandateType = Message<'trust/mandate-type'>

/** AMP-TRUST-074, AMP-TRUST-075: where a mandate may go from each status. Terminal ones lead nowhere. */
export const next: Readonly<Record<MandateStatus, readonly MandateStatus[]>> = {
  inactive: ['activated', 'revoked', 'expired'],
  activated: ['revoked', 'expired', 'finished'],
  revoked: [],
  expired: [],
  finished: [],
}

export const isTerminal = (status: MandateStatus): boolean => next[status].length === 0

const unusable: Readonly<Record<Exclude<MandateStatus, 'activated'>, ProblemCode>> = {
  inactive: 'mandate-inactive',
  revoked: 'mandate-revoked',
  expired: 'mandate-expired',
  finished: 'mandate-finished',
}

/** AMP-TRUST-071, 076, 077, 080, 081: why a mandate of this status backs nothing, or nothing where it is usable. */
export const whyUnusable = (status: MandateStatus): Refusal | undefined =>
  status === 'activated' ? undefined : refuse(unusable[status], { mandateStatus: status }).refusal

/** The status a mandate has now: an activated or inactive one past its end is expired. */
export const statusAt = (status: MandateStatus, validUntil: number, now: number): MandateStatus =>
  !isTerminal(status) && now >= validUntil ? 'expired' : status

/**
 * Budget of a mandate in minor units: `total` as signed, `limit` in force (never above it), `held` by tokens,
 * `captured` by debits. held + captured <= limit <= total at every moment.
 */
export type Budget = {
  readonly currency: string
  readonly total: bigint
  readonly limit: bigint
  readonly held: bigint
  readonly captured: bigint
}

export const remainingOf = (budget: Budget): bigint => budget.limit - budget.held - budget.captured

const inBudget = (budget: Budget, amount: Amount): Outcome<Amount> => {
  if (amount.currency !== budget.currency) return refuse('currency-mismatch')
  return accept(amount)
}

const limitOf = (budget: Budget): Occurrence => ({
  limit: toWire({ currency: budget.currency, value: remainingOf(budget) }),
})

/** Reserves budget for a token. Refuses `currency-mismatch` and `budget-exceeded` (AMP-TRUST-088). */
export const hold = (budget: Budget, amount: Amount): Outcome<Budget> => {
  const fits = inBudget(budget, amount)
  if (!fits.ok) return fits
  if (amount.value > remainingOf(budget)) return refuse('budget-exceeded', limitOf(budget))
  return accept({ ...budget, held: budget.held + amount.value })
}

/** Turns a hold into spent money; capturing what is not held is a bug. */
export const capture = (budget: Budget, amount: Amount): Budget => ({
  ...release(budget, amount),
  captured: budget.captured + amount.value,
})

/** Gives a hold back when its token failed or lapsed (contradiction 11); releasing what is not held is a bug. */
export const release = (budget: Budget, amount: Amount): Budget => {
  if (amount.currency !== budget.currency || amount.value > budget.held) throw new RangeError('no such hold')
  return { ...budget, held: budget.held - amount.value }
}

/** Lowers the limit (AMP-WALLET-034, contradiction 38): never above what is in force, never below what is used. */
export const adjust = (budget: Budget, limit: Amount): Outcome<Budget> => {
  const fits = inBudget(budget, limit)
  if (!fits.ok) return fits
  if (limit.value > budget.limit) return refuse('limit-not-lower', { limit: toWire({ ...limit, value: budget.limit }) })
  const used = budget.held + budget.captured
  if (limit.value < used) return refuse('limit-below-used', { limit: toWire({ ...limit, value: used }) })
  return accept({ ...budget, limit: limit.value })
}

/** The budget on the wire. */
export const budgetToWire = (budget: Budget): Message<'trust/budget'> => {
  const wire = (value: bigint) => toWire({ currency: budget.currency, value })
  return {
    total: wire(budget.total),
    limit: wire(budget.limit),
    held: wire(budget.held),
    captured: wire(budget.captured),
    remaining: wire(remainingOf(budget)),
  }
}
