/** Delegation limits of a user: per mandate, and per day in the time zone of the wallet (AMP-WALLET-050 to 056). */
import type { Message } from '../../schemas/index.ts'
import { type Amount, accept, enforces, fromWire, type Outcome, refuse, toWire } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import { userById, userByReference, type WalletContext } from './context.ts'
import type { UserRow, WalletDatabase } from './tables.ts'

/** The day of a moment in a time zone: `2026-11-20`. */
export const dayOf = (seconds: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    seconds * 1000,
  )

/** Budgets authorised today, spent or not (contradiction 40). */
export const delegatedToday = async ({ database, world, settings }: WalletContext, userId: string): Promise<bigint> => {
  const row = await database
    .selectFrom('wallet_days')
    .select('delegated')
    .where('user_id', '=', userId)
    .where('day', '=', dayOf(world.now(), settings.timeZone))
    .executeTakeFirst()
  return row?.delegated ?? 0n
}

export const limitsOf = (user: UserRow): { perMandate: Amount | undefined; perDay: Amount | undefined } => {
  const amount = (value: bigint | null) => (value === null ? undefined : { currency: user.currency, value })
  return { perMandate: amount(user.limit_per_mandate), perDay: amount(user.limit_per_day) }
}

/**
 * Counts a budget against the day, in the transaction that authorises it; of two that meet at the limit one is refused
 * (AMP-WALLET-064). `delta` may be negative, when an authorization fails after all.
 */
export const delegate = async (
  transaction: WalletDatabase,
  { world, settings }: Pick<WalletContext, 'world' | 'settings'>,
  user: UserRow,
  delta: bigint,
): Promise<Outcome<true>> => {
  const day = dayOf(world.now(), settings.timeZone)
  await transaction
    .insertInto('wallet_days')
    .values({ user_id: user.user_id, day, delegated: 0n, ceiling: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const ceiling = delta > 0n && enforces(world, 'AMP-WALLET-064') ? user.limit_per_day : null
  let update = transaction
    .updateTable('wallet_days')
    .set(({ eb }) => ({ delegated: eb('delegated', '+', delta), ceiling }))
    .where('user_id', '=', user.user_id)
    .where('day', '=', day)
    .where(({ eb }) => eb(eb('delegated', '+', delta), '>=', 0n))
  if (ceiling !== null) update = update.where(({ eb }) => eb(eb('delegated', '+', delta), '<=', ceiling))
  const { numUpdatedRows } = await update.executeTakeFirst()
  if (numUpdatedRows === 1n || delta < 0n) return accept(true)
  return refuse('limit-daily-exceeded', {
    stage: 'S1',
    limit: toWire({ currency: user.currency, value: user.limit_per_day ?? 0n }),
  })
}

const viewOf = async (context: WalletContext, user: UserRow): Promise<Message<'wallet/limits-view'>> => {
  const { perMandate, perDay } = limitsOf(user)
  return {
    limits: {
      ...(perMandate ? { perMandate: toWire(perMandate) } : {}),
      ...(perDay ? { perDay: toWire(perDay) } : {}),
    },
    delegatedToday: toWire({ currency: user.currency, value: await delegatedToday(context, user.user_id) }),
    timeZone: context.settings.timeZone,
  }
}

/** Sets both limits at once; one that is left out is removed (AMP-WALLET-051). They hold for later mandates only. */
const setLimits = async (
  context: WalletContext,
  userId: string,
  { limits }: Message<'wallet/set-limits-request'>,
): Promise<Outcome<Message<'wallet/limits-view'>>> => {
  const user = await userById(context.database, userId)
  for (const name of ['perMandate', 'perDay'] as const)
    if (limits[name] && limits[name].currency !== user.currency)
      return refuse('currency-mismatch', { field: `/limits/${name}/currency` })
  const changed = {
    limit_per_mandate: limits.perMandate ? fromWire(limits.perMandate).value : null,
    limit_per_day: limits.perDay ? fromWire(limits.perDay).value : null,
  }
  await context.database.updateTable('wallet_users').set(changed).where('user_id', '=', userId).execute()
  return accept(await viewOf(context, { ...user, ...changed }))
}

export const limitOperations = (context: WalletContext): ServedOperations => ({
  'wallet.inquiryLimits': async ({ userReference }, { caller }) => {
    if (caller.kind === 'user') return accept(await viewOf(context, await userById(context.database, caller.id)))
    const user = await userByReference(context.database, userReference ?? '')
    return user.ok ? accept(await viewOf(context, user.value)) : user
  },
  'wallet.setLimits': (request, { caller }) => setLimits(context, caller.id, request),
})
