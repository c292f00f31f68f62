/** Nonces of verified signatures: each is recorded once, atomically (EXT-HTTP-31, EXT-HTTP-32). */
import type { Kysely } from 'kysely'
import type { ShellTables } from './tables.ts'

/** Records a nonce; false where the key used it before. */
export const recordNonce = async (
  database: Kysely<ShellTables>,
  keyid: string,
  nonce: string,
  expiresAt: number,
): Promise<boolean> => {
  const inserted = await database
    .insertInto('nonces')
    .values({ keyid, nonce, expires_at: BigInt(expiresAt) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Forgets nonces whose signature would be refused as expired anyway. */
export const forgetNonces = async (database: Kysely<ShellTables>, now: number): Promise<void> => {
  await database.deleteFrom('nonces').where('expires_at', '<', BigInt(now)).execute()
}
