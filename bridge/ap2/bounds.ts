/** Open mandates as AMP bounds, each at least as narrow; what no bound holds is refused, or said where the operator allows. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import type { Settings } from '../adapter.ts'
import { type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import {
  amountOf,
  budgetOf,
  type Constraint,
  type Frequency,
  isSameMerchant,
  minorOf,
  momentOf,
  objectOf,
  objectsOf,
  recurrenceOf,
} from './constraints.ts'
import type { Chains } from './pair.ts'
import type { Ap2Settings } from './settings.ts'

/** What an open pair allows, in AMP's words. `items` are those no bound holds, for the user to read. */
export type Bounds = {
  readonly constraints: Message<'trust/constraints'>
  readonly expires: number
  readonly items: readonly string[]
}

const day = 86_400
const at = (type: string) => `constraints/${type}`
const unheld = (type: string, detail: string) => refuse('foreign-constraint-unknown', { detail, field: at(type) })
const violated = (type: string, detail: string) => refuse('foreign-object-mismatch', { detail, field: at(type) })

/** Everything that bounds, gathered from all open mandates and what they set in advance. */
type Gathered = {
  readonly all: readonly Constraint[]
  readonly presets: readonly JsonObject[]
}

const gather = ({ checkout, payment }: Chains): Gathered => ({
  all: [...(checkout?.constraints ?? []), ...(payment?.constraints ?? [])],
  presets: (payment?.open ?? []).map(({ claims }) => claims),
})

const of = ({ all }: Gathered, type: string): readonly JsonObject[] =>
  all.flatMap((each) => (each.type === type ? [each.claims] : []))

const smallest = (values: readonly (bigint | undefined)[]): bigint | undefined =>
  values.reduce((low, value) => (low === undefined || (value !== undefined && value < low) ? value : low), undefined)

const largest = (values: readonly (bigint | undefined)[]): bigint | undefined =>
  values.reduce(
    (high, value) => (high === undefined || (value !== undefined && value > high) ? value : high),
    undefined,
  )

type Sums = { readonly currency: string; readonly min?: bigint; readonly max?: bigint; readonly budget?: bigint }

const sumsOf = (gathered: Gathered): Outcome<Sums> => {
  const ranges = of(gathered, 'payment.amount_range')
  const budgets = of(gathered, 'payment.budget')
  const set = gathered.presets.flatMap((claims) => (Object.hasOwn(claims, 'payment_amount') ? [amountOf(claims)] : []))
  for (const claims of ranges)
    if (['max', 'min'].some((name) => Object.hasOwn(claims, name) && minorOf(member(claims, name)) === undefined))
      return violated('payment.amount_range', 'a bound is no whole number of minor units')
  if (budgets.some((claims) => budgetOf(claims) === undefined))
    return violated('payment.budget', 'the budget is no amount of its currency')
  if (set.some((amount) => amount === undefined))
    return violated('payment_amount', 'the amount set in advance is no whole number of minor units')
  const currencies = new Set([
    ...[...ranges, ...budgets].map((claims) => textOf(claims, 'currency')),
    ...set.map((amount) => amount?.currency),
  ])
  const [currency] = currencies
  if (currency === undefined || currencies.size > 1)
    return refuse('foreign-fields-missing', {
      detail: 'the mandate bounds no amount in one currency',
      field: 'payment',
    })
  const fixed = set.map((amount) => amount?.amount)
  const max = smallest([...ranges.map((claims) => minorOf(member(claims, 'max'))), ...fixed])
  const min = largest([...ranges.map((claims) => minorOf(member(claims, 'min'))), ...fixed])
  const budget = smallest(budgets.map(budgetOf))
  if (min !== undefined && max !== undefined && min > max)
    return violated('payment.amount_range', 'the smallest amount is larger than the largest')
  return accept({
    currency,
    ...(min ? { min } : {}),
    ...(max === undefined ? {} : { max }),
    ...(budget === undefined ? {} : { budget }),
  })
}

