/** The credential provider: reviews agents, vouches for them, and is their only way to the network. */
import type { Kysely } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, commit, enforces, formatTime, type Outcome, refuse } from '../core/index.ts'
import type { Call, RoleContext, RoleModule, ServedOperations } from '../http/operation.ts'
import { pageOf } from '../ledger/index.ts'
import { review } from './review.ts'
import type { CredentialProviderTables } from './tables.ts'

export { credentialProviderMigration } from './migration.ts'
export type { CredentialProviderTables } from './tables.ts'

type Context = RoleContext<Kysely<CredentialProviderTables>>

/** The network this credential provider is a member of. */
const networkOf = async ({ neighbours }: Context): Promise<Outcome<string>> => {
  const network = await neighbours.find('network')
  return network ? accept(network.id) : refuse('peer-unavailable', { detail: 'no network is known' })
}

/** An agent acts for itself only (EXT-HTTP-34). */
const isSelf = ({ world }: Context, agentId: string, call: Call): Outcome<true> =>
  agentId === call.caller.id || !enforces(world, 'EXT-HTTP-34')
    ? accept(true)
    : refuse('caller-not-allowed', { field: '/agentId' })

const registerAgent = async (
  context: Context,
  application: Message<'trust/register-agent-application'>,
): Promise<Outcome<Message<'trust/agent'>>> => {
  const { world, key, neighbours, database } = context
  const network = await networkOf(context)
  if (!network.ok) return network
  const { profile, agentKey, proofOfPossession } = application
  const record = review(application, world)
  const signer = { kid: key.publicJwk.kid, privateKey: key.privateKey }
  const commitment = await commit({ agentKey, profile, review: record }, key.id, network.value, signer, world)
  const registered = await neighbours.call('network.registerAgent', network.value, {
    profile,
    agentKey,
    proofOfPossession,
    review: record,
    commitment,
  })
  if (!registered.ok) return registered
  await database
    .insertInto('provider_agents')
    .values({
      agent_id: registered.value.agentId,
      key_jwk: JSON.stringify(agentKey),
      agent: JSON.stringify(registered.value),
      registered_at: BigInt(world.now()),
    })
    .execute()
  return registered
}

const openSession = (
  context: Context,
  session: Pick<
    CredentialProviderTables['provider_sessions'],
    'session_id' | 'kind' | 'agent_id' | 'wallet_id' | 'binding_id' | 'mandate_type'
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

const failSession = (context: Context, sessionId: string, failure: string) =>
  context.database
    .updateTable('provider_sessions')
    .set({ status: 'FAILED', failure })
    .where('session_id', '=', sessionId)
    .where('status', '=', 'PENDING_IDV')
    .execute()

const addPaymentMethod = async (
  context: Context,
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
  context: Context,
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

const ownSession = async (context: Context, sessionId: string, call: Call) => {
  const session = await context.database
    .selectFrom('provider_sessions')
    .selectAll()
    .where('session_id', '=', sessionId)
    .executeTakeFirst()
  return session && isSelf(context, session.agent_id, call).ok ? session : undefined
}

const inquireSession = async (
  context: Context,
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

const listBindings = async (
  context: Context,
  request: Message<'payment/query-payment-method-list-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/binding-list'>>> => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const session = request.sessionId === undefined ? undefined : await ownSession(context, request.sessionId, call)
  if (request.sessionId !== undefined && !session) return refuse('session-unknown')
  let query = context.database.selectFrom('provider_bindings').selectAll().where('agent_id', '=', request.agentId)
  if (request.sessionId !== undefined) query = query.where('session_id', '=', request.sessionId)
  const page = await pageOf(query, { time: 'created_at', id: 'binding_id' }, request, call.caller.id)
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

/** A notification changes a session once; the same again is only acknowledged (EXT-HTTP-46). */
const takeAuthorization = async (
  context: Context,
  notice: Message<'trust/authorization-notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  const { database, world } = context
  const session = await database
    .selectFrom('provider_sessions')
    .selectAll()
    .where('session_id', '=', notice.sessionId)
    .executeTakeFirst()
  if (!session || session.kind !== notice.authContext) return refuse('session-unknown')
  if (session.status !== 'PENDING_IDV') return accept({ received: true })
  if (notice.outcome === 'FAILED') {
    await failSession(context, notice.sessionId, notice.failure)
    return accept({ received: true })
  }
  await database.transaction().execute(async (transaction) => {
    const mandate =
      notice.authContext === 'MANDATE'
        ? {
            mandate_id: notice.mandateId,
            mandate_layer: notice.mandate,
            mandate_status: session.mandate_status ?? notice.mandateStatus,
          }
        : { binding_id: notice.bindingId }
    await transaction
      .updateTable('provider_sessions')
      .set({ status: 'COMPLETED', ...mandate })
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
  return accept({ received: true })
}

const takeMandate = async (
  { database }: Context,
  { mandateId, mandateStatus }: Message<'trust/mandate-notification'>,
): Promise<Outcome<Message<'common/acknowledgement'>>> => {
  await database
    .updateTable('provider_sessions')
    .set({ mandate_status: mandateStatus })
    .where('mandate_id', '=', mandateId)
    .execute()
  return accept({ received: true })
}

/** AMP-PAY-023, 030: the token request goes on unchanged; the network judges it. */
const applyCredential = async (context: Context, request: Message<'payment/apply-credential-request'>, call: Call) => {
  const self = isSelf(context, request.agentId, call)
  if (!self.ok) return self
  const network = await networkOf(context)
  if (!network.ok) return network
  const key = call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }
  return context.neighbours.call('network.applyCredential', network.value, request, key)
}

const operations = (context: Context): ServedOperations => ({
  'credential-provider.registerAgent': (request) => registerAgent(context, request),
  'credential-provider.addPaymentMethod': (request, call) => addPaymentMethod(context, request, call),
  'credential-provider.queryPaymentMethodList': (request, call) => listBindings(context, request, call),
  'credential-provider.createMandateSession': (request, call) => createMandateSession(context, request, call),
  'credential-provider.inquiryMandateSession': ({ sessionId }, call) => inquireSession(context, sessionId, call),
  'credential-provider.applyCredential': (request, call) => applyCredential(context, request, call),
  'credential-provider.notifyAuthorization': (notice) => takeAuthorization(context, notice),
  'credential-provider.notifyMandate': (notice) => takeMandate(context, notice),
})

export const credentialProviderModule = (context: Context): RoleModule => ({
  role: 'credential-provider',
  operations: operations(context),
  callers: {
    agentKey: async (agentId) => {
      const row = await context.database
        .selectFrom('provider_agents')
        .select('key_jwk')
        .where('agent_id', '=', agentId)
        .executeTakeFirst()
      return row && JSON.parse(row.key_jwk)
    },
  },
})
