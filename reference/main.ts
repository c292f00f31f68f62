/** Wires a server of the reference: clock, keys, database, roles, peers. The only place that reads the environment. */
import type { Router } from 'express'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { roles as allRoles, type Role } from '../schemas/index.ts'
import {
  acquirerContractMigration,
  acquirerDisputeMigration,
  acquirerMigration,
  acquirerModule,
} from './acquirer/index.ts'
import { referenceMerchant, referenceProducts } from './catalogue.ts'
import {
  ClearingEngine,
  type ClearingSettings,
  clearingMigrations,
  clearingModule,
  clearingRoleMigration,
  engineOf,
  verifyAside,
} from './clearing/index.ts'
import { consoleRouter } from './console/index.ts'
import { type Amount, type Deviation, enforces, type World } from './core/index.ts'
import { credentialProviderMigration, credentialProviderModule, kyaMigration } from './credential-provider/index.ts'
import { createClock } from './http/clock.ts'
import { createLog } from './http/log.ts'
import { createNeighbours } from './http/neighbours.ts'
import type { RoleContext, RoleModule } from './http/operation.ts'
import { type Limits, type ServedRole, startShell } from './http/server.ts'
import { type LedgerDatabase, openDatabase, savePeer } from './ledger/index.ts'
import {
  type MerchantTables,
  merchantDisputeMigration,
  merchantMigration,
  merchantModule,
  stock,
} from './merchant/index.ts'
import {
  disputeMigration,
  endowPools,
  type Gate,
  grantMigration,
  type NetworkContext,
  networkMigration,
  networkModule,
  ratingMigration,
  retentionMigration,
  runtimeMigration,
  trustMigration,
} from './network/index.ts'
import { defaultMasterKey, partyKeyMigration, partyKeyOf } from './party-keys.ts'
import { discoverPeers, type PeerAddresses } from './peers.ts'
import {
  deviceMigration,
  takeoverMigration,
  type WalletContext,
  walletDisputeMigration,
  walletMigration,
  walletModule,
} from './wallet/index.ts'

/** How to start a server. Whatever is left out has a value that works on loopback, in memory, for every role. */
export type ReferenceOptions = {
  readonly roles?: readonly Role[] | undefined
  readonly host?: string | undefined
  /** 0 picks a free port. */
  readonly port?: number | undefined
  /** Base URL others reach this server by, where it is not host and port. */
  readonly publicUrl?: string | undefined
  /** `sqlite::memory:`, `sqlite:/path/file` or `postgres://...`. */
  readonly database?: string | undefined
  /** 32 bytes that seal private keys at rest. */
  readonly masterKey?: Uint8Array | undefined
  readonly hooksSecret?: string | undefined
  /** Identifiers of the parties served, `https://{role}.amp.example` unless given. */
  readonly ids?: { readonly [Name in Role]?: string } | undefined
  /** Base URLs of parties served elsewhere. */
  readonly peers?: PeerAddresses | undefined
  /** Time zone in which the days of a wallet begin. */
  readonly timeZone?: string | undefined
  readonly limits?: Partial<Limits> | undefined
  /** The trust gate of the network; without one no rating stops a token. */
  readonly gate?: Gate | undefined
  /** What is put into the pools of the guarantee when they are opened; 1,000,000.00 USD unless given. */
  readonly guarantee?: readonly Amount[] | undefined
  /** How the clearing cuts off and discharges its cycles. */
  readonly clearing?: Partial<ClearingSettings> | undefined
  readonly log?: Logger | undefined
  /** Only tests depart from the protocol, and only through this. */
  readonly deviation?: Deviation | undefined
}

/** A running server. `stop` lets requests in flight finish and closes the database. */
export type Reference = {
  readonly url: string
  readonly roles: readonly Role[]
  readonly world: World
  readonly setClockOffset: (seconds: number) => void
  readonly database: LedgerDatabase
  /** Runs expiry, repair and delivery now. */
  readonly sweep: () => Promise<void>
  /** Reads the discovery documents of the peers again; gives back the ones still missing. */
  readonly discover: () => ReturnType<typeof discoverPeers>
  readonly stop: () => Promise<void>
}

/** What the environment says; options given by other means go before it. */
export const readEnvironment = (): {
  readonly database: string | undefined
  readonly hooksSecret: string | undefined
  readonly masterKey: string | undefined
  readonly logLevel: string | undefined
} => ({
  database: process.env.DATABASE_URL || undefined,
  hooksSecret: process.env.AMP_HOOKS_SECRET || undefined,
  masterKey: process.env.AMP_MASTER_KEY || undefined,
  logLevel: process.env.AMP_LOG_LEVEL || undefined,
})

const names: Readonly<Record<Role, string>> = {
  network: 'Reference network',
  'credential-provider': 'Reference credential provider',
  wallet: 'AMP_REFERENCE',
  merchant: referenceMerchant.merchant_name,
  acquirer: 'Reference acquirer',
  clearing: 'Reference clearing',
}

const migrations = {
  network: networkMigration,
  'credential-provider': credentialProviderMigration,
  wallet: walletMigration,
  merchant: merchantMigration,
  acquirer: acquirerMigration,
  clearing: clearingRoleMigration,
}

const idOf = (role: Role, { ids }: ReferenceOptions): string => ids?.[role] ?? `https://${role}.amp.example`

/** What the pools of the guarantee begin with. */
const endowment: readonly Amount[] = [{ currency: 'USD', value: 100_000_000n }]

type Common = RoleContext<LedgerDatabase>

type Built = { readonly module: RoleModule; readonly console?: Router }

