/** What the models of the suite let come of a request, outcome by outcome: a target is judged by these, so each is written out. */
import { describe, expect, it } from 'vitest'
import {
  type BudgetCommand,
  type BudgetState,
  books,
  budgetModel,
  orderAmounts,
} from '../../conformance/models/budget.ts'
import {
  type ChannelCommand,
  type ChannelState,
  channelModel,
  figures,
  topUps,
} from '../../conformance/models/channel.ts'
import {
  type DebitCommand,
  type DebitState,
  debitModel,
  direct,
  later,
  purse,
} from '../../conformance/models/debits.ts'

/** An outcome as a test writes it: what is seen, and what has changed by then. */
type Told<State> = readonly [seen: string, change?: Partial<State>]

const outcomes = <State>(state: State, told: readonly Told<State>[]) =>
  told.map(([seen, change]) => ({ seen, after: { ...state, ...change } }))

describe('the books of a mandate', () => {
  const start = budgetModel.initial
  const apply = (slot: number): BudgetCommand => ({ do: 'apply', slot, key: 0 })
  const pay = (slot: number, request: number): BudgetCommand => ({ do: 'pay', slot, request, key: 0 })
  const lower = (limit: number): BudgetCommand => ({ do: 'lower', limit, key: 0 })
  const cancel: BudgetCommand = { do: 'cancel', key: 0 }
  const look: BudgetCommand = { do: 'look' }
  const paid: BudgetState = {
    ...start,
    held: 0,
    captured: 1_000,
    tokens: start.tokens.with(0, 'used'),
    tried: { 0: { slot: 0, paid: true } },
  }
  const failed: BudgetState = { ...start, tried: { 0: { slot: 1, paid: false } } }
  const tight: BudgetState = { ...start, limit: 1_400 }
  const last: BudgetState = { ...start, limit: 1_000 }
  const finished: BudgetState = { ...paid, limit: 1_000, status: 'finished' }
  const revoked: BudgetState = { ...start, status: 'revoked' }
  const used = { held: 0, captured: 1_000, tokens: paid.tokens, tried: paid.tried }

  it('begin with a token for the first order', () => {
    expect(start).toEqual({
      ...{ status: 'activated', limit: 3_000, held: 1_000, captured: 0, tried: {} },
      tokens: ['issued', 'none', 'none', 'none', 'none', 'none'],
    })
    expect(orderAmounts).toHaveLength(6)
  })

  it.each<[string, BudgetState, BudgetCommand, readonly BudgetCommand[], readonly Told<BudgetState>[]]>([
    ['a token', start, apply(1), [], [['issued', { held: 1_400, tokens: start.tokens.with(1, 'issued') }]]],
    ['the last unit', tight, apply(1), [], [['issued', { held: 1_400, tokens: start.tokens.with(1, 'issued') }]]],
    ['one unit too much', { ...tight, limit: 1_399 }, apply(1), [], [['budget-exceeded']]],
    ['too much beside what was captured', { ...paid, limit: 2_999 }, apply(5), [], [['budget-exceeded']]],
    ['a token twice', start, apply(0), [], [['checkout-used']]],
    ['a token twice, of a budget that is used', last, apply(0), [], [['budget-exceeded'], ['checkout-used']]],
    ['a token of a revoked mandate', revoked, apply(1), [], [['mandate-revoked']]],
    ['a token of a finished mandate', finished, apply(1), [], [['mandate-finished'], ['budget-exceeded']]],
    [
      'a token while another is refused for a cancelled mandate',
      start,
      apply(1),
      [apply(2), cancel],
      [['issued', { held: 1_400, tokens: start.tokens.with(1, 'issued') }], ['budget-exceeded'], ['checkout-used']],
    ],
    [
      'a token beside another alone',
      start,
      apply(1),
      [apply(2)],
      [['issued', { held: 1_400, tokens: start.tokens.with(1, 'issued') }]],
    ],
    [
      'a token beside a cancellation alone',
      start,
      apply(1),
      [cancel],
      [['issued', { held: 1_400, tokens: start.tokens.with(1, 'issued') }]],
    ],
    ['a payment', start, pay(0, 0), [], [['SUCCESS', used]]],
    ['a payment again', paid, pay(0, 0), [], [['SUCCESS']]],
    [
      'a second payment of one order',
      paid,
      pay(0, 1),
      [],
      [['payment-token-used'], ['payment-token-used', { tried: { ...paid.tried, 1: { slot: 0, paid: false } } }]],
    ],
    [
      'a payment without a token',
      start,
      pay(1, 1),
      [],
      [['payment-token-unknown'], ['payment-token-unknown', { tried: { 1: { slot: 1, paid: false } } }]],
    ],
    ['one identifier for two orders', failed, pay(0, 0), [], [['payment-request-reused']]],
    ['an identifier that failed, once more', failed, pay(1, 0), [], [['payment-token-unknown']]],
    [
      'a payment of a revoked mandate',
      revoked,
      pay(0, 0),
      [],
      [['mandate-revoked'], ['mandate-revoked', { tried: { 0: { slot: 0, paid: false } } }]],
    ],
    ['the same payment at once', start, pay(0, 0), [pay(0, 0)], [['PROCESSING'], ['SUCCESS', used]]],
    [
      'a refused payment at once with itself',
      start,
      pay(1, 1),
      [pay(1, 1)],
      [
        ['PROCESSING'],
        ['payment-token-unknown'],
        ['payment-token-unknown', { tried: { 1: { slot: 1, paid: false } } }],
      ],
    ],
    ['another payment at once', start, pay(0, 0), [pay(0, 1), pay(1, 0), apply(0)], [['SUCCESS', used]]],
    ['the payment that uses a mandate up', last, pay(0, 0), [], [['SUCCESS', { ...used, status: 'finished' }]]],
    [
      'the payment that uses a mandate up while it is cancelled',
      last,
      pay(0, 0),
      [cancel],
      [
        ['SUCCESS', { ...used, status: 'finished' }],
        ['SUCCESS', used],
      ],
    ],
    [
      'the payment that uses a mandate up while it is cancelled and asked for more',
      last,
      pay(0, 0),
      [apply(1), cancel],
      [
        ['SUCCESS', { ...used, status: 'finished' }],
        ['SUCCESS', used],
      ],
    ],
    [
      'the payment that uses a mandate up while it is asked for more',
      last,
      pay(0, 0),
      [apply(1)],
      [['SUCCESS', { ...used, status: 'finished' }]],
    ],
    ['a lower limit', start, lower(1_000), [], [['lowered', { limit: 1_000 }]]],
    ['the same limit', start, lower(3_000), [], [['lowered', { limit: 3_000 }]]],
    ['a higher limit', start, lower(3_001), [], [['limit-not-lower']]],
    ['a limit below what is held', start, lower(999), [], [['limit-below-used']]],
    ['a limit below what was captured', paid, lower(999), [], [['limit-below-used']]],
    [
      'a limit that is used up',
      paid,
      lower(1_000),
      [],
      [
        ['lowered', { limit: 1_000 }],
        ['lowered', { limit: 1_000, status: 'finished' }],
      ],
    ],
    [
      'a limit while a token is refused',
      start,
      lower(1_500),
      [apply(1), cancel],
      [['lowered', { limit: 1_500 }], ['limit-below-used']],
    ],
    ['a limit of a revoked mandate', revoked, lower(2_000), [], [['mandate-revoked']]],
    ['a cancellation', start, cancel, [], [['revoked', { status: 'revoked' }]]],
    ['a cancellation again', revoked, cancel, [], [['revoked', { status: 'revoked' }]]],
    ['a cancellation of a finished mandate', finished, cancel, [], [['mandate-finished']]],
    ['a look', paid, look, [], [['{"status":"activated","limit":3000,"held":0,"captured":1000,"remaining":2000}']]],
  ])('let come of %s what the specification does', (_, state, command, beside, told) => {
    expect(budgetModel.possible(state, command, beside)).toEqual(outcomes(state, told))
  })

  it('are shown as text', () => {
    expect(JSON.parse(books(start))).toEqual({
      ...{ status: 'activated', limit: 3_000, held: 1_000, captured: 0, remaining: 2_000 },
    })
  })
})

