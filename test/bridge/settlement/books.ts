/** The reference's books of clearing as the rail of a till: participants with money, channels, balances, and the payer's side of them. */
import { randomBytes, sign } from 'node:crypto'
import type { Payer, PayerChannel } from '../../../bridge/settlement/index.ts'
import { openPayments, openTill, type Rail } from '../../../bridge/settlement/index.ts'
import { audit } from '../../../reference/clearing/audit.ts'
import { closeChannel } from '../../../reference/clearing/endings.ts'
import type { ClearingEngine } from '../../../reference/clearing/engine.ts'
import { openBooks } from '../../../reference/clearing/open-books.ts'
import type { LiveChannel } from '../../../reference/clearing/records.ts'
import { participantAccount } from '../../../reference/clearing/tables.ts'
import { accept, type Outcome, refuse } from '../../../reference/core/outcome.ts'
import { admitAll, open, signerOf, type Wish } from '../../reference/clearing/house.ts'

/** Shows a clearing what payers signed, and what was delivered. */
export const railOf = (engine: ClearingEngine): Rail => {
  const find: Rail['find'] = async (channelId) => {
    const live = await engine.find(channelId)
    if (!live) return undefined
    const { signerKey } = JSON.parse(live.row.descriptor) as { signerKey: string }
    const { payer, payee, currency, scale } = live.row
    const { cap, authorised, delivered } = live.state
    return { channelId, payer, payee, currency, scale: Number(scale), cap, authorised, delivered, signerKey }
  }
  return {
    find,
    authorise: async (channelId, voucher) => {
      const live = await engine.find(channelId)
      if (!live) return refuse('channel-unknown')
      return new Promise<Outcome<bigint>>((resolve) => {
        const refused = engine.offerVoucher(live, voucher, 'payer', {
          durable: ({ state }) => resolve(accept(state.authorised)),
          stale: ({ state }) => resolve(accept(state.authorised)),
          refused: ({ state }, refusal) =>
            resolve(refusal.code === 'voucher-conflict' ? accept(state.authorised) : { ok: false, refusal }),
        })
        if (refused) resolve({ ok: false, refusal: refused })
      })
    },
    close: async (channelId) => {
      const live = await engine.find(channelId)
      if (!live) return refuse('channel-unknown')
      const closed = await closeChannel(engine, live, 'payee')
      return closed.ok ? accept(true) : closed
    },
    deliver: async (channelId, delivered) => {
      const live = await engine.find(channelId)
      if (!live) return refuse('channel-unknown')
      return new Promise<Outcome<bigint>>((resolve) => {
        const refused = engine.offerDelivery(live, delivered, {
          durable: ({ state }) => resolve(accept(state.delivered)),
          stale: ({ state }) => resolve(accept(state.delivered)),
          refused: (_, refusal) => resolve({ ok: false, refusal }),
        })
        if (refused) resolve({ ok: false, refusal: refused })
      })
    },
  }
}

/** A clearing house with a till, in memory, whose clock is this machine's. */
export const openHouse = async (names: readonly string[] = ['agent', 'shop'], url = 'sqlite::memory:') => {
  const now = (): number => Math.floor(Date.now() / 1_000)
  const engine = await openBooks('sqlite::memory:', now)
  await admitAll(engine, names, 10n ** 15n)
  const rail = railOf(engine)
  const payments = await openPayments(url)
  const till = openTill({ rail, payments, now })
  const balance = async (participant: string, currency = 'USD', scale = 6): Promise<bigint> => {
    const { credits, debits } = await engine.database
      .selectFrom('clearing_accounts')
      .select(['credits', 'debits'])
      .where('account_id', '=', participantAccount(participant, currency, scale))
      .executeTakeFirstOrThrow()
    return credits - debits
  }
  /** A channel, and the payer who holds its key. */
  const payer = async (
    wish: Wish = {},
  ): Promise<Payer & { readonly channel: PayerChannel; readonly live: LiveChannel }> => {
    const whole = {
      payer: 'agent',
      payee: 'shop',
      cap: 10n ** 13n,
      notAfter: now() + 864_000,
      word: randomBytes(6).toString('hex'),
      ...wish,
    }
    const { live } = await open(engine, whole)
    const { key } = signerOf(whole.word)
    const channel: PayerChannel = {
      channelId: live.id,
      cap: whole.cap,
      authorised: live.state.authorised,
      sequence: 0n,
      sign: (bytes) => sign(null, bytes, key),
    }
    return { channel, live, channelTo: async () => channel, now, newNonce: () => randomBytes(18).toString('base64url') }
  }
  return {
    engine,
    rail,
    payments,
    till,
    now,
    balance,
    payer,
    close: async () => {
      await engine.idle()
      const found = await audit(engine.database)
      await payments.close()
      await engine.database.destroy()
      return found
    },
  }
}
