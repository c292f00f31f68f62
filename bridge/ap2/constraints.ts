/** The closed vocabulary of AP2 0.2: what every constraint asks of a closed mandate. One that is unknown is refused. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import { amountOfMajor } from '../currency.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'
import { isAssigned, type Line } from './assignment.ts'
import type { Family } from './chain.ts'

/** A constraint of an open mandate. */
export type Constraint = { readonly type: string; readonly claims: JsonObject }

/** What a closed mandate does, as far as its chain says; and digests of the open checkout, where that came too. */
export type Execution = {
  readonly now: number
  readonly merchant?: JsonObject
  readonly lines?: readonly JsonObject[]
  readonly payment?: JsonObject
  readonly references?: readonly string[]
}

/** Minor units as an integer, exactly; nothing for fractions, texts, negative numbers and numbers beyond 2^53. */
export const minorOf = (value: Json | undefined): bigint | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined

export const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

export const objectOf = (claims: JsonObject, name: string): JsonObject => {
  const value = member(claims, name)
  return isObject(value) ? value : {}
}

/** Two merchants are one by id where both have it, else by name and website. */
export const isSameMerchant = (one: JsonObject, other: JsonObject): boolean => {
  const [id, otherId] = [textOf(one, 'id'), textOf(other, 'id')]
  if (id !== undefined && otherId !== undefined) return id === otherId
  return ['name', 'website'].every(
    (name) => textOf(one, name) !== undefined && textOf(one, name) === textOf(other, name),
  )
}

/** A budget, which alone of all amounts is in major units, in minor units of its currency. */
export const budgetOf = (claims: JsonObject): bigint | undefined => {
  const max = member(claims, 'max')
  const amount = typeof max === 'number' ? amountOfMajor(String(max), textOf(claims, 'currency') ?? '', '') : undefined
  return amount?.ok ? BigInt(amount.value.value) : undefined
}

/** Amount and currency of a payment; nothing where one is missing. */
export const amountOf = (payment: JsonObject): { readonly amount: bigint; readonly currency: string } | undefined => {
  const pair = objectOf(payment, 'payment_amount')
  const [amount, currency] = [minorOf(member(pair, 'amount')), textOf(pair, 'currency')]
  return amount === undefined || currency === undefined ? undefined : { amount, currency }
}

/** A moment or a day of ISO 8601, in epoch seconds; a day ends with its last second where `isEnd`. */
export const momentOf = (value: Json | undefined, isEnd = false): number | undefined => {
  if (typeof value !== 'string') return undefined
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value)
  return parseTime(isDay ? `${value}T${isEnd ? '23:59:59' : '00:00:00'}Z` : value)
}

/** Why a constraint does not hold; nothing where it does. */
type Check = (claims: JsonObject, execution: Execution) => string | undefined

const amongMerchants =
  (who: (execution: Execution) => JsonObject | undefined): Check =>
  (claims, execution) => {
    const merchant = who(execution)
    if (objectsOf(member(claims, 'allowed')).length === 0) return 'nobody on the list is disclosed'
    if (!merchant) return 'nobody is named'
    return objectsOf(member(claims, 'allowed')).some((each) => isSameMerchant(each, merchant))
      ? undefined
      : 'it is not on the list'
  }

const amongInstruments: Check = (claims, { payment }) => {
  const id = textOf(objectOf(payment ?? {}, 'payment_instrument'), 'id')
  const allowed = objectsOf(member(claims, 'allowed'))
  if (allowed.length === 0) return 'no instrument on the list is disclosed'
  return id !== undefined && allowed.some((each) => textOf(each, 'id') === id) ? undefined : 'it is not on the list'
}

const pispNames = ['legal_name', 'brand_name', 'domain_name'] as const

const amongPisps: Check = (claims, { payment }) => {
  const pisp = objectOf(payment ?? {}, 'pisp')
  const isSame = (each: JsonObject) =>
    pispNames.every((name) => textOf(each, name) !== undefined && textOf(each, name) === textOf(pisp, name))
  return objectsOf(member(claims, 'allowed')).some(isSame) ? undefined : 'it is not on the list'
}

const withinRange: Check = (claims, { payment }) => {
  const [min, max] = [minorOf(member(claims, 'min')), minorOf(member(claims, 'max'))]
  const paid = amountOf(payment ?? {})
  if (max === undefined || (min === undefined && Object.hasOwn(claims, 'min')))
    return 'a bound is no whole number of minor units'
  if (!paid) return 'the payment names no amount'
  if (textOf(claims, 'currency') !== paid.currency) return 'the currency is another'
  if (paid.amount > max) return 'the amount is larger than allowed'
  return min !== undefined && paid.amount < min ? 'the amount is smaller than allowed' : undefined
}

const withinBudget: Check = (claims, { payment }) => {
  const [max, paid] = [budgetOf(claims), amountOf(payment ?? {})]
  if (max === undefined) return 'the budget is no amount of its currency'
  if (!paid || textOf(claims, 'currency') !== paid.currency) return 'the currency is another'
  return paid.amount > max ? 'the amount is larger than the budget' : undefined
}

/** How often an agent may pay. */
export const frequencies = ['ON_DEMAND', 'DAILY', 'WEEKLY', 'BIWEEKLY', 'MONTHLY', 'QUARTERLY', 'ANNUALLY'] as const
export type Frequency = (typeof frequencies)[number]

/** How often and how many times at most; nothing where the constraint says neither in the words of AP2. */
export const recurrenceOf = (
  claims: JsonObject,
): { readonly frequency: Frequency; readonly occurrences?: number } | undefined => {
  const frequency = frequencies.find((each) => each === textOf(claims, 'frequency'))
  const occurrences = member(claims, 'max_occurrences')
  if (!frequency) return undefined
  if (occurrences === undefined) return { frequency }
  return typeof occurrences === 'number' && Number.isSafeInteger(occurrences) && occurrences > 0
    ? { frequency, occurrences }
    : undefined
}