describe('the money under a mandate', () => {
  const model = debitModel(later)
  const start = model.initial
  const pay = (slot: number, payment: number): DebitCommand => ({ do: 'pay', slot, payment, key: 0 })
  const lower = (limit: number): DebitCommand => ({ do: 'lower', limit, key: 0 })
  const cancel: DebitCommand = { do: 'cancel', key: 0 }
  const paid: DebitState = {
    ...{ ...start, captured: 1_000, spent: 1_000, paid: [0] },
    tried: { 7: { slot: 0, paid: true, seen: 'SUCCESS' } },
  }
  const refusing = (seen: string, slot: number, payment: number, of: DebitState): Told<DebitState>[] => [
    [seen],
    [seen, { tried: { ...of.tried, [payment]: { slot, paid: false, seen } } }],
  ]
  const debited = (slot: number, payment: number, of: DebitState, change: Partial<DebitState>): Told<DebitState> => [
    'SUCCESS',
    { ...change, tried: { ...of.tried, [payment]: { slot, paid: true, seen: 'SUCCESS' } } },
  ]
  const revoked: DebitState = { ...start, status: 'revoked' }
  const finished: DebitState = { ...paid, limit: 1_000, status: 'finished' }
  const refusedOnce: DebitState = { ...start, tried: { 7: { slot: 3, paid: false, seen: 'order-mismatch' } } }

  it.each<[string, DebitState, DebitCommand, readonly Told<DebitState>[]]>([
    ['a debit', start, pay(0, 7), [debited(0, 7, start, { captured: 1_000, spent: 1_000, paid: [0] })]],
    [
      'the debit of the last unit',
      paid,
      pay(2, 8),
      [debited(2, 8, paid, { captured: 3_000, spent: 3_000, paid: [0, 2], status: 'finished' })],
    ],
    ['one debit too many', { ...paid, limit: 2_999 }, pay(2, 8), refusing('budget-exceeded', 2, 8, paid)],
    ['the same debit again', paid, pay(0, 7), [['SUCCESS']]],
    ['one identifier for two orders', paid, pay(1, 7), [['payment-request-reused']]],
    [
      'a second debit of one order',
      paid,
      pay(0, 8),
      [
        ...refusing('checkout-used', 0, 8, paid),
        ...refusing('order-mismatch', 0, 8, paid),
        debited(0, 8, paid, { captured: 2_000, spent: 2_000, paid: [0] }),
      ],
    ],
    ['a debit that was refused before', refusedOnce, pay(3, 7), refusing('order-mismatch', 3, 7, refusedOnce)],
    ['a debit of a revoked mandate', revoked, pay(0, 7), refusing('mandate-revoked', 0, 7, revoked)],
    ['a lower limit', paid, lower(2_000), [['lowered', { limit: 2_000 }]]],
    ['the same limit', paid, lower(3_000), [['lowered', { limit: 3_000 }]]],
    ['a higher limit', paid, lower(3_001), [['limit-not-lower']]],
    ['a limit below what was captured', paid, lower(999), [['limit-below-used']]],
    [
      'a limit that is used up',
      paid,
      lower(1_000),
      [
        ['lowered', { limit: 1_000 }],
        ['lowered', { limit: 1_000, status: 'finished' }],
      ],
    ],
    ['a limit of a revoked mandate', revoked, lower(1), [['mandate-revoked']]],
    ['a cancellation', paid, cancel, [['revoked', { status: 'revoked' }]]],
    ['a cancellation again', revoked, cancel, [['revoked', { status: 'revoked' }]]],
    ['a cancellation of a finished mandate', finished, cancel, [['mandate-finished']]],
    ['a look', paid, { do: 'look' }, [['{"spent":1000}']]],
  ])('lets come of %s what the specification does', (_, state, command, told) => {
    expect(model.possible(state, command, [])).toEqual(outcomes(state, told))
  })

  it('is all spent by the one debit of a mandate for one order', () => {
    const once = debitModel(direct)
    expect(once.initial).toEqual({ status: 'activated', limit: 1_000, captured: 0, spent: 0, paid: [], tried: {} })
    expect(once.possible({ ...once.initial, limit: 5_000 }, pay(0, 1), [])).toMatchObject([
      { seen: 'SUCCESS', after: { status: 'finished', captured: 1_000 } },
    ])
    expect(purse(paid)).toBe('{"spent":1000}')
  })
})

