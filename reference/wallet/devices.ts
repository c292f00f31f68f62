/** Devices of the owner: where a confirmation goes, and what proves that it was made there (EXT-DEVICES). */
import { type Kysely, type Migration, type Selectable, sql } from 'kysely'
import { isMessage, type Message } from '../../schemas/index.ts'
import { accept, enforces, type Outcome, refuse } from '../core/index.ts'
import { type DeviceProfile, type Route, routeConfirmation, type Situation } from '../core/trust/device.ts'
import { readJson } from '../core/trust/statement.ts'
import type { RoleModule, ServedOperations } from '../http/operation.ts'
import type { WalletContext } from './context.ts'
import type { WalletTables } from './tables.ts'

type Row = Selectable<WalletTables['wallet_devices']>
type Routed = Message<'extensions/devices/routed'>
type ConfirmedOn = Message<'extensions/devices/confirmed-on'>

const proofType = 'amp-confirmation+jwt'

/** Longest a proof is taken for a decision of now. */
const proofSecondsMax = 300

/** Tables of devices and suspensions, beside those of the wallet. */
export const deviceMigration: Migration = {
  up: async (database: Kysely<unknown>) => {
    for (const statement of [
      `create table wallet_devices (device_id text primary key, user_id text not null references wallet_users (user_id),
        profile text not null, key_jwk text not null, added_at bigint not null)`,
      'create index wallet_devices_user on wallet_devices (user_id, added_at)',
      'create table wallet_suspensions (id text primary key, user_id text not null, since bigint not null)',
    ])
      await sql.raw(statement).execute(database)
  },
}

const profileOf = ({ profile }: Row): DeviceProfile => JSON.parse(profile)

/** Where a confirmation goes from the device in hand: here, or over to the first other device that can. */
const route = async (
  { database, world }: WalletContext,
  { deviceId, situation }: { readonly deviceId: string; readonly situation: Situation },
  userId: string,
): Promise<Outcome<{ readonly row: Row; readonly found: Route; readonly here: Row }>> => {
  const rows = await database
    .selectFrom('wallet_devices')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('added_at')
    .orderBy('device_id')
    .execute()
  const here = rows.find((row) => row.device_id === deviceId)
  if (!here) return refuse('device-cannot-confirm', { field: '/deviceId' })
  const others = rows.filter((row) => row !== here)
  const way = routeConfirmation(profileOf(here), others.map(profileOf), situation, world)
  if (!way.ok) return way
  const able = (row: Row): boolean => routeConfirmation(profileOf(row), [], situation, world).ok
  const row = way.value.route === 'here' ? here : (others.find(able) ?? here)
  return accept({ row, found: way.value, here })
}

const ask = async (
  context: WalletContext,
  request: Message<'extensions/devices/route-request'>,
  userId: string,
): Promise<Outcome<Routed>> => {
  const routed = await route(context, request, userId)
  if (!routed.ok) return routed
  const { row, found } = routed.value
  return accept({
    route: found.route as Routed['route'],
    deviceId: row.device_id,
    modality: found.modality ?? 'screen',
    authenticator: (found.authenticator ?? 'pin') as Routed['authenticator'],
  })
}

/** Whether a decision was made on this device in a way it can be: shown or said there, and the user recognised. */
export const confirmedOn = async (
  context: WalletContext,
  {
    authId,
    decision,
    on,
  }: { readonly authId: string; readonly decision: 'approve' | 'reject'; readonly on: ConfirmedOn },
  userId: string,
): Promise<Outcome<Routed['authenticator']>> => {
  const { world } = context
  const routed = await route(context, on, userId)
  if (!routed.ok) return routed
  const { found, here } = routed.value
  if (found.route !== 'here') return refuse('device-cannot-confirm', { field: '/confirmedOn/deviceId' })
  const claims = await readJson(proofType, on.proof, { keys: [JSON.parse(here.key_jwk)] })
  const sound = isMessage('extensions/devices/proof-claims', claims)
  const said = sound ? (claims as Message<'extensions/devices/proof-claims'>) : undefined
  const age = world.now() - (said?.iat ?? 0)
  const holds =
    said?.auth_id === authId &&
    said.decision === decision &&
    said.modality === found.modality &&
    (said.authenticator === found.authenticator || !enforces(world, 'EXT-DEVICES-2')) &&
    age >= -60 &&
    age <= proofSecondsMax
  return holds
    ? accept(found.authenticator as Routed['authenticator'])
    : refuse('device-cannot-confirm', { field: '/confirmedOn/proof' })
}

/** Puts a device on record as its platform attested it, for tests. */
export const deviceHooks = ({ database, world }: WalletContext): NonNullable<RoleModule['hooks']> => ({
  seedDevice: async ({ userId, deviceId, profile, deviceKey }: Message<'hooks/seed-device-request'>) => {
    const known = await database
      .selectFrom('wallet_users')
      .select('user_id')
      .where('user_id', '=', userId)
      .executeTakeFirst()
    if (!known) return refuse('user-unknown', { field: '/userId' })
    const row = { user_id: userId, profile: JSON.stringify(profile), key_jwk: JSON.stringify(deviceKey) }
    await database
      .insertInto('wallet_devices')
      .values({ ...row, device_id: deviceId, added_at: BigInt(world.now()) })
      .onConflict((conflict) => conflict.column('device_id').doUpdateSet(row))
      .execute()
    return accept({})
  },
})

export const deviceOperations = (context: WalletContext): ServedOperations => ({
  'wallet.routeConfirmation': (request, { caller }) => ask(context, request, caller.id),
})
