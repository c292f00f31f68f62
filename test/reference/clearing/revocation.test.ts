/** Mandates that end while their channels are being written or opened: nobody may forget it (found by the simulator). */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChannel } from '../../../reference/clearing/channels.ts'
import { endMandate } from '../../../reference/clearing/endings.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { type Postgres, startPostgres } from '../ledger/postgres.ts'
import { admitAll, ask, hearer, open, plan, start } from './house.ts'

let server: Postgres | undefined
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

it.each([
  ['SQLite', async () => 'sqlite::memory:'],
  ['PostgreSQL', async () => server?.url],
])('a mandate that ends while windows are written has ended for the next tick on %s', async (_, fresh) => {
  const url = await fresh()
  if (url === undefined) return
  const engine = await openBooks(url, () => start, { delayMsMax: 0 })
  await admitAll(engine, ['payer', 'payee'])
  const { listener } = hearer()
  for (let turns = 0; turns < 12; turns++) {
    const word = `ending ${turns}`
    const { live, chain } = await open(engine, { word, mandateId: word, profile: 'hash-chain', length: 5_000 })
    let at = 0
    let ended = false
    const next = () => ++at
    const pump = (): void => {
      if (ended || at > 4_900) return
      const index = next()
      engine.offerLink(live, index, chain.link(index), 0, 'payer', listener)
      setImmediate(pump)
    }
    pump()
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
    await endMandate(engine, word)
    ended = true
    const late = next()
    expect(await ask((heard) => engine.offerLink(live, late, chain.link(late), 0, 'payer', heard))).toBe(
      'mandate-revoked',
    )
    await engine.idle()
    expect(live.state.revokedAt).toBe(start)
    engine.forget()
    expect((await engine.find(live.id))?.state).toMatchObject({ revokedAt: start, authorised: live.state.authorised })
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
