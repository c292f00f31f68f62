/** Proves what every constraint of AP2 0.2 asks of a closed mandate, and that the vocabulary is closed. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConstraints, constraintsOf, constraintTypes, type Execution } from '../../../bridge/ap2/constraints.ts'
import type { JsonObject } from '../../../bridge/json.ts'
import { books, tea } from './chains.ts'

const now = Date.parse('2026-11-20T10:00:00Z') / 1000
const pisp = { legal_name: 'P Ltd', brand_name: 'P', domain_name: 'p.example' }
const nameless = { name: tea.name, website: tea.website }

const execution: Execution = {
  now,
  merchant: tea,
  lines: [
    { id: 'l1', item: { id: 'oolong', title: 'Oolong', price: 1 }, quantity: 2 },
    { id: 'l2', item: { id: 'sencha', title: 'Sencha', price: 1 }, quantity: 1 },
  ],
  payment: {
    payee: tea,
    payment_amount: { amount: 1_050, currency: 'USD' },
    payment_instrument: { id: 'wallet-1', type: 'amp' },
    pisp,
  },
  references: ['presented', 'token'],
}

const item = (id: string) => ({ id, title: id })

/** A constraint, and what it says of the execution above: nothing where it holds. */
const rows: readonly (readonly [type: string, claims: JsonObject, why: string | undefined])[] = [
  ['checkout.allowed_merchants', { allowed: [books, tea] }, undefined],
  ['checkout.allowed_merchants', { allowed: [nameless] }, undefined],
  ['checkout.allowed_merchants', { allowed: [books] }, 'it is not on the list'],
  [
    'checkout.allowed_merchants',
    { allowed: [{ ...nameless, website: 'https://other.example' }] },
    'it is not on the list',
  ],
  ['checkout.allowed_merchants', { allowed: [{ ...tea, id: 'tea-2' }] }, 'it is not on the list'],
  ['checkout.allowed_merchants', { allowed: [] }, 'nobody on the list is disclosed'],
  [
    'checkout.line_items',
    {
      items: [
        { id: 'any', acceptable_items: [item('oolong'), item('sencha')], quantity: 1 },
        { id: 'some', acceptable_items: [item('oolong')], quantity: 2 },
      ],
    },
    undefined,
  ],
  [
    'checkout.line_items',
    { items: [{ id: 'a', acceptable_items: [item('oolong')], quantity: 3 }] },
    'the lines are not what was asked for',
  ],
  [
    'checkout.line_items',
    { items: [{ id: 'a', acceptable_items: [], quantity: 3 }] },
    'the lines are not what was asked for',
  ],
  [
    'checkout.line_items',
    { items: [{ id: 'a', acceptable_items: [item('oolong')], quantity: 0 }] },
    'it asks for nothing',
  ],
  ['checkout.line_items', { items: [] }, 'it asks for nothing'],
  ['payment.amount_range', { currency: 'USD', max: 1_050, min: 1_050 }, undefined],
  ['payment.amount_range', { currency: 'USD', max: 1_049 }, 'the amount is larger than allowed'],
  ['payment.amount_range', { currency: 'USD', max: 2_000, min: 1_051 }, 'the amount is smaller than allowed'],
  ['payment.amount_range', { currency: 'EUR', max: 2_000 }, 'the currency is another'],
  ['payment.amount_range', { currency: 'USD', max: 2_000.5 }, 'a bound is no whole number of minor units'],
  ['payment.amount_range', { currency: 'USD', max: 2_000, min: '1' }, 'a bound is no whole number of minor units'],
  ['payment.amount_range', { currency: 'USD' }, 'a bound is no whole number of minor units'],
  ['payment.allowed_payees', { allowed: [tea] }, undefined],
  ['payment.allowed_payees', { allowed: [books] }, 'it is not on the list'],
  ['payment.allowed_payees', {}, 'nobody on the list is disclosed'],
  ['payment.allowed_payment_instruments', { allowed: [{ id: 'wallet-1', type: 'card' }] }, undefined],
  ['payment.allowed_payment_instruments', { allowed: [{ id: 'wallet-2', type: 'amp' }] }, 'it is not on the list'],
  ['payment.allowed_payment_instruments', { allowed: [] }, 'no instrument on the list is disclosed'],
  ['payment.allowed_pisps', { allowed: [pisp] }, undefined],
  ['payment.allowed_pisps', { allowed: [{ ...pisp, brand_name: 'Q' }] }, 'it is not on the list'],
  ['payment.allowed_pisps', { allowed: [{}] }, 'it is not on the list'],
  ['payment.agent_recurrence', { frequency: 'MONTHLY', max_occurrences: 12 }, undefined],
  ['payment.agent_recurrence', { frequency: 'HOURLY' }, 'it is no recurrence'],
  ['payment.agent_recurrence', { frequency: 'DAILY', max_occurrences: 0 }, 'it is no recurrence'],
  ['payment.budget', { max: 10.5, currency: 'USD' }, undefined],
  ['payment.budget', { max: 10.49, currency: 'USD' }, 'the amount is larger than the budget'],
  ['payment.budget', { max: 10.505, currency: 'USD' }, 'the budget is no amount of its currency'],
  ['payment.budget', { max: 1_050, currency: 'JPY' }, 'the currency is another'],
  ['payment.execution_date', { not_before: '2026-11-20', not_after: '2026-11-20' }, undefined],
  ['payment.execution_date', { not_before: '2026-11-20T10:00:01Z' }, 'it is too early'],
  ['payment.execution_date', { not_after: '2026-11-19' }, 'it is too late'],
  ['payment.execution_date', { not_after: 'soon' }, 'an end of the window is no moment'],
  ['payment.reference', { conditional_transaction_id: 'presented' }, undefined],
  ['payment.reference', { conditional_transaction_id: 'token' }, undefined],
  ['payment.reference', { conditional_transaction_id: 'other' }, 'the payment refers to another checkout'],
  ['payment.reference', {}, 'it refers to nothing'],
]