/** Whether the ends of a window are written in words AP2 has. */
const isWindow = (claims: JsonObject): boolean =>
  ['not_before', 'not_after'].every(
    (name) => !Object.hasOwn(claims, name) || momentOf(member(claims, name)) !== undefined,
  )

const withinWindow: Check = (claims, { payment, now }) => {
  if (!isWindow(claims)) return 'an end of the window is no moment'
  const date = payment && Object.hasOwn(payment, 'execution_date') ? momentOf(member(payment, 'execution_date')) : now
  if (date === undefined) return 'the date of the payment is no moment'
  const [begins, ends] = [momentOf(member(claims, 'not_before')), momentOf(member(claims, 'not_after'), true)]
  if (begins !== undefined && date < begins) return 'it is too early'
  return ends !== undefined && date > ends ? 'it is too late' : undefined
}

const refersTo: Check = (claims, { references }) => {
  const digest = textOf(claims, 'conditional_transaction_id')
  if (digest === undefined) return 'it refers to nothing'
  return references === undefined || references.includes(digest) ? undefined : 'the payment refers to another checkout'
}

/** Units of items in a checkout; nothing where a line has no item or no number of units. */
export const unitsOf = (lines: readonly JsonObject[]): readonly Line[] | undefined => {
  const units = lines.map((line) => {
    const [item, quantity] = [textOf(objectOf(line, 'item'), 'id'), member(line, 'quantity')]
    return item !== undefined && typeof quantity === 'number' && Number.isSafeInteger(quantity) && quantity > 0
      ? { item, quantity }
      : undefined
  })
  return units.every((unit): unit is Line => unit !== undefined) ? units : undefined
}

/** As many as an AMP checkout has at most. */
const linesMax = 100

const asksFor: Check = (claims, { lines }) => {
  const items = objectsOf(member(claims, 'items'))
  const requirements = items.map((item) => ({
    items: objectsOf(member(item, 'acceptable_items')).flatMap((each) => textOf(each, 'id') ?? []),
    quantity: Number(minorOf(member(item, 'quantity')) ?? 0),
  }))
  if (items.length === 0 || requirements.some(({ quantity }) => quantity < 1)) return 'it asks for nothing'
  if (items.length > linesMax || (lines ?? []).length > linesMax) return `there are more than ${linesMax} lines`
  const units = unitsOf(lines ?? [])
  if (!units) return 'a line names no item or no number of units'
  return isAssigned(units, requirements) ? undefined : 'the lines are not what was asked for'
}

/** Every constraint there is, with the family it belongs to. */
const checks: Readonly<Record<string, { readonly family: Family; readonly check: Check }>> = {
  'checkout.allowed_merchants': { family: 'checkout', check: amongMerchants(({ merchant }) => merchant) },
  'checkout.line_items': { family: 'checkout', check: asksFor },
  'payment.amount_range': { family: 'payment', check: withinRange },
  'payment.allowed_payees': {
    family: 'payment',
    check: amongMerchants(({ payment }) => (payment ? objectOf(payment, 'payee') : undefined)),
  },
  'payment.allowed_payment_instruments': { family: 'payment', check: amongInstruments },
  'payment.allowed_pisps': { family: 'payment', check: amongPisps },
  'payment.agent_recurrence': {
    family: 'payment',
    check: (claims) => (recurrenceOf(claims) ? undefined : 'it is no recurrence'),
  },
  'payment.budget': { family: 'payment', check: withinBudget },
  'payment.execution_date': { family: 'payment', check: withinWindow },
  'payment.reference': { family: 'payment', check: refersTo },
}

/** Names of the vocabulary. */
export const constraintTypes: readonly string[] = Object.keys(checks)

/** The constraints of an open mandate. None, or one that is no constraint of this family, is refused. */
export const constraintsOf = (mandate: JsonObject, family: Family, field: string): Outcome<readonly Constraint[]> => {
  const list = member(mandate, 'constraints')
  const at = `${field}/constraints`
  if (!Array.isArray(list) || list.length === 0)
    return refuse('foreign-fields-missing', { detail: 'an open mandate has constraints', field: at })
  const constraints: Constraint[] = []
  for (const claims of list as readonly Json[]) {
    const type = isObject(claims) ? textOf(claims, 'type') : undefined
    if (!isObject(claims) || type === undefined)
      return refuse('message-malformed', { detail: 'a constraint has no type', field: at })
    if (!Object.hasOwn(checks, type) || checks[type]?.family !== family)
      return refuse('foreign-constraint-unknown', {
        detail: `the constraint is not one of those AP2 has for a ${family}`,
        field: `${at}/${type.slice(0, 64)}`,
      })
    constraints.push({ type, claims })
  }
  const has = (type: string) => constraints.some((each) => each.type === type)
  if (has('payment.agent_recurrence') && !(has('payment.amount_range') && has('payment.budget')))
    return refuse('foreign-fields-missing', {
      detail: 'a recurrence comes with the range of one payment and a budget for all',
      field: at,
    })
  return accept(constraints)
}

/** Holds a closed mandate to every constraint of the open ones above it. */
export const checkConstraints = (
  constraints: readonly Constraint[],
  execution: Execution,
  field: string,
): Outcome<true> => {
  for (const { type, claims } of constraints) {
    const why = checks[type]?.check(claims, execution)
    if (why) return refuse('foreign-object-mismatch', { detail: why, field: `${field}/constraints/${type}` })
  }
  return accept(true)
}
