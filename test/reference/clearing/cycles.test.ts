/** Cycles on both engines: nets that sum to zero, nobody rounded, legs that fail and are unwound, replay without effect. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit } from '../../../reference/clearing/audit.ts'
import { closeCycle, dischargeCycle, openCycle, readCycle, reportLeg } from '../../../reference/clearing/cycles.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { ratioOf } from '../../../reference/core/clearing/index.ts'
import { type Postgres, startPostgres } from '../ledger/postgres.ts'
import { admitAll, ask, open, start } from './house.ts'

let server: Postgres | undefined
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

const engines: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['SQLite', async () => 'sqlite::memory:'],
  ['PostgreSQL', async () => server?.fresh(`cycles_${randomBytes(6).toString('hex')}`)],
]

let count = 0
/** Pays an amount through a channel of its own. */
const pay = async (engine: ClearingEngine, payer: string, payee: string, amount: bigint, money = {}): Promise<void> => {
  const { live, voucher } = await open(engine, { payer, payee, cap: amount, word: `pay ${count++}`, ...money })
  await ask((l) => engine.offerVoucher(live, voucher(amount), 'payer', l))
  expect(await ask((l) => engine.offerDelivery(live, amount, l))).toBe('durable')
}

const read = async (engine: ClearingEngine, cycle: bigint) => {
  const outcome = await closeCycle(engine, cycle)
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value
}

describe.each(engines)('a cycle on %s', (_, fresh) => {
  it('nets, carries what no minor unit holds, and pays it out when it has grown', async (context) => {
    const url = await fresh()
    if (!url) return context.skip('there is no embedded PostgreSQL for this machine')
    const engine = await openBooks(url, () => start)
    await admitAll(engine, ['a', 'b', 'c'], 10n ** 9n)
    await pay(engine, 'a', 'b', 1_004_000n)
    await pay(engine, 'b', 'c', 10_000n)
    const first = await read(engine, 1n)
    expect(first.positions.map(({ participant_id, net, carried_out }) => [participant_id, net, carried_out])).toEqual([
      ['a', -1_004_000n, 6_000n],
      ['b', 994_000n, 4_000n],
      ['c', 10_000n, 0n],
    ])
    expect(first.legs.map(({ participant_id, direction, minor }) => [participant_id, direction, minor]).sort()).toEqual(
      [
        ['a', 'collect', 101n],
        ['b', 'pay', 99n],
        ['c', 'pay', 1n],
      ],
    )
    expect(await read(engine, 1n)).toEqual(first)
    await pay(engine, 'a', 'b', 6_000n)
    const second = await read(engine, 2n)
    expect(second.positions.map(({ participant_id, carried_in, net }) => [participant_id, carried_in, net])).toEqual([
      ['a', 6_000n, 0n],
      ['b', 4_000n, 10_000n],
    ])
    expect(second.legs.map(({ participant_id, minor }) => [participant_id, minor])).toEqual([['b', 1n]])
    expect(await openCycle(engine.database)).toBe(3n)
    expect(await closeCycle(engine, 9n)).toMatchObject({ refusal: { code: 'cycle-unknown' } })
    expect(await audit(engine.database)).toEqual([])
    await engine.database.destroy()
  })

  it('tries failed legs again, unwinds them in the end, and never settles one twice', async (context) => {
    const url = await fresh()
    if (!url) return context.skip('there is no embedded PostgreSQL for this machine')
    const engine = await openBooks(url, () => start)
    await admitAll(engine, ['a', 'b'], 10n ** 9n)
    await pay(engine, 'a', 'b', 5_000_000n)
    const { legs } = await read(engine, 1n)
    const collect = legs.find(({ direction }) => direction === 'collect')
    const payout = legs.find(({ direction }) => direction === 'pay')
    if (!collect || !payout) throw new Error('a leg is missing')
    const tried: string[] = []
    const rail = async ({ leg_id: id }: { leg_id: string }) => {
      tried.push(id)
      return id === collect.leg_id ? ('failed' as const) : ('settled' as const)
    }
    for (let time = 0; time < 4; time++) await dischargeCycle(engine, 1n, rail)
    expect(tried.filter((id) => id === collect.leg_id)).toHaveLength(3)
    expect(tried.filter((id) => id === payout.leg_id)).toHaveLength(1)
    expect(await reportLeg(engine, payout.leg_id, 'settled')).toMatchObject({ ok: true, value: { attempts: 1n } })
    expect(await reportLeg(engine, payout.leg_id, 'failed')).toMatchObject({
      refusal: { code: 'settlement-leg-conflict' },
    })
    expect(await reportLeg(engine, 'leg-none', 'failed')).toMatchObject({ refusal: { code: 'settlement-leg-unknown' } })
    expect(await readCycle(engine.database, 1n)).toMatchObject({ value: { status: 'settled' } })
    const next = await read(engine, 2n)
    expect(next.legs.map(({ participant_id, direction, minor }) => [participant_id, direction, minor])).toEqual([
      ['a', 'collect', 500n],
    ])
    expect(await audit(engine.database)).toEqual([])
    await engine.database.destroy()
  })

  it('never pays out what its participant has pledged to channels meanwhile', async (context) => {
    const url = await fresh()
    if (!url) return context.skip('there is no embedded PostgreSQL for this machine')
    const engine = await openBooks(url, () => start)
    await admitAll(engine, ['a', 'b', 'c'], 0n, { creditLimit: 10n ** 9n })
    await admitAll(engine, ['b'], 0n)
    await pay(engine, 'a', 'b', 1_000_000n)
    await open(engine, { payer: 'b', payee: 'c', cap: 400_000n, word: 'pledged' })
    const first = await read(engine, 1n)
    expect(first.legs.map(({ participant_id }) => participant_id)).toEqual(['a'])
    expect(first.positions.find(({ participant_id }) => participant_id === 'b')).toMatchObject({
      carried_out: 1_000_000n,
    })
    expect(await audit(engine.database)).toEqual([])
    await engine.database.destroy()
  })
})

