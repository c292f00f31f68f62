/** The wallet with its identity signature provider: shows, checks identity, signs, guards and debits. */
import type { RoleModule } from '../http/operation.ts'
import { authorizationHandlers, sweepAuthorizations } from './authorizations.ts'
import type { WalletContext } from './context.ts'
import { controlHandlers, sweepControl } from './control.ts'
import { decisionHandlers, sweepReports } from './decide.ts'
import { guardHandlers } from './guard.ts'
import { walletHooks } from './hooks.ts'
import { limitHandlers } from './limits.ts'
import { payHandlers } from './pay.ts'
import { sessionHandlers, sweepSessions, userOfSession } from './sessions.ts'
import { viewHandlers } from './views.ts'

export type { WalletContext, WalletSettings } from './context.ts'
export { walletMigration } from './migration.ts'
export type { WalletTables } from './tables.ts'

/** The wallet as a role: every `wallet.*` operation, its sessions, its test hooks and its repairs. */
export const walletModule = (context: WalletContext): RoleModule => ({
  role: 'wallet',
  handlers: {
    ...sessionHandlers(context),
    ...authorizationHandlers(context),
    ...decisionHandlers(context),
    ...guardHandlers(context),
    ...payHandlers(context),
    ...limitHandlers(context),
    ...viewHandlers(context),
    ...controlHandlers(context),
  },
  callers: { userOf: (userToken) => userOfSession(context, userToken) },
  hooks: walletHooks(context),
  sweep: async () => {
    await sweepAuthorizations(context)
    await sweepReports(context)
    await sweepControl(context)
    await sweepSessions(context)
  },
})
