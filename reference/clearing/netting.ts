/** Cycles over HTTP: cut off and netted by the network or by the clock, shown to whom they concern, discharged by legs. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, exponentOf, formatTime, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { audit } from './audit.ts'
import { again, type ClearingContext } from './context.ts'
import { type Cycle, closeCycle, dischargeCycle, type LegRow, openCycle, readCycle, reportLeg } from './cycles.ts'
import { fileOf } from './files.ts'

export type WireCycle = Message<'extensions/clearing/cycle'>

/** A cycle in one currency and scale, as its identifier names it: `7-USD-6`. */
export type CycleName = { readonly cycle: bigint; readonly currency: string; readonly scale: number }

/** Reads the identifier of a cycle. */
export const readCycleId = (cycleId: string): CycleName | undefined => {
  const [, cycle = '', currency = '', scale = ''] = /^([1-9]\d{0,15})-([A-Z]{3})-(\d{1,2})$/.exec(cycleId) ?? []
  return exponentOf(currency) === undefined || Number(scale) > 18
    ? undefined
    : { cycle: BigInt(cycle), currency, scale: Number(scale) }
}

export const cycleIdOf = ({ cycle, currency, scale }: CycleName): string => `${cycle}-${currency}-${scale}`

const legToWire = (leg: LegRow): Message<'extensions/clearing/settlement-leg'> => ({
  legId: leg.leg_id,
  participantId: leg.participant_id,
  direction: leg.direction,
  amount: { currency: leg.currency, value: leg.minor.toString() },
  status: leg.status,
  attempts: Number(leg.attempts),
})

/** The part of a cycle in one currency and scale; a participant sees its own position and leg. */
const toWire = (cycle: Cycle, name: CycleName, participantId: string | undefined): WireCycle => {
  const concerns = (row: { currency: string; scale: bigint; participant_id: string }): boolean =>
    row.currency === name.currency &&
    row.scale === BigInt(name.scale) &&
    (participantId === undefined || row.participant_id === participantId)
  return {
    cycleId: cycleIdOf(name),
    currency: name.currency,
    scale: name.scale,
    status: cycle.status,
    ...(cycle.cutOffAt === null ? {} : { cutOffAt: formatTime(Number(cycle.cutOffAt)) }),
    positions: cycle.positions.filter(concerns).map((row) => ({
      participantId: row.participant_id,
      received: row.received.toString(),
      paid: row.paid.toString(),
      carriedIn: (row.carried_in ?? 0n).toString(),
      net: (row.net ?? row.received - row.paid).toString(),
      carriedOut: (row.carried_out ?? 0n).toString(),
    })),
    legs: cycle.legs.filter(concerns).map(legToWire),
  }
}

const inquire = async (
  { engine, database, world }: ClearingContext,
  { cycleId, currency, scale }: Message<'extensions/clearing/cycle-request'>,
  { caller }: Call,
): Promise<Outcome<WireCycle>> => {
  await engine.settled()
  const open = currency !== undefined && scale !== undefined && exponentOf(currency) !== undefined
  const name =
    cycleId !== undefined
      ? readCycleId(cycleId)
      : open
        ? { cycle: await openCycle(database as never), currency, scale }
        : undefined
  if (!name) return refuse('cycle-unknown')
  const cycle = await readCycle(database as never, name.cycle)
  const only = caller.kind === 'agent' && enforces(world, 'EXT-HTTP-34') ? caller.id : undefined
  return cycle.ok ? accept(toWire(cycle.value, name, only)) : cycle
}

const endAgain = async (
  { database }: ClearingContext,
  legId: string,
  result: LegRow['status'],
): Promise<Outcome<Message<'extensions/clearing/settlement-leg'>>> => {
  const leg = await database
    .selectFrom('clearing_legs')
    .selectAll()
    .where('leg_id', '=', legId)
    .executeTakeFirstOrThrow()
  return accept(legToWire({ ...leg, status: result }))
}

export const cycleOperations = (context: ClearingContext): ServedOperations => ({
  'clearing.closeCycle': async ({ cycleId }) => {
    const name = readCycleId(cycleId)
    if (!name) return refuse('cycle-unknown')
    const cycle = await again(() => closeCycle(context.engine, name.cycle))
    return cycle.ok ? accept(toWire(cycle.value, name, undefined)) : cycle
  },
  'clearing.inquiryCycle': (request, call) => inquire(context, request, call),
  'clearing.inquiryCycleFile': async ({ cycleId, format }) => {
    const name = readCycleId(cycleId)
    const cycle = name ? await readCycle(context.database as never, name.cycle) : undefined
    if (!name || !cycle?.ok || cycle.value.status === 'open') return refuse('cycle-unknown')
    return fileOf(toWire(cycle.value, name, undefined), format, context.settings.initiatingParty)
  },
  'clearing.reportLeg': async ({ legId, result }) => {
    const leg = await again(() => reportLeg(context.engine, legId, result))
    /** Only a mutant lets a leg that ended end again. */
    if (!leg.ok && leg.refusal.code === 'settlement-leg-conflict' && !enforces(context.world, 'EXT-CLEARING-31'))
      return endAgain(context, legId, result)
    return leg.ok ? accept(legToWire(leg.value)) : leg
  },
})

/** Cuts off a cycle that ran long enough, and sends legs to the rail where there is one. Nothing is cut off from books that do not add up. */
export const runCycles = async ({ engine, database, settings, world, log }: ClearingContext): Promise<void> => {
  const open = await openCycle(database as never)
  if (settings.cycleSeconds > 0) {
    const before = await database
      .selectFrom('clearing_cycles')
      .select('cut_off_at')
      .where('cycle', '=', open - 1n)
      .executeTakeFirst()
    const first = await database
      .selectFrom('clearing_windows')
      .select(({ fn }) => fn.min('at').as('at'))
      .executeTakeFirst()
    const since = before?.cut_off_at ?? first?.at
    if (since !== null && since !== undefined && BigInt(world.now()) >= since + BigInt(settings.cycleSeconds)) {
      const faults = await audit(database as never)
      if (faults.length > 0) log.error({ faults: faults.slice(0, 10) }, 'the books do not add up; no cycle is cut off')
      else await again(() => closeCycle(engine, open))
    }
  }
  if (!settings.rail) return
  const pending = await database
    .selectFrom('clearing_legs')
    .select('cycle')
    .distinct()
    .where('status', 'in', ['pending', 'failed'])
    .limit(10)
    .execute()
  for (const { cycle } of pending) await dischargeCycle(engine, cycle, settings.rail)
}
