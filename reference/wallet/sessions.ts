/** Sessions of the wallet owner: opened with login and PIN, kept as hashes, over after thirty minutes (EXT-HTTP-35). */
import { createHash, randomBytes } from 'node:crypto'
import { accept, enforces, formatTime, minutes, type Outcome, refuse } from '../core/index.ts'
import type { ServedOperations } from '../http/operation.ts'
import type { WalletContext } from './context.ts'
import { attemptsOf, checkPin } from './pin.ts'

export const sessionLifetimeSeconds = minutes(30)

const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** Opens a session; the token is given out once and only its hash is kept. */
export const openSession = async (
  { database, world }: WalletContext,
  userId: string,
): Promise<{ readonly userToken: string; readonly expiresAt: number }> => {
  const userToken = randomBytes(32).toString('base64url')
  const expiresAt = world.now() + sessionLifetimeSeconds
  await database
    .insertInto('wallet_sessions')
    .values({ token_hash: hashOfToken(userToken), user_id: userId, expires_at: BigInt(expiresAt) })
    .execute()
  return { userToken, expiresAt }
}

/** The user of an open session. */
export const userOfSession = async (
  { database, world }: WalletContext,
  userToken: string,
): Promise<string | undefined> => {
  const session = await database
    .selectFrom('wallet_sessions')
    .select(['user_id', 'expires_at'])
    .where('token_hash', '=', hashOfToken(userToken))
    .executeTakeFirst()
  const over =
    session !== undefined && Number(session.expires_at) <= world.now() && enforces(world, 'EXT-HTTP-35:lifetime')
  return over ? undefined : session?.user_id
}

export const closeSession = async ({ database }: WalletContext, userToken: string): Promise<void> => {
  await database.deleteFrom('wallet_sessions').where('token_hash', '=', hashOfToken(userToken)).execute()
}

/** Opens a session for login and PIN. An unknown login and a wrong PIN look and take the same. */
const login = async (
  context: WalletContext,
  { loginId, pin }: { readonly loginId: string; readonly pin: string },
): Promise<Outcome<{ userToken: string; expiresAt: string }>> => {
  const user = await context.database
    .selectFrom('wallet_users')
    .select(['user_id', 'pin_hash'])
    .where('login_id', '=', loginId)
    .executeTakeFirst()
  const checked = await checkPin(context, attemptsOf('login', loginId), pin, user?.pin_hash)
  if (!checked.ok && checked.refusal.code === 'identity-check-locked') return checked
  if (!checked.ok || !user) return refuse('login-refused')
  const { userToken, expiresAt } = await openSession(context, user.user_id)
  return accept({ userToken, expiresAt: formatTime(expiresAt) })
}

/** Forgets sessions that are over and counters nobody needs. */
export const sweepSessions = async ({ database, world }: WalletContext): Promise<void> => {
  const now = BigInt(world.now())
  if (enforces(world, 'EXT-HTTP-35:lifetime'))
    await database.deleteFrom('wallet_sessions').where('expires_at', '<=', now).execute()
  await database.deleteFrom('wallet_attempts').where('locked_until', '>', 0n).where('locked_until', '<=', now).execute()
}

export const sessionOperations = (context: WalletContext): ServedOperations => ({
  'wallet.login': (request) => login(context, request),
})