/** The module of a role over the tables that role migrated, and the pages it brings. */
const moduleOf = async (
  role: Role,
  common: Common,
  options: ReferenceOptions & { readonly masterKey: Uint8Array; readonly baseUrl: () => string },
): Promise<Built> => {
  const over = <Tables>() => ({ ...common, database: common.database as unknown as Kysely<Tables> })
  switch (role) {
    case 'network': {
      const context: NetworkContext = { ...over(), gate: options.gate }
      await endowPools(context, options.guarantee ?? endowment)
      return { module: networkModule(context) }
    }
    case 'credential-provider':
      return { module: credentialProviderModule(over()) }
    case 'acquirer':
      return {
        module: acquirerModule({
          ...over(),
          merchants: new Map([[idOf('merchant', options), referenceMerchant]]),
        }),
      }
    case 'clearing': {
      const { world, database } = common
      const engine = new ClearingEngine({
        database: database as never,
        engine: engineOf(options.database ?? ''),
        now: world.now,
        bounds: options.clearing?.windows ?? {},
        verify: enforces(world, 'EXT-CLEARING-9') ? verifyAside : async () => true,
      })
      const settings = { cycleSeconds: 0, initiatingParty: names.clearing, ...options.clearing }
      return { module: clearingModule({ ...over(), engine, settings }) }
    }
    case 'merchant': {
      const context = { ...over<MerchantTables>(), profile: referenceMerchant }
      await stock(context.database, referenceProducts)
      return { module: merchantModule(context) }
    }
    case 'wallet': {
      const context: WalletContext = {
        ...over(),
        settings: {
          walletName: names.wallet,
          timeZone: options.timeZone ?? 'UTC',
          consoleUrl: () => `${options.baseUrl()}/console`,
          masterKey: options.masterKey,
        },
      }
      return { module: walletModule(context), console: consoleRouter(context) }
    }
  }
}

const retryMilliseconds = 2_000

/** Looks for peers until every one was found. */
const keepDiscovering = (discover: Reference['discover'], log: Logger): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  const look = async (): Promise<void> => {
    const missing = await discover()
    for (const { base, role, reason } of missing) log.warn({ base, role, reason }, 'a peer was not found yet')
    if (missing.length > 0 && !stopped) timer = setTimeout(() => void look(), retryMilliseconds)
  }
  let stopped = false
  void look()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

/** Starts roles on one port. Throws where address, database or master key do not serve. */
export const startReference = async (options: ReferenceOptions = {}): Promise<Reference> => {
  const roles = options.roles ?? allRoles
  const databaseUrl = options.database ?? 'sqlite::memory:'
  const masterKey = options.masterKey ?? defaultMasterKey(databaseUrl)
  if (!masterKey) throw new Error('a PostgreSQL database needs a master key: 32 bytes in base64url as AMP_MASTER_KEY')
  const log = options.log ?? createLog('silent')
  const { world, setOffset } = createClock(options.deviation)
  const database = await openDatabase(databaseUrl, {
    '0002-party-keys': partyKeyMigration,
    ...Object.fromEntries(roles.map((role) => [`0010-${role}`, migrations[role]])),
    ...(roles.includes('network')
      ? {
          '0011-network-ratings': ratingMigration,
          '0013-network-trust': trustMigration,
          '0014-network-grants': grantMigration,
          '0016-network-disputes': disputeMigration,
          '0022-network-runtime': runtimeMigration,
          '0023-network-retention': retentionMigration,
        }
      : {}),
    ...(roles.includes('clearing') ? clearingMigrations : {}),
    ...(roles.includes('wallet')
      ? {
          '0015-wallet-takeovers': takeoverMigration,
          '0017-wallet-disputes': walletDisputeMigration,
          '0021-wallet-devices': deviceMigration,
        }
      : {}),
    ...(roles.includes('credential-provider') ? { '0020-provider-kya': kyaMigration } : {}),
    ...(roles.includes('merchant') ? { '0019-merchant-disputes': merchantDisputeMigration } : {}),
    ...(roles.includes('acquirer')
      ? { '0012-acquirer-contracts': acquirerContractMigration, '0018-acquirer-disputes': acquirerDisputeMigration }
      : {}),
  })
  try {
    let baseUrl = ''
    let pages: Router | undefined
    const served: ServedRole[] = []
    for (const role of roles) {
      const key = await partyKeyOf(database as never, idOf(role, options), masterKey)
      const neighbours = createNeighbours({ database, key, world, log })
      const common = { world, key, neighbours, database, log }
      const built = await moduleOf(role, common, { ...options, masterKey, baseUrl: () => baseUrl })
      served.push({ module: built.module, key, name: names[role], neighbours })
      pages = built.console ?? pages
    }
    const shell = await startShell(
      {
        roles: served,
        world,
        setClockOffset: setOffset,
        database,
        log,
        hooksSecret: options.hooksSecret,
        limits: options.limits,
        console: pages,
      },
      {
        host: options.host ?? '127.0.0.1',
        port: options.port ?? 0,
        publicUrl: options.publicUrl,
        announce: async (url) => {
          baseUrl = url
          for (const { module, key, name } of served)
            await savePeer(
              database,
              {
                role: module.role,
                id: key.id,
                name,
                endpoint: `${url}/${module.role}`,
                jwks: { keys: [key.publicJwk] },
              },
              false,
            )
        },
      },
    )
    const discover = () => discoverPeers(database, options.peers ?? {})
    const stopDiscovering = keepDiscovering(discover, log)
    const stop = async (): Promise<void> => {
      stopDiscovering()
      await shell.stop()
      await database.destroy()
    }
    return { url: shell.url, roles, world, setClockOffset: setOffset, database, sweep: shell.sweep, discover, stop }
  } catch (error) {
    await database.destroy()
    throw error
  }
}
