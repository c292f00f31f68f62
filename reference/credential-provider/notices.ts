/** What the network tells: how an authorization ended, and that a mandate did. Taken once, acknowledged as often as it comes. */
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { endBinding } from './bindings.ts'
import type { ProviderContext } from './context.ts'
import { failSession } from './sessions.ts'
import type { CredentialProviderTables } from './tables.ts'

type Received = Message<'common/acknowledgement'>
type SessionRow = Selectable<CredentialProviderTables['provider_sessions']>
type Confirmed = Extract<Message<'trust/authorization-notification'>, { outcome: 'SUCCESS' }>

const received: Outcome<Received> = accept({ received: true })

/** Ends a session with what the user confirmed: a binding, or a mandate layer. */
const complete = ({ database, world }: ProviderContext, session: SessionRow, notice: Confirmed): Promise<void> =>
  database.transaction().execute(async (transaction) => {
    const shown =
      notice.authContext === 'MANDATE'
        ? {
            mandate_id: notice.mandateId,
            mandate_layer: notice.mandate,
            /** The mandate may have ended before this notice came. */
            mandate_status: session.mandate_status ?? notice.mandateStatus,
          }
        : { binding_id: notice.bindingId }
    await transaction
      .updateTable('provider_sessions')
      .set({ status: 'COMPLETED', ...shown })
      .where('session_id', '=', notice.sessionId)
      .execute()
    if (notice.authContext === 'MANDATE') return
    await transaction
      .insertInto('provider_bindings')
      .values({
        binding_id: notice.bindingId,
        session_id: notice.sessionId,
        agent_id: session.agent_id,
        wallet_id: session.wallet_id ?? '',
        wallet_name: notice.walletName,
        masked_login_id: notice.maskedLoginId,
        identity_layer: notice.identity,
        status: 'activated',
        created_at: BigInt(world.now()),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })

/** A notification changes a session once; the same again is only acknowledged (EXT-HTTP-46). */
const takeAuthorization = async (
  context: ProviderContext,
  notice: Message<'trust/authorization-notification'>,
  call: Call,
): Promise<Outcome<Received>> => {
  const session = await context.database
    .selectFrom('provider_sessions')
    .selectAll()
    .where('session_id', '=', notice.sessionId)
    .executeTakeFirst()
  if (!session || session.kind !== notice.authContext) return refuse('session-unknown')
  if (session.network_id !== call.caller.id && enforces(context.world, 'EXT-HTTP-34')) return refuse('session-unknown')
  if (session.status !== 'PENDING_IDV') return received
  if (notice.outcome === 'FAILED') await failSession(context, notice.sessionId, notice.failure)
  else await complete(context, session, notice)
  return received
}

/** Notes that a mandate ended. No ended one comes back (AMP-TRUST-075), whatever order notices arrive in. */
const takeMandate = async (
  { database, world }: ProviderContext,
  { mandateId, mandateStatus, reason }: Message<'trust/mandate-notification'>,
  call: Call,
): Promise<Outcome<Received>> => {
  const session = await database
    .selectFrom('provider_sessions')
    .selectAll()
    .where('mandate_id', '=', mandateId)
    .where('network_id', '=', call.caller.id)
    .executeTakeFirst()
  if (!session) return received
  if (session.mandate_status === mandateStatus && !enforces(world, 'EXT-HTTP-46')) return refuse('mandate-revoked')
  await database
    .updateTable('provider_sessions')
    .set({ mandate_status: mandateStatus })
    .where('session_id', '=', session.session_id)
    .where(({ eb, or }) =>
      enforces(world, 'AMP-TRUST-075')
        ? or([eb('mandate_status', 'is', null), eb('mandate_status', 'in', ['inactive', 'activated'])])
        : eb('session_id', '=', session.session_id),
    )
    .execute()
  if (reason === 'binding-revoked' && session.binding_id !== null) await endBinding(database, session.binding_id)
  return received
}

export const noticeOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.notifyAuthorization': (notice, call) => takeAuthorization(context, notice, call),
  'credential-provider.notifyMandate': (notice, call) => takeMandate(context, notice, call),
})
