/** The clearing: channels between agents, ticks down to a millionth, books, cycles and streams, as a role that is served. */
import { accept, enforces, refuse } from '../core/index.ts'
import type { RoleModule } from '../http/operation.ts'
import { again, type ClearingContext } from './context.ts'
import { endMandate, sweepChannels } from './endings.ts'
import { sweepGrants } from './grants.ts'
import { cycleOperations, runCycles } from './netting.ts'
import { channelOperations } from './openings.ts'
import { callerKeys, participantOperations } from './participants.ts'
import { statementOperations } from './statements.ts'
import { openStreams, streamOperations } from './streams.ts'
import { tickOperations } from './ticks.ts'

export { type ClearingContext, type ClearingSettings, clearingRoleMigration } from './context.ts'
export { ClearingEngine } from './engine.ts'
export { clearingMigrations } from './open-books.ts'
export { engineOf } from './rows.ts'
export { verifyAside } from './verify.ts'

/** Statuses from which a mandate never comes back (AMP-TRUST-075). */
const ended: ReadonlySet<string> = new Set(['revoked', 'expired', 'finished'])

/** Channels whose time is over, budget nobody needs, cycles that ran long enough, streams nobody opened. */
const sweep = async (context: ClearingContext): Promise<void> => {
  const { engine, database, world } = context
  while ((await again(() => sweepChannels(engine))) > 0);
  await sweepGrants(context)
  await runCycles(context)
  await database.deleteFrom('clearing_streams').where('expires_at', '<=', BigInt(world.now())).execute()
}

export const clearingModule = (context: ClearingContext): RoleModule => {
  const { engine, log, world } = context
  engine.onError = (error) => log.error({ err: error }, 'a window of ticks was not written')
  const { connection, stop } = openStreams(context)
  return {
    role: 'clearing',
    extensions: ['clearing'],
    operations: {
      ...channelOperations(context),
      ...tickOperations(context),
      ...statementOperations(context),
      ...streamOperations(context),
      ...participantOperations(context),
      ...cycleOperations(context),
      'clearing.notifyMandate': async ({ mandateId, mandateStatus }) => {
        const known = await context.database
          .selectFrom('clearing_mandates')
          .select('ended_at')
          .where('mandate_id', '=', mandateId)
          .executeTakeFirst()
        /** Only a mutant takes offence at news it has (EXT-HTTP-46). */
        if (known && known.ended_at !== null && !enforces(world, 'EXT-HTTP-46')) return refuse('mandate-revoked')
        if (ended.has(mandateStatus) && enforces(world, 'EXT-CLEARING-19:notice'))
          await again(() => endMandate(engine, mandateId))
        return accept({ received: true })
      },
    },
    callers: { agentKey: callerKeys(context) },
    longConnections: { stream: connection },
    sweep: () => sweep(context),
    stop,
  }
}
