/** Parties this server knows: where they are and which keys they sign with. */
import type { Kysely, Selectable } from 'kysely'
import type { Role } from '../../schemas/index.ts'
import type { ShellTables } from './tables.ts'

type Row = Selectable<ShellTables['peers']>
type PeerRecord = {
  readonly role: Role
  readonly id: string
  readonly name: string
  readonly endpoint: string
  readonly jwks: { readonly keys: readonly { kid: string }[] }
}

const toPeer = ({ role, id, name, endpoint, jwks }: Row): PeerRecord => ({
  role,
  id,
  name,
  endpoint,
  jwks: JSON.parse(jwks),
})

/** Adds a peer or replaces what was known of it. */
export const savePeer = async (database: Kysely<ShellTables>, peer: PeerRecord, byHook: boolean): Promise<void> => {
  const { id, role, name, endpoint } = peer
  const row = { name, endpoint, jwks: JSON.stringify(peer.jwks), by_hook: byHook ? 1n : 0n }
  await database
    .insertInto('peers')
    .values({ id, role, ...row })
    .onConflict((conflict) => conflict.columns(['id', 'role']).doUpdateSet(row))
    .execute()
}

/** Every role a party is known in. */
export const peersById = async (database: Kysely<ShellTables>, id: string): Promise<readonly PeerRecord[]> =>
  (await database.selectFrom('peers').selectAll().where('id', '=', id).execute()).map(toPeer)

/** A peer of a role: the one named, or the one there is; a peer a test hook registered goes before it. */
export const findPeer = async (
  database: Kysely<ShellTables>,
  role: Role,
  id?: string,
): Promise<PeerRecord | undefined> => {
  const query = database.selectFrom('peers').selectAll().where('role', '=', role)
  const rows = await (id === undefined
    ? query.orderBy('by_hook', 'desc').limit(1)
    : query.where('id', '=', id)
  ).execute()
  return rows[0] && toPeer(rows[0])
}

/** Forgets every peer a test hook registered. */
export const forgetHookPeers = async (database: Kysely<ShellTables>): Promise<void> => {
  await database.deleteFrom('peers').where('by_hook', '=', 1n).execute()
}
