/** Cycles: cut off, netted into positions and legs, discharged over the rail; each step happens once. */
import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { ratioOf, settlePosition } from '../core/clearing/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import { credit, debit, debitEach, Overtaken, type Transfer, type Writing, writeTransfers } from './books.ts'
import type { ClearingEngine } from './engine.ts'
import { inWindow } from './in-window.ts'
import { type Column, rowsAs } from './rows.ts'
import {
  type ClearingDatabase,
  type ClearingTables,
  participantAccount,
  railAccount,
  settlementAccount,
} from './tables.ts'

export type Position = Selectable<ClearingTables['clearing_positions']>
export type LegRow = Selectable<ClearingTables['clearing_legs']>

/** A closed cycle: every position in it and every leg that discharges it. */
export type Cycle = {
  readonly cycle: bigint
  readonly status: 'open' | 'closed' | 'settled'
  readonly cutOffAt: bigint | null
  readonly positions: readonly Position[]
  readonly legs: readonly LegRow[]
}

/** A cycle as the books hold it. Refuses `cycle-unknown`. */
export const readCycle = async (database: ClearingDatabase, cycle: bigint): Promise<Outcome<Cycle>> => {
  const head = await database.selectFrom('clearing_cycles').selectAll().where('cycle', '=', cycle).executeTakeFirst()
  if (!head) return refuse('cycle-unknown')
  const positions = await database
    .selectFrom('clearing_positions')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('currency')
    .orderBy('scale')
    .orderBy('participant_id')
    .execute()
  const legs = await database
    .selectFrom('clearing_legs')
    .selectAll()
    .where('cycle', '=', cycle)
    .orderBy('leg_id')
    .execute()
  const settled = head.status === 'closed' && legs.every(({ status }) => status === 'settled' || status === 'unwound')
  return accept({ cycle, status: settled ? 'settled' : head.status, cutOffAt: head.cut_off_at, positions, legs })
}

/** The number of the open cycle. */
export const openCycle = async (database: ClearingDatabase): Promise<bigint> =>
  (await database.selectFrom('clearing_cycles').select('cycle').where('status', '=', 'open').executeTakeFirstOrThrow())
    .cycle

const legIdOf = (cycle: bigint, currency: string, scale: bigint, participantId: string): string =>
  `leg-${cycle}-${createHash('sha256').update(`${currency}:${scale}:${participantId}`).digest('base64url').slice(0, 22)}`

type Netted = {
  readonly currency: string
  readonly scale: bigint
  readonly participantId: string
  readonly received: bigint
  readonly paid: bigint
  readonly carriedIn: bigint
  readonly net: bigint
  carriedOut: bigint
  leg: { readonly direction: 'collect' | 'pay'; readonly minor: bigint; readonly units: bigint } | undefined
}

/** Positions of the cycle with what is carried into them; participants of whom only a remainder is left wait for more. */
const netted = async ({ transaction, cycle }: Writing): Promise<Netted[]> => {
  const all = new Map<
    string,
    { row: Pick<Netted, 'currency' | 'scale' | 'participantId'>; received: bigint; paid: bigint; carried: bigint }
  >()
  const of = (participantId: string, currency: string, scale: bigint) => {
    const key = JSON.stringify([currency, scale.toString(), participantId])
    const known = all.get(key) ?? { row: { currency, scale, participantId }, received: 0n, paid: 0n, carried: 0n }
    all.set(key, known)
    return known
  }
  for (const row of await transaction
    .selectFrom('clearing_positions')
    .selectAll()
    .where('cycle', '=', cycle)
    .execute()) {
    const each = of(row.participant_id, row.currency, row.scale)
    each.received = row.received
    each.paid = row.paid
  }
  for (const row of await transaction.selectFrom('clearing_carried').selectAll().execute())
    of(row.participant_id, row.currency, row.scale).carried = row.units
  return [...all.values()].flatMap(({ row, received, paid, carried }) => {
    const { currency, scale, participantId } = row
    const { net, carriedOut, leg } = settlePosition(participantId, received - paid, carried, currency, Number(scale))
    if (received === 0n && paid === 0n && !leg) return []
    const { units, minors } = ratioOf(currency, Number(scale))
    const sized = leg && { direction: leg.direction, minor: leg.minor, units: (leg.minor / minors) * units }
    return { ...row, received, paid, carriedIn: carried, net, carriedOut, leg: sized }
  })
}

const big = (name: string, values: readonly bigint[]): Column => ({ name, type: 'bigint', values })
const text = (name: string, values: readonly string[]): Column => ({ name, type: 'text', values })

