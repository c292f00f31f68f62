/** How fast books come back after a crash: a copy of the files as a `kill -9` leaves them, opened, every channel read. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import { admitAll, start } from '../../reference/clearing/house.ts'
import { timed } from './measure.ts'
import { linkRate, openMany } from './streams.ts'

/** Ticks a second that are recovered over ticks a second taken live, on SQLite with its log not yet folded in. */
export const recoveryRatio = async (ticks: number): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'amp-recovery-'))
  try {
    const [live, crashed] = [join(folder, 'live'), join(folder, 'crashed')]
    mkdirSync(live)
    const engine = await openBooks(`sqlite:${join(live, 'books.sqlite')}`, () => start)
    await admitAll(engine, ['payer', 'payee'])
    const each = Math.floor(ticks / 100)
    const terms = { profile: 'hash-chain', length: each, cap: 10n ** 9n } as const
    const opened = await openMany(engine, 100, 'recovery', () => terms)
    const rate = await linkRate(engine, opened, each)
    cpSync(live, crashed, { recursive: true })
    await engine.database.destroy()
    const took = await timed(async () => {
      const again = await openBooks(`sqlite:${join(crashed, 'books.sqlite')}`, () => start)
      for (const { live: channel } of opened)
        if ((await again.find(channel.id))?.state.authorised !== BigInt(each)) throw new Error('a tick was lost')
      await again.database.destroy()
    })
    return (each * opened.length * 1_000) / took / rate
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
