/** Clearing, cycles: nets that sum to zero, nobody rounded, legs that end once. */
import { createHash } from 'node:crypto'
import type { Message } from '../../../schemas/index.ts'
import { chapterOf } from '../../check.ts'
import { accepted, equal, holds, needed, refused, unitsIn } from '../../expect.ts'
import { type ClearingStage, clearingStage } from '../../stages/clearing.ts'

const check = chapterOf('clearing', 'clearing', clearingStage)

type Cycle = Message<'extensions/clearing/cycle'>

const sum = (values: readonly string[]): bigint => values.reduce((total, value) => total + unitsIn(value), 0n)

const positionOf = (cycle: Cycle, id: string) =>
  needed(
    cycle.positions.find(({ participantId }) => participantId === id),
    `the cycle shows no position of ${id}`,
  )

const legOf = (cycle: Cycle, id: string) => cycle.legs.find(({ participantId }) => participantId === id)

/** Two agents, one of whom paid the other an amount of millionths in a cycle that was then cut off. */
const paidCycle = async (stage: ClearingStage, amount: bigint, currency = 'USD') => {
  const [payer, payee] = [await stage.agent(currency), await stage.agent(currency)]
  await stage.pay(payer, payee, amount, currency)
  return { payer, payee, cycle: await stage.closeCycle(currency) }
}

