/** A shell over loopback with two tiny roles, and requests to it that are wrong in exactly the ways a test asks for. */
import type { Logger } from 'pino'
import { request } from 'undici'
import type { Deviation, Outcome } from '../../../reference/core/index.ts'
import { accept, refuse } from '../../../reference/core/index.ts'
import { createClock } from '../../../reference/http/clock.ts'
import { makeKey } from '../../../reference/http/keys.ts'
import { createLog } from '../../../reference/http/log.ts'
import { createNeighbours } from '../../../reference/http/neighbours.ts'
import type { PartyKey, RoleModule } from '../../../reference/http/operation.ts'
import { type Limits, type ServedRole, startShell } from '../../../reference/http/server.ts'
import { signRequest } from '../../../reference/http/signing.ts'
import { openDatabase, savePeer } from '../../../reference/ledger/index.ts'

export const hooksSecret = 'a-secret-of-the-hooks-0123456789'
export const userToken = 'user-token-0123456789abcdefghijklmnop'
export const notification = {
  mandateId: 'mandate-1',
  mandateStatus: 'revoked',
  reason: 'test',
  at: '2026-11-20T10:00:00Z',
}

/** What the tiny wallet does when told of a mandate; tests replace `act`. */
export type Probe = { runs: number; act: () => Promise<Outcome<object>> }

const modulesOf = (probe: Probe, agentKey: PartyKey): readonly RoleModule[] => [
  {
    role: 'wallet',
    callers: { userOf: async (token) => (token === userToken ? 'user-1' : undefined) },
    operations: {
      'wallet.notifyMandate': async () => {
        probe.runs++
        return (await probe.act()) as Outcome<{ received: true }>
      },
      'wallet.inquiryAccount': async () => accept({ accounts: [] }),
      'wallet.login': async ({ pin }, { log }) => {
        log.info({ pin, userToken, nested: { pin } }, 'login')
        return pin === '123456' ? accept({ userToken, expiresAt: '2030-01-01T00:00:00Z' }) : refuse('login-refused')
      },
    },
    hooks: { seedUser: async () => accept({ seeded: true }) },
  },
  {
    role: 'credential-provider',
    callers: { agentKey: async (id) => (id === agentKey.id ? agentKey.publicJwk : undefined) },
    operations: { 'credential-provider.queryPaymentMethodList': async () => accept({ paymentMethods: [] }) },
  },
]

export type ShellOptions = {
  readonly deviation?: Deviation
  readonly limits?: Partial<Limits>
  readonly hooks?: boolean
  readonly log?: Logger
}

/** Starts the shell on a free port, with a network and a merchant as known peers. */
export const startTinyShell = async ({ deviation, limits, hooks = true, log }: ShellOptions = {}) => {
  const { world, setOffset } = createClock(deviation)
  const database = await openDatabase('sqlite::memory:')
  const key = (role: string) => makeKey(`https://${role}.amp.example`)
  const keys = { network: await key('network'), merchant: await key('merchant'), agent: await makeKey('agent-1') }
  const peerOf = async (role: 'network' | 'merchant', endpoint = 'http://127.0.0.1:9') =>
    savePeer(database, { role, id: keys[role].id, name: role, endpoint, jwks: { keys: [keys[role].publicJwk] } }, false)
  await peerOf('network')
  await peerOf('merchant')
  const probe: Probe = { runs: 0, act: async () => accept({ received: true }) }
  const quiet = log ?? createLog('silent')
  const roles: ServedRole[] = []
  for (const module of modulesOf(probe, keys.agent)) {
    const own = await key(module.role)
    const neighbours = createNeighbours({ database, key: own, world, log: quiet })
    roles.push({ module, key: own, name: module.role, neighbours })
  }
  const shell = await startShell(
    {
      roles,
      world,
      setClockOffset: setOffset,
      database,
      log: quiet,
      limits,
      ...(hooks ? { hooksSecret } : {}),
    },
    { host: '127.0.0.1', port: 0 },
  )
  const stop = async (): Promise<void> => {
    await shell.stop()
    await database.destroy()
  }
  return { ...shell, stop, database, world, keys, probe, roles }
}

export type TinyShell = Awaited<ReturnType<typeof startTinyShell>>

/** A request before it is signed, and what becomes of its headers after. */
export type Draft = {
  path: string
  body: string
  key: PartyKey
  keyId: string | undefined
  privateKey: PartyKey['privateKey'] | undefined
  shift: number
  nonce: string | undefined
  idempotencyKey: string | undefined
  readonly after: ((headers: Record<string, string>) => void)[]
}

/** A right request of the network to the wallet. */
export const draftOf = ({ keys, world }: TinyShell): Draft => ({
  path: '/wallet/notifyMandate',
  body: JSON.stringify(notification),
  key: keys.network,
  keyId: undefined,
  privateKey: undefined,
  shift: 0,
  nonce: undefined,
  idempotencyKey: world.nonce(),
  after: [],
})

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Record<string, unknown>
  readonly text: string
}

/** Sends anything and reads the answer as JSON where it is. */
export const post = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  method: 'POST' | 'GET' | 'PUT' = 'POST',
): Promise<Answer> => {
  const response = await request(url, { method, headers, ...(method === 'GET' ? {} : { body }) })
  const text = await response.body.text()
  const json = String(response.headers['content-type']).includes('json')
  return { status: response.statusCode, headers: response.headers, text, body: json ? JSON.parse(text) : {} }
}

/** Signs a draft as it stands and sends it. */
export const send = async (shell: TinyShell, draft: Draft): Promise<Answer> => {
  const { world, url } = shell
  const { key, keyId = `${key.id}#${key.publicJwk.kid}`, privateKey = key.privateKey, nonce } = draft
  const target = `${url}${draft.path}`
  const headers = await signRequest(
    { url: target, body: draft.body, keyId, privateKey, idempotencyKey: draft.idempotencyKey },
    { ...world, now: () => world.now() + draft.shift, nonce: () => nonce ?? world.nonce() },
  )
  for (const change of draft.after) change(headers)
  return post(target, headers, draft.body)
}
