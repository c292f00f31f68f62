/** The closed vocabulary of constraints: which a payment keeps, and which AMP bounds can hold. Unknown is refused. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import type { Message } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { textOf } from '../jws.ts'

type Constraints = Message<'trust/constraints'>

/** Words for a payment the agent asks for, as far as they are known. */
export type Execution = {
  readonly currency: string
  readonly amount: bigint
  readonly payee: JsonObject
  /** Lines of the checkout, where the merchant's layer came too. */
  readonly lines?: readonly JsonObject[]
  readonly now: number
}

/** A constraint of an open mandate. */
export type Constraint = { readonly type: string; readonly claims: JsonObject }

const field = (type: string) => `l2/${type.slice(0, 64)}`
const violated = (type: string, detail: string) => refuse('foreign-object-mismatch', { detail, field: field(type) })
const unknown = (type: string, detail: string) => refuse('foreign-constraint-unknown', { detail, field: field(type) })

/** Minor units as an integer, exactly; nothing for fractions, strings and numbers beyond 2^53. */
export const minorOf = (value: Json | undefined): bigint | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined

/** The constraints of an open mandate; none, or one without a type, is a violation. */
export const constraintsOf = (mandate: JsonObject): Outcome<readonly Constraint[]> => {
  const list = member(mandate, 'constraints')
  if (!Array.isArray(list) || list.length === 0)
    return refuse('foreign-fields-missing', { detail: 'an open mandate has constraints', field: 'l2/constraints' })
  const constraints = list.flatMap((claims) => {
    const type = isObject(claims) ? textOf(claims, 'type') : undefined
    return isObject(claims) && type ? [{ type, claims }] : []
  })
  return constraints.length === list.length
    ? accept(constraints)
    : refuse('message-malformed', { detail: 'a constraint has no type', field: 'l2/constraints' })
}

const objects = (value: Json | undefined): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Two parties are one by id where both have it, else by name and website. */
const same = (one: JsonObject, other: JsonObject): boolean => {
  const [id, otherId] = [textOf(one, 'id'), textOf(other, 'id')]
  if (id !== undefined && otherId !== undefined) return id === otherId
  return ['name', 'website'].every(
    (name) => textOf(one, name) !== undefined && textOf(one, name) === textOf(other, name),
  )
}

type Check = (claims: JsonObject, execution: Execution) => string | undefined

const withinRange: Check = (claims, { currency, amount }) => {
  const [min, max] = [minorOf(member(claims, 'min')), minorOf(member(claims, 'max'))]
  if (textOf(claims, 'currency') !== currency) return 'the currency is another'
  if ((min === undefined && Object.hasOwn(claims, 'min')) || (max === undefined && Object.hasOwn(claims, 'max')))
    return 'a bound is no whole number of minor units'
  if (max !== undefined && amount > max) return 'the amount is larger than allowed'
  return min !== undefined && amount < min ? 'the amount is smaller than allowed' : undefined
}

const amongParties: Check = (claims, { payee }) => {
  const allowed = member(claims, 'allowed')
  if (!Array.isArray(allowed)) return 'the list is missing'
  if (allowed.length === 0) return 'the list names nobody'
  return objects(allowed).some((each) => same(each, payee)) ? undefined : 'the payee is not on the list'
}

const amongLines: Check = (claims, { lines }) => {
  if (!lines) return undefined
  const items = objects(member(claims, 'items'))
  if (items.length === 0) return 'the list names nothing'
  for (const line of lines) {
    const inner = member(line, 'item')
    const id = isObject(inner) ? textOf(inner, 'id') : textOf(line, 'id')
    const quantity = minorOf(member(line, 'quantity'))
    const fits = items.some((item) => {
      const acceptable = objects(member(item, 'acceptable_items'))
      const cap = minorOf(member(item, 'quantity'))
      const isNamed = acceptable.length === 0 || acceptable.some((each) => textOf(each, 'id') === id)
      return isNamed && quantity !== undefined && cap !== undefined && quantity <= cap
    })
    if (!fits) return 'a line is not allowed, or there is too much of it'
  }
  return undefined
}

