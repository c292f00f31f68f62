/** Proves that a purse signs one payment for one agreement, goes on where it began, and never signs for more than is asked. */

import { sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openPurse, type PayerChannel } from '../../../bridge/settlement/index.ts'
import { signerOf } from '../../reference/clearing/house.ts'

const { key } = signerOf('purse')
const channel = (channelId: string, cap = 1_000n, authorised = 0n): PayerChannel => ({
  channelId,
  cap,
  authorised,
  sequence: 7n,
  sign: (bytes) => sign(null, bytes, key),
})
const purseOf = (channels: readonly PayerChannel[]) => {
  let at = 0
  let count = 0
  return {
    purse: openPurse({
      channelTo: async () => channels[Math.min(at, channels.length - 1)] as PayerChannel,
      now: () => 1_000,
      newNonce: () => `nonce-${++count}`.padEnd(16, '-'),
    }),
    rotate: () => {
      at += 1
    },
  }
}
const due = { payee: 'shop', currency: 'USD', scale: 6, amount: 10n, seconds: 60 }

describe('a purse', () => {
  it('offers one payment until it hears of its end, and then the next', async () => {
    const { purse } = purseOf([channel('a'.repeat(43))])
    const [first, second] = await Promise.all([purse.prove('D', 'tea', due), purse.prove('D', 'tea', due)])
    expect(second).toEqual(first)
    expect(first).toMatchObject({ cumulative: '10', sequence: '8', validBefore: 1_060 })
    expect((await purse.prove('D', 'coffee', due)).cumulative).toBe('20')
    expect((await purse.prove('D', 'tea', due, 'again')).cumulative).toBe('30')
    for (const refused of ['clearing-busy', 'internal-error']) expect(purse.learn(first, { refused })).toBe(false)
    expect((await purse.prove('D', 'tea', due)).nonce).toBe(first.nonce)
    expect(purse.learn(first, { charge: 10n })).toBe(false)
    expect(purse.learn(first, { charge: 10n })).toBe(false)
    const next = await purse.prove('D', 'tea', due)
    expect([next.cumulative, next.nonce === first.nonce]).toEqual(['40', false])
  })

  it('goes on where a payment began, and begins anew where that channel is over', async () => {
    const [one, two] = [channel('a'.repeat(43)), channel('b'.repeat(43))]
    const { purse, rotate } = purseOf([one, two])
    const first = await purse.prove('D', 'tea', due)
    rotate()
    expect(await purse.prove('D', 'tea', due)).toMatchObject({ channelId: one.channelId, nonce: first.nonce })
    expect(purse.learn(first, { refused: 'channel-closed' })).toBe(true)
    expect(await purse.prove('D', 'tea', due)).toMatchObject({ channelId: two.channelId, cumulative: '10' })
  })

  it('signs for more where it is told that the channel does not cover it', async () => {
    const { purse } = purseOf([channel('a'.repeat(43))])
    const first = await purse.prove('D', 'tea', due)
    expect(purse.learn(first, { refused: 'delivered-exceeds-authorised' })).toBe(true)
    expect((await purse.prove('D', 'tea', due)).cumulative).toBe('20')
  })

  it('never owes more than what was charged and what is open, nor signs beyond the cap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            amount: fc.integer({ min: 1, max: 60 }),
            used: fc.integer({ min: -5, max: 90 }),
            ends: fc.constantFrom('paid', 'refused', 'lost'),
          }),
          { maxLength: 30 },
        ),
        async (steps) => {
          const { purse } = purseOf([channel('a'.repeat(43), 1_000n, 100n)])
          let [charged, open] = [100n, 0n]
          for (const [index, { amount, used, ends }] of steps.entries()) {
            const most = BigInt(amount)
            if (charged + open + most > 1_000n) {
              await expect(purse.prove('D', index, { ...due, amount: most })).rejects.toThrow(RangeError)
              return
            }
            const proof = await purse.prove('D', index, { ...due, amount: most })
            expect(BigInt(proof.cumulative)).toBe(charged + open + most)
            if (ends === 'lost') open += most
            // Whatever a server says was used, it is at least nothing and at most what was signed for.
            if (ends === 'paid') {
              purse.learn(proof, { charge: BigInt(used) })
              charged += used < 0 || used > amount ? most : BigInt(used)
            }
            if (ends === 'refused') purse.learn(proof, { refused: 'mandate-revoked' })
          }
        },
      ),
      { numRuns: 100 },
    )
  })
})