describe('a channel', () => {
  const start = channelModel.initial
  const tick = (amount: number, by: 'payer' | 'payee' = 'payer'): ChannelCommand => ({ do: 'tick', by, amount })
  const deliver = (amount: number): ChannelCommand => ({ do: 'deliver', amount })
  const topUp = (slot: number): ChannelCommand => ({ do: 'topUp', slot, key: 0 })
  const close = (by: 'payer' | 'payee'): ChannelCommand => ({ do: 'close', by, key: 0 })
  const revoke: ChannelCommand = { do: 'revoke', key: 0 }
  const ticked: ChannelState = { ...start, authorised: 400, delivered: 300 }
  const closing: ChannelState = { ...ticked, status: 'closing' }
  const closed: ChannelState = { ...ticked, status: 'closed' }
  const revoked: ChannelState = { ...closing, revoked: true }

  it.each<[string, ChannelState, ChannelCommand, readonly ChannelCommand[], readonly Told<ChannelState>[]]>([
    ['a tick', start, tick(1), [], [['accepted', { authorised: 1 }]]],
    ['a tick to the cap', ticked, tick(1_000), [], [['accepted', { authorised: 1_000 }]]],
    ['a tick above the cap', ticked, tick(1_001), [], [['channel-cap-exceeded']]],
    ['a tick below the last', ticked, tick(399), [], [['corrected']]],
    ['the last tick again', ticked, tick(400), [], [['unchanged']]],
    ['the last tick again at once with itself', ticked, tick(400), [tick(400)], [['unchanged'], ['accepted']]],
    ['the last tick again beside another', ticked, tick(400), [tick(401), deliver(400)], [['unchanged']]],
    ['a tick of a closing channel', closing, tick(500), [], [['channel-closing']]],
    ['a tick of a closed channel', closed, tick(500), [], [['channel-closed']]],
    ['a tick of a revoked mandate', revoked, tick(500), [], [['mandate-revoked']]],
    ['a redemption of a closing channel', closing, tick(500, 'payee'), [], [['accepted', { authorised: 500 }]]],
    ['a redemption of a revoked mandate', revoked, tick(500, 'payee'), [], [['accepted', { authorised: 500 }]]],
    ['a redemption of a closed channel', closed, tick(500, 'payee'), [], [['channel-closed']]],
    ['a delivery', ticked, deliver(400), [], [['accepted', { delivered: 400 }]]],
    ['a delivery below the last', ticked, deliver(200), [], [['accepted']]],
    ['a delivery above what is authorised', ticked, deliver(401), [], [['delivered-exceeds-authorised']]],
    ['a delivery of a closing channel', closing, deliver(350), [], [['accepted', { delivered: 350 }]]],
    ['a delivery of a closed channel', closed, deliver(350), [], [['channel-closed']]],
    ['a top-up', ticked, topUp(1), [], [['topped', { cap: 1_300, topped: [1] }]]],
    ['a second top-up', { ...ticked, topped: [1] }, topUp(0), [], [['topped', { cap: 1_500, topped: [0, 1] }]]],
    ['a top-up again', { ...closed, topped: [1] }, topUp(1), [], [['topped']]],
    ['a top-up of a closing channel', closing, topUp(0), [], [['channel-closing']]],
    ['a top-up of a revoked mandate', revoked, topUp(0), [], [['mandate-revoked']]],
    ['an end by the payer', ticked, close('payer'), [], [['closing', { status: 'closing' }]]],
    ['an end by the payee', ticked, close('payee'), [], [['closed', { status: 'closed' }]]],
    ['an end of a closed channel by the payer', closed, close('payer'), [], [['closed']]],
    ['a revocation', ticked, revoke, [], [['received', { status: 'closing', revoked: true }]]],
    ['a revocation of a closed channel', closed, revoke, [], [['received', { revoked: true }]]],
    ['a look', ticked, { do: 'look' }, [], [['{"status":"open","cap":1000,"authorised":400,"delivered":300}']]],
  ])('lets come of %s what the specification does', (_, state, command, beside, told) => {
    expect(channelModel.possible(state, command, beside)).toEqual(outcomes(state, told))
  })

  it('begins open and empty', () => {
    expect(start).toEqual({ status: 'open', revoked: false, cap: 1_000, authorised: 0, delivered: 0, topped: [] })
    expect(topUps).toEqual([500, 300])
    expect(JSON.parse(figures(start))).toEqual({ status: 'open', cap: 1_000, authorised: 0, delivered: 0 })
  })
})
