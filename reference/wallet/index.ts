/** The wallet with its identity signature provider: shows, checks identity, signs, guards and debits. */
import type { RoleModule } from '../http/operation.ts'
import { authorizationOperations, sweepAuthorizations } from './authorizations.ts'
import type { WalletContext } from './context.ts'
import { controlOperations, sweepControl } from './control.ts'
import { decisionOperations } from './decide.ts'
import { deviceHooks, deviceOperations } from './devices.ts'
import { disputeOperations } from './dispute.ts'
import { guardOperations } from './guard.ts'
import { walletHooks } from './hooks.ts'
import { limitOperations } from './limits.ts'
import { payOperations } from './pay.ts'
import { refundOperations } from './refund.ts'
import { sweepReports } from './report.ts'
import { sessionOperations, sweepSessions, userOfSession } from './sessions.ts'
import { suspensionOperations } from './suspension.ts'
import { sweepTakeovers, takeoverOperations } from './takeover.ts'
import { viewOperations } from './views.ts'

export type { WalletContext, WalletSettings } from './context.ts'
export { deviceMigration } from './devices.ts'
export { walletMigration } from './migration.ts'
export type { WalletTables } from './tables.ts'
export { takeoverMigration, walletDisputeMigration } from './takeover-migration.ts'

/** The wallet as a role: every `wallet.*` operation, its sessions, its test hooks and its repairs. */
export const walletModule = (context: WalletContext): RoleModule => ({
  role: 'wallet',
  extensions: ['evidence', 'guarantee', 'refund', 'dispute', 'devices', 'control'],
  operations: {
    ...sessionOperations(context),
    ...authorizationOperations(context),
    ...decisionOperations(context),
    ...guardOperations(context),
    ...payOperations(context),
    ...limitOperations(context),
    ...viewOperations(context),
    ...controlOperations(context),
    ...takeoverOperations(context),
    ...refundOperations(context),
    ...disputeOperations(context),
    ...deviceOperations(context),
    ...suspensionOperations(context),
  },
  callers: { userOf: (userToken) => userOfSession(context, userToken) },
  hooks: { ...walletHooks(context), ...deviceHooks(context) },
  sweep: async () => {
    await sweepAuthorizations(context)
    await sweepReports(context)
    await sweepControl(context)
    await sweepTakeovers(context)
    await sweepSessions(context)
  },
})