/** Sellers every list and every payee set in advance allows; nothing where nobody is named. */
const sellersOf = (gathered: Gathered): Outcome<readonly JsonObject[] | undefined> => {
  const lists = [
    ...['checkout.allowed_merchants', 'payment.allowed_payees'].flatMap((type) =>
      of(gathered, type).map((claims) => objectsOf(member(claims, 'allowed'))),
    ),
    ...gathered.presets.flatMap((claims) => (Object.hasOwn(claims, 'payee') ? [[objectOf(claims, 'payee')]] : [])),
  ]
  const [first, ...rest] = lists
  if (!first) return accept(undefined)
  const shared = rest.reduce<readonly JsonObject[]>(
    (kept, list) => kept.filter((one) => list.some((other) => isSameMerchant(one, other))),
    first,
  )
  const isNamed = shared.every((each) => textOf(each, 'name') !== undefined)
  return shared.length > 0 && isNamed
    ? accept(shared)
    : violated('payment.allowed_payees', 'the lists share nobody who is disclosed by name')
}

/** AMP's ids of these sellers, where the operator knows every one of them. */
const idsOf = (sellers: readonly JsonObject[], settings: Settings): readonly string[] | undefined => {
  const known = sellers.map((seller) =>
    settings.merchants?.find(({ cardAcceptorId }) => cardAcceptorId === textOf(seller, 'id')),
  )
  const ids = known.flatMap((each) => each?.merchant.reference_merchant_id ?? [])
  return ids.length === sellers.length ? [...new Set(ids)] : undefined
}

/** What AMP has no place for at all, unless it names an AMP wallet. */
const refuseUnheld = (gathered: Gathered, settings: Ap2Settings, now: number): Outcome<true> => {
  const isOurs = (instrument: JsonObject) => settings.instruments.includes(textOf(instrument, 'type') ?? '')
  for (const claims of of(gathered, 'payment.allowed_payment_instruments'))
    if (!objectsOf(member(claims, 'allowed')).some(isOurs))
      return unheld('payment.allowed_payment_instruments', 'no AMP wallet is on the list')
  for (const claims of gathered.presets) {
    if (Object.hasOwn(claims, 'payment_instrument') && !isOurs(objectOf(claims, 'payment_instrument')))
      return unheld('payment_instrument', 'the instrument set in advance is no AMP wallet')
    for (const name of ['pisp', 'execution_date'])
      if (Object.hasOwn(claims, name)) return unheld(name, 'AMP bounds cannot hold it')
  }
  if (of(gathered, 'payment.allowed_pisps').length > 0)
    return unheld('payment.allowed_pisps', 'AMP bounds have no provider that initiates payments')
  for (const claims of of(gathered, 'payment.execution_date')) {
    for (const name of ['not_before', 'not_after'])
      if (Object.hasOwn(claims, name) && momentOf(member(claims, name)) === undefined)
        return violated('payment.execution_date', 'an end of the window is no moment')
    if ((momentOf(member(claims, 'not_before')) ?? 0) > now)
      return unheld('payment.execution_date', 'AMP bounds have no beginning')
  }
  if (of(gathered, 'checkout.line_items').length > 0 && settings.lineItems === 'refuse')
    return unheld('checkout.line_items', 'AMP bounds hold no items')
  return accept(true)
}

const periods = { DAILY: 'day', WEEKLY: 'week', MONTHLY: 'month' } as const
const lengths = { day, week: 7 * day, month: 30 * day } as const

type Rhythm = {
  readonly isOnce: boolean
  readonly frequency?: Message<'trust/frequency'>
  /** Seconds from now after which the last of the payments allowed could have begun. */
  readonly lasts?: number
}

/**
 * How often. No open mandate counts longer than 30 days here, AMP's longest period, so that a number of payments in all
 * is a number in that period; a rhythm with a number ends when that many of its periods are over.
 */
