/** Proves on both engines that a budget, a token, a checkout and a nonce are spent once: by the database alone, and by the handlers in a race. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accept } from '../../../reference/core/index.ts'
import type { Message } from '../../../schemas/index.ts'
import { engines } from '../../end-to-end/engines.ts'
import { checkoutOf, granted, type Held, type House, openHouse } from './house.ts'

const racers = 50
const codesOf = (outcomes: readonly { ok: boolean }[]): string[] =>
  outcomes.map((outcome) => ('refusal' in outcome ? (outcome.refusal as { code: string }).code : 'accepted'))
const count = (codes: readonly string[]): Record<string, number> =>
  Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length]))

describe.each(engines)('on %s', (_, engine) => {
  let house: House

  beforeAll(async () => {
    if (!(await engine.start())) throw new Error('this machine has no binaries for the engine')
    const { database = '' } = await engine.options()
    house = await openHouse(database)
  })
  afterAll(async () => {
    await house?.close()
    await engine.stop()
  })

  describe('the database alone', () => {
    let held: Held
    let digest: string
    beforeAll(async () => {
      held = await house.delegate('100')
      granted(await house.apply(held, checkoutOf('30')))
      granted(await house.buy(held, '20'))
      digest = (await tokensOf(held))[0]?.token_digest ?? ''
    })
    const tokensOf = ({ mandateId }: Held) =>
      house.database.selectFrom('network_tokens').selectAll().where('mandate_id', '=', mandateId).execute()
    const set = (values: Record<string, bigint>) =>
      house.database.updateTable('network_mandates').set(values).where('mandate_id', '=', held.mandateId).execute()

    it.each([
      ['hold more than the limit', { held: 81n }],
      ['capture more than the limit', { captured: 71n }],
      ['hold less than nothing', { held: -1n }],
      ['capture less than nothing', { captured: -1n }],
      ['raise the limit above what was signed', { limit_value: 101n }],
      ['lower the limit below what is used', { limit_value: 49n }],
    ])('does not %s', async (_what, values) => {
      await expect(set(values)).rejects.toThrow(/check/i)
    })

    it('does not keep a second token of a checkout', async () => {
      const [token] = await tokensOf(held)
      if (!token) throw new Error('no token')
      const copy = { ...token, token_digest: 'another' }
      await expect(house.database.insertInto('network_tokens').values(copy).execute()).rejects.toThrow(/unique/i)
    })

    it('does not keep a second payment of a token, or of an identifier of its acquirer', async () => {
      const payment = await house.database.selectFrom('network_payments').selectAll().executeTakeFirstOrThrow()
      const insert = (change: Partial<typeof payment>) =>
        house.database
          .insertInto('network_payments')
          .values({ ...payment, payment_id: 'another', ...change })
          .execute()
      await expect(insert({ payment_request_id: 'another' })).rejects.toThrow(/unique/i)
      await expect(insert({ token_digest: digest })).rejects.toThrow(/unique/i)
    })

    it('does not keep a second active binding of user and agent', async () => {
      const binding = await house.database.selectFrom('network_bindings').selectAll().executeTakeFirstOrThrow()
      const insert = (status: 'activated' | 'revoked', id: string) =>
        house.database
          .insertInto('network_bindings')
          .values({ ...binding, binding_id: id, status })
          .execute()
      await expect(insert('activated', 'second')).rejects.toThrow(/unique/i)
      await insert('revoked', 'former')
    })

    it('does not keep a key or a nonce twice', async () => {
      const agent = await house.database.selectFrom('network_agents').selectAll().executeTakeFirstOrThrow()
      const again = { ...agent, agent_id: 'another' }
      await expect(house.database.insertInto('network_agents').values(again).execute()).rejects.toThrow(/unique/i)
      const spent = await house.database.selectFrom('network_spent').selectAll().executeTakeFirstOrThrow()
      await expect(house.database.insertInto('network_spent').values(spent).execute()).rejects.toThrow(/unique/i)
    })
  })

  it(`lets one of ${racers} requests for the last unit win`, async () => {
    const held = await house.delegate('1')
    const outcomes = await Promise.all(Array.from({ length: racers }, () => house.apply(held, checkoutOf('1'))))
    expect(count(codesOf(outcomes))).toEqual({ accepted: 1, 'budget-exceeded': racers - 1 })
    expect(await house.mandateRow(held.mandateId)).toMatchObject({ held: 1n, captured: 0n, limit_value: 1n })
  })

  it(`lets one of ${racers} requests pass where one a day is allowed`, async () => {
    const held = await house.delegate('1000', { payment_frequency: { count: 1, period: 'day' } })
    const outcomes = await Promise.all(Array.from({ length: racers }, () => house.apply(held, checkoutOf('1'))))
    expect(count(codesOf(outcomes))).toEqual({ accepted: 1, 'frequency-exceeded': racers - 1 })
    expect(await house.mandateRow(held.mandateId)).toMatchObject({ held: 1n })
  })

  it(`issues one token for a request that arrives ${racers} times under ${racers} keys`, async () => {
    const held = await house.delegate('1000')
    const request = await house.requestOf(held, checkoutOf('1'))
    const outcomes = await Promise.all(
      Array.from({ length: racers }, () => house.asProvider('network.applyCredential', request)),
    )
    expect(count(codesOf(outcomes))).toEqual({ accepted: 1, 'assurance-nonce-replayed': racers - 1 })
  })

  it(`debits once where a token is presented ${racers} times`, async () => {
    const held = await house.delegate('1000')
    const checkout = checkoutOf('10')
    const { paymentToken } = granted(await house.apply(held, checkout))
    const before = house.asked.filter((name) => name === 'wallet.pay').length
    const outcomes = await Promise.all(
      Array.from({ length: racers }, () => house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout))),
    )
    expect(count(codesOf(outcomes))).toEqual({ accepted: 1, 'payment-token-used': racers - 1 })
    expect(house.asked.filter((name) => name === 'wallet.pay')).toHaveLength(before + 1)
    expect(await house.mandateRow(held.mandateId)).toMatchObject({ held: 0n, captured: 10n })
  })

  it('activates one of many confirmations of one mandate', async () => {
    const bound = await house.bind(await house.register())
    const drafted = await house.draft(bound, house.autonomous(bound, '10'))
    const layers = await Promise.all(Array.from({ length: 10 }, () => house.sign(drafted)))
    const outcomes = await Promise.all(layers.map((layer) => house.report(drafted, layer)))
    expect(count(codesOf(outcomes))).toEqual({ accepted: 1, 'authorization-decided': 9 })
  })

  it('lets expiry, cancellation, issue and payment meet without waiting in a circle', async () => {
    for (let round = 0; round < 5; round++) {
      const held = await house.delegate('1000')
      const issued = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const checkout = checkoutOf('10')
          return { checkout, ...granted(await house.apply(held, checkout)) }
        }),
      )
      house.script['wallet.pay'] = async () => ({ ok: false, refusal: { code: 'balance-insufficient' } })
      const paying = issued.map(({ paymentToken, checkout }) =>
        house.asAcquirer('network.pay', house.paymentOf(paymentToken, checkout)),
      )
      await house.database
        .updateTable('network_tokens')
        .set({ expires_at: 0n })
        .where('mandate_id', '=', held.mandateId)
        .execute()
      const applying = Array.from({ length: 20 }, () => house.apply(held, checkoutOf('10')))
      const sweeping = Array.from({ length: 4 }, () => house.sweep())
      const cancelled = house.asWallet('network.cancelMandate', { mandateId: held.mandateId })
      const outcomes = await Promise.all([...paying, ...applying, cancelled])
      await Promise.all(sweeping)
      house.script['wallet.pay'] = async ({ paymentId }) => accept({ paymentId, paymentStatus: 'SUCCESS' })
      expect(outcomes).toHaveLength(41)
      await house.sweep()
      const live = await house.database
        .selectFrom('network_tokens')
        .select('amount')
        .where('mandate_id', '=', held.mandateId)
        .where('status', 'in', ['reserved', 'issued', 'paying'])
        .execute()
      const { held: inHold } = await house.mandateRow(held.mandateId)
      expect(inHold).toBe(live.reduce((sum, { amount }) => sum + amount, 0n))
    }
  })
})

/** What may happen to one mandate. */
type Step = {
  readonly do: 'buy' | 'refuse' | 'silence' | 'apply' | 'lower' | 'pass' | 'cancel'
  readonly value: number
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('buy' as const, 'refuse' as const, 'silence' as const, 'apply' as const),
      value: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lower' as const), value: fc.integer({ min: 1, max: 100 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'pass' as const, value: 0 }) },
  { weight: 1, arbitrary: fc.constant({ do: 'cancel' as const, value: 0 }) },
)

