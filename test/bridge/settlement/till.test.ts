/** Proves that a till settles each payment once, on both engines, whatever is repeated, raced, forged or interrupted. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '../../../bridge/json.ts'
import { type Order, openPurse, openTill, type Payer, type Rail } from '../../../bridge/settlement/index.ts'
import { endMandate } from '../../../reference/clearing/endings.ts'
import { accept, type Outcome, refuse } from '../../../reference/core/outcome.ts'
import { type Postgres, startPostgres } from '../../reference/ledger/postgres.ts'
import { openHouse } from './books.ts'

let server: Postgres | undefined
const engines: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['SQLite', async () => 'sqlite::memory:'],
  ['PostgreSQL', async () => server?.fresh(`payments_${randomBytes(6).toString('hex')}`)],
]
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

const codeOf = (outcome: Outcome<unknown>): string => (outcome.ok ? 'ok' : outcome.refusal.code)

describe.each(engines)('a till on %s', (_, fresh) => {
  let house: Awaited<ReturnType<typeof openHouse>>
  let there = true
  beforeAll(async () => {
    const url = await fresh()
    there = url !== undefined
    if (url !== undefined) house = await openHouse(['agent', 'shop', 'other'], url)
  })
  afterAll(async () => {
    if (there) expect(await house.close()).toEqual([])
  })
  const story = (title: string, play: () => Promise<void>): void =>
    it(title, async (context) => {
      if (!there) return context.skip('there is no embedded PostgreSQL for this machine')
      await play()
    })

  const due = { payee: 'shop', currency: 'USD', scale: 6, seconds: 60 }
  /** An order of a payer with a purse of its own. */
  const ordering = (payer: Payer) => {
    const purse = openPurse(payer)
    const order = async (agreed: Json, amount = 5n, more: Partial<Order> = {}): Promise<Order> => ({
      domain: 'TEST/1',
      agreed,
      payee: 'shop',
      currency: 'USD',
      scale: 6,
      amount,
      windowMax: 60,
      proof: await purse.prove('TEST/1', agreed, { ...due, amount }),
      ...more,
    })
    return { purse, order }
  }

  story('verifies, settles, and settles the same again without moving anything', async () => {
    const payer = await house.payer()
    const { order } = ordering(payer)
    const one = await order('tea')
    expect(codeOf(await house.till.verify(one))).toBe('ok')
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 0n })
    const settled = await Promise.all(Array.from({ length: 5 }, () => house.till.settle(one, 5n)))
    expect(settled.map(codeOf)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(new Set(settled.map((each) => each.ok && each.value.payment.paymentId)).size).toBe(1)
    expect(payer.live.state.delivered).toBe(5n)
    // The purse has heard nothing: for the same agreement it makes the same payment.
    expect(codeOf(await house.till.settle(await order('tea'), 5n))).toBe('ok')
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 5n })
  })

  story('is one payment for one key, whoever forgot what it had paid', async () => {
    const payer = await house.payer()
    const first = await ordering(payer).order('tea', 5n, { key: 'request-1' })
    const second = await ordering(payer).order('tea', 5n, { key: 'request-1' })
    expect(first.proof.nonce).not.toBe(second.proof.nonce)
    const [a, b] = [await house.till.settle(first, 5n), await house.till.settle(second, 5n)]
    expect(a.ok && b.ok && a.value.payment.paymentId === b.value.payment.paymentId).toBe(true)
    expect(payer.live.state.delivered).toBe(5n)
    const other = await ordering(payer).order('coffee', 5n, { key: 'request-1' })
    expect(codeOf(await house.till.verify(other))).toBe('idempotency-key-reused')
  })

  story('is one payment for one key on two channels at once', async () => {
    for (let round = 0; round < 5; round++) {
      const payers = [await house.payer(), await house.payer()]
      const orders = await Promise.all(
        payers.map((payer) => ordering(payer).order('tea', 5n, { key: `both-${round}` })),
      )
      const settled = await Promise.all(orders.map((each) => house.till.settle(each, 5n)))
      expect(settled.map(codeOf)).toEqual(['ok', 'ok'])
      expect(payers.map(({ live }) => live.state.delivered).sort()).toEqual([0n, 5n])
    }
  })

  story('refuses what was not signed, not for it, not in time, not covered or asked for too often', async () => {
    const payer = await house.payer()
    const { order } = ordering(payer)
    const one = await order('tea')
    const tamper = (more: Partial<Order>) => house.till.verify({ ...one, ...more })
    expect(codeOf(await tamper({ agreed: 'coffee' }))).toBe('voucher-signature-invalid')
    expect(codeOf(await tamper({ domain: 'TEST/2' }))).toBe('voucher-signature-invalid')
    expect(codeOf(await tamper({ proof: { ...one.proof, cumulative: '4' } }))).toBe('voucher-signature-invalid')
    expect(codeOf(await tamper({ proof: { ...one.proof, validBefore: one.proof.validBefore + 1 } }))).toBe(
      'voucher-signature-invalid',
    )
    expect(codeOf(await tamper({ payee: 'other' }))).toBe('order-mismatch')
    expect(codeOf(await tamper({ currency: 'EUR' }))).toBe('currency-mismatch')
    expect(codeOf(await tamper({ scale: 2 }))).toBe('scale-mismatch')
    expect(codeOf(await tamper({ proof: { ...one.proof, channelId: 'A'.repeat(43) } }))).toBe('channel-unknown')
    expect(codeOf(await tamper({ amount: 6n }))).toBe('delivered-exceeds-authorised')
    const late = openTill({ rail: house.rail, payments: house.payments, now: () => house.now() + 61 })
    expect(codeOf(await late.verify(one))).toBe('foreign-expired')
    const early = openTill({ rail: house.rail, payments: house.payments, now: () => house.now() - 200 })
    expect(codeOf(await early.verify(one))).toBe('foreign-window-invalid')
    expect(codeOf(await house.till.settle(one, 5n))).toBe('ok')
    for (let times = 0; times < 8; times++) expect(codeOf(await house.till.verify(one))).toBe('ok')
    expect(codeOf(await house.till.verify(one))).toBe('foreign-nonce-replayed')
    expect(payer.live.state.delivered).toBe(5n)
  })

  story('never takes more than was signed for, however many race', async () => {
    const payer = await house.payer()
    // Purses that know nothing of each other sign the same amount over and over.
    const orders = await Promise.all(Array.from({ length: 10 }, (_, at) => ordering(payer).order(`tea ${at}`)))
    const verified = await Promise.all(orders.map((each) => house.till.verify(each)))
    expect(verified.map(codeOf).filter((code) => code === 'ok')).toHaveLength(1)
    const settled = await Promise.all(orders.map((each) => house.till.settle(each, 5n)))
    expect(settled.map(codeOf).filter((code) => code === 'ok')).toHaveLength(1)
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 5n })
  })

  story('takes what was used of a most, and leaves the rest to the next payment', async () => {
    const payer = await house.payer({ cap: 100n })
    const { order, purse } = ordering(payer)
    for (let at = 1; at <= 9; at++) {
      const one = await order(`tea ${at}`, 60n)
      expect(codeOf(await house.till.verify(one))).toBe('ok')
      expect(codeOf(await house.till.settle(one, 61n))).toBe('delivered-exceeds-authorised')
      const settled = await house.till.settle(one, 4n)
      expect(settled.ok && settled.value.payment.charge).toBe(4n)
      purse.learn(one.proof, { charge: 4n })
      expect(payer.live.state.delivered).toBe(BigInt(at * 4))
    }
    await expect(order('too much', 65n)).rejects.toThrow(RangeError)
  })

  story('defers what it settles in a batch, and sweeps it', async () => {
    const payer = await house.payer()
    const { order, purse } = ordering(payer)
    for (let at = 0; at < 5; at++) {
      const one = await order(`tea ${at}`)
      expect(codeOf(await house.till.settle(one, 5n, true))).toBe('ok')
      purse.learn(one.proof, { charge: 5n })
    }
    expect(payer.live.state).toMatchObject({ authorised: 25n, delivered: 0n })
    expect(await house.till.sweep()).toEqual([])
    expect(payer.live.state.delivered).toBe(25n)
    expect(await house.payments.outstanding()).toEqual([])
  })

  story('comes to the same end when it stops between recording and moving', async () => {
    const payer = await house.payer()
    const { order } = ordering(payer)
    const one = await order('tea')
    const stopped: Rail = { ...house.rail, deliver: async () => Promise.reject(new Error('the power went out')) }
    const till = openTill({ rail: stopped, payments: house.payments, now: house.now })
    await expect(till.settle(one, 5n)).rejects.toThrow('power')
    expect(payer.live.state.delivered).toBe(0n)
    const busy: Rail = { ...house.rail, deliver: async () => refuse('clearing-busy') }
    expect(codeOf(await openTill({ rail: busy, payments: house.payments, now: house.now }).settle(one, 5n))).toBe(
      'clearing-busy',
    )
    expect(codeOf(await house.till.settle(one, 5n))).toBe('ok')
    expect(codeOf(await house.till.settle(one, 5n))).toBe('ok')
    expect(payer.live.state.delivered).toBe(5n)
  })

  story('sees that somebody else delivers on the channel', async () => {
    const payer = await house.payer()
    const { order } = ordering(payer)
    const foreign: Rail = { ...house.rail, deliver: async (_, delivered) => accept(delivered + 1n) }
    const till = openTill({ rail: foreign, payments: house.payments, now: house.now })
    expect(codeOf(await till.settle(await order('tea'), 5n))).toBe('settlement-leg-conflict')
  })

  story('releases what nobody settled, and takes it again when it is offered again', async () => {
    const payer = await house.payer()
    const { order } = ordering(payer)
    expect(codeOf(await house.till.verify(await order('tea')))).toBe('ok')
    const clock = { ahead: 0 }
    const now = () => house.now() + clock.ahead
    const later = openTill({ rail: house.rail, payments: house.payments, now })
    const lateOrder = ordering({ ...payer, now })
    clock.ahead = 500
    // Another purse signs the same amount again: what was set aside first is released by now.
    const other = await lateOrder.order('coffee')
    expect(codeOf(await later.verify(other))).toBe('ok')
    expect(codeOf(await later.settle(other, 5n))).toBe('ok')
    expect(payer.live.state).toMatchObject({ authorised: 5n, delivered: 5n })
  })

  story('takes nothing new after the mandate ended, and settles what it took before', async () => {
    const payer = await house.payer({ payer: 'other', mandateId: 'mandate-to-end' })
    const { order } = ordering(payer)
    const before = await order('tea')
    expect(codeOf(await house.till.verify(before))).toBe('ok')
    const half = await order('coffee')
    const stopped: Rail = { ...house.rail, deliver: async () => refuse('clearing-busy') }
    await openTill({ rail: stopped, payments: house.payments, now: house.now }).settle(half, 5n)
    await endMandate(house.engine, 'mandate-to-end')
    expect(codeOf(await house.till.verify(await order('cake')))).toBe('mandate-revoked')
    expect(codeOf(await house.till.settle(half, 5n))).toBe('ok')
    expect(codeOf(await house.till.settle(before, 5n))).toBe('ok')
    expect(payer.live.state.delivered).toBe(10n)
  })

  story('adds up after any sequence of offers, repetitions and losses', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            what: fc.nat(4),
            lost: fc.boolean(),
            twice: fc.boolean(),
            amount: fc.integer({ min: 1, max: 9 }),
          }),
          {
            maxLength: 12,
          },
        ),
        async (steps) => {
          const payer = await house.payer()
          const { order, purse } = ordering(payer)
          const paid = new Map<string, bigint>()
          for (const { what, lost, twice, amount } of steps) {
            const agreed = `${what} for ${amount}`
            const one = await order(agreed, BigInt(amount))
            expect(codeOf(await house.till.verify(one))).toBe('ok')
            const settled = await house.till.settle(one, BigInt(amount))
            if (!settled.ok) throw new Error(settled.refusal.code)
            paid.set(settled.value.payment.paymentId, BigInt(amount))
            if (twice) await house.till.settle(one, BigInt(amount))
            if (!lost) purse.learn(one.proof, { charge: BigInt(amount) })
          }
          const sum = [...paid.values()].reduce((total, each) => total + each, 0n)
          expect(payer.live.state.delivered).toBe(sum)
          const deaf = new Set(steps.filter(({ lost }) => lost).map(({ what, amount }) => `${what} ${amount}`))
          expect(paid.size).toBeLessThanOrEqual(steps.filter(({ lost }) => !lost).length + deaf.size)
        },
      ),
      { numRuns: 15 },
    )
  })
})
