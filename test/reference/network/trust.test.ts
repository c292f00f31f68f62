/** Proves over generated histories that refunds, claims, recoveries and disputes of a payment never make or lose money in SQL, and that the log only grows. */
import fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { accept, refuse } from '../../../reference/core/index.ts'
import { verifyHead } from '../../../reference/core/trust/evidence-log.ts'
import { verifyConsistency } from '../../../reference/core/trust/merkle.ts'
import { type LedgerTables, proveBooks } from '../../../reference/ledger/index.ts'
import { granted, type House, openHouse } from './house.ts'

type Move =
  | { readonly kind: 'refund' | 'recover'; readonly value: number; readonly name: number }
  | { readonly kind: 'claim' | 'report' | 'dispute' | 'accept' | 'sweep' }

const named = (kind: 'refund' | 'recover'): fc.Arbitrary<Move> =>
  fc.record({
    kind: fc.constant(kind),
    value: fc.integer({ min: 1, max: 1_500 }),
    name: fc.integer({ min: 0, max: 3 }),
  })

const moves = fc.array(
  fc.oneof(
    named('refund'),
    named('recover'),
    fc.record({
      kind: fc.constantFrom<'claim' | 'report' | 'dispute' | 'accept' | 'sweep'>(
        'claim',
        'report',
        'dispute',
        'accept',
        'sweep',
      ),
    }),
  ),
  { maxLength: 14 },
)

const usd = (value: number) => ({ currency: 'USD', value: String(value) })

/** Plays moves about one payment of 20.00, each with the same names again and again, and gives what everybody is left with. */
const play = async (house: House, history: readonly Move[]) => {
  const held = await house.delegate('100000')
  const { paymentId } = granted(await house.buy(held, '2000'))
  const { userReference, bindingId } = held as typeof held & { readonly userReference: string }
  const act = async (move: Move): Promise<unknown> => {
    const claim = await house.database.selectFrom('network_claims').selectAll().executeTakeFirst()
    const dispute = await house.database.selectFrom('network_disputes').selectAll().executeTakeFirst()
    switch (move.kind) {
      case 'refund':
        return house.asAcquirer('network.refund', {
          ...{ refundRequestId: `refund-${move.name}`, paymentId, refundAmount: usd(move.value) },
        })
      case 'recover':
        return (
          claim &&
          house.asWallet('network.recoverClaim', {
            ...{ claimId: claim.claim_id, recoveryRequestId: `back-${move.name}`, recovered: usd(move.value) },
          })
        )
      case 'report':
        return house.asWallet('network.reportTakeover', { userReference, bindingId, paymentIds: [paymentId] })
      case 'claim':
        return house.asWallet('network.submitClaim', {
          ...{ claimRequestId: 'claim-1', paymentId, claimed: usd(2_000), cause: 'account-takeover' },
        })
      case 'dispute':
        return house.asWallet('network.openDispute', {
          ...{ disputeRequestId: 'dispute-1', userReference, paymentId, disputeType: 'CHARGEBACK' },
          disputeAmount: usd(1_000),
        })
      case 'accept':
        return dispute && house.asAcquirer('network.answerDispute', { disputeId: dispute.dispute_id, answer: 'ACCEPT' })
      case 'sweep':
        return house.sweep()
    }
  }
  for (const move of history) await act(move)
  const ledger = house.database as unknown as Kysely<LedgerTables>
  const accounts = await ledger.selectFrom('accounts').selectAll().execute()
  const refunds = await house.database.selectFrom('network_refunds').selectAll().execute()
  const [claim] = await house.database.selectFrom('network_claims').selectAll().execute()
  const refunded = refunds.filter(({ status }) => status === 'SUCCESS').reduce((sum, { amount }) => sum + amount, 0n)
  return { accounts, refunded, claim, books: await proveBooks(ledger) }
}

describe('what is left after a payment', () => {
  let house: House
  afterEach(() => house.close())

  it('is never more than was paid, whatever is asked for how often and in whatever order', {
    timeout: 120_000,
  }, async () => {
    let [paidClaims, refundsMade] = [0, 0]
    await fc.assert(
      fc.asyncProperty(fc.boolean(), moves, async (stolen, later) => {
        const begun: readonly Move[] = stolen ? [{ kind: 'report' }, { kind: 'claim' }] : []
        const history = [...begun, ...later]
        house = await openHouse('sqlite::memory:')
        house.script['wallet.refund'] = async ({ refundId, paymentId, refundAmount }) =>
          accept({
            ...{ refundId, paymentId, creditAmount: refundAmount, creditTime: '2027-01-15T08:00:00Z' },
            budgetRestored: usd(0),
          })
        const { accounts, refunded, claim, books } = await play(house, history)
        const pool = accounts.find(({ account_id }) => account_id === 'guarantee-pool-USD')?.balance ?? 0n
        const paid = claim?.paid ?? 0n
        expect(books.balanced).toBe(true)
        expect(refunded <= 2_000n).toBe(true)
        expect(pool).toBe(1_000_000n - paid)
        /** What the payer has back and what the partner has together never exceed the payment. */
        expect(refunded + paid <= 2_000n).toBe(true)
        if (paid > 0n) paidClaims += 1
        if (refunded > 0n) refundsMade += 1
        await house.close()
      }),
      { numRuns: 40 },
    )
    expect(Math.min(paidClaims, refundsMade)).toBeGreaterThan(0)
    house = await openHouse('sqlite::memory:')
  })

  it('counts nothing of a refund the wallet refused, and all of one it was silent about', async () => {
    house = await openHouse('sqlite::memory:')
    const held = await house.delegate('100000')
    const { paymentId } = granted(await house.buy(held, '2000'))
    const ask = (name: string, value: number) =>
      house.asAcquirer('network.refund', { refundRequestId: name, paymentId, refundAmount: usd(value) })
    house.script['wallet.refund'] = async () => refuse('payment-unknown')
    expect(granted(await ask('refused-refund', 1_500)).refundStatus).toBe('FAIL')
    house.script['wallet.refund'] = async () => refuse('peer-unavailable')
    expect(granted(await ask('silent-refund', 1_500)).refundStatus).toBe('PROCESSING')
    expect(await ask('one-too-many', 501)).toMatchObject({ refusal: { code: 'refund-exceeds-payment' } })
    expect(granted(await ask('what-is-left', 500)).refundStatus).toBe('PROCESSING')
  })

  it('grows a log whose every head begins with the one before, and whose entries nobody forks', async () => {
    house = await openHouse('sqlite::memory:')
    const held = await house.delegate('100000')
    let last: { size: number; root: string } | undefined
    for (const value of ['100', '200', '300']) {
      await Promise.all([house.buy(held, value), house.buy(held, '50')])
      const request = last ? { firstSize: last.size } : {}
      const { treeHead, consistency = [] } = granted(await house.asWallet('network.inquiryTreeHead', request))
      const head = granted(await verifyHead(treeHead, house.keys))
      if (last) expect(verifyConsistency(last, head, consistency)).toBe(true)
      last = head
    }
    const rows = await house.database.selectFrom('network_log').select('position').orderBy('position').execute()
    expect(rows.map(({ position }) => Number(position))).toEqual([...rows.keys()])
  })
})