export const clearingCycleChecks = [
  check(
    ['EXT-CLEARING-27', 'EXT-CLEARING-28'],
    'who is owed is paid down to the minor unit, who owes pays up to it, the rest is carried',
    async (stage) => {
      for (const [currency, amount, paid, collected] of [
        ['USD', 1_004_000n, '100', '101'],
        ['JPY', 2_500_000n, '2', '3'],
        ['KWD', 1_500n, '1', '2'],
      ] as const) {
        const { payer, payee, cycle } = await paidCycle(stage, amount, currency)
        const wire = (value: string) => ({ currency, value })
        equal(
          [legOf(cycle, payee.id)?.direction, legOf(cycle, payee.id)?.amount],
          ['pay', wire(paid)],
          `the leg to whoever is owed ${amount} millionths of ${currency}`,
        )
        equal(
          [legOf(cycle, payer.id)?.direction, legOf(cycle, payer.id)?.amount],
          ['collect', wire(collected)],
          'the leg from whoever owes them',
        )
        const unit = currency === 'USD' ? 10_000n : currency === 'JPY' ? 1_000_000n : 1_000n
        const carried = [payee, payer].map(({ id }) => unitsIn(positionOf(cycle, id).carriedOut))
        equal(
          carried.map(String),
          [amount - unit * BigInt(paid), unit * BigInt(collected) - amount].map(String),
          'what each carries on',
        )
      }
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-28',
    'what was carried comes in with the next cycle and is paid when it has grown',
    async (stage) => {
      const { payer, payee } = await paidCycle(stage, 6_000n)
      await stage.pay(payer, payee, 5_000n)
      const next = await stage.closeCycle()
      const { carriedIn, net, carriedOut } = positionOf(next, payee.id)
      equal([carriedIn, net, carriedOut], ['6000', '11000', '1000'], 'carried in, net and carried out')
      equal(legOf(next, payee.id)?.amount ?? null, { currency: 'USD', value: '1' }, 'the leg')
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-29',
    'the nets of a cycle sum to zero but for what was carried in',
    async (stage) => {
      const agents = [await stage.agent(), await stage.agent(), await stage.agent()] as const
      for (const [from, to, amount] of [
        [0, 1, 50_000n],
        [1, 2, 20_003n],
        [2, 0, 7n],
      ] as const)
        await stage.pay(agents[from], agents[to], amount)
      const { positions } = await stage.closeCycle()
      equal(
        sum(positions.map(({ net }) => net)) - sum(positions.map(({ carriedIn }) => carriedIn)) === 0n,
        true,
        'the sum of nets without what was carried in being zero',
      )
      for (const { received, paid, carriedIn, net } of positions)
        equal(net, (unitsIn(received) - unitsIn(paid) + unitsIn(carriedIn)).toString(), 'each net')
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-30',
    'closing a cycle again answers the same',
    async (stage) => {
      const { cycle } = await paidCycle(stage, 30_000n)
      const again = accepted('clearing.closeCycle', await stage.cutOff(cycle.cycleId))
      equal([again.positions, again.legs], [cycle.positions, cycle.legs], 'positions and legs')
      const read = accepted(
        'clearing.inquiryCycle',
        await stage.client.call('clearing.inquiryCycle', { cycleId: cycle.cycleId }, stage.network),
      )
      equal([read.positions, read.legs], [cycle.positions, cycle.legs], 'positions and legs asked for')
      refused(await stage.cutOff(cycle.cycleId.replace(/^\d+/, '999999')), 'cycle-unknown')
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-31',
    'a leg that failed is tried again or unwound, and one that ended stays so',
    async (stage) => {
      const { payer, payee, cycle } = await paidCycle(stage, 40_000n)
      const [out, back] = [needed(legOf(cycle, payee.id), 'no leg out'), needed(legOf(cycle, payer.id), 'no leg in')]
      equal(accepted('clearing.reportLeg', await stage.report(out.legId, 'failed')).status, 'failed', 'the status')
      equal(accepted('clearing.reportLeg', await stage.report(out.legId, 'settled')).status, 'settled', 'the status')
      equal(
        accepted('clearing.reportLeg', await stage.report(out.legId, 'settled')).status,
        'settled',
        'the same again',
      )
      refused(await stage.report(out.legId, 'unwound'), 'settlement-leg-conflict')
      equal(String(await stage.balance(payee)), '0', 'the balance of who was paid')
      accepted('clearing.reportLeg', await stage.report(back.legId, 'unwound'))
      refused(await stage.report(back.legId, 'settled'), 'settlement-leg-conflict')
      refused(await stage.report('leg-of-nobody', 'settled'), 'settlement-leg-unknown')
      const next = await stage.closeCycle()
      equal(legOf(next, payer.id)?.amount ?? null, { currency: 'USD', value: '4' }, 'the leg it is collected by later')
    },
    'alone',
  ),
  check(
    'EXT-CLEARING-46',
    'the files of a cycle hold its positions and legs, with their sum',
    async (stage) => {
      const { payer, payee, cycle } = await paidCycle(stage, 1_230_000n)
      const file = async (format: 'csv' | 'pain.001' | 'pain.008') =>
        accepted(
          'clearing.inquiryCycleFile',
          await stage.client.call('clearing.inquiryCycleFile', { cycleId: cycle.cycleId, format }, stage.network),
        )
      const csv = await file('csv')
      const lines = csv.content.trimEnd().split('\r\n')
      equal(lines.length, cycle.positions.length + 1, 'a line for each position and the header')
      for (const [party, net] of [
        [payer, '-1.230000'],
        [payee, '1.230000'],
      ] as const)
        holds(
          lines.some((line) => line.includes(party.id) && line.split(',').includes(net)),
          `a line with ${net} of ${party.id}`,
          csv.content.slice(0, 500),
        )
      for (const [format, direction] of [
        ['pain.001', 'pay'],
        ['pain.008', 'collect'],
      ] as const) {
        const { content, sha256 } = await file(format)
        const legs = cycle.legs.filter((leg) => leg.direction === direction)
        const amounts = [...content.matchAll(/<InstdAmt Ccy="USD">([\d.]+)<\/InstdAmt>/g)].map(([, text = '']) => text)
        const minor = (text: string): bigint => unitsIn(text.replace('.', '').replace(/^0+(?=.)/, ''))
        equal(
          amounts.map((text) => minor(text).toString()).sort(),
          legs.map(({ amount }) => amount.value).sort(),
          `the amounts of ${format}`,
        )
        const sums = [...content.matchAll(/<CtrlSum>([\d.]+)<\/CtrlSum>/g)].map(([, text = '']) => minor(text))
        const total = legs.reduce((all, { amount }) => all + BigInt(amount.value), 0n)
        holds(sums.length > 0 && sums.every((one) => one === total), `control sums of ${total}`, sums.map(String))
        equal(sha256, createHash('sha256').update(content).digest('base64url'), 'the digest of the file')
      }
    },
    'alone',
  ),
]
