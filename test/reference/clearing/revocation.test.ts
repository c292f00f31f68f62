/** Mandates that end while their channels are being written or opened: nobody may forget it (found by the simulator). */
import { expect, it } from 'vitest'
import { endMandate, openChannel } from '../../../reference/clearing/channels.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { admitAll, ask, hearer, open, plan, start } from './house.ts'

it('a mandate that ends while a window is written has ended for the next tick', async () => {
  const engine = await openBooks('sqlite::memory:', () => start)
  await admitAll(engine, ['payer', 'payee'])
  for (let turns = 0; turns < 12; turns++) {
    const word = `ending ${turns}`
    const { live, chain, voucher } = await open(engine, {
      word,
      mandateId: word,
      ...(turns % 2 === 0 ? { profile: 'hash-chain', length: 50 } : {}),
    })
    const { listener } = hearer()
    const tick = (at: number) =>
      turns % 2 === 0
        ? ask((heard) => engine.offerLink(live, at, chain.link(at), 0, 'payer', heard))
        : ask((heard) => engine.offerVoucher(live, voucher(BigInt(at)), 'payer', heard))
    if (turns % 2 === 0) engine.offerLink(live, 1, chain.link(1), 0, 'payer', listener)
    else engine.offerVoucher(live, voucher(1n), 'payer', listener)
    for (let turn = 0; turn < turns / 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    await endMandate(engine, word)
    expect(await tick(2)).toBe('mandate-revoked')
    expect(await tick(3)).toBe('mandate-revoked')
    await engine.idle()
    expect((await engine.find(live.id))?.state.revokedAt).toBe(start)
  }
  await engine.database.destroy()
})

it('a mandate that ended before its first channel opens opens none', async () => {
  const engine = await openBooks('sqlite::memory:', () => start)
  await admitAll(engine, ['payer', 'payee'])
  await endMandate(engine, 'mandate-early')
  const outcome = await openChannel(engine, plan({ word: 'early', mandateId: 'mandate-early' }).opening)
  expect(!outcome.ok && outcome.refusal.code).toBe('mandate-revoked')
  await engine.database.destroy()
})
