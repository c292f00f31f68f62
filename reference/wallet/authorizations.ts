/** Authorizations as they arrive: S1 decides before anything is shown, then they wait for the user. */
import type { Message } from '../../schemas/index.ts'
import {
  type Amount,
  accept,
  beforeDisplay,
  enforces,
  fromWire,
  immediateLifetimeSeconds,
  minutes,
  type Outcome,
  parseTime,
  refuse,
  sameJson,
} from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import { userByReference, type WalletContext } from './context.ts'
import { delegatedToday, limitsOf } from './limits.ts'
import { type Displayed, type DisplayedMandate, findAuthorization } from './records.ts'
import type { AuthorizationRow, UserRow } from './tables.ts'

export const authorizationLifetimeSeconds = minutes(10)

type Created = Message<'wallet/create-authorization-response'>

/** What a mandate would allow the agent to spend. */
export const budgetAsked = (request: DisplayedMandate): Amount =>
  fromWire(
    request.mandateType === 'IMMEDIATE' ? request.checkout.total_amount : request.intent.constraints.budget_amount,
  )

/** When what is displayed ends: ten minutes after the decision, or the end the user confirms. */
export const endOf = (request: DisplayedMandate, now: number): number =>
  request.mandateType === 'IMMEDIATE' ? now + immediateLifetimeSeconds : (parseTime(request.intent.expiry_time) ?? now)

/** S1 (AMP-TRUST-047, 049, 087; AMP-WALLET-062, 064): clear, complete, and within the limits of the user. */
export const runDisplayGuard = async (
  context: WalletContext,
  request: DisplayedMandate,
  user: UserRow,
): Promise<Outcome<true>> => {
  const autonomous = request.mandateType === 'AUTONOMOUS' ? request.intent : undefined
  return beforeDisplay(
    {
      description: request.intent.desc,
      budget: budgetAsked(request),
      checkout: request.mandateType === 'IMMEDIATE' ? request.checkout : undefined,
      constraints: autonomous?.constraints,
      expiryTime: autonomous?.expiry_time,
      walletCurrency: user.currency,
      limits: limitsOf(user),
      delegatedToday: await delegatedToday(context, user.user_id),
      now: context.world.now(),
    },
    context.world,
  )
}

/** The user a mandate is for, where the binding is theirs, alive, and the one on record. */
const holderOf = async (
  { database, world }: WalletContext,
  request: DisplayedMandate,
  networkId: string,
): Promise<Outcome<UserRow>> => {
  const user = await userByReference(database, request.userReference)
  if (!user.ok) return user
  const binding = await database
    .selectFrom('wallet_bindings')
    .selectAll()
    .where('binding_id', '=', request.bindingId)
    .where('user_id', '=', user.value.user_id)
    .where('network_id', '=', networkId)
    .executeTakeFirst()
  if (!binding) return refuse('binding-unknown', { field: '/bindingId' })
  if (binding.status === 'revoked' && enforces(world, 'AMP-PAY-018:wallet')) return refuse('binding-revoked')
  if (binding.agent_id !== request.agent.agentId) return refuse('binding-mismatch', { field: '/agent/agentId' })
  if (binding.identity_layer !== request.identity && enforces(world, 'AMP-TRUST-127:identity'))
    return refuse('assurance-stored-mismatch', { field: '/identity' })
  return user
}

const rowOf = (
  { world }: WalletContext,
  request: Displayed,
  networkId: string,
  userId: string | null,
): AuthorizationRow => ({
  auth_id: request.authId,
  context: request.authContext,
  network_id: networkId,
  request: JSON.stringify(request),
  mandate_id: request.authContext === 'MANDATE' ? request.mandateId : null,
  user_id: userId,
  state: 'open',
  report: null,
  mandate_layer: null,
  failure: null,
  created_at: BigInt(world.now()),
  expires_at: BigInt(world.now() + authorizationLifetimeSeconds),
})

