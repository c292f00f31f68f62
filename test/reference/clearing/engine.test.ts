/** The durable engine on SQLite and PostgreSQL: one contract, proven by the books after every story. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admit, prefund } from '../../../reference/clearing/admission.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import { openChannel, topUpChannel } from '../../../reference/clearing/channels.ts'
import { closeChannel, endMandate, sweepChannels } from '../../../reference/clearing/endings.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { type Postgres, startPostgres } from '../ledger/postgres.ts'
import { admitAll, ask, hearer, open, plan, start } from './house.ts'

let server: Postgres | undefined
const engines: readonly (readonly [string, () => Promise<string | undefined>])[] = [
  ['SQLite', async () => 'sqlite::memory:'],
  ['PostgreSQL', async () => server?.fresh(`clearing_${randomBytes(6).toString('hex')}`)],
]
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.stop())

describe.each(engines)('the clearing engine on %s', (_, fresh) => {
  let engine: ClearingEngine
  let now = start
  let there = true

  beforeAll(async () => {
    const url = await fresh()
    there = url !== undefined
    if (url === undefined) return
    engine = await openBooks(url, () => now)
    await admitAll(engine, ['payer', 'payee', 'other'])
  })
  afterAll(async () => {
    if (!there) return
    expect(await audit(engine.database)).toEqual([])
    await engine.database.destroy()
  })

  const balance = async (participant: string): Promise<bigint> => {
    const { credits, debits } = await engine.database
      .selectFrom('clearing_accounts')
      .select(['credits', 'debits'])
      .where('owner', '=', participant)
      .where('currency', '=', 'USD')
      .executeTakeFirstOrThrow()
    return credits - debits
  }
  /** Runs a story where the engine is there. */
  const story = (title: string, play: () => Promise<void>): void =>
    it(title, async (context) => {
      if (!there) return context.skip('there is no embedded PostgreSQL for this machine')
      await play()
    })

  story('takes vouchers once, newest first, and proves a lower one wrong', async () => {
    const { live, voucher } = await open(engine, { word: 'vouchers' })
    const tick = (...parts: Parameters<typeof voucher>) =>
      ask((listener) => engine.offerVoucher(live, voucher(...parts), 'payer', listener))
    expect(await tick(0n, 7n)).toBe('micro-amount-zero')
    expect(await tick(500n, 5n)).toBe('durable')
    expect(await tick(500n, 5n)).toBe('unchanged')
    expect(await tick(400n, 9n)).toBe('corrected')
    expect(await tick(500n, 6n)).toBe('voucher-conflict')
    expect(await tick(501n, 6n, { signature: new Uint8Array(64) })).toBe('voucher-signature-invalid')
    expect(await tick(10n ** 9n + 1n, 6n)).toBe('channel-cap-exceeded')
    expect(await tick(501n, 6n, { expiresAt: BigInt(start) })).toBe('voucher-expired')
    engine.forget()
    const read = await engine.find(live.id)
    expect(read?.state).toMatchObject({ authorised: 500n, delivered: 0n })
    expect(read?.state.voucher?.sequence).toBe(5n)
  })

  story('verifies the newest voucher of a window, and the next where that is forged', async () => {
    const { live, voucher } = await open(engine, { word: 'windows' })
    const { heard, listener } = hearer()
    for (const cumulative of [10n, 20n, 30n]) engine.offerVoucher(live, voucher(cumulative), 'payer', listener)
    engine.offerVoucher(live, voucher(99n, 99n, { signature: new Uint8Array(64).fill(7) }), 'payer', listener)
    await engine.settled()
    expect(heard.sort()).toEqual(['durable 30', 'voucher-signature-invalid'])
    expect(live.state.authorised).toBe(30n)
  })

  story('takes one of the vouchers of a window that contradict each other', async () => {
    const { live, voucher } = await open(engine, { word: 'contradictions' })
    const offered = [
      voucher(20n, 5n),
      voucher(30n, 7n, { contextHash: new Uint8Array(32).fill(1) }),
      voucher(10n, 7n),
      voucher(25n, 8n),
      voucher(30n, 7n),
      voucher(30n, 7n),
    ]
    const answers = offered.map((each) => ask((listener) => engine.offerVoucher(live, each, 'payer', listener)))
    const conflict = 'voucher-conflict'
    expect(await Promise.all(answers)).toEqual(['durable', conflict, conflict, conflict, 'durable', 'durable'])
    expect(live.state.authorised).toBe(30n)
  })

  story('takes links, each verified, and stops at a wrong one', async () => {
    const { live, chain } = await open(engine, { profile: 'hash-chain', word: 'links', length: 5_000, unitPrice: 3n })
    const { heard, listener } = hearer()
    for (let index = 1; index <= 1_000; index++)
      expect(engine.offerLink(live, index, chain.link(index), 0, 'payer', listener)).toBeUndefined()
    expect(engine.offerLink(live, 1_001, chain.link(1_002), 0, 'payer', listener)?.code).toBe('chain-link-wrong')
    await engine.settled()
    expect(heard).toEqual(['durable 3000'])
    const tick = (index: number, link = index) =>
      ask((l) => engine.offerLink(live, index, chain.link(link), 0, 'payer', l))
    expect(await tick(1_000)).toBe('unchanged')
    expect(await tick(999)).toBe('corrected')
    expect(await tick(2_025)).toBe('chain-skip-too-long')
    expect(await tick(2_024)).toBe('durable')
    engine.forget()
    const read = await engine.find(live.id)
    expect(read?.state).toMatchObject({ authorised: 6_072n, linkIndex: 2_024 })
    expect(read && (await ask((l) => engine.offerLink(read, 2_025, chain.link(2_025), 0, 'payer', l)))).toBe('durable')
  })

  story('keeps authorised and delivered apart, and closes at delivered', async () => {
    const [payer, payee] = [await balance('payer'), await balance('payee')]
    const { live, voucher } = await open(engine, { word: 'delivery', cap: 1_000n })
    expect(await balance('payer')).toBe(payer - 1_000n)
    expect(await ask((l) => engine.offerVoucher(live, voucher(700n), 'payer', l))).toBe('durable')
    expect(await ask((l) => engine.offerDelivery(live, 701n, l))).toBe('delivered-exceeds-authorised')
    expect(await ask((l) => engine.offerDelivery(live, 600n, l))).toBe('durable')
    expect(await ask((l) => engine.offerDelivery(live, 100n, l))).toBe('durable')
    expect(live.state).toMatchObject({ authorised: 700n, delivered: 600n })
    expect(await closeChannel(engine, live, 'payee')).toMatchObject({ ok: true })
    expect(await closeChannel(engine, live, 'payee')).toMatchObject({ ok: true })
    expect(await balance('payer')).toBe(payer - 600n)
    expect(await balance('payee')).toBe(payee + 600n)
    expect(await ask((l) => engine.offerVoucher(live, voucher(800n), 'payer', l))).toBe('channel-closed')
  })

  story('holds the budget of a mandate over all its channels, however many open at once', async () => {
    const wishes = Array.from({ length: 10 }, (_, n) =>
      plan({ word: `race ${n}`, cap: 300n, mandateId: 'mandate-race' }),
    )
    const granted = {
      ...plan({ word: 'race 0', mandateId: 'mandate-race' }).opening.grant,
      units: 1_000n,
      grantId: 'grant-race',
    }
    const outcomes = await Promise.all(wishes.map(({ opening }) => openChannel(engine, { ...opening, grant: granted })))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3)
    expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.refusal.code))).toEqual(
      Array(7).fill('budget-exceeded'),
    )
  })

  story('never lets a participant owe more than its money and its credit', async () => {
    await admit(engine, { participantId: 'poor', currency: 'USD', scale: 6, creditLimit: 50n })
    await prefund(engine, 'poor', { currency: 'USD', scale: 6, value: 100n }, 'poor-1')
    await prefund(engine, 'poor', { currency: 'USD', scale: 6, value: 100n }, 'poor-1')
    const outcome = await openChannel(engine, plan({ payer: 'poor', cap: 151n, word: 'poor 1' }).opening)
    expect(!outcome.ok && outcome.refusal.code).toBe('credit-exceeded')
    await open(engine, { payer: 'poor', cap: 150n, word: 'poor 2' })
    expect(await balance('poor')).toBe(-50n)
    expect(await admit(engine, { participantId: 'poor', currency: 'USD', scale: 6, creditLimit: 49n })).toMatchObject({
      refusal: { code: 'credit-exceeded' },
    })
  })

  story('tops up once for each identifier, and starts the next chain where the last ended', async () => {
    const { live, voucher } = await open(engine, {
      word: 'top-up',
      cap: 100n,
      granted: 500n,
      mandateId: 'mandate-top-up',
    })
    const before = await balance('payer')
    const request = { topUpId: 'top-up-1', amount: 400n }
    expect(await topUpChannel(engine, live, request)).toMatchObject({ ok: true })
    expect(await topUpChannel(engine, live, request)).toMatchObject({ ok: true })
    expect(await topUpChannel(engine, live, { ...request, amount: 1n })).toMatchObject({ ok: false })
    expect(await balance('payer')).toBe(before - 400n)
    expect(live.state.cap).toBe(500n)
    expect(await ask((l) => engine.offerVoucher(live, voucher(450n), 'payer', l))).toBe('durable')
    expect(await topUpChannel(engine, live, { topUpId: 'top-up-2', amount: 1n })).toMatchObject({
      refusal: { code: 'budget-exceeded' },
    })
  })

  story('stops a payer whose mandate ended at once, and lets the payee redeem through the grace', async () => {
    const { live, voucher } = await open(engine, { word: 'revoked', mandateId: 'mandate-revoked', graceSeconds: 60 })
    const tick = (cumulative: bigint, side: 'payer' | 'payee') =>
      ask((l) => engine.offerVoucher(live, voucher(cumulative), side, l))
    expect(await tick(10n, 'payer')).toBe('durable')
    expect(await endMandate(engine, 'mandate-revoked')).toEqual([live.id])
    expect(await tick(20n, 'payer')).toBe('mandate-revoked')
    expect(await tick(30n, 'payee')).toBe('durable')
    expect(await ask((l) => engine.offerDelivery(live, 25n, l))).toBe('durable')
    const reopened = await openChannel(engine, plan({ word: 'revoked 2', mandateId: 'mandate-revoked' }).opening)
    expect(!reopened.ok && reopened.refusal.code).toBe('mandate-revoked')
    now += 60
    expect(await tick(40n, 'payee')).toBe('mandate-revoked')
    expect(await sweepChannels(engine)).toBe(1)
    expect(await engine.find(live.id)).toMatchObject({ state: { status: 'closed', authorised: 30n, delivered: 25n } })
  })

  story('opens the same descriptor once, also after it was closed', async () => {
    const { live } = await open(engine, { word: 'again', cap: 77n })
    const before = await balance('payer')
    expect((await open(engine, { word: 'again', cap: 77n })).live).toBe(live)
    expect(await balance('payer')).toBe(before)
    await closeChannel(engine, live, 'payee')
    expect((await open(engine, { word: 'again', cap: 77n })).live.state.status).toBe('closed')
    expect(await balance('payer')).toBe(before + 77n)
  })

  story('judges a window again that another writer overtook, and loses nothing', async () => {
    const { live, voucher, chain } = await open(engine, { word: 'overtaken', profile: 'hash-chain', length: 100 })
    const taken = await engine.database
      .selectFrom('clearing_windows')
      .select(({ fn }) => fn.max('window_id').as('id'))
      .executeTakeFirstOrThrow()
    await engine.database
      .insertInto('clearing_windows')
      .values({ window_id: (taken.id ?? 0n) + 1n, cycle: 1n, ticks: 0n, at: 0n })
      .execute()
    expect(await ask((l) => engine.offerLink(live, 7, chain.link(7), 0, 'payer', l))).toBe('durable')
    engine.forget()
    expect((await engine.find(live.id))?.state.authorised).toBe(7n)
    expect(voucher).toBeDefined()
  })

  story('refuses what it cannot keep up with, and takes it later', async () => {
    const { live, chain } = await open(engine, { word: 'busy', profile: 'hash-chain', length: 100_000, cap: 10n ** 6n })
    const { heard, listener } = hearer()
    let refused = 0
    for (let index = 1; index <= 70_000; index++)
      if (engine.offerLink(live, index, chain.link(index), 0, 'payer', listener)) {
        refused = index
        break
      }
    expect(refused).toBe(65_537)
    await engine.room()
    expect(engine.offerLink(live, refused, chain.link(refused), 0, 'payer', listener)).toBeUndefined()
    await engine.idle()
    expect(heard.at(-1)).toBe('durable 65537')
  })
})
