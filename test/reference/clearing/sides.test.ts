/** Links of payer and payee that wait for one window: each side is judged by what it may do (found by the simulator). */
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { audit } from '../../../reference/clearing/audit.ts'
import { topUpChannel } from '../../../reference/clearing/channels.ts'
import { closeChannel, endMandate } from '../../../reference/clearing/endings.ts'
import { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import type { LiveChannel } from '../../../reference/clearing/records.ts'
import type { Side } from '../../../reference/core/clearing/index.ts'
import { admitAll, ask, type Opened, open, plan, start } from './house.ts'

const twoDays = 172_800
let now = start

/** Books with one channel of links, and a way to offer them. */
const opened = async () => {
  now = start
  const engine = await openBooks('sqlite::memory:', () => now)
  await admitAll(engine, ['payer', 'payee'])
  const channel = await open(engine, { word: 'sides', profile: 'hash-chain', length: 5_000, graceSeconds: twoDays })
  return { engine, ...channel, tick: ticker(engine, channel) }
}

const ticker =
  (engine: ClearingEngine, { live, chain }: Pick<Opened, 'live' | 'chain'>) =>
  (index: number, side: Side): Promise<string> =>
    ask((listener) => engine.offerLink(live, index, chain.link(index), 0, side, listener))

/** How a payer loses its right to tick while links wait; the window that holds them is judged after it. */
const ends: readonly (readonly [string, string, (engine: ClearingEngine, live: LiveChannel) => unknown])[] = [
  ['its mandate ends', 'mandate-revoked', (engine) => endMandate(engine, 'mandate-payer')],
  ['it closes', 'channel-closing', (engine, live) => closeChannel(engine, live, 'payer')],
  [
    'its time is over',
    'channel-expired',
    () => {
      now = start + 86_400
    },
  ],
]

const orders: readonly (readonly [Side, number, Side, number])[] = [
  ['payer', 5, 'payee', 3],
  ['payee', 3, 'payer', 5],
  ['payer', 3, 'payee', 5],
  ['payee', 5, 'payer', 3],
  ['payer', 5, 'payee', 5],
]

describe.each(ends)('a payer that has links waiting while %s', (_, code, end) => {
  it.each(orders)('is refused, and its payee redeems: %s %i, %s %i', async (first, one, second, two) => {
    const { engine, live, chain, tick } = await opened()
    const ended = [engine, live] as const
    const redeemed = first === 'payee' ? one : two
    /** The end has its turn at the books before the window of these ticks; its time comes once they are offered. */
    const late = code === 'channel-expired'
    const ending = late ? undefined : end(...ended)
    const answers = [tick(one, first), tick(two, second)]
    if (late) end(...ended)
    await ending
    const [said, heard] = await Promise.all(answers)
    expect({ [first]: said, [second]: heard }).toEqual({ payer: code, payee: 'durable' })
    expect(live.state).toMatchObject({ authorised: BigInt(redeemed), linkIndex: redeemed })
    engine.forget()
    const read = (await engine.find(live.id)) as LiveChannel
    expect(read.link).toBe(Buffer.from(chain.link(redeemed)).toString('base64url'))
    expect(read.state.authorised).toBe(BigInt(redeemed))
    const next = ticker(engine, { live: read, chain })
    expect(await next(redeemed, 'payee')).toBe('unchanged')
    expect(await next(redeemed + 1, 'payee')).toBe('durable')
    expect(await audit(engine.database)).toEqual([])
    await engine.database.destroy()
  })
})

it('a payer is refused what its payee redeems in the same window, after another node ended the mandate', async () => {
  const { engine, live, chain } = await opened()
  const { database } = engine
  const other = new ClearingEngine({ database, engine: 'sqlite', now: () => now })
  const stale = (await other.find(live.id)) as LiveChannel
  await endMandate(engine, 'mandate-payer')
  expect(stale.state.revokedAt).toBeUndefined()
  const tick = ticker(other, { live: stale, chain })
  expect(await Promise.all([tick(76, 'payer'), tick(101, 'payee')])).toEqual(['mandate-revoked', 'durable'])
  expect(stale.state).toMatchObject({ revokedAt: start, linkIndex: 101 })
  await database.destroy()
})

it('a payer whose tick the books hold is still refused after the end of its mandate', async () => {
  const { engine, live, chain, tick } = await opened()
  const other = new ClearingEngine({ database: engine.database, engine: 'sqlite', now: () => now })
  const stale = ticker(other, { live: (await other.find(live.id)) as LiveChannel, chain })
  expect(await tick(9, 'payer')).toBe('durable')
  await endMandate(engine, 'mandate-payer')
  expect(await stale(7, 'payer')).toBe('mandate-revoked')
  await engine.database.destroy()
})

it('a link that comes again is answered by what became of the one that waited', async () => {
  const { engine, live, chain, tick } = await opened()
  expect(await Promise.all([tick(4, 'payer'), tick(4, 'payee'), tick(2, 'payee')])).toEqual([
    'durable',
    'unchanged',
    'corrected',
  ])
  const ending = endMandate(engine, 'mandate-payer')
  const forged = ask((heard) => engine.offerLink(live, 7, chain.link(8), 0, 'payee', heard))
  expect(await forged).toBe('chain-link-wrong')
  const answers = [tick(1_500 - 600, 'payer'), tick(1_500, 'payer'), tick(1_500, 'payee'), tick(900, 'payee')]
  const bent = ask((heard) => engine.offerLink(live, 1_000, chain.link(1_001), 0, 'payee', heard))
  await ending
  expect(await Promise.all([...answers, bent])).toEqual([
    'mandate-revoked',
    'mandate-revoked',
    'chain-skip-too-long',
    'durable',
    'chain-link-wrong',
  ])
  expect(live.state).toMatchObject({ authorised: 900n, linkIndex: 900 })
  await engine.database.destroy()
})

it('everybody who waits hears that the books cannot be written', async () => {
  const { engine, tick } = await opened()
  expect(await tick(2, 'payer')).toBe('durable')
  await sql`create trigger stuck before insert on clearing_windows begin select raise(abort, 'disk full'); end`.execute(
    engine.database,
  )
  const answers = [tick(5, 'payer'), tick(2, 'payer'), tick(5, 'payee'), tick(1, 'payee')]
  expect(await Promise.all(answers)).toEqual(['clearing-busy', 'corrected', 'clearing-busy', 'corrected'])
  await engine.database.destroy()
})

/** The anchor of the same links at another price. */
const dearer = () => {
  const { opening } = plan({
    word: 'sides',
    profile: 'hash-chain',
    length: 5_000,
    graceSeconds: twoDays,
    unitPrice: 7n,
  })
  if (!('anchor' in opening) || !opening.anchor) throw new Error('a chain has an anchor')
  return { topUpId: 'dearer', amount: 0n, anchor: opening.anchor }
}

it('a window judged by a chain that another took the place of moves nothing', async () => {
  const { engine, live, chain } = await opened()
  const other = new ClearingEngine({ database: engine.database, engine: 'sqlite', now: () => now })
  const stale = (await other.find(live.id)) as LiveChannel
  expect(await topUpChannel(engine, live, dearer())).toMatchObject({ ok: true })
  expect(await ticker(other, { live: stale, chain })(5, 'payer')).toBe('clearing-busy')
  engine.forget()
  const read = (await engine.find(live.id)) as LiveChannel
  expect(read.state).toMatchObject({ authorised: 0n, linkIndex: 0 })
  expect(await ticker(engine, { live: read, chain })(5, 'payee')).toBe('durable')
  expect(read.state.authorised).toBe(35n)
  await engine.database.destroy()
})

it('links that wait when another chain takes the place of theirs are not acknowledged for it', async () => {
  const { engine, live, tick } = await opened()
  const topping = topUpChannel(engine, live, dearer())
  const old = [tick(3, 'payer'), tick(4, 'payer'), tick(2, 'payee')]
  expect(await topping).toMatchObject({ ok: true })
  expect(await Promise.all([...old, tick(1, 'payer')])).toEqual([...Array(3).fill('clearing-busy'), 'durable'])
  expect(live.state).toMatchObject({ authorised: 7n, linkIndex: 1 })
  await engine.database.destroy()
})
