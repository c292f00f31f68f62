/** `amp start`: serves roles until it is told to stop. */
import { Command, InvalidArgumentError } from 'commander'
import { type Role, roles } from '../schemas/index.ts'
import { createLog } from './http/log.ts'
import { type ReferenceOptions, readEnvironment, startReference } from './main.ts'
import { readMasterKey } from './party-keys.ts'
import { readPeerAddress } from './peers.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'silent']

const readRoles = (text: string, before: readonly Role[] = []): readonly Role[] => {
  const named = text.split(',').map((name) => roles.find((role) => role === name))
  if (named.includes(undefined)) throw new InvalidArgumentError(`The roles are ${roles.join(', ')}.`)
  return [...before, ...(named as Role[])]
}

const readPort = (text: string): number => {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535; 0 picks a free one.')
  return port
}

const readPeers = (text: string, before: readonly string[] = []): readonly string[] => {
  try {
    return [...before, readPeerAddress(text)]
  } catch {
    throw new InvalidArgumentError('A peer is an https URL, or an http URL of this machine.')
  }
}

const readTimeZone = (text: string): string => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    throw new InvalidArgumentError('A time zone is an IANA name such as Asia/Singapore.')
  }
}

const readId = (text: string): string => {
  if (!/^https:\/\/[^\s#?]{1,200}$/.test(text)) throw new InvalidArgumentError('A party identifier is an https URI.')
  return text
}

const readLevel = (text: string): string => {
  if (!levels.includes(text)) throw new InvalidArgumentError(`The levels are ${levels.join(', ')}.`)
  return text
}

type Options = {
  readonly role?: readonly Role[]
  readonly port: number
  readonly host: string
  readonly publicUrl?: string
  readonly database?: string
  readonly hooks?: string
  readonly id?: string
  readonly timeZone?: string
  readonly logLevel?: string
  readonly json?: boolean
  readonly peer?: readonly string[]
} & {
  readonly [Name in
    | 'network'
    | 'credentialProvider'
    | 'wallet'
    | 'merchant'
    | 'acquirer'
    | 'clearing']?: readonly string[]
}

const configuration = 3

/** Options and environment together; what is said on the command line goes first. */
const settingsOf = (options: Options): ReferenceOptions => {
  const environment = readEnvironment()
  const { role, port, host, publicUrl, id, timeZone } = options
  const served = role ?? roles
  const [only] = served
  if (id !== undefined && served.length !== 1) throw new Error('--id goes with exactly one --role')
  const named = {
    network: options.network ?? [],
    'credential-provider': options.credentialProvider ?? [],
    wallet: options.wallet ?? [],
    merchant: options.merchant ?? [],
    acquirer: options.acquirer ?? [],
    clearing: options.clearing ?? [],
  }
  const elsewhere = Object.fromEntries(
    roles.map((each) => [each, [...named[each], ...(served.includes(each) ? [] : (options.peer ?? []))]]),
  )
  const hooksSecret = options.hooks ?? environment.hooksSecret
  if (hooksSecret !== undefined && hooksSecret.length < 8) throw new Error('a hooks secret has at least 8 characters')
  return {
    roles: served,
    port,
    host,
    publicUrl: publicUrl?.replace(/\/$/, ''),
    database: options.database ?? environment.database,
    masterKey: environment.masterKey === undefined ? undefined : readMasterKey(environment.masterKey),
    hooksSecret,
    ids: id === undefined || only === undefined ? undefined : { [only]: id },
    peers: elsewhere,
    timeZone,
    log: createLog(options.logLevel ?? environment.logLevel ?? 'warn', process.stderr),
  }
}

const greeting = (url: string, served: readonly Role[], hooks: boolean): string =>
  [
    url,
    `serves ${served.join(', ')}`,
    `next: npx amp certify ${url}${hooks ? ' --hooks SECRET' : ''}`,
    `read: ${url}/docs`,
    ...(served.includes('wallet') ? [`wallet owner: ${url}/console`] : []),
    ...(served.includes('credential-provider') && served.includes('network')
      ? [`agent frameworks: npx amp agent --amp ${url}`]
      : []),
    'stop with Ctrl-C',
    '',
  ].join('\n')

const start = async (options: Options): Promise<void> => {
  try {
    const settings = settingsOf(options)
    const reference = await startReference(settings)
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ url: reference.url })}\n`
        : greeting(reference.url, reference.roles, settings.hooksSecret !== undefined),
    )
    const stop = (): void => void reference.stop().then(() => process.exit(0))
    process.once('SIGINT', stop).once('SIGTERM', stop)
  } catch (error) {
    process.stderr.write(
      `amp start: ${error instanceof Error ? error.message : String(error)}\ncheck --port, --database, the peers and AMP_MASTER_KEY\n`,
    )
    process.exitCode = configuration
  }
}

const help = `
Environment: DATABASE_URL, AMP_MASTER_KEY (32 bytes in base64url, seals private keys; beside an SQLite file one is
made), AMP_HOOKS_SECRET, AMP_LOG_LEVEL.

Examples:
  $ npx amp start --port 0 --hooks a-long-secret --json
  $ npx amp start --role wallet --database sqlite:wallet.db --network https://network.example
  $ npx amp start --role network,credential-provider --port 8081 --wallet http://127.0.0.1:8080
`

/** The verb `start`. Exit codes: 0 stopped, 3 configuration. */
export const startCommand = (): Command =>
  new Command('start')
    .description('Serve roles of AMP over HTTP')
    .option(
      '--role <role>',
      `a role to serve, repeatable or with commas (${roles.join(', ')}); all if left out`,
      readRoles,
    )
    .option('--port <n>', 'port; 0 picks a free one', readPort, 8080)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--public-url <url>', 'base URL others reach this server by')
    .option('--database <url>', 'sqlite::memory: (the default), sqlite:FILE or postgres://...')
    .option('--hooks <secret>', 'switch the test hooks on; for certification only')
    .option('--id <uri>', 'party identifier of the one role served', readId)
    .option('--network <url>', 'where the network is, if elsewhere', readPeers)
    .option('--credential-provider <url>', 'where a credential provider is, repeatable', readPeers)
    .option('--wallet <url>', 'where a wallet is, repeatable', readPeers)
    .option('--merchant <url>', 'where a merchant is, repeatable', readPeers)
    .option('--acquirer <url>', 'where an acquirer is, repeatable', readPeers)
    .option('--clearing <url>', 'where a clearing is, repeatable', readPeers)
    .option('--peer <url>', 'where every role not served here is', readPeers)
    .option('--time-zone <name>', "in which a wallet's days begin (default UTC)", readTimeZone)
    .option('--log-level <level>', `${levels.join(', ')} (default warn), to standard error`, readLevel)
    .option('--json', 'print one JSON line {"url": ...}')
    .addHelpText('after', help)
    .action(start)
