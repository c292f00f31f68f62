/** What the owner of a wallet sees: accounts, agents, mandates with progress and budget, bills. */
import type { Message } from '../../schemas/index.ts'
import { accept, enforces, formatTime, type Outcome, toWire } from '../core/index.ts'
import type { Call, ServedOperations } from '../http/operation.ts'
import { pageOf } from '../ledger/index.ts'
import { networkOf, userById, type WalletContext } from './context.ts'
import { mandateOfUser } from './records.ts'

/** AMP-WALLET-015, 017, 020, 021, 023: one wording for each status and never two alike (contradiction 41). */
export const statusTexts: Readonly<Record<Message<'trust/mandate-status'>, string>> = {
  inactive: 'Pending',
  activated: 'Agent processing',
  revoked: 'Cancelled',
  expired: 'Expired',
  finished: 'Closed',
}

/** How much of its budget a mandate has spent, in whole percent (AMP-WALLET-013, 016, 018). */
export const progressOf = ({ total, captured }: Message<'trust/budget'>): string =>
  total.value === '0' ? '0' : String((BigInt(captured.value) * 100n) / BigInt(total.value))

const withText = <Mandate extends Message<'trust/mandate-summary'>>(mandate: Mandate) => ({
  ...mandate,
  statusText: statusTexts[mandate.mandateStatus],
  progress: progressOf(mandate.budget),
})

/** The accounts of a user with their balances. */
const accountsOf = async (
  { database }: WalletContext,
  userId: string,
): Promise<Outcome<Message<'wallet/account-list'>>> => {
  const rows = await database
    .selectFrom('accounts')
    .select(['account_id', 'currency', 'balance'])
    .where('owner', '=', userId)
    .where('kind', '=', 'user')
    .execute()
  return accept({
    accounts: rows.map(({ account_id, currency, balance }) => ({
      accountId: account_id,
      balance: toWire({ currency, value: balance }),
    })),
  })
}

/** AMP-WALLET-010: which agents may act for this account, ended ones included. */
const agentsOf = async (
  { database, world }: WalletContext,
  request: Message<'wallet/inquiry-agent-list-request'>,
  userId: string,
): Promise<Outcome<Message<'wallet/agent-list'>>> => {
  const query = database.selectFrom('wallet_bindings').selectAll().where('user_id', '=', userId)
  const page = await pageOf(query, { time: 'bound_at', id: 'binding_id' }, request, userId, world)
  if (!page.ok) return page
  const agents = page.value.rows.map((row) => ({
    agentId: row.agent_id,
    agentName: row.agent_name,
    credentialProviderId: row.credential_provider_id,
    bindingId: row.binding_id,
    bindingStatus: row.status,
    boundAt: formatTime(Number(row.bound_at)),
  }))
  return accept({ agents, ...page.value.next })
}

/** AMP-WALLET-012, 044, 047, 048: every mandate, live or over, by the network's records. */
const mandatesOf = async (
  context: WalletContext,
  request: Message<'wallet/inquiry-mandate-list-request'>,
  userId: string,
): Promise<Outcome<Message<'wallet/mandate-list'>>> => {
  const { user_reference: userReference } = await userById(context.database, userId)
  const network = await networkOf(context, userId)
  if (!network.ok) return network
  const list = await context.neighbours.call('network.inquiryMandateList', network.value, { ...request, userReference })
  if (!list.ok) return list
  const { mandates, ...next } = list.value
  return accept({ mandates: mandates.map(withText), ...next })
}

const billsOf = async (
  context: WalletContext,
  request: Message<'wallet/inquiry-bill-list-request'>,
  userId: string,
  networkId: string,
): Promise<Outcome<Message<'wallet/bill-list'>>> => {
  const { user_reference: userReference } = await userById(context.database, userId)
  return context.neighbours.call('network.inquiryBillList', networkId, { ...request, userReference })
}

/** AMP-WALLET-025, 026, 044: one mandate with what happened under it. */
const mandateOf = async (
  context: WalletContext,
  mandateId: string,
  userId: string,
): Promise<Outcome<Message<'wallet/mandate'>>> => {
  const copy = await mandateOfUser(context.database, context.world, mandateId, userId)
  if (!copy.ok) return copy
  const network = copy.value.network_id
  const mandate = await context.neighbours.call('network.inquiryMandate', network, { mandateId })
  if (!mandate.ok) return mandate
  const bills = await billsOf(context, { mandateId, pageSize: 100 }, userId, network)
  return bills.ok ? accept({ ...withText(mandate.value), bills: bills.value.bills }) : bills
}

const billList = async (
  context: WalletContext,
  request: Message<'wallet/inquiry-bill-list-request'>,
  { caller }: Call,
): Promise<Outcome<Message<'wallet/bill-list'>>> => {
  if (request.mandateId !== undefined && enforces(context.world, 'EXT-HTTP-34:bills')) {
    const copy = await mandateOfUser(context.database, context.world, request.mandateId, caller.id)
    if (!copy.ok) return copy
  }
  const network = await networkOf(context, caller.id)
  return network.ok ? billsOf(context, request, caller.id, network.value) : network
}

export const viewOperations = (context: WalletContext): ServedOperations => ({
  'wallet.inquiryAccount': (_request, { caller }) => accountsOf(context, caller.id),
  'wallet.inquiryAgentList': (request, { caller }) => agentsOf(context, request, caller.id),
  'wallet.inquiryMandateList': (request, { caller }) => mandatesOf(context, request, caller.id),
  'wallet.inquiryMandate': ({ mandateId }, { caller }) => mandateOf(context, mandateId, caller.id),
  'wallet.inquiryBillList': (request, call) => billList(context, request, call),
})