/** Stores an authorization and, for a mandate, the wallet's inactive copy of it. */
const store = (
  context: WalletContext,
  request: Displayed,
  networkId: string,
  user: UserRow | undefined,
): Promise<Outcome<true>> =>
  inTransaction(context.database, async (transaction) => {
    const inserted = await transaction
      .insertInto('wallet_authorizations')
      .values(rowOf(context, request, networkId, user?.user_id ?? null))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) return refuse('authorization-decided', { field: '/authId' })
    if (request.authContext === 'ENROLLMENT' || !user) return accept(true)
    const { currency, value } = budgetAsked(request)
    const now = context.world.now()
    const copied = await transaction
      .insertInto('wallet_mandates')
      .values({
        mandate_id: request.mandateId,
        user_id: user.user_id,
        network_id: networkId,
        binding_id: request.bindingId,
        agent_id: request.agent.agentId,
        type: request.mandateType,
        status: 'inactive',
        intent: JSON.stringify(request.intent),
        checkout: request.mandateType === 'IMMEDIATE' ? JSON.stringify(request.checkout) : null,
        currency,
        total: value,
        limit_value: value,
        captured: 0n,
        created_at: BigInt(now),
        valid_until: BigInt(endOf(request, now)),
        mandate_layer: null,
        untold: 0n,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return copied.numInsertedOrUpdatedRows === 1n
      ? accept(true)
      : refuse('authorization-decided', { field: '/mandateId', detail: 'the mandate was put before the user already' })
  })

const create = async (context: WalletContext, request: Displayed, call: Call): Promise<Outcome<Created>> => {
  const answer: Created = {
    authId: request.authId,
    authStatus: 'AUTH_IN_PROCESS',
    authUrl: `${context.settings.consoleUrl()}/authorize/${request.authId}`,
  }
  const known = await findAuthorization(context.database, request.authId)
  if (known.ok && known.value.network_id === call.caller.id && sameJson(JSON.parse(known.value.request), request))
    return accept(answer)
  let user: UserRow | undefined
  if (request.authContext === 'MANDATE') {
    const holder = await holderOf(context, request, call.caller.id)
    if (!holder.ok) return holder
    const guarded = await runDisplayGuard(context, request, holder.value)
    if (!guarded.ok && enforces(context.world, 'AMP-TRUST-049')) return guarded
    user = holder.value
  }
  const stored = await store(context, request, call.caller.id, user)
  return stored.ok ? accept(answer) : stored
}

/** How an authorization stands on the wire: it is in process until the network took the report. */
export const wireStatus = (row: AuthorizationRow): Message<'wallet/authorization-status'> =>
  row.state === 'SUCCESS' || row.state === 'FAILED' ? row.state : 'AUTH_IN_PROCESS'

const inquire = async (
  { database }: WalletContext,
  authId: string,
  call: Call,
): Promise<Outcome<Message<'wallet/inquiry-authorization-response'>>> => {
  const found = await findAuthorization(database, authId)
  if (!found.ok || found.value.network_id !== call.caller.id) return refuse('authorization-unknown')
  const { context, mandate_layer: mandate, failure } = found.value
  const authStatus = wireStatus(found.value)
  return accept({
    authId,
    authContext: context,
    authStatus,
    ...(mandate !== null && authStatus === 'SUCCESS' ? { mandate } : {}),
    ...(failure === null ? {} : { failure }),
  })
}

/** Ends authorizations nobody decided in time. */
export const sweepAuthorizations = async ({ database, world }: WalletContext): Promise<void> => {
  await database
    .updateTable('wallet_authorizations')
    .set({ state: 'FAILED', failure: 'authorization-expired' })
    .where('state', '=', 'open')
    .where('expires_at', '<=', BigInt(world.now()))
    .execute()
}

export const authorizationOperations = (context: WalletContext): ServedOperations => ({
  'wallet.createAuthorization': (request, call) => create(context, request, call),
  'wallet.inquiryAuthorization': ({ authId }, call) => inquire(context, authId, call),
})