const take = async (house: House, held: Held, taken: Step): Promise<void> => {
  const say = (answer: 'SUCCESS' | 'refused' | 'silent'): void => {
    house.script['wallet.pay'] = async ({ paymentId }) =>
      answer === 'SUCCESS'
        ? accept({ paymentId, paymentStatus: 'SUCCESS' })
        : { ok: false, refusal: { code: answer === 'silent' ? 'peer-unavailable' : 'balance-insufficient' } }
  }
  if (taken.do === 'pass') {
    house.clock.now += 601
    await house.sweep()
  } else if (taken.do === 'cancel') await house.asWallet('network.cancelMandate', { mandateId: held.mandateId })
  else if (taken.do === 'lower')
    await house.asWallet('network.adjustMandate', {
      mandateId: held.mandateId,
      limit: { currency: 'USD', value: String(taken.value) },
    })
  else {
    const checkout = checkoutOf(String(taken.value))
    const token = await house.apply(held, checkout)
    if (!token.ok || taken.do === 'apply') return
    say(taken.do === 'buy' ? 'SUCCESS' : taken.do === 'refuse' ? 'refused' : 'silent')
    await house.asAcquirer('network.pay', house.paymentOf(token.value.paymentToken, checkout))
  }
}

const terminal = new Set<Message<'trust/mandate-status'>>(['revoked', 'expired', 'finished'])

describe('whatever happens to a mandate', () => {
  let house: House
  beforeAll(async () => {
    house = await openHouse('sqlite::memory:')
  })
  afterAll(() => house.close())

  it('what is held is what its tokens hold, what is captured was paid, and no end is undone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const held = await house.delegate('100')
        let ended: string | undefined
        for (const taken of steps) {
          await take(house, held, taken)
          const row = await house.mandateRow(held.mandateId)
          const tokens = await house.database
            .selectFrom('network_tokens')
            .select(['status', 'amount'])
            .where('mandate_id', '=', held.mandateId)
            .execute()
          const sumOf = (...statuses: string[]): bigint =>
            tokens.filter(({ status }) => statuses.includes(status)).reduce((sum, { amount }) => sum + amount, 0n)
          expect({ held: row.held, captured: row.captured }).toEqual({
            held: sumOf('reserved', 'issued', 'paying'),
            captured: sumOf('used'),
          })
          expect(row.held + row.captured <= row.limit_value && row.limit_value <= row.total).toBe(true)
          if (ended !== undefined) expect(row.status).toBe(ended)
          if (terminal.has(row.status)) ended = row.status
        }
      }),
      { numRuns: 40 },
    )
  })
})
