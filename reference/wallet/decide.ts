/** The user's decision: identity check, then one transaction commits it, then the network is told. */
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { budgetAsked, endOf } from './authorizations.ts'
import { userById, type WalletContext } from './context.ts'
import { confirmedOn } from './devices.ts'
import { delegate } from './limits.ts'
import { attemptsOf, checkPin } from './pin.ts'
import { displayedOf, findAuthorization } from './records.ts'
import { type Decided, type Failure, type Report, successReport, tell } from './report.ts'
import type { AuthorizationRow, UserRow, WalletDatabase } from './tables.ts'

/** What the user decided, and how their identity is checked: by PIN, or by a test hook that tells the outcome. */
export type Decision = {
  readonly authId: string
  readonly decision: 'approve' | 'reject'
  readonly identityCheck: (user: UserRow) => Promise<Outcome<true>>
  /** Whether one failed check ends the authorization, as it does where no second try is possible. */
  readonly failsAtOnce?: boolean
}

/** The authorization, where this user may decide it now. */
const decidable = async (
  { database, world }: WalletContext,
  authId: string,
  userId: string,
): Promise<Outcome<AuthorizationRow>> => {
  const found = await findAuthorization(database, authId)
  if (!found.ok) return found
  const own = found.value.user_id === null || found.value.user_id === userId
  if (!own && enforces(world, 'EXT-HTTP-34:authorization')) return refuse('authorization-unknown', { field: '/authId' })
  if (
    found.value.failure === 'authorization-expired' ||
    (found.value.state === 'open' && Number(found.value.expires_at) <= world.now())
  )
    return refuse('authorization-expired')
  return found.value.state === 'open' ? found : refuse('authorization-decided')
}

/** Takes an open authorization for this report, once; of two decisions that meet the first wins. */
const claim = async (
  transaction: WalletDatabase,
  row: AuthorizationRow,
  user: UserRow | undefined,
  report: Report,
  failure: Failure | null,
): Promise<boolean> => {
  const claimed = await transaction
    .updateTable('wallet_authorizations')
    .set({
      state: 'reporting',
      user_id: user?.user_id ?? row.user_id,
      report: JSON.stringify(report),
      mandate_layer: 'mandate' in report ? report.mandate : null,
      failure,
    })
    .where('auth_id', '=', row.auth_id)
    .where('state', '=', 'open')
    .executeTakeFirst()
  return claimed.numUpdatedRows === 1n
}

/**
 * Commits an approval: the day's delegation and the wallet's copy of the mandate go with it. The copy is active
 * before the network hears of it, since no token or debit can come before the network activated its own.
 */
const commitApproval = (
  context: WalletContext,
  row: AuthorizationRow,
  user: UserRow,
  report: Report,
): Promise<Outcome<true>> =>
  inTransaction(context.database, async (transaction) => {
    const request = displayedOf(row)
    if (!(await claim(transaction, row, user, report, null))) return refuse('authorization-decided')
    if (request.authContext === 'ENROLLMENT' || !('mandate' in report)) return accept(true)
    const delegated = await delegate(transaction, context, user, budgetAsked(request).value)
    if (!delegated.ok) return delegated
    const activated = await transaction
      .updateTable('wallet_mandates')
      .set({
        status: 'activated',
        mandate_layer: report.mandate,
        valid_until: BigInt(endOf(request, context.world.now())),
      })
      .where('mandate_id', '=', request.mandateId)
      .where('status', '=', 'inactive')
      .executeTakeFirst()
    return activated.numUpdatedRows === 1n ? accept(true) : refuse('authorization-decided')
  })

const failWith = async (
  context: WalletContext,
  row: AuthorizationRow,
  user: UserRow,
  failure: Failure,
): Promise<Outcome<Decided>> => {
  const report: Report = { authContext: row.context, outcome: 'FAILED', authId: row.auth_id, failure }
  if (!(await claim(context.database, row, user, report, failure))) return refuse('authorization-decided')
  return tell(context, row.auth_id)
}

/**
 * Carries out the decision of a user over an authorization; every way to decide comes through here. Refuses
 * `authorization-unknown`, `-decided`, `-expired`, `identity-check-failed`, `identity-check-locked`,
 * `limit-daily-exceeded`, or what the network refuses.
 */
export const decide = async (
  context: WalletContext,
  userId: string,
  { authId, decision, identityCheck, failsAtOnce = false }: Decision,
): Promise<Outcome<Decided>> => {
  const row = await decidable(context, authId, userId)
  if (!row.ok) return row
  const user = await userById(context.database, userId)
  /** AMP-TRUST-062, 063: what the user rejects ends here. */
  if (decision === 'reject') return failWith(context, row.value, user, 'user-rejected')
  /** AMP-TRUST-064: no mandate or binding without a passed identity check. */
  const checked = await identityCheck(user)
  if (!checked.ok && enforces(context.world, 'AMP-TRUST-064')) {
    if (failsAtOnce) return failWith(context, row.value, user, 'identity-check-failed')
    if (checked.refusal.code === 'identity-check-locked')
      await failWith(context, row.value, user, 'identity-check-failed')
    return checked
  }
  const report = await successReport(context, row.value, user)
  const committed = await commitApproval(context, row.value, user, report)
  return committed.ok ? tell(context, authId) : committed
}

export const decisionOperations = (context: WalletContext): ServedOperations => ({
  'wallet.completeIdv': ({ authId, decision, pin, confirmedOn: on }, { caller }) =>
    decide(context, caller.id, {
      authId,
      decision,
      /** A device that recognised the user has proved it; where it asked for the PIN, the PIN is checked (EXT-DEVICES-2). */
      identityCheck: async (user) => {
        const proved = on && (await confirmedOn(context, { authId, decision, on }, caller.id))
        if (proved && (!proved.ok || proved.value !== 'pin')) return proved.ok ? accept(true) : proved
        return checkPin(context, attemptsOf('user', user.user_id), pin ?? '', user.pin_hash)
      },
    }),
})