/** Takes what is to be paid out from the balances; who holds it for channels meanwhile is paid in a later cycle. */
const reserve = async (writing: Writing, all: readonly Netted[]): Promise<void> => {
  const payouts = new Map(
    all.flatMap((each) =>
      each.leg?.direction === 'pay'
        ? [[participantAccount(each.participantId, each.currency, Number(each.scale)), each] as const]
        : [],
    ),
  )
  const taken = await debitEach(writing, new Map([...payouts].map(([account, { leg }]) => [account, leg?.units ?? 0n])))
  const byMoney = new Map<string, { each: Netted; transfers: Transfer[] }>()
  for (const [account, each] of payouts) {
    if (!taken.has(account)) {
      each.carriedOut = each.net
      each.leg = undefined
      continue
    }
    const to = settlementAccount(each.currency, Number(each.scale))
    const group = byMoney.get(to) ?? { each, transfers: [] }
    byMoney.set(to, group)
    group.transfers.push({ kind: 'settle', from: account, to, amount: each.leg?.units ?? 0n })
  }
  let first = 0
  for (const [to, { each, transfers }] of byMoney) {
    await writeTransfers(writing, each, transfers, first)
    first += transfers.length
    await credit(writing, new Map([[to, transfers.reduce((sum, { amount }) => sum + amount, 0n)]]))
  }
}

const keep = async ({ transaction, engine, cycle, at }: Writing, all: readonly Netted[]): Promise<void> => {
  if (all.length > 0) {
    const rows = rowsAs(engine, 'r', [
      text(
        'participant_id',
        all.map(({ participantId }) => participantId),
      ),
      text(
        'currency',
        all.map(({ currency }) => currency),
      ),
      big(
        'scale',
        all.map(({ scale }) => scale),
      ),
      big(
        'received',
        all.map(({ received }) => received),
      ),
      big(
        'paid',
        all.map(({ paid }) => paid),
      ),
      big(
        'carried_in',
        all.map(({ carriedIn }) => carriedIn),
      ),
      big(
        'net',
        all.map(({ net }) => net),
      ),
      big(
        'carried_out',
        all.map(({ carriedOut }) => carriedOut),
      ),
    ])
    await sql`insert into clearing_positions
      (cycle, currency, scale, participant_id, received, paid, carried_in, net, carried_out)
      select cast(${cycle} as bigint), r.currency, r.scale, r.participant_id, r.received, r.paid, r.carried_in, r.net,
        r.carried_out from ${rows} where true
      on conflict (cycle, currency, scale, participant_id) do update set carried_in = excluded.carried_in,
        net = excluded.net, carried_out = excluded.carried_out`.execute(transaction)
    await sql`insert into clearing_carried (participant_id, currency, scale, units)
      select r.participant_id, r.currency, r.scale, r.carried_out from ${rows} where true
      on conflict (participant_id, currency, scale) do update set units = excluded.units`.execute(transaction)
  }
  const owing = all.flatMap((each) => (each.leg ? [{ ...each, leg: each.leg }] : []))
  if (owing.length > 0) {
    const rows = rowsAs(engine, 'r', [
      text(
        'leg_id',
        owing.map(({ currency, scale, participantId }) => legIdOf(cycle, currency, scale, participantId)),
      ),
      text(
        'currency',
        owing.map(({ currency }) => currency),
      ),
      big(
        'scale',
        owing.map(({ scale }) => scale),
      ),
      text(
        'participant_id',
        owing.map(({ participantId }) => participantId),
      ),
      text(
        'direction',
        owing.map(({ leg }) => leg.direction),
      ),
      big(
        'minor',
        owing.map(({ leg }) => leg.minor),
      ),
      big(
        'units',
        owing.map(({ leg }) => leg.units),
      ),
    ])
    await sql`insert into clearing_legs
      (leg_id, cycle, currency, scale, participant_id, direction, minor, units, status, attempts)
      select r.leg_id, cast(${cycle} as bigint), r.currency, r.scale, r.participant_id, r.direction, r.minor, r.units,
        'pending', 0 from ${rows}`.execute(transaction)
  }
  await transaction
    .updateTable('clearing_cycles')
    .set({ status: 'closed', cut_off_at: at })
    .where('cycle', '=', cycle)
    .execute()
  await transaction
    .insertInto('clearing_cycles')
    .values({ cycle: cycle + 1n, status: 'open', cut_off_at: null })
    .execute()
}