/** Moments at which a recurrence begins and ends, in epoch seconds. */
const within: Check = (claims, { now }) => {
  const [start, end] = ['start_date', 'end_date'].map((name) => Date.parse(textOf(claims, name) ?? '') / 1000)
  if (start === undefined || Number.isNaN(start)) return 'it has no start'
  if (now < start) return 'it has not begun'
  return end !== undefined && !Number.isNaN(end) && now >= end + 86_400 ? 'it is over' : undefined
}

/** What every registered constraint asks of one payment. A reference was checked with the signatures. */
const checks: Readonly<Record<string, Check>> = {
  'mandate.payment.amount_range': withinRange,
  'mandate.payment.budget': withinRange,
  'mandate.payment.allowed_payees': amongParties,
  'mandate.checkout.allowed_merchants': amongParties,
  'mandate.checkout.line_items': amongLines,
  'mandate.payment.recurrence': within,
  'mandate.payment.agent_recurrence': within,
  'mandate.payment.reference': () => undefined,
}

/** Holds a payment to every constraint. */
export const checkConstraints = (constraints: readonly Constraint[], execution: Execution): Outcome<true> => {
  for (const { type, claims } of constraints) {
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined
    if (!check) return unknown(type, 'the constraint is not one of the registry')
    const why = check(claims, execution)
    if (why) return violated(type, why)
  }
  return accept(true)
}

const smaller = (one: bigint | undefined, other: bigint | undefined): bigint | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one

/** Names two lists share; a list that is not there restricts nothing. */
const shared = (one: readonly string[] | undefined, other: readonly string[]): readonly string[] =>
  one ? one.filter((name) => other.includes(name)) : other

/**
 * The constraints as AMP bounds, each at least as narrow. Line items and recurrence have no bound in AMP: leaving them
 * out would widen what the user allowed, so they are refused.
 */
export const boundsOf = (constraints: readonly Constraint[]): Outcome<Constraints> => {
  let [max, min, budget]: (bigint | undefined)[] = []
  let names: readonly string[] | undefined
  const currencies = new Set<string>()
  for (const { type, claims } of constraints) {
    if (type === 'mandate.payment.reference') continue
    const wrong = withinRange(claims, { currency: textOf(claims, 'currency') ?? '', amount: 0n, payee: {}, now: 0 })
    if (type === 'mandate.payment.amount_range' || type === 'mandate.payment.budget') {
      if (wrong === 'a bound is no whole number of minor units') return violated(type, wrong)
      currencies.add(textOf(claims, 'currency') ?? '')
      const [floor, ceiling] = [minorOf(member(claims, 'min')), minorOf(member(claims, 'max'))]
      min = floor === undefined || (min !== undefined && min > floor) ? min : floor
      if (type === 'mandate.payment.budget') budget = smaller(budget, ceiling)
      else max = smaller(max, ceiling)
    } else if (type === 'mandate.payment.allowed_payees' || type === 'mandate.checkout.allowed_merchants') {
      const allowed = objects(member(claims, 'allowed')).flatMap((each) => textOf(each, 'name') ?? [])
      if (allowed.length === 0) return violated(type, 'nobody on the list is disclosed')
      names = shared(names, allowed)
    } else return unknown(type, 'AMP bounds cannot hold it')
  }
  // Without a budget one payment is the whole of it: the smaller reading.
  const total = smaller(budget, undefined) ?? max
  const [currency] = currencies
  if (total === undefined || currency === undefined || currencies.size > 1)
    return refuse('foreign-fields-missing', {
      detail: 'the mandate bounds no amount in one currency',
      field: 'l2/constraints',
    })
  if (names && names.length === 0) return violated('mandate.payment.allowed_payees', 'the two lists share nobody')
  const amount = (value: bigint) => ({ currency, value: String(value) })
  return accept({
    budget_amount: amount(total),
    ...(max === undefined ? {} : { payment_amount_max: amount(max) }),
    ...(min === undefined ? {} : { payment_amount_min: amount(min) }),
    ...(names ? { merchant_name_list: [...new Set(names)] } : {}),
  })
}
