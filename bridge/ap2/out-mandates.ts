/** AMP mandates as open and closed mandates of AP2, unsigned: an activated one leaves, and none lives long over there. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { parseTime } from '../../reference/core/time.ts'
import type { Message } from '../../schemas/index.ts'
import { isObject, type Json, type JsonObject, member } from '../json.ts'
import { confirmedKey, digestOf, readJws, textOf } from '../jws.ts'
import { hopDigests, readChain, vcts } from './chain.ts'
import { minorOf, objectOf, objectsOf } from './constraints.ts'
import type { OutKind } from './out-fields.ts'
import { majorOf, numberOf } from './out-numbers.ts'
import type { Ap2Settings } from './settings.ts'

type Mandate = Message<'trust/mandate'>
type Made = { readonly kind: OutKind; readonly body: JsonObject }

const missing = (name: string) =>
  refuse('foreign-fields-missing', { detail: `the other side demands ${name}`, field: `given/${name}` })
const mismatch = (detail: string, field: string) => refuse('foreign-object-mismatch', { detail, field })

const states = {
  inactive: 'mandate-inactive',
  revoked: 'mandate-revoked',
  expired: 'mandate-expired',
  finished: 'mandate-finished',
} as const

/** When a mandate ends over there: with the mandate, and no later than the operator lets it live. */
const endOf = ({ mandateStatus, validUntil }: Mandate, lifetimeMax: number, now: number): Outcome<number> => {
  if (mandateStatus !== 'activated')
    return refuse(states[mandateStatus], { detail: 'only an activated mandate leaves', mandateStatus })
  const end = Math.min(parseTime(validUntil) ?? 0, now + lifetimeMax)
  return end > now ? accept(end) : refuse('mandate-expired', { detail: 'the mandate is over', mandateStatus })
}

/** What has to be signed, as a wallet is asked for it (OpenID4VP transaction data of type delegate). */
const delegated = (given: JsonObject, mandates: readonly JsonObject[]): JsonObject => ({
  type: 'delegate',
  format: 'dc+sd-jwt',
  credential_ids: member(given, 'credentialIds') ?? [],
  transaction_data_hashes_alg: ['sha-256'],
  delegate_payload: mandates,
})

const confirmationOf = (given: JsonObject): Outcome<JsonObject> => {
  const jwk = member(given, 'agentKey')
  if (!isObject(jwk)) return missing('agentKey')
  if (!confirmedKey({ cnf: { jwk } }))
    return refuse('foreign-key-mismatch', { detail: 'it is no public key on P-256', field: 'given/agentKey' })
  const kept = ['kty', 'crv', 'x', 'y', 'kid'].flatMap((name): [string, Json][] => {
    const value = member(jwk, name)
    return value === undefined ? [] : [[name, value]]
  })
  return accept({ jwk: Object.fromEntries(kept) })
}

/** Sellers by id and name, each of them one AMP allows; nothing where AMP allows all and none is given. */
const sellersOf = ({ constraints }: Mandate, given: JsonObject): Outcome<readonly JsonObject[] | undefined> => {
  const { merchant_name_list: names, merchant_allow_list: ids } = constraints ?? {}
  const list = objectsOf(member(given, 'merchants'))
  if (list.length === 0) return names || ids ? missing('merchants') : accept(undefined)
  for (const seller of list) {
    const [id, name] = [textOf(seller, 'id'), textOf(seller, 'name')]
    if (id === undefined || name === undefined) return missing('merchants')
    if ((names && !names.includes(name)) || (ids && !ids.includes(id)))
      return mismatch('AMP does not allow this seller', 'given/merchants')
  }
  return accept(list)
}

/** Bounds AP2 can hold. `retries_max` is AMP's own business. */
const expressible: readonly string[] = [
  'budget_amount',
  'payment_amount_max',
  'payment_amount_min',
  'merchant_name_list',
  'merchant_allow_list',
  'payment_frequency',
  'retries_max',
]

