/** Bindings of agents to wallets: one active per user and agent, looked at again at every use, ended by either side. */
import type { Selectable } from 'kysely'
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, hashOf, issueIdentity, type Outcome, refuse } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { inTransaction } from '../ledger/index.ts'
import type { NetworkContext } from './context.ts'
import { endMandate } from './mandates.ts'
import type { NetworkDatabase } from './records.ts'
import type { NetworkTables } from './tables.ts'

export type BindingRow = Selectable<NetworkTables['network_bindings']>

/** AMP-PAY-017, 018: the binding is looked at again whenever it is used. */
export const usableBinding = async (
  { database, world }: Pick<NetworkContext, 'database' | 'world'>,
  bindingId: string,
  agentId: string,
): Promise<Outcome<BindingRow>> => {
  const binding = await database
    .selectFrom('network_bindings')
    .selectAll()
    .where('binding_id', '=', bindingId)
    .executeTakeFirst()
  if (!binding || (binding.agent_id !== agentId && enforces(world, 'AMP-PAY-017')))
    return refuse('binding-unknown', { field: '/bindingId' })
  if (binding.status === 'revoked' && enforces(world, 'AMP-PAY-018'))
    return refuse('binding-revoked', { field: '/bindingId' })
  return accept(binding)
}

/** The subject of an identity layer: opaque, and different for every agent of the user (AMP-TRUST-111, contradiction 43). */
const subjectOf = (walletId: string, userReference: string, agentId: string): string =>
  `sub-${hashOf({ walletId, userReference, agentId })}`

/** A new binding with its identity layer (L1) over the key the wallet named (AMP-TRUST-107 to 118, AMP-PAY-010). */
export const makeBinding = async (
  { world, key, neighbours }: NetworkContext,
  agentId: string,
  report: Message<'trust/notify-authorization-request-enrollment'>,
): Promise<BindingRow> => {
  const { userReference, maskedLoginId, walletName, walletId } = report.walletAccount
  const wallet = await neighbours.find('wallet', walletId)
  const identity = await issueIdentity(
    {
      issuer: key.id,
      subject: subjectOf(walletId, userReference, agentId),
      ispKey: report.ispKey,
      ispType: 'MPP',
      ispName: wallet?.name ?? walletName,
    },
    { kid: key.publicJwk.kid, privateKey: key.privateKey },
    world,
  )
  return {
    binding_id: world.id('binding'),
    agent_id: agentId,
    wallet_id: walletId,
    wallet_name: walletName,
    masked_login_id: maskedLoginId,
    user_reference: userReference,
    identity_layer: identity,
    status: 'activated',
    created_at: BigInt(world.now()),
  }
}

/** Keeps a binding; false where user and agent are bound already (AMP-FLOW-009: a second one is neither needed nor made). */
export const keepBinding = async (database: NetworkDatabase, row: BindingRow): Promise<boolean> => {
  const inserted = await database
    .insertInto('network_bindings')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Ends a binding and with it every mandate that rests on it. Ending it again changes nothing. */
const revoke = (
  context: NetworkContext,
  request: Message<'payment/revoke-binding-request'>,
  call: Call,
): Promise<Outcome<Message<'payment/revoke-binding-response'>>> =>
  inTransaction(context.database, async (transaction) => {
    const binding = await transaction
      .selectFrom('network_bindings')
      .innerJoin('network_agents', 'network_agents.agent_id', 'network_bindings.agent_id')
      .select(['binding_id', 'wallet_id', 'credential_provider_id'])
      .where('binding_id', '=', request.bindingId)
      .executeTakeFirst()
    const concerned = binding && [binding.wallet_id, binding.credential_provider_id].includes(call.caller.id)
    if (!binding || (!concerned && enforces(context.world, 'EXT-HTTP-34'))) return refuse('binding-unknown')
    await transaction
      .updateTable('network_bindings')
      .set({ status: 'revoked' })
      .where('binding_id', '=', request.bindingId)
      .execute()
    const mandates = await transaction
      .selectFrom('network_mandates')
      .selectAll()
      .where('binding_id', '=', request.bindingId)
      .where('status', 'in', ['inactive', 'activated'])
      .orderBy('mandate_id')
      .execute()
    for (const mandate of mandates)
      await endMandate(context, transaction, mandate, {
        status: 'revoked',
        event: 'binding-revoked',
        by: call.caller.id,
      })
    return accept({ bindingId: request.bindingId, bindingStatus: 'revoked', mandatesRevoked: mandates.length })
  })

export const bindingOperations = (context: NetworkContext): ServedOperations => ({
  'network.revokeBinding': (request, call) => revoke(context, request, call),
})
