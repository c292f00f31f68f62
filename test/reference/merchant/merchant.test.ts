/** Proves the merchant's edge: nothing unverified reaches the acquirer, orders follow their newest attempt, lists are bound. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AcquirerTables } from '../../../reference/acquirer/index.ts'
import type { BuyerAgent, HeldMandate } from '../../../reference/index.ts'
import { inTransaction, transfer } from '../../../reference/ledger/index.ts'
import { type Cast, createCast, type User } from '../../end-to-end/cast.ts'

let cast: Cast
let user: User
let agent: BuyerAgent
let held: HeldMandate

beforeAll(async () => {
  cast = await createCast()
  user = await cast.seedUser('5000')
  agent = await cast.registerAgent()
  held = await cast.delegate(agent, await cast.bind(agent, user), '50000')
})
afterAll(() => cast.reference.stop())

const collected = async (checkoutId: string): Promise<number> => {
  const database = cast.reference.database as unknown as Kysely<AcquirerTables>
  const rows = await database
    .selectFrom('acquirer_payments')
    .selectAll()
    .where('checkout_id', '=', checkoutId)
    .execute()
  return rows.length
}

const addMoney = async (value: bigint): Promise<void> => {
  const { accounts } = await cast.get('wallet.inquiryAccount', {}, user.userToken)
  await inTransaction(cast.reference.database, (transaction) =>
    transfer(transaction, {
      transferId: `top-up-${value}`,
      from: 'funding-USD',
      to: accounts[0]?.accountId ?? '',
      amount: { currency: 'USD', value },
      at: cast.reference.world.now(),
    }),
  )
}

describe('the merchant', () => {
  it('verifies the chain against its own order before anything reaches the acquirer (AMP-PAY-053)', async () => {
    const [checkout, other] = [await cast.checkout('water-bottle'), await cast.checkout('water-bottle')]
    const token = cast.granted(await agent.applyForToken(held, checkout))
    const { identity, mandate, tokenRequest } = token.assurance
    const bent = {
      identity,
      mandate: `${mandate.slice(0, 200)}x${mandate.slice(201)}`,
      tokenRequest: tokenRequest ?? '',
    }
    const attempts = [
      [checkout.reference_checkout_id, { ...token, assurance: { identity, mandate } }, 'assurance-layer-missing'],
      [checkout.reference_checkout_id, { ...token, assurance: bent }, 'assurance-'],
      [other.reference_checkout_id, token, 'checkout-mismatch'],
    ] as const
    for (const [checkoutId, shown, code] of attempts) {
      const refused = await cast.buy(checkoutId, shown)
      expect(refused.status).toBe(422)
      expect(refused.body.code).toContain(code)
      expect(await collected(checkoutId)).toBe(0)
      expect(await cast.get('merchant.inquiryOrder', { checkoutId })).toMatchObject({ orderStatus: 'open' })
    }
    const paid = await cast.buy(checkout.reference_checkout_id, token)
    expect(paid.body).toMatchObject({ orderStatus: 'paid' })
    expect((await cast.buy(checkout.reference_checkout_id, token)).body).toEqual(paid.body)
    expect(await collected(checkout.reference_checkout_id)).toBe(1)
  })

  it('passes the reason of a failure on, and lets the same order be paid with a new token', async () => {
    const checkout = await cast.checkout('running-shoes')
    const checkoutId = checkout.reference_checkout_id
    const first = cast.granted(await agent.applyForToken(held, checkout))
    const refused = await cast.buy(checkoutId, first)
    expect(refused.body).toMatchObject({ code: 'balance-insufficient', stage: 'S4' })
    const failed = {
      orderStatus: 'failed',
      paymentStatus: 'FAIL',
      failure: { code: 'balance-insufficient', stage: 'S4' },
    }
    expect(await cast.get('merchant.inquiryOrder', { checkoutId })).toMatchObject(failed)
    await cast.reference.sweep()
    expect(await cast.get('merchant.inquiryOrder', { checkoutId })).toMatchObject(failed)
    await addMoney(20_000n)
    expect((await cast.buy(checkoutId, first)).body.code).toBe('payment-token-used')
    const second = cast.granted(await agent.applyForToken(held, checkout))
    expect((await cast.buy(checkoutId, second)).body).toMatchObject({ orderStatus: 'paid' })
    await cast.reference.sweep()
    expect(await cast.get('merchant.inquiryOrder', { checkoutId })).toMatchObject({ orderStatus: 'paid' })
  })

  it('fixes orders in one currency, whatever its digits, and knows its goods', async () => {
    const dates = await cast.get('merchant.startCheckout', { items: [{ productId: 'date-box', quantity: 3 }] })
    expect(dates.checkout.total_amount).toEqual({ currency: 'KWD', value: '11250' })
    const mixed = {
      items: [
        { productId: 'date-box', quantity: 1 },
        { productId: 'green-tea', quantity: 1 },
      ],
    }
    expect((await cast.ask('merchant.startCheckout', mixed)).body).toMatchObject({ code: 'currency-mismatch' })
    const unknown = { items: [{ productId: 'unicorn', quantity: 1 }] }
    expect((await cast.ask('merchant.startCheckout', unknown)).body).toMatchObject({
      code: 'product-unknown',
      field: '/items/0/productId',
    })
  })

  it('pages its goods once each, and takes no page token of another query', async () => {
    const seen: string[] = []
    let pageToken: string | undefined
    do {
      const page = await cast.get('merchant.searchProducts', { pageSize: 3, ...(pageToken ? { pageToken } : {}) })
      seen.push(...page.products.map(({ productId }) => productId))
      pageToken = page.nextPageToken
    } while (pageToken)
    expect(seen.length).toBe(8)
    expect(new Set(seen).size).toBe(8)
    const { nextPageToken = '' } = await cast.get('merchant.searchProducts', { pageSize: 1 })
    for (const bad of [
      { query: 'tea', pageToken: nextPageToken },
      { pageToken: `${nextPageToken.slice(0, -1)}A` },
      { pageToken: Buffer.from('0').toString('base64url') },
    ])
      expect((await cast.ask('merchant.searchProducts', bad)).body).toMatchObject({ code: 'page-token-invalid' })
  })
})
