/** Bindings as an agent may know them: by token and masked login, never by account (AMP-PAY-013). */
import type { Message } from '../../schemas/index.ts'
import { accept, formatTime, type Outcome, type Refusal, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { pageOf } from '../ledger/index.ts'
import { isSelf, ownSession, type ProviderContext, type ProviderDatabase } from './context.ts'

/** Marks a binding that the user or the network ended. */
export const endBinding = async (database: ProviderDatabase, bindingId: string): Promise<void> => {
  await database
    .updateTable('provider_bindings')
    .set({ status: 'revoked' })
    .where('binding_id', '=', bindingId)
    .execute()
}

/** What the network refuses tells what became of a binding (AMP-PAY-018). */
export const noteRefusal = async (
  { database }: ProviderContext,
  bindingId: string,
  { code }: Refusal,
): Promise<void> => {
  if (code === 'binding-revoked') await endBinding(database, bindingId)
}

const listBindings = async (
  context: ProviderContext,
  request: Message<'payment/query-payment-method-list-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/binding-list'>>> => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const session = request.sessionId === undefined ? undefined : await ownSession(context, request.sessionId, call)
  if (request.sessionId !== undefined && !session) return refuse('session-unknown')
  let query = context.database.selectFrom('provider_bindings').selectAll().where('agent_id', '=', request.agentId)
  if (request.sessionId !== undefined) query = query.where('session_id', '=', request.sessionId)
  const page = await pageOf(query, { time: 'created_at', id: 'binding_id' }, request, call.caller.id, context.world)
  if (!page.ok) return page
  return accept({
    ...(session ? { status: session.status } : {}),
    paymentMethods: page.value.rows.map((row) => ({
      bindingId: row.binding_id,
      bindingStatus: row.status,
      walletId: row.wallet_id,
      walletName: row.wallet_name,
      maskedLoginId: row.masked_login_id,
      identity: row.identity_layer,
      createdAt: formatTime(Number(row.created_at)),
    })),
    ...page.value.next,
  })
}

export const bindingOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.queryPaymentMethodList': (request, call) => listBindings(context, request, call),
})
