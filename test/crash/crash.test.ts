/** Clearings killed under load, a few times here and many by npm run test:crash; and proof that a loss would be seen. */
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { openBooks } from '../../reference/clearing/open-books.ts'
import { start } from '../reference/clearing/house.ts'
import { openClearing } from './clearing.ts'
import { crashEmbedded } from './embedded.ts'
import { crashCluster } from './failover.ts'
import { dice, Payers } from './payers.ts'

const seed = 20_261_120

describe('a clearing that is killed', () => {
  it('loses no acknowledged tick and makes none, with its books in a file', { timeout: 120_000 }, async () => {
    const report = await crashEmbedded(10, seed)
    expect(report.phases.load).toBeGreaterThan(0)
    expect(report.acknowledged).toBeGreaterThan(0)
    expect(report.refusals).toEqual([])
  })

  it('loses none and makes none when the primary of three nodes dies', { timeout: 180_000 }, async (context) => {
    const report = await crashCluster(1, seed)
    if (!report) return context.skip('there is no embedded PostgreSQL for this machine')
    expect(report.acknowledged).toBeGreaterThan(0)
  })

  it.each([
    ['a tick that was lost', 'authorised = authorised - 1, delivered = 0', /lost authorised/],
    ['a tick that was made', 'authorised = authorised + 1000', /made authorised/],
    ['a delivery that was made', 'delivered = authorised', /made delivered/],
    ['a balance that moved', 'cap = cap', /do not add up/],
  ])('would be seen to have %s', async (_, change, complaint) => {
    const engine = await openBooks('sqlite::memory:', () => start)
    const payers = new Payers('seen', dice(seed))
    const orders: string[] = []
    const opened = payers.connect((line) => orders.push(line.trimEnd()))
    const database = engine.database
    const clearing = await openClearing(engine, 'seen', (line) => payers.hear(line.trimEnd()))
    await opened
    payers.pump()
    for (const order of orders) if (!order.startsWith('deliver')) clearing.take(order)
    await clearing.engine.idle()
    await payers.prove(database)
    await sql.raw(`update clearing_channels set ${change} where profile = 'voucher'`).execute(database)
    await sql.raw(`update clearing_accounts set credits = credits + 1 where owner = 'seller'`).execute(database)
    await expect(payers.prove(database)).rejects.toThrow(complaint)
    await database.destroy()
  })
})