/**
 * Cuts a cycle off and nets it, in one transaction (EXT-CLEARING-27 to 30): every window before it belongs to it, every
 * window after it to the next. Closing it again gives the same. Refuses `cycle-unknown`.
 */
export const closeCycle = async (engine: ClearingEngine, cycle: bigint): Promise<Outcome<Cycle>> => {
  await engine.settled()
  const closed = await inWindow(
    engine,
    async (writing) => {
      const head = await writing.transaction
        .selectFrom('clearing_cycles')
        .select('status')
        .where('cycle', '=', cycle)
        .executeTakeFirst()
      if (!head) return refuse('cycle-unknown')
      if (head.status === 'closed') return accept(false)
      if (cycle !== writing.cycle) throw new Overtaken('the cycle was closed elsewhere')
      const all = await netted(writing)
      await reserve(writing, all)
      await keep(writing, all)
      return accept(true)
    },
    (last, cut) => {
      if (cut) last.cycle = cycle + 1n
    },
  )
  if (!closed.ok) return closed
  return readCycle(engine.database, cycle)
}

export type LegResult = 'settled' | 'failed' | 'unwound'

const carry = ({ transaction }: Writing, leg: LegRow, units: bigint) =>
  sql`insert into clearing_carried (participant_id, currency, scale, units)
    values (${leg.participant_id}, ${leg.currency}, ${leg.scale}, ${units})
    on conflict (participant_id, currency, scale) do update set units = clearing_carried.units + excluded.units`.execute(
    transaction,
  )

/** Moves the money of a leg that ended; what was unwound goes back onto the position of its participant. */
const moveLeg = async (writing: Writing, leg: LegRow, result: 'settled' | 'unwound'): Promise<void> => {
  const scale = Number(leg.scale)
  const own = participantAccount(leg.participant_id, leg.currency, scale)
  const outside = railAccount(leg.currency, scale)
  const between = settlementAccount(leg.currency, scale)
  const unwound = result === 'unwound'
  if (unwound) await carry(writing, leg, leg.direction === 'pay' ? leg.units : -leg.units)
  if (unwound && leg.direction === 'collect') return
  const [from, to] = leg.direction === 'collect' ? [outside, own] : [between, unwound ? own : outside]
  if (!(await debit(writing, from, leg.units))) throw new Error(`leg ${leg.leg_id} is not covered`)
  await credit(writing, new Map([[to, leg.units]]))
  await writeTransfers(writing, leg, [
    { kind: 'settle', from, to, amount: leg.units, reference: `${result}:${leg.leg_id}` },
  ])
}

/**
 * How the rail took a leg (EXT-CLEARING-31). The same again changes nothing; a leg that ended stays as it ended. Refuses
 * `settlement-leg-unknown` and `settlement-leg-conflict`.
 */
export const reportLeg = (engine: ClearingEngine, legId: string, result: LegResult): Promise<Outcome<LegRow>> =>
  inWindow(engine, async (writing) => {
    const read = () =>
      writing.transaction.selectFrom('clearing_legs').selectAll().where('leg_id', '=', legId).executeTakeFirst()
    const leg = await read()
    if (!leg) return refuse('settlement-leg-unknown')
    if (leg.status === 'settled' || leg.status === 'unwound')
      return leg.status === result ? accept(leg) : refuse('settlement-leg-conflict')
    if (result !== 'failed') await moveLeg(writing, leg, result)
    await writing.transaction
      .updateTable('clearing_legs')
      .set({ status: result, attempts: leg.attempts + 1n })
      .where('leg_id', '=', legId)
      .execute()
    return accept((await read()) ?? leg)
  })

/** The rail: discharges a leg, or says that it could not. The leg's identifier makes it happen once. */
export type Rail = (leg: LegRow) => Promise<'settled' | 'failed'>

/** Sends every leg of a cycle that has not ended, and unwinds those the rail refused too often. */
export const dischargeCycle = async (
  engine: ClearingEngine,
  cycle: bigint,
  rail: Rail,
  attemptsMax = 3n,
): Promise<Outcome<Cycle>> => {
  const before = await readCycle(engine.database, cycle)
  if (!before.ok) return before
  for (const leg of before.value.legs) {
    if (leg.status === 'settled' || leg.status === 'unwound') continue
    const result = await rail(leg)
    await reportLeg(engine, leg.leg_id, result === 'failed' && leg.attempts + 1n >= attemptsMax ? 'unwound' : result)
  }
  return readCycle(engine.database, cycle)
}
