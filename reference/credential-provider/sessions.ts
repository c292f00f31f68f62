/** Sessions: an agent asks for a binding or a mandate, the user decides elsewhere, the agent asks how it stands. */
import type { Message } from '../../schemas/index.ts'
import { accept, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { noteRefusal } from './bindings.ts'
import { isSelf, networkOf, ownSession, type ProviderContext } from './context.ts'
import type { CredentialProviderTables } from './tables.ts'

const openSession = (
  context: ProviderContext,
  session: Pick<
    CredentialProviderTables['provider_sessions'],
    'session_id' | 'kind' | 'agent_id' | 'network_id' | 'wallet_id' | 'binding_id' | 'mandate_type'
  >,
) =>
  context.database
    .insertInto('provider_sessions')
    .values({
      ...session,
      mandate_id: null,
      mandate_status: null,
      mandate_layer: null,
      status: 'PENDING_IDV',
      failure: null,
      created_at: BigInt(context.world.now()),
    })
    .execute()

/** Ends a session nothing came of. */
export const failSession = (context: ProviderContext, sessionId: string, failure: string) =>
  context.database
    .updateTable('provider_sessions')
    .set({ status: 'FAILED', failure })
    .where('session_id', '=', sessionId)
    .where('status', '=', 'PENDING_IDV')
    .execute()

const addPaymentMethod = async (
  context: ProviderContext,
  { agentId, walletId }: Message<'payment/add-payment-method-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/add-payment-method-response'>>> => {
  const self = isSelf(context, agentId, call)
  if (!self.ok) return self
  const network = await networkOf(context)
  if (!network.ok) return network
  const sessionId = context.world.id('session')
  await openSession(context, {
    session_id: sessionId,
    kind: 'ENROLLMENT',
    agent_id: agentId,
    network_id: network.value,
    wallet_id: walletId,
    binding_id: null,
    mandate_type: null,
  })
  const opened = await context.neighbours.call('network.createAuthorization', network.value, {
    authContext: 'ENROLLMENT',
    sessionId,
    agentId,
    walletId,
  })
  if (!opened.ok) {
    await failSession(context, sessionId, opened.refusal.code)
    return opened
  }
  return accept({ sessionId, status: 'PENDING_IDV', authUrl: opened.value.authUrl })
}

const createMandateSession = async (
  context: ProviderContext,
  request: Message<'trust/create-mandate-session-request'>,
  call: Call,
): Promise<Outcome<Message<'trust/create-mandate-session-response'>>> => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const network = await networkOf(context)
  if (!network.ok) return network
  const sessionId = context.world.id('session')
  await openSession(context, {
    session_id: sessionId,
    kind: 'MANDATE',
    agent_id: request.agentId,
    network_id: network.value,
    wallet_id: null,
    binding_id: request.bindingId,
    mandate_type: request.mandateType,
  })
  const opened = await context.neighbours.call('network.createAuthorization', network.value, {
    authContext: 'MANDATE',
    sessionId,
    ...request,
  })
  if (!opened.ok) {
    await failSession(context, sessionId, opened.refusal.code)
    await noteRefusal(context, request.bindingId, opened.refusal)
    return opened
  }
  const { mandateId, mandateStatus, authUrl } = opened.value
  if (mandateId === undefined || mandateStatus === undefined) return refuse('peer-answer-invalid')
  await context.database
    .updateTable('provider_sessions')
    .set({ mandate_id: mandateId })
    .where('session_id', '=', sessionId)
    .execute()
  return accept({ sessionId, status: 'PENDING_IDV', mandateId, mandateStatus, authUrl })
}

const inquireSession = async (
  context: ProviderContext,
  sessionId: string,
  call: Call,
): Promise<Outcome<Message<'trust/inquiry-mandate-session-response'>>> => {
  const session = await ownSession(context, sessionId, call)
  if (session?.kind !== 'MANDATE' || session.mandate_id === null || session.binding_id === null)
    return refuse('session-unknown')
  const binding = await context.database
    .selectFrom('provider_bindings')
    .select('identity_layer')
    .where('binding_id', '=', session.binding_id)
    .executeTakeFirst()
  const shown =
    session.mandate_layer !== null && binding
      ? { identity: binding.identity_layer, mandate: session.mandate_layer }
      : {}
  return accept({
    sessionId,
    status: session.status,
    bindingId: session.binding_id,
    mandateId: session.mandate_id,
    mandateType: session.mandate_type as Message<'trust/mandate-type'>,
    mandateStatus: (session.mandate_status ?? 'inactive') as Message<'trust/mandate-status'>,
    ...shown,
    ...(session.failure === null ? {} : { failure: session.failure }),
  })
}

export const sessionOperations = (context: ProviderContext): ServedOperations => ({
  'credential-provider.addPaymentMethod': (request, call) => addPaymentMethod(context, request, call),
  'credential-provider.createMandateSession': (request, call) => createMandateSession(context, request, call),
  'credential-provider.inquiryMandateSession': ({ sessionId }, call) => inquireSession(context, sessionId, call),
})
