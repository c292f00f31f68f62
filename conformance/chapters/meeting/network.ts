/** What meets on a mandate at a network: every answer and the budget are those of some order, whatever is asked when. */
import fc from 'fast-check'
import type { Message } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { judgeProperty, type Property } from '../../engines/engine.ts'
import type { System } from '../../engines/system.ts'
import { given } from '../../expect.ts'
import { type BudgetCommand, type BudgetState, books, budget, budgetModel, orderAmounts } from '../../models/budget.ts'
import { type Bound, type NetworkStage, networkStage, type Token } from '../../stages/network.ts'
import { usd } from '../../stages/orders.ts'
import type { Answer } from '../../target/client.ts'
import { codeOf, counted, keys } from './words.ts'

type Apply = BudgetCommand & { do: 'apply' }
type Pay = BudgetCommand & { do: 'pay' }

/** How many names there are for payments. */
const payments = 4

/** One mandate and its orders. Equal calls have equal bodies; another key makes another token request. */
const openMandate = async (stage: NetworkStage, bound: Bound): Promise<System<BudgetCommand>> => {
  const { client, provider, acquirer, wallet, dice } = stage
  const held = await stage.hold(stage.autonomous(budget), bound)
  const { mandateId } = held
  const checkouts = orderAmounts.map((amount) => stage.order(amount))
  const tokens = new Map<number, string>()
  const requests = new Map<string, Promise<Awaited<ReturnType<typeof stage.requestOf>>>>()
  const paid = new Map<string, ReturnType<typeof stage.paymentOf>>()
  const names = Array.from({ length: payments }, dice.word)

  const requestOf = ({ slot, key }: Apply) => {
    const name = `${slot}/${key}`
    const made = requests.get(name) ?? stage.requestOf(held, checkouts[slot] as Token['checkout'])
    requests.set(name, made)
    return made
  }
  const paymentOf = ({ slot, request }: Pay) => {
    const name = `${slot}/${request}`
    const bought = { paymentToken: tokens.get(slot) as string, checkout: checkouts[slot] as Token['checkout'] }
    const made = paid.get(name) ?? stage.paymentOf(bought, { paymentRequestId: `request-${names[request]}` })
    paid.set(name, made)
    return made
  }
  const prepare = async (command: BudgetCommand, idempotencyKey: string): Promise<() => Promise<Answer>> => {
    const vary = { idempotencyKey }
    if (command.do === 'apply') {
      const request = await requestOf(command)
      return () => client.call('network.applyCredential', request, provider, vary)
    }
    if (command.do === 'pay') {
      const payment = paymentOf(command)
      return () => client.call('network.pay', payment, acquirer, vary)
    }
    if (command.do === 'lower')
      return () => client.call('network.adjustMandate', { mandateId, limit: usd(command.limit) }, wallet, vary)
    if (command.do === 'cancel') return () => client.call('network.cancelMandate', { mandateId }, wallet, vary)
    return () => client.call('network.inquiryMandate', { mandateId }, wallet)
  }
  const read = (command: BudgetCommand, answer: Answer): string => {
    if (answer.status !== 200) return codeOf(answer)
    if (command.do === 'apply') {
      tokens.set(command.slot, (answer.body as Message<'payment/apply-credential-response'>).paymentToken)
      return 'issued'
    }
    if (command.do === 'pay') return (answer.body as Message<'payment/payment'>).paymentStatus
    if (command.do === 'lower') return 'lowered'
    if (command.do === 'cancel') return (answer.body as Message<'trust/cancel-mandate-response'>).mandateStatus
    const { mandateStatus, budget: shown } = answer.body as Message<'trust/mandate'>
    const [limit, heldNow, captured] = [shown.limit, shown.held, shown.captured].map(({ value }) => Number(value))
    return books({ status: mandateStatus, limit, held: heldNow, captured } as BudgetState)
  }
  const first: Apply = { do: 'apply', slot: 0, key: -1 }
  const issued = await (await prepare(first, dice.nonce()))()
  given('network.applyCredential', issued)
  read(first, issued)
  return {
    usable: (command) => command.do !== 'pay' || tokens.has(command.slot),
    prepare,
    read,
    look: { do: 'look' },
    isSafe: (command) => command.do === 'look',
  }
}

