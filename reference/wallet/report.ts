/** What the network is told of a decision: signed for the user, kept until it was taken, undone where it is refused. */
import { isDeepStrictEqual } from 'node:util'
import type { Message } from '../../schemas/index.ts'
import {
  accept,
  type Confirmed,
  enforces,
  formatTime,
  issueMandate,
  type Outcome,
  parseLayer,
  type Refusal,
  refuse,
} from '../core/index.ts'
import { inTransaction } from '../ledger/index.ts'
import { budgetAsked, endOf, wireStatus } from './authorizations.ts'
import { userById, type WalletContext } from './context.ts'
import { delegate } from './limits.ts'
import { type DisplayedMandate, displayedOf, findAuthorization } from './records.ts'
import type { AuthorizationRow, UserRow, WalletDatabase } from './tables.ts'
import { ispKey, ispPublicKey } from './users.ts'

export type Report = Message<'trust/notify-authorization-request'>
type Answer = Message<'trust/notify-authorization-response'>
export type Decided = Message<'wallet/complete-idv-response'>
export type Failure = Extract<Report, { outcome: 'FAILED' }>['failure']

/** Signs what was displayed (AMP-TRUST-051, 052, 067): the record of the display, never the raw words alone. */
const signMandate = async (
  { world, settings, key }: WalletContext,
  request: DisplayedMandate,
  row: AuthorizationRow,
  user: UserRow,
): Promise<string> => {
  const confirmed: Confirmed =
    request.mandateType === 'IMMEDIATE'
      ? { mode: 'IMMEDIATE', intent: request.intent, checkout: request.checkout }
      : { mode: 'AUTONOMOUS', intent: request.intent, agentKey: request.agentKey }
  const now = world.now()
  const isp = await ispKey(user, settings.masterKey)
  return issueMandate(
    confirmed,
    {
      audience: row.network_id,
      identity: request.identity,
      identityCheckedAt: now,
      mandateId: request.mandateId,
      mandateStatus: 'inactive',
      expiresAt: endOf(request, now),
      binding: {
        token_unique_reference: request.bindingId,
        token_status: 'activated',
        user_login_id: user.masked_login_id,
        wallet_name: settings.walletName,
      },
    },
    enforces(world, 'AMP-TRUST-067') ? isp : { ...isp, privateKey: key.privateKey },
    world,
  )
}

/** What the network is told when the user approved (AMP-TRUST-068, AMP-PAY-009). */
export const successReport = async (context: WalletContext, row: AuthorizationRow, user: UserRow): Promise<Report> => {
  const request = displayedOf(row)
  const passed = {
    outcome: 'SUCCESS' as const,
    authId: row.auth_id,
    idvResult: 'PASS' as const,
    idvTime: formatTime(context.world.now()),
  }
  if (request.authContext === 'MANDATE')
    return { ...passed, authContext: 'MANDATE', mandate: await signMandate(context, request, row, user) }
  const { user_reference: userReference } = user
  const maskedLoginId = enforces(context.world, 'AMP-PAY-015:report') ? user.masked_login_id : `*${user.login_id}`
  const { walletName } = context.settings
  return {
    ...passed,
    authContext: 'ENROLLMENT',
    ispKey: ispPublicKey(user),
    walletAccount: { walletId: context.key.id, walletName, userReference, maskedLoginId },
  }
}

/** AMP-PAY-006: L1 has to bind the key this wallet signs with. */
const bindsOurKey = (identity: string | undefined, user: UserRow): boolean => {
  const jwk = (parseLayer(identity ?? '')?.claims.cnf as { jwk?: Record<string, unknown> } | undefined)?.jwk
  const { kid, x, y } = ispPublicKey(user)
  return isDeepStrictEqual([jwk?.kid, jwk?.x, jwk?.y], [kid, x, y])
}

