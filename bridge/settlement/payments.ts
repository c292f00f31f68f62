/** Payments by the request they pay for: recorded before money moves, so that no request is ever paid twice. */
import { accept, type Outcome, refuse } from '../../reference/core/outcome.ts'
import { openDatabase, type Row, type Run } from './database.ts'

/** `held`: verified and set aside. `settling`: taken, not yet known to have moved. `settled`: moved. `released`: over. */
export type PaymentState = 'held' | 'settling' | 'settled' | 'released'

/** A payment as it is kept. Amounts are atomic units of its channel. */
export type Payment = {
  readonly paymentId: string
  readonly channelId: string
  /** Digest of everything the payer agreed to. */
  readonly request: string
  /** The most that may be taken. */
  readonly amount: bigint
  readonly state: PaymentState
  /** What was taken, and what was taken from the channel altogether up to then. */
  readonly charge: bigint
  readonly reached: bigint
}

/** A payment to be set aside. `claim` names the request where its sender gave it a key: one claim is one payment. */
export type Hold = Pick<Payment, 'paymentId' | 'channelId' | 'request' | 'amount'> & {
  readonly claim?: string
  /** What clearing says of the channel. */
  readonly authorised: bigint
  readonly delivered: bigint
  /** Epoch seconds: when it is released unless it was settled. */
  readonly expires: number
  readonly now: number
  /** Whether this is one of the times a settled payment may be asked for again. */
  readonly counts: boolean
}

export type Payments = {
  /**
   * Sets a payment aside, once: the same one again, or another of its claim, is the payment there is. Refuses
   * `payment-request-reused` where it was made for something else, `idempotency-key-reused` where its claim was,
   * `delivered-exceeds-authorised` where the channel does not cover it, `foreign-nonce-replayed` where it was settled and
   * asked for more often than `answersMax`.
   */
  readonly hold: (hold: Hold) => Promise<Outcome<Payment>>
  /**
   * Takes `charge` of a payment before anything moves: whatever happens then, it is known that it was to move. What was
   * taken once stays what it was, however much is asked for later.
   */
  readonly take: (paymentId: string, charge: bigint) => Promise<Outcome<Payment>>
  /** Records that it is settled, and how much of its channel has moved where it is not left to a batch. */
  readonly finish: (payment: Payment, moved?: bigint) => Promise<void>
  /** The payment of this name, or of this claim. */
  readonly find: (paymentId: string, claim?: string) => Promise<Payment | undefined>
  /** What was taken from a channel altogether. */
  readonly charged: (channelId: string) => Promise<bigint>
  /** Channels of which more was taken than they say was moved, with how much was taken: what a batch settles. */
  readonly outstanding: () => Promise<readonly { readonly channelId: string; readonly charged: bigint }[]>
  /** Records what was moved of a channel. */
  readonly moved: (channelId: string, delivered: bigint) => Promise<void>
  readonly close: () => Promise<void>
}

const tables = [
  `create table if not exists bridge_channels (channel_id varchar(43) primary key, taken bigint not null,
    charged bigint not null, moved bigint not null, check (0 <= moved and charged <= taken))`,
  `create table if not exists bridge_payments (payment_id varchar(43) primary key, channel_id varchar(43) not null,
    request varchar(43) not null, claim varchar(43) unique, amount bigint not null, charge bigint not null,
    reached bigint not null, state varchar(8) not null check (state in ('held', 'settling', 'settled', 'released')),
    answers bigint not null, expires bigint not null, check (0 <= charge and charge <= amount))`,
  'create index if not exists bridge_payments_held on bridge_payments (channel_id, state, expires)',
]

const paymentOf = (row: Row): Payment => ({
  paymentId: String(row.payment_id),
  channelId: String(row.channel_id),
  request: String(row.request),
  amount: BigInt(row.amount ?? 0n),
  state: row.state as PaymentState,
  charge: BigInt(row.charge ?? 0n),
  reached: BigInt(row.reached ?? 0n),
})

const byId = 'select * from bridge_payments where payment_id = ?'

/** Takes the row of the channel for this transaction, made where it is new, and releases what was held too long. */
const openChannel = async (run: Run, { channelId, delivered, now }: Hold): Promise<void> => {
  await run(
    `insert into bridge_channels (channel_id, taken, charged, moved) values (?, ?, ?, ?)
      on conflict (channel_id) do update set moved = bridge_channels.moved returning channel_id`,
    channelId,
    delivered,
    delivered,
    delivered,
  )
  const expired = await run(
    `update bridge_payments set state = 'released' where channel_id = ? and state = 'held' and expires <= ?
      returning amount`,
    channelId,
    BigInt(now),
  )
  const back = expired.reduce((sum, { amount }) => sum + BigInt(amount ?? 0n), 0n)
  if (back > 0n)
    await run('update bridge_channels set taken = taken - ? where channel_id = ? returning taken', back, channelId)
}

/** The payment there is for a hold: by its own name or by its claim. */
const known = async (run: Run, paymentId: string, claim: string | undefined): Promise<Row | undefined> => {
  const [own] = await run(byId, paymentId)
  if (own || claim === undefined) return own
  const [claimed] = await run('select * from bridge_payments where claim = ?', claim)
  return claimed
}

