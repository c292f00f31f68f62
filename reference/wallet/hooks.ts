/** What tests may do to a wallet: open one with money on it, decide for its owner, read the books. */
import type { Message } from '../../schemas/index.ts'
import { accept, fromWire, type Outcome, refuse } from '../core/index.ts'
import type { RoleModule } from '../http/operation.ts'
import type { WalletContext } from './context.ts'
import { decide } from './decide.ts'
import { testCost } from './pin.ts'
import { findAuthorization } from './records.ts'
import { openSession } from './sessions.ts'
import { createUser } from './users.ts'

const seedUser = async (
  context: WalletContext,
  { loginId, pin, balance }: Message<'hooks/seed-user-request'>,
): Promise<Outcome<Message<'hooks/seed-user-response'>>> => {
  const user = await createUser(context, { loginId, pin, balance: fromWire(balance), pinCost: testCost })
  if (!user.ok) return user
  const { userToken } = await openSession(context, user.value.user_id)
  return accept({ userId: user.value.user_id, userToken })
}

/** Decides as the owner would, the outcome of the identity check given; the way behind it is the owner's own. */
const decideAuthorization = async (
  context: WalletContext,
  { authId, decision, userId, identityCheck = 'pass' }: Message<'hooks/decide-authorization-request'>,
): Promise<Outcome<Message<'wallet/complete-idv-response'>>> => {
  const found = await findAuthorization(context.database, authId)
  if (!found.ok) return found
  const decider = found.value.user_id ?? userId
  const known =
    decider !== undefined &&
    (await context.database
      .selectFrom('wallet_users')
      .select('user_id')
      .where('user_id', '=', decider)
      .executeTakeFirst())
  if (!known) return refuse('user-unknown', { field: '/userId' })
  return decide(context, known.user_id, {
    authId,
    decision,
    identityCheck: async () => (identityCheck === 'pass' ? accept(true) : refuse('identity-check-failed')),
    failsAtOnce: true,
  })
}

const exportLedger = async ({ database }: WalletContext): Promise<Outcome<Message<'hooks/ledger'>>> => {
  const rows = await database.selectFrom('accounts').selectAll().orderBy('account_id').execute()
  return accept({
    accounts: rows.map(({ account_id, kind, currency, balance }) => ({
      accountId: account_id,
      kind,
      currency,
      balance: balance.toString(),
    })),
  })
}

export const walletHooks = (context: WalletContext): NonNullable<RoleModule['hooks']> => ({
  seedUser: (request: Message<'hooks/seed-user-request'>) => seedUser(context, request),
  decideAuthorization: (request: Message<'hooks/decide-authorization-request'>) =>
    decideAuthorization(context, request),
  exportLedger: () => exportLedger(context),
})