/** Keeps the binding the network made. */
const keepBinding = async (
  { database, world }: WalletContext,
  row: AuthorizationRow,
  user: UserRow,
  answer: Answer,
): Promise<Outcome<true>> => {
  const { agent } = displayedOf(row)
  if (answer.bindingId === undefined || answer.identity === undefined || !bindsOurKey(answer.identity, user))
    return refuse('peer-answer-invalid', { detail: 'the network answered without an identity layer over our key' })
  await database
    .insertInto('wallet_bindings')
    .values({
      binding_id: answer.bindingId,
      user_id: user.user_id,
      network_id: row.network_id,
      agent_id: agent.agentId,
      agent_name: agent.agentName,
      credential_provider_id: agent.credentialProviderId,
      identity_layer: answer.identity,
      status: 'activated',
      untold: 0n,
      bound_at: BigInt(world.now()),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return accept(true)
}

const finish = async (database: WalletDatabase, authId: string, state: 'SUCCESS' | 'FAILED', failure: string | null) =>
  database
    .updateTable('wallet_authorizations')
    .set({ state, failure, report: null })
    .where('auth_id', '=', authId)
    .where('state', '=', 'reporting')
    .executeTakeFirst()

/** Undoes an approval the network did not take: the copy is over, the day's delegation comes back. */
const takeBack = (context: WalletContext, row: AuthorizationRow, refusal: Refusal): Promise<Outcome<true>> =>
  inTransaction(context.database, async (transaction) => {
    const finished = await finish(transaction, row.auth_id, 'FAILED', refusal.code)
    const request = displayedOf(row)
    if (finished.numUpdatedRows !== 1n || request.authContext === 'ENROLLMENT' || row.user_id === null)
      return accept(true)
    await transaction
      .updateTable('wallet_mandates')
      .set({ status: 'revoked' })
      .where('mandate_id', '=', request.mandateId)
      .where('status', 'in', ['inactive', 'activated'])
      .execute()
    return delegate(transaction, context, await userById(transaction, row.user_id), -budgetAsked(request).value)
  })

const unheard = new Set([
  'peer-unavailable',
  'internal-error',
  'idempotency-in-progress',
  'shutting-down',
  'rate-limited',
])

/** Tells the network, as often as it takes, with the same key and body; its refusal of an approval is passed on. */
export const tell = async (context: WalletContext, authId: string): Promise<Outcome<Decided>> => {
  const { database, neighbours } = context
  const found = await findAuthorization(database, authId)
  if (!found.ok) return found
  const row = found.value
  const report = row.report === null ? undefined : (JSON.parse(row.report) as Report)
  if (!report) return accept({ authId, authStatus: wireStatus(row) })
  const answer = await neighbours.call('network.notifyAuthorization', row.network_id, report, {
    idempotencyKey: `report-${authId}`.padEnd(16, '-').slice(0, 128),
  })
  if (!answer.ok && unheard.has(answer.refusal.code)) return accept({ authId, authStatus: 'AUTH_IN_PROCESS' })
  if (report.outcome === 'FAILED') {
    await finish(database, authId, 'FAILED', report.failure)
    return accept({ authId, authStatus: 'FAILED' })
  }
  const user = await userById(database, row.user_id ?? '')
  const taken =
    answer.ok && report.authContext === 'ENROLLMENT' ? await keepBinding(context, row, user, answer.value) : answer
  if (!taken.ok) {
    await takeBack(context, row, taken.refusal)
    return taken
  }
  await finish(database, authId, 'SUCCESS', null)
  return accept({ authId, authStatus: 'SUCCESS' })
}

/** Tells networks what they have not heard yet. */
export const sweepReports = async (context: WalletContext): Promise<void> => {
  const open = await context.database
    .selectFrom('wallet_authorizations')
    .select('auth_id')
    .where('state', '=', 'reporting')
    .where('created_at', '>', BigInt(context.world.now() - 86_400))
    .limit(50)
    .execute()
  for (const { auth_id } of open) await tell(context, auth_id)
}