const rhythmOf = (gathered: Gathered): Outcome<Rhythm> => {
  const found = of(gathered, 'payment.agent_recurrence').map(recurrenceOf)
  if (found.length === 0) return accept({ isOnce: true, frequency: { count: 1, period: 'month' } })
  const named = found.flatMap((each) => each ?? [])
  const rhythms = new Set<Frequency>(named.map(({ frequency }) => frequency).filter((each) => each !== 'ON_DEMAND'))
  if (named.length < found.length || rhythms.size > 1)
    return unheld('payment.agent_recurrence', 'the mandates of the chain ask for different rhythms')
  const [rhythm] = rhythms
  const count = Math.min(1_000_000, ...named.flatMap(({ occurrences }) => occurrences ?? []))
  const isCounted = named.some(({ occurrences }) => occurrences !== undefined)
  if (rhythm === undefined)
    return accept({ isOnce: false, ...(isCounted ? { frequency: { count, period: 'month' as const } } : {}) })
  const period = rhythm in periods ? periods[rhythm as keyof typeof periods] : 'month'
  return accept({
    isOnce: false,
    frequency: { count: 1, period },
    ...(isCounted ? { lasts: count * lengths[period] } : {}),
  })
}

/** What a line asks for, in words. */
const wordsOf = (item: JsonObject): string => {
  const names = objectsOf(member(item, 'acceptable_items')).map((each) => textOf(each, 'title') ?? textOf(each, 'id'))
  const told = names.flatMap((name) => (name === undefined ? [] : [name.replace(/\p{Cc}+/gu, ' ').slice(0, 64)]))
  return `${minorOf(member(item, 'quantity')) ?? 0} of ${told.join(' or ')}`
}

/** The bounds of open mandates, or why AMP cannot hold them. */
export const boundsOf = (
  chains: Chains & { readonly payment: NonNullable<Chains['payment']> },
  settings: Settings,
  own: Ap2Settings,
  now: number,
): Outcome<Bounds> => {
  const gathered = gather(chains)
  const [sums, sellers, rhythm, held] = [
    sumsOf(gathered),
    sellersOf(gathered),
    rhythmOf(gathered),
    refuseUnheld(gathered, own, now),
  ]
  if (!held.ok) return held
  if (!sums.ok) return sums
  if (!sellers.ok) return sellers
  if (!rhythm.ok) return rhythm
  const { currency, min, max, budget } = sums.value
  // Without a recurrence one payment is the whole of it.
  const total = rhythm.value.isOnce ? smallest([max, budget]) : budget
  if (total === undefined)
    return refuse('foreign-fields-missing', { detail: 'nothing bounds what all payments cost', field: 'payment' })
  const ends = of(gathered, 'payment.execution_date').flatMap(
    (claims) => momentOf(member(claims, 'not_after'), true) ?? [],
  )
  const expires = Math.min(
    chains.payment.expires,
    chains.checkout?.expires ?? Number.MAX_SAFE_INTEGER,
    ...ends,
    ...(rhythm.value.lasts === undefined ? [] : [now + rhythm.value.lasts]),
  )
  if (expires <= now)
    return refuse('foreign-expired', { detail: 'the window is over', field: at('payment.execution_date') })
  const amount = (value: bigint) => ({ currency, value: String(value) })
  const names = sellers.value?.flatMap((each) => textOf(each, 'name') ?? [])
  const ids = sellers.value ? idsOf(sellers.value, settings) : undefined
  return accept({
    expires,
    items: of(gathered, 'checkout.line_items').flatMap((claims) => objectsOf(member(claims, 'items')).map(wordsOf)),
    constraints: {
      budget_amount: amount(total),
      ...(max === undefined ? {} : { payment_amount_max: amount(max) }),
      ...(min === undefined ? {} : { payment_amount_min: amount(min) }),
      ...(names ? { merchant_name_list: [...new Set(names)] } : {}),
      ...(ids ? { merchant_allow_list: [...ids] } : {}),
      ...(rhythm.value.frequency ? { payment_frequency: rhythm.value.frequency } : {}),
    },
  })
}