const checkBounds = ({ constraints }: Mandate): Outcome<true> => {
  const unknown = Object.keys(constraints ?? {}).find((name) => !expressible.includes(name))
  return unknown === undefined
    ? accept(true)
    : refuse('foreign-constraint-unknown', {
        detail: 'the other side cannot hold this bound',
        field: `value/constraints/${unknown}`,
      })
}

const frequencies = { day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY' } as const
const lengths = { day: 86_400, week: 604_800, month: 2_592_000 } as const

/** Several payments a period are a number in all, which holds where the mandate ends within the period. */
const recurrenceOf = ({ constraints }: Mandate, lives: number): Outcome<JsonObject> => {
  const often = constraints?.payment_frequency
  if (!often) return accept({ type: 'payment.agent_recurrence', frequency: 'ON_DEMAND' })
  const isWithin = lives <= lengths[often.period]
  if (!isWithin && often.count > 1)
    return refuse('foreign-constraint-unknown', {
      detail: 'the other side counts one payment in a period, or payments in all',
      field: 'value/constraints/payment_frequency',
    })
  return accept({
    type: 'payment.agent_recurrence',
    frequency: isWithin ? 'ON_DEMAND' : frequencies[often.period],
    ...(isWithin ? { max_occurrences: often.count } : {}),
  })
}

const amountsOf = ({ constraints, budget }: Mandate): Outcome<readonly JsonObject[]> => {
  const at = 'value/constraints'
  const { remaining } = budget
  const { payment_amount_max: one, payment_amount_min: least } = constraints ?? {}
  if ([one, least].some((each) => each !== undefined && each.currency !== remaining.currency))
    return refuse('foreign-constraint-unknown', { detail: 'the bounds are in several currencies', field: at })
  if (remaining.value === '0') return refuse('mandate-finished', { detail: 'nothing remains' })
  const largest = one && BigInt(one.value) < BigInt(remaining.value) ? one : remaining
  if (least && BigInt(least.value) > BigInt(largest.value))
    return refuse('mandate-finished', { detail: 'the smallest payment is larger than what remains' })
  const [max, min] = [numberOf(largest.value, at), least ? numberOf(least.value, at) : accept(undefined)]
  const all = majorOf(remaining, 'value/budget/remaining')
  if (!max.ok) return max
  if (!min.ok) return min
  if (!all.ok) return all
  return accept([
    {
      type: 'payment.amount_range',
      currency: remaining.currency,
      max: max.value,
      ...(min.value === undefined ? {} : { min: min.value }),
    },
    { type: 'payment.budget', max: all.value, currency: remaining.currency },
  ])
}

const instrumentOf = ({ mandateId, description }: Mandate): JsonObject => ({ id: mandateId, type: 'amp', description })

const openCheckout = (
  given: JsonObject,
  base: JsonObject,
  sellers: readonly JsonObject[] | undefined,
): Outcome<Made> => {
  const items = objectsOf(member(given, 'lineItems'))
  if (items.length === 0) return missing('lineItems')
  const constraints = [
    { type: 'checkout.line_items', items },
    ...(sellers ? [{ type: 'checkout.allowed_merchants', allowed: sellers }] : []),
  ]
  return accept({
    kind: 'openCheckout',
    body: delegated(given, [{ vct: vcts.checkout.open, constraints, ...base }]),
  })
}

/** The digest an open payment refers to its open checkout by. */
const referenceOf = (openCheckoutText: string): Outcome<string> => {
  const hops = readChain(openCheckoutText)?.hops
  const last = hops?.[hops.length - 1]
  return last?.mandates.some(({ family, state }) => family === 'checkout' && state === 'open')
    ? accept(hopDigests(last).presented)
    : refuse('message-malformed', { detail: 'it ends in no open mandate of a checkout', field: 'given/openCheckout' })
}

/**
 * A mandate with bounds as the open mandate of a checkout, and once that is signed (`given.openCheckout`) as the open
 * mandate of the payment, which refers to it.
 */
export const openOf = (mandate: Mandate, given: JsonObject, settings: Ap2Settings, now: number): Outcome<Made> => {
  const [end, bounded] = [endOf(mandate, settings.outLifetimeMax, now), checkBounds(mandate)]
  if (!end.ok) return end
  if (!bounded.ok) return bounded
  const [cnf, sellers] = [confirmationOf(given), sellersOf(mandate, given)]
  if (!cnf.ok) return cnf
  if (!sellers.ok) return sellers
  const base = { cnf: cnf.value, iat: now, exp: end.value }
  const signed = textOf(given, 'openCheckout')
  if (signed === undefined) return openCheckout(given, base, sellers.value)
  const [amounts, recurrence, reference] = [
    amountsOf(mandate),
    recurrenceOf(mandate, end.value - now),
    referenceOf(signed),
  ]
  if (!amounts.ok) return amounts
  if (!recurrence.ok) return recurrence
  if (!reference.ok) return reference
  const constraints = [
    ...amounts.value,
    recurrence.value,
    ...(sellers.value ? [{ type: 'payment.allowed_payees', allowed: sellers.value }] : []),
    { type: 'payment.reference', conditional_transaction_id: reference.value },
  ]
  const payment = { vct: vcts.payment.open, constraints, payment_instrument: instrumentOf(mandate), ...base }
  return accept({ kind: 'openPayment', body: delegated(given, [payment]) })
}

/** Whether the text a merchant signed is the checkout the user authorised. */
const checkSigned = (text: string, checkout: NonNullable<Mandate['checkout']>): Outcome<true> => {
  const claims = readJws(text)?.claims
  const field = 'given/checkoutJwt'
  if (!claims) return refuse('message-malformed', { detail: 'it is no signed checkout', field })
  const totals = objectsOf(member(claims, 'totals')).filter((each) => textOf(each, 'type') === 'total')
  const total = totals.length === 1 ? minorOf(member(totals[0] ?? {}, 'amount')) : undefined
  if (textOf(claims, 'currency') !== checkout.total_amount.currency || String(total) !== checkout.total_amount.value)
    return mismatch('the signed checkout has another total', field)
  if (textOf(claims, 'id') !== checkout.reference_checkout_id) return mismatch('it is another checkout', field)
  return textOf(objectOf(claims, 'merchant'), 'id') === checkout.merchant.reference_merchant_id
    ? accept(true)
    : mismatch('the signed checkout is of another merchant', field)
}

/** A mandate of one checkout as the closed mandates of that checkout and of its payment, around what the merchant signed. */
export const closedOf = (mandate: Mandate, given: JsonObject, settings: Ap2Settings, now: number): Outcome<Made> => {
  const end = endOf(mandate, settings.closedLifetimeMax, now)
  if (!end.ok) return end
  const { checkout } = mandate
  const text = textOf(given, 'checkoutJwt')
  if (!checkout) return refuse('foreign-fields-missing', { detail: 'there is no checkout', field: 'value/checkout' })
  if (text === undefined) return missing('checkoutJwt')
  const same = checkSigned(text, checkout)
  if (!same.ok) return same
  const amount = numberOf(checkout.total_amount.value, 'value/checkout/total_amount')
  if (!amount.ok) return amount
  const { reference_merchant_id: id, merchant_name: name, merchant_website_url: website } = checkout.merchant
  const times = { iat: now, exp: end.value }
  const hash = digestOf(text)
  return accept({
    kind: 'closed',
    body: delegated(given, [
      { vct: vcts.checkout.closed, checkout_jwt: text, checkout_hash: hash, ...times },
      {
        vct: vcts.payment.closed,
        transaction_id: hash,
        payee: { id, name, ...(website === undefined ? {} : { website }) },
        payment_amount: { amount: amount.value, currency: checkout.total_amount.currency },
        payment_instrument: instrumentOf(mandate),
        ...times,
      },
    ]),
  })
}