/** Answers a payment there is again; what was released is set aside once more, under the name it now comes by. */
const again = async (run: Run, row: Row, hold: Hold, answersMax: number): Promise<Outcome<Payment> | 'anew'> => {
  const isOwn = row.payment_id === hold.paymentId
  if (row.request !== hold.request) return refuse(isOwn ? 'payment-request-reused' : 'idempotency-key-reused')
  if (row.state === 'released') {
    await run('delete from bridge_payments where payment_id = ? returning payment_id', String(row.payment_id))
    return 'anew'
  }
  if (row.state === 'held' || !hold.counts) return accept(paymentOf(row))
  const [counted] = await run(
    'update bridge_payments set answers = answers + 1 where payment_id = ? and answers < ? returning answers',
    String(row.payment_id),
    BigInt(answersMax),
  )
  return counted ? accept(paymentOf(row)) : refuse('foreign-nonce-replayed', { detail: 'it was answered often enough' })
}

const insert = async (run: Run, hold: Hold): Promise<Outcome<Payment>> => {
  const { paymentId, channelId, request, amount, authorised, expires } = hold
  const [covered] = await run(
    'update bridge_channels set taken = taken + ? where channel_id = ? and taken + ? <= ? returning taken',
    amount,
    channelId,
    amount,
    authorised,
  )
  if (!covered) return refuse('delivered-exceeds-authorised', { detail: 'the channel is not signed for this much' })
  const [row] = await run(
    `insert into bridge_payments (payment_id, channel_id, request, claim, amount, charge, reached, state, answers, expires)
      values (?, ?, ?, ?, ?, 0, 0, 'held', 0, ?) returning *`,
    paymentId,
    channelId,
    request,
    hold.claim ?? null,
    amount,
    BigInt(expires),
  )
  if (!row) throw new Error('a payment could not be recorded')
  return accept(paymentOf(row))
}

const take = async (run: Run, paymentId: string, charge: bigint): Promise<Outcome<Payment>> => {
  // The row is locked by the statement that changes it: of two that take a payment, one finds it taken.
  const [held] = await run(
    `update bridge_payments set state = 'settling', charge = ? where payment_id = ? and state = 'held' and amount >= ?
      returning *`,
    charge,
    paymentId,
    charge,
  )
  if (!held) {
    const [row] = await run(byId, paymentId)
    if (!row) return refuse('payment-unknown')
    if (row.state === 'held') return refuse('delivered-exceeds-authorised')
    return row.state === 'released'
      ? refuse('foreign-expired', { detail: 'it was set aside for too long' })
      : accept(paymentOf(row))
  }
  const { amount, channelId } = paymentOf(held)
  const [channel] = await run(
    'update bridge_channels set charged = charged + ?, taken = taken - ? where channel_id = ? returning charged',
    charge,
    amount - charge,
    channelId,
  )
  const [row] = await run(
    'update bridge_payments set reached = ? where payment_id = ? returning *',
    BigInt(channel?.charged ?? 0n),
    paymentId,
  )
  if (!channel || !row) throw new Error('a payment without a channel')
  return accept(paymentOf(row))
}

/** A claim that two channels of one payer make at once is refused to one of them by the database: asked again, it is there. */
const isTaken = (error: unknown): boolean => /23505|UNIQUE/.test(`${(error as { code?: unknown }).code} ${error}`)

const markMoved = (run: Run, channelId: string, moved: bigint) =>
  run(
    'update bridge_channels set moved = ? where channel_id = ? and moved < ? returning moved',
    moved,
    channelId,
    moved,
  )

const numberOf = (rows: readonly Row[], name: string): bigint => BigInt(rows[0]?.[name] ?? 0n)

/** Opens payments in `sqlite:FILE` or `postgres://...`. `answersMax`: how often a settled payment is answered again. */
export const openPayments = async (url: string, { answersMax = 8 } = {}): Promise<Payments> => {
  const database = openDatabase(url)
  await database.transact(async (run) => {
    for (const table of tables) await run(table)
  })
  const hold = (wanted: Hold): Promise<Outcome<Payment>> =>
    database.transact(async (run) => {
      await openChannel(run, wanted)
      const row = await known(run, wanted.paymentId, wanted.claim)
      const answered = row ? await again(run, row, wanted, answersMax) : 'anew'
      return answered === 'anew' ? insert(run, wanted) : answered
    })
  return {
    hold: (wanted) => hold(wanted).catch((error) => (isTaken(error) ? hold(wanted) : Promise.reject(error))),
    take: (paymentId, charge) => database.transact((run) => take(run, paymentId, charge)),
    finish: ({ paymentId, channelId }, moved) =>
      database.transact(async (run) => {
        const [row] = await run(
          `update bridge_payments set state = 'settled' where payment_id = ? and state in ('settling', 'settled')
            returning payment_id`,
          paymentId,
        )
        if (!row) throw new Error('a payment that was not taken cannot have moved')
        if (moved !== undefined) await markMoved(run, channelId, moved)
      }),
    find: (paymentId, claim) =>
      database.transact(async (run) => {
        const row = await known(run, paymentId, claim)
        return row && paymentOf(row)
      }),
    charged: (channelId) =>
      database.transact(async (run) =>
        numberOf(await run('select charged from bridge_channels where channel_id = ?', channelId), 'charged'),
      ),
    outstanding: () =>
      database.transact(async (run) =>
        (await run('select channel_id, charged from bridge_channels where charged > moved order by channel_id')).map(
          (row) => ({ channelId: String(row.channel_id), charged: BigInt(row.charged ?? 0n) }),
        ),
      ),
    moved: (channelId, delivered) =>
      database.transact(async (run) => {
        await markMoved(run, channelId, delivered)
      }),
    close: database.close,
  }
}
