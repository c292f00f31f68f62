/** Keys of the parties a server speaks for: made once, kept sealed in its database, the same after a restart. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { exportJWK } from 'jose'
import { type Kysely, type Migration, sql } from 'kysely'
import { makeKey, readKey } from './http/keys.ts'
import type { PartyKey } from './http/operation.ts'
import { seal, unseal } from './wallet/vault.ts'

export type PartyKeyTables = { party_keys: { party_id: string; sealed: string } }

export const partyKeyMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql.raw('create table party_keys (party_id text primary key, sealed text not null)').execute(database)
  },
}

/** The key of a party. Throws where it was sealed with another master key. */
export const partyKeyOf = async (
  database: Kysely<PartyKeyTables>,
  partyId: string,
  masterKey: Uint8Array,
): Promise<PartyKey> => {
  const fresh = await makeKey(partyId)
  const sealed = seal(JSON.stringify(await exportJWK(fresh.privateKey)), partyId, masterKey)
  await database
    .insertInto('party_keys')
    .values({ party_id: partyId, sealed })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const kept = await database
    .selectFrom('party_keys')
    .select('sealed')
    .where('party_id', '=', partyId)
    .executeTakeFirstOrThrow()
  if (kept.sealed === sealed) return fresh
  try {
    return await readKey(partyId, JSON.parse(unseal(kept.sealed, partyId, masterKey)))
  } catch {
    throw new Error(`the key of ${partyId} in this database was sealed with another master key`)
  }
}

const keyBytes = 32

/** Reads a master key: 32 bytes in base64url. Throws where it is anything else. */
export const readMasterKey = (text: string): Uint8Array => {
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length !== keyBytes) throw new Error('a master key is 32 bytes in base64url')
  return key
}

const createOnce = (path: string, text: string): void => {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, text)
    closeSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * The master key where the operator gave none: a file of mode 0600 beside an SQLite file, a key that dies with the
 * process for a database in memory. A PostgreSQL server keeps no key beside its data, so there it has to be given.
 */
export const defaultMasterKey = (databaseUrl: string): Uint8Array | undefined => {
  if (databaseUrl === 'sqlite::memory:') return randomBytes(keyBytes)
  const path = /^sqlite:(.+)$/.exec(databaseUrl)?.[1]
  if (path === undefined) return undefined
  createOnce(`${path}.key`, randomBytes(keyBytes).toString('base64url'))
  return readMasterKey(readFileSync(`${path}.key`, 'utf8'))
}