const slot = fc.nat({ max: orderAmounts.length - 1 })
const applying = fc.record({ do: fc.constant('apply' as const), slot, key: keys })
/** The first order has a token from the start; one for another order is there only where it was asked for before. */
const payable = fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, { arbitrary: slot, weight: 1 })
const paying = fc.record({
  do: fc.constant('pay' as const),
  slot: payable,
  request: fc.nat({ max: payments - 1 }),
  key: keys,
})
const lowering = fc.record({
  do: fc.constant('lower' as const),
  limit: fc.constantFrom(1_000, 2_000, 2_500),
  key: keys,
})
const cancelling = fc.record({ do: fc.constant('cancel' as const), key: keys })
const frequent: readonly fc.WeightedArbitrary<BudgetCommand>[] = [
  { arbitrary: applying, weight: 6 },
  { arbitrary: paying, weight: 5 },
  { arbitrary: lowering, weight: 1 },
]

const did = (what: BudgetCommand['do']) => counted<BudgetCommand>((command) => command.do === what)

/** The property itself: one mandate, its budget, its tokens. */
export const mandateBooks: Property<BudgetState, BudgetCommand> = {
  name: 'network: the books of a mandate',
  model: budgetModel,
  command: fc.oneof(...frequent, { arbitrary: cancelling, weight: 1 }),
  meeting: fc.oneof(...frequent, { arbitrary: cancelling, weight: 1 }),
  apart: [
    (command, copy) =>
      command.do === 'pay' ? { ...command, request: copy % payments, key: copy } : { ...command, key: copy },
    (command, copy) =>
      command.do === 'apply' || command.do === 'pay'
        ? {
            ...command,
            slot: (command.slot + copy) % orderAmounts.length,
            ...(command.do === 'pay' ? { request: copy % payments } : {}),
          }
        : { ...command, key: copy },
  ],
  enter: async (scene) => {
    const stage = networkStage(scene)
    const bound = await stage.bind()
    return () => openMandate(stage, bound)
  },
  reach: {
    sequential: {
      'a token was issued': did('apply').saw('issued'),
      'a payment was made': did('pay').saw('SUCCESS'),
      'a request was over what remained': did('apply').saw('budget-exceeded'),
    },
    parallel: {
      'two token requests met and both were granted': did('apply').both('issued'),
      'two requests of different kinds met': (calls) => new Set(calls.map(({ command }) => command.do)).size > 1,
    },
    burst: {
      'two token requests of one kind met': did('apply').met('issued'),
      'two payments with one token met': did('pay').met('SUCCESS'),
    },
  },
}

const check = chapterOf('meeting', 'network', networkStage)

export const networkMeetingChecks: readonly Check[] = [
  check(
    ['AMP-TRUST-073', 'AMP-TRUST-079'],
    'whatever is asked of a mandate one after the other, answers and budget are those of its books',
    ({ scene }) => judgeProperty(scene, mandateBooks, 'sequential', { programs: 5 }),
  ),
  check(
    'AMP-TRUST-079',
    'different requests that meet on a mandate are answered as in some order, and the budget is never exceeded',
    ({ scene }) => judgeProperty(scene, mandateBooks, 'parallel', { programs: 8 }),
  ),
  check(
    ['AMP-PAY-052', 'EXT-HTTP-38', 'EXT-HTTP-40'],
    'bursts of one request are carried out once for each call, and an order is paid once',
    ({ scene }) => judgeProperty(scene, mandateBooks, 'burst', { programs: 8 }),
  ),
]
