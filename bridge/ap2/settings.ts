/** What the operator tells the AP2 adapter: `settings.protocols.ap2`. */

import type { Message } from '../../schemas/index.ts'
import type { Settings } from '../adapter.ts'
import { amountOfMajor } from '../currency.ts'
import { isObject, type Json, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { Misconfigured } from '../keys.ts'

/** Defaults stand where the operator says nothing. */
export type Ap2Settings = {
  /** Whom the operator speaks for (`aud` of closed mandates). Left out, the audience is told as evidence only. */
  readonly audiences?: readonly string[]
  /** Seconds an open mandate counts from when it was made, whatever it says itself; and a closed one. */
  readonly openLifetimeMax: number
  readonly closedLifetimeMax: number
  /** Seconds an open mandate may live that is made here: nobody there can take it back. */
  readonly outLifetimeMax: number
  /** Whether a draft may leave out line items, which no AMP bound holds: `say` writes them to the user, `refuse` refuses. */
  readonly lineItems: 'say' | 'refuse'
  /** Types of payment instruments that stand for an AMP wallet. */
  readonly instruments: readonly string[]
  /** What an intent of AP2 0.1, which names no amount, may cost; without it such an intent is refused. */
  readonly intentBudget?: Message<'common/amount'>
}

const day = 86_400
const defaults = { openLifetimeMax: 30 * day, closedLifetimeMax: 3_600, outLifetimeMax: day } as const

const texts = (value: Json | undefined, name: string): readonly string[] | undefined => {
  if (value === undefined) return undefined
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value as string[]
  throw new Misconfigured(`ap2: ${name} is a list of strings`)
}

const seconds = (value: Json | undefined, name: keyof typeof defaults): number => {
  if (value === undefined) return defaults[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= 30 * day) return value
  throw new Misconfigured(`ap2: ${name} is 1 to ${30 * day} seconds`)
}

const budgetOf = (value: Json | undefined): Message<'common/amount'> | undefined => {
  if (value === undefined) return undefined
  const amount = isObject(value)
    ? amountOfMajor(textOf(value, 'amount') ?? '', textOf(value, 'currency') ?? '', '')
    : undefined
  if (amount?.ok && amount.value.value !== '0') return amount.value
  throw new Misconfigured('ap2: intentBudget is a currency and an amount in major units, as a text')
}

/** Reads the settings. Throws `Misconfigured`. */
export const ap2Settings = (settings: Settings): Ap2Settings => {
  const own = settings.protocols?.ap2 ?? {}
  const lineItems = member(own, 'lineItems') ?? 'say'
  if (lineItems !== 'say' && lineItems !== 'refuse') throw new Misconfigured('ap2: lineItems is say or refuse')
  const [audiences, intentBudget] = [
    texts(member(own, 'audiences'), 'audiences'),
    budgetOf(member(own, 'intentBudget')),
  ]
  return {
    ...(audiences ? { audiences } : {}),
    openLifetimeMax: seconds(member(own, 'openLifetimeMax'), 'openLifetimeMax'),
    closedLifetimeMax: seconds(member(own, 'closedLifetimeMax'), 'closedLifetimeMax'),
    outLifetimeMax: seconds(member(own, 'outLifetimeMax'), 'outLifetimeMax'),
    lineItems,
    instruments: texts(member(own, 'instruments'), 'instruments') ?? ['amp'],
    ...(intentBudget ? { intentBudget } : {}),
  }
}
