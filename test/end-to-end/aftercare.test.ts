/** Proves refunds and disputes over HTTP through every role: partial, repeated, raced, stopped half-way; and that all books balance. */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { proveBooks } from '../../reference/ledger/index.ts'
import type { Message } from '../../schemas/index.ts'
import { folderOfFile } from '../folder.ts'
import { type Cast, createCast, type User } from './cast.ts'
import { engines } from './engines.ts'

type Refund = Message<'extensions/refund/refund'>
type Dispute = Message<'extensions/dispute/dispute'>

const usd = (value: number) => ({ currency: 'USD', value: String(value) })

/** A user whose agent bought a bottle for 18.00. */
const bought = async (cast: Cast) => {
  const user = await cast.seedUser('100000')
  const agent = await cast.registerAgent()
  const bindingId = await cast.bind(agent, user)
  const held = await cast.delegate(agent, bindingId, '12000')
  const checkout = await cast.checkout('water-bottle')
  const token = cast.granted(await agent.applyForToken(held, checkout))
  expect((await cast.buy(checkout.reference_checkout_id, token)).body).toMatchObject({ orderStatus: 'paid' })
  const [bill] = (await cast.get('wallet.inquiryBillList', {}, user.userToken)).bills
  return { user, bindingId, checkoutId: checkout.reference_checkout_id, paymentId: bill?.paymentId ?? '' }
}

const refund = (cast: Cast, checkoutId: string, refundRequestId: string, value: number) =>
  cast.hook<Refund>('refundOrder', { checkoutId, refundRequestId, refundAmount: usd(value) })

const balance = async (cast: Cast, user: User): Promise<number> => Number(await cast.balanceOf(user))

const balanced = async ({ reference }: Cast): Promise<boolean> => (await proveBooks(reference.database)).balanced

/** Looks until the merchant has acted on a status of a dispute. */
const untilMerchant = async (cast: Cast, checkoutId: string, status: string): Promise<void> => {
  await expect
    .poll(
      async () => {
        await cast.reference.sweep()
        return (await cast.get('merchant.inquiryOrder', { checkoutId })).disputeStatus
      },
      { timeout: 20_000 },
    )
    .toBe(status)
}

describe.each(engines)('after a payment, on %s', (_name, engine) => {
  let cast: Cast

  beforeAll(async () => {
    if (!(await engine.start())) throw new Error('this machine has no binaries for the engine')
    cast = await createCast(await engine.options())
  })
  afterAll(async () => {
    await cast?.reference.stop()
    await engine.stop()
  })

  it('gives back in parts, the same request once, and never more than was paid', async () => {
    const { user, checkoutId } = await bought(cast)
    const before = await balance(cast, user)
    expect(await refund(cast, checkoutId, 'part-one-of-two', 700)).toMatchObject({ refundStatus: 'SUCCESS' })
    expect(await refund(cast, checkoutId, 'part-one-of-two', 700)).toMatchObject({ refundedTotal: usd(700) })
    await expect(refund(cast, checkoutId, 'too-much', 1_101)).rejects.toThrow('refund-exceeds-payment')
    expect(await refund(cast, checkoutId, 'part-two-of-two', 1_100)).toMatchObject({ refundedTotal: usd(1_800) })
    expect(await balance(cast, user)).toBe(before + 1_800)
    expect(await balanced(cast)).toBe(true)
  })

  it('gives back what was paid and no more though twenty refunds are asked for at once', async () => {
    const { user, checkoutId } = await bought(cast)
    const before = await balance(cast, user)
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => refund(cast, checkoutId, `race-${index}`, 500)),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect(await balance(cast, user)).toBe(before + 1_500)
    expect(await balanced(cast)).toBe(true)
  })

  it('opens a dispute with one click, tells the shop, and pays back once it accepts', async () => {
    const { user, checkoutId, paymentId } = await bought(cast)
    const before = await balance(cast, user)
    const dispute = await cast.get('wallet.openDispute', { paymentId, disputeReason: 'never ordered' }, user.userToken)
    expect(dispute).toMatchObject({ disputeStatus: 'CREATED', disputeAmount: usd(1_800) })
    expect(dispute.evidence.length).toBeGreaterThan(5)
    await untilMerchant(cast, checkoutId, 'CREATED')
    const answer = { disputeId: dispute.disputeId, answer: 'ACCEPT' }
    expect(await cast.hook<Dispute>('answerDispute', answer)).toMatchObject({ disputeStatus: 'ACCEPTED' })
    await untilMerchant(cast, checkoutId, 'ACCEPTED')
    expect(await balance(cast, user)).toBe(before + 1_800)
    await expect(refund(cast, checkoutId, 'once-more', 1)).rejects.toThrow('refund-exceeds-payment')
    expect(await balanced(cast)).toBe(true)
  })

  it('lets a shop defend itself, and judges for it: no money moves', async () => {
    const { user, checkoutId, paymentId } = await bought(cast)
    const before = await balance(cast, user)
    const { disputeId } = await cast.get('wallet.openDispute', { paymentId }, user.userToken)
    await untilMerchant(cast, checkoutId, 'CREATED')
    await cast.hook('answerDispute', { disputeId, answer: 'DEFEND', defenseDigest: 'A'.repeat(43) })
    const judged = await cast.hook<Dispute>('judgeDispute', { disputeId, result: 'ACCEPT_BY_CUSTOMER' })
    expect(judged.disputeStatus).toBe('JUDGED')
    await untilMerchant(cast, checkoutId, 'JUDGED')
    expect(await balance(cast, user)).toBe(before)
  })

  it('counts a refund against the guarantee: what was given back twice returns to the pool', async () => {
    const { user, checkoutId, paymentId, bindingId } = await bought(cast)
    const pool = async () =>
      (await cast.reference.database.selectFrom('accounts').selectAll().execute()).find(
        ({ account_id }) => account_id === 'guarantee-pool-USD',
      )?.balance ?? 0n
    const before = await pool()
    await cast.get('wallet.reportTakeover', { bindingId, paymentIds: [paymentId] }, user.userToken)
    expect(await pool()).toBe(before - 1_800n)
    await refund(cast, checkoutId, 'after-the-payout', 1_000)
    expect(await pool()).toBe(before - 800n)
    expect(await balanced(cast)).toBe(true)
  })
})

describe('a server that stops between refund and credit', () => {
  const folder = folderOfFile('aftercare')
  const options = { database: `sqlite:${join(folder, 'amp.db')}`, masterKey: new Uint8Array(32).fill(5) }
  let cast: Cast | undefined
  afterEach(async () => {
    await cast?.reference.stop()
  })

  it('credits once it runs again, and only once', async () => {
    cast = await createCast({
      ...options,
      deviation: { asks: (name, body) => (name === 'wallet.refund' ? undefined : body) },
    })
    const { user, checkoutId } = await bought(cast)
    const before = await balance(cast, user)
    expect(await refund(cast, checkoutId, 'interrupted', 600)).toMatchObject({ refundStatus: 'PROCESSING' })
    await cast.reference.stop()
    cast = await createCast(options)
    for (const _ of [1, 2, 3]) await cast.reference.sweep()
    expect(await refund(cast, checkoutId, 'interrupted', 600)).toMatchObject({ refundStatus: 'SUCCESS' })
    expect(await balance(cast, user)).toBe(before + 600)
    expect(await balanced(cast)).toBe(true)
  })
})