describe('a constraint', () => {
  it.each(rows)('%s %j: %s', (type, claims, why) => {
    const kept = checkConstraints([{ type, claims: { type, ...claims } }], execution, 'payment')
    expect(kept.ok ? undefined : kept.refusal).toEqual(
      why === undefined
        ? undefined
        : { code: 'foreign-object-mismatch', detail: why, field: `payment/constraints/${type}` },
    )
  })

  it('is in this table, whichever it is, once as held and once as not', () => {
    for (const type of constraintTypes)
      expect([type, new Set(rows.flatMap(([own, , why]) => (own === type ? [why === undefined] : []))).size]).toEqual([
        type,
        2,
      ])
  })

  it('is refused where AP2 has none of this name for this mandate, whatever else is there', () => {
    const known = fc.constantFrom(...constraintTypes)
    fc.assert(
      fc.property(
        fc.oneof(known, fc.string({ minLength: 1, maxLength: 40 })),
        fc.constantFrom('checkout', 'payment'),
        (type, family) => {
          const list = [{ type, allowed: [tea] }]
          const read = constraintsOf({ constraints: list }, family as 'checkout', family)
          const isOwn = constraintTypes.includes(type) && type.startsWith(`${family}.`)
          const needsMore = type === 'payment.agent_recurrence' && family === 'payment'
          expect(read.ok ? 'taken' : read.refusal.code).toBe(
            needsMore ? 'foreign-fields-missing' : isOwn ? 'taken' : 'foreign-constraint-unknown',
          )
        },
      ),
    )
  })

  it('is one of several that all have to hold', () => {
    const holding = rows
      .filter(([, , why]) => why === undefined)
      .map(([type, claims]) => ({ type, claims: { type, ...claims } }))
    const broken = rows
      .filter(([, , why]) => why !== undefined)
      .map(([type, claims]) => ({ type, claims: { type, ...claims } }))
    expect(checkConstraints(holding, execution, 'payment').ok).toBe(true)
    fc.assert(
      fc.property(fc.constantFrom(...broken), fc.nat(holding.length), (one, at) => {
        expect(checkConstraints(holding.toSpliced(at, 0, one), execution, 'payment').ok).toBe(false)
      }),
    )
  })
})
