/** What meets on a mandate at a wallet: money is conserved, the budget is never exceeded, a payment happens once. */
import fc from 'fast-check'
import type { Message } from '../../../schemas/index.ts'
import { type Check, chapterOf } from '../../check.ts'
import { judgeProperty, type Property } from '../../engines/engine.ts'
import type { System } from '../../engines/system.ts'
import { given } from '../../expect.ts'
import {
  type DebitCommand,
  type DebitState,
  debitModel,
  direct,
  later,
  purse,
  type Terms,
} from '../../models/debits.ts'
import { usd } from '../../stages/orders.ts'
import { type Bound, type WalletStage, walletStage } from '../../stages/wallet.ts'
import type { Answer } from '../../target/client.ts'
import { codeOf, counted, keys } from './words.ts'

type Pay = DebitCommand & { do: 'pay' }
type Checkout = Message<'common/checkout'>

/** How many names there are for payments. */
const payments = 4

/** A user with money and a mandate whose orders the guard let pass. */
const openPurse = async (
  stage: WalletStage,
  bound: Bound,
  { once, limit, amounts }: Terms,
): Promise<System<DebitCommand>> => {
  const { client, network, dice } = stage
  const { user } = bound
  const order = stage.order(amounts[0] as number)
  const held = await stage.hold(bound, once ? stage.immediate(order) : stage.autonomous(limit))
  const { mandateId } = held
  const checkouts: Checkout[] = []
  for (const amount of amounts) checkouts.push(await stage.chosen(held, amount))
  const names = Array.from({ length: payments }, dice.word)
  const debits = new Map<string, ReturnType<typeof stage.debitOf>>()

  const debitOf = ({ slot, payment }: Pay) => {
    const name = `${slot}/${payment}`
    const made =
      debits.get(name) ?? stage.debitOf(held, checkouts[slot] as Checkout, { paymentId: `payment-${names[payment]}` })
    debits.set(name, made)
    return made
  }
  const balanceIn = (answer: Answer): number => {
    const { accounts } = given('wallet.inquiryAccount', answer)
    return Number(accounts[0]?.balance.value)
  }
  const look = () => client.call('wallet.inquiryAccount', {}, user)
  const start = balanceIn(await look())
  return {
    usable: () => true,
    prepare: async (command, idempotencyKey) => {
      const vary = { idempotencyKey }
      if (command.do === 'pay') {
        const debit = debitOf(command)
        return () => client.call('wallet.pay', debit, network, vary)
      }
      if (command.do === 'lower')
        return () => client.call('wallet.adjustMandate', { mandateId, limit: usd(command.limit) }, user, vary)
      if (command.do === 'cancel') return () => client.call('wallet.cancelMandate', { mandateId }, user, vary)
      return look
    },
    read: (command, answer) => {
      if (answer.status !== 200) return codeOf(answer)
      if (command.do === 'pay') return (answer.body as Message<'payment/wallet-pay-response'>).paymentStatus
      if (command.do === 'lower') return 'lowered'
      if (command.do === 'cancel') return 'revoked'
      return purse({ spent: start - balanceIn(answer) })
    },
    look: { do: 'look' },
    isSafe: (command) => command.do === 'look',
  }
}

const payingOf = ({ amounts }: Terms): fc.Arbitrary<DebitCommand> =>
  fc.record({
    do: fc.constant('pay' as const),
    slot: fc.nat({ max: amounts.length - 1 }),
    payment: fc.nat({ max: payments - 1 }),
    key: keys,
  })
const lowering = fc.record({ do: fc.constant('lower' as const), limit: fc.constantFrom(1_000, 2_000), key: keys })
const cancelling = fc.record({ do: fc.constant('cancel' as const), key: keys })

const paid = counted<DebitCommand>((command) => command.do === 'pay')

/** Debits under one mandate. What lowers a limit goes through the network, so it is not asked while debits are in flight. */
const purseOf = (name: string, terms: Terms): Property<DebitState, DebitCommand> => {
  const paying = payingOf(terms)
  return {
    name: `wallet: ${name}`,
    model: debitModel(terms),
    command: fc.oneof(
      { arbitrary: paying, weight: 6 },
      { arbitrary: cancelling, weight: 1 },
      ...(terms.once ? [] : [{ arbitrary: lowering, weight: 1 }]),
    ),
    meeting: fc.oneof({ arbitrary: paying, weight: 8 }, { arbitrary: cancelling, weight: 1 }),
    apart: [
      (command, copy) =>
        command.do === 'pay' ? { ...command, payment: copy % 2, key: copy } : { ...command, key: copy },
      (command, copy) =>
        command.do === 'pay'
          ? { ...command, slot: (command.slot + copy) % terms.amounts.length, payment: copy % payments, key: copy }
          : { ...command, key: copy },
    ],
    enter: async (scene) => {
      const stage = walletStage(scene)
      const bound = await stage.bind(await stage.seedUser(usd(1_000_000)))
      return () => openPurse(stage, bound, terms)
    },
    reach: {
      sequential: { 'a debit was made': paid.saw('SUCCESS') },
      parallel: { 'two debits met and both were made': paid.both('SUCCESS') },
      burst: { 'two debits of one kind met': paid.met('SUCCESS') },
    },
  }
}

export const purseForLater = purseOf('the money under a mandate for later', later)
export const purseForOnce = purseOf('the money under a mandate for one order', direct)

const check = chapterOf('meeting', 'wallet', walletStage)

export const walletMeetingChecks: readonly Check[] = [
  check(
    ['AMP-TRUST-076', 'AMP-TRUST-090'],
    'whatever is asked under a mandate one after the other, money and running total are those of its books',
    ({ scene }) => judgeProperty(scene, purseForLater, 'sequential', { programs: 3 }),
  ),
  check(
    'AMP-TRUST-090',
    'different debits that meet under a mandate are answered as in some order, and no money is lost or made',
    ({ scene }) => judgeProperty(scene, purseForLater, 'parallel', { programs: 5 }),
  ),
  check(
    ['AMP-TRUST-090', 'EXT-HTTP-38', 'EXT-HTTP-40'],
    'bursts of one debit take the money once for each payment',
    ({ scene }) => judgeProperty(scene, purseForLater, 'burst', { programs: 5 }),
  ),
  check(['AMP-TRUST-076', 'AMP-TRUST-086'], 'debits that meet under a mandate for one order pay it once', ({ scene }) =>
    judgeProperty(scene, purseForOnce, 'burst', { programs: 6 }),
  ),
]