describe('cycles over generated payments', () => {
  it('collect what they pay, in currencies with 0, 2 and 3 decimals, and leave the rest on balances', async () => {
    const names = ['a', 'b', 'c', 'd']
    const payments = fc.array(
      fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.bigInt({ min: 1n, max: 10n ** 7n })),
      { minLength: 1, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(payments, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('JPY', 'USD', 'KWD'),
        async (rounds, currency) => {
          const engine = await openBooks('sqlite::memory:', () => start)
          await admitAll(engine, names, 0n, { currency, creditLimit: 10n ** 12n })
          const { units } = ratioOf(currency, 6)
          for (const [index, round] of rounds.entries()) {
            for (const [payer, payee, amount] of round)
              if (payer !== payee) await pay(engine, payer, payee, amount, { currency })
            const { positions, legs } = await read(engine, BigInt(index + 1))
            const nets = positions.reduce((sum, { net, carried_in }) => sum + (net ?? 0n) - (carried_in ?? 0n), 0n)
            expect(nets).toBe(0n)
            for (const { net, carried_out, participant_id } of positions) {
              const leg = legs.find((each) => each.participant_id === participant_id)
              const moved = leg ? (leg.direction === 'pay' ? leg.units : -leg.units) : 0n
              expect(moved + (carried_out ?? 0n)).toBe(net)
              expect(carried_out !== null && carried_out >= 0n).toBe(true)
              expect(leg === undefined || (carried_out ?? 0n) < units).toBe(true)
            }
            await dischargeCycle(engine, BigInt(index + 1), async () => 'settled')
            expect(await audit(engine.database)).toEqual([])
          }
          await engine.database.destroy()
        },
      ),
      { numRuns: 15 },
    )
  })
})
