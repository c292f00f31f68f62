/** PINs: kept as salted scrypt with the cost it took, compared in constant time, at most five wrong ones in a row (EXT-HTTP-36). */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { accept, enforces, minutes, type Outcome, refuse, type World } from '../core/index.ts'
import type { WalletDatabase } from './tables.ts'

export const wrongPinsMax = 5
export const lockSeconds = minutes(5)

const ordinaryCost = 16_384
/** For users a test hook makes: their PINs are no secret, and a test makes many of them. */
export const testCost = 16

const derive = (pin: string, salt: Buffer, N: number): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    scrypt(pin, salt, 32, { N, r: 8, p: 1 }, (error, key) => (error ? reject(error) : resolve(key))),
  )

/** Salt and hash of a PIN, and the cost where it is not the ordinary one. */
export const hashPin = async (pin: string, cost = ordinaryCost): Promise<string> => {
  const salt = randomBytes(16)
  const parts = [salt, await derive(pin, salt, cost)].map((part) => part.toString('base64url'))
  return (cost === ordinaryCost ? parts : [...parts, cost]).join('.')
}

/** Hash of no PIN at all, so that an unknown login takes as long as a known one. */
const nobody = `${'A'.repeat(22)}.${'A'.repeat(43)}`

const isPin = async (pin: string, hash: string | undefined): Promise<boolean> => {
  const [salt = '', key = '', cost = ordinaryCost] = (hash ?? nobody).split('.')
  const derived = await derive(pin, Buffer.from(salt, 'base64url'), Number(cost))
  return timingSafeEqual(derived, Buffer.from(key, 'base64url')) && hash !== undefined
}

/** Takes one of the attempts left, before the PIN is looked at, so that attempts in parallel count too. */
const takeAttempt = async (database: WalletDatabase, subject: string, now: number): Promise<boolean> => {
  await database
    .insertInto('wallet_attempts')
    .values({ subject, failed: 0n, locked_until: 0n })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await database
    .updateTable('wallet_attempts')
    .set({ failed: 0n, locked_until: 0n })
    .where('subject', '=', subject)
    .where('locked_until', '>', 0n)
    .where('locked_until', '<=', BigInt(now))
    .execute()
  const last = BigInt(wrongPinsMax - 1)
  const taken = await database
    .updateTable('wallet_attempts')
    .set(({ eb }) => ({
      failed: eb('failed', '+', 1n),
      locked_until: sql<bigint>`case when failed >= ${last} then ${BigInt(now + lockSeconds)} else 0 end`,
    }))
    .where('subject', '=', subject)
    .where('failed', '<', BigInt(wrongPinsMax))
    .executeTakeFirst()
  return taken.numUpdatedRows === 1n
}

/** Key under which attempts of a login or user are counted; it tells neither. */
export const attemptsOf = (kind: 'login' | 'user', id: string): string =>
  createHash('sha256').update(`${kind}:${id}`).digest('base64url')

/**
 * Checks a PIN against a hash, which is missing where nobody has that login. Refuses `identity-check-failed`, and
 * `identity-check-locked` for five minutes after five wrong PINs in a row.
 */
export const checkPin = async (
  { database, world }: { readonly database: WalletDatabase; readonly world: World },
  subject: string,
  pin: string,
  hash: string | undefined,
): Promise<Outcome<true>> => {
  const allowed = await takeAttempt(database, subject, world.now())
  if (!allowed && enforces(world, 'EXT-HTTP-36'))
    return refuse('identity-check-locked', { retryAfterSeconds: lockSeconds })
  if (!(await isPin(pin, hash))) return refuse('identity-check-failed', { field: '/pin' })
  await database
    .updateTable('wallet_attempts')
    .set({ failed: 0n, locked_until: 0n })
    .where('subject', '=', subject)
    .execute()
  return accept(true)
}
